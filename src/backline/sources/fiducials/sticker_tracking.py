"""Reads a clip a second time for stickers, where a sample of frames shows any."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from backline.formats.frames import Clip
from backline.model.posture import BoolArray, FloatArray
from backline.parallel import prefetch
from backline.progress import Progress, ProgressCallback
from backline.sources.fiducials.layout import NAMES
from backline.sources.fiducials.sticker_detection import Box, StickerFinder, turn_deg
from backline.sources.fiducials.sticker_flow import CARRIED_S, Grey, follow
from backline.sources.video.clip_observations import ClipObservations

SAMPLES = 10
"""Frames that are examined before a whole clip is read for stickers."""
LEAST_SAMPLES = 2
"""Least number of these frames in which the same sticker must be found: one may be chance."""
ROOM_ACROSS, ROOM_UP, ROOM_DOWN = 0.7, 0.3, 0.2
"""Margin around hip, shoulder and knee in which a sticker may be, trunk lengths."""
ASTRAY_DEG = 2.0
"""Largest distance of a tracked sticker from its next decoded position; beyond it the track was
lost."""
JOINTS = (11, 12, 23, 24, 25, 26)
"""Shoulders, hips and knees."""


@dataclass(frozen=True, eq=False)
class StickerTracks:
    """Stickers of a clip, n frames.

    Parameters
    ----------
    corners : ndarray, shape (n, 5, 4, 2)
        Pixels of the reduced pictures, in the order of `PLACES`; NaN where neither decoded nor
        tracked.
    read : ndarray of bool, shape (n, 5)
        Whether the sticker was decoded, and not tracked from the frame before.
    """

    corners: FloatArray
    read: BoolArray


def track_stickers(
    clip: Clip,
    observations: ClipObservations,
    *,
    max_side_px: int,
    progress: ProgressCallback | None = None,
) -> StickerTracks | None:
    """Find the lifter's stickers in every frame.

    Parameters
    ----------
    clip : Clip
        The open clip.
    observations : ClipObservations
        The clip's observations; they give the search region.
    max_side_px : int
        As in the pass over the clip.
    progress : callable, optional
        Called with each frame.

    Returns
    -------
    StickerTracks or None
        None where a survey finds no sticker.
    """
    finder = StickerFinder(observations.trunk_px)
    if not observations.found.any() or not _shows_some(clip, observations, finder, max_side_px):
        return None
    n = len(observations.time_s)
    corners = np.full((n, len(NAMES), 4, 2), np.nan)
    read = np.zeros((n, len(NAMES)), dtype=np.bool_)
    unread_s = np.full(len(NAMES), np.inf)
    before = None
    for frame in prefetch(clip.frames(max_side_px=max_side_px), depth=4):
        i = frame.index
        if i >= n:
            break
        corners[i] = finder.find(frame.picture, box_of(observations, i))
        read[i] = np.isfinite(corners[i, :, 0, 0])
        grey = np.asarray(cv2.cvtColor(frame.picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        if before is not None:
            unread_s += observations.time_s[i] - observations.time_s[i - 1]
            unread_s[read[i]] = 0.0
            for k in np.flatnonzero(~read[i] & (unread_s <= CARRIED_S)):
                moved = follow(before, grey, corners[i - 1, k])
                if moved is not None:
                    corners[i, k] = moved
                else:
                    unread_s[k] = np.inf
            for k in np.flatnonzero(read[i] & ~read[i - 1] & np.isfinite(corners[i - 1, :, 0, 0])):
                if not _arrives(before, grey, corners[i - 1, k], corners[i, k]):
                    since = np.flatnonzero(read[:i, k])[-1] + 1
                    corners[since:i, k] = np.nan
        before = grey
        if progress:
            progress(Progress("following the stickers", i + 1, n))
    return StickerTracks(corners, read)


def _arrives(before: Grey, now: Grey, followed: FloatArray, read: FloatArray) -> bool:
    """Return whether a tracked sticker, tracked to the next decoded frame, agrees with it."""
    moved = follow(before, now, followed)
    if moved is None:
        return False
    astray = float(turn_deg(moved) - turn_deg(read))
    return abs((astray + 180.0) % 360.0 - 180.0) <= ASTRAY_DEG


def _shows_some(
    clip: Clip, observations: ClipObservations, finder: StickerFinder, max_side_px: int
) -> bool:
    """Return whether frames spread over the lifter's time show any sticker more than once."""
    shown = np.flatnonzero(observations.found)
    index = shown[np.unique(np.linspace(0, len(shown) - 1, SAMPLES).astype(int))]
    counts = np.zeros(len(NAMES), dtype=np.int64)
    frames = clip.sample(observations.time_s[index].tolist(), max_side_px=max_side_px)
    for i, frame in zip(index, frames, strict=True):
        counts += np.isfinite(finder.find(frame.picture, box_of(observations, int(i)))[:, 0, 0])
    return bool((counts >= LEAST_SAMPLES).any())


def box_of(observations: ClipObservations, i: int) -> Box:
    """Return where a sticker may be in a frame: around trunk and thighs in the nearest frame.

    Parameters
    ----------
    observations : ClipObservations
        Shows the lifter in some frame.
    i : int
        The frame.

    Returns
    -------
    tuple of int
        x0, y0, x1, y1, pixels.
    """
    shown = np.flatnonzero(observations.found)
    nearest = shown[np.argmin(np.abs(shown - i))]
    at = observations.points[nearest, JOINTS, :2].astype(np.float64)
    at = at[np.isfinite(at).all(axis=1)]
    room = observations.trunk_px
    low = at.min(axis=0) - room * np.array([ROOM_ACROSS, ROOM_UP])
    high = at.max(axis=0) + room * np.array([ROOM_ACROSS, ROOM_DOWN])
    size = np.array([observations.width_px, observations.height_px])
    x0, y0 = np.clip(low, 0, size - 1).astype(int)
    x1, y1 = np.clip(high, 1, size).astype(int)
    return int(x0), int(y0), int(x1), int(y1)
