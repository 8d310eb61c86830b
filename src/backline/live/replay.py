"""Delayed replay: a ring buffer of the last seconds, and each rep once it is over."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from backline.live.cueing import TOP_PHASES
from backline.live.session import LiveState

DELAY_S = 1.5
"""From arriving at the top to the replay, seconds: a tuck at the top comes after the arrival."""
KEPT_S = 20.0
"""Length of the ring, seconds: longer than a rep with its lockout and the longest delay."""
LEAD_S = 0.5
"""The replay begins so long before the descent, seconds."""


@dataclass(frozen=True)
class ReplayFrame:
    """One frame as it was shown.

    Parameters
    ----------
    state : LiveState
        What was measured in it.
    picture : bytes
        The encoded picture (JPEG), as it came.
    """

    state: LiveState
    picture: bytes


@dataclass(frozen=True)
class Replay:
    """One rep, to be played again.

    Parameters
    ----------
    rep : int
        Which one.
    shots : tuple of ReplayFrame
        From just before the descent on, in the order of time.
    worst : int or None
        Number of the shot at which the low back was rounded most, the live lag subtracted; None
        where nothing was measured.
    worst_deg : float
        How far it was rounded then, degrees: at the top against the standing reference, elsewhere
        against the rep's most extended point; NaN where nothing was measured.
    worst_place : str
        ``"top"`` or ``"low"``, ``""`` where nothing was measured.
    """

    rep: int
    shots: tuple[ReplayFrame, ...]
    worst: int | None
    worst_deg: float
    worst_place: str


class ReplayBuffer:
    """Keeps the last seconds in memory, never on disk, and returns each rep when it is over.

    Parameters
    ----------
    delay_s : float
        From arriving at the top to the replay, seconds; a next rep that begins sooner ends it.
    kept_s : float
        Length of the ring, seconds.

    Raises
    ------
    ValueError
        If the delay is negative, or not shorter than the ring.
    """

    def __init__(self, delay_s: float = DELAY_S, kept_s: float = KEPT_S) -> None:
        if not 0 <= delay_s < kept_s:
            raise ValueError(f"delay_s is {delay_s}: expected 0 to less than {kept_s} seconds")
        self._delay_s, self._kept_s = delay_s, kept_s
        self._ring: deque[ReplayFrame] = deque()
        self._finished = 0
        self._due: tuple[int, float] | None = None

    def __len__(self) -> int:
        """Return how many frames are held."""
        return len(self._ring)

    def push(self, state: LiveState, picture: bytes, lag_s: float = 0.0) -> Replay | None:
        """Add a frame; return the rep that is due to be replayed.

        Parameters
        ----------
        state : LiveState
            Later than the one before.
        picture : bytes
            The frame, encoded.
        lag_s : float
            Delay of the live angles behind the picture, seconds.
        """
        if state.place.finished > self._finished:
            self._finished = state.place.finished
            self._due = (self._finished, state.time_s + self._delay_s)
        self._add(ReplayFrame(state, picture))
        if self._due is None:
            return None
        rep, due_s = self._due
        if state.place.rep <= rep and state.time_s < due_s:
            return None
        self._due = None
        return self._replay(rep, lag_s)

    def _add(self, shot: ReplayFrame) -> None:
        self._ring.append(shot)
        while shot.state.time_s - self._ring[0].state.time_s > self._kept_s:
            self._ring.popleft()

    def _replay(self, rep: int, lag_s: float) -> Replay:
        own = [i for i, s in enumerate(self._ring) if s.state.place.rep == rep]
        first = last = len(self._ring) - 1
        if own:
            first, last = own[0], own[-1]
        begins = self._ring[first].state.time_s - LEAD_S
        shots = tuple(s for s in list(self._ring)[: last + 1] if s.state.time_s >= begins)
        peak = _worst([s.state for s in shots if s.state.place.rep == rep])
        if peak is None:
            return Replay(rep, shots, None, math.nan, "")
        seen_s = peak[0].time_s - lag_s
        worst = min(range(len(shots)), key=lambda i: abs(shots[i].state.time_s - seen_s))
        return Replay(rep, shots, worst, *peak[1:])


def _worst(states: list[LiveState]) -> tuple[LiveState, float, str] | None:
    """Return the state of the largest rounding, its size in degrees, and where it lies."""
    best: tuple[LiveState, float, str] | None = None
    base = math.inf
    for state in states:
        angle = state.estimate.lumbar_deg
        if state.estimate.reason or math.isnan(angle):
            continue
        top = state.place.phase in TOP_PHASES
        if state.place.phase in ("descent", "bottom"):
            base = min(base, angle)
        size = angle if top or math.isinf(base) else angle - base
        if best is None or size > best[1]:
            best = (state, size, "top" if top else "low")
    return best
