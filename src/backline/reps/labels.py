"""Rep number and phase of every frame, for the series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backline.bend import bend_of
from backline.posture import Posture
from backline.reps.types import Rep
from backline.standing import (
    HIP_HEIGHT_TOLERANCE,
    HIP_TRAVEL_TOLERANCE,
    KNEE_TOLERANCE_DEG,
    LEAN_TOLERANCE_DEG,
    UPRIGHT_BEND,
    quiet_frames,
)

QUIET_WINDOW_S = 0.5
"""Standing is quiet for at least this long, seconds."""
WALKING_BEND = 0.4
"""A lifter who takes the bar out and walks back is less bent than this."""


def phase_at(reps: tuple[Rep, ...], posture: Posture) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Return the rep and phase of each frame.

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
    phase : ndarray of str, shape (n,)
        Outside reps ``"standing"`` where upright and quiet, ``"unrack"`` where the lifter moves
        upright before the first rep, else ``""``.
    """
    time_s, n = posture.time_s, len(posture)
    number = np.zeros(n, dtype=np.int64)
    phase = np.full(n, "", dtype="<U8")
    if n < 2:
        return number, phase
    bend = bend_of(posture)
    moving = [
        (posture.motion.hip_height, HIP_HEIGHT_TOLERANCE),
        (posture.motion.hip_travel, HIP_TRAVEL_TOLERANCE),
        (posture.knee_flexion_deg, KNEE_TOLERANCE_DEG),
        (posture.trunk_lean_deg, LEAN_TOLERANCE_DEG),
    ]
    quiet = quiet_frames(time_s, moving, QUIET_WINDOW_S)
    if reps:
        phase[(time_s < reps[0].start_s) & (bend < WALKING_BEND)] = "unrack"
    phase[quiet & (bend < UPRIGHT_BEND)] = "standing"
    for rep in reps:
        inside = (time_s >= rep.start_s) & (time_s <= rep.end_s)
        number[inside] = rep.index
        phase[inside] = ""
        for name, (start, end) in rep.phases.items():
            phase[(time_s >= start) & (time_s <= end)] = name
    return number, phase
