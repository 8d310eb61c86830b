"""Checks the standing reference against the tops of the first reps.

A tuck while the standing reference is recorded cannot be detected in one picture: in rendered
lifters the outline is flat in 3 % of quiet standings and in 10 % of those tucked by 8 to 12
degrees. The tops of the first reps show it: they agree with quiet standing within 2 degrees in
trained lifters (Bengtsson 2022).
"""

from __future__ import annotations

import math

import numpy as np

from backline.live.causal_estimator import LiveEstimate
from backline.live.phases import BodyPlace

OFF_DEG, OFF_SD = 5.0, 1.5
"""Tops arched relative to the standing reference by more than both, degrees and standard
deviations, contradict it (5 degrees is the least size of a finding)."""
TOPS = 2
"""This many tops in a row are needed: one may have been leaned back."""


class StandingCheck:
    """Compares the first reps' tops with the standing reference; reports a contradiction once."""

    def __init__(self) -> None:
        self._now: list[tuple[float, float]] = []
        self._tops: list[float] = []
        self._reported = False

    def push(self, place: BodyPlace, estimate: LiveEstimate) -> bool:
        """Add a frame; return whether the standing reference should be recorded again.

        Parameters
        ----------
        place : BodyPlace
            Phase and rep of the frame.
        estimate : LiveEstimate
            Its angles against the standing reference.
        """
        if self._reported:
            return False
        if place.phase == "lockout" and math.isfinite(estimate.lumbar_deg):
            self._now.append((estimate.lumbar_deg, estimate.lumbar_sd_deg))
        if place.phase != "descent" or not self._now:
            return False
        lumbar, sd = np.median(np.array(self._now), axis=0)
        self._now = []
        arched = -lumbar > max(OFF_DEG, OFF_SD * sd)
        self._tops = [*self._tops, float(lumbar)] if arched else []
        self._reported = len(self._tops) >= TOPS
        return self._reported
