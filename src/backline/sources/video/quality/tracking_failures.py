"""Tracking failures: short stretches in which the pose engine follows a rack or a plate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import BoolArray, FloatArray
from backline.signals.filters import running_median, runs_of
from backline.sources.video.lumbar.picture_input import trunk_length_px

JUMP_SHARE = 1.25
"""Change of the apparent trunk length within `JUMP_S` from which it is a jump, as a factor:
rounding and leaning out of the picture's plane take the time of a descent (half a second and
more)."""
JUMP_S = 0.15
"""Time within which such a change is an error of the engine, seconds."""
STEADY_S = 0.1
"""Width of the running median that removes the engine's scatter first, seconds."""
LOST_S = 0.25
"""A gap of at least this divides the track too, seconds."""
ODD_SIZE = (0.65, 1.4)
"""Trunk lengths outside these shares of the usual one are no posture's (deepest squats: 0.75)."""
BRIEF_S = 2.0
"""A stretch between two jumps that is shorter than this is no rep, seconds; a longer one may be a
lifter who moved nearer to the camera."""


def failed_tracking(time_s: FloatArray, points: NDArray[np.float32]) -> BoolArray:
    """Return which frames belong to a tracking failure.

    A body changes its apparent size slowly. A short stretch that begins and ends with a jump
    of the trunk's length (or where the lifter is lost) and whose trunk is much shorter or
    longer than usual is not the lifter.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds, strictly increasing.
    points : ndarray, shape (n, 33, 3)
        Body points, pixels and confidence; NaN where no person was found.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    failed = np.zeros(len(time_s), dtype=np.bool_)
    found = np.flatnonzero(np.isfinite(points[:, 0, 0]))
    if len(found) < 3:
        return failed
    trunk = np.full(len(time_s), np.nan)
    trunk[found] = [trunk_length_px(points[i]) for i in found]
    steady = running_median(time_s, trunk, STEADY_S)
    usual = float(np.nanmedian(trunk))
    pieces = np.split(found, _jumps(time_s[found], steady[found]))
    for piece in pieces:
        brief = time_s[piece[-1]] - time_s[piece[0]] < BRIEF_S
        size = float(np.median(trunk[piece])) / usual
        if len(pieces) > 1 and brief and not ODD_SIZE[0] <= size <= ODD_SIZE[1]:
            failed[piece] = True
    return failed


def _jumps(time_s: FloatArray, trunk: FloatArray) -> NDArray[np.int64]:
    """Return where a new piece of the track begins, as indices of frames with a person."""
    ahead = np.searchsorted(time_s, time_s + JUMP_S, side="right") - 1
    change = np.abs(np.log(trunk[ahead] / trunk))
    jumps = change > np.log(JUMP_SHARE)
    starts = set((np.flatnonzero(np.diff(time_s) >= LOST_S) + 1).tolist())
    for first, stop in runs_of(jumps):
        # of a run of frames shortly before a jump, its steepest step divides the track
        reach = np.arange(first, min(int(ahead[stop - 1]), len(trunk) - 1))
        if len(reach):
            step = np.abs(np.log(trunk[reach + 1] / trunk[reach]))
            starts.add(int(reach[int(np.argmax(step))]) + 1)
    return np.array(sorted(starts), dtype=np.int64)
