"""Agreement of two measurements of the same lift, aligned in time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backline.errors import NotMeasurableError
from backline.model.posture import FloatArray
from backline.signals.filters import lowpass
from backline.storage.atomic_file import atomic_file
from backline.validate.agreement import Agreement, agreement
from backline.validate.bland_altman import blank_figure, draw_agreement

if TYPE_CHECKING:
    import pandas as pd

QUANTITIES = {
    "lumbar_flexion_deg": "lumbar flexion",
    "pelvic_tilt_deg": "pelvic tilt",
    "trunk_lean_deg": "trunk lean",
    "hip_flexion_deg": "hip flexion",
    "knee_flexion_deg": "knee flexion",
}
"""Compared columns, where both have them."""
ALIGNED_BY = ("trunk_lean_deg", "pelvic_tilt_deg", "knee_flexion_deg")
"""Series that give the lag of two clocks, best first; never the low back, which is compared."""
RATE_HZ = 100.0  # both series are compared at this rate, as motion capture has it
LEAST_SHARED = 0.5
"""Least overlap, as a share of the shorter one, for a lag: over a short overlap any two series
correlate."""
LEAST_CORRELATION = 0.8
"""Least correlation for a lag (judgement)."""
LIKELY_CORRELATION = 0.95
"""Below this correlation a warning is given (judgement). A higher one proves nothing: even
different reps of one lifter correlate by 0.99."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """How two measurements agree; differences are the second less the first.

    Parameters
    ----------
    offset_s : float
        Seconds added to the second one's clock.
    correlation : float
        Of the series that gave the lag, or would have given it where the clocks were taken as
        they are; NaN where they share none.
    agreements : dict of str to Agreement
        By column; degrees.
    pairs : dict of str to (ndarray, ndarray)
        Values of the first and of the second at the first one's times; NaN where unknown.
    shared_s : float
        Time that both cover, seconds.
    """

    offset_s: float
    correlation: float
    agreements: dict[str, Agreement]
    pairs: dict[str, tuple[FloatArray, FloatArray]]
    shared_s: float

    @property
    def doubt(self) -> str:
        """A warning where the two may not show the same lift, else ``""``."""
        if not self.correlation < LIKELY_CORRELATION:
            return ""
        return (
            f"The two may not show the same lift: they move alike with r = {self.correlation:.2f}, "
            f"and {LIKELY_CORRELATION:g} or more was expected; check that they do, and that the "
            "clocks fit."
        )


def compare(first: pd.DataFrame, second: pd.DataFrame, *, align: bool = True) -> Comparison:
    """Compare two series tables of the contract.

    Parameters
    ----------
    first, second : pandas.DataFrame
        With ``time_s`` and the angle columns.
    align : bool
        Whether to shift the second one's clock to the best correlation.

    Raises
    ------
    NotMeasurableError
        If they share no quantity or no time, or do not move alike at any lag.
    """
    offset, correlation = _lag(first, second) if align else (0.0, float("nan"))
    if align and not correlation >= LEAST_CORRELATION:
        raise NotMeasurableError(
            f"The two do not move alike at any lag (best correlation {correlation:.2f}, "
            f"{LEAST_CORRELATION:g} was expected): give two measurements of the same lift, or "
            "--no-align where their clocks are one."
        )
    time_s = _column(first, "time_s")
    theirs = _column(second, "time_s") + offset
    pairs, agreements = {}, {}
    for name in QUANTITIES:
        if name not in first or name not in second:
            continue
        mine, other = _column(first, name), _read(time_s, theirs, _column(second, name))
        found = agreement(other - mine)
        if found.n:
            pairs[name], agreements[name] = (mine, other), found
    if not agreements:
        raise NotMeasurableError(
            "The two share no frame with a measured angle: check that both show the same lift, "
            "and that neither was refused."
        )
    if not align:
        correlation = _correlation(pairs)
    shared = min(time_s[-1], theirs[-1]) - max(time_s[0], theirs[0])
    return Comparison(offset, correlation, agreements, pairs, float(shared))


def draw(comparison: Comparison, names: tuple[str, str], path: Path) -> Path:
    """Draw Bland and Altman's plot of each quantity: difference over mean, with the limits."""
    n = len(comparison.pairs)
    figure, axes = blank_figure(n, (3.4 * n, 3.4))
    for axis, (name, (mine, other)) in zip(axes, comparison.pairs.items(), strict=True):
        draw_agreement(axis, mine, other, QUANTITIES[name])
        axis.set_xlabel("mean of both (deg)")
    axes[0].set_ylabel(f"{names[1]} less {names[0]} (deg)")
    with atomic_file(path) as part:
        figure.savefig(part, dpi=120)
    return path


def _lag(first: pd.DataFrame, second: pd.DataFrame) -> tuple[float, float]:
    """Return the seconds to add to the second one's clock, and the correlation there."""
    for name in ALIGNED_BY:
        tracks = [_even(table, name) for table in (first, second) if name in table]
        if len(tracks) == 2 and all(len(values) for _, values in tracks):
            (start, mine), (other_start, other) = tracks
            shift, score = _best_shift(mine, other)
            return start - other_start + shift / RATE_HZ, score
    raise NotMeasurableError(
        "The two share no trunk lean, pelvic tilt or knee flexion to align them by: give "
        "--no-align where their clocks are one."
    )


def _correlation(pairs: dict[str, tuple[FloatArray, FloatArray]]) -> float:
    """Return the correlation of both without a shift: Pearson's r, NaN if unknown."""
    for name in ALIGNED_BY:
        if name in pairs:
            mine, other = pairs[name]
            known = np.isfinite(mine) & np.isfinite(other)
            if known.sum() > 2 and np.ptp(mine[known]) > 0 and np.ptp(other[known]) > 0:
                return float(np.corrcoef(mine[known], other[known])[0, 1])
    return float("nan")


def _best_shift(mine: FloatArray, other: FloatArray) -> tuple[float, float]:
    """Return the shift of ``other``, samples, at which the overlapping parts correlate best.

    Pearson's correlation at every shift, from sums over the overlap; the peak is refined by a
    parabola.
    """
    from scipy.signal import correlate, correlation_lags

    def sums(a: FloatArray, b: FloatArray) -> FloatArray:
        return np.asarray(correlate(a, b, mode="full", method="fft"))

    one, two = np.ones(len(mine)), np.ones(len(other))
    count = np.round(sums(one, two))
    a, b = sums(mine, two), sums(one, other)
    cross = sums(mine, other) - a * b / count
    spread_a = sums(mine**2, two) - a**2 / count
    spread_b = sums(one, other**2) - b**2 / count
    whole = min(len(mine), len(other))
    enough = count >= LEAST_SHARED * whole
    # an overlap without movement correlates with anything
    enough &= spread_a > 0.3 * spread_a.max()
    score = np.where(enough, cross / np.sqrt(np.maximum(spread_a * spread_b, 1e-9)), -1.0)
    k = int(np.argmax(score))
    shift = float(correlation_lags(len(mine), len(other), mode="full")[k])
    if 0 < k < len(score) - 1 and enough[k - 1] and enough[k + 1]:
        left, middle, right = score[k - 1 : k + 2]
        curvature = left - 2 * middle + right
        shift += 0.5 * (left - right) / curvature if curvature < 0 else 0.0
    return shift, float(score[k])


def _even(table: pd.DataFrame, name: str) -> tuple[float, FloatArray]:
    """Return the start and a smoothed series at an even rate, gaps bridged."""
    time_s, values = _column(table, "time_s"), _column(table, name)
    known = np.isfinite(values)
    if known.sum() < 3:
        return 0.0, np.zeros(0)
    grid = np.arange(time_s[known][0], time_s[known][-1], 1.0 / RATE_HZ)
    even = np.interp(grid, time_s[known], values[known])
    return float(grid[0]), lowpass(grid, even, 4.0)


def _read(at_s: FloatArray, time_s: FloatArray, values: FloatArray) -> FloatArray:
    """Read a series at other times: linear between neighbours that are both known."""
    return np.interp(at_s, time_s, values, left=np.nan, right=np.nan)


def _column(table: pd.DataFrame, name: str) -> FloatArray:
    return np.asarray(table[name].to_numpy(dtype=np.float64, na_value=np.nan))
