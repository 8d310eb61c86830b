"""Shape prior from the lifter's earlier frames: used in doubt, without effect in clear view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backline.sources.video.contour.edge_refinement import ExpectedShape
from backline.sources.video.contour.trunk_rays import RAY_COUNT, TRUNK_RAYS, TrunkRays

BIN_DEG = 15.0
PER_BIN = 10
"""Frames kept for each band of hip flexion, so that long standing does not crowd out the rest."""
KERNEL_DEG = 25.0
MIN_FRAMES = 4
"""Below this many earlier frames nothing is expected."""
SLACK = 0.05
"""Free play, in trunk lengths. 30 degrees of lumbar flexion over a low back of 0.35 trunk lengths
move its middle by 0.35 * 0.52 rad / 8 = 0.023; the pose engine's hip and shoulder wander by as
much again."""
SLACK_PER_DEG = 0.0012
"""More free play for each degree of hip flexion from the nearest remembered frame."""
BUTTOCK_SLACK = 1.6
"""The fan's rays move over the buttock as the knee's place errs: this much more play there."""

MOST_SHIFT = 0.15
"""Most that the engine's hip or shoulder may be off across the trunk, trunk lengths."""
AGREEING, AGREEING_SHARE = 0.02, 0.6
"""The mask agrees where it ends this near (trunk lengths) the free play, and on the whole where it
does so on this share of the rays."""


class OwnShape:
    """Remembers the depth of the back along each ray, by hip flexion."""

    def __init__(self) -> None:
        self._bins: dict[int, list[tuple[float, NDArray[np.float64]]]] = {}
        self._turn = 0

    def __len__(self) -> int:
        return sum(len(kept) for kept in self._bins.values())

    def learn(
        self, rays: TrunkRays, depth_px: NDArray[np.float64], trusted: NDArray[np.bool_]
    ) -> None:
        """Remember one frame.

        Parameters
        ----------
        rays : TrunkRays
            The frame's rays.
        depth_px : ndarray, shape (RAY_COUNT,)
            Depth of the back along each, pixels.
        trusted : ndarray of bool, shape (RAY_COUNT,)
            Rays on which the lifter's own back was seen.
        """
        shape = np.where(trusted, depth_px / rays.trunk_px, np.nan)
        kept = self._bins.setdefault(int(rays.hip_flexion_deg // BIN_DEG), [])
        self._turn += 1
        if len(kept) < PER_BIN:
            kept.append((rays.hip_flexion_deg, shape))
        else:
            kept[self._turn % PER_BIN] = (rays.hip_flexion_deg, shape)

    def expect(self, rays: TrunkRays) -> ExpectedShape | None:
        """Return what earlier frames in like postures lead to expect; None with too few."""
        frames = [frame for kept in self._bins.values() for frame in kept]
        if len(frames) < MIN_FRAMES:
            return None
        flexion = np.array([f for f, _ in frames])
        shapes = np.stack([shape for _, shape in frames])
        away = np.abs(flexion - rays.hip_flexion_deg)
        weights = np.exp(-0.5 * ((away - away.min()) / KERNEL_DEG) ** 2)
        depth = _weighted_median(shapes, weights)
        slack = np.full(RAY_COUNT, SLACK + SLACK_PER_DEG * float(away.min()))
        slack[TRUNK_RAYS:] *= BUTTOCK_SLACK
        return ExpectedShape(depth * rays.trunk_px, slack * rays.trunk_px)


def aligned(
    expected: ExpectedShape, mask_depth_px: NDArray[np.float64], trunk_px: float
) -> ExpectedShape | None:
    """Fit the expected shape to where the mask ends, or give it up.

    The engine's hip and shoulder wander over the trunk, which moves and tilts the whole back
    against the line between them, but leaves its shape.

    Parameters
    ----------
    expected : ExpectedShape
        From :meth:`OwnShape.expect`.
    mask_depth_px : ndarray, shape (RAY_COUNT,)
        Where the mask ends along each ray, pixels; NaN unknown.
    trunk_px : float
        Trunk length, pixels.

    Returns
    -------
    ExpectedShape or None
        None where the mask does not agree with it along most of the back.
    """
    off = mask_depth_px - expected.depth_px
    known = np.isfinite(off)
    if known.mean() < 0.5:
        return None
    along = np.minimum(np.arange(RAY_COUNT) / (TRUNK_RAYS - 1.0), 1.0)
    trunk, lower = known & (along < 1.0), known & (along >= 0.5)
    upper = trunk & (along < 0.5)
    shifts = [np.full(RAY_COUNT, float(np.median(off[known])))]
    if upper.any() and lower.any():
        ends = float(np.median(off[upper])), float(np.median(off[lower]))
        shifts.append(ends[0] + (ends[1] - ends[0]) * np.clip((along - 0.25) / 0.5, -0.5, 1.5))
    rooms = expected.slack_px[known] + AGREEING * trunk_px
    shares = [float(np.mean(np.abs(off - shift)[known] <= rooms)) for shift in shifts]
    best = int(np.argmax(shares))  # the plain shift wins a tie
    if shares[best] < AGREEING_SHARE or np.abs(shifts[best]).max() > MOST_SHIFT * trunk_px:
        return None
    return ExpectedShape(expected.depth_px + shifts[best], expected.slack_px)


def _weighted_median(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Median down each column, NaN left out; NaN where fewer than `MIN_FRAMES` are known."""
    known = np.isfinite(values)
    order = np.argsort(np.where(known, values, np.inf), axis=0)
    ordered = np.take_along_axis(values, order, axis=0)
    mass = np.cumsum(np.take_along_axis(known * weights[:, None], order, axis=0), axis=0)
    middle = (mass >= 0.5 * mass[-1:]).argmax(axis=0)
    median = ordered[middle, np.arange(values.shape[1])]
    return np.where(known.sum(axis=0) >= MIN_FRAMES, median, np.nan)
