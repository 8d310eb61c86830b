"""Estimates the background without the lifter, from frames spread over the clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.signals.filters import runs_of
from backline.sources.video.quality.camera_motion import Affine

MIN_SAMPLES, MIN_SHARE = 3, 0.5
"""A pixel's background is known where at least this many frames, and this share of them, showed it
without people. The share is for masks that miss a part of somebody who hardly moves."""
ROOM = 0.03
"""Masks are widened by this share of the picture's longer side before people are left out."""
MAX_SIDE_PX = 720
"""Larger pictures are reduced before the median; the background is only a hint."""
BAND_ROWS = 64
"""The median is taken this many rows at a time, to spare memory."""
NOISE_LEVELS = 5.0
"""Noise of phone video with compression, grey levels (1 SD)."""
MISALIGNED_PX = 0.8
"""Alignment error with a shaking camera, pixels (1 SD)."""
SAME_ODDS, OTHER_ODDS = -0.8, 2.0
"""Log odds of "not the background" where it looks the same, and where it looks different. Equal
colours are weak evidence: dark clothes can look like a dark wall."""
EDGE_REACH, EDGE_NEAR, EDGE_APART = 5, 1.25, 3
"""Search range for an edge of the background on either side of a line; largest distance at which
the line is on the edge; distance on either side at which the edge's step is taken. Pixels of the
reduced background."""
EDGE_STEP = 30.0
"""Least step of such an edge, grey levels."""
EDGE_SLANT = 0.05
"""Such an edge is vertical or horizontal within this slope (3 degrees), as are panels drawn over a
picture and uprights of a rack. Backs are not: of eight real clips this holds at 2 % of the points
of the one with panels (where the back goes behind one) and at 0.1 % of the others."""
EDGE_RUN = 7
"""Least number of neighbouring points on such an edge: a round back touches an edge at fewer."""


@dataclass(frozen=True)
class Background:
    """The static background.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 3)
        Median colour, at ``scale`` of the full size.
    tolerance : ndarray of float32, shape (h, w)
        One standard deviation of a background pixel's value, grey levels.
    known : ndarray of uint8, shape (h, w)
        1 where the background was visible often enough.
    scale : float
        Its pixels for each pixel of the full picture.
    """

    picture: NDArray[np.uint8]
    tolerance: NDArray[np.float32]
    known: NDArray[np.uint8]
    scale: float

    @cached_property
    def _grey(self) -> NDArray[np.float32]:
        return np.asarray(cv2.cvtColor(self.picture, cv2.COLOR_RGB2GRAY), dtype=np.float32)

    def odds(
        self,
        picture: NDArray[np.uint8],
        place: Affine | None,
        box: tuple[int, int, int, int],
    ) -> NDArray[np.float32] | None:
        """Return log odds of "not the background" for a box of a picture.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            The full frame.
        place : ndarray, shape (2, 3), or None
            Map from the background's frame to this one, full-size pixels.
        box : tuple of int
            x0, y0, x1, y1 within the picture.

        Returns
        -------
        ndarray, shape (y1 - y0, x1 - x0), or None
            0 where the background is unknown; None where the camera's position is.
        """
        if place is None:
            return None
        x0, y0, x1, y1 = box
        size = (x1 - x0, y1 - y0)
        to_box = self._to_box(place, x0, y0)
        here = cv2.warpAffine(self.picture, to_box, size, flags=cv2.INTER_LINEAR)
        tolerance = cv2.warpAffine(self.tolerance, to_box, size, flags=cv2.INTER_LINEAR)
        known = cv2.warpAffine(self.known, to_box, size, flags=cv2.INTER_NEAREST)
        red, green, blue = cv2.split(cv2.absdiff(picture[y0:y1, x0:x1], here))
        difference = cv2.max(cv2.max(red, green), blue).astype(np.float32)
        # In place: these are the largest arrays that a frame is worked on with.
        odds = np.divide(difference, np.maximum(tolerance, NOISE_LEVELS), out=difference)
        np.multiply(odds, odds, out=odds)
        np.multiply(odds, np.float32(0.25), out=odds)
        np.add(odds, np.float32(SAME_ODDS), out=odds)
        np.minimum(odds, np.float32(OTHER_ODDS), out=odds)
        return np.multiply(odds, known, out=odds)

    def along_edge(self, line: NDArray[np.float64], place: Affine | None) -> NDArray[np.bool_]:
        """Return which points of a line run along an upright or level edge of the background.

        There a panel drawn over the picture, or a post in front of the lifter, cuts the outline
        off: the edge exists without the lifter too.

        Parameters
        ----------
        line : ndarray, shape (n, 2)
            In order, pixels of the full frame.
        place : ndarray, shape (2, 3), or None
            Map from the background's frame to this one, full-size pixels.
        """
        if place is None:
            return np.zeros(len(line), dtype=np.bool_)
        back = _reduced_inverse(place, self.scale)
        here = ((line + 0.5) * self.scale - 0.5) @ back[:, :2].T + back[:, 2]
        way = cv2.blur(np.gradient(here, axis=0), (1, 5))
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
        off = np.arange(-EDGE_REACH, EDGE_REACH + 1)
        places = here[:, None] + off[:, None] * np.stack([-way[:, 1], way[:, 0]], axis=1)[:, None]
        places = places.astype(np.float32)
        across = cv2.remap(self._grey, places[..., 0], places[..., 1], cv2.INTER_LINEAR)
        known = cv2.remap(self.known, places[..., 0], places[..., 1], cv2.INTER_NEAREST)
        slope = np.abs(across[:, 2:] - across[:, :-2])
        step = np.abs(across[:, EDGE_REACH + EDGE_APART] - across[:, EDGE_REACH - EDGE_APART])
        on_edge = np.abs(off[1:-1][slope.argmax(axis=1)]) <= EDGE_NEAR
        on_edge &= (step >= EDGE_STEP) & (known > 0).all(axis=1)
        on_edge &= np.abs(way).min(axis=1) <= EDGE_SLANT
        for first, stop in runs_of(on_edge):
            on_edge[first:stop] &= stop - first >= EDGE_RUN
        return np.asarray(on_edge)

    def _to_box(self, place: Affine, x0: int, y0: int) -> Affine:
        """Return the map from the reduced background to the box, both in pixel centres."""
        enlarge = np.array(
            [
                [1.0 / self.scale, 0.0, 0.5 / self.scale - 0.5],
                [0.0, 1.0 / self.scale, 0.5 / self.scale - 0.5],
                [0.0, 0.0, 1.0],
            ]
        )
        moved = np.vstack([place, [0.0, 0.0, 1.0]]) @ enlarge
        moved[:2, 2] -= (x0, y0)
        return np.asarray(moved[:2])


def estimate_background(
    pictures: Sequence[NDArray[np.uint8]],
    people: Sequence[NDArray[np.float32]],
    places: Sequence[Affine | None],
) -> Background | None:
    """Estimate the static background.

    Parameters
    ----------
    pictures : sequence of (h, w, 3) uint8 arrays
        Frames spread over the clip; about a dozen will do.
    people : sequence of (h, w) arrays
        Probability of a person in each, any scale of the picture.
    places : sequence of (2, 3) arrays or None
        Map from the reference frame to each, full-size pixels.

    Returns
    -------
    Background or None
        None where fewer than `MIN_SAMPLES` frames have a known camera position and a person (where
        none was found, somebody may have been missed).
    """
    usable = [
        i for i, place in enumerate(places) if place is not None and bool((people[i] > 0.5).any())
    ]
    if len(usable) < MIN_SAMPLES:
        return None
    height, width = pictures[0].shape[:2]
    scale = min(1.0, MAX_SIDE_PX / max(height, width))
    size = (round(width * scale), round(height * scale))
    reach = round(2 * ROOM * max(size)) | 1
    room = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)), np.uint8)
    stack, free = [], []
    for i in usable:
        back = _reduced_inverse(places[i], scale)
        small = cv2.resize(pictures[i], size, interpolation=cv2.INTER_AREA)
        person: NDArray[np.uint8] = (np.asarray(cv2.resize(people[i], size)) > 0.15).astype(
            np.uint8
        )
        stack.append(cv2.warpAffine(small, back, size, borderMode=cv2.BORDER_REPLICATE))
        nobody = 1 - _widened(person, room)
        free.append(np.asarray(cv2.warpAffine(nobody, back, size, flags=cv2.INTER_NEAREST)) == 1)
    return _combine(np.stack(stack), np.stack(free), scale)


def _widened(person: NDArray[np.uint8], room: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Dilate a mask by an element, about the person alone: that is slow with a large one."""
    x, y, width, height = cv2.boundingRect(person)
    reach = len(room) // 2
    part = np.s_[max(y - reach, 0) : y + height + reach, max(x - reach, 0) : x + width + reach]
    wide = np.zeros_like(person)
    wide[part] = cv2.dilate(person[part], room)
    return wide


def _combine(stack: NDArray[np.uint8], free: NDArray[np.bool_], scale: float) -> Background:
    picture = np.zeros(stack.shape[1:], dtype=np.uint8)
    spread = np.zeros(stack.shape[1:3], dtype=np.float32)
    counts = free.sum(axis=0)
    known = counts >= max(MIN_SAMPLES, MIN_SHARE * len(free))
    for top in range(0, len(picture), BAND_ROWS):
        rows = slice(top, top + BAND_ROWS)
        usable = known[rows]
        seen = stack[:, rows].reshape(len(stack), -1, 3)  # frames, pixels, colours
        unseen, count = ~free[:, rows].reshape(len(stack), -1), counts[rows].ravel()
        median = _median_where_seen(seen, unseen, count)
        red, green, blue = np.moveaxis(np.maximum(seen, median) - np.minimum(seen, median), 2, 0)
        away = np.maximum(np.maximum(red, green), blue)
        middle = _median_where_seen(away[..., None], unseen, count)
        picture[rows][usable] = median[usable.ravel()]
        spread[rows][usable] = 1.4826 * middle[usable.ravel(), 0]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    slope = np.hypot(
        cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125),
        cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125),
    )
    tolerance = np.sqrt(NOISE_LEVELS**2 + spread**2 + (MISALIGNED_PX * slope) ** 2)
    return Background(picture, tolerance.astype(np.float32), known.astype(np.uint8), scale)


def _median_where_seen(
    values: NDArray[np.uint8], unseen: NDArray[np.bool_], counts: NDArray[np.intp]
) -> NDArray[np.uint8]:
    """Lower median of (frames, pixels, colours) over the frames in which the pixel is visible."""
    ordered = np.where(unseen[..., None], np.uint8(255), values)
    # Sorted by exchanging neighbours, all pixels at once: six times as fast as NumPy's sort.
    for turn in range(len(ordered)):
        pairs = slice(turn % 2, turn % 2 + (len(ordered) - turn % 2) // 2 * 2)
        first, second = ordered[pairs][::2], ordered[pairs][1::2]
        low = np.minimum(first, second)
        np.maximum(first, second, out=second)
        first[...] = low
    middle = np.maximum((counts - 1) // 2, 0)[None, :, None]
    return np.asarray(np.take_along_axis(ordered, middle, axis=0)[0], dtype=np.uint8)


def _reduced_inverse(place: Affine | None, scale: float) -> Affine:
    """Return the map from a frame back to the reference, for pictures reduced by ``scale``."""
    full = np.vstack([np.eye(2, 3) if place is None else place, [0.0, 0.0, 1.0]])
    inverse: Affine = np.linalg.inv(full)[:2]
    inverse[:, 2] = (inverse[:, 2] + inverse[:, :2] @ [-0.5, -0.5] + 0.5) * scale + (
        inverse[:, :2] @ [0.5, 0.5] - 0.5
    )
    return inverse
