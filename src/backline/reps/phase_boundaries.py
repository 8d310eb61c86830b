"""Phase boundaries of one cycle: start of the descent, end of the bottom, arrival at the top."""

from __future__ import annotations

import numpy as np

from backline.model.posture import FloatArray
from backline.reps.rep_signals import RepSignals
from backline.signals.filters import speed

LEAVING_SHARE = 0.06
"""A descent has begun by the time that this share of its depth is passed."""
BOTTOM_SHARE = 0.10
"""The bottom lasts as long as the bend is within this share of the rep's range."""
ARRIVED_SHARE = 0.15
"""The top is reached once all but this share of the bend is undone (the hip is then at about
97 % of its height in a squat, since height saturates)."""
ARRIVED_LEAN_DEG = 10.0
"""And the trunk leans no more than this beyond its lean at the top, degrees: a deadlift whose
knees are straight already is not locked out while the trunk still rises."""
STILL_SHARE = 0.15
"""Slower than this share of the way's fastest moment counts as standing still."""
NEAR_TOP_SHARE = 0.3
"""But only where no more than this share of the depth is left: a slow ascent is no standing.
Lifters vary in how straight they stand by some degrees, so the straightest moment alone does not
show it."""
PULL_SHARE = 0.05
"""A pull has begun once it is faster than this share of its fastest moment."""
REST_PERCENTILE = 25.0
"""Of the shoulders' heights in the lower half of a pull this percentile is their rest on the
floor: lower ones are glitches, higher ones the pull itself."""
PAUSE_SHARE = 0.25
"""Frames within this share of the bottom's own range of its deepest frame are the pause."""
KNOWN_SHARE = 0.8
"""A signal known in more than this share of the bottom's frames can say where it is deepest."""
LOCKOUT_MAX_S = 2.0
"""A lockout that no descent ends lasts this long, seconds; what follows is standing."""
REST_S = 1.0
"""A pause at the top that is longer than the lockout by more than this is a rest, seconds."""
STEP_TRAVEL = 0.12
"""A hip this far from its place at lockout has stepped away, leg lengths (10 cm)."""


def descent_begins(tracks: RepSignals, top: int, deep: int) -> int:
    """Return the frame in which the descent from ``top`` to ``deep`` begins."""
    movement, depth = tracks.movement, tracks.movement[deep] - tracks.movement[top]
    way = np.arange(top, deep + 1)
    fast = tracks.movement_speed[way]
    close = movement[way] <= movement[top] + LEAVING_SHARE * depth
    slow = fast <= STILL_SHARE * float(np.max(fast))
    slow &= movement[way] <= movement[top] + NEAR_TOP_SHARE * depth
    before = way[slow] if slow.any() else way[close]
    return int(before[-1]) if len(before) else top


def ascent_begins(tracks: RepSignals, deep: int, top: int, earliest: int) -> int:
    """Return the frame in which the ascent begins, for a bottom that may last (the floor)."""
    movement, depth = tracks.movement, tracks.movement[deep] - tracks.movement[top]
    way = np.arange(deep, top + 1)
    low = way[movement[way] >= movement[deep] - BOTTOM_SHARE * depth]
    at = int(low[-1]) if len(low) else deep
    still = -PULL_SHARE * float(np.max(-tracks.movement_speed[way]))
    while at > earliest and tracks.movement_speed[at] < still:
        at -= 1
    return at


def pull_begins(tracks: RepSignals, deep: int, top: int) -> int:
    """Return the frame in which a pull from the floor begins.

    The bar hangs from the shoulders: they rise with it, while hips and knees move before it
    does. Where the shoulders are not known the bend of the whole body is used.
    """
    height = tracks.shoulder_height[deep : top + 1]
    if np.isfinite(height).mean() <= KNOWN_SHARE or np.isnan(tracks.shoulder_height[top]):
        return ascent_begins(tracks, deep, top, deep)
    lower = height[height <= 0.5 * (np.nanmin(height) + height[-1])]
    rest = float(np.percentile(lower, REST_PERCENTILE)) if len(lower) else float(height[0])
    still = np.flatnonzero(height <= rest + BOTTOM_SHARE * (height[-1] - rest))
    if not len(still):
        return deep
    fast = speed(tracks.time_s[deep : top + 1], height)
    at = int(still[-1])
    while at > 0 and fast[at] > STILL_SHARE * float(np.nanmax(fast)):
        at -= 1
    return deep + at


def bottom_span(
    tracks: RepSignals, first: int, deep: int, last: int, depth: float
) -> tuple[int, int]:
    """Return the first and last frame of the bottom, a dip and second dip included."""
    way = np.arange(first, last + 1)
    low = way[tracks.movement[way] >= tracks.movement[deep] - BOTTOM_SHARE * depth]
    return (int(low[0]), int(low[-1])) if len(low) else (deep, deep)


def deepest(tracks: RepSignals, first: int, last: int) -> int:
    """Return the frame where the hip is lowest, or else the knee or the body most bent.

    Of a pause the middle is taken: the frames within `PAUSE_SHARE` of the deepest one.
    """
    inside = slice(first, last + 1)
    for values in (-tracks.hip_height[inside], tracks.knee_deg[inside], tracks.movement[inside]):
        if np.isfinite(values).mean() > KNOWN_SHARE:
            close = np.nanmax(values) - PAUSE_SHARE * (np.nanmax(values) - np.nanmin(values))
            return first + int(np.median(np.flatnonzero(values >= close)))
    return (first + last) // 2


def top_reached(tracks: RepSignals, left_bottom: int, deep: int, top: int) -> int:
    """Return the frame in which the ascent arrives at the top.

    That is once nearly all of the bend is undone, or earlier if the lifter stands still by then.
    """
    movement, depth = tracks.movement, tracks.movement[deep] - tracks.movement[top]
    way = np.arange(left_bottom, top + 1)
    fast = -tracks.movement_speed[way]
    there = movement[way] <= movement[top] + ARRIVED_SHARE * depth
    there &= ~(tracks.lean_deg[way] > tracks.lean_deg[top] + ARRIVED_LEAN_DEG)
    still = fast <= STILL_SHARE * float(np.max(fast))
    there |= still & (movement[way] <= movement[top] + NEAR_TOP_SHARE * depth)
    return int(way[there][0]) if there.any() else top


def lockout_ends(
    tracks: RepSignals, reached: int, next_start: int | None, last: int, *, stays: bool = False
) -> int:
    """Return the last frame of the lockout.

    It ends with the next descent, when the lifter steps away, or after `LOCKOUT_MAX_S`.

    Parameters
    ----------
    tracks : RepSignals
        The signals.
    reached : int
        Frame in which the top was reached.
    next_start : int or None
        Frame in which the next descent begins, where there is one.
    last : int
        Last frame that could belong to the lockout.
    stays : bool
        The lifter is known to stay: the hips may travel forward as a deadlift is locked out.
    """
    time_s = tracks.time_s
    end = last if next_start is None else next_start
    if next_start is None or time_s[end] - time_s[reached] > LOCKOUT_MAX_S + REST_S:
        end = min(end, int(np.searchsorted(time_s, time_s[reached] + LOCKOUT_MAX_S, "right")) - 1)
    return max(reached, end if stays else min(end, _steps_away(tracks, reached, end)))


def _steps_away(tracks: RepSignals, reached: int, end: int) -> int:
    """Return the last frame before the hip leaves its place, or ``end``."""
    travel: FloatArray = tracks.hip_travel[reached : end + 1]
    early = travel[: max(3, int(0.4 / tracks.step_s))]
    if not np.isfinite(early).any():
        return end
    gone = np.flatnonzero(np.abs(travel - np.nanmedian(early)) > STEP_TRAVEL)
    return reached + int(gone[0]) - 1 if len(gone) else end
