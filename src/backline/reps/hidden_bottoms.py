"""Hidden bottoms: a plate hides the lifter from the descent to the ascent."""

from __future__ import annotations

import numpy as np

from backline.model.posture import FloatArray
from backline.signals.filters import runs_of
from backline.signals.movement_depth import BRIDGED_GAP_S

LONGEST_S = 3.0
"""A bottom and the ways to and from it may stay hidden this long, seconds (a slow squat takes
about as long from half way down to half way up)."""
FOLDED_SHARE = 0.5
"""Before and after the gap the lifter is folded at least this share of the deepest bend seen."""
SLOPE_S = 0.25
"""Speed at the gap's edges is taken over this time, seconds."""


def hidden_bottoms(time_s: FloatArray, movement: FloatArray) -> list[tuple[int, int]]:
    """Find the gaps that hide one bottom.

    The lifter goes down into such a gap (or is down already) and comes up out of it. A gap that
    begins in the ascent hides a top, or more than that, and divides the clip.

    Parameters
    ----------
    time_s, bend : ndarray, shape (n,)
        Seconds, and the smoothed bend; NaN in gaps.

    Returns
    -------
    list of (int, int)
        Last frame before and first frame after each gap.
    """
    known = np.isfinite(movement)
    if not known.any():
        return []
    folded = FOLDED_SHARE * float(np.nanmax(movement))
    found = []
    for first, stop in runs_of(np.asarray(~known, dtype=np.bool_)):
        before, after = first - 1, stop
        if before < 0 or after >= len(movement):
            continue
        lasts = time_s[after] - time_s[before]
        deep = min(movement[before], movement[after]) >= folded
        down = _slope(time_s, movement, before, -1) >= 0.0
        up = _slope(time_s, movement, after, +1) <= 0.0 or movement[after] >= movement[before]
        if BRIDGED_GAP_S < lasts <= LONGEST_S and deep and down and up:
            found.append((before, after))
    return found


def bridged(time_s: FloatArray, values: FloatArray, gaps: list[tuple[int, int]]) -> FloatArray:
    """Interpolate a signal in gaps with a smooth curve that continues its slopes.

    Parameters
    ----------
    time_s, values : ndarray, shape (n,)
        Seconds and the signal, any unit.
    gaps : list of (int, int)
        From :func:`hidden_bottoms`.

    Returns
    -------
    ndarray, shape (n,)
        Filled where the signal is known at both edges of a gap.
    """
    out = values.copy()
    for before, after in gaps:
        if not (np.isfinite(values[before]) and np.isfinite(values[after])):
            continue
        inside = np.arange(before + 1, after)
        lasts = time_s[after] - time_s[before]
        x = (time_s[inside] - time_s[before]) / lasts
        start, end = (_slope(time_s, values, i, s) * lasts for i, s in ((before, -1), (after, 1)))
        rise = values[after] - values[before]
        # a body slows down towards its turning point, so the curve must not overshoot
        most = max(abs(start), abs(end), 1e-12)
        damp = min(1.0, _range(values) / most)
        start, end = start * damp, end * damp
        out[inside] = (
            values[before]
            + start * (x - 2 * x**2 + x**3)
            + rise * (3 * x**2 - 2 * x**3)
            + end * (x**3 - x**2)
        )
    return out


def _range(values: FloatArray) -> float:
    """Return the signal's range: with it as speed a hidden turn is a quarter of it away."""
    return float(np.nanmax(values) - np.nanmin(values))


def _slope(time_s: FloatArray, values: FloatArray, at: int, way: int) -> float:
    """Return the speed over the last `SLOPE_S` before (-1) or after (+1) a frame, a second."""
    beside_gap = (way * (time_s - time_s[at]) >= 0) & (np.abs(time_s - time_s[at]) <= SLOPE_S)
    beside_gap &= np.isfinite(values)
    if beside_gap.sum() < 3:
        return 0.0
    return float(np.polyfit(time_s[beside_gap], values[beside_gap], 1)[0])
