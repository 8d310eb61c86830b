"""Depth of the movement: one signal from five, and its turning points.

Five signals say how deep a lifter is: the fall of hip and shoulders, hip flexion, knee flexion
and trunk lean. None is reliable alone (a plate hides the knee, a Romanian deadlift hardly lowers
the hip, a walking leg flexes hip and knee), so each is brought to a common scale and their mean
is taken: one wrong signal has limited influence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.model.posture import FloatArray, Posture
from backline.signals.filters import lowpass, running_median, runs_of

FULL_HIP_DROP = 0.5
"""Fall of the hip in a full squat, leg lengths (hip level with the knee)."""
FULL_HIP_FLEXION_DEG = 100.0
"""Hip flexion of a parallel squat, degrees."""
FULL_KNEE_FLEXION_DEG = 110.0
"""Knee flexion of a parallel squat, degrees."""
FULL_TRUNK_LEAN_DEG = 60.0
"""Trunk lean half way between a squat (about 40) and a deadlift (about 75), degrees."""
FULL_SHOULDER_DROP = 0.65
"""Fall of the shoulders in either, leg lengths (hip fall, and a trunk of 0.6 that leans)."""
SIGNAL_WEIGHTS = np.array([1.0, 1.0, 1.0, 1.0, 2.0])
"""Weights of hip height, hip and knee flexion, trunk lean and shoulder height, no unit: plates and
rack hide hip, knee and ankle, not the shoulders."""
UPRIGHT_PERCENTILE = 5.0
"""Each signal's own upright level is its percentile from the upright end."""
WILD_S = 0.25
"""Width of the running median that removes outliers from each signal first, seconds."""
CUTOFF_HZ = 3.0
"""Zero-phase low-pass of the bend, Hz: reps repeat below 1 Hz, phases turn below 3 Hz."""
BRIDGED_GAP_S = 1.0
"""Gaps in all signals up to this are bridged, seconds; longer ones divide the clip."""
LEAST_SHARE = 0.3
"""A signal known in fewer frames than this share of the best known one is left out."""


@dataclass(frozen=True)
class TurningPoint:
    """A turning point of the bend.

    Parameters
    ----------
    index : int
        Frame.
    deep : bool
        True at a bottom, False at a top.
    """

    index: int
    deep: bool


@dataclass(frozen=True)
class Stretch:
    """A gap-free stretch of the clip and its turning points.

    Parameters
    ----------
    first, last : int
        Its frames, both inclusive.
    turns : tuple of TurningPoint
        Tops and bottoms in turn.
    """

    first: int
    last: int
    turns: tuple[TurningPoint, ...]


def scaled_signals(
    hip_drop: FloatArray,
    hip_flexion_deg: FloatArray,
    knee_flexion_deg: FloatArray,
    trunk_lean_deg: FloatArray,
    shoulder_drop: FloatArray,
) -> FloatArray:
    """Scale the five signals: each changes by about 1 from upright to a full squat.

    Parameters
    ----------
    hip_drop, shoulder_drop : ndarray, shape (n,)
        Fall of hip and shoulders, leg lengths, any zero.
    hip_flexion_deg, knee_flexion_deg, trunk_lean_deg : ndarray, shape (n,)
        Degrees, + flexion and forward, any zero.

    Returns
    -------
    ndarray, shape (n, 5)
        In the order of `SIGNAL_WEIGHTS`; NaN where unknown.
    """
    return np.column_stack([
        hip_drop / FULL_HIP_DROP,
        hip_flexion_deg / FULL_HIP_FLEXION_DEG,
        knee_flexion_deg / FULL_KNEE_FLEXION_DEG,
        trunk_lean_deg / FULL_TRUNK_LEAN_DEG,
        shoulder_drop / FULL_SHOULDER_DROP,
    ])  # fmt: skip


def movement_depth(
    time_s: FloatArray,
    hip_height: FloatArray,
    hip_flexion_deg: FloatArray,
    knee_flexion_deg: FloatArray,
    trunk_lean_deg: FloatArray,
    shoulder_height: FloatArray | None = None,
) -> FloatArray:
    """Return how far the body is folded down: 0 upright, about 1 in a full squat.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    hip_height : ndarray, shape (n,)
        Leg lengths, 1 = standing.
    hip_flexion_deg, knee_flexion_deg, trunk_lean_deg : ndarray, shape (n,)
        Degrees, + flexion and forward; any zero will do, since each signal's own upright
        level is subtracted. NaN where unknown, a whole signal too.
    shoulder_height : ndarray, shape (n,), optional
        Leg lengths, any zero.

    Returns
    -------
    ndarray, shape (n,)
        The smoothed bend, no unit; NaN in gaps longer than `BRIDGED_GAP_S`.
    """
    unknown = np.full(len(time_s), np.nan)
    signals = scaled_signals(
        -hip_height,
        hip_flexion_deg,
        knee_flexion_deg,
        trunk_lean_deg,
        unknown if shoulder_height is None else -shoulder_height,
    )
    columns = np.column_stack([running_median(time_s, signal, WILD_S) for signal in signals.T])
    weights = SIGNAL_WEIGHTS
    counts = np.isfinite(columns).sum(axis=0)
    kept = counts > LEAST_SHARE * max(int(counts.max(initial=0)), 1)
    columns, weights = columns[:, kept], weights[kept]
    if columns.shape[1] == 0:
        return np.full(len(time_s), np.nan)
    columns = columns - np.nanpercentile(columns, UPRIGHT_PERCENTILE, axis=0)
    return lowpass(time_s, _common(columns, weights), CUTOFF_HZ, max_gap_s=BRIDGED_GAP_S)


def depth_of_movement(posture: Posture) -> FloatArray:
    """Return `movement_depth` of a posture."""
    return movement_depth(
        posture.time_s,
        posture.motion.hip_height,
        posture.hip_flexion_deg,
        posture.knee_flexion_deg,
        posture.trunk_lean_deg,
        posture.motion.shoulder_height,
    )


def _common(columns: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the columns' weighted mean; a missing cell is filled from the others by a line."""
    known = np.isfinite(columns)
    any_known = known.any(axis=1)
    common = np.full(len(columns), np.nan)
    common[any_known] = weighted_mean(columns[any_known], weights)
    if known[any_known].all():
        return common
    for _ in range(3):
        filled = columns.copy()
        for c in range(columns.shape[1]):
            at, missing = known[:, c], any_known & ~known[:, c]
            if missing.any() and np.ptp(common[at]) > 0:
                slope, level = np.polyfit(common[at], columns[at, c], 1)
                filled[missing, c] = slope * common[missing] + level
        common[any_known] = weighted_mean(filled[any_known], weights)
    return common


def weighted_mean(rows: FloatArray, weights: FloatArray = SIGNAL_WEIGHTS) -> FloatArray:
    """Return each row's weighted mean over its known cells, shape (n,); one at least is known."""
    known = np.isfinite(rows)
    total = np.where(known, rows, 0.0) @ weights
    return np.asarray(total / (known @ weights), dtype=np.float64)


def turning_points(movement: FloatArray, reversal: float) -> list[Stretch]:
    """Return the alternating tops and bottoms of each gap-free stretch.

    Parameters
    ----------
    movement : ndarray, shape (n,)
        See `movement_depth`; NaN divides the clip.
    reversal : float
        Smallest change of depth between a top and a bottom that counts.

    Returns
    -------
    list of Stretch
        The last turn of a stretch is the furthest point reached since the turn before it.
        A stretch without any reversal has no turns.
    """
    return [
        Stretch(start, stop - 1, _zigzag(movement[start:stop].tolist(), reversal, start))
        for start, stop in runs_of(np.isfinite(movement))
    ]


def _zigzag(values: list[float], reversal: float, start: int) -> tuple[TurningPoint, ...]:
    """Return the turns of a gap-free list: a turn counts once left behind by ``reversal``."""
    turns: list[TurningPoint] = []
    low = high = 0
    going = 0  # +1 folding down, -1 rising, 0 not known yet
    for i, value in enumerate(values):
        if value > values[high]:
            high = i
        if value < values[low]:
            low = i
        if going >= 0 and values[high] - value >= reversal:
            turns.append(TurningPoint(start + high, deep=True))
            going, low = -1, i
        elif going <= 0 and value - values[low] >= reversal:
            turns.append(TurningPoint(start + low, deep=False))
            going, high = 1, i
    if going:
        turns.append(
            TurningPoint(start + high, deep=True)
            if going > 0
            else TurningPoint(start + low, deep=False)
        )
    return tuple(turns)
