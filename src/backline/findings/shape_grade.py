"""Grade: the shape of the low back at the bottom of a rep, and the lumbopelvic rhythm."""

from __future__ import annotations

import numpy as np

from backline.findings.curve_change import FLIP_SD, curve_at
from backline.findings.window_means import probability_above
from backline.model.posture import BoolArray, Posture
from backline.reps import Grade, Phase, Rep, Shape
from backline.settings import Settings

SLACK_S = 0.05
"""The bottom's shape is read from this long before to this long after it, seconds."""
LEAST_FRAMES = 3
"""Frames that a shape is read from at least."""
LEAST_SHARE = 0.5
"""Least share of a phase's frames that must show the outline."""
LEAST_HIP_DEG = 30.0
"""Least range of hip flexion that a rhythm is read from, degrees."""
LIKELY = 0.5
"""Least probability of a shape; below it the shape is unknown."""


def grade_rep(posture: Posture, rep: Rep, settings: Settings) -> Grade:
    """Return the grade of one rep.

    Parameters
    ----------
    posture : Posture
        The clip.
    rep : Rep
        The rep.
    settings : Settings
        Limits of hollow, straight and rounded, and the outline's deviation.
    """
    rhythm = rhythm_of(posture, rep)
    bulge = bulge_in(posture, rep, "bottom")
    if np.isfinite(bulge):
        return _from_outline(bulge, rhythm, settings)
    if np.isfinite(posture.back_bulge).any() or "bottom" not in rep.phases:
        return Grade("unknown", float("nan"), rhythm)
    return _from_curve(posture, rep, rhythm, settings)


def bulge_in(posture: Posture, rep: Rep, phase: Phase) -> float:
    """Return the median bulge over a phase; NaN where too little of it shows the outline."""
    span = rep.phases.get(phase)
    if span is None:
        return float("nan")
    inside = (posture.time_s >= span[0] - SLACK_S) & (posture.time_s <= span[1] + SLACK_S)
    return _median(posture, inside)


def bulge_at(posture: Posture, at_s: float, settings: Settings) -> float:
    """Return the median bulge about a moment, seconds; NaN where it is not seen."""
    half = settings.event_window_s / 2
    return _median(posture, np.abs(posture.time_s - at_s) <= half + 1e-9)


def straightness(bulge: float, settings: Settings) -> float:
    """Return the probability that a bulge is of a straight or rounded back; NaN unknown."""
    return probability_above(bulge, settings.bulge_sd, settings.straight_bulge)


def past_flat(bulge: float, settings: Settings) -> float:
    """Return the probability that a bulge is of a back rounded past flat; NaN unknown."""
    return probability_above(bulge, settings.bulge_sd, settings.rounded_bulge)


def rhythm_of(posture: Posture, rep: Rep) -> float:
    """Return the slope of lumbar on hip flexion over a rep, degrees a degree; NaN unknown."""
    inside = (posture.time_s >= rep.start_s) & (posture.time_s <= rep.end_s) & posture.measurable
    inside &= np.isfinite(posture.lumbar_flexion_deg) & np.isfinite(posture.hip_flexion_deg)
    hip, lumbar = posture.hip_flexion_deg[inside], posture.lumbar_flexion_deg[inside]
    if len(hip) < 2 * LEAST_FRAMES or np.ptp(hip) < LEAST_HIP_DEG:
        return float("nan")
    return float(np.polyfit(hip, lumbar, 1)[0])


def _median(posture: Posture, inside: BoolArray) -> float:
    known = posture.back_bulge[inside & np.isfinite(posture.back_bulge)]
    if len(known) < max(LEAST_FRAMES, LEAST_SHARE * np.count_nonzero(inside)):
        return float("nan")
    return float(np.median(known))


def _from_outline(bulge: float, rhythm: float, settings: Settings) -> Grade:
    """Grade by the outline: normal errors about the two bounds."""
    rounded = past_flat(bulge, settings)
    kept = 1.0 - probability_above(bulge, settings.bulge_sd, settings.kept_bulge)
    shapes: dict[Shape, float] = {
        "kept": kept, "flattened": 1.0 - kept - rounded, "reversed": rounded
    }  # fmt: skip
    shape = max(shapes, key=lambda name: shapes[name])
    straight = straightness(bulge, settings)
    if shapes[shape] <= LIKELY:
        return Grade("unknown", float("nan"), rhythm, bulge, rounded, straight)
    return Grade(shape, shapes[shape], rhythm, bulge, rounded, straight)


def _from_curve(posture: Posture, rep: Rep, rhythm: float, settings: Settings) -> Grade:
    """Grade by the lumbar curve, for sources that give the curve and no outline."""
    shape = curve_at(posture, rep.bottom_s, settings)
    if shape == "unknown":
        return Grade(shape, float("nan"), rhythm)
    at = posture.index_at(rep.bottom_s)
    sd = float(posture.lumbar_flexion_sd_deg[at])
    sd = sd if np.isfinite(sd) and sd > 0 else settings.sd_floor_deg
    rounded = probability_above(-float(posture.lumbar_curve_deg[at]), sd, 0.0)
    # `curve_at` calls a curve reversed only beyond FLIP_SD deviations, so with this probability.
    least = probability_above(FLIP_SD, 1.0, 0.0)
    sure = rounded if shape == "reversed" else max(1.0 - rounded, 1.0 - least)
    return Grade(shape, sure, rhythm, rounded=rounded, straight=float(shape != "kept"))
