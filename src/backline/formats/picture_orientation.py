"""Converts a decoded frame to an upright RGB picture with square pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.sidedata.sidedata import SideData
    from av.video.frame import VideoFrame

Picture = NDArray[np.uint8]

SHAPE_TOLERANCE = 0.01
"""Pictures whose aspect ratios differ by more than this share have another shape. Judgement:
1 % of stretch turns a line at 45 degrees by 0.3 degrees, far below what is measured."""

PIXEL_TOLERANCE = 0.002
"""Pixels this near to square count as square (codecs round odd sizes). Judgement, as above:
0.06 degrees."""


@dataclass(frozen=True)
class PictureTurn:
    """Transform that makes a stored picture upright: transpose, then mirror.

    Parameters
    ----------
    swap : bool
        Columns become rows.
    flip_x, flip_y : bool
        Mirrored left to right, top to bottom, after the swap.
    """

    swap: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def from_matrix(cls, matrix: Sequence[int]) -> PictureTurn:
        """Make from a container's display matrix, to the nearest quarter turn.

        Parameters
        ----------
        matrix : sequence of 9 int
            Row-major ``a b u c d v x y w`` (ISO 14496-12, 6.2.2): a stored point (x, y),
            y down, is shown at ``(a x + c y, b x + d y)``.
        """
        a, b, _, c, d = matrix[:5]
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(False, a < 0, d < 0)
        return cls(True, c < 0, b < 0)

    @classmethod
    def from_counterclockwise(cls, degrees: float) -> PictureTurn:
        """Make from a counter-clockwise turn in degrees, to the nearest quarter turn."""
        quarters = round(-degrees / 90) % 4
        return cls(quarters % 2 == 1, quarters in (1, 2), quarters in (2, 3))

    @property
    def clockwise_deg(self) -> int:
        """Clockwise part of the turn in degrees; a mirroring comes on top of it."""
        if self.swap:
            return 270 if self.flip_y else 90
        return 180 if self.flip_x else 0

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height after the turn."""
        return (height, width) if self.swap else (width, height)

    def apply(self, picture: Picture) -> Picture:
        """Turn a picture (h, w, 3); the result is contiguous."""
        import cv2

        turned: Picture = np.ascontiguousarray(picture)
        if self.swap:
            turned = cv2.transpose(turned).astype(np.uint8, copy=False)
        if self.flip_x or self.flip_y:
            code = -1 if self.flip_x and self.flip_y else int(self.flip_x)
            turned = cv2.flip(turned, code).astype(np.uint8, copy=False)
        return turned


def turn_of(frame: VideoFrame) -> PictureTurn:
    """Return the turn that a decoded frame's display matrix asks for."""
    from av.sidedata.sidedata import Type

    try:
        held = tuple(cast("Iterable[SideData]", frame.side_data))
    except ValueError:
        # PyAV 18 refuses all side data of a frame that holds a kind it has no name for (EXIF).
        return PictureTurn.from_counterclockwise(frame.rotation)
    for data in held:
        if data.type is Type.DISPLAYMATRIX:
            return PictureTurn.from_matrix([int(v) for v in np.frombuffer(bytes(data), np.int32)])
    return PictureTurn()


@dataclass(frozen=True)
class Stored:
    """How the pictures of a clip are stored; taken from its first frame, it holds for all.

    Parameters
    ----------
    width, height : int
        Stored size, pixels.
    turn : PictureTurn
        What makes them upright.
    pixel_aspect : float
        Width of a stored pixel over its height.
    """

    width: int
    height: int
    turn: PictureTurn = PictureTurn()
    pixel_aspect: float = 1.0

    @classmethod
    def of(cls, first: VideoFrame, pixel_aspect: Fraction | None = None) -> Stored:
        """Make from the first frame; None or 0 as pixel aspect means unknown (square)."""
        return cls(first.width, first.height, turn_of(first), float(pixel_aspect or 1))

    def shown_size(self) -> tuple[int, int]:
        """Return width and height of the full-size upright picture."""
        return self.turn.size(*self.scaled_size(None))

    def scaled_size(self, max_side_px: int | None) -> tuple[int, int]:
        """Return the size before the turn, with square pixels, at most ``max_side_px`` long."""
        stretch = self.pixel_aspect if abs(self.pixel_aspect - 1) > PIXEL_TOLERANCE else 1.0
        width = self.width * stretch
        scale = min(1.0, (max_side_px or math.inf) / max(width, self.height))
        return max(1, round(width * scale)), max(1, round(self.height * scale))

    def fits(self, frame: VideoFrame) -> bool:
        """Return whether a frame has the shape of the first one (its size may differ)."""
        aspect = frame.width / frame.height
        return abs(aspect * self.height / self.width - 1) <= SHAPE_TOLERANCE


class Painter:
    """Makes upright RGB pictures of one size from decoded frames.

    More than 8 bits are reduced to 8. HDR code values (PQ, HLG) are taken as they are: the
    picture looks flat, but no step from dark to bright is clipped, as tone mapping would.

    Parameters
    ----------
    stored : Stored
        How the clip's pictures are stored.
    max_side_px : int, optional
        Longest side of the pictures, pixels; smaller ones are not enlarged.
    """

    def __init__(self, stored: Stored, max_side_px: int | None = None) -> None:
        from av.video.reformatter import VideoReformatter

        self._turn = stored.turn
        self._size = stored.scaled_size(max_side_px)
        self._scaler = VideoReformatter()

    def paint(self, frame: VideoFrame) -> Picture:
        """Return the upright RGB picture of a frame that fits."""
        width, height = self._size
        shown = self._scaler.reformat(frame, width=width, height=height, format="rgb24")
        return self._turn.apply(shown.to_ndarray().astype(np.uint8, copy=False))
