"""Reps that begin at the top: squats, Romanian deadlifts, one lift of a box."""

from __future__ import annotations

import numpy as np

from backline.model.posture import FloatArray
from backline.reps import phase_boundaries
from backline.reps.cycles import Cycle, cycles_of
from backline.reps.rep_signals import RepSignals
from backline.reps.types import Phase, Rep

CAME_UP_SHARE = 0.35
"""The lifter came up if no more than this share of the bend is left at the top."""


def top_start_reps(tracks: RepSignals) -> tuple[Rep, ...]:
    """Return the reps of a lift that begins and ends at the top, numbered from 1."""
    cycles = cycles_of(tracks)
    following: list[Cycle | None] = [*cycles, None][1:]
    return tuple(
        _rep(tracks, k + 1, cycle, after)
        for k, (cycle, after) in enumerate(zip(cycles, following, strict=True))
    )


def _rep(tracks: RepSignals, index: int, cycle: Cycle, following: Cycle | None) -> Rep:
    """Build one rep from its cycle and the one after it."""
    time_s = tracks.time_s
    start = cycle.first
    if cycle.before is not None:
        start = phase_boundaries.descent_begins(tracks, cycle.before, cycle.deep)
    until = cycle.last if cycle.after is None else cycle.after
    low = phase_boundaries.bottom_span(tracks, start, cycle.deep, until, cycle.depth(tracks))
    bottom = phase_boundaries.deepest(tracks, *low)
    up = cycle.after is not None and came_up(tracks, cycle)
    bounds: list[tuple[Phase, int, int]] = [("descent", start, low[0])]
    if cycle.bottom_seen(tracks):
        bounds.append(("bottom", *low))
    end = until
    if up:
        reached = phase_boundaries.top_reached(tracks, low[1], cycle.deep, until)
        end = phase_boundaries.lockout_ends(
            tracks, reached, _next_start(tracks, cycle, following), until_of(cycle, following)
        )
        bounds += [("ascent", low[1], reached), ("lockout", reached, end)]
    else:
        bounds.append(("ascent", low[1], until))
    return Rep(
        index=index,
        start_s=float(time_s[start]),
        bottom_s=float(time_s[bottom]),
        end_s=float(time_s[end]),
        phases=spans(time_s, bounds),
        complete=up and cycle.before is not None,
        depth=hip_fall(tracks.hip_height, cycle.tops, low),
    )


def came_up(tracks: RepSignals, cycle: Cycle) -> bool:
    """Return whether the lifter came up again after the bottom."""
    if cycle.after is None:
        return False
    level = tracks.movement[cycle.before] if cycle.before is not None else 0.0
    left = tracks.movement[cycle.after] - level
    return bool(left <= CAME_UP_SHARE * (tracks.movement[cycle.deep] - level))


def until_of(cycle: Cycle, following: Cycle | None) -> int:
    """Return the last frame that can belong to a cycle's lockout."""
    same = following is not None and following.first == cycle.first
    return following.deep if following is not None and same else cycle.last


def _next_start(tracks: RepSignals, cycle: Cycle, following: Cycle | None) -> int | None:
    """Return where the next rep of the same stretch begins its descent."""
    if following is None or following.before is None or following.first != cycle.first:
        return None
    return phase_boundaries.descent_begins(tracks, following.before, following.deep)


def spans(
    time_s: FloatArray, bounds: list[tuple[Phase, int, int]]
) -> dict[Phase, tuple[float, float]]:
    """Return the phases with their times, those without any length left out."""
    return {name: (float(time_s[a]), float(time_s[b])) for name, a, b in bounds if b > a}


def hip_fall(hip_height: FloatArray, tops: tuple[int, ...], low: tuple[int, int]) -> float:
    """Return the fall of the hip from its higher top to the bottom, leg lengths, or NaN."""
    high = hip_height[list(tops)]
    deep = hip_height[low[0] : low[1] + 1]
    if not (np.isfinite(high).any() and np.isfinite(deep).any()):
        return float("nan")
    return float(np.nanmax(high) - np.nanmin(deep))
