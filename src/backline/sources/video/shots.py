"""Detects cuts between shots joined in one clip, and selects the shot to measure.

What was filmed in one shot has one camera, one scale and one lifter's own standing; nothing of it
may be compared with another shot, so one shot is measured and the others are left out.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.model.posture import FloatArray
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.lumbar.network_input import trunk_length_px
from backline.sources.video.pose.person import (
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
)

BLOCKS, BLOCK_PX = 12, 8
"""The picture is reduced to so many blocks along each side, and each block to so many pixels."""
BLUR_PX = 1.5
"""Blur of the reduced picture, so that a camera's shake changes no block, its pixels (1 SD)."""
PLAIN_LEVELS = 3.0
"""A block with less contrast than this has nothing to compare, grey levels (1 SD)."""
ALIKE = 0.5
"""A block has changed where it correlates with what it was by less than this."""
LEVEL_SHIFT = 25.0
"""Or where it is lighter or darker by more than this, grey levels."""
CUT_SHARE = 0.5
"""A frame in which this share of the blocks has changed is another picture. Within the shots of
real clips at most 0.13 change (a caption that goes), across cuts 0.84 and more, also between two
takes in one room."""
JUMP_CUT_SHARE, JUMP_TRUNKS = 0.05, 0.25
"""With this share of changed blocks (within shots 0.01 is usual) it is a cut of one and the same
view where the whole body is elsewhere too: its joints (median) have moved by this much in one
frame, trunk lengths (a lift at 30 frames/s: 0.05)."""
SPIKE, SPIKE_FRAMES = 3.0, 5
"""A cut is a spike: that frame changes by this factor more than the frames around it do (median
over so many on either side). Somebody who walks past changes many frames in a row, while the pose
engine may jump from one body to the other."""
LONGEST_STEP_S = 0.12
"""Frames further apart than this show no jump: the body may have moved that far, seconds."""
SIDE_SHARE = 0.6
"""Shoulders further apart than this share of the trunk are not seen from the side."""
JOINTS = (LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP, LEFT_KNEE, RIGHT_KNEE)


class ShotFinder:
    """Measures for each picture how much of it is other than the one before."""

    def __init__(self) -> None:
        self._last: FloatArray | None = None

    def changed(self, picture: NDArray[np.uint8]) -> float:
        """Return the share of the picture's blocks that have changed, 0 to 1; 0 at first.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            The next picture of the clip.
        """
        now, before = _blocks(picture), self._last
        self._last = now
        if before is None:
            return 0.0
        shift = np.abs(now.mean(axis=1) - before.mean(axis=1)) > LEVEL_SHIFT
        a, b = (x - x.mean(axis=1, keepdims=True) for x in (now, before))
        contrast = np.maximum(a.std(axis=1), b.std(axis=1))
        alike = (a * b).mean(axis=1) / np.maximum(a.std(axis=1) * b.std(axis=1), 1e-3)
        compared = (contrast > PLAIN_LEVELS) | shift
        if not compared.any():
            return 0.0
        return float(((alike < ALIKE) | shift)[compared].mean())


def _blocks(picture: NDArray[np.uint8]) -> FloatArray:
    """Return the grey levels of the reduced picture, shape (blocks, pixels of a block)."""
    side = BLOCKS * BLOCK_PX
    step = max(1, min(picture.shape[:2]) // (2 * side))
    grey = cv2.cvtColor(np.ascontiguousarray(picture[::step, ::step]), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA).astype(np.float64)
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), BLUR_PX))
    tiled = small.reshape(BLOCKS, BLOCK_PX, BLOCKS, BLOCK_PX).transpose(0, 2, 1, 3)
    return tiled.reshape(BLOCKS**2, BLOCK_PX**2)


def number_shots(
    time_s: FloatArray, changed: FloatArray, points: NDArray[np.float32], trunk_px: float
) -> NDArray[np.int64]:
    """Return the number of the shot that each frame belongs to, from 0, shape (n,).

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    changed : ndarray, shape (n,)
        From `ShotFinder.changed`.
    points : ndarray, shape (n, 33, 3)
        Body points, pixels and confidence; NaN where no person was found.
    trunk_px : float
        Trunk length, pixels.
    """
    if not len(time_s):
        return np.zeros(0, dtype=np.int64)
    cuts = changed >= CUT_SHARE
    moved = np.linalg.norm(np.diff(points[:, JOINTS, :2].astype(np.float64), axis=0), axis=2)
    jumped = np.median(moved, axis=1) > JUMP_TRUNKS * trunk_px
    jumped &= np.diff(time_s) <= LONGEST_STEP_S
    cuts[1:] |= jumped & (changed[1:] >= JUMP_CUT_SHARE) & _spikes(changed)[1:]
    cuts[0] = False
    return np.cumsum(cuts).astype(np.int64)


def _spikes(changed: FloatArray) -> NDArray[np.bool_]:
    """Return which frames change far more than those around them."""
    padded = np.pad(
        changed, SPIKE_FRAMES, mode="reflect" if len(changed) > SPIKE_FRAMES else "edge"
    )
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * SPIKE_FRAMES + 1)
    usual: FloatArray = np.median(np.delete(around, SPIKE_FRAMES, axis=1), axis=1)
    return np.asarray(changed >= SPIKE * usual)


def best_shot(observations: ClipObservations) -> int:
    """Return the number of the shot that shows a lifter from the side for longest."""
    across = np.abs(
        observations.points[:, LEFT_SHOULDER, 0] - observations.points[:, RIGHT_SHOULDER, 0]
    )
    trunk = np.array([trunk_length_px(one) for one in observations.points])
    with np.errstate(invalid="ignore"):
        side = observations.found & (across <= SIDE_SHARE * np.maximum(trunk, 1.0))
    numbers = np.arange(observations.shot.max() + 1)
    return int(
        max(numbers, key=lambda k: (_lasts(observations, side & (observations.shot == k)), -k))
    )


def _lasts(observations: ClipObservations, frames: NDArray[np.bool_]) -> float:
    """Return how long frames are on screen together, seconds."""
    step = np.append(np.diff(observations.time_s), 0.0)
    return float(step[frames].sum())


def shot_span(observations: ClipObservations, number: int) -> tuple[float, float]:
    """Return the times of the first and the last frame of a shot, seconds."""
    inside = observations.time_s[observations.shot == number]
    return float(inside[0]), float(inside[-1])


def laid_into(
    whole: ClipObservations, number: int, seen: ClipObservations | None
) -> ClipObservations:
    """Return a clip of which one shot alone was seen; in the others nobody is.

    Parameters
    ----------
    whole : ClipObservations
        The whole clip as seen first; its spool of cuts is closed where the shot's is taken.
    number : int
        The shot.
    seen : ClipObservations or None
        That shot as seen on its own; what the survey saw of it where None.
    """
    inside = whole.shot == number
    if seen is not None and len(seen.time_s) != np.count_nonzero(inside):
        seen.cuts.close()
        seen = None
    source = whole if seen is None else seen
    changes: dict[str, Any] = {}
    for item in fields(ClipObservations):
        value = getattr(source, item.name)
        if not isinstance(value, np.ndarray):
            changes[item.name] = value
        elif item.name not in ("time_s", "shot"):
            blank = _blank(item.name, len(whole.time_s), value)
            blank[inside] = value if seen is not None else value[inside]
            changes[item.name] = blank
    if seen is not None:
        whole.cuts.close()
    return replace(whole, **{**changes, "measured_shot": number})


def _blank(name: str, n: int, like: NDArray[Any]) -> NDArray[Any]:
    """Return n frames of a series of a sight in which nobody is seen."""
    if like.dtype == np.bool_:
        return np.zeros((n, *like.shape[1:]), dtype=np.bool_)
    return np.full((n, *like.shape[1:]), -1 if name == "cut_row" else np.nan, dtype=like.dtype)
