"""Compares lockout and bottom: lumbar flexion and load at either end of the lift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backline.findings.evidence import EvidenceEntry, evidence
from backline.loads.l5s1_load import LoadSeries
from backline.model.posture import Posture
from backline.reps import Phase, Rep
from backline.signals.filters import known_mean
from backline.texts import say

WINDOW_S = 0.2
"""Values at an end are means over this time around its most flexed moment, seconds."""
Frames = NDArray[np.int64]
FLEXION_DIFFERS_DEG = 3.0
"""Flexion differs from this on, degrees (contract: less is not distinguished from nothing)."""


@dataclass(frozen=True)
class End:
    """One end of the lift, over the set.

    Parameters
    ----------
    phase : {"bottom", "lockout"}
        Which end.
    reps : int
        In how many reps it was measured.
    flexion_deg : float
        Mean over the reps of the lumbar flexion at its most flexed moment.
    load : dict of str to float
        Mean load columns of both models at that moment (where the bar is on the floor then, as
        it leaves it); empty without a load.
    """

    phase: Literal["bottom", "lockout"]
    reps: int
    flexion_deg: float
    load: dict[str, float]


@dataclass(frozen=True)
class TopBottom:
    """Both ends side by side, the sentence that follows, and both sides of the debate.

    Parameters
    ----------
    bottom, top : End
        The two ends.
    sentence : str
        What was measured here.
    entries : tuple of EvidenceEntry
        What was measured here first, then the published, the argued and the unknown.
    """

    bottom: End
    top: End
    sentence: str
    entries: tuple[EvidenceEntry, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain Python values."""
        ends: dict[str, Any] = {
            end.phase: {"reps": end.reps, "lumbar_flexion_deg": end.flexion_deg, **end.load}
            for end in (self.bottom, self.top)
        }
        listed = [
            {"side": e.side, "grade": e.grade, "text": e.text, "source": e.source}
            for e in self.entries
        ]
        return {**ends, "sentence": self.sentence, "evidence": listed}


def top_against_bottom(
    posture: Posture, reps: tuple[Rep, ...], loads: LoadSeries | None = None
) -> TopBottom | None:
    """Compare the two ends of the lift over a set.

    Parameters
    ----------
    posture : Posture
        The clip.
    reps : tuple of Rep
        Its reps.
    loads : LoadSeries, optional
        May be empty.

    Returns
    -------
    TopBottom or None
        None where one end was measured in no rep.
    """
    bottom = _end("bottom", posture, reps, loads)
    top = _end("lockout", posture, reps, loads)
    if bottom is None or top is None:
        return None
    sentence = _sentence(bottom, top)
    here = EvidenceEntry("measured_here", "both", "measured here", sentence, say("ends.here"))
    return TopBottom(bottom, top, sentence, (here, *evidence()))


def _end(
    phase: Literal["bottom", "lockout"],
    posture: Posture,
    reps: tuple[Rep, ...],
    loads: LoadSeries | None,
) -> End | None:
    """Return the means of one end over the reps."""
    name: Phase = phase
    known = posture.measurable & np.isfinite(posture.lumbar_flexion_deg)
    flexions: list[float] = []
    rows: list[dict[str, float]] = []
    for rep in reps:
        start, end = rep.phases.get(name, (0.0, -1.0))
        inside = np.flatnonzero(known & (posture.time_s >= start) & (posture.time_s <= end))
        if len(inside) == 0:
            continue
        peak = inside[int(np.argmax(posture.lumbar_flexion_deg[inside]))]
        around = _around(posture, inside, peak)
        flexions.append(float(np.mean(posture.lumbar_flexion_deg[around])))
        if loads:
            around = _carried(posture, loads, inside, peak, around)
            rows.append({key: known_mean(values[around]) for key, values in loads.both.items()})
    if not flexions:
        return None
    load = (
        {key: known_mean(np.array([row[key] for row in rows])) for key in rows[0]} if rows else {}
    )
    return End(phase, len(flexions), float(np.mean(flexions)), load)


def _around(posture: Posture, frames: Frames, peak: int) -> Frames:
    """Return the frames around a peak."""
    around = np.abs(posture.time_s[frames] - posture.time_s[peak]) <= WINDOW_S / 2
    return np.asarray(frames[around], dtype=np.int64)


def _carried(
    posture: Posture, loads: LoadSeries, inside: Frames, peak: int, around: Frames
) -> Frames:
    """Return the frames whose load counts: around the peak, but with the bar off the floor."""
    if loads.held[peak]:
        return around
    held = inside[loads.held[inside]]
    if len(held) == 0:
        return around
    first = int(held[np.argmin(np.abs(posture.time_s[held] - posture.time_s[peak]))])
    return _around(posture, held, first)


def _sentence(bottom: End, top: End) -> str:
    """Return what was measured, without a verdict."""
    low, high = (end.load.get("l5s1_compression_n", float("nan")) for end in (bottom, top))
    known = bool(bottom.load and top.load)
    flexions = (bottom.flexion_deg, top.flexion_deg)
    if not known:
        return ends_sentence(flexions)
    forces = (_band(bottom), _band(top)) if np.isfinite(low) and np.isfinite(high) else None
    return ends_sentence(flexions, forces, heavier_bottom=low >= high, loaded=True)


def ends_sentence(
    flexions_deg: tuple[float, float],
    forces: tuple[str, str] | None = None,
    *,
    heavier_bottom: bool = True,
    loaded: bool = False,
) -> str:
    """Return what was measured at both ends, without a verdict, in the language that is spoken.

    Parameters
    ----------
    flexions_deg : (float, float)
        Lumbar flexion at the bottom and at the top, degrees.
    forces : (str, str), optional
        Compression with its band at both.
    heavier_bottom : bool
        Whether the compression is larger at the bottom.
    loaded : bool
        Whether a load was given at all.
    """
    values = {"bottom": _rounded(flexions_deg[0]), "top": _rounded(flexions_deg[1])}
    if forces is None:
        return say("ends.no_load" if loaded else "ends.plain", **values)
    more = flexions_deg[1] - flexions_deg[0]
    where = "equal" if abs(more) < FLEXION_DIFFERS_DEG else "top" if more > 0 else "bottom"
    heavier = "bottom" if heavier_bottom else "top"
    return say(f"ends.{where}_{heavier}", low=forces[0], high=forces[1], **values)


def _rounded(flexion_deg: float) -> str:
    size = round(flexion_deg)
    if size == 0:
        return say("ends.as_standing")
    return say("ends.more" if size > 0 else "ends.less", size=abs(size))


def _band(end: End) -> str:
    """Return a compression with its band, kN."""
    value, low, high = (
        end.load[f"l5s1_compression_{part}"] / 1000 for part in ("n", "low_n", "high_n")
    )
    return say("force.band", force=value, low=low, high=high)
