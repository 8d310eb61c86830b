"""Filters and statistics of series with uneven times and gaps."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from backline.model.posture import BoolArray, FloatArray

FILLED_GAP_S = 0.35
"""Gaps up to here are bridged when a series is smoothed, seconds: shorter than any phase
of a lift (a rep lasts 3 to 4 s, Lander 1992)."""


FILTER_NAME = "zero-phase Butterworth, second order, run both ways"
"""How the results name the filter of `lowpass`."""


def runs_of(mask: BoolArray) -> list[tuple[int, int]]:
    """Return the (start, stop) index pairs of the runs of True, stop exclusive."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def known_mean(values: FloatArray) -> float:
    """Return the mean of the known values; NaN where none is known."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def known_median(values: FloatArray) -> float:
    """Return the median of the known values; NaN where none is known."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def median_step(time_s: FloatArray) -> float:
    """Return the median time between samples, seconds; NaN for fewer than two samples."""
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else float("nan")


def lowpass(
    time_s: FloatArray,
    values: FloatArray,
    cutoff_hz: float,
    *,
    max_gap_s: float = FILLED_GAP_S,
) -> FloatArray:
    """Smooth a series without shifting it in time.

    A second-order Butterworth filter runs forwards and backwards over a uniform resampling,
    so variable frame rate is honoured.

    Parameters
    ----------
    time_s, values : ndarray, shape (n,)
        Strictly increasing times in seconds, and the series; NaN where unknown.
    cutoff_hz : float
        Cut-off, Hz; lowered to 0.4 of the sampling rate where that is less.
    max_gap_s : float
        Gaps up to here are bridged, longer ones stay NaN, seconds.

    Returns
    -------
    ndarray, shape (n,)
        The smoothed series.
    """
    out = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    if len(known) == 0:
        return out
    step = median_step(time_s)
    gap = max(max_gap_s, 2.5 * step) if np.isfinite(step) else max_gap_s
    for piece in np.split(known, np.flatnonzero(np.diff(time_s[known]) > gap) + 1):
        inside = slice(int(piece[0]), int(piece[-1]) + 1)
        out[inside] = _smooth_piece(time_s[inside], time_s[piece], values[piece], cutoff_hz, step)
    return out


def _smooth_piece(
    at_s: FloatArray, time_s: FloatArray, values: FloatArray, cutoff_hz: float, step: float
) -> FloatArray:
    """Filter one gap-free piece and interpolate it at ``at_s``."""
    from scipy.signal import sosfiltfilt  # slow to import

    count = round((time_s[-1] - time_s[0]) / step) + 1 if len(time_s) > 1 else 1
    if count < 6:
        return np.interp(at_s, time_s, values)
    grid = np.linspace(time_s[0], time_s[-1], count)
    rate = 1.0 / (grid[1] - grid[0])
    sos = _butterworth(min(cutoff_hz, 0.4 * rate), rate)
    pad = min(count - 1, int(np.ceil(rate / cutoff_hz)))
    smooth = sosfiltfilt(sos, np.interp(grid, time_s, values), padlen=pad)
    return np.interp(at_s, grid, smooth)


@lru_cache(maxsize=64)
def _butterworth(cutoff_hz: float, rate_hz: float) -> FloatArray:
    """Return the second-order low pass; designing it takes longer than a series' filtering."""
    from scipy.signal import butter  # slow to import

    sections: FloatArray = butter(2, cutoff_hz, fs=rate_hz, output="sos")
    return sections


def moving_mean(time_s: FloatArray, values: FloatArray, width_s: float) -> FloatArray:
    """Return the centred mean over ``width_s`` seconds, from the known samples alone.

    Parameters
    ----------
    time_s, values : ndarray, shape (n,)
        Times in seconds and the series; NaN where unknown.
    width_s : float
        Full width of the window, seconds.

    Returns
    -------
    ndarray, shape (n,)
        The means; NaN where the series itself is.
    """
    known = np.isfinite(values)
    out = np.full(len(values), np.nan)
    if not known.any():
        return out
    t, v = time_s[known], values[known]
    total = np.concatenate(([0.0], np.cumsum(v)))
    edge = width_s / 2 + 1e-9
    first = np.searchsorted(t, t - edge, side="left")
    last = np.searchsorted(t, t + edge, side="right")
    # near an end the window shrinks symmetrically, so that a slope gives no bias
    index = np.arange(len(t))
    half = np.minimum(index - first, last - 1 - index)
    first, last = index - half, index + half + 1
    out[known] = (total[last] - total[first]) / (last - first)
    return out


def running_median(time_s: FloatArray, values: FloatArray, width_s: float) -> FloatArray:
    """Return the centred median over about ``width_s`` seconds: single outliers vanish.

    Parameters
    ----------
    time_s, values : ndarray, shape (n,)
        Times in seconds and the series; NaN where unknown.
    width_s : float
        Full width of the window, seconds, at the median frame rate.

    Returns
    -------
    ndarray, shape (n,)
        The medians of the known values; NaN where the series itself is.
    """
    from pandas import Series  # slow to import

    step = median_step(time_s)
    frames = 2 * round(width_s / step / 2) + 1 if np.isfinite(step) else 1
    medians = Series(values).rolling(frames, center=True, min_periods=1).median().to_numpy()
    return np.where(np.isfinite(values), medians, np.nan)


def speed(time_s: FloatArray, values: FloatArray) -> FloatArray:
    """Return the time derivative, units a second; NaN where the series is unknown."""
    if len(values) < 2:
        return np.zeros(len(values))
    return np.asarray(np.gradient(values, time_s), dtype=np.float64)
