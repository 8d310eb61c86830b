"""Stickers printed into pictures at known places, for tests of what finds them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from backline.model.posture import FloatArray
from backline.sources.fiducials.layout import MODULES, PLACES, StickerPlace, pattern

FINE = 6
"""Drawn pixels for one of the picture, along each side."""
SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


@dataclass(frozen=True)
class Laid:
    """A sticker in a picture: its middle (pixels), side (pixels) and turn (degrees clockwise)."""

    place: StickerPlace
    x: float
    y: float
    side: float = 24.0
    turn: float = 0.0
    squeeze: float = 1.0

    @property
    def corners(self) -> FloatArray:
        """Corners of the pattern, shape (4, 2), clockwise from its own top left."""
        a = np.radians(self.turn)
        turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
        return (self.side * SQUARE @ turn.T) * [self.squeeze, 1.0] + [self.x, self.y]


def picture_of(
    laid: list[Laid], width: int = 240, height: int = 320, noise: float = 3.0, blur: float = 0.7
) -> np.ndarray:
    """Print stickers onto a grey wall as a camera would see them: averaged, blurred, noisy."""
    fine = np.full((height * FINE, width * FINE), 110.0, np.float32)
    for one in laid:
        paper = np.pad(pattern(one.place), 1, constant_values=True).astype(np.float32) * 215 + 20
        paper = np.kron(paper, np.ones((16, 16), np.float32))
        half = 0.5 + 1 / MODULES
        own = 2 * half * SQUARE
        grown = one.corners.mean(0) + (one.corners - one.corners.mean(0)) * 2 * half
        size = len(paper)
        ends = np.array([[0, 0], [size, 0], [size, size], [0, size]]) - 0.5
        to = (grown + 0.5) * FINE - 0.5
        assert own.shape == ends.shape
        move = cv2.getPerspectiveTransform(ends.astype(np.float32), to.astype(np.float32))
        shape = (fine.shape[1], fine.shape[0])
        drawn = cv2.warpPerspective(paper, move, shape)
        cover = cv2.warpPerspective(np.ones_like(paper), move, shape)
        fine = fine * (1 - cover) + drawn * cover
    coarse = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(coarse, (0, 0), blur)
    rng = np.random.default_rng([len(laid), int(laid[0].x * 100) if laid else 0])
    grey = np.clip(coarse + rng.normal(0, noise, coarse.shape), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def all_five(turn: float = 0.0) -> list[Laid]:
    """The five stickers about where a standing lifter wears them, in a picture of 240x320."""
    spots = ((70, 60), (75, 110), (66, 150), (120, 150), (125, 230))
    return [Laid(p, x + 0.3, y + 0.7, turn=turn) for p, (x, y) in zip(PLACES, spots, strict=True)]
