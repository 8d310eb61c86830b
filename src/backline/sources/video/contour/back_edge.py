"""Locates the back's edge along the rays with sub-pixel accuracy, by the part network.

Dynamic programming finds the most probable line; where the back is visible, the nearby edge in the
picture gives its sub-pixel position. Under an arm, the bar or a plate the network's expected value
is used, with its deviation, and a smooth line joins both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import BoolArray
from backline.sources.video.contour.background import OTHER_ODDS, SAME_ODDS
from backline.sources.video.contour.line_fitting import (
    RIM_EXAMINED,
    RIM_SKIPPED,
    SAME_AS_BACKGROUND,
    Placed,
    best_path,
    between_pixels,
    mask_edge,
    smooth_line,
    smooth_rows,
    softened,
)
from backline.sources.video.contour.part_network import (
    MASK,
    ODDS,
    STRIP_DEPTHS,
    ZERO_ODDS,
    PartEstimate,
)
from backline.sources.video.contour.trunk_rays import RAY_COUNT, TrunkRays, unfold

Array = NDArray[np.float64]

SPACING = float(STRIP_DEPTHS[1] - STRIP_DEPTHS[0])
"""Samples along a ray lie this far apart, trunk lengths."""
PLACE_WEIGHT, LEAST_LOG = 3.0, -12.0
"""Weight of the network's log probabilities against the line's curvature, and their lower
limit."""
GUIDE_STRENGTH = 30.0
"""Smoothing of the line whose slope the path is expected to have (see `smooth_line`)."""
SIDES = 10
"""Samples to either side of the edge whose mean colours show which way it goes."""
COVERED_SD = 0.008
"""Least standard deviation of an occluded back, trunk lengths: the median error there was 0.015 on
rendered lifters."""
SHOWN_FROM = 0.5
"""Probability from which the back counts as visible."""
NEAR, SURE = 0.02, 0.5
"""The back counts as visible where this share of the network's probability is within this distance
of the line, trunk lengths."""

WEAK_CONTRAST, WIDE_SD = 0.12, 0.03
"""A faint edge, and the deviation (trunk lengths) beyond which a point is not used."""
BEYOND_MASK, WITHIN_MASK = 0.05, 0.14
"""A back this far outside the engine's mask, or inside it, is rejected (trunk lengths): on real
clips these are the network's errors, at the cost of some visible back in front of an arm."""
SEE_THROUGH = 0.5
"""Where more than this share of the strip inside the line is static background, the line is no
back."""
_AXIS = int(np.searchsorted(STRIP_DEPTHS, 0.0))
_SAME_GREY = ZERO_ODDS + round(SAME_AS_BACKGROUND / (OTHER_ODDS - SAME_ODDS) * 255)


@dataclass(frozen=True)
class BackEdge:
    """The back's edge on every ray.

    Parameters
    ----------
    depth_px : ndarray, shape (RAY_COUNT,)
        Depth along each ray, pixels.
    sd_px : ndarray, shape (RAY_COUNT,)
        One standard deviation of it, pixels.
    seen : ndarray of bool, shape (RAY_COUNT,)
        Whether the back itself is visible there, with sufficient probability.
    """

    depth_px: Array
    sd_px: Array
    shown: BoolArray


def place_edge(
    picture: NDArray[np.uint8], rays: TrunkRays, strip: NDArray[np.uint8], parts: PartEstimate
) -> BackEdge:
    """Locate the back's edge along each ray.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 3)
        The full-resolution frame.
    rays : TrunkRays
        The frame's rays.
    strip : ndarray of uint8, shape (RAY_COUNT, 128, 5)
        Input of the part network.
    parts : PartEstimate
        Output of the part network.
    """
    trunk = rays.trunk_px
    place = np.exp(parts.log_place)
    guide = smooth_line(place.argmax(axis=1) * 1.0, np.full(RAY_COUNT, 2.0), GUIDE_STRENGTH)[0]
    cost = -PLACE_WEIGHT * np.maximum(parts.log_place, LEAST_LOG)
    path = best_path(cost, guide)
    depth_px = (STRIP_DEPTHS[0] + path * SPACING) * trunk
    step = max(1.0, SPACING * trunk)
    found = between_pixels(picture, rays, depth_px, step, _way(picture, rays, path, step))
    found = _under_cover(found, parts, trunk)
    smooth, rough = smooth_line(found.depth, found.sd)
    off = np.abs(smooth[:, None] / trunk - STRIP_DEPTHS[None])
    sure = (place * (off < NEAR)).sum(axis=1)
    sd = np.hypot(found.sd, 0.5 * np.minimum(rough, 4.0 * step))
    shown = (parts.shown > SHOWN_FROM) & (sure > SURE) & (sd < WIDE_SD * trunk)
    weak = (found.strength < WEAK_CONTRAST) & (sd > 0.5 * WIDE_SD * trunk)
    shown &= ~weak & ~_contradicted(strip, smooth / trunk)
    return BackEdge(smooth, sd, np.asarray(shown))


def person_edge(strip: NDArray[np.uint8]) -> Array:
    """Return where the engine's mask ends along each ray of a strip, trunk lengths; NaN unknown."""
    outwards = strip[:, _AXIS:, MASK].astype(np.float32) / 255
    return np.asarray(STRIP_DEPTHS[_AXIS] + SPACING * mask_edge(outwards))


def _contradicted(strip: NDArray[np.uint8], depth: Array) -> BoolArray:
    """Return the rays on which the engine's mask or the static background contradicts a back."""
    off = depth - person_edge(strip)
    apart = (off > BEYOND_MASK) | (off < -WITHIN_MASK) | ~np.isfinite(off)
    inside = depth[:, None] - STRIP_DEPTHS[None]
    rim = (inside > RIM_SKIPPED) & (inside < RIM_EXAMINED)
    same = rim & (strip[..., ODDS] < _SAME_GREY)
    through = same.sum(axis=1) > SEE_THROUGH * np.maximum(rim.sum(axis=1), 1)
    return np.asarray(apart | through)


def _way(picture: NDArray[np.uint8], rays: TrunkRays, path: Array, step: float) -> Array:
    """Colour direction from inside to outside the edge, shape (RAY_COUNT, 3), at most 1 long."""
    depths_px = STRIP_DEPTHS * rays.trunk_px
    strip = smooth_rows(unfold(*softened(picture, step, rays, depths_px), depths_px))
    apart = np.arange(strip.shape[1])[None] - path[:, None]
    means = []
    for side in ((apart < -1) & (apart > -SIDES), (apart > 1) & (apart < SIDES)):
        weight = side[..., None].astype(np.float32)
        means.append((weight * strip).sum(axis=1) / np.maximum(weight.sum(axis=1), 1.0))
    way = means[1] - means[0]
    return np.asarray(way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 12.0), float)


def _under_cover(found: Placed, parts: PartEstimate, trunk_px: float) -> Placed:
    """Set the edge to the network's expected value on rays on which the back is covered."""
    place = np.exp(parts.log_place)
    mean = place @ STRIP_DEPTHS
    spread = np.sqrt(np.maximum(place @ STRIP_DEPTHS**2 - mean**2, 0.0))
    covered = parts.shown <= SHOWN_FROM
    depth = np.where(covered, mean * trunk_px, found.depth)
    sd = np.where(covered, np.maximum(spread, COVERED_SD) * trunk_px, found.sd)
    return Placed(depth, sd, found.strength)
