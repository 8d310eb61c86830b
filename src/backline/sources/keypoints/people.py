"""Points of several people, frame by frame, to the points of the one who lifts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.posture import FloatArray

JUMP = 0.5
"""A person who is this far from where they were, in own heights, is somebody else."""


@dataclass(frozen=True, eq=False)
class Points:
    """What a file of keypoints holds.

    Parameters
    ----------
    layout : str
        What people call it.
    names : tuple of str
        Names of the k points.
    frames : list of list of ndarray, shape (k, 3)
        The people of each frame: x, y in pixels (or the file's unit) and confidence; NaN where
        a point is not there.
    time_s : ndarray, shape (n,), or None
        The file's own times, seconds; None where it has none.
    """

    layout: str
    names: tuple[str, ...]
    frames: list[list[FloatArray]]
    time_s: FloatArray | None = None


def lifter_of(points: Points) -> tuple[FloatArray, int]:
    """Follow the largest person through the frames, forwards and backwards.

    Returns
    -------
    ndarray, shape (n, k, 3)
        NaN in frames without the person.
    int
        Most people that any frame shows.
    """
    n, k = len(points.frames), len(points.names)
    track = np.full((n, k, 3), np.nan)
    most = max((len(people) for people in points.frames), default=0)
    if most == 0:
        return track, 0
    sizes = [max((_size(person) for person in people), default=0.0) for people in points.frames]
    start = int(np.argmax(sizes))
    track[start] = max(points.frames[start], key=_size)
    height = max(sizes[start], 1e-9)
    for steps in (range(start + 1, n), range(start - 1, -1, -1)):
        last = track[start]
        for i in steps:
            near = [(_apart(last, person), j) for j, person in enumerate(points.frames[i])]
            if near and min(near)[0] <= JUMP * height:
                last = points.frames[i][min(near)[1]]
                track[i] = last
    return track, most


def _size(person: FloatArray) -> float:
    """Return the length of the diagonal of a person's points."""
    seen = person[np.isfinite(person[:, :2]).all(axis=1), :2]
    return float(np.hypot(*np.ptp(seen, axis=0))) if len(seen) > 1 else 0.0


def _apart(one: FloatArray, other: FloatArray) -> float:
    """Return the median distance of the points that both show, infinite where none."""
    apart = np.hypot(*(one[:, :2] - other[:, :2]).T)
    known = apart[np.isfinite(apart)]
    return float(np.median(known)) if len(known) else float("inf")
