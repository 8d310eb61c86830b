"""From observations to a posture: reference, network inference, smoothing, gating."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backline.errors import UsageError
from backline.model.posture import (
    ELSEWHERE,
    BoolArray,
    FloatArray,
    Posture,
    Reference,
    reference_from,
)
from backline.reps import Lift, Rep, detect_lift, find_reps
from backline.settings import Settings
from backline.signals.filters import lowpass
from backline.sources.no_reference import measured_within_reps
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.contour.low_back_shape import outline_shape
from backline.sources.video.lumbar.clip_inference import (
    ReferenceView,
    no_estimates,
    own_mean,
    read_clip,
    reference_of,
    zeroed,
)
from backline.sources.video.lumbar.network import LumbarEstimate, LumbarNetwork
from backline.sources.video.lumbar.prior_correction import FULL_SQUAT_KNEE_DEG
from backline.sources.video.lumbar.uncertainty import (
    at_most_scatter,
    deviation_factor,
    scatter_deg,
)
from backline.sources.video.pose.leg_angles import LegAngles, legs_of
from backline.sources.video.quality.gating import FrameJudgement, judge
from backline.sources.video.reference_selection import (
    LEAST_FRAMES,
    NO_STANDING,
    POINT_CUTOFF_HZ,
    Chosen,
    choose_reference,
)

#: Least frames for the curve of the standing reference, and how upright the trunk is in
#: frames that replace it, degrees from the standing reference.
CURVE_FRAMES, UPRIGHT_LEAN_DEG = 5, 15.0


def measure(
    observations: ClipObservations,
    network: LumbarNetwork,
    settings: Settings,
    given: tuple[float, float] | None = None,
    view: ReferenceView | None = None,
    lift: Lift | Literal["auto"] = "auto",
) -> tuple[Posture, FrameJudgement]:
    """Estimate a posture from observations.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations.
    network : LumbarNetwork
        The lumbar network.
    settings : Settings
        Filters and limits.
    given : tuple of float, optional
        The reference's start and end as the user gave them, seconds.
    view : ReferenceView, optional
        The reference from another clip.
    lift : {"auto", "squat", "deadlift"}
        As given by the user: the lift, for the reps whose tops may serve as reference.

    Returns
    -------
    Posture
        Angles where the lifter was found; ``measurable`` says where they count.
    FrameJudgement
        What can be measured, and why not the rest.
    """
    legs = legs_of(observations, POINT_CUTOFF_HZ)
    upright, reps = _upright(observations, legs, settings, lift)
    if view is not None:
        nothing = np.zeros(len(observations.time_s), dtype=np.bool_)
        chosen = Chosen(reference_from(ELSEWHERE), ELSEWHERE, nothing)
        estimate = read_clip(observations, view, network)
    else:
        if given is not None:
            _check_seen(observations, given)
        chosen = choose_reference(observations, legs, upright, reps, network, given)
        estimate = no_estimates(len(observations.time_s))
        if chosen.frames.any():
            view = reference_of(observations, chosen.frames)
            estimate = zeroed(read_clip(observations, view, network), chosen.frames)
    frames = chosen.frames if chosen.frames.any() else observations.found
    judged = judge(observations, estimate, frames, settings)
    posture = _posture(_Read(observations, legs, estimate, judged, settings), chosen)
    return (
        measured_within_reps(posture, reps) if chosen.reference.within_reps else posture
    ), judged


def _check_seen(observations: ClipObservations, given: tuple[float, float]) -> None:
    """Raise if the lifter is hardly found in the stretch that was given as the reference."""
    inside = (observations.time_s >= given[0]) & (observations.time_s <= given[1])
    if int((inside & observations.found).sum()) < LEAST_FRAMES:
        raise UsageError(
            f"Between {given[0]:g} and {given[1]:g} s the lifter was hardly seen: name seconds in "
            "which they stand with the low back in view."
        )


def _upright(
    observations: ClipObservations,
    legs: LegAngles,
    settings: Settings,
    lift: Lift | Literal["auto"] = "auto",
) -> tuple[Posture, tuple[Rep, ...]]:
    """Return the body's position and lean without the low back, and the reps found in them."""
    n = len(observations.time_s)
    nothing = np.zeros(n, dtype=np.bool_)
    judged = FrameJudgement(nothing, np.full(n, ""), 1.0, math.nan, ())
    blank = _Read(observations, legs, no_estimates(n), judged, settings)
    posture = _posture(blank, Chosen(Reference("none"), NO_STANDING, nothing))
    return posture, find_reps(posture, detect_lift(posture) if lift == "auto" else lift)


def _curve_at_standing(
    curve: FloatArray, estimate: LumbarEstimate, standing: BoolArray, measurable: BoolArray
) -> float:
    """Return the curve in standing, from its frames, or from upright ones less their change."""
    seen = curve[standing & np.isfinite(curve)]
    if len(seen) < CURVE_FRAMES:
        upright = measurable & (np.abs(estimate.trunk_deg) < UPRIGHT_LEAN_DEG)
        seen = (curve - estimate.curve_deg)[upright]
        seen = seen[np.isfinite(seen)]
    return float(np.median(seen)) if len(seen) >= CURVE_FRAMES else float("nan")


@dataclass(frozen=True)
class _Read:
    """A clip's observations, estimates and gating."""

    observations: ClipObservations
    legs: LegAngles
    estimate: LumbarEstimate
    judged: FrameJudgement
    settings: Settings


def _posture(read: _Read, chosen: Chosen) -> Posture:
    """Smooth the estimates and state their deviations."""
    observations, legs, estimate, judged = read.observations, read.legs, read.estimate, read.judged
    cutoff_hz, frames = read.settings.filter_cutoff_hz, chosen.frames

    def smooth(values: FloatArray) -> FloatArray:
        return lowpass(observations.time_s, np.where(judged.measurable, values, np.nan), cutoff_hz)

    knee_flexion = np.nan_to_num(legs.knee_deg - own_mean(legs.knee_deg, frames))
    share = deviation_factor(np.clip(knee_flexion / FULL_SQUAT_KNEE_DEG, 0.0, 1.0))
    doubt = np.where(frames, 0.0, 0.0 if chosen.reference.within_reps else chosen.reference.sd_deg)

    def spread(sd: FloatArray, values: FloatArray) -> FloatArray:
        wide = share * judged.widen * smooth(sd)
        return np.hypot(at_most_scatter(wide, values, frames, read.settings.sd_floor_deg), doubt)

    lumbar, trunk = smooth(estimate.lumbar_deg), smooth(estimate.trunk_deg)
    tilt = trunk - lumbar
    single = np.where(judged.measurable & ~frames, estimate.lumbar_deg, np.nan)
    shaken = np.hypot(scatter_deg(observations.time_s, single, lumbar), observations.hand_sd_deg)
    # Where the low back cannot be measured, the lean of the body still shows the reps.
    thigh = legs.thigh_deg - own_mean(legs.thigh_deg, frames)
    lean = lowpass(observations.time_s, observations.lean_deg, cutoff_hz)
    lean = lean - own_mean(lean, frames)
    known_tilt = np.where(np.isfinite(tilt), tilt, lean)
    at_standing = _curve_at_standing(observations.curve_deg, estimate, frames, judged.measurable)
    bulge = outline_shape(
        observations.back_line, observations.back_visible, observations.facing
    ).bulge
    seen = judged.measurable & np.isfinite(lumbar)  # the filter bridges short gaps
    return Posture(
        time_s=observations.time_s,
        lumbar_flexion_deg=np.where(seen, lumbar, np.nan),
        lumbar_flexion_sd_deg=np.hypot(spread(estimate.lumbar_sd_deg, lumbar), shaken),
        pelvic_tilt_deg=np.where(seen, tilt, np.nan),
        pelvic_tilt_sd_deg=np.hypot(spread(estimate.pelvis_sd_deg, tilt), shaken),
        trunk_lean_deg=np.where(np.isfinite(trunk), trunk, lean),
        trunk_lean_sd_deg=spread(estimate.trunk_sd_deg, trunk),
        lumbar_curve_deg=at_standing + smooth(estimate.curve_deg),
        thoracic_flexion_deg=smooth(estimate.thoracic_deg),
        hip_flexion_deg=np.asarray(known_tilt + thigh, dtype=np.float64),
        knee_flexion_deg=legs.knee_deg,
        ankle_dorsiflexion_deg=legs.shank_deg,
        measurable=seen,
        reason=judged.reason,
        standing=chosen.standing,
        motion=legs.motion,
        reference=chosen.reference,
        back_bulge=np.where(judged.measurable, bulge, np.nan),
    )
