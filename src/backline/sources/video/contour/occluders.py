"""The plate on the bar, which can occlude the back."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SEARCH_TRUNK_PX = 72.0
"""The picture is reduced until a trunk has this length before plates are searched for, pixels."""
PLATE_RADIUS = (0.25, 0.85)
"""Radius of a plate in trunk lengths (hip to shoulder about 0.50 m): 250 to 450 mm across, and so
much nearer to the camera than the lifter that it seems larger by up to nine tenths (0.81 in a real
clip filmed from close by). Smaller ones hide no low back."""
PLATE_REACH = 0.8
"""Largest distance of a plate's centre from a wrist or shoulder, trunk lengths: plates are on the
bar."""
HEAD_APART = 0.3
"""A circle this near the ear is the head, in trunk lengths."""
RIM_SHARE = 0.58
"""Share of the rim that must show an edge along it. On the three real clips at hand plates had 0.58
to 0.76, chance circles of that size up to 0.58."""
ALONG_RIM = 0.88  # cosine between edge and rim (28 degrees)
EDGE_SLOPES = (40.0, 90.0)
"""Canny's thresholds on Sobel slopes: edges of about 5 and 11 grey levels a pixel."""
PEAKS = 2  # circles examined for each radius
FRAMES_BETWEEN, FRAMES_BETWEEN_IN_VAIN = 4, 12
"""Frames from one search to the next; fewer searches once many have found nothing."""
SEARCHES_KEPT, AGREEING, AGREEING_SHARE = 16, 4, 0.5
"""A plate is accepted once this many of the latest searches, and this share of them, found the
same size: chance circles in a cluttered gym vary in size, while one plate gives two sizes at most,
hub and rim."""
KNOWN_SPREAD = 0.06
"""Once the plate's size is known, its radius may differ by this share."""
RIM = 1.04
"""Share of its radius up to which a plate hides what is behind it: its rim is blurred."""


@dataclass(frozen=True)
class Disc:
    """A plate that faces the camera: centre and radius in pixels of the full picture."""

    x: float
    y: float
    radius: float

    def covers(self, places: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
        """Return which positions (n, 2) are on the disc, widened by `RIM`."""
        distance = np.hypot(places[:, 0] - self.x, places[:, 1] - self.y)
        return np.asarray(distance <= RIM * self.radius)


class PlateFinder:
    """Finds the plate that faces the camera, whose size is constant over a set."""

    def __init__(self) -> None:
        self._radii_px: deque[float] = deque(maxlen=SEARCHES_KEPT)
        self._calls = 0
        self._fruitless = 0
        self._disc: Disc | None = None

    def find(
        self,
        picture: NDArray[np.uint8],
        anchors: NDArray[np.floating[Any]],
        head: NDArray[np.floating[Any]],
        trunk_px: float,
    ) -> Disc | None:
        """Return the plate on the lifter's bar, or None; searched for every few frames.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            The full frame.
        anchors : ndarray, shape (n, 2)
            Positions that the bar must be near: wrists and shoulder, pixels.
        head : ndarray, shape (2,)
            The ear, pixels.
        trunk_px : float
            The set's usual distance from hip to shoulder, pixels.
        """
        wait = FRAMES_BETWEEN if self._fruitless < SEARCHES_KEPT else FRAMES_BETWEEN_IN_VAIN
        if self._calls % wait == 0:
            self._disc = self._search(picture, anchors.astype(float), head.astype(float), trunk_px)
            self._fruitless = 0 if self._disc is not None else self._fruitless + 1
        self._calls += 1
        return self._disc

    def _search(
        self,
        picture: NDArray[np.uint8],
        anchors: NDArray[np.float64],
        head: NDArray[np.float64],
        trunk_px: float,
    ) -> Disc | None:
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
        corner = np.array([x0, y0], dtype=float)
        found = self._best_circle(
            small, (anchors - corner) * scale, (head - corner) * scale, scale, trunk_px * scale
        )
        if found is None:
            return None
        radius_px = found.radius / scale
        self._radii_px.append(radius_px)
        usual = self._usual_radius_px()
        if usual is None or abs(radius_px / usual - 1.0) > KNOWN_SPREAD:
            return None
        return Disc(
            (found.x + 0.5) / scale - 0.5 + x0,
            (found.y + 0.5) / scale - 0.5 + y0,
            radius_px,
        )

    def _usual_radius_px(self) -> float | None:
        """Return the radius that most of the latest searches agree on."""
        if len(self._radii_px) < AGREEING:
            return None
        radii = np.array(self._radii_px)
        agree = np.abs(radii[:, None] / radii[None] - 1.0) <= KNOWN_SPREAD
        best = int(agree.sum(axis=0).argmax())
        count = int(agree[:, best].sum())
        if count < max(AGREEING, AGREEING_SHARE * len(radii)):
            return None
        return float(np.median(radii[agree[:, best]]))

    def _best_circle(
        self,
        grey: NDArray[np.uint8],
        anchors: NDArray[np.float64],
        head: NDArray[np.float64],
        scale: float,
        trunk_px: float,
    ) -> Disc | None:
        radii = np.arange(PLATE_RADIUS[0] * trunk_px, PLATE_RADIUS[1] * trunk_px + 1.0, 1.5)
        usual = self._usual_radius_px()
        if usual is not None:
            radii = usual * scale * np.linspace(1.0 - KNOWN_SPREAD, 1.0 + KNOWN_SPREAD, 5)
        edges = find_edges(grey)
        found = vote_for_circles(edges, radii, anchors, PLATE_REACH * trunk_px)
        apart = HEAD_APART * trunk_px
        found = [d for d in found if np.hypot(d.x - head[0], d.y - head[1]) >= apart]
        share = rim_shares(edges, found)
        # A plate shows rings within rings: the outermost is the plate.
        score = np.where(share >= RIM_SHARE, share * np.sqrt([d.radius for d in found]), 0.0)
        return found[int(score.argmax())] if score.any() else None


@dataclass(frozen=True)
class Edges:
    """Thin edges of a grey picture and the unit direction across each.

    Parameters
    ----------
    rows, columns : ndarray, shape (n,)
        Edge pixels.
    across : ndarray, shape (n, 2)
        x and y of the brightness slope's direction there.
    direction : ndarray, shape (h, w, 2)
        The same as a picture, 0 where there is no edge.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    across: NDArray[np.float32]
    direction: NDArray[np.float32]


def find_edges(grey: NDArray[np.uint8]) -> Edges:
    """Find thin edges (Canny) of a grey picture."""
    slope_x = np.asarray(cv2.Sobel(grey, cv2.CV_16S, 1, 0), dtype=np.int16)
    slope_y = np.asarray(cv2.Sobel(grey, cv2.CV_16S, 0, 1), dtype=np.int16)
    rows, columns = np.nonzero(cv2.Canny(slope_x, slope_y, *EDGE_SLOPES))
    across = np.stack([slope_x[rows, columns], slope_y[rows, columns]], axis=1).astype(np.float32)
    across /= np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-6)[:, None]
    direction = np.zeros((*grey.shape, 2), dtype=np.float32)
    direction[rows, columns] = across
    return Edges(rows, columns, across, direction)


def vote_for_circles(
    edges: Edges, radii: NDArray[np.float64], anchors: NDArray[np.float64], reach: float
) -> list[Disc]:
    """Return the likeliest circles of each radius (Hough transform along the edges' normals).

    Parameters
    ----------
    edges : Edges
        Of the picture.
    radii : ndarray, shape (n,)
        Radii to try, pixels.
    anchors : ndarray, shape (m, 2)
        The middles lie near one of these.
    reach : float
        How near, pixels.
    """
    height, width = edges.direction.shape[:2]
    allowed = np.zeros((height, width), dtype=np.uint8)
    for x, y in np.rint(anchors).astype(int):
        cv2.circle(allowed, (int(x), int(y)), max(int(reach), 1), (1,), thickness=-1)
    x0, y0, wide_px, tall_px = cv2.boundingRect(allowed)
    if not wide_px:
        return []
    # One pixel more, for the blur, where there is one.
    left, top = max(x0 - 1, 0), max(y0 - 1, 0)
    part = (slice(top, y0 + tall_px + 1), slice(left, x0 + wide_px + 1))
    allowed = allowed[part]
    discs = []
    room = int(np.ceil(np.max(radii, initial=0.0))) + 1  # votes beyond the picture fall there
    wide = width + 2 * room
    for radius in radii:
        cells = []
        for way in (radius, -radius):
            x = np.rint(edges.columns + way * edges.across[:, 0]).astype(np.intp)
            y = np.rint(edges.rows + way * edges.across[:, 1]).astype(np.intp)
            cells.append((y + room) * wide + (x + room))
        counts = np.bincount(np.concatenate(cells), minlength=(height + 2 * room) * wide)
        inside = counts.reshape(-1, wide)[room : room + height, room : room + width][part]
        votes = cv2.blur(inside.astype(np.float32), (3, 3)) * allowed
        for _ in range(PEAKS):
            _, _, _, (best_x, best_y) = cv2.minMaxLoc(votes)
            discs.append(Disc(float(best_x + left), float(best_y + top), float(radius)))
            cv2.circle(votes, (best_x, best_y), 4, (0.0,), thickness=-1)
    return discs


@lru_cache(maxsize=1)
def _rim_directions() -> NDArray[np.float64]:
    """Return unit vectors (x, y) from a circle's middle to its rim, every 5 degrees."""
    turn = np.linspace(0.0, 2.0 * np.pi, 72, endpoint=False)
    directions: NDArray[np.float64] = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    directions.flags.writeable = False  # it is shared
    return directions


def rim_shares(edges: Edges, discs: Sequence[Disc]) -> NDArray[np.float64]:
    """Return the share of each circle's rim, 0 to 1, with an edge that runs along the rim."""
    out = _rim_directions()
    middle = np.array([(d.x, d.y) for d in discs]).reshape(-1, 2)[:, :, None, None]
    radii = np.array([d.radius for d in discs])[:, None, None] + np.array([-1.0, 0.0, 1.0])[:, None]
    height, width = edges.direction.shape[:2]
    x = np.rint(middle[:, 0] + radii * out[:, 0]).astype(int)
    y = np.rint(middle[:, 1] + radii * out[:, 1]).astype(int)
    within = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    found = edges.direction[y.clip(0, height - 1), x.clip(0, width - 1)]
    along_rim = np.abs(found[..., 0] * out[:, 0] + found[..., 1] * out[:, 1]) > ALONG_RIM
    return np.asarray((within & along_rim).any(axis=1).mean(axis=1))
