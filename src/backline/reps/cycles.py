"""Cycles: movements of the whole body that can be reps, distinguished from steps and racking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.model.posture import FloatArray
from backline.reps.rep_signals import RepSignals
from backline.signals.movement_depth import Stretch

LEAST_HIP_DROP = 0.05
"""In a rep the hip falls at least this far, leg lengths, or the trunk leans, see below."""
LEAST_LEAN_DEG = 18.0
"""Or the trunk leans at least this far, degrees: a walking leg does neither."""
LEAST_JOINTS_DEG = 45.0
"""Where neither is known, hip and knee both flex at least this far, degrees (a walking hip
stays below 30)."""
SHALLOW_SHARE = 0.6
"""A bend shallower than this share of the deepest one, next to steps, is an unrack or re-rack."""
LEAST_SHARE = 0.35
"""A bend shallower than this share of the deepest is no rep at all, not even a partial one."""
RACK_TRAVEL = 0.25
"""Steps: the upright hip's place changes by this much around the bend, leg lengths."""
RACK_WINDOW_S = 1.5
"""How far before and after the bend steps are searched for, seconds."""
STEP_TRAVEL = 0.3
"""A rep ends where it began: half way down and half way up the hip's place differs by less than
this, leg lengths (a step is 0.7)."""
STEPPING_SHARE = 0.8
"""That is asked of bends shallower than this share of the deepest."""
UPRIGHT_MOVEMENT = 0.2
"""The hip's place is compared between frames less bent than this."""
PICKUP_LEAN_DEG = 25.0
"""A first or last bend that leans this much further than the set's usual bend picks something up,
degrees (reps of one set differ by some degrees; a bend to the floor leans by 70 and more)."""
PICKUP_OTHERS = 2
"""That is judged where there are at least so many other bends."""
MOVING = 0.4
"""A bend that changes faster than this next to the edge of the clip was cut off, 1/s."""
EDGE_S = 0.2
"""How far from the edge that is examined, seconds."""


@dataclass(frozen=True)
class Cycle:
    """One bend, by frames.

    Parameters
    ----------
    before, after : int or None
        The tops around it; None where the clip (or a gap) cuts them off.
    deep : int
        Deepest frame.
    first, last : int
        The gap-free stretch that it lies in.
    """

    before: int | None
    deep: int
    after: int | None
    first: int
    last: int

    def depth(self, tracks: RepSignals) -> float:
        """Return the larger of the descent and the ascent, as bend."""
        return float(tracks.movement[self.deep] - min(tracks.movement[i] for i in self.tops))

    @property
    def tops(self) -> tuple[int, ...]:
        """Return the tops that were seen, one at least."""
        return tuple(i for i in (self.before, self.after) if i is not None)

    def bottom_seen(self, tracks: RepSignals) -> bool:
        """Return whether the deepest frame is a real bottom, not where the clip was cut."""
        if self.deep not in (self.first, self.last):
            return True
        reach = max(1, round(EDGE_S / tracks.step_s))
        inner = self.deep + reach if self.deep == self.first else self.deep - reach
        inner = min(max(inner, self.first), self.last)
        moved = float(tracks.movement[self.deep] - tracks.movement[inner])
        passed = abs(float(tracks.time_s[self.deep] - tracks.time_s[inner]))
        return moved <= MOVING * passed


def cycles_of(tracks: RepSignals) -> list[Cycle]:
    """Return the bends of a clip that can be reps, in the order of time."""
    cycles = [c for s in tracks.stretches() for c in _cycles_in(s) if _whole_body(tracks, c)]
    deepest = max((c.depth(tracks) for c in cycles), default=0.0)
    falls = [_shoulders_fall(tracks, c) for c in cycles]
    least_fall = LEAST_SHARE * max((f for f in falls if np.isfinite(f)), default=0.0)
    cycles = [
        c
        for c, fall in zip(cycles, falls, strict=True)
        if not fall < least_fall
        and (c.depth(tracks) >= STEPPING_SHARE * deepest or not _stepped(tracks, c))
    ]
    cycles = [
        c
        for c in cycles
        if c.depth(tracks) >= SHALLOW_SHARE * deepest
        or (c.depth(tracks) >= LEAST_SHARE * deepest and not _steps_around(tracks, c))
    ]
    return _without_pickups(tracks, cycles)


def _without_pickups(tracks: RepSignals, cycles: list[Cycle]) -> list[Cycle]:
    """Leave out the first and last bends in which the trunk leans far more than in the others.

    Whoever picks the bar or a bottle up before or after the set bends over it.
    """
    leans = np.array([float(tracks.lean_deg[c.deep]) for c in cycles])
    if np.count_nonzero(np.isfinite(leans)) < PICKUP_OTHERS + 1:
        return cycles
    odd = leans > np.nanmedian(leans) + PICKUP_LEAN_DEG
    first, last = 0, len(cycles)
    while first < last and odd[first]:
        first += 1
    while last > first and odd[last - 1]:
        last -= 1
    return cycles[first:last]


def _cycles_in(stretch: Stretch) -> list[Cycle]:
    """Return the bends of one stretch."""
    turns = stretch.turns
    return [
        Cycle(
            turns[k - 1].index if k > 0 else None,
            turn.index,
            turns[k + 1].index if k + 1 < len(turns) else None,
            stretch.first,
            stretch.last,
        )
        for k, turn in enumerate(turns)
        if turn.deep
    ]


def _whole_body(tracks: RepSignals, cycle: Cycle) -> bool:
    """Return whether a bend is one of the whole body, not of a leg that swings."""

    def change(values: FloatArray) -> float:
        found = [abs(float(values[cycle.deep] - values[i])) for i in cycle.tops]
        known = [v for v in found if np.isfinite(v)]
        return max(known) if known else float("nan")

    drop, lean = change(tracks.hip_height), change(tracks.lean_deg)
    if drop >= LEAST_HIP_DROP or lean >= LEAST_LEAN_DEG:
        return True
    if np.isfinite(drop):
        return False
    joints = [v for v in (change(tracks.hip_deg), change(tracks.knee_deg)) if np.isfinite(v)]
    return bool(joints) and min(joints) >= LEAST_JOINTS_DEG


def _shoulders_fall(tracks: RepSignals, cycle: Cycle) -> float:
    """Return how far the shoulders fall, leg lengths: the larger way; NaN where unknown."""
    falls = [float(tracks.shoulder_height[i] - tracks.shoulder_height[cycle.deep])
             for i in cycle.tops]  # fmt: skip
    known = [f for f in falls if np.isfinite(f)]
    return max(known) if known else float("nan")


def _stepped(tracks: RepSignals, cycle: Cycle) -> bool:
    """Return whether the hip has gone elsewhere between half way down and half way up."""
    if cycle.before is None or cycle.after is None:
        return False
    half = tracks.movement[cycle.deep] - 0.5 * cycle.depth(tracks)
    shallow = np.flatnonzero(tracks.movement[cycle.before : cycle.after + 1] <= half) + cycle.before
    down, up = shallow[shallow < cycle.deep], shallow[shallow > cycle.deep]
    if not (len(down) and len(up)):
        return False
    return bool(abs(tracks.hip_travel[up[0]] - tracks.hip_travel[down[-1]]) > STEP_TRAVEL)


def _steps_around(tracks: RepSignals, cycle: Cycle) -> bool:
    """Return whether the lifter walks just before or after a bend."""
    time_s, movement = tracks.time_s, tracks.movement
    lowered = movement >= UPRIGHT_MOVEMENT
    first = last = cycle.deep
    while first > cycle.first and lowered[first]:
        first -= 1
    while last < cycle.last and lowered[last]:
        last += 1
    around = (time_s >= time_s[first] - RACK_WINDOW_S) & (time_s <= time_s[last] + RACK_WINDOW_S)
    places = tracks.hip_travel[around & ~lowered]
    places = places[np.isfinite(places)]
    return len(places) > 0 and float(np.ptp(places)) > RACK_TRAVEL
