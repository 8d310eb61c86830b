"""Common proxies of rounding: angles of the hip-shoulder line, from the same body points.

Each rule is scored under favourable conditions: it is given the true times of the phases, and its
points come from the same analysis as Backline's own figures. A higher score means that rounding is
more likely.
Rules and thresholds were read in public programs that use them (form checkers built on pose
engines); one of them is shipped by several programs with 60, 70 or 135 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.model.measurement import Side
from backline.model.posture import BoolArray, FloatArray
from backline.signals.filters import known_mean
from backline.sources.video.pose.person import LEFT_EAR, LEFT_HIP, LEFT_KNEE, LEFT_SHOULDER

#: Part of a rep's frames that one rule takes as its upright start.
FIRST_SHARE = 0.3


@dataclass(frozen=True)
class Proxy:
    """A rule that others use.

    Parameters
    ----------
    name : str
        Column name.
    words : str
        The rule in plain words.
    threshold_deg : float
        The threshold that it is used with, on the score.
    """

    name: str
    words: str
    threshold_deg: float


PROXIES: tuple[Proxy, ...] = (
    Proxy("hip_angle", "hip angle below 60 degrees", -60.0),
    Proxy("hip_change", "hip angle changes by more than 8 degrees from the start", 8.0),
    Proxy("lean_change", "trunk leans over 30 degrees more than before", 30.0),
    Proxy("ear_angle", "ear over 45 degrees off the hip-shoulder line", 45.0),
)


def proxy_scores(
    points: NDArray[np.float32], side: Side, descent: BoolArray, place: BoolArray
) -> dict[str, float]:
    """Score one rep by every rule.

    Parameters
    ----------
    points : ndarray, shape (n, 33, 3)
        Body points of the clip, BlazePose order: x, y in pixels, confidence; NaN unseen.
    side : {"left", "right"}
        The side that faces the camera.
    descent : ndarray of bool, shape (n,)
        The frames of the rep that come before the place in question.
    place : ndarray of bool, shape (n,)
        The frames in question: the bottom (or the lockout).

    Returns
    -------
    dict
        Rule name to score in degrees: above the rule's threshold is an alarm. NaN where the
        points were not seen.
    """
    hip = hip_angle_deg(points, side)
    lean = lean_deg(points, side)
    ear = ear_angle_deg(points, side)
    start = np.flatnonzero(descent | place)
    start = start[: max(1, round(FIRST_SHARE * len(start)))]
    return {
        "hip_angle": -_least(hip[place]),
        "hip_change": abs(known_mean(hip[place]) - known_mean(hip[start])),
        "lean_change": abs(known_mean(lean[place]) - known_mean(lean[descent])),
        "ear_angle": -_least(-ear[place]),
    }


def hip_angle_deg(points: NDArray[np.float32], side: Side) -> FloatArray:
    """Return the angle at the hip between shoulder and knee, degrees; 180 is straight."""
    trunk = _joint(points, LEFT_SHOULDER, side) - _joint(points, LEFT_HIP, side)
    thigh = _joint(points, LEFT_KNEE, side) - _joint(points, LEFT_HIP, side)
    return _between(trunk, thigh)


def lean_deg(points: NDArray[np.float32], side: Side) -> FloatArray:
    """Return how far the hip-shoulder line is off the picture's vertical, degrees, 0 or more."""
    trunk = _joint(points, LEFT_SHOULDER, side) - _joint(points, LEFT_HIP, side)
    return _between(trunk, np.broadcast_to([0.0, -1.0], trunk.shape))


def ear_angle_deg(points: NDArray[np.float32], side: Side) -> FloatArray:
    """Return the angle between the hip-shoulder line and the shoulder-ear line, degrees."""
    trunk = _joint(points, LEFT_SHOULDER, side) - _joint(points, LEFT_HIP, side)
    neck = _joint(points, LEFT_EAR, side) - _joint(points, LEFT_SHOULDER, side)
    return _between(trunk, neck)


def _joint(points: NDArray[np.float32], left: int, side: Side) -> FloatArray:
    return np.asarray(points[:, left + (side == "right"), :2], dtype=np.float64)


def _between(a: FloatArray, b: FloatArray) -> FloatArray:
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    dot = (a * b).sum(axis=1)
    return np.asarray(np.degrees(np.arctan2(np.abs(cross), dot)))


def _least(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.min()) if len(known) else float("nan")
