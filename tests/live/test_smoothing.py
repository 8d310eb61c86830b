"""The live filter's lag is what it says; it neither overshoots nor bridges long gaps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backline.live.smoothing import FORGET_S, CausalFilter


@pytest.mark.parametrize("lag_s", [0.03, 0.06, 0.1])
def test_straight_line_comes_out_delayed_by_exactly_the_stated_lag(lag_s: float) -> None:
    times = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.06, 100))  # uneven, as live is
    made = CausalFilter(lag_s)
    out = [made.push(t, 10 * t) for t in times]
    assert out[-1] == pytest.approx(10 * (times[-1] - lag_s), abs=1e-3)


def test_step_is_approached_without_overshoot() -> None:
    made = CausalFilter()
    out = [made.push(k / 30, float(k >= 10)) for k in range(60)]
    assert max(out) <= 1.0
    assert out[-1] == pytest.approx(1.0, abs=1e-4)
    assert np.all(np.diff(out) >= -1e-12)


def test_filter_is_causal() -> None:
    one, other = CausalFilter(), CausalFilter()
    for k in range(20):
        assert one.push(k / 30, math.sin(k)) == other.push(k / 30, math.sin(k))
    one.push(20 / 30, 100.0)
    other.push(20 / 30, -100.0)


def test_unknown_value_stays_unknown_and_leaves_no_trace() -> None:
    made = CausalFilter()
    made.push(0.0, 5.0)
    assert math.isnan(made.push(0.03, math.nan))
    assert made.push(0.06, 5.0) == pytest.approx(5.0)


def test_after_a_long_gap_the_old_value_is_forgotten() -> None:
    made = CausalFilter()
    made.push(0.0, 50.0)
    assert made.push(FORGET_S + 0.1, 1.0) == 1.0
