"""Metrics of each rep for reports."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backline.findings.events import (
    bottom_change,
    goes_down_first,
    lockout_event,
    sized_bottom,
    turn_back,
)
from backline.findings.shape_grade import grade_rep
from backline.findings.window_means import LowBack, low_back_of
from backline.model.posture import FloatArray, Posture
from backline.reps import Lift, Phase, Rep
from backline.settings import Settings
from backline.signals.filters import lowpass

PARTIAL_SHARE = 0.75
"""A rep shallower than this share of the set's deepest is partial (judgement)."""


def measure_reps(
    posture: Posture, reps: tuple[Rep, ...], lift: Lift, settings: Settings | None = None
) -> tuple[Rep, ...]:
    """Fill the metrics of each rep.

    Parameters
    ----------
    posture : Posture
        The clip.
    reps : tuple of Rep
        Its reps.
    lift : {"squat", "deadlift"}
        The lift.
    settings : Settings, optional
        Windows; the defaults where left out.

    Returns
    -------
    tuple of Rep
        With ``grade`` (see `backline.findings.shape_grade`) and ``metrics``: ``descent_s``,
        ``bottom_s``, ``ascent_s``, ``lockout_s`` (seconds); ``depth`` (leg lengths) and
        ``depth_share`` (of the set's deepest rep); ``partial`` (1 or 0);
        ``knee_flexion_max_deg``, ``hip_flexion_max_deg``, ``trunk_lean_max_deg``;
        ``lumbar_flexion_bottom_deg``, ``lumbar_flexion_lockout_deg`` and
        ``lumbar_flexion_peak_deg`` (change from the reference), ``lumbar_flexion_peak_s`` (time
        of that peak), ``turn_back_deg`` and ``bottom_size_deg``, the one of the two that a
        finding at the bottom is sized with. None where not measured.
    """
    chosen = settings or Settings()
    back = low_back_of(posture, chosen)
    deepest = max((rep.depth for rep in reps if np.isfinite(rep.depth)), default=float("nan"))
    cutoff = chosen.filter_cutoff_hz
    outlined = bool(np.isfinite(posture.back_bulge).any())
    sizes = {rep.index: sized_bottom(back, rep, lift, outlined) for rep in reps}
    joints = {
        "knee_flexion_max_deg": lowpass(posture.time_s, posture.knee_flexion_deg, cutoff),
        "hip_flexion_max_deg": lowpass(posture.time_s, posture.hip_flexion_deg, cutoff),
        "trunk_lean_max_deg": lowpass(posture.time_s, posture.trunk_lean_deg, cutoff),
    }
    return tuple(
        replace(
            rep,
            metrics={
                **rep.metrics,
                **_tempo(rep),
                **_depth(rep, deepest),
                **{name: _most(back, rep, values) for name, values in joints.items()},
                **_low_back(back, rep, reps),
                "bottom_size_deg": None if (size := sizes[rep.index]) is None else size.size_deg,
            },
            grade=grade_rep(posture, rep, chosen),
        )
        for rep in reps
    )


def is_turn_back(rep: Rep) -> bool:
    """Return whether a rep's bottom is sized by its turn-back, not by the change.

    The change from the reference takes its place where the way down was not measured, and in a
    deadlift of markers or sensors.
    """
    size = rep.metrics.get("bottom_size_deg", rep.metrics.get("turn_back_deg"))  # older results
    return size is not None and size != rep.metrics.get("lumbar_flexion_bottom_deg")


def _tempo(rep: Rep) -> dict[str, float | None]:
    """Return how long each phase lasted, seconds."""
    phases: tuple[Phase, ...] = ("descent", "bottom", "ascent", "lockout")
    return {
        f"{phase}_s": rep.phases[phase][1] - rep.phases[phase][0] if phase in rep.phases else None
        for phase in phases
    }


def _depth(rep: Rep, deepest: float) -> dict[str, float | None]:
    """Return the depth, alone and as a share of the set's deepest."""
    if not (np.isfinite(rep.depth) and deepest > 0):
        return {"depth": None, "depth_share": None, "partial": None}
    share = rep.depth / deepest
    return {"depth": rep.depth, "depth_share": share, "partial": float(share < PARTIAL_SHARE)}


def _most(back: LowBack, rep: Rep, values: FloatArray) -> float | None:
    """Return the largest value within a rep."""
    first, last = back.frames(rep.start_s, rep.end_s)
    known = values[first : last + 1]
    known = known[np.isfinite(known)]
    return float(known.max()) if len(known) else None


def _low_back(back: LowBack, rep: Rep, reps: tuple[Rep, ...]) -> dict[str, float | None]:
    """Return the low back's angles in each phase."""
    standing_based = bottom_change(back, rep)
    turned = turn_back(back, rep) if goes_down_first(rep) else None
    lockout = lockout_event(back, rep, reps)
    first, last = back.frames(rep.start_s, rep.end_s)
    peak = back.largest(first, last, back.settings.event_window_s)
    return {
        "lumbar_flexion_bottom_deg": None if standing_based is None else standing_based.size_deg,
        "lumbar_flexion_lockout_deg": None if lockout is None else lockout.size_deg,
        "lumbar_flexion_peak_deg": None if peak is None else peak.value_deg,
        "lumbar_flexion_peak_s": None if peak is None else float(back.time_s[peak.at]),
        "turn_back_deg": None if turned is None else turned.size_deg,
    }
