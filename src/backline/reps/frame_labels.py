"""Rep number and phase of every frame, for the series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import FloatArray, Posture
from backline.reps.types import Rep
from backline.signals.movement_depth import depth_of_movement
from backline.signals.standing import (
    HIP_HEIGHT_TOLERANCE,
    HIP_TRAVEL_TOLERANCE,
    KNEE_TOLERANCE_DEG,
    LEAN_TOLERANCE_DEG,
    UPRIGHT_MOVEMENT,
    quiet_frames,
)

QUIET_WINDOW_S = 0.5
"""Standing is quiet for at least this long, seconds."""
WALKING_MOVEMENT = 0.4
"""Largest depth while the bar is taken out and the lifter walks back."""


def rep_and_phase(
    reps: tuple[Rep, ...], time_s: FloatArray
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return rep number and phase name of every frame, blank between reps.

    Parameters
    ----------
    reps : tuple of Rep
        In the order of time.
    time_s : ndarray, shape (n,)
        Seconds.

    Returns
    -------
    rep : ndarray of int, shape (n,)
        0 outside every rep.
    phase : ndarray of object (str), shape (n,)
        ``""`` outside every phase. Phases are half open, ``start <= time < end``; the last
        frame of a rep's last phase belongs to it.
    """
    rep = np.zeros(len(time_s), dtype=np.int64)
    phase = np.full(len(time_s), "", dtype=object)
    for one in reps:
        last = max((end for _, end in one.phases.values()), default=one.end_s)
        for name, (start, end) in one.phases.items():
            closed = (time_s <= end) if end == last else (time_s < end)
            inside = (time_s >= start) & closed
            phase[inside] = name
            rep[inside] = one.index
        within = (time_s >= one.start_s) & (time_s <= one.end_s) & (rep == 0)
        rep[within] = one.index
    return rep, phase


def phase_at(
    reps: tuple[Rep, ...], posture: Posture
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return the rep and phase of each frame, those between reps too.

    Parameters
    ----------
    reps : tuple of Rep
        In the order of time.
    posture : Posture
        The clip that they were found in.

    Returns
    -------
    rep : ndarray of int, shape (n,)
        0 outside reps.
    phase : ndarray of object (str), shape (n,)
        Outside reps ``"standing"`` where upright and quiet, the standing reference among it,
        ``"unrack"`` where the lifter moves upright before the first rep, else ``""``.
    """
    time_s = posture.time_s
    number, phase = rep_and_phase(reps, time_s)
    if len(time_s) < 2:
        return number, phase
    movement = depth_of_movement(posture)
    moving = [
        (posture.motion.hip_height, HIP_HEIGHT_TOLERANCE),
        (posture.motion.hip_travel, HIP_TRAVEL_TOLERANCE),
        (posture.knee_flexion_deg, KNEE_TOLERANCE_DEG),
        (posture.trunk_lean_deg, LEAN_TOLERANCE_DEG),
    ]
    quiet = quiet_frames(time_s, moving, QUIET_WINDOW_S)
    own = (time_s >= posture.standing.start_s) & (time_s <= posture.standing.end_s)
    between = number == 0
    if reps:
        phase[between & (time_s < reps[0].start_s) & (movement < WALKING_MOVEMENT)] = "unrack"
    phase[between & (own | (quiet & (movement < UPRIGHT_MOVEMENT)))] = "standing"
    return number, phase
