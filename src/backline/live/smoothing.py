"""A causal low-pass filter of known lag.

The full analysis filters forwards and backwards without lag (`backline.signals.filters`), which
needs later frames.
"""

from __future__ import annotations

import math

LAG_S = 0.06
"""Lag of the live filter, seconds: the largest that leaves time for the analysis (about 50 ms)
within the 120 ms from a frame's time to the feedback."""
FORGET_S = 0.5
"""After a gap longer than this the filter restarts, seconds."""


class CausalFilter:
    """Two equal exponential stages: critically damped, no overshoot; for uneven times.

    A straight line comes out delayed by exactly ``lag_s``, since each stage is solved for an
    input that is straight between samples.

    Parameters
    ----------
    lag_s : float
        Delay, seconds.
    """

    def __init__(self, lag_s: float = LAG_S) -> None:
        self.lag_s = lag_s
        self._time_s: float | None = None
        self._held = (0.0, 0.0, 0.0)

    def push(self, time_s: float, value: float) -> float:
        """Add a value and return the smoothed one; NaN gives NaN and is skipped."""
        if math.isnan(value):
            return value
        if self._time_s is None or not 0 < time_s - self._time_s <= FORGET_S:
            self._held = (value, value, value)
        else:
            step = time_s - self._time_s
            before, first, second = self._held
            new_first = self._stage(step, before, value, first)
            self._held = (value, new_first, self._stage(step, first, new_first, second))
        self._time_s = time_s
        return self._held[2]

    def _stage(self, step: float, before: float, now: float, out: float) -> float:
        tau = self.lag_s / 2
        kept = math.exp(-step / tau)
        return now + (out - before) * kept - (now - before) * tau / step * (1 - kept)
