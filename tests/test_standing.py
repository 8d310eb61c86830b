"""Own standing: found where the lifter stands still and upright, in the order of preference."""

from __future__ import annotations

import numpy as np
import pytest

from backline.posture import Posture, Standing
from backline.standing import CAUTIONS, find_standing, quiet_frames
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    Plan,
    deadlift_keys,
    noisy,
    simulate,
    squat_keys,
)


def standing_of(posture: Posture, minimum_s: float = 0.5, *, travel: bool = True) -> Standing:
    return find_standing(
        posture.time_s,
        posture.motion.hip_height,
        posture.knee_flexion_deg,
        posture.trunk_lean_deg + 7.0,  # raw lean has any zero
        minimum_s=minimum_s,
        hip_travel=posture.motion.hip_travel if travel else None,
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rate_hz", [15.0, 30.0, 60.0])
def test_quiet_standing_before_the_first_rep_is_found_in_noise(seed, rate_hz):
    found = standing_of(simulate(noisy(Plan(BACK_SQUAT, squat_keys(3), rate_hz=rate_hz), seed)))
    assert found.method == "before_first_rep"
    assert 0.0 <= found.start_s < found.end_s <= 3.2
    assert found.end_s - found.start_s >= 1.0


def test_walking_to_the_rack_is_not_standing():
    plan = Plan(BACK_SQUAT, squat_keys(2, first_s=8.0), walks=((0.0, 5.0, -3.0),))
    found = standing_of(simulate(noisy(plan, 1)))
    assert found.method == "before_first_rep"
    assert found.start_s > 4.8
    assert found.end_s < 8.2


def test_of_a_long_stand_the_quietest_four_seconds_are_taken():
    found = standing_of(simulate(noisy(Plan(BACK_SQUAT, squat_keys(1, first_s=11.0)), 2)))
    assert 3.0 <= found.end_s - found.start_s <= 4.05


def test_without_standing_before_a_pause_between_reps_is_second_best():
    keys = ((0.0, 0.9), (0.8, 0.0), *((t + 0.8, d) for t, d in squat_keys(2, first_s=1.6)[1:-1]))
    found = standing_of(simulate(Plan(BACK_SQUAT, keys)))
    assert found.method in {"between_reps", "after_last_rep"}
    assert found.method in CAUTIONS


def test_a_squat_clip_that_starts_with_the_descent_uses_a_pause_between_reps():
    keys = ((0.0, 0.0), *squat_keys(3, first_s=0.05, top_s=2.0)[1:-2])
    found = standing_of(simulate(Plan(BACK_SQUAT, keys)))
    assert found.method == "between_reps"


def test_a_deadlift_stands_before_bending_to_the_bar():
    found = standing_of(simulate(noisy(Plan(CONVENTIONAL, deadlift_keys(3)), 0)))
    assert found.method == "before_first_rep"
    assert found.end_s <= 3.3


def test_a_clip_that_begins_on_the_bar_uses_standing_after_the_set_not_a_lockout():
    keys = deadlift_keys(2)
    cut = tuple((t - 5.0, d) for t, d in keys if t >= 5.0)
    found = standing_of(simulate(Plan(CONVENTIONAL, ((0.0, 1.0), *cut))))
    last_floor = max(t for t, d in cut if d == 1.0)
    assert found.method == "after_last_rep"
    assert found.start_s > last_floor


def test_a_clip_that_shows_nothing_but_lockouts_says_so():
    keys = deadlift_keys(3, stands_up=False)
    cut = tuple((t - 5.0, d) for t, d in keys if t >= 5.0)
    found = standing_of(simulate(Plan(CONVENTIONAL, ((0.0, 1.0), *cut))))
    assert found.method == "between_reps"
    assert "rounding at the top" in CAUTIONS[found.method]


def test_no_quiet_stretch_is_no_standing():
    keys = tuple((k * 0.5, float(k % 2)) for k in range(20))
    found = standing_of(simulate(Plan(BACK_SQUAT, keys)))
    assert found.method == "none"
    assert np.isnan(found.start_s)
    assert "stand still" in CAUTIONS["none"]


def test_standing_all_the_time_is_standing():
    assert standing_of(simulate(Plan(BACK_SQUAT, ((0.0, 0.0), (4.0, 0.0))))).method == (
        "before_first_rep"
    )


@pytest.mark.parametrize("unknown", ["hip_height", "knee_flexion_deg", "trunk_lean_deg"])
def test_one_unknown_signal_does_not_hinder(unknown):
    plan = Plan(BACK_SQUAT, squat_keys(2), unknown=frozenset({unknown}))
    assert standing_of(simulate(plan)).method == "before_first_rep"


def test_nothing_known_is_no_standing():
    n = np.full(60, np.nan)
    assert find_standing(np.arange(60) / 30, n, n, n, minimum_s=0.5).method == "none"


def test_frames_in_which_nothing_was_seen_are_not_standing():
    plan = Plan(BACK_SQUAT, squat_keys(2, first_s=6.0), unseen=((0.0, 3.0),))
    found = standing_of(simulate(plan))
    assert found.start_s >= 3.0


def test_a_stretch_shorter_than_asked_for_will_not_do():
    keys = squat_keys(1, first_s=1.0, top_s=0.1)[:-1]
    posture = simulate(Plan(BACK_SQUAT, keys))
    assert standing_of(posture, minimum_s=0.5).method != "none"
    assert standing_of(posture, minimum_s=3.0).method == "none"


def test_quiet_frames_follow_the_tolerance():
    t = np.arange(0, 4, 1 / 30)
    ramp = np.where(t < 2, 0.0, (t - 2) * 10)
    quiet = quiet_frames(t, [(ramp, 2.0)], 0.5)
    assert quiet[t < 1.5].all()
    assert not quiet[t > 2.5].any()
    assert not quiet_frames(t[:2], [(ramp[:2], 2.0)], 0.5).any()
