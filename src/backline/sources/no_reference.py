"""Without a reference: each rep measured from its own most extended moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import FloatArray, Posture
from backline.reps import Rep
from backline.signals.filters import moving_mean

MOST_EXTENDED_S = 0.2
"""The most extended moment of a rep is the least mean over this time, seconds (as a peak is the
mean over `Settings.event_window_s`)."""


def measured_within_reps(posture: Posture, reps: Sequence[Rep]) -> Posture:
    """Measure each rep from its own most extended moment, where there is no reference.

    A frame between two reps belongs to the nearer one; without reps, all frames belong together.
    Trunk lean stays as it is.

    Parameters
    ----------
    posture : Posture
        Changes from any zero.
    reps : sequence of Rep
        The reps found in it.
    """
    n = len(posture)
    flexion = np.where(posture.measurable, posture.lumbar_flexion_deg, np.nan)
    nearest = _rep_of(posture.time_s, reps)
    zero, sds = np.full(n, np.nan), []
    for k in range(max(len(reps), 1)):
        own = inside = nearest == k
        if reps:
            inside = own & (posture.time_s >= reps[k].start_s) & (posture.time_s <= reps[k].end_s)
            inside = inside if np.isfinite(flexion[inside]).any() else own
        level = moving_mean(posture.time_s, np.where(inside, flexion, np.nan), MOST_EXTENDED_S)
        known = np.flatnonzero(np.isfinite(level))
        if len(known):
            at = known[int(np.argmin(level[known]))]
            zero[own] = level[at]
            sds.append(float(posture.lumbar_flexion_sd_deg[at]))
    sd = float(np.median(sds)) / math.sqrt(2.0) if sds else math.nan
    flexion = posture.lumbar_flexion_deg - zero
    return replace(
        posture,
        lumbar_flexion_deg=flexion,
        lumbar_flexion_sd_deg=np.hypot(posture.lumbar_flexion_sd_deg, np.nan_to_num(sd)),
        pelvic_tilt_deg=posture.trunk_lean_deg - flexion,
        measurable=posture.measurable & np.isfinite(flexion),
        reference=replace(posture.reference, sd_deg=np.nan_to_num(sd)),
    )


def _rep_of(time_s: FloatArray, reps: Sequence[Rep]) -> NDArray[np.int64]:
    """Return which rep each frame belongs to: the one that it is in, else the nearest."""
    if not reps:
        return np.zeros(len(time_s), dtype=np.int64)
    away = [np.maximum(np.maximum(r.start_s - time_s, time_s - r.end_s), 0.0) for r in reps]
    return np.asarray(np.argmin(np.stack(away), axis=0), dtype=np.int64)
