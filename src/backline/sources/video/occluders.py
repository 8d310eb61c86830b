"""What can stand in front of the back: the plate on the bar, and the lifter's own forearm."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SEARCH_TRUNK_PX = 56.0
"""The picture is reduced until a trunk has this length before plates are looked for, pixels."""
PLATE_RADIUS = (0.17, 0.62)
"""Radius of a plate in trunk lengths (hip to shoulder about 0.50 m): 200 to 450 mm across, nearer
to the camera than the lifter by up to a third."""
PLATE_REACH = 0.75
"""A plate's middle lies this near a wrist or shoulder, in trunk lengths: it is on their bar."""
RIM_SHARE = 0.65
"""Share of the rim that must show an edge pointing to or from the middle."""
RIM_SLOPE = 60.0
"""Least Sobel slope of a rim, about 8 grey levels a pixel."""
KNOWN_SPREAD = 0.08
"""Once the plate's size is known, its radius may differ by this share."""
SEARCHES_KEPT, AGREEING = 20, 6
"""A plate is believed once so many of the latest searches found the same size: chance circles in
a cluttered gym have any size."""
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
        self._shares: deque[float] = deque(maxlen=SEARCHES_KEPT)

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
        share = found.radius / (trunk_px * scale)
        self._shares.append(share)
        usual = self._usual_share()
        if usual is None or abs(share / usual - 1.0) > KNOWN_SPREAD:
            return None
        return Disc(
            (found.x + 0.5) / scale - 0.5 + x0,
            (found.y + 0.5) / scale - 0.5 + y0,
            found.radius / scale,
        )

    def _usual_share(self) -> float | None:
        """Return the radius in trunk lengths that most of the latest searches agree on."""
        if len(self._shares) < AGREEING:
            return None
        shares = np.array(self._shares)
        agree = np.abs(shares[:, None] / shares[None] - 1.0) <= KNOWN_SPREAD
        best = int(agree.sum(axis=0).argmax())
        count = int(agree[:, best].sum())
        if count < AGREEING or count < 0.6 * len(shares):
            return None
        return float(np.median(shares[agree[:, best]]))

    def _best_circle(
        self, grey: NDArray[np.uint8], anchors: NDArray[np.floating[Any]], trunk_px: float
    ) -> Disc | None:
        low, high = (share * trunk_px for share in PLATE_RADIUS)
        usual = self._usual_share()
        if usual is not None:
            low, high = (usual * trunk_px * (1.0 + s) for s in (-KNOWN_SPREAD, KNOWN_SPREAD))
        slopes = (
            np.asarray(cv2.Sobel(grey, cv2.CV_32F, 1, 0), dtype=np.float32),
            np.asarray(cv2.Sobel(grey, cv2.CV_32F, 0, 1), dtype=np.float32),
        )
        best, best_score = None, 0.0
        for disc in vote_for_circles(slopes, np.arange(np.floor(low), np.ceil(high) + 1)):
            away = np.hypot(anchors[:, 0] - disc.x, anchors[:, 1] - disc.y).min()
            share = rim_share(slopes, disc.x, disc.y, disc.radius)
            if away > PLATE_REACH * trunk_px or share < RIM_SHARE:
                continue
            # A plate shows rings within rings: the outermost is the plate.
            if share * disc.radius > best_score:
                best, best_score = disc, share * disc.radius
        return best


def vote_for_circles(
    slopes: tuple[NDArray[np.float32], NDArray[np.float32]], radii: NDArray[np.float64]
) -> list[Disc]:
    """Return the likeliest circle of each radius (Hough transform along the edges' normals).

    Parameters
    ----------
    slopes : tuple of two (h, w) arrays
        Sobel slopes of a grey picture along x and y.
    radii : ndarray, shape (n,)
        Radii to try, pixels.
    """
    size = np.hypot(*slopes)
    height, width = size.shape
    rows, columns = np.nonzero(size > RIM_SLOPE)
    way_x = slopes[0][rows, columns] / size[rows, columns]
    way_y = slopes[1][rows, columns] / size[rows, columns]
    discs = []
    for radius in radii:
        x = np.rint(np.concatenate([columns + radius * way_x, columns - radius * way_x]))
        y = np.rint(np.concatenate([rows + radius * way_y, rows - radius * way_y]))
        within = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        cells = (y[within] * width + x[within]).astype(np.int64)
        votes = np.bincount(cells, minlength=height * width).reshape(height, width)
        votes = cv2.GaussianBlur(votes.astype(np.float32), (5, 5), 1.0)
        _, _, _, (best_x, best_y) = cv2.minMaxLoc(votes)
        discs.append(Disc(float(best_x), float(best_y), float(radius)))
    return discs


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
