"""Visibility over time: a point is the visible back only where the frames around agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import BoolArray, FloatArray

AROUND_S = 0.105
"""Frames within this time are compared, seconds: three at 15 frames a second, seven at 30."""
LEAST_SHARE = 0.5
"""Share of these frames in which the point must be visible. What covers a back, or lies beside it,
moves over it in tenths of a second; a point that is visible in a single frame lies on something
else (on a plate's rim, on a real clip). Two thirds hid more of the back on the clicked outlines."""
LEAST_FRAMES = 3
"""Fewer frames with a line than this say nothing about one of them."""


def steadily_visible(time_s: FloatArray, visible: BoolArray, found: BoolArray) -> BoolArray:
    """Return which points are visible in their frame and in most frames around it.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Each frame's time, seconds, increasing.
    visible : ndarray of bool, shape (n, k)
        Which points of the back's line were called visible in each frame.
    found : ndarray of bool, shape (n,)
        Which frames have a line; the others are not counted.

    Returns
    -------
    ndarray of bool, shape (n, k)
        A subset of ``visible``.
    """
    first = np.searchsorted(time_s, time_s - AROUND_S)
    stop = np.searchsorted(time_s, time_s + AROUND_S, side="right")
    frames = _within(found[:, None], first, stop)
    share = _within(visible, first, stop) / np.maximum(frames, 1)
    return np.asarray(visible & ((share >= LEAST_SHARE) | (frames < LEAST_FRAMES)))


def _within(
    flags: BoolArray, first: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return how many rows from ``first`` to before ``stop`` are set, shape (n, k)."""
    total = np.concatenate([np.zeros((1, flags.shape[1]), np.int64), np.cumsum(flags, axis=0)])
    return np.asarray(total[stop] - total[first])
