"""Flexion-load exposure: time spent at each lumbar flexion, and under what load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.loads.l5s1_load import LoadSeries
from backline.model.posture import FloatArray, Posture
from backline.reps import Rep
from backline.signals.filters import median_step

BIN_DEG = 5.0
"""Width of a step of flexion, degrees: what counts as a finding (contract, rule 1)."""


@dataclass(frozen=True)
class Exposure:
    """Histogram over one set, by degrees of lumbar flexion.

    Parameters
    ----------
    edges_deg : ndarray, shape (k + 1,)
        Limits of the steps.
    time_s : ndarray, shape (k,)
        Time spent in each.
    impulse_ns : ndarray, shape (k,)
        Compression times time in each, newton seconds; zero where no load was computed.
    """

    edges_deg: FloatArray
    time_s: FloatArray
    impulse_ns: FloatArray

    def share_above(self, flexion_deg: float) -> float:
        """Return the part of the impulse at or above a flexion (a limit of a step), 0 to 1.

        NaN where there was no load.
        """
        total = float(self.impulse_ns.sum())
        above = self.edges_deg[:-1] >= flexion_deg - 1e-9
        return float(self.impulse_ns[above].sum()) / total if total > 0 else float("nan")


def exposure(posture: Posture, reps: tuple[Rep, ...], loads: LoadSeries) -> Exposure:
    """Sum time and load by flexion over the reps of a set.

    Parameters
    ----------
    posture : Posture
        The clip; frames that are not measurable are left out.
    reps : tuple of Rep
        Only time within reps counts.
    loads : LoadSeries
        May be empty.

    Returns
    -------
    Exposure
        Steps of `BIN_DEG` from the smallest to the largest flexion; no steps where nothing
        was measured.
    """
    flexion, time_s = posture.lumbar_flexion_deg, posture.time_s
    inside = np.zeros(len(time_s), dtype=bool)
    for rep in reps:
        inside |= (time_s >= rep.start_s) & (time_s <= rep.end_s)
    inside &= posture.measurable & np.isfinite(flexion)
    if not inside.any():
        return Exposure(np.zeros(1), np.zeros(0), np.zeros(0))
    low = np.floor(flexion[inside].min() / BIN_DEG)
    high = np.floor(flexion[inside].max() / BIN_DEG) + 1
    edges = BIN_DEG * np.arange(low, high + 1)
    lasts = _durations(time_s)[inside]
    force = np.nan_to_num(loads.columns["l5s1_compression_n"][inside]) if loads else 0.0 * lasts
    return Exposure(
        edges_deg=edges,
        time_s=np.histogram(flexion[inside], edges, weights=lasts)[0],
        impulse_ns=np.histogram(flexion[inside], edges, weights=lasts * force)[0],
    )


def _durations(time_s: FloatArray) -> FloatArray:
    """Return each frame's duration: half of the time to each of its neighbours."""
    if len(time_s) < 2:
        return np.zeros(len(time_s))
    steps = np.diff(time_s)
    steps = np.minimum(steps, 5 * median_step(time_s))
    return np.asarray(
        np.concatenate(([steps[0]], steps)) / 2 + np.concatenate((steps, [steps[-1]])) / 2
    )
