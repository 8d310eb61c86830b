"""Smoothing and means on uneven times with gaps, against answers known on paper."""

from __future__ import annotations

import numpy as np
import pytest

from backline.signals.filters import (
    lowpass,
    median_step,
    moving_mean,
    running_median,
    runs_of,
    speed,
)


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ([], []),
        ([False, False], []),
        ([True, True], [(0, 2)]),
        ([True, False, True, True], [(0, 1), (2, 4)]),
    ],
)
def test_runs_of_true_are_found_with_exclusive_stop(mask, expected):
    assert runs_of(np.array(mask, dtype=bool)) == expected


def test_a_slow_wave_passes_unshifted_and_a_fast_one_is_removed():
    t = np.arange(0, 10, 1 / 60)
    slow, fast = np.sin(2 * np.pi * 0.5 * t), np.sin(2 * np.pi * 15 * t)
    out = lowpass(t, slow + fast, 3.0)
    inner = slice(60, -60)
    assert np.max(np.abs(out - slow)[inner]) < 0.01


def test_uneven_times_give_the_same_curve_as_even_ones():
    even = np.arange(0, 8, 1 / 30)
    uneven = even + np.random.default_rng(1).uniform(-0.4, 0.4, len(even)) / 30
    smooth = lowpass(uneven, np.cos(uneven), 3.0)
    assert np.max(np.abs(smooth - np.cos(uneven))) < 0.01


def test_a_straight_line_stays_a_straight_line_up_to_its_ends():
    t = np.arange(0, 3, 1 / 30)
    np.testing.assert_allclose(lowpass(t, 2 * t + 1, 3.0), 2 * t + 1, atol=2e-3)


def test_short_gaps_are_bridged_and_long_ones_stay_gaps():
    t = np.arange(0, 6, 1 / 30)
    values = np.ones_like(t)
    values[(t > 1) & (t < 1.2)] = np.nan
    values[(t > 3) & (t < 4)] = np.nan
    out = lowpass(t, values, 3.0)
    assert np.isfinite(out[(t > 1) & (t < 1.2)]).all()
    assert np.isnan(out[(t > 3.01) & (t < 3.99)]).all()


@pytest.mark.parametrize("known", [0, 1, 2, 5])
def test_a_series_with_hardly_any_values_neither_fails_nor_invents(known):
    t = np.arange(20) / 30
    values = np.full(20, np.nan)
    values[:known] = 4.0
    out = lowpass(t, values, 3.0)
    assert np.isfinite(out).sum() == known
    np.testing.assert_allclose(out[:known], 4.0)


def test_a_low_frame_rate_lowers_the_cut_off_instead_of_failing():
    t = np.arange(0, 20, 0.25)
    assert np.isfinite(lowpass(t, np.sin(t), 3.0)).all()


def test_the_moving_mean_of_a_line_has_no_bias_even_at_its_ends():
    t = np.arange(0, 2, 1 / 30)
    np.testing.assert_allclose(moving_mean(t, 5 * t, 0.2), 5 * t, atol=1e-9)


def test_the_moving_mean_divides_white_noise_by_the_root_of_the_frames():
    t = np.arange(0, 200, 1 / 30)
    noise = np.random.default_rng(2).standard_normal(len(t))
    assert np.std(moving_mean(t, noise, 0.2)) == pytest.approx(1 / np.sqrt(7), rel=0.05)


def test_unknown_samples_stay_unknown_and_do_not_spread():
    t = np.arange(0, 1, 1 / 30)
    values = np.ones_like(t)
    values[10] = np.nan
    out = moving_mean(t, values, 0.2)
    assert np.isnan(out[10])
    np.testing.assert_allclose(np.delete(out, 10), 1.0)
    assert np.isnan(moving_mean(t, np.full(len(t), np.nan), 0.2)).all()


def test_speed_is_the_slope_on_uneven_times():
    t = np.array([0.0, 0.1, 0.3, 0.4])
    np.testing.assert_allclose(speed(t, 3 * t), 3.0)
    np.testing.assert_allclose(speed(t[:1], t[:1]), 0.0)


def test_the_median_step_needs_two_samples():
    assert median_step(np.array([0.0, 0.1, 0.2, 0.5])) == pytest.approx(0.1)
    assert np.isnan(median_step(np.array([1.0])))


def test_a_running_median_removes_wild_frames_and_keeps_steps_and_gaps():
    t = np.arange(0, 3, 1 / 30)
    values = np.where(t < 1.5, 0.0, 1.0)
    wild = values.copy()
    wild[[10, 11, 60]] = 50.0
    wild[30] = np.nan
    out = running_median(t, wild, 0.25)
    assert np.isnan(out[30])
    np.testing.assert_allclose(np.delete(out, 30), np.delete(values, 30))
    np.testing.assert_allclose(running_median(t[:1], values[:1], 0.25), values[:1])
