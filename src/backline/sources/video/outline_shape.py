"""Shape of the low back's outline: how far it stands out behind its chord, or lies hollow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.posture import BoolArray, FloatArray

FIRST_INDEX, LAST_INDEX = 12, 36
"""The part of the back line that is looked at: from the middle of the thorax to the sacrum, so
that an error of the pose engine's hip or shoulder, which shifts the points along the line, hardly
changes what is read (points of `backline.sources.video.outline`, 0 neck, 37 hip)."""
LEAST_SEEN = 0.8
"""Share of its points that must be the lifter's own back."""


def back_bulge(lines: NDArray[np.floating[Any]], visible: BoolArray, facing: int) -> FloatArray:
    """Return how far the outline of the low back stands out behind its chord.

    A parabola is laid through the visible points, in the frame of the chord from the first to
    the last of them; the bulge is its height over the chord's middle. Its second difference is
    the turn of the outline: a bulge of 0.125 is a turn of 1 rad (57 degrees) along the chord.

    Parameters
    ----------
    lines : ndarray, shape (n, POINTS, 2)
        Back lines, pixels, from the neck down; NaN where there is none.
    visible : ndarray of bool, shape (n, POINTS)
        Whether each point is the lifter's own back.
    facing : int
        +1 if the lifter looks to the right of the picture, -1 to the left.

    Returns
    -------
    ndarray, shape (n,)
        Share of the chord, + convex (rounded), - hollow; NaN where too little is seen.
    """
    part = slice(FIRST_INDEX, LAST_INDEX + 1)
    some = lines[:, part].astype(np.float64)
    seen = visible[:, part] & np.isfinite(some).all(axis=2)
    out = np.full(len(lines), np.nan)
    for i in np.flatnonzero(seen.mean(axis=1) >= LEAST_SEEN):
        out[i] = _bulge(some[i][seen[i]]) * facing
    return out


def _bulge(points: FloatArray) -> float:
    """Return the height of a parabola over the chord of a line that is walked downwards."""
    chord = points[-1] - points[0]
    length = float(np.hypot(*chord))
    if length < 1.0:
        return float("nan")
    along = (points - points[0]) @ chord / length**2
    off = (chord[0] * (points[:, 1] - points[0, 1]) - chord[1] * (points[:, 0] - points[0, 0])) / (
        length**2
    )
    return float(-0.25 * np.polyfit(along, off, 2)[0])
