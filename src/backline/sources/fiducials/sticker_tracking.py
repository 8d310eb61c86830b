"""Reads a clip a second time for stickers, where a sample of frames shows any."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.formats.frames import Clip, Frame
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


class StickerSurvey:
    """Searches frames spread over a clip for stickers while it is processed for its lifter.

    So a clip without stickers is not decoded a second time.

    Parameters
    ----------
    length_s : float
        The clip's length, seconds.

    Attributes
    ----------
    looked : bool
        Whether any frame was searched.
    """

    def __init__(self, length_s: float) -> None:
        self._step_s = length_s / SAMPLES
        self._next_s = self._step_s / 2
        self._counts = np.zeros(len(NAMES), dtype=np.int64)
        self.looked = False

    def look(self, frame: Frame, points: NDArray[np.float32], trunk_px: float) -> None:
        """Search a frame that shows the lifter, unless one shortly before was searched.

        Parameters
        ----------
        frame : Frame
            In order of time.
        points : ndarray, shape (33, 3)
            The lifter's body points, pixels.
        trunk_px : float
            Their trunk length, pixels.
        """
        if frame.time_s < self._next_s:
            return
        self._next_s, self.looked = frame.time_s + self._step_s, True
        height, width = frame.picture.shape[:2]
        box = _box_about(points, trunk_px, width, height)
        self._counts += _decoded(StickerFinder(trunk_px), frame, box)

    @property
    def shows_some(self) -> bool:
        """Whether the same sticker was found in more than one frame."""
        return bool((self._counts >= LEAST_SAMPLES).any())


def track_stickers(
    clip: Clip,
    observations: ClipObservations,
    *,
    max_side_px: int,
    progress: ProgressCallback | None = None,
    survey: StickerSurvey | None = None,
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
    survey : StickerSurvey, optional
        Result of the pass over the clip; without it frames are sampled here.

    Returns
    -------
    StickerTracks or None
        None where a survey finds no sticker.
    """
    finder = StickerFinder(observations.trunk_px)
    # Of several shots the survey has seen those too that are not measured.
    surveyed = survey is not None and survey.looked and not observations.shot.any()
    if not observations.found.any():
        return None
    if surveyed and survey is not None and not survey.shows_some:
        return None
    if not surveyed and not _shows_some(clip, observations, finder, max_side_px):
        return None
    return _tracked(clip, observations, finder, max_side_px, progress)


def _tracked(
    clip: Clip,
    observations: ClipObservations,
    finder: StickerFinder,
    max_side_px: int,
    progress: ProgressCallback | None,
) -> StickerTracks:
    """Find the stickers in every frame, and follow those that are not read for a while."""
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
        counts += _decoded(finder, frame, box_of(observations, int(i)))
    return bool((counts >= LEAST_SAMPLES).any())


def _decoded(finder: StickerFinder, frame: Frame, box: Box) -> BoolArray:
    """Return which stickers a part of a frame shows, in the order of `PLACES`."""
    return np.asarray(np.isfinite(finder.find(frame.picture, box)[:, 0, 0]))


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
    return _box_about(
        observations.points[nearest], observations.trunk_px,
        observations.width_px, observations.height_px,
    )  # fmt: skip


def _box_about(points: NDArray[np.float32], room: float, width: int, height: int) -> Box:
    """Return where a sticker may be, given body points and trunk length, pixels."""
    at = points[JOINTS, :2].astype(np.float64)
    at = at[np.isfinite(at).all(axis=1)]
    low = at.min(axis=0) - room * np.array([ROOM_ACROSS, ROOM_UP])
    high = at.max(axis=0) + room * np.array([ROOM_ACROSS, ROOM_DOWN])
    size = np.array([width, height])
    x0, y0 = np.clip(low, 0, size - 1).astype(int)
    x1, y1 = np.clip(high, 1, size).astype(int)
    return int(x0), int(y0), int(x1), int(y1)
