"""Three plain dots of one colour over T12, L3 and S1: found by colour, located by centroid."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.formats.frames import Clip
from backline.model.posture import FloatArray
from backline.parallel import prefetch
from backline.progress import Progress, ProgressCallback
from backline.sources.fiducials.layout import COLOURS
from backline.sources.fiducials.sticker_detection import Box
from backline.sources.fiducials.sticker_tracking import box_of
from backline.sources.video.clip_observations import ClipObservations

HUE_REACH = 12  # degrees of hue, OpenCV's half degrees: one colour under two lamps
LEAST_SATURATION, LEAST_VALUE = 110, 60
"""Least saturation and brightness of a coloured pixel (of 255)."""
DIAMETER = (0.02, 0.12)
"""Diameter of a dot, trunk lengths: 10 to 60 mm."""
ROUNDNESS = 0.45
"""Least share of its enclosing circle that a dot fills (half a ball: 0.5)."""
JUMP = 0.25
"""Largest movement of a dot between frames, trunk lengths."""
BEHIND = (-0.45, 0.15)
"""How far in front of the hip-to-shoulder line a dot on the back may lie, trunk lengths."""
ALONG = (-0.35, 0.95)
"""Range along that line, from the hip."""


def track_dots(
    clip: Clip,
    observations: ClipObservations,
    colour: str,
    *,
    max_side_px: int,
    progress: ProgressCallback | None = None,
) -> FloatArray:
    """Find three dots in every frame.

    Parameters
    ----------
    clip : Clip
        The open clip.
    observations : ClipObservations
        The clip's observations.
    colour : str
        One of `COLOURS`.
    max_side_px : int
        As in the pass over the clip.
    progress : callable, optional
        Called with each frame.

    Returns
    -------
    ndarray, shape (n, 3, 2)
        Pixels of the reduced pictures, from above; NaN in frames that do not show all three.
    """
    n = len(observations.time_s)
    places = np.full((n, 3, 2), np.nan)
    last: FloatArray | None = None
    for frame in prefetch(clip.frames(max_side_px=max_side_px), depth=4):
        i = frame.index
        if i >= n:
            break
        if not observations.found[i]:
            continue
        found = find_dots(frame.picture, box_of(observations, i), colour, observations.trunk_px)
        three = _three(_on_back(found, observations, i), last, observations, i)
        if three is not None:
            places[i] = last = three
        if progress:
            progress(Progress("following the dots", i + 1, n))
    return places


def find_dots(picture: NDArray[np.uint8], box: Box, colour: str, trunk_px: float) -> FloatArray:
    """Return the centres of round patches of a colour.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 3)
        RGB.
    box : tuple of int
        Where to search: x0, y0, x1, y1, pixels.
    colour : str
        One of `COLOURS`.
    trunk_px : float
        Hip-to-shoulder length, pixels; says how large a dot can be.

    Returns
    -------
    ndarray, shape (m, 2)
        Pixels of the picture, largest first; means weighted by how strongly a pixel is of the
        colour, so that they lie between pixels.
    """
    x0, y0, x1, y1 = box
    hsv = cv2.cvtColor(np.ascontiguousarray(picture[y0:y1, x0:x1]), cv2.COLOR_RGB2HSV)
    hue, saturation, value = (hsv[..., k].astype(np.int16) for k in range(3))
    off = np.abs((hue - COLOURS[colour] + 90) % 180 - 90)
    of_colour = (off <= HUE_REACH) & (saturation >= LEAST_SATURATION) & (value >= LEAST_VALUE)
    weight = np.where(off <= 2 * HUE_REACH, saturation, 0).astype(np.float64)
    count, label, boxes, _ = cv2.connectedComponentsWithStats(of_colour.astype(np.uint8))
    found = []
    for k in range(1, count):
        left, top, wide, tall, area = (int(v) for v in boxes[k])
        longest = max(wide, tall)
        if not DIAMETER[0] <= longest / trunk_px <= DIAMETER[1]:
            continue
        if area < ROUNDNESS * np.pi / 4 * longest**2:
            continue
        rows, columns = (
            slice(max(top - 1, 0), top + tall + 1),
            slice(max(left - 1, 0), left + wide + 1),
        )
        grown = cv2.dilate((label[rows, columns] == k).astype(np.uint8), np.ones((3, 3), np.uint8))
        part = weight[rows, columns] * grown
        y, x = np.indices(part.shape)
        middle = np.array([(x * part).sum(), (y * part).sum()]) / part.sum()
        middle += np.array([x0 + columns.start, y0 + rows.start])
        found.append((area, middle))
    found.sort(key=lambda one: -one[0])
    return np.array([at for _, at in found]).reshape(-1, 2)


def _on_back(found: FloatArray, observations: ClipObservations, i: int) -> FloatArray:
    """Keep the patches behind the line from hip to shoulder."""
    hip, shoulder = (observations.points[i, k : k + 2, :2].mean(axis=0) for k in (23, 11))
    up = (shoulder - hip) / max(float(np.linalg.norm(shoulder - hip)), 1e-9)
    front = observations.facing * np.array([-up[1], up[0]])
    off = (found - hip) / observations.trunk_px
    along, ahead = off @ up, off @ front
    keep = (along > ALONG[0]) & (along < ALONG[1]) & (ahead > BEHIND[0]) & (ahead < BEHIND[1])
    return np.asarray(found[keep])


def _three(
    found: FloatArray, last: FloatArray | None, observations: ClipObservations, i: int
) -> FloatArray | None:
    """Return the three dots from above: nearest to their last positions, else largest."""
    if len(found) < 3:
        return None
    if last is None:
        hip, shoulder = (observations.points[i, k : k + 2, :2].mean(axis=0) for k in (23, 11))
        three = found[:3]
        return np.asarray(three[np.argsort(-(three @ (shoulder - hip)))])
    apart = np.linalg.norm(last[:, None] - found[None], axis=2)
    nearest = apart.argmin(axis=1)
    if len(set(nearest.tolist())) < 3 or apart.min(axis=1).max() > JUMP * observations.trunk_px:
        return None
    return np.asarray(found[nearest])
