"""Tells in hindsight that own standing was no quiet standing: the tops of the reps lie off it.

What a tucked back looks like while standing nobody can tell from one picture: of rendered lifters
the outline is flat in 3 % of quiet standings and in 10 % of those tucked by 8 to 12 degrees. The
tops of the first reps can: they agree with quiet standing within 2 degrees in trained lifters
(literature.md section 1).
"""

from __future__ import annotations

import math

import numpy as np

from backline.live.causal_estimator import LiveReading
from backline.live.phases import BodyPlace

OFF_DEG, OFF_SD = 5.0, 1.5
"""Tops that lie arched against own standing by more than both, degrees and standard deviations,
speak against it (5 degrees is the least that is reported as a finding)."""
TOPS = 2
"""So many tops in a row must say so: one may have been leaned back."""


class StandingCheck:
    """Compares the tops of the first reps with own standing; speaks once."""

    def __init__(self) -> None:
        self._now: list[tuple[float, float]] = []
        self._tops: list[float] = []
        self._spoken = False

    def push(self, place: BodyPlace, reading: LiveReading) -> bool:
        """Take a frame; return whether own standing should be taken anew.

        Parameters
        ----------
        place : BodyPlace
            Phase and rep of the frame.
        reading : LiveReading
            Its angles against own standing.
        """
        if self._spoken:
            return False
        if place.phase == "lockout" and math.isfinite(reading.lumbar_deg):
            self._now.append((reading.lumbar_deg, reading.lumbar_sd_deg))
        if place.phase != "descent" or not self._now:
            return False
        lumbar, sd = np.median(np.array(self._now), axis=0)
        self._now = []
        arched = -lumbar > max(OFF_DEG, OFF_SD * sd)
        self._tops = [*self._tops, float(lumbar)] if arched else []
        self._spoken = len(self._tops) >= TOPS
        return self._spoken
