"""Finds the back's edge along rays at sub-pixel accuracy, from a coarse mask and the picture.

Each ray asks where the lifter ends. Four witnesses answer, pixel by pixel, as log odds "lifter
against not": the engine's coarse mask, the colours near by inside and outside, the static
background where one is known, and the edge strength. Dynamic programming picks the smooth
line along the back that fits them best; a parabola through the edge strength then places it
between pixels, and a penalised least-squares smoother takes out what no back can do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from backline.sources.video.contour.trunk_rays import RAY_COUNT, TrunkRays, unfold

Array = NDArray[np.float64]
Strip = NDArray[np.float32]

REACH = 0.72
"""Depth of the search from the hip-shoulder line, in trunk lengths (a large buttock: 0.5)."""
MAX_COLUMNS = 200
"""Depth samples a ray; below about 280 px of trunk length that is one sample a pixel."""
MASK_WEIGHT, COLOUR_WEIGHT, BACKGROUND_WEIGHT = 0.5, 0.6, 0.8
EDGE_WEIGHT = 9.0
"""Worth of a full edge, in log odds: as much as about nine pixels on the wrong side."""
SHAPE_WEIGHT = 12.0
BEND_WEIGHT = 0.35
MAX_STEP = 4
"""Most depth samples that the line may move from ray to ray, about its expected slope."""
EDGE_HALF = 8.0
"""Grey levels per pixel at which an edge counts half."""
FINE_HALF = 24
FINE_STEPS = 4
RIM_SKIPPED, RIM_LOOKED_AT = 0.015, 0.10
"""The strip inside the edge that must not be background, trunk lengths."""
SAME_AS_BACKGROUND = -0.3
"""Log odds of "not the background" below which a pixel looks just like it (within 1.4 SD)."""
HILL = 0.8
"""Half width (1 SD) of the part of an edge's slope whose middle is taken, in samples."""
SMOOTH = 3.0
"""Penalty on third differences along the rays: half power at bends of about 6 rays."""
SD_FLOOR_PX = 0.12
"""No edge is placed better than this (about the noise of phone video at a sharp edge)."""


@dataclass(frozen=True)
class ExpectedShape:
    """Where the lifter's own earlier frames put the back, for guidance in doubt.

    Parameters
    ----------
    depth_px : ndarray, shape (RAY_COUNT,)
        Expected depth along each ray, pixels; NaN unknown.
    slack_px : ndarray, shape (RAY_COUNT,)
        Within this distance the expectation has no say at all, so that it cannot bias the line.
    """

    depth_px: Array
    slack_px: Array


@dataclass(frozen=True)
class RefinedEdge:
    """The back's edge on every ray.

    Parameters
    ----------
    depth_px : ndarray, shape (RAY_COUNT,)
        Depth along each ray, pixels.
    sd_px : ndarray, shape (RAY_COUNT,)
        One standard deviation of it, pixels.
    mask_depth_px : ndarray, shape (RAY_COUNT,)
        Where the coarse mask alone would put it, pixels.
    contrast : ndarray, shape (RAY_COUNT,)
        Edge strength found there, 0 none to 1 strong.
    roughness_px : ndarray, shape (RAY_COUNT,)
        How far the raw edge lay off the smooth line, pixels.
    see_through : ndarray, shape (RAY_COUNT,)
        Share of the strip just inside the edge that looks like the known static background.
    """

    depth_px: Array
    sd_px: Array
    mask_depth_px: Array
    contrast: Array
    roughness_px: Array
    see_through: Array


def refine_edge(
    picture: NDArray[np.uint8],
    mask: NDArray[np.float32],
    rays: TrunkRays,
    *,
    mask_scale: float = 1.0,
    background: NDArray[np.float32] | None = None,
    background_corner: tuple[int, int] = (0, 0),
    expected: ExpectedShape | None = None,
) -> RefinedEdge | None:
    """Find the back's edge along each ray.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 3)
        The full-resolution frame.
    mask : ndarray, shape (h, w)
        Probability that a pixel is the person, at ``mask_scale`` of the picture's size.
    rays : TrunkRays
        The frame's rays.
    mask_scale : float
        Mask pixels for each picture pixel.
    background : ndarray, shape (h, w), optional
        Log odds of "not the background" for each pixel of a box of the picture, 0 unknown.
    background_corner : tuple of int
        x and y of that box's top left pixel.
    expected : ExpectedShape, optional
        From the lifter's own earlier frames.

    Returns
    -------
    RefinedEdge or None
        None where the mask shows no person along most of the rays.
    """
    step, depths = _columns(rays)
    inside = unfold(mask, rays, depths, mask_scale)
    mask_index = mask_edge(inside)
    if np.isfinite(mask_index).mean() < 0.5:
        return None
    colours = smooth_rows(unfold(softened(picture, step), rays, depths))
    contrast = _inside_outside(colours, inside)
    static = np.zeros_like(inside)
    if background is not None:
        static = unfold(background, rays.moved(*background_corner), depths)
    odds = MASK_WEIGHT * _log_odds(inside) + COLOUR_WEIGHT * contrast.odds
    odds += BACKGROUND_WEIGHT * static
    cost = -2.0 * np.cumsum(odds, axis=1) - EDGE_WEIGHT * _edges(colours, contrast.way)
    if expected is not None:
        cost += SHAPE_WEIGHT * _off_shape(depths, expected, rays.trunk_px)
    path = best_path(cost, _guide(mask_index, expected, step))
    found = between_pixels(picture, rays, path * step, step, contrast.way)
    smooth, rough = smooth_line(found.depth, found.sd)
    return RefinedEdge(
        depth_px=smooth,
        sd_px=np.hypot(found.sd, 0.5 * np.minimum(rough, 4.0 * step)),
        mask_depth_px=mask_index * step,
        contrast=found.strength,
        roughness_px=rough,
        see_through=_see_through(static, smooth / step, rays.trunk_px / step),
    )


def mask_depths(mask: NDArray[np.float32], rays: TrunkRays, mask_scale: float = 1.0) -> Array:
    """Return where the coarse mask alone ends along each ray, pixels; NaN where it is not met."""
    step, depths = _columns(rays)
    return mask_edge(unfold(mask, rays, depths, mask_scale)) * step


def _columns(rays: TrunkRays) -> tuple[float, Array]:
    """Return the distance between the columns along a ray and their depths, pixels."""
    step = max(1.0, REACH * rays.trunk_px / MAX_COLUMNS)
    return step, np.arange(0.0, REACH * rays.trunk_px, step)


def mask_edge(inside: Strip) -> Array:
    """Return the column where the mask along each row falls through one half for good.

    The deepest run that starts within the first quarter of the row counts, so that another
    person further out is left alone. Rows without any are NaN.
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
    came_from = np.zeros((rows, columns), dtype=np.int32)
    at = np.arange(columns)
    room = MAX_STEP + int(np.abs(slope).max(initial=0))
    total = np.full(columns + 2 * room, np.inf)  # with room for sources beyond either end
    here = slice(room, room + columns)
    total[here] = cost[0]
    sources = at[None] - moves[:, None] + room
    for row in range(1, rows):
        options = total.take(sources - slope[row - 1]) + penalty
        best = options.argmin(axis=0)
        came_from[row] = at - moves[best] - slope[row - 1]
        total[here] = options[best, at] + cost[row]
    came_from = np.clip(came_from, 0, columns - 1)
    path = np.empty(rows, dtype=np.int32)
    path[-1] = int(total[here].argmin())
    for row in range(rows - 1, 0, -1):
        path[row - 1] = came_from[row, path[row]]
    return path.astype(float)


def smooth_line(values: Array, sd: Array, strength: float = SMOOTH) -> tuple[Array, Array]:
    """Smooth a line by penalised least squares (Whittaker), leaving out what sticks out.

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
    weights /= np.median(weights)
    trust = np.ones(n)
    for _ in range(4):
        system = bands.copy()
        system[-1] += trust * weights + 1e-9
        smooth = solveh_banded(system, trust * weights * values, overwrite_ab=True)
        residual = np.abs(values - smooth)
        scale = max(1.4826 * float(np.median(residual)), 0.25)
        trust = 1.0 / (1.0 + (residual / (2.5 * scale)) ** 2) ** 2
    return smooth, residual


@lru_cache(maxsize=8)
def _roughness_bands(n: int, strength: float) -> Array:
    """Return the penalty on third differences of a line of n values, as LAPACK's upper bands."""
    third = np.diff(np.eye(n), n=3, axis=0)
    penalty = strength * third.T @ third
    bands: Array = np.stack([np.pad(np.diag(penalty, k), (k, 0)) for k in range(4)][::-1])
    bands.flags.writeable = False  # it is shared
    return bands


@dataclass(frozen=True)
class _Contrast:
    odds: Array
    way: Array


@dataclass(frozen=True)
class Placed:
    """An edge between samples: depth and standard deviation, pixels, and strength, 0 to 1."""

    depth: Array
    sd: Array
    strength: Array


def softened(picture: NDArray[np.uint8], step: float) -> NDArray[np.uint8]:
    """Blur a large picture to the spacing of the samples, so that none fall between pixels."""
    if step < 1.5:
        return picture
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.4 * step), dtype=np.uint8)


def smooth_rows(strip: Strip) -> Strip:
    """Average neighbouring rays a little: the back goes on from ray to ray, noise does not."""
    return np.asarray(
        cv2.GaussianBlur(strip, (3, 5), sigmaX=0.7, sigmaY=1.0, borderType=cv2.BORDER_REPLICATE)
    )


def _log_odds(probability: Strip) -> Array:
    clipped = np.clip(probability, 0.02, 0.98)
    return np.asarray(np.log(clipped / (1.0 - clipped)), dtype=float)


def _inside_outside(colours: Strip, inside: Strip) -> _Contrast:
    """Local colour models of both sides of the mask's edge, and the log odds they give."""
    weights = (np.clip(inside - 0.8, 0.0, None), np.clip(0.2 - inside, 0.0, None))
    means, variances = [], []
    for weight in weights:
        w = weight[..., None] + 1e-6
        sums = np.concatenate(
            [w.sum(1), (w * colours).sum(1), (w * colours**2).sum(1)], axis=1
        ).astype(np.float32)
        sums = np.asarray(cv2.GaussianBlur(sums, (1, 21), sigmaX=0.1, sigmaY=4.0))
        mean = sums[:, 1:4] / sums[:, :1]
        means.append(mean)
        variances.append(np.maximum(sums[:, 4:] / sums[:, :1] - mean**2, 0.0) + 36.0)
    likelihoods = [
        -0.5 * _over_colours(((colours - m[:, None]) ** 2 / v[:, None]) + np.log(v[:, None]))
        for m, v in zip(means, variances, strict=True)
    ]
    way = means[1] - means[0]
    length = np.linalg.norm(way, axis=1, keepdims=True)
    odds = np.clip((likelihoods[0] - likelihoods[1]) / 3.0, -2.5, 2.5)
    return _Contrast(odds.astype(float), (way / np.maximum(length, 12.0)).astype(float))


def _edges(colours: Strip, way: Array) -> Array:
    """Edge strength 0 to 1 along each ray."""
    slope = _slopes(colours, way)
    return slope / (slope + EDGE_HALF)


def _slopes(colours: Strip, way: Array) -> Array:
    """Colour slope per sample along each ray; from inside to outside colour counts more."""
    slope = np.gradient(colours, axis=1)
    along = np.clip(_over_colours(slope * way[:, None]), 0.0, None)
    return np.asarray(0.7 * along + 0.3 * np.sqrt(_over_colours(slope**2)), dtype=float)


def _over_colours(values: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Sum over the three colours: what ``sum(axis=2)`` does, several times as fast."""
    return np.asarray(values[..., 0] + values[..., 1] + values[..., 2])


def _off_shape(depths: Array, expected: ExpectedShape, trunk_px: float) -> Array:
    off = np.abs(depths[None] - expected.depth_px[:, None]) - expected.slack_px[:, None]
    scaled = np.clip(np.nan_to_num(off, nan=0.0), 0.0, None) / (0.02 * trunk_px)
    return np.asarray(np.minimum(scaled**2, 4.0 * scaled), dtype=float)


def _see_through(static: Strip, edge: Array, trunk: float) -> Array:
    """Share of each row, from a little inside the edge inwards, that looks like background."""
    depth = edge[:, None] - np.arange(static.shape[1])[None]
    strip = (depth > RIM_SKIPPED * trunk) & (depth < RIM_LOOKED_AT * trunk)
    same = strip & (static < SAME_AS_BACKGROUND)
    return np.asarray(same.sum(axis=1) / np.maximum(strip.sum(axis=1), 1), dtype=float)


def _guide(mask_index: Array, expected: ExpectedShape | None, step: float) -> Array:
    """Return a line of about the back's slope: the expected shape, else the mask's edge."""
    line = mask_index if expected is None else expected.depth_px / step
    known = np.isfinite(line)
    if not known.any():
        line, known = mask_index, np.isfinite(mask_index)
    filled = np.interp(np.arange(RAY_COUNT), np.flatnonzero(known), line[known])
    return smooth_line(filled, np.full(RAY_COUNT, 2.0), strength=30.0)[0]


def between_pixels(
    picture: NDArray[np.uint8], rays: TrunkRays, depth_px: Array, step: float, way: Array
) -> Placed:
    """Place the edge between samples, near where the path put it, on the full picture."""
    fine = step / FINE_STEPS
    offsets = np.arange(-FINE_HALF, FINE_HALF + 1) * fine
    strip = unfold(picture, rays, depth_px[:, None] + offsets[None])
    strip = np.asarray(cv2.GaussianBlur(strip, (9, 3), sigmaX=2.0 * FINE_STEPS / 4, sigmaY=0.7))
    slope = _slopes(strip, way) * FINE_STEPS  # from levels a sample to levels a step
    score = slope / (slope + EDGE_HALF) * np.exp(-0.5 * (offsets / (2.0 * step)) ** 2)
    rows = np.arange(RAY_COUNT)
    at = offsets[score.argmax(axis=1)]
    for _ in range(3):  # the middle of the slope's hill: steadier than its highest sample
        near = np.exp(-0.5 * ((offsets[None] - at[:, None]) / (HILL * step)) ** 2)
        weight = near * slope**2 + 1e-9
        at = (weight * offsets).sum(axis=1) / weight.sum(axis=1)
    strength = score[rows, np.clip(np.rint(at / fine).astype(int) + FINE_HALF, 0, 2 * FINE_HALF)]
    share = np.exp(12.0 * (score - score.max(axis=1, keepdims=True)))
    share /= share.sum(axis=1, keepdims=True)
    centre = (share * offsets).sum(axis=1, keepdims=True)
    spread = np.sqrt((share * (offsets - centre) ** 2).sum(axis=1))
    return Placed(depth_px + at, np.hypot(0.4 * spread, SD_FLOOR_PX), strength)
