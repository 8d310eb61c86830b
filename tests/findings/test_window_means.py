"""The error model: what averaging reduces, what it cannot, and the excess of the largest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backline.findings.decision import judge
from backline.findings.window_means import (
    WindowMean,
    difference,
    expected_largest,
    low_back_of,
    probability_above,
)
from backline.settings import Settings
from tests.simulated import BACK_SQUAT, Bump, Plan, simulate, squat_keys

SETTINGS = Settings()


@pytest.mark.parametrize("count", [2, 5, 20])
def test_the_expected_largest_agrees_with_simulation(count):
    draws = np.random.default_rng(0).standard_normal((20000, count)).max(axis=1)
    assert expected_largest(count) == pytest.approx(np.mean(draws), abs=0.05)


def test_a_single_value_has_no_excess():
    assert expected_largest(1.0) == 0.0
    assert expected_largest(0.3) == 0.0


@pytest.mark.parametrize(
    ("size", "sd", "limit", "expected"),
    [(3, 1, 3, 0.5), (4.645, 1, 3, 0.95), (0, 2, 3, 0.0668), (9, 2, 3, 0.99865)],
)
def test_probability_is_that_of_the_normal_distribution(size, sd, limit, expected):
    assert probability_above(size, sd, limit) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("size", "sd", "expected"),
    [
        (9.0, 1.0, True),
        (5.0, 1.5, True),  # P(size > 3) = 0.909
        (5.0, 1.7, False),  # 0.88
        (4.9, 0.5, False),  # below five is uncertain however sure
        (3.1, 1.0, False),
        (3.1, 2.5, None),  # cannot be told from nothing
        (2.9, 0.1, None),
        (float("nan"), 1.0, None),
        (-6.0, 1.0, None),
    ],
)
def test_sizes_are_judged_by_the_contract(size, sd, expected):
    verdict = judge(size, sd, SETTINGS)
    assert (None if verdict is None else verdict[1]) is expected


def test_the_mean_keeps_the_shared_part_and_averages_the_random_part():
    posture = simulate(Plan(BACK_SQUAT, squat_keys(1), rate_hz=60, sd_deg=2.0))
    back = low_back_of(posture, SETTINGS)
    level = back.mean(*back.frames(0.5, 2.5))
    # variance 4: 0.9 of it shared; the rest over 2 s at 2 x 4 Hz = 16 independent values
    assert level.shared_sd_deg == pytest.approx(np.sqrt(3.6))
    assert level.random_sd_deg == pytest.approx(np.sqrt(0.4 / 16), rel=0.02)


def test_the_shared_error_cancels_in_part_between_two_postures():
    peak, base = WindowMean(10, 9.0, 0.3, 1.0), WindowMean(5, 1.0, 0.4, 1.0)
    size, sd = difference(peak, base, SETTINGS)
    assert size == 8.0
    assert sd == pytest.approx(np.sqrt(0.3**2 + 0.4**2 + 1 + 1 - 2 * 0.5))
    assert difference(peak, None, SETTINGS) == (9.0, pytest.approx(np.sqrt(0.09 + 1)))


def test_a_doubtful_level_lies_between_its_reading_and_own_standing_by_their_variances():
    read = WindowMean(7, -8.0, 0.0, 5.0)  # 25 of variance, 16 of it beyond what is trusted
    level = read.expected_near_standing(4.0, 3.0)
    assert level.at == 7
    assert level.value_deg == pytest.approx(-8.0 * 16 / (16 + 16))
    assert level.shared_sd_deg == pytest.approx(5.0 / 2)
    assert level.random_sd_deg == pytest.approx(4.0 / 2)  # what the truth may lie off standing


@given(st.floats(-15, 15), st.floats(0, 2.0), st.floats(0, 2.0))
def test_a_sure_level_is_taken_at_its_word(value: float, random: float, shared: float):
    read = WindowMean(0, value, random, shared)
    level = read.expected_near_standing(3.0, 3.0)
    assert (level.value_deg, level.shared_sd_deg) == (value, shared)
    assert level.random_sd_deg == pytest.approx(random)


def test_the_most_extended_of_noisy_readings_is_too_extended_and_is_put_right():
    """Slow errors of 5 degrees about a truth of 3: the base as read, and as weighed."""
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 3.0, 4000)
    read = truth + rng.normal(0, 5.0, 4000)
    weighed = np.array(
        [WindowMean(0, v, 0.0, 5.0).expected_near_standing(3.0, 0.0).value_deg for v in read]
    )
    assert np.std(weighed - truth) < 0.6 * np.std(read - truth)
    level = WindowMean(0, 0.0, 0.0, 5.0).expected_near_standing(3.0, 0.0)
    stated = float(np.hypot(level.random_sd_deg, level.shared_sd_deg))
    assert np.std(weighed - truth) == pytest.approx(stated, rel=0.05)


def test_no_size_is_surer_than_the_floor():
    assert difference(WindowMean(0, 5.0, 0.0, 0.0), None, SETTINGS)[1] == SETTINGS.sd_floor_deg


def test_the_largest_window_of_pure_noise_is_not_large():
    found = []
    for seed in range(60):
        posture = simulate(Plan(BACK_SQUAT, squat_keys(1), white_deg=1.0, seed=seed))
        back = low_back_of(posture, SETTINGS)
        found.append(back.largest(*back.frames(0.2, 2.8), 0.2).value_deg)
    assert abs(np.mean(found)) < 0.5


def test_the_largest_window_of_a_real_peak_keeps_its_height():
    posture = simulate(Plan(BACK_SQUAT, squat_keys(1), bumps=(Bump(1.5, 8.0, hold_s=0.3),)))
    back = low_back_of(posture, SETTINGS)
    level = back.largest(*back.frames(0.5, 2.5), 0.2)
    assert level.value_deg == pytest.approx(8.0, abs=0.8)
    assert posture.time_s[level.at] == pytest.approx(1.5, abs=0.15)


def test_frames_that_are_not_measurable_are_blank():
    posture = simulate(Plan(BACK_SQUAT, squat_keys(1)))
    posture.measurable[10:20] = False  # the number is still there, but must not be used
    back = low_back_of(posture, SETTINGS)
    assert np.isnan(back.flexion_deg[10:20]).all()
    assert back.mean(10, 19) is None
    assert back.largest(10, 19, 0.2) is None


def test_flipping_turns_flexion_into_extension():
    back = low_back_of(simulate(Plan(BACK_SQUAT, squat_keys(1), bumps=(Bump(1.5, -6),))), SETTINGS)
    assert back.flipped().largest(*back.frames(0.5, 2.5), 0.2).value_deg > 5
    assert back.smallest(*back.frames(0.5, 2.5), 0.2).value_deg < -5
