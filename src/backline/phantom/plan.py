"""Plan of a lift: the movement rep by rep, and where rounding is planted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.phantom.body import Array
from backline.phantom.kinematics import Angles

#: Nobody stands quite straight: knee flexion and shank lean in standing, degrees.
STANDING_KNEE_DEG, STANDING_SHANK_DEG = 1.0, 0.5


@dataclass(frozen=True)
class RepPlan:
    """One rep: tempo, depth, and the planted bends of the back, degrees.

    Parameters
    ----------
    knee_deg : float
        Knee flexion at the bottom.
    shank_ratio : float
        Forward lean of the shank for each degree of knee flexion.
    descent_s, bottom_s, ascent_s, lockout_s : float
        Tempo, seconds.
    top_deg, bottom_deg, ascent_deg : float
        Lumbar flexion planted at lockout, at the bottom, in the middle of the ascent;
        negative values over-extend.
    coupled_deg : float
        Lumbar flexion that comes and goes with depth, as in everybody.
    thoracic_deg, neck_deg : float
        Bend of the upper back and of the neck at the bottom.
    """

    knee_deg: float = 115.0
    shank_ratio: float = 0.3
    descent_s: float = 1.5
    bottom_s: float = 0.3
    ascent_s: float = 1.3
    lockout_s: float = 1.1
    top_deg: float = 0.0
    bottom_deg: float = 0.0
    ascent_deg: float = 0.0
    coupled_deg: float = 0.0
    thoracic_deg: float = 0.0
    neck_deg: float = 0.0


@dataclass(frozen=True)
class LiftPlan:
    """A set: quiet standing, then reps.

    Parameters
    ----------
    reps : tuple of RepPlan
        In order.
    standing_s, after_s : float
        Quiet standing before and after, seconds.
    rate_hz : float
        Frames a second.
    sway_deg : float
        Slow sway of the back, degrees (standard deviation).
    """

    reps: tuple[RepPlan, ...]
    standing_s: float = 2.0
    after_s: float = 0.8
    rate_hz: float = 30.0
    sway_deg: float = 0.3
    seed: int = 0


def events_of(plan: LiftPlan) -> list[dict[str, Any]]:
    """Return what a plan plants, for the clip's truth: rep, where, kind and size in degrees."""
    events = []
    for number, rep in enumerate(plan.reps, start=1):
        places = (("lockout", rep.top_deg), ("bottom", rep.bottom_deg), ("ascent", rep.ascent_deg))
        for where, size in places:
            if size:
                kind = "rounding" if size > 0 else "over_extension"
                events.append({"rep": number, "where": where, "kind": kind, "size_deg": abs(size)})
    return events


@dataclass
class Timeline:
    """The plan, frame by frame.

    Attributes
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    rep : ndarray of int, shape (n,)
        Rep number from 1, 0 outside.
    phase : ndarray of str, shape (n,)
        Phase names of the contract.
    angles : Angles
        What the body does.
    """

    time_s: Array
    rep: NDArray[np.int64]
    phase: NDArray[np.str_]
    angles: Angles
    bottoms_s: list[float] = field(default_factory=list)


def _smooth(x: Array) -> Array:
    u = np.clip(x, 0.0, 1.0)
    return u * u * u * (u * (6 * u - 15) + 10)


def unroll(plan: LiftPlan) -> Timeline:
    """Turn a plan into angles at every frame."""
    length = plan.standing_s + plan.after_s + sum(_length_s(r) for r in plan.reps)
    count = int(length * plan.rate_hz + 1e-6)  # sums such as 3.5 + 2.8 fall short by rounding
    time = np.arange(count) / plan.rate_hz
    n = len(time)
    rep, phase = np.zeros(n, np.int64), np.full(n, "standing", dtype="<U8")
    series = {k: np.zeros(n) for k in ("knee", "shank", "lumbar", "thoracic", "neck")}
    bottoms, at = [], plan.standing_s
    for number, r in enumerate(plan.reps, start=1):
        marks = at + np.cumsum([0, r.descent_s, r.bottom_s, r.ascent_s, r.lockout_s])
        down = _smooth((time - marks[0]) / r.descent_s)
        up = _smooth((time - marks[2]) / r.ascent_s)
        here = down * (1 - up)
        series["knee"] += r.knee_deg * here
        series["shank"] += r.knee_deg * r.shank_ratio * here
        series["lumbar"] += _planted(r, time, marks, here)
        series["thoracic"] += r.thoracic_deg * _smooth((here - 0.2) / 0.6)
        series["neck"] += r.neck_deg * here
        names = ("descent", "bottom", "ascent", "lockout")
        for name, start, end in zip(names, marks[:-1], marks[1:], strict=True):
            inside = (time >= start) & (time < end)
            rep[inside], phase[inside] = number, name
        bottoms.append(float((marks[1] + marks[2]) / 2))
        at = float(marks[-1])
    sway = _sway(time, plan)
    angles = Angles(
        knee_deg=series["knee"] + STANDING_KNEE_DEG,
        shank_deg=series["shank"] + STANDING_SHANK_DEG,
        lumbar_deg=series["lumbar"] + sway,
        thoracic_deg=series["thoracic"],
        neck_deg=series["neck"],
    )
    return Timeline(time, rep, phase, angles, bottoms)


def _length_s(rep: RepPlan) -> float:
    return rep.descent_s + rep.bottom_s + rep.ascent_s + rep.lockout_s


def _planted(rep: RepPlan, time: Array, marks: Array, depth: Array) -> Array:
    """Lumbar flexion of one rep: with depth, at the bottom, half way up, at the top."""
    bottom = rep.bottom_deg * _smooth((depth - 0.62) / 0.33)
    coupled = rep.coupled_deg * depth
    middle = marks[2] + 0.5 * rep.ascent_s
    ascent = rep.ascent_deg * np.exp(-(((time - middle) / (0.2 * rep.ascent_s)) ** 2))
    rise = _smooth((time - (marks[3] - 0.3)) / 0.45)
    fall = 1 - _smooth((time - (marks[4] - 0.2)) / 0.35)
    return np.asarray(bottom + coupled + ascent + rep.top_deg * rise * fall)


def _sway(time: Array, plan: LiftPlan) -> Array:
    rng = np.random.default_rng([plan.seed, 77])
    waves = [np.sin(2 * np.pi * f * time + rng.uniform(0, 6.28)) for f in rng.uniform(0.1, 0.5, 3)]
    return np.asarray(plan.sway_deg * np.sum(waves, axis=0) * np.sqrt(2 / 3))
