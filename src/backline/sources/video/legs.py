"""Legs and whole body from body points: knee, ankle, thigh, and where the body is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.posture import FloatArray, Motion
from backline.signals import lowpass
from backline.sources.video.engine import (
    LEFT_ANKLE,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
)
from backline.sources.video.sight import Sight

#: Share of the largest hip-to-ankle distances taken as the leg's length (straight leg).
STRAIGHT_QUANTILE = 0.95


@dataclass(frozen=True)
class Legs:
    """Leg angles of n frames, degrees.

    Parameters
    ----------
    knee_deg : ndarray, shape (n,)
        Knee flexion.
    shank_deg : ndarray, shape (n,)
        Forward lean of the shank (ankle dorsiflexion with the foot flat).
    thigh_deg : ndarray, shape (n,)
        Forward swing of the thigh: + where the knee is in front of the hip.
    motion : Motion
        Where the body is.
    """

    knee_deg: FloatArray
    shank_deg: FloatArray
    thigh_deg: FloatArray
    motion: Motion


def legs_of(sight: Sight, cutoff_hz: float) -> Legs:
    """Work out leg angles and body position from the visible side's points.

    Parameters
    ----------
    sight : Sight
        The clip as seen.
    cutoff_hz : float
        Zero-phase low-pass of the points, Hz.
    """
    hip, knee, ankle, shoulder, wrist = (
        _smooth(sight.time_s, sight.joint(i), cutoff_hz)
        for i in (LEFT_HIP, LEFT_KNEE, LEFT_ANKLE, LEFT_SHOULDER, LEFT_WRIST)
    )
    forward = np.array([float(sight.facing), 1.0])
    thigh = _forward_angle((knee - hip) * forward)
    shank = _forward_angle((ankle - knee) * forward)
    leg = np.linalg.norm(ankle - hip, axis=1)
    known = leg[np.isfinite(leg)]
    length = float(np.quantile(known, STRAIGHT_QUANTILE)) if len(known) else float("nan")
    travel = sight.facing * hip[:, 0] / length
    motion = Motion(
        hip_height=(ankle[:, 1] - hip[:, 1]) / length,
        hip_travel=travel - _middle(travel),
        hands_below_shoulders=(wrist[:, 1] - shoulder[:, 1]) / sight.trunk_px,
    )
    return Legs(thigh - shank, -shank, thigh, motion)


def _smooth(time_s: FloatArray, at: FloatArray, cutoff_hz: float) -> FloatArray:
    return np.stack([lowpass(time_s, at[:, k], cutoff_hz) for k in (0, 1)], axis=1)


def _forward_angle(down: FloatArray) -> FloatArray:
    """Angle of a downward segment from vertical, + when its lower end is in front."""
    return np.asarray(np.degrees(np.arctan2(down[:, 0], down[:, 1])))


def _middle(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else 0.0
