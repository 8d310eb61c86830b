"""The standing reference: found where the lifter is still and upright, in order of preference."""

from __future__ import annotations

import numpy as np
import pytest

from backline.model.posture import Posture, Standing
from backline.reasons import sentence
from backline.signals.movement_depth import FULL_TRUNK_LEAN_DEG
from backline.signals.standing import (
    CANDIDATE_S,
    LEANING_MOVEMENT,
    LONGEST_S,
    REP_SHARE,
    UPRIGHT_MOVEMENT,
    find_standing,
    quiet_frames,
    standing_candidates,
)
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    Plan,
    bottom_times,
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
    assert sentence("standing_second_best", found.method)


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
    assert "rounding at the top" in sentence("standing_second_best", found.method)


def test_no_quiet_stretch_is_no_standing():
    keys = tuple((k * 0.5, float(k % 2)) for k in range(20))
    found = standing_of(simulate(Plan(BACK_SQUAT, keys)))
    assert found.method == "none"
    assert np.isnan(found.start_s)


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


LEANING_DEG = 42.0
"""A lean that makes a bend of 0.23 (42 / 60 over three signals): under a bar, not upright."""
TOO_FAR_DEG = 66.0
"""A lean of bend 0.37: bent over, no standing at all."""


def leaning(*parts: tuple[float, float, float], walk_after_s: float = 99.0) -> Standing:
    """Find the standing of a lifter whose lean (degrees) and depth are given part by part.

    Each part is (seconds, lean, depth): held for its length, 0.6 s of half cosine before it.
    After ``walk_after_s`` the lifter walks, so that nothing is quiet there.
    """
    ends = np.cumsum([length + 0.6 for length, _, _ in parts])
    t = np.arange(0.0, ends[-1], 1 / 30)
    knots = np.ravel([[end - length, end] for end, (length, _, _) in zip(ends, parts, strict=True)])
    lean, depth = (np.interp(t, knots, np.repeat([part[k] for part in parts], 2)) for k in (1, 2))
    walking = np.where(t > walk_after_s, 0.3 * (t - walk_after_s), 0.0)
    return find_standing(
        t, 1.0 - 0.5 * depth, 110.0 * depth, lean, minimum_s=0.5, hip_travel=walking
    )


def test_the_leans_used_here_lie_on_either_side_of_the_limits():
    leans = np.array([LEANING_DEG, TOO_FAR_DEG]) / FULL_TRUNK_LEAN_DEG / 3.0
    assert UPRIGHT_MOVEMENT < leans[0] < LEANING_MOVEMENT < leans[1]


def test_a_lifter_who_leans_under_the_bar_stands_there_where_nothing_is_straighter():
    found = leaning((3.0, LEANING_DEG, 0.0), (0.3, 60.0, 1.0), (4.0, 0.0, 0.0), walk_after_s=5.0)
    assert found.method == "before_first_rep"
    assert 0.0 <= found.start_s < found.end_s <= 3.7


def test_straight_standing_before_the_lift_is_preferred_to_a_longer_lean():
    found = leaning((1.2, 0.0, 0.0), (3.5, LEANING_DEG, 0.0), (0.3, 60.0, 1.0), (2.0, 0.0, 0.0))
    assert found.method == "before_first_rep"
    assert found.end_s <= 1.9


def test_leaning_before_the_lift_is_preferred_to_straight_standing_after_it():
    found = leaning((2.0, LEANING_DEG, 0.0), (0.3, 60.0, 1.0), (4.0, 0.0, 0.0))
    assert found.method == "before_first_rep"
    assert found.end_s <= 2.7


def test_leaning_anywhere_else_is_not_standing():
    lowered = (0.6, TOO_FAR_DEG, 0.2)  # before the lift nothing but this
    found = leaning(
        lowered,
        (0.3, 60.0, 1.0),
        (2.0, LEANING_DEG, 0.0),
        (0.3, 60.0, 1.0),
        (3.0, 0.0, 0.0),
        walk_after_s=6.0,
    )
    assert found.method == "none"


def test_bent_further_than_under_a_bar_is_not_standing():
    found = leaning((3.0, TOO_FAR_DEG, 0.0), (0.3, 60.0, 1.0), (4.0, 0.0, 0.0), walk_after_s=5.0)
    assert found.method == "none"


def test_a_bend_much_shallower_than_the_reps_does_not_come_before_standing():
    """Getting under the bar is no rep: what follows it is still before the first rep."""
    under = REP_SHARE - 0.15
    found = leaning(
        (0.2, 0.0, 0.0),
        (0.3, 60.0 * under, under),
        (2.0, 0.0, 0.0),
        (0.3, 60.0, 1.0),
        (0.2, 0.0, 0.0),
    )
    assert found.method == "before_first_rep"
    assert 1.5 < found.start_s < found.end_s < 4.5


def test_a_bend_nearly_as_deep_as_the_others_is_a_rep():
    """Then the pause after it is one between reps."""
    rep = REP_SHARE + 0.15
    found = leaning(
        (0.3, 60.0 * rep, rep),
        (2.0, 0.0, 0.0),
        (0.3, 60.0, 1.0),
        (0.2, 0.0, 0.0),
    )
    assert found.method == "between_reps"


def test_bends_long_before_the_set_are_not_its_first_rep():
    """Loading the bar, a wait, then three reps: the wait is before the first rep."""
    squat = (0.3, 60.0, 1.0), (0.2, 0.0, 0.0)
    found = leaning((0.3, 55.0, 0.9), (14.0, 20.0, 0.0), *squat, *squat, *squat)
    assert found.method == "before_first_rep"
    assert 2.0 < found.start_s < found.end_s < 15.6


def test_single_lifts_with_long_rests_are_each_a_set_and_the_first_one_counts():
    single = (0.3, 60.0, 1.0), (14.0, 0.0, 0.0)
    found = leaning((1.5, 0.0, 0.0), *single, *single)
    assert found.method == "before_first_rep"
    assert found.end_s < 2.2


# --- every stretch, for a caller that can tell which is best ------------------------------------


def candidates_of(posture: Posture, minimum_s: float = 0.5) -> list[Standing]:
    return standing_candidates(
        posture.time_s,
        posture.motion.hip_height,
        posture.knee_flexion_deg,
        posture.trunk_lean_deg + 7.0,
        minimum_s=minimum_s,
        hip_travel=posture.motion.hip_travel,
    )


def test_the_pauses_before_between_and_after_the_reps_are_all_candidates():
    keys = squat_keys(3, first_s=2.0, top_s=1.5)
    found = candidates_of(simulate(Plan(BACK_SQUAT, keys)))
    assert {one.method for one in found} == {"before_first_rep", "between_reps", "after_last_rep"}
    bottoms = bottom_times(keys)
    for one in found:
        assert one.end_s > one.start_s
        assert not any(one.start_s - 0.5 < at < one.end_s + 0.5 for at in bottoms)
        if one.method == "before_first_rep":
            assert one.end_s < bottoms[0]
        if one.method == "after_last_rep":
            assert one.start_s > bottoms[-1]


def test_a_stretch_is_there_whole_and_in_windows_and_a_long_one_in_windows_only():
    short, long = (
        candidates_of(simulate(Plan(BACK_SQUAT, squat_keys(1, first_s=first_s))))
        for first_s in (3.0, 9.0)
    )
    before = [
        [one.end_s - one.start_s for one in found if one.method == "before_first_rep"]
        for found in (short, long)
    ]
    assert 2.4 < max(before[0]) <= LONGEST_S
    assert len(before[0]) > 1
    assert max(before[1]) <= CANDIDATE_S + 0.05
    assert len(before[1]) > 6


def test_where_nobody_stands_still_there_is_no_candidate():
    keys = ((0.0, 0.0), (8.0, 0.0))
    walking = Plan(BACK_SQUAT, keys, walks=((0.0, 8.0, 5.0),))
    assert candidates_of(simulate(walking)) == []
