"""Tracks stickers through frames in which they are too blurred to be decoded."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.model.posture import FloatArray

CARRIED_S = 0.25
"""A sticker is tracked for this long without being decoded, seconds: longer than the motion blur
of a fast part of a lift, short enough that errors do not accumulate."""
REACH = 2.0
"""Search range to each side, sticker sizes."""
GRID = 7
"""Tracked points along each side of a sticker."""
RETURN_PX = 0.5
"""Largest error of a point tracked forwards and backwards, pixels."""
LEAST_SHARE = 0.6
"""Least number of such points."""

LEAST_ALIKE = 0.8
"""Least correlation of the two pictures of a sticker, 0 to 1."""
PAPER = 1.2
"""Side of the pattern with its white margin, relative to the pattern."""

Grey = NDArray[np.uint8]


def follow(before: Grey, after: Grey, corners: FloatArray) -> FloatArray | None:
    """Track one sticker from a frame to the next.

    Optical flow (Lucas and Kanade) gives its approximate position; the move and turn that make the
    two pictures of it most alike (ECC, Evangelidis and Psarakis 2008) give it to a fraction of a
    pixel. Flow alone removes up to 40 % of a turn.

    Parameters
    ----------
    before, after : ndarray of uint8, shape (h, w)
        Grey pictures.
    corners : ndarray, shape (4, 2)
        In ``before``, pixels.

    Returns
    -------
    ndarray, shape (4, 2), or None
        In ``after``; None where it cannot be tracked.
    """
    low, high = corners.min(axis=0), corners.max(axis=0)
    room = REACH * (high - low).max()
    x0, y0 = np.maximum(low - room, 0).astype(int)
    x1, y1 = (high + room).astype(int) + 1
    origin = np.array([x0, y0])
    moved = _followed(before[y0:y1, x0:x1], after[y0:y1, x0:x1], corners - origin)
    return None if moved is None else moved + origin


def _followed(before: Grey, after: Grey, corners: FloatArray) -> FloatArray | None:
    before, after = np.ascontiguousarray(before), np.ascontiguousarray(after)
    if min(before.shape) < GRID:
        return None
    start = _grid(corners)
    there, tracked = _flow(before, after, start)
    back, seen_back = _flow(after, before, there)
    apart = np.linalg.norm(back - start, axis=2).ravel()
    good = (apart < RETURN_PX) & tracked & seen_back
    if good.mean() < LEAST_SHARE:
        return None
    move, _ = cv2.estimateAffinePartial2D(start[good], there[good], ransacReprojThreshold=1.0)
    if move is None:
        return None
    return _refined(before, after, corners, move.astype(np.float32))


def _refined(
    before: Grey, after: Grey, corners: FloatArray, move: NDArray[np.float32]
) -> FloatArray | None:
    """Return the corners after the move and turn that make both pictures most alike."""
    turn = np.arctan2(move[1, 0], move[0, 0])
    cos, sin = np.cos(turn), np.sin(turn)
    middle = corners.mean(axis=0)
    to = move[:, :2] @ middle + move[:, 2]
    straight = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
    straight[:, 2] = to - straight[:, :2] @ middle
    mask = np.zeros(before.shape, np.uint8)
    cv2.fillConvexPoly(mask, np.asarray(middle + PAPER * (corners - middle), np.int32), (255,))
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
    try:
        alike, found = cv2.findTransformECC(
            before, after, straight.astype(np.float32), cv2.MOTION_EUCLIDEAN, ends, mask, 3
        )
    except cv2.error:  # it does not converge
        return None
    return corners @ found[:, :2].T + found[:, 2] if alike >= LEAST_ALIKE else None


def _flow(
    before: Grey, after: Grey, points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the points' new positions, shape (m, 1, 2), and which of them were found."""
    empty = np.empty_like(points)
    there, tracked, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, empty, winSize=(15, 15), maxLevel=3
    )
    return np.asarray(there, dtype=np.float32), np.asarray(tracked).ravel() == 1


def _grid(corners: FloatArray) -> NDArray[np.float32]:
    """Return points spread over a quadrangle, shape (GRID * GRID, 1, 2)."""
    u, v = np.meshgrid(np.linspace(0, 1, GRID), np.linspace(0, 1, GRID))
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=-1)
    return np.asarray((weights.reshape(-1, 4) @ corners)[:, None], dtype=np.float32)
