"""The bend signal and its turning points."""

from __future__ import annotations

import numpy as np
import pytest

from backline.signals.movement_depth import (
    TurningPoint,
    depth_of_movement,
    movement_depth,
    turning_points,
)
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    ROMANIAN,
    Plan,
    noisy,
    simulate,
    squat_keys,
)


def indices(turns: tuple[TurningPoint, ...]) -> list[tuple[int, bool]]:
    return [(t.index, t.deep) for t in turns]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0.1, 0, 0.1], []),  # below the reversal
        ([0, 1, 0], [(0, False), (1, True), (2, False)]),
        ([0, 1, 0.8, 1.1, 0], [(0, False), (3, True), (4, False)]),  # a second dip is no turn
        ([1, 0], [(0, True), (1, False)]),  # begins at the bottom
        ([0, 1], [(0, False), (1, True)]),  # ends at the bottom
        ([0.5, 0.6, 0], [(1, True), (2, False)]),  # begins on the way down
    ],
)
def test_turning_points_of_small_series(values, expected):
    (stretch,) = turning_points(np.array(values, dtype=float), 0.3)
    assert indices(stretch.turns) == expected


def test_a_gap_parts_the_clip_and_indices_count_from_its_beginning():
    values = np.array([0, 1, 0, np.nan, 0, 1, 0])
    first, second = turning_points(values, 0.3)
    assert (first.first, first.last) == (0, 2)
    assert (second.first, second.last) == (4, 6)
    assert indices(second.turns) == [(4, False), (5, True), (6, False)]


@pytest.mark.parametrize(
    ("style", "low", "high"), [(BACK_SQUAT, 0.8, 1.3), (CONVENTIONAL, 0.5, 1.3), (ROMANIAN, 0.3, 1)]
)
def test_every_lift_bends_clearly_more_than_standing_noise(style, low, high):
    posture = simulate(noisy(Plan(style, squat_keys(2)), 3))
    movement = depth_of_movement(posture)
    assert low < np.max(movement) < high
    assert np.std(movement[posture.time_s < 2.5]) < 0.02


def test_one_odd_signal_of_four_moves_the_bend_by_a_quarter_of_its_error():
    posture = simulate(Plan(BACK_SQUAT, squat_keys(1)))
    broken = np.where(posture.time_s < 2.0, 120.0, posture.knee_flexion_deg)
    movement = movement_depth(
        posture.time_s,
        posture.motion.hip_height,
        posture.hip_flexion_deg,
        broken,
        posture.trunk_lean_deg,
    )
    error = 120.0 / 110.0  # of a full squat's knee flexion
    assert np.max(movement[posture.time_s < 1.5]) == pytest.approx(error / 4, abs=0.03)


def test_signals_that_drop_out_in_stretches_leave_no_step():
    full = simulate(Plan(BACK_SQUAT, squat_keys(2)))
    holes = np.where((full.time_s > 3.5) & (full.time_s < 5.5), np.nan, full.motion.hip_height)
    args = (full.hip_flexion_deg, full.knee_flexion_deg, full.trunk_lean_deg)
    whole = movement_depth(full.time_s, full.motion.hip_height, *args)
    partly = movement_depth(full.time_s, holes, *args)
    assert np.max(np.abs(whole - partly)) < 0.12


def test_nothing_known_gives_nothing():
    n = np.full(30, np.nan)
    assert np.isnan(movement_depth(np.arange(30) / 30, n, n, n, n)).all()
