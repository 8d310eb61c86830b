"""Lockouts as reference: the most upright moment of each rep, where no quiet standing is shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backline.model.posture import BoolArray, Posture
from backline.reps.types import Rep
from backline.signals.movement_depth import depth_of_movement

LOCKOUT_HALF_S = 0.2
"""A lockout's most upright moment is taken with this much before and after it, seconds."""
LOCKOUT_MOVEMENT = 0.06
"""And with no more bend than this above its least (see `backline.signals.movement_depth`)."""
VISIBLE_SHARE, LEAST_FRAMES = 0.3, 3
"""Such a moment serves where this share of its frames, and so many of them, show the low back."""
LOCKOUT_PRIOR_DEG = 4.0
"""How far lockouts lie from the standing reference, standard deviation, degrees: on average within
2 (Bengtsson 2022), and half of the most that people tuck in standing (9
degrees, Levine and Whittle 1996)."""
SPREAD_DEG = 1.5
"""Taken as the scatter among lockouts where there is one alone, degrees (judgement)."""


def upright_moments(
    posture: Posture, reps: Sequence[Rep], usable: BoolArray
) -> tuple[tuple[float, float], ...]:
    """Return the most upright moment of each lockout that shows the low back.

    Parameters
    ----------
    posture : Posture
        The body's position and lean; the low back need not be known.
    reps : sequence of Rep
        The reps found in it.
    usable : ndarray of bool, shape (n,)
        Frames that show the low back.

    Returns
    -------
    tuple of (float, float)
        Start and end of each, seconds.
    """
    movement, time_s = depth_of_movement(posture), posture.time_s
    spans = []
    for rep in reps:
        if "lockout" not in rep.phases:
            continue
        start, end = rep.phases["lockout"]
        inside = np.flatnonzero((time_s >= start) & (time_s <= end) & np.isfinite(movement))
        if not len(inside):
            continue
        top = inside[int(np.argmin(movement[inside]))]
        close = inside[
            (np.abs(time_s[inside] - time_s[top]) <= LOCKOUT_HALF_S)
            & (movement[inside] <= movement[top] + LOCKOUT_MOVEMENT)
        ]
        if usable[close].mean() >= VISIBLE_SHARE and usable[close].sum() >= LEAST_FRAMES:
            spans.append((float(time_s[close[0]]), float(time_s[close[-1]])))
    return tuple(spans)
