"""Causal detection of phases, and the count of reps.

The depth of the movement is that of the full analysis (`backline.signals.movement_depth`), from
the three signals that one frame gives without smoothing. The rules differ: the full analysis knows
the whole set, and finds the phase boundaries of a rep at shares of that rep's own depth and speed
(`backline.reps.phase_boundaries`); live these are unknown before the rep is over, so fixed limits
of the depth are used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.live.live_frame import LiveFrame
from backline.live.smoothing import CausalFilter
from backline.reps.phase_boundaries import LOCKOUT_MAX_S
from backline.reps.types import Phase
from backline.signals.movement_depth import scaled_signals, weighted_mean
from backline.sources.video.lumbar.picture_input import middle, trunk_length_px
from backline.sources.video.pose.leg_angles import LEG_BY_TRUNK
from backline.sources.video.pose.person import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER

LEAVING = 0.12
"""The descent begins once the depth exceeds this (see `backline.signals.movement_depth`)."""
DEEP = 0.35
"""Least depth of a rep (a quarter squat is about 0.4)."""
TURNED = 0.06
"""The bottom ends once the depth has decreased by this from its largest value."""
SLOW = 0.25
"""Speed of the depth below which a deep position is the bottom, 1/s."""
ARRIVED = 0.16
"""The top is reached below this bend."""


@dataclass(frozen=True)
class BodyPlace:
    """Where in the lift a frame lies.

    Parameters
    ----------
    phase : str
        One of the contract's phases.
    rep : int
        The rep under way, or 0 before the first; the lockout belongs to the rep before it.
    movement : float
        Depth of the movement, 0 upright, about 1 in a full squat.
    finished : int
        Finished reps.
    """

    phase: Phase
    rep: int
    movement: float
    finished: int


class PhaseTracker:
    """Detects phases from the depth of the movement, one value after the other."""

    def __init__(self) -> None:
        self.phase: Phase = "standing"
        self.rep = 0
        self.finished = 0
        self._filter = CausalFilter()
        self._before: tuple[float, float] | None = None
        self._deepest = 0.0
        self._since_s = 0.0

    def push(self, time_s: float, movement: float) -> BodyPlace:
        """Add a frame's depth and return its phase; NaN leaves the phase unchanged."""
        smooth = self._filter.push(time_s, movement)
        if not np.isnan(smooth):
            speed = 0.0
            if self._before is not None and time_s > self._before[0]:
                speed = (smooth - self._before[1]) / (time_s - self._before[0])
            self._before = (time_s, smooth)
            self._step(time_s, smooth, speed)
        return BodyPlace(self.phase, self.rep, smooth, self.finished)

    def _step(self, time_s: float, movement: float, speed: float) -> None:
        if self.phase in ("standing", "lockout"):
            if movement > LEAVING and speed > 0:
                self.phase, self._deepest = "descent", movement
                self.rep = self.finished + 1
            elif self.phase == "lockout" and time_s - self._since_s > LOCKOUT_MAX_S:
                self.phase = "standing"
            return
        if movement < ARRIVED and speed <= 0:
            self._arrive(time_s)
            return
        self._deepest = max(self._deepest, movement)
        if self.phase == "descent" and movement >= DEEP and speed < SLOW:
            self.phase = "bottom"
        if self.phase in ("descent", "bottom") and self._deepest - movement > TURNED:
            self.phase = "ascent" if self._deepest >= DEEP else self.phase
        elif self.phase == "bottom" and speed > SLOW:
            self.phase = "descent"  # a pause in the descent
        elif self.phase == "ascent" and movement >= self._deepest:
            self.phase = "bottom"

    def _arrive(self, time_s: float) -> None:
        if self._deepest >= DEEP:
            self.finished += 1
            self.phase, self._since_s = "lockout", time_s
        else:
            self.phase, self.rep = "standing", self.finished
        self._deepest = 0.0


class DepthMeter:
    """Measures the depth of the movement: hip, shoulders and lean relative to standing.

    Parameters
    ----------
    standing : list of LiveFrame
        Frames of quiet standing with a person.
    """

    def __init__(self, standing: list[LiveFrame]) -> None:
        rows = [_heights(one) for one in standing if one.person is not None]
        self._hip_px, self._shoulder_px, self._lean_deg = np.median(rows, axis=0)
        trunks = [trunk_length_px(s.person.points) for s in standing if s.person is not None]
        self._leg_px = LEG_BY_TRUNK * float(np.median(trunks))

    def movement(self, live: LiveFrame) -> float:
        """Return the depth; NaN where nobody is visible."""
        if live.person is None:
            return float("nan")
        hip, shoulder, lean = _heights(live)
        unknown = np.array([np.nan])
        signals = scaled_signals(
            np.array([(hip - self._hip_px) / self._leg_px]),
            unknown,
            unknown,
            np.array([lean - self._lean_deg]),
            np.array([(shoulder - self._shoulder_px) / self._leg_px]),
        )
        return float(weighted_mean(signals)[0])


def _heights(live: LiveFrame) -> tuple[float, float, float]:
    assert live.person is not None
    points = live.person.points
    hip = middle(points, (LEFT_HIP, RIGHT_HIP))
    shoulder = middle(points, (LEFT_SHOULDER, RIGHT_SHOULDER))
    return float(hip[1]), float(shoulder[1]), live.lean_deg
