"""Leg angles and body position from body points: knee, ankle, thigh, hip height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from backline.model.posture import FloatArray, WholeBodyMotion
from backline.signals.filters import lowpass, median_step
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.pose.bar_position import bar_ahead
from backline.sources.video.pose.person import (
    LEFT_ANKLE,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
)

#: Share of the largest heights of the hip above the floor taken as the leg's length.
STRAIGHT_QUANTILE = 0.9
#: Confidence below which a knee and an ankle are not used (hidden by a rack or plate). With these
#: and the length below, instead of 0.5 and 0.55, hip flexion of deadlifts behind plates was off by
#: 10.5 degrees instead of 13.8 (100 clips of seeds 5 and 7).
TRUSTED_KNEE, TRUSTED_ANKLE = 0.6, 0.5
#: The feet stand still for longer than this, seconds: a hidden ankle is filled in over it.
FEET_STAY_S = 6.0
#: Of the frames within that time at least this share must show the ankle, or it is filled in
#: from before and after.
FOOT_SHARE = 0.25
#: A limb seen from the side has a constant length: a knee or ankle that makes thigh or shank
#: shorter than this share of its usual length is the engine's guess (a thigh turned out by 40
#: degrees still shows 0.77 of it).
LEAST_LIMB = 0.7
#: Usual length of a limb: this quantile of those seen.
LIMB_QUANTILE = 0.8
#: Leg length by the engine's hip-to-shoulder length (0.49 and 0.30 of stature, Winter 2009).
LEG_BY_TRUNK = 1.65
#: A knee that jumps out and back within this is the engine's error, seconds.
JUMP_S = 0.3


@dataclass(frozen=True)
class LegAngles:
    """Leg angles of n frames, degrees.

    Parameters
    ----------
    knee_deg : ndarray, shape (n,)
        Knee flexion.
    shank_deg : ndarray, shape (n,)
        Forward lean of the shank (ankle dorsiflexion with the foot flat).
    thigh_deg : ndarray, shape (n,)
        Forward swing of the thigh: + where the knee is in front of the hip.
    motion : WholeBodyMotion
        Where the body is.
    """

    knee_deg: FloatArray
    shank_deg: FloatArray
    thigh_deg: FloatArray
    motion: WholeBodyMotion


def legs_of(observations: ClipObservations, cutoff_hz: float) -> LegAngles:
    """Compute leg angles and body position from the visible side's points.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations.
    cutoff_hz : float
        Zero-phase low-pass of the points, Hz.
    """
    hip, shoulder, wrist = (
        _smooth(observations.time_s, observations.joint(i), cutoff_hz)
        for i in (LEFT_HIP, LEFT_SHOULDER, LEFT_WRIST)
    )
    knees = _trusted(observations, LEFT_KNEE, LEFT_HIP, TRUSTED_KNEE)
    knee = _smooth(observations.time_s, _steady(observations, knees, JUMP_S), cutoff_hz)
    own = _trusted(observations, LEFT_ANKLE, LEFT_KNEE, TRUSTED_ANKLE)
    foot = _feet(observations, own)
    ankle = _smooth(observations.time_s, np.where(np.isfinite(own), own, foot), cutoff_hz)
    forward = np.array([float(observations.facing), 1.0])
    thigh = _forward_angle((knee - hip) * forward)
    shank = _forward_angle((ankle - knee) * forward)
    height = foot[:, 1] - hip[:, 1]
    known = height[np.isfinite(height)]
    length = float(np.quantile(known, STRAIGHT_QUANTILE)) if len(known) else float("nan")
    travel = observations.facing * hip[:, 0] / length
    motion = WholeBodyMotion(
        hip_height=height / length,
        hip_travel=travel - _middle(travel),
        hands_below_shoulders=(wrist[:, 1] - shoulder[:, 1]) / observations.trunk_px,
        shoulder_height=-shoulder[:, 1] / (LEG_BY_TRUNK * observations.trunk_px),
        bar_ahead=bar_ahead(observations, cutoff_hz),
    )
    return LegAngles(thigh - shank, -shank, thigh, motion)


def _trusted(observations: ClipObservations, joint: int, upper: int, sure_of: float) -> FloatArray:
    """Return a joint of the visible side, shape (n, 2); NaN where it is unreliable.

    That is
    where its confidence is below ``sure_of``, and where the limb from ``upper`` down to the joint
    is shorter than the share `LEAST_LIMB` of its usual length.
    """
    at = observations.joint(joint)
    sure = observations.points[:, joint + (observations.side == "right"), 2] >= sure_of
    length = np.linalg.norm(at - observations.joint(upper), axis=1)
    if sure.any():
        sure &= length >= LEAST_LIMB * float(np.quantile(length[sure], LIMB_QUANTILE))
    return np.where(sure[:, None], at, np.nan)


def _steady(observations: ClipObservations, at: FloatArray, over_s: float) -> FloatArray:
    """Return the running median of reliable positions over a time, shape (n, 2)."""
    if len(at) < 3:
        return at
    frames = max(3, round(over_s / median_step(observations.time_s)))
    table = pd.DataFrame(at)
    return np.asarray(table.rolling(frames, center=True, min_periods=1).median(), dtype=np.float64)


def _feet(observations: ClipObservations, own: FloatArray) -> FloatArray:
    """Return the feet's position, shape (n, 2), filled in where the ankle is hidden."""
    feet = _steady(observations, own, FEET_STAY_S)
    n = len(feet)
    if n < 3:
        return feet
    frames = max(3, round(FEET_STAY_S / median_step(observations.time_s)))
    seen = np.isfinite(own[:, 0])
    counts = [
        pd.Series(mask.astype(float)).rolling(frames, center=True, min_periods=1).sum().to_numpy()
        for mask in (seen, observations.found)
    ]
    enough = np.flatnonzero((counts[0] >= FOOT_SHARE * counts[1]) & np.isfinite(feet[:, 0]))
    if not len(enough):
        return feet
    at_s = observations.time_s
    return np.stack([np.interp(at_s, at_s[enough], feet[enough, k]) for k in (0, 1)], axis=1)


def _smooth(time_s: FloatArray, at: FloatArray, cutoff_hz: float) -> FloatArray:
    return np.stack([lowpass(time_s, at[:, k], cutoff_hz) for k in (0, 1)], axis=1)


def _forward_angle(down: FloatArray) -> FloatArray:
    """Angle of a downward segment from vertical, + when its lower end is in front."""
    return np.asarray(np.degrees(np.arctan2(down[:, 0], down[:, 1])))


def _middle(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else 0.0
