"""Finds the printed stickers in one picture, with corners at sub-pixel accuracy."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.model.posture import FloatArray
from backline.sources.fiducials.layout import PLACES, dictionary

SIDE_BY_TRUNK = 0.07
"""Side of a pattern of 34 mm by the hip-to-shoulder length of 500 mm."""
SIDE_RANGE = (0.35, 2.5)
"""Range of a pattern's size relative to that; others are chance patterns in the room."""
WORKED_SIDE_PX = 36.0
"""Smaller patterns are enlarged to about this side: below 3 pixels a module they are missed."""
MOST_ENLARGED = 3  # times; beyond it enlarging adds no detail
SQUARENESS = 0.35
"""Shortest by longest side of a pattern seen within 30 degrees of head-on is above this."""

Box = tuple[int, int, int, int]


class StickerFinder:
    """Finds stickers of one lifter.

    Corners come from lines fitted to the pattern's rim, which on rendered patterns of 16 to 32
    pixels give its turn within 0.1 to 0.3 degrees a frame, against 0.7 to 1.5 for corners that
    are refined one by one.

    Parameters
    ----------
    trunk_px : float
        Hip-to-shoulder length, pixels; says how large a sticker can be.
    """

    def __init__(self, trunk_px: float) -> None:
        self._side_px = SIDE_BY_TRUNK * trunk_px
        self.scale = int(np.clip(np.ceil(WORKED_SIDE_PX / self._side_px), 1, MOST_ENLARGED))
        self._numbers = {place.number: row for row, place in enumerate(PLACES)}
        self._settings = cv2.aruco.DetectorParameters()
        self._settings.adaptiveThreshWinSizeMin = 5
        self._settings.adaptiveThreshWinSizeMax = 45
        self._settings.adaptiveThreshWinSizeStep = 10
        self._settings.perspectiveRemovePixelPerCell = 8
        # a blurred pattern of 14 pixels is identified by 15 of its 16 bits
        self._settings.errorCorrectionRate = 1.0
        self._settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_CONTOUR

    def find(self, picture: NDArray[np.uint8], box: Box) -> FloatArray:
        """Return the stickers' corners.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            RGB.
        box : tuple of int
            Where to search: x0, y0, x1, y1, pixels.

        Returns
        -------
        ndarray, shape (5, 4, 2)
            Pixels of the picture, in the order of `PLACES`; corners clockwise from the
            pattern's own top left; NaN where not found.
        """
        found = np.full((len(PLACES), 4, 2), np.nan)
        x0, y0, x1, y1 = box
        part = cv2.cvtColor(np.ascontiguousarray(picture[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY)
        if min(part.shape) < 2 * self._side_px:
            return found
        if self.scale > 1:
            part = cv2.resize(
                part, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_CUBIC
            )
        least = 4 * SIDE_RANGE[0] * self._side_px * self.scale
        self._settings.minMarkerPerimeterRate = least / max(part.shape)
        corners, numbers, _ = cv2.aruco.ArucoDetector(dictionary(), self._settings).detectMarkers(
            part
        )
        sizes = np.zeros(len(PLACES))
        for quad, number in zip(corners, () if numbers is None else numbers.ravel(), strict=True):
            row = self._numbers.get(int(number))
            at = (np.asarray(quad[0], dtype=np.float64) + 0.5) / self.scale - 0.5
            size = self._fits(at)
            if row is not None and size > sizes[row]:
                sizes[row] = size
                found[row] = at + np.array([x0, y0])
        return found

    def _fits(self, at: FloatArray) -> float:
        """Return a pattern's side, pixels; 0 where it can be no sticker of this lifter."""
        sides = np.linalg.norm(at - np.roll(at, 1, axis=0), axis=1)
        low, high = (share * self._side_px for share in SIDE_RANGE)
        fits = low <= sides.mean() <= high and sides.min() >= SQUARENESS * sides.max()
        return float(sides.mean()) if fits else 0.0


def turn_deg(corners: FloatArray) -> FloatArray:
    """Return how far each sticker is turned in the picture.

    Parameters
    ----------
    corners : ndarray, shape (..., 4, 2)
        Pixels, y down, clockwise from the pattern's own top left; NaN where not found.

    Returns
    -------
    ndarray, shape (...)
        Degrees, clockwise from upright, of the square that fits all four corners best
        (least squares), -180 to 180; NaN where not found.
    """
    square = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    off = corners - corners.mean(axis=-2, keepdims=True)
    along = (off * square).sum(axis=(-2, -1))
    across = (square[:, 0] * off[..., 1] - square[:, 1] * off[..., 0]).sum(axis=-1)
    return np.asarray(np.degrees(np.arctan2(across, along)))
