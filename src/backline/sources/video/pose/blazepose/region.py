"""The rotated square region of a picture that the landmark model gets.

As in MediaPipe's graph it is defined by two alignment points, the middle of the hips and a point
on the circle around the whole body in the direction of the head. Computed in the graph's precision
(single) and by the same OpenCV calls, so that the models get an identical picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.sources.video.pose.blazepose import single_precision

Float32s = NDArray[np.float32]

ROOM = np.float32(1.25)
"""Side of the square by the circle's diameter (the graph's ``RectTransformationCalculator``)."""
# Plain numbers would make numpy below 2 calculate in double precision.
_HALF, _ONE, _TWO = np.float32(0.5), np.float32(1.0), np.float32(2.0)


@dataclass(frozen=True)
class Region:
    """A rotated rectangle of a picture; the models see the square around it.

    Parameters
    ----------
    centre : ndarray of float32, shape (2,)
        x and y, as shares of the picture's width and height from its left and upper edge.
    sides : ndarray of float32, shape (2,)
        Its sides, as shares of the picture's width and height.
    turn_rad : float
        How far it is turned clockwise, radians; 0 where the person stands upright.
    """

    centre: Float32s
    sides: Float32s
    turn_rad: float

    def margins(self, height_px: int, width_px: int) -> Float32s:
        """Return the square's margins beyond the region in x and y, as shares of it."""
        width, height = self.sides * size_of(height_px, width_px)
        aspect = height / width
        if aspect < 1:
            return np.array([0.0, (_ONE - aspect) / 2], np.float32)
        return np.array([(_ONE - _ONE / aspect) / 2, 0.0], np.float32)

    def to_picture(self, places: Float32s, height_px: int, width_px: int) -> Float32s:
        """Return positions of the square in the picture.

        Parameters
        ----------
        places : ndarray of float32, shape (n, 2)
            From (0, 0) in the square's upper left corner to (1, 1) in its lower right one.
        height_px, width_px : int
            The picture's size.

        Returns
        -------
        ndarray of float32, shape (n, 2)
            Shares of the picture's width and height.
        """
        cosine, sine = single_precision.turn_of(self.turn_rad)
        x, y = (without(self.margins(height_px, width_px), places) - _HALF).T
        turned = np.column_stack([cosine * x - sine * y, sine * x + cosine * y])
        return np.asarray(turned * self.sides + self.centre, dtype=np.float32)

    def matrix(self, size: int, height_px: int, width_px: int) -> NDArray[np.float64]:
        """Return the map (3, 3) from a picture's pixels to those of a ``size`` by ``size`` crop.

        Numbers of pixels are mapped as if they were distances from the edge, as the graph does it:
        the models, and networks trained on their points, expect pictures made in this way.
        """
        shape = size_of(height_px, width_px)
        x, y = (self.centre * shape).tolist()
        side = float((self.sides * shape).max())
        turn_deg = float(np.float64(np.float32(self.turn_rad) * np.float32(180.0)) / np.pi)
        corners = cv2.boxPoints(((x, y), (side, side), turn_deg))  # from the lower left, clockwise
        cut = np.array([(0, size), (0, 0), (size, 0), (size, size)], np.float32)
        return np.asarray(cv2.getPerspectiveTransform(corners, cut), dtype=np.float64)


def without(margins: Float32s, places: Float32s) -> Float32s:
    """Return places (n, 2) of a square as shares of what is left of it inside the margins."""
    return np.asarray((places - margins) / (_ONE - 2 * margins), dtype=np.float32)


def size_of(height_px: int, width_px: int) -> Float32s:
    """Return a picture's width and height, for shares in this order."""
    return np.array([width_px, height_px], np.float32)


def circle_px(alignment: Float32s, height_px: int, width_px: int) -> Float32s:
    """Return the diameter of the circle around the body as measured by width and by height.

    Parameters
    ----------
    alignment : ndarray of float32, shape (2, 2)
        As for :func:`aligned`.
    height_px, width_px : int
        The picture's size.

    Returns
    -------
    ndarray of float32, shape (2,)
        Pixels; equal but for rounding.
    """
    size = size_of(height_px, width_px)
    x, y = np.subtract(*(alignment * size)[::-1])
    return np.asarray(_TWO * np.sqrt(x * x + y * y) / size * size, dtype=np.float32)


def aligned(alignment: Float32s, height_px: int, width_px: int) -> Region | None:
    """Return the region of two alignment points; None where they coincide.

    Parameters
    ----------
    alignment : ndarray of float32, shape (2, 2)
        The middle of the hips and the point on the circle, as shares of the picture.
    height_px, width_px : int
        The picture's size.
    """
    diameter = circle_px(alignment, height_px, width_px).max()
    if not (np.isfinite(diameter) and diameter > 0):
        return None
    size = size_of(height_px, width_px)
    x, y = np.subtract(*(alignment * size)[::-1]).tolist()
    turn = float(np.float32(math.pi / 2) - single_precision.arctan2(-y, x))
    turn -= 2 * math.pi * math.floor((turn + math.pi) / (2 * math.pi))
    return Region(alignment[0] * size / size, diameter / size * ROOM, float(np.float32(turn)))


def whole() -> Region:
    """Return the region that is a whole picture."""
    return Region(np.full(2, 0.5, np.float32), np.ones(2, np.float32), 0.0)


def cut_out(
    picture: NDArray[np.uint8], matrix: NDArray[np.float64], size: int, border: int
) -> NDArray[np.uint8]:
    """Return the square around a region of a picture as a ``size`` by ``size`` picture.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 3)
        The picture.
    matrix : ndarray, shape (3, 3)
        The region's, for this size (:meth:`Region.matrix`).
    size : int
        Side of the result, pixels.
    border : int
        What lies beyond the picture, as OpenCV names it (``cv2.BORDER_REPLICATE``, say).
    """
    # Not warpAffine, which rounds positions differently from the graph's call.
    cut = cv2.warpPerspective(
        picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border
    )
    return np.asarray(cut, dtype=np.uint8)
