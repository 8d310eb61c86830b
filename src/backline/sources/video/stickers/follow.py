"""Following stickers through the frames in which they are too blurred to be read."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.posture import FloatArray

CARRIED_S = 0.25
"""A sticker is followed for so long without being read, seconds: longer than a fast stretch of
a lift blurs it, short enough that nothing adds up."""
GRID = 7
"""Points along each side of a sticker that are followed."""
RETURN_PX = 0.5
"""A point counts that, followed back again, ends within this of where it began, pixels."""
LEAST_SHARE = 0.6
"""Of the points so many must count."""

Grey = NDArray[np.uint8]


def follow(before: Grey, after: Grey, corners: FloatArray) -> FloatArray | None:
    """Follow one sticker from a frame to the next (Lucas and Kanade's optical flow).

    Parameters
    ----------
    before, after : ndarray of uint8, shape (h, w)
        Grey pictures.
    corners : ndarray, shape (4, 2)
        In ``before``, pixels.

    Returns
    -------
    ndarray, shape (4, 2), or None
        In ``after``; None where it cannot be followed.
    """
    start = _grid(corners)
    there, seen = _flow(before, after, start)
    back, seen_back = _flow(after, before, there)
    apart = np.linalg.norm(back - start, axis=2).ravel()
    good = (apart < RETURN_PX) & seen & seen_back
    if good.mean() < LEAST_SHARE:
        return None
    move, _ = cv2.estimateAffinePartial2D(start[good], there[good], ransacReprojThreshold=1.0)
    if move is None:
        return None
    return np.asarray(corners @ move[:, :2].T + move[:, 2])


def _flow(
    before: Grey, after: Grey, points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return where points have gone, shape (m, 1, 2), and which of them were found."""
    empty = np.empty_like(points)
    there, seen, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, empty, winSize=(15, 15), maxLevel=3
    )
    return np.asarray(there, dtype=np.float32), np.asarray(seen).ravel() == 1


def _grid(corners: FloatArray) -> NDArray[np.float32]:
    """Return points spread over a quadrangle, shape (GRID * GRID, 1, 2)."""
    u, v = np.meshgrid(np.linspace(0, 1, GRID), np.linspace(0, 1, GRID))
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=-1)
    return np.asarray((weights.reshape(-1, 4) @ corners)[:, None], dtype=np.float32)
