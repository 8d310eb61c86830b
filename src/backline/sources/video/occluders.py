"""What can stand in front of the back: the plate on the bar, and the lifter's own forearm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SEARCH_TRUNK_PX = 72.0
"""The picture is reduced until a trunk has this length before plates are looked for, pixels."""
PLATE_RADIUS = (0.17, 0.62)
"""Radius of a plate in trunk lengths (hip to shoulder about 0.50 m): 200 to 450 mm across, nearer
to the camera than the lifter by up to a third."""
PLATE_REACH = 0.75
"""A plate's middle lies this near a wrist or shoulder, in trunk lengths: it is on their bar."""
RIM_SHARE = 0.6
"""Share of the rim that must show an edge pointing to or from the middle."""
RIM_SLOPE = 60.0
"""Least Sobel slope of a rim, about 8 grey levels a pixel."""
KNOWN_SPREAD = 0.08
"""Once the plate's size is known, its radius may differ by this share."""
SIZES_KEPT = 25
ARM_HALF_WIDTH, FOREARM_HALF_WIDTH = 0.10, 0.085
"""Half the width of upper arm and forearm, in trunk lengths (about 50 and 42 mm)."""


@dataclass(frozen=True)
class Disc:
    """A plate seen from its side: middle and radius in pixels of the full picture."""

    x: float
    y: float
    radius: float

    def covers(self, places: NDArray[np.floating[Any]], rim: float = 1.04) -> NDArray[np.bool_]:
        """Return which places (n, 2) lie on the disc, its rim widened by ``rim``."""
        distance = np.hypot(places[:, 0] - self.x, places[:, 1] - self.y)
        return np.asarray(distance <= rim * self.radius)


class PlateFinder:
    """Finds the plate that faces the camera; it keeps its size over a set."""

    def __init__(self) -> None:
        self._shares: list[float] = []

    def find(
        self, picture: NDArray[np.uint8], anchors: NDArray[np.floating[Any]], trunk_px: float
    ) -> Disc | None:
        """Return the plate on the lifter's bar, or None.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            The full frame.
        anchors : ndarray, shape (n, 2)
            Places that the bar must be near: wrists and shoulder, pixels.
        trunk_px : float
            The set's usual distance from hip to shoulder, pixels.
        """
        reach = (PLATE_REACH + PLATE_RADIUS[1]) * trunk_px
        height, width = picture.shape[:2]
        x0, y0 = np.maximum(np.floor(anchors.min(axis=0) - reach), 0).astype(int)
        x1, y1 = np.minimum(np.ceil(anchors.max(axis=0) + reach), (width, height)).astype(int)
        scale = min(1.0, SEARCH_TRUNK_PX / trunk_px)
        if min(x1 - x0, y1 - y0) * scale < 16:
            return None
        grey = cv2.cvtColor(picture[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY)
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        small = np.asarray(cv2.GaussianBlur(grey, (3, 3), 0.8), dtype=np.uint8)
        found = self._best_circle(small, (anchors - (x0, y0)) * scale, trunk_px * scale)
        if found is None:
            return None
        self._shares = [*self._shares[-SIZES_KEPT + 1 :], found.radius / (trunk_px * scale)]
        return Disc(
            (found.x + 0.5) / scale - 0.5 + x0,
            (found.y + 0.5) / scale - 0.5 + y0,
            found.radius / scale,
        )

    def _radius_range(self) -> tuple[float, float]:
        if len(self._shares) < SIZES_KEPT // 3:
            return PLATE_RADIUS
        usual = float(np.median(self._shares))
        return usual * (1.0 - KNOWN_SPREAD), usual * (1.0 + KNOWN_SPREAD)

    def _best_circle(
        self, grey: NDArray[np.uint8], anchors: NDArray[np.floating[Any]], trunk_px: float
    ) -> Disc | None:
        low, high = (share * trunk_px for share in self._radius_range())
        circles = cv2.HoughCircles(
            grey,
            cv2.HOUGH_GRADIENT,
            dp=1.0,
            minDist=4.0,
            param1=90,
            param2=14,
            minRadius=int(low),
            maxRadius=int(np.ceil(high)),
        )
        if circles is None:
            return None
        slopes = (
            np.asarray(cv2.Sobel(grey, cv2.CV_32F, 1, 0), dtype=np.float32),
            np.asarray(cv2.Sobel(grey, cv2.CV_32F, 0, 1), dtype=np.float32),
        )
        best, best_score = None, 0.0
        for x, y, radius in circles.reshape(-1, 3)[:16].astype(float):
            if np.hypot(anchors[:, 0] - x, anchors[:, 1] - y).min() > PLATE_REACH * trunk_px:
                continue
            share = rim_share(slopes, x, y, radius)
            # A plate shows rings within rings: the outermost is the plate.
            if share >= RIM_SHARE and share * radius > best_score:
                best, best_score = Disc(x, y, radius), share * radius
        return best


def rim_share(
    slopes: tuple[NDArray[np.float32], NDArray[np.float32]], x: float, y: float, radius: float
) -> float:
    """Return the share of a circle's rim, 0 to 1, with an edge that runs along the rim.

    Parameters
    ----------
    slopes : tuple of two (h, w) arrays
        Sobel slopes of a grey picture along x and y.
    x, y, radius : float
        The circle, pixels.
    """
    turn = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
    radii = radius + np.array([-1.0, 0.0, 1.0])[:, None]
    at_x = np.rint(x + radii * np.cos(turn)).astype(int)
    at_y = np.rint(y + radii * np.sin(turn)).astype(int)
    height, width = slopes[0].shape
    within = (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
    at_x, at_y = np.clip(at_x, 0, width - 1), np.clip(at_y, 0, height - 1)
    along_x, along_y = slopes[0][at_y, at_x], slopes[1][at_y, at_x]
    size = np.hypot(along_x, along_y)
    outward = np.abs(along_x * np.cos(turn) + along_y * np.sin(turn))
    rim = within & (size > RIM_SLOPE) & (outward > 0.85 * size)
    return float(rim.any(axis=0).mean())


def on_segment(
    places: NDArray[np.floating[Any]],
    start: NDArray[np.floating[Any]],
    end: NDArray[np.floating[Any]],
    half_width: float,
) -> NDArray[np.bool_]:
    """Return which places (n, 2) lie within ``half_width`` of the line from start to end."""
    along = np.asarray(end, float) - np.asarray(start, float)
    length = max(float(along @ along), 1e-9)
    share = np.clip((places - start) @ along / length, 0.0, 1.0)
    off = places - (start + share[:, None] * along)
    return np.asarray(np.hypot(off[:, 0], off[:, 1]) <= half_width)


def on_arm(
    places: NDArray[np.floating[Any]],
    shoulder: NDArray[np.floating[Any]],
    elbow: NDArray[np.floating[Any]],
    wrist: NDArray[np.floating[Any]],
    trunk_px: float,
) -> NDArray[np.bool_]:
    """Return which places (n, 2) lie on the lifter's own arm, below the deltoid.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Pixels.
    shoulder, elbow, wrist : ndarray, shape (2,)
        Of the side that faces the camera, pixels.
    trunk_px : float
        Distance from hip to shoulder, pixels.
    """
    middle = 0.55 * shoulder + 0.45 * elbow  # above it, the arm's outline is the shoulder's
    upper = on_segment(places, middle, elbow, ARM_HALF_WIDTH * trunk_px)
    lower = on_segment(places, elbow, wrist, FOREARM_HALF_WIDTH * trunk_px)
    return upper | lower
