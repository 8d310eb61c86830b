"""Drift: growth of the rounding from rep to rep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.findings.events import Event
from backline.findings.window_means import LowBack
from backline.model.posture import FloatArray
from backline.reps import Phase, Rep
from backline.settings import Settings

RANDOM_FLOOR_DEG = 0.3
"""Least standard deviation of a rep's size in the fit, degrees."""


@dataclass(frozen=True)
class Trend:
    """The straight line through the sizes of one place, rep by rep.

    Parameters
    ----------
    where : str
        Phase.
    slope_deg, low_deg, high_deg : float
        Degrees a rep, and the ends of its interval.
    growth_deg, growth_sd_deg : float
        Slope times the reps from first to last, degrees.
    peak_s : float
        Time of the event in the last rep that was measured, seconds.
    """

    where: Phase
    slope_deg: float
    low_deg: float
    high_deg: float
    growth_deg: float
    growth_sd_deg: float
    peak_s: float


def slope_of(
    number: FloatArray, size_deg: FloatArray, sd_deg: FloatArray, confidence: float
) -> tuple[float, float, float, float]:
    """Fit a weighted straight line and return its slope with its interval.

    Parameters
    ----------
    number : ndarray, shape (n,)
        Rep numbers, three different ones at least.
    size_deg, sd_deg : ndarray, shape (n,)
        Sizes and their random standard deviations, degrees.
    confidence : float
        Of the two-sided interval, 0 to 1.

    Returns
    -------
    slope, sd, low, high : float
        Degrees a rep. The spread of the reps about the line counts where it is larger than
        their stated standard deviations (lifters vary too).
    """
    from scipy.special import stdtrit  # Student's quantile

    weight = 1.0 / sd_deg**2
    centre = float(np.average(number, weights=weight))
    spread = float(np.sum(weight * (number - centre) ** 2))
    level = float(np.average(size_deg, weights=weight))
    slope = float(np.sum(weight * (number - centre) * (size_deg - level))) / spread
    left = size_deg - level - slope * (number - centre)
    freedom = len(number) - 2
    scale = max(1.0, float(np.sum(weight * left**2)) / freedom)
    sd = float(np.sqrt(scale / spread))
    reach = float(stdtrit(freedom, (1 + confidence) / 2)) * sd
    return slope, sd, slope - reach, slope + reach


def trends_of(
    back: LowBack, reps: tuple[Rep, ...], sized: dict[Phase, list[tuple[Rep, Event]]]
) -> list[Trend]:
    """Return the trend of every place that was measured in enough reps.

    For bottom and lockout these are their sizes, for descent and ascent how far their middle is
    above the line between their ends.

    Parameters
    ----------
    back : LowBack
        The low back.
    reps : tuple of Rep
        The reps.
    sized : dict
        Phase to the reps with their event there, for bottom and lockout.
    """
    settings = back.settings
    trends = []
    for where, found in sized.items():
        rows = [
            (rep.index, event.size_deg, _random_sd(event), float(back.time_s[event.peak.at]))
            for rep, event in found
        ]
        trends += _trend(where, rows, settings)
    ways: tuple[Phase, ...] = ("descent", "ascent")
    for where in ways:
        rows = [row for rep in reps if (row := _bulge(back, rep, where)) is not None]
        trends += _trend(where, rows, settings)
    return trends


def _trend(
    where: Phase, rows: list[tuple[int, float, float, float]], settings: Settings
) -> list[Trend]:
    """Return the trend through rows of number, size, sd, time; nothing for too few."""
    if len(rows) < settings.drift_least_reps:
        return []
    number, size, sd, times = (
        np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)
    )
    sd = np.maximum(sd, RANDOM_FLOOR_DEG)
    slope, slope_sd, low, high = slope_of(number, size, sd, settings.drift_confidence)
    length = float(np.ptp(number))
    return [Trend(where, slope, low, high, slope * length, slope_sd * length, float(times[-1]))]


def _random_sd(event: Event) -> float:
    """Return the part of an event's error that differs from rep to rep, degrees."""
    base = 0.0 if event.base is None else event.base.random_sd_deg
    return float(np.hypot(event.peak.random_sd_deg, base))


def _bulge(back: LowBack, rep: Rep, where: Phase) -> tuple[int, float, float, float] | None:
    """Return how far the middle half of a phase is above the line between its ends."""
    span = rep.phases.get(where)
    if span is None or not back.measured(rep, where):
        return None
    quarter = (span[1] - span[0]) / 4
    parts = [(span[0], span[0] + quarter), (span[0] + quarter, span[1] - quarter)]
    parts.append((span[1] - quarter, span[1]))
    levels = [back.mean(*back.frames(*part)) for part in parts]
    before, middle, after = levels
    if before is None or middle is None or after is None:
        return None
    size = middle.value_deg - (before.value_deg + after.value_deg) / 2
    sd = np.sqrt(middle.random_sd_deg**2 + (before.random_sd_deg**2 + after.random_sd_deg**2) / 4)
    return rep.index, size, float(sd), float(back.time_s[middle.at])
