"""What a part network would answer on a drawn lifter, without the network."""

from __future__ import annotations

from typing import Any

import numpy as np

from backline.sources.video.contour.back_edge import SPACING
from backline.sources.video.contour.part_network import STRIP_DEPTHS, PartEstimate
from backline.sources.video.contour.trunk_rays import RAY_COUNT
from tests.sources.video.drawn_lifter import true_depth

#: The likeliest place is this many samples off, and as uncertain as this (1 SD), here.
OFF, SPREAD = 1.0, 1.5


def estimate(covered: slice | None = None, off: float = OFF, hollow: float = 0.03) -> PartEstimate:
    """The answer of a network that is a sample off, with 1.5 samples of deviation."""
    depth = true_depth(hollow) + off * SPACING
    away = (STRIP_DEPTHS[None] - depth[:, None]) / (SPREAD * SPACING)
    place = np.exp(-0.5 * away**2) + 1e-9
    cover = np.tile([0.98, 0.02, 0.0, 0.0, 0.0], (RAY_COUNT, 1))
    if covered is not None:
        cover[covered] = [0.03, 0.97, 0.0, 0.0, 0.0]
    return PartEstimate(np.log(place / place.sum(axis=1, keepdims=True)), cover)


class _Scripted:
    def __init__(self, answer: PartEstimate) -> None:
        self.answer = answer

    def read(self, strip: np.ndarray) -> PartEstimate:
        assert strip.shape == (RAY_COUNT, len(STRIP_DEPTHS), 5)
        return self.answer


def scripted(covered: slice | None = None) -> Any:
    """In place of a `PartNetwork`: the same answer at every frame."""
    return _Scripted(estimate(covered))
