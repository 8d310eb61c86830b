"""Finding the reps of a lift."""

from __future__ import annotations

import numpy as np

from backline.model.posture import Posture
from backline.model.trial import Lift
from backline.reps.floor_start import floor_start_reps, from_floor
from backline.reps.rep_signals import rep_signals_of
from backline.reps.top_start import top_start_reps
from backline.reps.types import Rep

LEAST_FRAMES = 8
"""Fewer frames than this hold no rep."""


def find_reps(posture: Posture, lift: Lift) -> tuple[Rep, ...]:
    """Find the reps and their phases.

    Parameters
    ----------
    posture : Posture
        The whole clip. Any of its signals may be unknown in stretches, and the low back
        everywhere: reps rest on hip height, hip and knee flexion and trunk lean.
    lift : {"squat", "deadlift"}
        A deadlift's rep begins on the floor (floor, ascent, lockout, descent), unless it is
        Romanian; every other rep begins at the top (descent, bottom, ascent, lockout).

    Returns
    -------
    tuple of Rep
        In the order of time, numbered from 1; empty where there is none.
    """
    if len(posture) < LEAST_FRAMES:
        return ()
    tracks = rep_signals_of(posture)
    if not np.isfinite(tracks.movement).any():
        return ()
    if lift == "deadlift" and from_floor(tracks):
        return floor_start_reps(tracks)
    return top_start_reps(tracks)
