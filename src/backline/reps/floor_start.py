"""Reps that begin on the floor: conventional, sumo and kettlebell deadlifts.

Going down to the bar before the first pull, and standing up without it after the last, resemble
reps of a squat; so here a rep is the time at the TOP between two contacts with the floor.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from backline.reps import phase_boundaries
from backline.reps.cycles import Cycle, cycles_of
from backline.reps.rep_signals import RepSignals
from backline.reps.top_start import hip_fall, spans
from backline.reps.types import Phase, Rep
from backline.signals.filters import known_median

FLOOR_KNEE_DEG = 35.0
"""Knees bent at least this far at the bottom, degrees, speak for a bar on the floor (a Romanian
deadlift keeps them at 15 to 30)."""
FLOOR_HIP_DROP = 0.15
"""So does a hip this far below standing, leg lengths."""
SETUP_S = 1.5
"""The last part of the stay on the floor before the pull, up to this, is the bottom, seconds."""
HELD_S = 1.0
"""A last top held this long without lowering is a finished rep (the bar was dropped), seconds."""
USUAL = 2.0
"""A last rise counts as a rep if its stay on the floor, its speed and the time from the top
to the end of the clip are within this factor of those of the other reps."""


def from_floor(tracks: RepSignals) -> bool:
    """Return whether the bottoms of a hip hinge are floor positions."""
    cycles = cycles_of(tracks)
    deep = [c.deep for c in cycles]
    knee = known_median(tracks.knee_deg[deep])
    drops = [hip_fall(tracks.hip_height, c.tops, (c.deep, c.deep)) for c in cycles]
    return knee >= FLOOR_KNEE_DEG or known_median(np.array(drops)) >= FLOOR_HIP_DROP


def floor_start_reps(tracks: RepSignals) -> tuple[Rep, ...]:
    """Return the reps of a lift that begins and ends on the floor, numbered from 1."""
    cycles = cycles_of(tracks)
    pulls = [c for c in cycles if c.after is not None]
    following = {a.deep: b for a, b in pairwise(cycles) if a.after == b.before}
    reps: list[Rep] = []
    for cycle in pulls:
        after = following.get(cycle.deep)
        if after is None and reps and not _like_the_others(tracks, cycle, reps):
            continue
        reps.append(_rep(tracks, len(reps) + 1, cycle, after, reps[-1] if reps else None))
    return tuple(reps)


def _rep(
    tracks: RepSignals, index: int, cycle: Cycle, following: Cycle | None, previous: Rep | None
) -> Rep:
    """Build the rep that is pulled from ``cycle``'s floor and lowered to ``following``'s."""
    assert cycle.after is not None
    time_s, top = tracks.time_s, cycle.after
    pull = phase_boundaries.pull_begins(tracks, cycle.deep, top)
    depth = tracks.movement[cycle.deep] - tracks.movement[top]
    low = phase_boundaries.bottom_span(
        tracks, max(cycle.first, _setup(tracks, pull)), cycle.deep, top, depth
    )
    if pull > low[1]:  # hips and knees rise before the bar does
        low = (max(low[0], _setup(tracks, pull)), pull)
    first = low[0]
    if previous is not None:
        first = max(first, int(np.searchsorted(time_s, previous.end_s)))
    reached = phase_boundaries.top_reached(tracks, low[1], cycle.deep, top)
    bounds: list[tuple[Phase, int, int]] = [("ascent", low[1], reached)]
    if cycle.bottom_seen(tracks):
        bounds.insert(0, ("bottom", first, low[1]))
    if following is None:
        end = phase_boundaries.lockout_ends(tracks, reached, None, cycle.last)
        bounds.append(("lockout", reached, end))
    else:
        down = phase_boundaries.descent_begins(tracks, top, following.deep)
        # The same bar is lowered to the same place, so that nobody has stepped away.
        held = phase_boundaries.lockout_ends(
            tracks, reached, max(down, reached), cycle.last, stays=True
        )
        end = _floor_again(tracks, top, following.deep)
        bounds += [("lockout", reached, held), ("descent", max(down, reached), end)]
    lowered = following is not None or time_s[end] - time_s[reached] >= HELD_S
    return Rep(
        index=index,
        start_s=float(time_s[first]),
        bottom_s=float(time_s[min(max(pull, first), low[1])]),
        end_s=float(time_s[end]),
        phases=spans(time_s, bounds),
        complete=bool(lowered and cycle.bottom_seen(tracks)),
        depth=hip_fall(tracks.hip_height, (top,), low),
    )


def _setup(tracks: RepSignals, pull: int) -> int:
    """Return the first frame of the last part of the stay on the floor before a pull."""
    return int(np.searchsorted(tracks.time_s, tracks.time_s[pull] - SETUP_S))


def _floor_again(tracks: RepSignals, top: int, deep: int) -> int:
    """Return the frame in which the descent arrives on the floor."""
    depth = tracks.movement[deep] - tracks.movement[top]
    way = np.arange(top, deep + 1)
    low = way[tracks.movement[way] >= tracks.movement[deep] - phase_boundaries.BOTTOM_SHARE * depth]
    return int(low[0]) if len(low) else deep


def _like_the_others(tracks: RepSignals, cycle: Cycle, reps: list[Rep]) -> bool:
    """Return whether a last bend is a pull that is cut off, not standing up without the bar."""
    assert cycle.after is not None
    time_s = tracks.time_s
    pull = phase_boundaries.pull_begins(tracks, cycle.deep, cycle.after)
    reached = phase_boundaries.top_reached(tracks, pull, cycle.deep, cycle.after)
    stay = time_s[pull] - reps[-1].end_s
    rise = time_s[reached] - time_s[pull]
    tail = time_s[cycle.last] - time_s[reached]
    stays = [b.bottom_s - a.end_s for a, b in pairwise(reps)]
    rises = [r.phases["ascent"][1] - r.phases["ascent"][0] for r in reps if "ascent" in r.phases]
    tops = [r.phases["lockout"][1] - r.phases["lockout"][0] for r in reps if "lockout" in r.phases]
    return bool(
        stay <= USUAL * max([*stays, 1.0])
        and rise >= known_median(np.array(rises)) / USUAL
        and tail <= USUAL * max([*tops, 0.75])
    )
