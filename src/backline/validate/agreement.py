"""Agreement of two series: pure functions on arrays, with the terms of method comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import FloatArray

#: Standard normal quantile of 95 % limits.
Z95 = 1.959964
BOOTSTRAP_DRAWS = 1000
"""Sets of clips drawn with replacement for an interval."""


@dataclass(frozen=True)
class Agreement:
    """Summary of errors (measured minus true).

    Parameters
    ----------
    n : int
        Number of errors.
    bias, sd, rmse : float
        Mean, standard deviation (n - 1) and root mean square, in the errors' unit.
    low, high : float
        Bland and Altman's 95 % limits of agreement, bias ± 1.96 sd.
    """

    n: int
    bias: float
    sd: float
    rmse: float
    low: float
    high: float


def agreement(error: FloatArray) -> Agreement:
    """Sum up errors; NaN are left out.

    Parameters
    ----------
    error : ndarray, shape (n,)
        Measured minus true.
    """
    known = error[np.isfinite(error)]
    if len(known) == 0:
        nan = float("nan")
        return Agreement(0, nan, nan, nan, nan, nan)
    bias = float(known.mean())
    sd = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    return Agreement(len(known), bias, sd, rmse(known), bias - Z95 * sd, bias + Z95 * sd)


def rmse(error: FloatArray) -> float:
    """Return the root mean square of the known errors, NaN where there are none."""
    known = error[np.isfinite(error)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else float("nan")


def clustered_interval(error: FloatArray, cluster: NDArray[np.int64]) -> tuple[float, float]:
    """Return a 95 % interval of the root mean square error, by a bootstrap over clips.

    The frames of one clip share a body and a camera, so clips, not frames, are resampled.

    Parameters
    ----------
    error : ndarray, shape (n,)
        Errors; NaN are left out.
    cluster : ndarray of int, shape (n,)
        The clip that each belongs to.

    Returns
    -------
    (float, float)
        NaN with fewer than two clips.
    """
    known = np.isfinite(error)
    _, member = np.unique(cluster[known], return_inverse=True)
    if not known.any() or member.max() < 1:
        return float("nan"), float("nan")
    squares = np.bincount(member, error[known] ** 2)
    counts = np.bincount(member).astype(np.float64)
    clips = len(counts)
    rng = np.random.default_rng([0, clips])
    times = rng.multinomial(clips, np.full(clips, 1 / clips), size=BOOTSTRAP_DRAWS)
    drawn = np.sqrt((times @ squares) / (times @ counts))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def coverage(error: FloatArray, sd: FloatArray, level: float = 0.9) -> float:
    """Return the share of errors inside the stated interval of a level.

    Parameters
    ----------
    error, sd : ndarray, shape (n,)
        Errors and stated standard deviations; unknown pairs are left out.
    level : float
        Nominal coverage between 0 and 1; the interval is ± the normal quantile times sd.
    """
    return float(calibration(error, sd, np.array([level]))[0])


def calibration(error: FloatArray, sd: FloatArray, levels: FloatArray) -> FloatArray:
    """Return the observed coverage at each nominal level; NaN where nothing is known."""
    from scipy.special import ndtri

    known = np.isfinite(error) & np.isfinite(sd) & (sd > 0)
    if not known.any():
        return np.full(len(levels), np.nan)
    scaled = np.abs(error[known] / sd[known])
    return np.array([float(np.mean(scaled <= ndtri(0.5 + level / 2))) for level in levels])


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a proportion (Wilson 1927); NaN for n = 0."""
    from statsmodels.stats.proportion import proportion_confint

    if n == 0:
        return float("nan"), float("nan")
    low, high = proportion_confint(successes, n, method="wilson")
    return float(low), float(high)


def area_under_roc(positive: FloatArray, negative: FloatArray) -> float:
    """Return the probability that a positive scores above a negative, ties counting half.

    Parameters
    ----------
    positive, negative : ndarray, shapes (n,) and (m,)
        Scores; NaN are left out. 0.5 is chance level.
    """
    from scipy.stats import rankdata

    positive, negative = _known(positive), _known(negative)
    n, m = len(positive), len(negative)
    if n == 0 or m == 0:
        return float("nan")
    ranks = rankdata(np.concatenate([positive, negative]))[:n]
    return float((ranks.sum() - n * (n + 1) / 2) / (n * m))


@dataclass(frozen=True)
class Cut:
    """A threshold on a score with its sensitivity and false alarms."""

    threshold: float
    sensitivity: float
    false_alarms: float


def at_threshold(positive: FloatArray, negative: FloatArray, threshold: float) -> Cut:
    """Return the sensitivity and false alarms of a threshold; an unknown score is no alarm."""
    return Cut(threshold, _share_above(positive, threshold), _share_above(negative, threshold))


def best_threshold(positive: FloatArray, negative: FloatArray) -> Cut:
    """Return the threshold with the largest sensitivity minus false alarms (Youden's index).

    It is chosen and evaluated on the same data, so its result is optimistic.
    """
    known = np.unique(np.concatenate([_known(positive), _known(negative)]))
    if len(known) == 0:
        return Cut(float("nan"), float("nan"), float("nan"))
    middles = (known[1:] + known[:-1]) / 2
    thresholds = [at_threshold(positive, negative, float(t)) for t in (known[0] - 1.0, *middles)]
    return max(thresholds, key=lambda rates: rates.sensitivity - rates.false_alarms)


def _known(values: FloatArray) -> FloatArray:
    return np.asarray(values[np.isfinite(values)], dtype=np.float64)


def _share_above(scores: FloatArray, threshold: float) -> float:
    return float(np.mean(scores > threshold)) if len(scores) else float("nan")
