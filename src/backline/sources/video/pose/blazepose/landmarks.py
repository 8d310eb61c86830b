"""Decodes the landmark model's output: a person's points within their region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from backline.sources.video.pose.blazepose import single_precision
from backline.sources.video.pose.person import POINT_COUNT

INPUT_PX = 256
"""Side of the model's input picture, pixels."""
LEAST_PRESENCE = 0.5
"""Below this probability nobody is in the region."""
ALIGNMENT = slice(POINT_COUNT, POINT_COUNT + 2)
"""Which of the model's 39 points give the next region."""
KERNEL = 9
"""Cells of the heat map, along each side, that a point's position is averaged over (the graph's
text says 7; compared point by point it uses 9)."""
LEAST_HEAT = 0.5
"""A point is moved only where the heat map has at least this probability nearby."""


def refined(places: NDArray[np.float32], heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return points moved to the mean of the heat around them.

    Parameters
    ----------
    places : ndarray of float32, shape (n, 2)
        x and y as shares of the region.
    heat : ndarray of float32, shape (rows, columns, n)
        Log odds that a point lies in a cell.
    """
    rows, columns = heat.shape[:2]
    at = np.trunc(places * np.array([columns, rows], np.float32)).astype(int)
    reach = np.arange(KERNEL) - KERNEL // 2
    x, y = at[:, None, :1] + reach, at[:, 1:, None] + reach[:, None]  # (n, 1, 9) and (n, 9, 1)
    inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    near = heat[y.clip(0, rows - 1), x.clip(0, columns - 1), np.arange(len(at))[:, None, None]]
    weight = expit(near)
    weight[ALIGNMENT] = 1 / (
        1 + single_precision.exp(-near[ALIGNMENT])
    )  # the next region depends on these
    weight *= inside
    moved = places.copy()
    known = (at >= 0).all(axis=1) & (at[:, 0] < columns) & (weight.max(axis=(1, 2)) >= LEAST_HEAT)
    total = _sum(weight)[known]
    moved[known, 0] = _sum(weight * x.astype(np.float32))[known] / columns / total
    moved[known, 1] = _sum(weight * y.astype(np.float32))[known] / rows / total
    return moved


def _sum(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return sums over all axes but the first, one value added after the other."""
    flat = values.reshape(len(values), -1)
    return np.asarray(np.cumsum(flat, axis=1, dtype=np.float32)[:, -1])


def turned(metres: NDArray[np.float32], turn_rad: float) -> NDArray[np.float32]:
    """Return points in metres (n, 3) of a turned region in the picture's own directions."""
    cosine, sine = np.cos(turn_rad), np.sin(turn_rad)
    about_z = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(metres @ about_z.T, dtype=np.float32)
