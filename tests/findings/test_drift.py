"""Drift: a slope with an honest interval, found when it is there, silent when it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.findings import find_findings
from backline.findings.drift import slope_of
from backline.model.posture import Reference
from backline.reps import find_reps
from backline.settings import Settings
from backline.sources.no_reference import measured_within_reps
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    Bump,
    Plan,
    bottom_times,
    deadlift_keys,
    noisy,
    pull_times,
    simulate,
    squat_keys,
)

SETTINGS = Settings()


def drifts(plan: Plan, lift: str):
    posture = simulate(plan)
    found = find_findings(posture, find_reps(posture, lift), lift, SETTINGS)
    return [f for f in found if f.kind == "drift"], found


def growing_tuck(reps: int, step: float, first: float = 0.0) -> Plan:
    keys = squat_keys(reps, top_s=1.8)
    bumps = tuple(
        Bump(b + 0.1 + 1.2 + 0.7, first + step * k, 1.0) for k, b in enumerate(bottom_times(keys))
    )
    return Plan(BACK_SQUAT, keys, bumps=bumps)


def test_the_slope_of_an_exact_line_is_exact():
    number = np.arange(1.0, 7.0)
    slope, sd, low, high = slope_of(number, 2 + 1.5 * number, np.full(6, 0.5), 0.95)
    assert slope == pytest.approx(1.5)
    # known sd 0.5, sum of squares about the mean 17.5, 4 degrees of freedom: t = 2.776
    assert sd == pytest.approx(0.5 / np.sqrt(17.5))
    assert high - low == pytest.approx(2 * 2.776 * sd, rel=1e-3)


def test_a_rep_known_badly_weighs_little():
    number, size = np.arange(1.0, 6.0), np.array([0.0, 1.0, 2.0, 3.0, 30.0])
    slope = slope_of(number, size, np.array([0.5, 0.5, 0.5, 0.5, 50.0]), 0.95)[0]
    assert slope == pytest.approx(1.0, abs=0.02)


def test_reps_that_scatter_widen_the_interval():
    number = np.arange(1.0, 7.0)
    calm = slope_of(number, number, np.full(6, 0.3), 0.95)
    wild = slope_of(number, number + np.array([3, -3, 3, -3, 3, -3.0]), np.full(6, 0.3), 0.95)
    assert wild[3] - wild[2] > 5 * (calm[3] - calm[2])


def test_the_interval_holds_the_true_slope_as_often_as_it_says():
    rng, number, hits = np.random.default_rng(3), np.arange(1.0, 6.0), 0
    for _ in range(1000):
        size = 0.7 * number + 0.8 * rng.standard_normal(5)
        _, _, low, high = slope_of(number, size, np.full(5, 0.8), 0.95)
        hits += low <= 0.7 <= high
    assert 0.93 <= hits / 1000 <= 1.0


@pytest.mark.parametrize("seed", range(5))
def test_a_tuck_that_grows_by_two_degrees_a_rep_is_a_drift_at_the_top(seed):
    found, _ = drifts(noisy(growing_tuck(6, 2.0), seed), "squat")
    (drift,) = [f for f in found if f.where == "lockout"]
    assert drift.rep == 0
    assert drift.name == "drift at the top"
    assert drift.size_deg == pytest.approx(10.0, abs=2.5)
    assert drift.certain
    assert "6 reps" in drift.explanation


def test_drift_at_the_bottom_of_a_deadlift_is_found():
    keys = deadlift_keys(6)
    bumps = tuple(Bump(p - 0.3, 8 + 2.5 * k, 0.8) for k, p in enumerate(pull_times(keys)[:6]))
    found, _ = drifts(noisy(Plan(CONVENTIONAL, keys, bumps=bumps), 1), "deadlift")
    assert [f.where for f in found] == ["bottom"]
    assert found[0].size_deg == pytest.approx(12.5, abs=2.5)


def test_drift_at_the_bottom_of_a_squat_needs_no_descent():
    """Every descent is hidden, so no turn-back is measured: the bottoms themselves grow."""
    keys = squat_keys(5)
    bumps = tuple(Bump(b, 4 + 3.0 * k, 0.8) for k, b in enumerate(bottom_times(keys)))
    posture = noisy(Plan(BACK_SQUAT, keys, bumps=bumps), 2)
    whole = [f for f in drifts(posture, "squat")[0] if f.where == "bottom"]
    assert whole[0].size_deg == pytest.approx(12.0, abs=2.5)
    hidden = simulate(posture)
    reps = find_reps(hidden, "squat")
    for rep in reps:
        start, end = rep.phases["descent"]
        hidden.measurable[(hidden.time_s >= start) & (hidden.time_s < end - 0.1)] = False
    found = find_findings(hidden, reps, "squat", SETTINGS)
    (drift,) = [f for f in found if f.kind == "drift" and f.where == "bottom"]
    assert drift.size_deg == pytest.approx(12.0, abs=2.5)


def test_arching_more_in_each_descent_is_no_drift_of_the_bottom():
    """The turn-back grows by 3 degrees a rep, the bottom itself stays."""
    keys = squat_keys(5)
    bottoms = [Bump(b, 6.0, 0.8) for b in bottom_times(keys)]
    arches = [Bump(b - 1.2, -3.0 * k, 0.8) for k, b in enumerate(bottom_times(keys))]
    found, _ = drifts(noisy(Plan(BACK_SQUAT, keys, bumps=(*bottoms, *arches)), 1), "squat")
    assert [f for f in found if f.where == "bottom"] == []


def test_without_a_reference_arching_more_at_each_top_is_no_drift_of_the_bottom():
    """Each rep's zero is its own most extended moment, which moves: the bottoms do not."""
    keys = squat_keys(5)
    bottoms = [Bump(b, 6.0, 0.8) for b in bottom_times(keys)]
    tops = [Bump(b + 1.9, -3.0 * k, 0.6) for k, b in enumerate(bottom_times(keys))]
    for seed in range(3):
        posture = simulate(noisy(Plan(BACK_SQUAT, keys, bumps=(*bottoms, *tops)), seed))
        reps = find_reps(posture, "squat")
        bare = replace(posture, reference=Reference("none"))
        found = find_findings(measured_within_reps(bare, reps), reps, "squat", SETTINGS)
        assert [f for f in found if f.kind == "drift" and f.where == "bottom"] == []


def test_drift_comes_last():
    found, everything = drifts(noisy(growing_tuck(6, 2.0), 1), "squat")
    assert everything[-len(found) :] == tuple(found)


@pytest.mark.parametrize(
    ("reps", "step", "first"),
    [
        (3, 4.0, 0.0),  # too few reps
        (6, 0.4, 0.0),  # grows by 2 only
        (6, 0.0, 9.0),  # large but steady
        (6, -2.0, 12.0),  # gets better
    ],
)
def test_no_drift_is_claimed_without_four_reps_five_degrees_and_growth(reps, step, first):
    for seed in range(4):
        assert drifts(noisy(growing_tuck(reps, step, first), seed), "squat")[0] == []


def test_clean_sets_hardly_ever_drift():
    wrong = 0
    for seed in range(40):
        wrong += len(drifts(noisy(Plan(BACK_SQUAT, squat_keys(5)), seed), "squat")[0])
    assert wrong <= 1
