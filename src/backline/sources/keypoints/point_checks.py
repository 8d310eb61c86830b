"""Detects implausible points: jumps, two at one place, a trunk of another length."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from backline.model.posture import BoolArray, FloatArray
from backline.sources.plausibility import POINT, excursions_of, odd_lengths

SAME_SHARE = 1e-6
"""Two points nearer to each other than this share of the body's height hold one point's data."""
TRUNK_RANGE = (0.55, 1.5)
"""Length of a line along the trunk over its median: engines shake, backs lengthen by 10 %."""
_LINES = (("C7", "PSIS"), ("T6", "PSIS"), ("SPINE5", "SPINE1"))


def withhold(
    track: FloatArray, roles: dict[str, int], time_s: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Remove implausible points.

    Parameters
    ----------
    track : ndarray, shape (n, k, 3)
        One person's points: x, y, confidence; NaN where not there.
    roles : dict of str to int
        Role to its place among the k.
    time_s : ndarray, shape (n,)
        Seconds, rising.

    Returns
    -------
    track : ndarray, shape (n, k, 3)
        The same without them.
    withheld : ndarray of bool, shape (n, k)
        Which, and in which frames.
    """
    wrong = np.zeros(track.shape[:2], dtype=np.bool_)
    height = _height(track)
    if not height > 0:
        return track, wrong
    at = track[..., :2] / height
    places = {str(place): at[:, place] for place in set(roles.values())}
    for name, frames in excursions_of(time_s, places, POINT).items():
        wrong[:, int(name)] = frames
    for one, other in combinations(roles, 2):
        _blame_twins(at, wrong, roles, one, other)
    for top, low in _LINES:
        for role in (low, f"{low}_left", f"{low}_right"):
            if top in roles and role in roles:
                _blame_length(at, wrong, roles[top], roles[role])
    return np.where(wrong[..., None], np.nan, track), wrong


def _height(track: FloatArray) -> float:
    """Return the height of the points of the body in most frames, in the file's unit."""
    shown = np.isfinite(track[..., 1])
    frames = shown.any(axis=1)
    if not frames.any():
        return 0.0
    y = np.where(shown, track[..., 1], np.nan)[frames]
    return float(np.median(np.nanmax(y, axis=1) - np.nanmin(y, axis=1)))


def _blame_twins(
    at: FloatArray, wrong: BoolArray, roles: dict[str, int], one: str, other: str
) -> None:
    """Withhold two points of different parts of the body that lie on each other."""
    i, j = roles[one], roles[other]
    # the same joint of both sides may be drawn on one pixel, the middle of the hips on either
    if i == j or one.split("_")[0] == other.split("_")[0] or "MIDHIP" in (one, other):
        return
    together = np.abs(at[:, i] - at[:, j]).max(axis=1) < SAME_SHARE
    only_one = wrong[:, i] ^ wrong[:, j]
    wrong[:, i] |= together & ~only_one
    wrong[:, j] |= together & ~only_one


def _blame_length(at: FloatArray, wrong: BoolArray, top: int, low: int) -> None:
    length = np.linalg.norm(at[:, top] - at[:, low], axis=1)
    wrong[:, top] |= odd_lengths(length, ~wrong[:, top] & ~wrong[:, low], TRUNK_RANGE)
