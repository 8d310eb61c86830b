"""Legs from markers: thigh, knee and ankle angles, and the hip's position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.model.posture import FloatArray
from backline.sources.angles.axes import Lifter, back_of_pelvis, mean_known

LEG_PER_TRUNK = 1.85
"""Hip-to-ankle length over C7-to-PSIS length, for a file without ankles (843 mm over 455 mm in the
reference recording). It only scales the signal from which reps are found."""
UPRIGHT_PERCENTILE = 95.0
"""A hip without ankles stands at this percentile of its heights."""


@dataclass(frozen=True, eq=False)
class Legs:
    """Leg angles of n frames, degrees, and the place of the hip, leg lengths.

    Parameters
    ----------
    thigh_deg : ndarray, shape (n,)
        Thigh from the vertical, + with the knee in front of the hip.
    knee_deg : ndarray, shape (n,)
        Knee flexion.
    ankle_deg : ndarray, shape (n,)
        Shank against the foot, + dorsiflexion, any zero; against the ground without foot markers.
    hip_height, hip_travel : ndarray, shape (n,)
        See `backline.model.posture.WholeBodyMotion`.
    """

    thigh_deg: FloatArray
    knee_deg: FloatArray
    ankle_deg: FloatArray
    hip_height: FloatArray
    hip_travel: FloatArray


def legs_of(lifter: Lifter, hips: dict[str, FloatArray], side: str) -> Legs:
    """Work out the legs.

    Parameters
    ----------
    lifter : Lifter
        Landmarks.
    hips : dict of str to ndarray, shape (n, 3)
        Hip joint centres, ``"left"`` and ``"right"``.
    side : {"auto", "left", "right"}
        Leg to measure; auto takes the mean of both.

    Returns
    -------
    Legs
        NaN where markers are missing.
    """
    sides = ("left", "right") if side == "auto" else (side,)
    angles = [_leg(lifter, hips[one], one) for one in sides]
    thigh, knee, ankle = (mean_known([leg[k] for leg in angles]) for k in range(3))
    height, travel = _place(lifter, hips)
    return Legs(thigh, knee, ankle, height, travel)


def _leg(lifter: Lifter, hip: FloatArray, side: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return thigh, knee and ankle angle of one leg."""
    unknown = np.full(len(hip), np.nan)
    knee = lifter.mean(f"KNEE_{side}", f"KNEE_MEDIAL_{side}")
    ankle = lifter.mean(f"ANKLE_{side}", f"ANKLE_MEDIAL_{side}")
    if knee is None:
        return unknown, unknown, unknown
    thigh = _swing(lifter, hip, knee)
    if ankle is None:
        return thigh, unknown, unknown
    shank = -_swing(lifter, knee, ankle)
    foot = 0.0 * shank
    heel, toe = lifter.mean(f"HEEL_{side}"), lifter.mean(f"TOE_{side}")
    if heel is not None and toe is not None:
        ahead, rise = lifter.sagittal(toe - heel)
        foot = np.degrees(np.arctan2(rise, ahead))
    return thigh, thigh + shank, shank + foot


def _swing(lifter: Lifter, upper: FloatArray, lower: FloatArray) -> FloatArray:
    """Return the angle of a downward segment from the vertical, + with its lower end in front."""
    ahead, rise = lifter.sagittal(lower - upper)
    return np.asarray(np.degrees(np.arctan2(ahead, -rise)))


def _place(lifter: Lifter, hips: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return height and travel of the hip in leg lengths."""
    hip = mean_known(list(hips.values()))
    ankle = lifter.mean("ANKLE_left", "ANKLE_right")
    if ankle is not None:
        length = _leg_length(lifter, hips)
        height = (hip - ankle)[:, 2] / length
    else:
        length = LEG_PER_TRUNK * _trunk_length(lifter)
        height = 1.0 + (hip[:, 2] - _percentile(hip[:, 2], UPRIGHT_PERCENTILE)) / length
    front = np.nansum(lifter.forward, axis=0)
    size = float(np.linalg.norm(front))
    travel = hip @ (front / size if size > 0 else front) / length
    return height, travel - _percentile(travel, 50.0)


def _leg_length(lifter: Lifter, hips: dict[str, FloatArray]) -> float:
    """Return the leg's length, metres: hip to knee to ankle, else the longest hip to ankle."""
    lengths = []
    for side, hip in hips.items():
        knee, ankle = lifter.mean(f"KNEE_{side}"), lifter.mean(f"ANKLE_{side}")
        if ankle is None:
            continue
        if knee is None:
            lengths.append(_percentile(np.linalg.norm(hip - ankle, axis=1), UPRIGHT_PERCENTILE))
            continue
        both = np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - ankle, axis=1)
        lengths.append(_percentile(both, 50.0))
    return float(np.nanmean(lengths)) if np.isfinite(lengths).any() else float("nan")


def _trunk_length(lifter: Lifter) -> float:
    if "C7" not in lifter.at:
        return float("nan")
    length = np.linalg.norm(lifter.at["C7"] - back_of_pelvis(lifter.at), axis=1)
    return _percentile(length, UPRIGHT_PERCENTILE)


def _percentile(values: FloatArray, percent: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.percentile(known, percent)) if len(known) else float("nan")
