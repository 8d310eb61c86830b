"""Proportion of reps with a finding, its interval adjusted for reps clustered in lifters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import FloatArray

LEVEL = 0.95  # confidence of the intervals, the customary one


@dataclass(frozen=True)
class Share:
    """A share of reps.

    Parameters
    ----------
    share : float
        Reps with the finding by reps that could be judged, 0 to 1; NaN where none could.
    low, high : float
        95 % interval.
    reps, lifters : int
        That could be judged.
    lifters_with : int
        Lifters with at least one such rep.
    """

    share: float
    low: float
    high: float
    reps: int
    lifters: int
    lifters_with: int


def share_of(with_it: FloatArray, judged: FloatArray) -> Share:
    """Return a share over lifters who each gave some reps.

    The reps of a lifter are alike, so lifters are the units: the variance is that of a ratio over
    clusters, and the interval is Clopper and Pearson's at the effective number of reps (Korn and
    Graubard 1998, Survey Methodology 24:193). Where all or none have it, or there is one lifter,
    every lifter counts as one rep.

    Parameters
    ----------
    with_it, judged : ndarray, shape (lifters,)
        Reps with the finding, and reps that could be judged.
    """
    kept = judged > 0
    hits, tried = with_it[kept].astype(float), judged[kept].astype(float)
    lifters, reps = len(tried), float(tried.sum())
    if lifters == 0:
        return Share(float("nan"), 0.0, 1.0, 0, 0, 0)
    share = float(hits.sum() / reps)
    effective = _effective(hits, tried, share)
    low, high = _clopper_pearson(share * effective, effective)
    return Share(share, low, high, int(reps), lifters, int((hits > 0).sum()))


def _effective(hits: FloatArray, tried: FloatArray, share: float) -> float:
    """Return the effective number of independent reps."""
    from scipy.special import stdtrit  # scipy.stats would take a second and a half to import

    lifters, reps = len(tried), float(tried.sum())
    if lifters < 2 or share in (0.0, 1.0):
        return float(lifters)
    off = hits - share * tried
    variance = lifters / (lifters - 1) * float((off**2).sum()) / reps**2
    if variance == 0:
        return float(lifters)
    quantile = (1 + LEVEL) / 2
    few = (stdtrit(max(reps - 1, 1), quantile) / stdtrit(lifters - 1, quantile)) ** 2
    return float(min(share * (1 - share) / variance * few, reps))


def _clopper_pearson(hits: float, reps: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    tail = (1 - LEVEL) / 2
    low = betaincinv(hits, reps - hits + 1, tail) if hits > 0 else 0.0
    high = betaincinv(hits + 1, reps - hits, 1 - tail) if hits < reps else 1.0
    return float(low), float(high)


def mean_curve(curves: FloatArray, lifter: NDArray[np.int64]) -> tuple[FloatArray, FloatArray, int]:
    """Return mean and spread of curves over lifters; each lifter counts once.

    Parameters
    ----------
    curves : ndarray, shape (reps, points)
        Degrees; NaN where not measured.
    lifter : ndarray of int, shape (reps,)
        Who.

    Returns
    -------
    mean, sd : ndarray, shape (points,)
        Degrees; the standard deviation is that between lifters, NaN with fewer than two.
    lifters : int
        How many.
    """
    count = int(lifter.max()) + 1 if len(lifter) else 0
    known = np.isfinite(curves)
    filled = np.where(known, curves, 0.0)
    total = np.stack([np.bincount(lifter, one, count) for one in filled.T], axis=1)
    times = np.stack([np.bincount(lifter, one, count) for one in known.T], axis=1)
    own = np.full_like(total, np.nan)
    np.divide(total, times, out=own, where=times > 0)
    there = np.isfinite(own)
    n = there.sum(axis=0)
    filled = np.where(there, own, 0.0)
    mean = np.full(curves.shape[1], np.nan)
    np.divide(filled.sum(axis=0), n, out=mean, where=n > 0)
    square = (np.where(there, own - mean, 0.0) ** 2).sum(axis=0)
    sd = np.full(curves.shape[1], np.nan)
    np.divide(square, n - 1, out=sd, where=n > 1)
    return mean, np.sqrt(sd), int(there.any(axis=1).sum())
