"""The signals that reps are found in, smoothed once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from backline.model.posture import FloatArray, Posture
from backline.reps.hidden_bottoms import bridged, hidden_bottoms
from backline.signals.filters import lowpass, running_median, speed
from backline.signals.movement_depth import (
    BRIDGED_GAP_S,
    WILD_S,
    Stretch,
    TurningPoint,
    depth_of_movement,
    turning_points,
)

CUTOFF_HZ = 3.0
"""Zero-phase low-pass of the signals that timing is read from, Hz."""
LEAST_REVERSAL = 0.25
"""Smallest bend that can be a rep (about a quarter squat); sway, steps and unracking lie
below it (see `backline.signals.movement_depth` for the scale)."""
REVERSAL_SHARE = 0.28
"""And it is at least this share of the deepest bend of the clip: a half rep among full ones
counts, the dip that takes the bar out of the rack does not."""


LASTING_HZ = 1.0
"""The deepest bend is read below this frequency, Hz, so that no glitch of the pose sets it."""
PULSE_SHARE = 0.5
"""A rise that leaves more than this share of the depth does not divide a rep: a second dip, a
quarter squat in between, a failed attempt."""


@dataclass(frozen=True)
class RepSignals:
    """What the rep finder works on.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    movement, movement_speed : ndarray, shape (n,)
        See `backline.signals.movement_depth`; no unit, and per second.
    hip_height, hip_travel : ndarray, shape (n,)
        Leg lengths, smoothed.
    knee_deg, hip_deg, lean_deg, hands : ndarray, shape (n,)
        Knee and hip flexion and trunk lean in degrees, hands below the shoulders in trunk
        lengths; smoothed.
    shoulder_height : ndarray, shape (n,)
        Leg lengths, smoothed, any zero; all NaN where the source does not say.
    """

    time_s: FloatArray
    movement: FloatArray
    movement_speed: FloatArray
    hip_height: FloatArray
    hip_travel: FloatArray
    knee_deg: FloatArray
    hip_deg: FloatArray
    lean_deg: FloatArray
    hands: FloatArray
    shoulder_height: FloatArray

    def stretches(self) -> list[Stretch]:
        """Return the stretches with the tops and bottoms that may belong to reps."""
        if not np.isfinite(self.movement).any():
            return []
        found = turning_points(self.movement, self.reversal)
        return [replace(s, turns=_without_pulses(self.movement, s.turns)) for s in found]

    @property
    def reversal(self) -> float:
        """Smallest change of bend between a top and a bottom in this clip."""
        usual = lowpass(self.time_s, self.movement, LASTING_HZ)
        return max(LEAST_REVERSAL, REVERSAL_SHARE * float(np.nanmax(usual)))

    @property
    def step_s(self) -> float:
        """Median time between frames, seconds."""
        return float(np.median(np.diff(self.time_s)))


def rep_signals_of(posture: Posture) -> RepSignals:
    """Return the smoothed signals of a posture that has at least two frames."""
    time_s = posture.time_s

    def smooth(values: FloatArray) -> FloatArray:
        tame = running_median(time_s, values, WILD_S)
        even = lowpass(time_s, tame, CUTOFF_HZ, max_gap_s=BRIDGED_GAP_S)
        return bridged(time_s, even, hidden)

    movement = depth_of_movement(posture)
    hidden = hidden_bottoms(time_s, movement)
    movement = bridged(time_s, movement, hidden)
    return RepSignals(
        time_s=time_s,
        movement=movement,
        movement_speed=speed(time_s, movement),
        hip_height=smooth(posture.motion.hip_height),
        hip_travel=smooth(posture.motion.hip_travel),
        knee_deg=smooth(posture.knee_flexion_deg),
        hip_deg=smooth(posture.hip_flexion_deg),
        lean_deg=smooth(posture.trunk_lean_deg),
        hands=smooth(posture.motion.hands_below_shoulders),
        shoulder_height=smooth(posture.motion.shoulder_height),
    )


def _without_pulses(
    movement: FloatArray, turns: tuple[TurningPoint, ...]
) -> tuple[TurningPoint, ...]:
    """Join two bottoms, keeping the deeper one, where the lifter hardly rose between them."""
    kept: list[TurningPoint] = []
    for turn in turns:
        if turn.deep and len(kept) >= 2 and kept[-2].deep:
            other, top = kept[-2], kept[-1]
            if movement[top.index] > PULSE_SHARE * min(movement[other.index], movement[turn.index]):
                deeper = max(other, turn, key=lambda t: float(movement[t.index]))
                kept[-2:] = [deeper]
                continue
        kept.append(turn)
    return tuple(kept)
