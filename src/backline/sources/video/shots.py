"""Detects cuts and dissolves between shots joined in one clip, and selects the shot to measure.

A shot has one camera position, one scale and one standing reference, and cannot be compared
with another shot; so one shot is measured and the others are left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import fields, replace
from operator import itemgetter
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.model.posture import BoolArray, FloatArray
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.lumbar.picture_input import trunk_length_px
from backline.sources.video.pose.person import (
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    grey_of,
)

BLOCKS, BLOCK_PX = 12, 8
"""Number of blocks along each side of the reduced picture, and of pixels along each block."""
BLUR_PX = 1.5
"""Blur of the reduced picture, so that a camera's shake changes no block, its pixels (1 SD)."""
PLAIN_LEVELS = 3.0
"""A block with less contrast than this has nothing to compare, grey levels (1 SD)."""
ALIKE = 0.5
"""Least correlation of an unchanged block with its earlier content."""
LEVEL_SHIFT = 25.0
"""Largest change of an unchanged block's mean, grey levels."""
CUT_SHARE = 0.5
"""Share of changed blocks from which a frame is a new picture. Within the shots of real clips at
most 0.13 change (a caption that goes), across cuts 0.84 and more, also between two takes in one
room."""
JUMP_CUT_SHARE, JUMP_TRUNKS = 0.05, 0.25
"""Share of changed blocks, and median movement of the joints in one frame, trunk lengths, which
together show a cut within one view (usual within shots: 0.01; a lift at 30 frames/s: 0.05)."""
SPIKE, SPIKE_FRAMES, SPIKE_BESIDE = 3.0, 5, 2.0
"""A cut changes one frame by this factor more than the frames around it (median over this many on
either side), and by the last factor more than all but one of the four frames next to it. A person
who walks past, or a big plate that is lifted, changes many frames in a row, while the pose engine
may jump from one body to another."""
LONGEST_STEP_S = 0.12
"""Frames further apart than this show no jump: the body may have moved that far, seconds."""
HALVES_S = (0.25, 0.5, 1.0)
"""A dissolve is searched for from this long before its middle to this long after it, seconds."""
MIXED, LEAST_PART = 0.96, 0.2
"""In its middle the picture is a mix of those before and after: they explain this share of its
variance (made dissolves: 0.997, a slow pan of a real clip: 0.95), and each of them has at least
this weight."""
SAME_SHOT = 0.5
"""Pictures that correlate by more than this are of one shot."""
LOOK_S = 0.05
"""Dissolves are searched for no more often than this, seconds."""
SPAN_GAP_S, SPAN_ROOM, SPAN_ROOM_S = 0.4, 0.35, 0.1
"""Middles no further apart than the first are of one dissolve, seconds; it extends beyond the
outermost by this share of the time between them, and this many seconds."""
SPLINTER_S = 0.35
"""Shots shorter than this next to a dissolve are part of it, seconds: a picture that darkens fast
changes at every step."""
SIDE_SHARE = 0.6
"""Shoulders further apart than this share of the trunk are not seen from the side."""
JOINTS = (LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP, LEFT_KNEE, RIGHT_KNEE)


class ShotFinder:
    """Measures how much each picture differs from the one before, and detects dissolves."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, FloatArray]] = deque()
        self._looked_s = -np.inf

    def changed(self, picture: NDArray[np.uint8], time_s: float) -> float:
        """Return the share of the picture's blocks that have changed, 0 to 1; 0 at first.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3) or (h, w)
            The next picture of the clip, in colour or grey.
        time_s : float
            Its time, seconds.
        """
        before = self._seen[-1][1] if self._seen else None
        self._seen.append((time_s, _blocks(picture)))
        while self._seen[0][0] < time_s - 2.5 * HALVES_S[-1]:
            self._seen.popleft()
        return 0.0 if before is None else float(_differ(before, self._seen[-1][1], LEVEL_SHIFT))

    def dissolve_s(self) -> float:
        """Return the time of a frame in the middle of a dissolve that has just ended, or NaN."""
        last_s = self._seen[-1][0]
        if last_s - self._looked_s < LOOK_S:
            return float("nan")
        self._looked_s = last_s
        for half_s in HALVES_S:
            first, middle = self._at(last_s - 2 * half_s), self._at(last_s - half_s)
            if first is None or middle is None:
                continue
            if _is_mix(first[1], middle[1], self._seen[-1][1]):
                return middle[0]
        return float("nan")

    def _at(self, time_s: float) -> tuple[float, FloatArray] | None:
        """Return the picture nearest to a time, None before the first."""
        later = bisect_left(self._seen, time_s, key=itemgetter(0))
        near = min(
            (self._seen[k] for k in (later - 1, later) if 0 <= k < len(self._seen)),
            key=lambda one: abs(one[0] - time_s),
        )
        return near if abs(near[0] - time_s) <= HALVES_S[0] / 2 else None


def _blocks(picture: NDArray[np.uint8]) -> FloatArray:
    """Return the grey levels of the reduced picture, shape (blocks, pixels of a block)."""
    side = BLOCKS * BLOCK_PX
    step = max(1, min(picture.shape[:2]) // (2 * side))
    grey = grey_of(np.ascontiguousarray(picture[::step, ::step]))
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA).astype(np.float64)
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), BLUR_PX))
    tiled = small.reshape(BLOCKS, BLOCK_PX, BLOCKS, BLOCK_PX).transpose(0, 2, 1, 3)
    return tiled.reshape(BLOCKS**2, BLOCK_PX**2)


def _differ(before: FloatArray, now: FloatArray, level_shift: float) -> float:
    """Return the share of blocks that differ between two pictures, of those with contrast."""
    levels = now.mean(axis=1), before.mean(axis=1)
    shift = np.abs(levels[0] - levels[1]) > level_shift
    a, b = (x - level[:, None] for x, level in zip((now, before), levels, strict=True))
    spreads = [np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1]) for x in (a, b)]
    contrast = np.maximum(*spreads)
    alike = np.einsum("ij,ij->i", a, b) / a.shape[1] / np.maximum(np.multiply(*spreads), 1e-3)
    compared = (contrast > PLAIN_LEVELS) | shift
    if not compared.any():
        return 0.0
    return float(((alike < ALIKE) | shift)[compared].mean())


def _is_mix(before: FloatArray, middle: FloatArray, after: FloatArray) -> bool:
    """Return whether a picture is a mix of two others, or the black between them.

    Light that
    grows or fades changes levels alone, and makes no new picture.
    """
    goal, *parts = (x.ravel() - x.mean() for x in (middle, before, after))
    contrast = np.array([part.std() for part in parts])
    if contrast.min() <= PLAIN_LEVELS:
        return False
    if parts[0] @ parts[1] > SAME_SHOT * contrast.prod() * len(goal):
        return False
    if _differ(before, after, np.inf) < CUT_SHARE:
        return False
    if goal.std() <= PLAIN_LEVELS:
        return True
    both = np.stack(parts)
    weights = np.linalg.lstsq(both @ both.T, both @ goal, rcond=None)[0]
    rest = goal - weights @ both
    explained = 1.0 - float(rest @ rest) / float(goal @ goal)
    return bool(explained >= MIXED and weights.min() >= LEAST_PART)


def number_shots(
    time_s: FloatArray,
    changed: FloatArray,
    points: NDArray[np.float32],
    trunk_px: float,
    dissolves_s: FloatArray | None = None,
) -> NDArray[np.int64]:
    """Return the number of the shot that each frame belongs to, from 0, shape (n,).

    Frames of a dissolve belong to none: -1.

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
    dissolves_s : ndarray, optional
        From `ShotFinder.dissolve_s`: times in the middle of dissolves; NaN counts for nothing.
    """
    if not len(time_s):
        return np.zeros(0, dtype=np.int64)
    cuts = (changed >= CUT_SHARE) & (changed >= SPIKE_BESIDE * _beside(changed))
    moved = np.linalg.norm(np.diff(points[:, JOINTS, :2].astype(np.float64), axis=0), axis=2)
    jumped = np.median(moved, axis=1) > JUMP_TRUNKS * trunk_px
    jumped &= np.diff(time_s) <= LONGEST_STEP_S
    cuts[1:] |= jumped & (changed[1:] >= JUMP_CUT_SHARE) & _spikes(changed)[1:]
    between = _in_dissolve(time_s, dissolves_s)
    cuts[1:] |= between[:-1] & ~between[1:]
    cuts[between] = False
    cuts[0] = False
    between |= _remnants(time_s, np.where(between, -1, np.cumsum(cuts)))
    counted = np.cumsum(cuts)
    number = np.searchsorted(np.unique(counted[~between]), counted)
    return np.where(between, -1, number).astype(np.int64)


def _in_dissolve(time_s: FloatArray, middles_s: FloatArray | None) -> BoolArray:
    """Return which frames lie within a dissolve, given times in the middle of some."""
    inside = np.zeros(len(time_s), dtype=np.bool_)
    known = np.unique(middles_s[np.isfinite(middles_s)]) if middles_s is not None else np.zeros(0)
    for one in np.split(known, np.flatnonzero(np.diff(known) > SPAN_GAP_S) + 1):
        if len(one):
            room = SPAN_ROOM * (one[-1] - one[0]) + SPAN_ROOM_S
            inside |= (time_s >= one[0] - room) & (time_s <= one[-1] + room)
    return inside


def _remnants(time_s: FloatArray, number: NDArray[np.int64]) -> BoolArray:
    """Return the frames of short shots next to a dissolve, as in a fade to black."""
    found = number < 0
    firsts = np.flatnonzero(np.diff(number, prepend=number[0] - 1))
    runs = list(zip(firsts, np.append(firsts[1:], len(number)), strict=True))
    for ordered in (runs, runs[::-1]):
        beside = False
        for first, stop in ordered:
            short = time_s[stop - 1] - time_s[first] < SPLINTER_S
            beside = bool(found[first] or (beside and short))
            found[first:stop] = beside
    return np.asarray(found)


def _spikes(changed: FloatArray) -> NDArray[np.bool_]:
    """Return which frames change far more than those around them."""
    padded = np.pad(
        changed, SPIKE_FRAMES, mode="reflect" if len(changed) > SPIKE_FRAMES else "edge"
    )
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * SPIKE_FRAMES + 1)
    usual: FloatArray = np.median(np.delete(around, SPIKE_FRAMES, axis=1), axis=1)
    return np.asarray((changed >= SPIKE * usual) & (changed >= SPIKE_BESIDE * _beside(changed)))


def _beside(changed: FloatArray) -> FloatArray:
    """Return the second largest change of the two frames before and the two after, shape (n,).

    The largest is left out: a video converted to another frame rate often has a mix of both shots
    at a cut, so that two frames in a row change.
    """
    padded = np.pad(changed, 2)
    around = np.stack([padded[k : k + len(changed)] for k in (0, 1, 3, 4)])
    return np.asarray(np.sort(around, axis=0)[-2])


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


def with_shot(
    whole: ClipObservations, number: int, seen: ClipObservations | None
) -> ClipObservations:
    """Return a clip's observations of one shot; the other shots have no person.

    Parameters
    ----------
    whole : ClipObservations
        The whole clip's observations; their spool of crops is closed where the shot's replaces it.
    number : int
        The shot.
    seen : ClipObservations or None
        Observations of that shot alone; None keeps those of the whole clip.
    """
    inside = whole.shot == number
    if seen is not None and len(seen.time_s) != np.count_nonzero(inside):
        seen.crops.close()
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
        whole.crops.close()
    return replace(whole, **{**changes, "measured_shot": number})


def _blank(name: str, n: int, like: NDArray[Any]) -> NDArray[Any]:
    """Return n frames of an observation series without a person."""
    nothing = -1 if name == "crop_row" else 0 if like.dtype.kind in "bi" else np.nan
    return np.full((n, *like.shape[1:]), nothing, dtype=like.dtype)
