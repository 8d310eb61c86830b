"""Which side of the lifter faces the camera, fixed for a set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.model.measurement import Side
from backline.sources.video.pose.person import (
    LEFT_EAR,
    LEFT_HEEL,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_TOE,
    NOSE,
    RIGHT_EAR,
    RIGHT_HEEL,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_TOE,
)

Points = NDArray[np.floating[Any]]

SHOULDER_WIDTH, HIP_WIDTH = 0.72, 0.42
"""Distance between the joints of both sides in trunk lengths (hip to shoulder, about 0.50 m):
shoulder joints about 0.36 m apart (biacromial 0.40 less the rims, Gordon 1989), the engine's hip
points about 0.21 m."""
POINT_NOISE = 0.06
"""Scatter of the engine's points in a pure side view, trunk lengths; subtracted in quadrature."""
UPRIGHT_DEG = 35.0
"""Frames with less trunk lean than this give the yaw: leaning forward hides the widths."""
FRAME_CHANCE = 0.35
"""Frames are not independent observations: a thousand agreeing ones are worth this fraction each of
a vote, up to `MAX_VOTES` in all."""
MAX_VOTES = 20.0  # votes


@dataclass(frozen=True)
class VisibleSide:
    """Which side faces the camera.

    Parameters
    ----------
    side : {"left", "right"}
        The lifter's side that faces the camera.
    facing : int
        +1 where the lifter looks to the right of the picture, -1 to the left.
    confidence : float
        0.5 (nothing is known) to 1 (every cue in every frame agrees).
    """

    side: Side
    facing: int
    confidence: float


def visible_side(points: Points, world: Points | None = None) -> VisibleSide:
    """Find the side that faces the camera, from all frames of a set together.

    A lifter who looks to the right of the picture shows their right side. Cues of the
    direction are nose against ears, toes against heels and knees against hips; cues of the
    side are the depth of left and right points and how confident the engine is of either.

    Parameters
    ----------
    points : ndarray, shape (n, 33, 3)
        x, y in pixels and confidence 0 to 1 (BlazePose order); NaN where no person was found.
    world : ndarray, shape (n, 33, 3), optional
        The same points in metres, z away from the camera.

    Raises
    ------
    ValueError
        If no frame holds a person.
    """
    known = points[np.isfinite(points[:, LEFT_HIP, 0])].astype(float)
    if len(known) == 0:
        raise ValueError("expected at least one frame with a person, got none")
    votes = [_direction(known, *pair) for pair in _DIRECTIONS]
    votes.append(_confidence_vote(known))
    if world is not None:
        votes.append(_depth_vote(world[np.isfinite(points[:, LEFT_HIP, 0])].astype(float)))
    score = float(np.average(votes, weights=_VOTE_WEIGHTS[: len(votes)]))
    facing = 1 if score >= 0 else -1
    strength = min(FRAME_CHANCE * len(known), MAX_VOTES)
    confidence = 1.0 / (1.0 + float(np.exp(-abs(score) * strength)))
    return VisibleSide("right" if facing > 0 else "left", facing, confidence)


def estimate_yaw(points: Points, world: Points | None = None) -> float:
    """Estimate how far the camera stands off a pure side view, degrees, 0 to 90.

    Crude: from the apparent width of shoulders and hips against the trunk's length in upright
    frames, and, where given, the turn of both pairs in the engine's own metres. About +-10 deg.

    Parameters
    ----------
    points : ndarray, shape (n, 33, 3)
        x, y in pixels and confidence 0 to 1; NaN where no person was found.
    world : ndarray, shape (n, 33, 3), optional
        The same points in metres, z away from the camera.

    Returns
    -------
    float
        NaN where no upright frame shows it.
    """
    shoulders = points[:, [LEFT_SHOULDER, RIGHT_SHOULDER], :2].astype(float)
    hips = points[:, [LEFT_HIP, RIGHT_HIP], :2].astype(float)
    trunk = shoulders.mean(axis=1) - hips.mean(axis=1)
    length = np.hypot(trunk[:, 0], trunk[:, 1])
    with np.errstate(invalid="ignore"):
        lean = np.degrees(np.arctan2(np.abs(trunk[:, 0]), -trunk[:, 1]))
        upright = (lean < UPRIGHT_DEG) & (length > 1.0)
    if not upright.any():
        return float("nan")
    ratios = []
    for pair, width in ((shoulders, SHOULDER_WIDTH), (hips, HIP_WIDTH)):
        apparent = np.median(np.abs(pair[upright, 0, 0] - pair[upright, 1, 0]) / length[upright])
        ratios.append(np.sqrt(max(apparent**2 - POINT_NOISE**2, 0.0)) / width)
    flat = float(np.degrees(np.arcsin(np.clip(np.mean(ratios), 0.0, 1.0))))
    if world is None:
        return flat
    turns = [_turn(world[upright].astype(float), *pair) for pair in _SIDES[:2]]
    return 0.5 * (flat + float(np.mean(turns)))


_DIRECTIONS = (
    ((NOSE,), (LEFT_EAR, RIGHT_EAR)),
    ((LEFT_TOE, RIGHT_TOE), (LEFT_HEEL, RIGHT_HEEL)),
    ((LEFT_KNEE, RIGHT_KNEE), (LEFT_HIP, RIGHT_HIP)),
)
_SIDES = ((LEFT_SHOULDER, RIGHT_SHOULDER), (LEFT_HIP, RIGHT_HIP), (LEFT_KNEE, RIGHT_KNEE))
_VOTE_WEIGHTS = (1.0, 1.0, 0.5, 1.0, 0.7)  # judgement: how often each cue is right
_CLEAR_SHARE = 0.06
"""A front-back distance of this share of the trunk is a clear cue, less is a weak one."""
_CLEAR_DEPTH_M = 0.08  # metres; the same for the depth that the engine estimates


def _direction(known: Points, front: tuple[int, ...], back: tuple[int, ...]) -> float:
    """Vote -1 to 1 for facing right: points at the front lie to the right of those behind."""
    trunk = np.hypot(*(known[:, LEFT_SHOULDER, :2] - known[:, LEFT_HIP, :2]).T)
    ahead = known[:, front, 0].mean(axis=1) - known[:, back, 0].mean(axis=1)
    trust = np.minimum(known[:, front, 2].mean(axis=1), known[:, back, 2].mean(axis=1))
    vote = np.tanh(ahead / (_CLEAR_SHARE * np.maximum(trunk, 1.0)))
    return float(np.average(vote, weights=trust + 1e-3))


def _confidence_vote(known: Points) -> float:
    """Vote -1 to 1 for the right side: its points are the ones the engine is sure of."""
    difference = [known[:, right, 2] - known[:, left, 2] for left, right in _SIDES]
    elbows = known[:, 14, 2] - known[:, 13, 2]
    return float(np.tanh(4.0 * np.mean([*difference, elbows])))


def _depth_vote(world: Points) -> float:
    """Vote -1 to 1 for the right side: it is nearer to the camera."""
    nearer = [world[:, left, 2] - world[:, right, 2] for left, right in _SIDES[:2]]
    return float(np.mean(np.tanh(np.asarray(nearer) / _CLEAR_DEPTH_M)))


def _turn(world: Points, left: int, right: int) -> float:
    across = np.median(np.abs(world[:, left, 0] - world[:, right, 0]))
    deep = np.median(np.abs(world[:, left, 2] - world[:, right, 2]))
    return float(np.degrees(np.arctan2(across, deep)))
