"""Chooses the lifter among several people's points, frame by frame."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np

from backline.errors import SourceError
from backline.formats.missing_values import lost, without_marks
from backline.formats.opensim import Unit
from backline.model.posture import FloatArray

Key = TypeVar("Key", bound=Hashable)
MOST_FRAMES = 1_000_000
"""Largest frame number (nine hours at 30 frames a second)."""
JUMP = 0.5
"""Largest movement of a person between frames, own heights; beyond it is another person."""


@dataclass(frozen=True, eq=False)
class PersonPoints:
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
    depth : list of list of ndarray, shape (k,), or None
        The third coordinate of points in space, for the people of `frames`; None in a picture.
    unit : {"m", "mm", "px", ""}
        Of points in space; ``""`` where the file states none.
    """

    layout: str
    names: tuple[str, ...]
    frames: list[list[FloatArray]]
    time_s: FloatArray | None = None
    depth: list[list[FloatArray]] | None = None
    unit: Unit = ""


def without_unseen(values: FloatArray) -> FloatArray:
    """Return points with NaN for those that the engine did not find.

    Engines write zeros, -1, NaN or a huge number for them, or a confidence of 0. A confidence that
    is not there (labels set by hand, DeepLabCut without likelihood) is 1.

    Parameters
    ----------
    values : ndarray, shape (..., 3)
        x, y and confidence.
    """
    place, trust = values[..., :2], without_marks(values[..., 2])
    trust = np.where(np.isfinite(trust), trust, 1.0)
    gone = lost(place) | (place == -1).all(axis=-1) | (trust <= 0)
    whole = np.concatenate([place, trust[..., None]], axis=-1)
    return np.where(gone[..., None], np.nan, whole)


def seen_people(people: list[FloatArray]) -> list[FloatArray]:
    """Return the people of whom any point is seen."""
    return [person for person in people if np.isfinite(person[:, 0]).any()]


def frame_numbers(path: Path, keys: dict[Key, object]) -> dict[Key, int]:
    """Return each key's frame from 0: by the number in its name, so that gaps stay gaps.

    Parameters
    ----------
    path : Path
        For messages.
    keys : dict
        Key to its name, such as a file name or the number itself. Where not all names hold a
        number, or one holds another's, the order of the names counts.

    Raises
    ------
    SourceError
        If the numbers are too far apart for any clip.
    """
    numbers = {key: last_number(Path(str(name)).stem) for key, name in keys.items()}
    if not numbers:
        return {}
    if min(numbers.values()) < 0 or len(set(numbers.values())) < len(numbers):
        return {key: i for i, key in enumerate(sorted(keys, key=lambda key: str(keys[key])))}
    ranks = sorted(numbers.values())
    first, last = ranks[0], ranks[-1]
    step = min((b - a for a, b in pairwise(ranks)), default=1)
    if (last - first) // step > MOST_FRAMES:
        raise SourceError(
            f"'{path}' numbers its frames from {first} to {last}, which no clip of a lift holds: "
            "number them from 0 or 1 on."
        )
    return {key: (number - first) // step for key, number in numbers.items()}


def last_number(stem: str) -> int:
    """Return the last number in a name, -1 where there is none."""
    found = re.findall(r"\d+", stem.removesuffix("_keypoints"))
    return int(found[-1]) if found and len(found[-1]) < 19 else -1


def lifter_of(points: PersonPoints) -> tuple[FloatArray, int]:
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
            candidates = [(_apart(last, person), j) for j, person in enumerate(points.frames[i])]
            if candidates and min(candidates)[0] <= JUMP * height:
                last = points.frames[i][min(candidates)[1]]
                track[i] = last
    return track, most


def _size(person: FloatArray) -> float:
    """Return the length of the diagonal of a person's points."""
    shown = person[np.isfinite(person[:, :2]).all(axis=1), :2]
    return float(np.hypot(*np.ptp(shown, axis=0))) if len(shown) > 1 else 0.0


def _apart(one: FloatArray, other: FloatArray) -> float:
    """Return the median distance of the points that both show, infinite where none."""
    apart = np.hypot(*(one[:, :2] - other[:, :2]).T)
    known = apart[np.isfinite(apart)]
    return float(np.median(known)) if len(known) else float("inf")
