"""Shape of the low back's outline: its bulge behind the chord, or hollow before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import BoolArray, FloatArray

FIRST_INDEX, LAST_INDEX = 12, 36
"""The part of the back line that is examined: from the middle of the thorax to the sacrum, so
that an error of the pose engine's hip or shoulder, which shifts the points along the line, hardly
changes the estimate (points of `backline.sources.video.contour.outline`, 0 neck, 37 hip)."""
LEAST_VISIBLE = 0.8
"""Share of its points that must be the lifter's own back."""
MOST_ROUGH = 0.04
"""A line that deviates from its parabola by more than this (root mean square, share of the chord)
is no back: it follows an elbow or a plate. Real backs lie within 0.03, bare or clothed, upright or
deep (python -m benchmarks.real_lifts: 0.004 to 0.031; round elbow and plate 0.047 and more)."""

LOW_INDEX, LOW_ROUGH = 21, 0.045
"""The low back alone, from this point on, deviates from its parabola by more than this only where
the line jumps to another object (real and rendered backs: 0.042 at most)."""


@dataclass(frozen=True)
class OutlineShape:
    """Shape of the low back's outline in n frames.

    Parameters
    ----------
    bulge : ndarray, shape (n,)
        Distance behind its chord, share of the chord: + convex (rounded), - hollow; NaN where too
        little is visible, or the line is no back.
    rough : ndarray of bool, shape (n,)
        Whether the visible line is no back: a part of it follows another object.
    broken : ndarray of bool, shape (n,)
        Whether the part over the low back itself is no back.
    """

    bulge: FloatArray
    rough: BoolArray
    broken: BoolArray


def outline_shape(
    lines: NDArray[np.floating[Any]], visible: BoolArray, facing: int
) -> OutlineShape:
    """Return the shape of the low back's outline.

    A parabola is fitted to the visible points, in
    the frame of the chord from the first to the last of them; the bulge is its height over the
    chord's middle. Its second difference is the turn of the outline: a bulge of 0.125 is a turn of
    1 rad (57 degrees) along the chord.

    Parameters
    ----------
    lines : ndarray, shape (n, POINTS, 2)
        Back lines, pixels, from the neck down; NaN where there is none.
    visible : ndarray of bool, shape (n, POINTS)
        Whether each point is the lifter's own back.
    facing : int
        +1 if the lifter looks to the right of the picture, -1 to the left.
    """
    part = slice(FIRST_INDEX, LAST_INDEX + 1)
    some = lines[:, part].astype(np.float64)
    shown = visible[:, part] & np.isfinite(some).all(axis=2)
    n, low = len(lines), slice(LOW_INDEX - FIRST_INDEX, None)
    bulge, rough, broken = np.full(n, np.nan), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for i in np.flatnonzero(shown.mean(axis=1) >= LEAST_VISIBLE):
        height, off = _parabola(some[i][shown[i]])
        rough[i] = off > MOST_ROUGH
        bulge[i] = np.nan if rough[i] else height * facing
    for i in np.flatnonzero(shown[:, low].mean(axis=1) >= LEAST_VISIBLE):
        broken[i] = _parabola(some[i, low][shown[i, low]])[1] > LOW_ROUGH
    return OutlineShape(bulge, rough, broken)


def _parabola(points: FloatArray) -> tuple[float, float]:
    """Return a parabola's height over a line's chord and the line's deviation from it.

    Both
    are shares of the chord, for a line from top to bottom; the deviation is a root mean square.
    """
    chord = points[-1] - points[0]
    length = float(np.hypot(*chord))
    if length < 1.0:
        return float("nan"), 0.0
    away = points - points[0]
    along = away @ chord / length**2
    off = (chord[0] * away[:, 1] - chord[1] * away[:, 0]) / length**2
    fit = np.polyfit(along, off, 2)
    return float(-0.25 * fit[0]), float(np.sqrt(np.mean((off - np.polyval(fit, along)) ** 2)))
