"""Statistics whose answers are known on paper."""

from __future__ import annotations

import numpy as np
import pytest

from backline.validate.agreement import (
    agreement,
    area_under_roc,
    at_threshold,
    best_threshold,
    calibration,
    clustered_interval,
    coverage,
    rmse,
    wilson,
)

A = np.array


def test_agreement_of_three_errors_by_hand() -> None:
    # mean 2, deviations -1 0 1, variance 2 / 2 = 1, mean square (1 + 4 + 9) / 3
    found = agreement(A([1.0, 2.0, 3.0]))
    assert (found.n, found.bias, found.sd) == (3, 2.0, 1.0)
    assert found.rmse == pytest.approx(np.sqrt(14 / 3))
    assert found.low == pytest.approx(2 - 1.959964)
    assert found.high == pytest.approx(2 + 1.959964)


def test_unknown_errors_are_left_out() -> None:
    assert agreement(A([1.0, np.nan, 3.0])).n == 2
    assert rmse(A([np.nan, 3.0, -3.0])) == 3.0


def test_nothing_known_gives_nothing() -> None:
    found = agreement(A([np.nan]))
    assert found.n == 0
    assert np.isnan([found.bias, found.rmse, found.low]).all()
    assert np.isnan(rmse(A([])))


def test_one_error_has_no_spread() -> None:
    found = agreement(A([4.0]))
    assert (found.bias, found.sd, found.low, found.high) == (4.0, 0.0, 4.0, 4.0)


def test_clips_with_equal_errors_leave_no_doubt() -> None:
    assert clustered_interval(np.full(60, -2.0), np.repeat([1, 2, 3], 20)) == (2.0, 2.0)


def test_the_interval_spans_the_clips_and_not_the_frames() -> None:
    error = np.concatenate([np.full(500, 1.0), np.full(500, 3.0)])
    low, high = clustered_interval(error, np.repeat([0, 1], 500))
    # with two clips, a quarter of the draws holds the first twice and a quarter the second
    assert (low, high) == (1.0, 3.0)


def test_the_interval_of_many_clips_holds_the_known_value() -> None:
    rng = np.random.default_rng(1)
    clip = np.repeat(np.arange(200), 30)
    error = rng.normal(0, 2, 200)[clip]  # clip-wise errors of 2 degrees
    low, high = clustered_interval(error, clip)
    assert low < 2.0 < high
    # sd of the mean square of 200 normal values: 4 sqrt(2 / 200), halved by the root
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(2 / 200), rel=0.25)


def test_one_clip_has_no_interval() -> None:
    assert np.isnan(clustered_interval(A([1.0, 2.0]), A([7, 7]))).all()


def test_right_standard_deviations_cover_what_they_say() -> None:
    rng = np.random.default_rng(2)
    sd = rng.uniform(1, 5, 40_000)
    levels = A([0.5, 0.8, 0.9, 0.95])
    assert calibration(rng.normal(0, sd), sd, levels) == pytest.approx(levels, abs=0.01)


def test_halved_standard_deviations_cover_too_little() -> None:
    rng = np.random.default_rng(3)
    # P(|z| < 1.645 / 2) = 0.589
    assert coverage(rng.normal(0, 2, 40_000), np.ones(40_000)) == pytest.approx(0.589, abs=0.01)


def test_frames_without_an_interval_do_not_count() -> None:
    sd = A([1.0, np.nan, 0.0, 1.0])
    assert coverage(A([0.0, 0.0, 0.0, 9.0]), sd) == 0.5
    assert np.isnan(coverage(A([0.0]), A([np.nan])))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # Wilson's own formula by hand: z2 / (n + z2)
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),  # the same
    ],
)
def test_wilson_intervals_of_the_literature(
    successes: int, n: int, low: float, high: float
) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=1e-4)


def test_no_trials_have_no_interval() -> None:
    assert np.isnan(wilson(0, 0)).all()


@pytest.mark.parametrize(
    ("positive", "negative", "area"),
    [
        ([3.0, 4.0], [1.0, 2.0], 1.0),
        ([1.0, 2.0], [3.0, 4.0], 0.0),
        ([1.0, 1.0], [1.0, 1.0], 0.5),  # ties count half
        ([1.0, 3.0], [2.0], 0.5),
        ([np.nan, 3.0], [2.0, np.nan], 1.0),  # unknown ones are left out
    ],
)
def test_area_under_roc_by_counting_pairs(
    positive: list[float], negative: list[float], area: float
) -> None:
    assert area_under_roc(A(positive), A(negative)) == area


def test_area_needs_both_kinds() -> None:
    assert np.isnan(area_under_roc(A([1.0]), A([])))


def test_an_unknown_score_is_no_alarm() -> None:
    cut = at_threshold(A([9.0, np.nan]), A([1.0, np.nan, 9.0, 1.0]), 5.0)
    assert (cut.sensitivity, cut.false_alarms) == (0.5, 0.25)


def test_the_best_threshold_parts_what_can_be_parted() -> None:
    cut = best_threshold(A([7.0, 8.0, 9.0]), A([1.0, 2.0, 5.0]))
    assert cut.threshold == 6.0
    assert (cut.sensitivity, cut.false_alarms) == (1.0, 0.0)


def test_the_best_threshold_of_a_useless_score_gains_nothing() -> None:
    cut = best_threshold(A([1.0, 2.0]), A([1.0, 2.0]))
    assert cut.sensitivity == cut.false_alarms


def test_no_scores_have_no_threshold() -> None:
    assert np.isnan(best_threshold(A([np.nan]), A([])).threshold)
