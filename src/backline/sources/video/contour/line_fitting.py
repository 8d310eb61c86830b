"""Locates the back's edge along rays: best path, sub-pixel position, smooth line.

Dynamic programming finds the line of least cost along the back, the centre of the nearby colour
gradient gives its sub-pixel position, and a penalised least-squares smoother removes shapes that
no back has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.linalg.lapack import dpbsv

from backline.sources.video.contour.trunk_rays import RAY_COUNT, TrunkRays, unfold

Array = NDArray[np.float64]
Strip = NDArray[np.float32]

BEND_WEIGHT = 0.35
"""Cost of leaving the expected slope by one depth sample from ray to ray, log odds (tuned on
rendered lifters)."""
MAX_STEP = 4
"""Largest deviation from the expected slope from ray to ray, depth samples."""
EDGE_HALF = 8.0
"""Grey levels per pixel at which an edge counts half."""
FINE_HALF, FINE_STEPS = 24, 4
"""Samples to either side of the path, and samples for each step along a ray."""
RIM_SKIPPED, RIM_EXAMINED = 0.015, 0.10
"""Width of the strip inside the edge that must not be background, trunk lengths."""
SAME_AS_BACKGROUND = -0.3
"""Log odds of "not the background" below which a pixel matches it (within 1.4 SD)."""
HILL = 0.8
"""Half width (1 SD) of the part of an edge's slope whose middle is taken, in samples."""
SMOOTH = 3.0
"""Penalty on third differences along the rays: half power at bends of about 6 rays."""
BLUR_REACH = 4.0
"""OpenCV's blur reaches no further than this, in its standard deviations (three for 8 bits)."""
SD_FLOOR_PX = 0.12
"""No edge is placed better than this (about the noise of phone video at a sharp edge)."""


def mask_edge(inside: Strip) -> Array:
    """Return the column where the mask along each row falls through one half for good.

    The deepest run that starts within the first quarter of the row counts, so that another person
    further out has no effect. Rows without any are NaN.
    """
    columns = inside.shape[1]
    person = inside > 0.5
    quarter = max(columns // 4, 1)
    start = np.where(person[:, :quarter].any(axis=1), person[:, :quarter].argmax(axis=1), -1)
    after = np.arange(columns)[None] >= start[:, None]
    leaves = after & ~person
    end = np.where(leaves.any(axis=1), leaves.argmax(axis=1), columns - 1)
    rows = np.arange(len(inside))
    last = np.maximum(end - 1, 0)
    drop = inside[rows, last] - inside[rows, end]
    part = np.where(drop > 1e-6, (inside[rows, last] - 0.5) / np.maximum(drop, 1e-6), 0.0)
    return np.where(start >= 0, last + np.clip(part, 0.0, 1.0), np.nan)


def best_path(cost: Array, guide: Array) -> Array:
    """Return the cheapest column of each row whose steps follow the guide's (Viterbi).

    Parameters
    ----------
    cost : ndarray, shape (rows, columns)
        Cost of each column.
    guide : ndarray, shape (rows,)
        A line whose slope the path is expected to have; leaving it by ``d`` columns from one
        row to the next costs ``BEND_WEIGHT * d**2``, and more than ``MAX_STEP`` is forbidden.
    """
    rows, columns = cost.shape
    slope = np.rint(np.diff(guide)).astype(int)
    moves = np.arange(-MAX_STEP, MAX_STEP + 1)
    penalty = BEND_WEIGHT * moves.astype(float)[:, None] ** 2
    best = np.zeros((rows, columns), dtype=np.intp)
    room = MAX_STEP + int(np.abs(slope).max(initial=0))
    total = np.full(columns + 2 * room, np.inf)  # with room for sources beyond either end
    here = total[room : room + columns]
    here[:] = cost[0]
    sources = sliding_window_view(total, columns)[::-1]  # row k: moved on by k from the far end
    options = np.empty((len(moves), columns))
    for row, drift in enumerate(slope + room - MAX_STEP, start=1):
        np.add(sources[drift : drift + len(moves)], penalty, out=options)
        options.argmin(axis=0, out=best[row])
        np.add(options.min(axis=0), cost[row], out=here)
    came_from = np.arange(columns) - moves[best]
    came_from[1:] -= slope[:, None]
    came_from = np.clip(came_from, 0, columns - 1)
    path = np.empty(rows, dtype=np.int32)
    path[-1] = int(here.argmin())
    for row in range(rows - 1, 0, -1):
        path[row - 1] = came_from[row, path[row]]
    return path.astype(float)


def smooth_line(values: Array, sd: Array, strength: float = SMOOTH) -> tuple[Array, Array]:
    """Smooth a line by penalised least squares (Whittaker), without outliers.

    Parameters
    ----------
    values, sd : ndarray, shape (n,)
        Measured values and their standard deviations, same unit.
    strength : float
        Penalty on squared third differences; a parabola passes untouched.

    Returns
    -------
    smooth : ndarray, shape (n,)
        The smooth line.
    residual : ndarray, shape (n,)
        Absolute distance of each value from it.
    """
    n = len(values)
    bands = _roughness_bands(n, strength)
    weights = 1.0 / np.maximum(sd, SD_FLOOR_PX) ** 2
    weights /= _median(weights)
    trust = np.ones(n)
    for _ in range(4):
        system = bands.copy()
        system[-1] += trust * weights + 1e-9
        # What scipy.linalg.solveh_banded calls, without its checks: they took most of the time.
        _, smooth, failed = dpbsv(system, trust * weights * values, overwrite_ab=True)
        if failed:
            raise np.linalg.LinAlgError(f"expected finite values and deviations, got {values}")
        residual = np.abs(values - smooth)
        scale = max(1.4826 * _median(residual), 0.25)
        trust = 1.0 / (1.0 + (residual / (2.5 * scale)) ** 2) ** 2
    return smooth, residual


def _median(values: Array) -> float:
    """Return the median of a few values, several times as fast as NumPy's."""
    ordered = np.sort(values)
    return 0.5 * float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2])


@lru_cache(maxsize=8)
def _roughness_bands(n: int, strength: float) -> Array:
    """Return the penalty on third differences of a line of n values, as LAPACK's upper bands."""
    third = np.diff(np.eye(n), n=3, axis=0)
    penalty = strength * third.T @ third
    bands: Array = np.stack([np.pad(np.diag(penalty, k), (k, 0)) for k in range(4)][::-1])
    bands.flags.writeable = False  # the array is shared
    return bands


@dataclass(frozen=True)
class Placed:
    """An edge between samples: depth and standard deviation, pixels, and strength, 0 to 1."""

    depth: Array
    sd: Array
    strength: Array


def softened(
    picture: NDArray[np.uint8], step: float, rays: TrunkRays, depths_px: Array
) -> tuple[NDArray[np.uint8], TrunkRays]:
    """Blur a large picture to the spacing of the samples, so that none fall between pixels.

    Only about the samples: returned are that part of the picture, and the rays in it.
    """
    if step < 1.5:
        return picture, rays
    sd_px = 0.4 * step
    reach = int(np.ceil(BLUR_REACH * sd_px)) + 2
    ends = np.concatenate([rays.at(np.full(RAY_COUNT, d)) for d in depths_px[[0, -1]]])
    size = picture.shape[1::-1]
    x0, y0 = np.clip(np.floor(ends.min(axis=0)).astype(int) - reach, 0, np.subtract(size, 1))
    x1, y1 = np.clip(np.ceil(ends.max(axis=0)).astype(int) + reach, [x0 + 1, y0 + 1], size)
    part = cv2.GaussianBlur(picture[y0:y1, x0:x1], (0, 0), sd_px)
    return np.asarray(part, dtype=np.uint8), rays.moved(x0, y0)


def smooth_rows(strip: Strip) -> Strip:
    """Average neighbouring rays slightly: the edge continues from ray to ray, noise does not."""
    return np.asarray(
        cv2.GaussianBlur(strip, (3, 5), sigmaX=0.7, sigmaY=1.0, borderType=cv2.BORDER_REPLICATE)
    )


def _slopes(colours: Strip, way: Array) -> Array:
    """Colour slope per sample along each ray; from inside to outside colour counts more."""
    slope = np.gradient(colours, axis=1)
    along = np.clip(_over_colours(slope * way[:, None]), 0.0, None)
    return np.asarray(0.7 * along + 0.3 * np.sqrt(_over_colours(slope**2)), dtype=float)


def _over_colours(values: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Sum over the three colours: what ``sum(axis=2)`` does, several times as fast."""
    return np.asarray(values[..., 0] + values[..., 1] + values[..., 2])


def between_pixels(
    picture: NDArray[np.uint8], rays: TrunkRays, depth_px: Array, step: float, way: Array
) -> Placed:
    """Refine the path's position to between samples, on the full picture."""
    fine = step / FINE_STEPS
    offsets = np.arange(-FINE_HALF, FINE_HALF + 1) * fine
    strip = unfold(picture, rays, depth_px[:, None] + offsets[None])
    strip = np.asarray(cv2.GaussianBlur(strip, (9, 3), sigmaX=2.0 * FINE_STEPS / 4, sigmaY=0.7))
    slope = _slopes(strip, way) * FINE_STEPS  # from levels a sample to levels a step
    score = slope / (slope + EDGE_HALF) * np.exp(-0.5 * (offsets / (2.0 * step)) ** 2)
    rows = np.arange(RAY_COUNT)
    at = offsets[score.argmax(axis=1)]
    for _ in range(3):  # the centroid of the gradient's peak: less noisy than its highest sample
        near = np.exp(-0.5 * ((offsets[None] - at[:, None]) / (HILL * step)) ** 2)
        weight = near * slope**2 + 1e-9
        at = (weight * offsets).sum(axis=1) / weight.sum(axis=1)
    strength = score[rows, np.clip(np.rint(at / fine).astype(int) + FINE_HALF, 0, 2 * FINE_HALF)]
    share = np.exp(12.0 * (score - score.max(axis=1, keepdims=True)))
    share /= share.sum(axis=1, keepdims=True)
    centre = (share * offsets).sum(axis=1, keepdims=True)
    spread = np.sqrt((share * (offsets - centre) ** 2).sum(axis=1))
    return Placed(depth_px + at, np.hypot(0.4 * spread, SD_FLOOR_PX), strength)
