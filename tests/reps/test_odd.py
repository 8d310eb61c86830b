"""Reps in clips as they really are: walk-outs, pauses, half reps, gaps, clips cut short."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.reps import find_reps
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    NOISE,
    Key,
    Plan,
    bottom_times,
    deadlift_keys,
    noisy,
    pull_times,
    simulate,
    squat_keys,
)

SEEDS = range(4)


def shifted(keys: tuple[Key, ...], by_s: float) -> tuple[Key, ...]:
    return tuple((t + by_s, d) for t, d in keys)


@pytest.mark.parametrize("seed", SEEDS)
def test_swaying_is_no_rep(seed):
    keys = tuple((0.8 * k, 0.08 * (k % 2)) for k in range(20))
    assert find_reps(simulate(noisy(Plan(BACK_SQUAT, keys), seed)), "squat") == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_walking_alone_is_no_rep(seed):
    plan = Plan(BACK_SQUAT, ((0.0, 0.0), (9.0, 0.0)), walks=((1.0, 8.0, 4.0),))
    assert find_reps(simulate(noisy(plan, seed)), "squat") == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_unracking_walk_out_and_re_rack_are_no_reps(seed):
    # a dip of 0.3 takes the bar out, steps back, two squats, steps forward, a dip racks it
    squats = shifted(squat_keys(2, first_s=1.5), 7.0)
    keys = ((0.0, 0.0), (1.0, 0.3), (1.5, 0.3), (2.5, 0.0), *squats)
    end = keys[-1][0]
    keys = (*keys, (end + 4.0, 0.0), (end + 4.8, 0.3), (end + 5.8, 0.0))
    walks = ((3.0, 6.0, -0.9), (end + 0.5, end + 3.5, 0.9))
    reps = find_reps(simulate(noisy(Plan(BACK_SQUAT, keys, walks=walks), seed)), "squat")
    np.testing.assert_allclose([r.bottom_s for r in reps], bottom_times(squats), atol=0.15)
    assert reps[0].start_s > 8.0
    assert reps[-1].end_s < end + 1.2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_shallow_dip_next_to_steps_is_racking_even_where_it_is_deep_enough(seed):
    squats = shifted(squat_keys(2, first_s=1.0), 6.0)
    keys = ((0.0, 0.0), (0.8, 0.45), (1.2, 0.45), (2.0, 0.0), *squats)
    plan = Plan(BACK_SQUAT, keys, walks=((2.2, 4.5, -0.8),))
    assert len(find_reps(simulate(noisy(plan, seed)), "squat")) == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_long_pause_at_the_bottom_is_one_rep_with_its_bottom_in_the_pause(seed):
    keys = squat_keys(2, pause_s=3.0)
    reps = find_reps(simulate(noisy(Plan(BACK_SQUAT, keys), seed)), "squat")
    assert len(reps) == 2
    for rep, middle in zip(reps, bottom_times(keys), strict=True):
        assert abs(rep.bottom_s - middle) < 1.5
        start, end = rep.phases["bottom"]
        assert end - start > 3.0


@pytest.mark.parametrize("seed", SEEDS)
def test_partial_reps_count_and_show_in_their_depth(seed):
    keys = squat_keys(4, depths=(1.0, 0.55, 1.0, 0.5))
    reps = find_reps(simulate(noisy(Plan(BACK_SQUAT, keys), seed)), "squat")
    assert len(reps) == 4
    assert [r.depth < 0.6 * reps[0].depth for r in reps] == [False, True, False, True]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_set_of_nothing_but_half_squats_is_counted(seed):
    keys = squat_keys(3, depths=(0.5, 0.5, 0.5))
    assert len(find_reps(simulate(noisy(Plan(BACK_SQUAT, keys), seed)), "squat")) == 3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stutter_on_the_way_up_is_one_rep(seed):
    keys = ((0.0, 0.0), (2.0, 0.0), (3.2, 1.0), (3.6, 0.82), (4.1, 1.0), (5.3, 0.0), (7.0, 0.0))
    (rep,) = find_reps(simulate(noisy(Plan(BACK_SQUAT, keys), seed)), "squat")
    assert rep.complete
    assert 3.0 < rep.bottom_s < 4.3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_grind_that_nearly_stalls_half_way_is_one_rep(seed):
    keys = ((0.0, 0.0), (2.0, 0.0), (3.2, 1.0), (3.9, 0.5), (5.2, 0.45), (6.2, 0.0), (8.0, 0.0))
    (rep,) = find_reps(simulate(noisy(Plan(BACK_SQUAT, keys), seed)), "squat")
    assert rep.phases["ascent"][1] > 5.0


@pytest.mark.parametrize("seed", SEEDS)
def test_fast_squats_without_a_pause_at_the_top_are_counted(seed):
    keys = squat_keys(6, down_s=0.6, pause_s=0.05, up_s=0.5, top_s=0.1)
    reps = find_reps(simulate(noisy(Plan(BACK_SQUAT, keys), seed)), "squat")
    np.testing.assert_allclose([r.bottom_s for r in reps], bottom_times(keys), atol=0.15)


def test_squats_that_never_quite_straighten_are_still_counted():
    keys: list[Key] = [(0.0, 0.0), (2.0, 0.0)]
    for k in range(4):
        keys += [(3.0 + 2 * k, 1.0), (4.0 + 2 * k, 0.15)]
    reps = find_reps(simulate(noisy(Plan(BACK_SQUAT, (*keys, (11.0, 0.0))), 1)), "squat")
    assert len(reps) == 4


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clip_that_begins_on_the_way_up_holds_an_incomplete_rep(seed):
    posture = simulate(noisy(Plan(BACK_SQUAT, squat_keys(3)), seed)).between(4.75, 99.0)
    reps = find_reps(posture, "squat")
    assert [r.complete for r in reps] == [False, True, True]
    assert "bottom" not in reps[0].phases
    assert "ascent" in reps[0].phases


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cut_s", [12.2, 12.8, 13.3])
def test_a_clip_that_ends_inside_a_rep_holds_an_incomplete_rep(seed, cut_s):
    posture = simulate(noisy(Plan(BACK_SQUAT, squat_keys(3)), seed)).between(0.0, cut_s)
    reps = find_reps(posture, "squat")
    assert [r.complete for r in reps] == [True, True, False]
    assert "lockout" not in reps[-1].phases


def test_a_failed_rep_that_stays_down_is_incomplete():
    keys = ((0.0, 0.0), (2.0, 0.0), (3.3, 1.0), (4.0, 1.0), (4.6, 0.65), (5.2, 1.0), (8.0, 1.0))
    (rep,) = find_reps(simulate(Plan(BACK_SQUAT, keys)), "squat")
    assert not rep.complete


@pytest.mark.parametrize("seed", SEEDS)
def test_touch_and_go_deadlifts_are_counted_with_the_lowest_point_as_bottom(seed):
    keys = deadlift_keys(4, floor_s=0.05)
    reps = find_reps(simulate(noisy(Plan(CONVENTIONAL, keys), seed)), "deadlift")
    np.testing.assert_allclose([r.bottom_s for r in reps], pull_times(keys)[:4], atol=0.3)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clip_that_begins_and_ends_on_the_floor_holds_its_pulls(seed):
    keys = deadlift_keys(3, stands_up=False)
    posture = simulate(noisy(Plan(CONVENTIONAL, keys), seed)).between(5.0, 99.0)
    reps = find_reps(posture, "deadlift")
    assert len(reps) == 3
    assert all(r.complete for r in reps)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deadlift_clip_cut_at_the_last_lockout_keeps_that_rep_as_incomplete(seed):
    keys = deadlift_keys(3)
    last_top = pull_times(keys)[2] + 1.2
    posture = simulate(noisy(Plan(CONVENTIONAL, keys), seed)).between(0.0, last_top + 0.6)
    reps = find_reps(posture, "deadlift")
    assert [r.complete for r in reps] == [True, True, False]
    assert "lockout" in reps[-1].phases


def test_a_single_pull_whose_bar_is_dropped_is_a_complete_rep():
    keys = ((0.0, 0.0), (2.0, 0.0), (3.0, 1.0), (5.0, 1.0), (6.5, 0.0), (9.5, 0.0))
    (rep,) = find_reps(simulate(noisy(Plan(CONVENTIONAL, keys), 1)), "deadlift")
    assert rep.complete
    assert rep.bottom_s == pytest.approx(5.0, abs=0.3)
    assert "descent" not in rep.phases


def test_a_clip_cut_in_the_middle_of_a_pull_has_no_bottom_for_it():
    keys = deadlift_keys(2)
    pull = pull_times(keys)[0]
    posture = simulate(Plan(CONVENTIONAL, keys)).between(pull + 0.45, 99.0)
    reps = find_reps(posture, "deadlift")
    assert not reps[0].complete
    assert "bottom" not in reps[0].phases


def test_hips_that_travel_forward_in_the_lockout_do_not_end_it():
    keys = deadlift_keys(3)
    posture = simulate(Plan(CONVENTIONAL, keys))
    plain = find_reps(posture, "deadlift")
    through = np.zeros(len(posture))
    for rep in plain:
        reached, down = rep.phases["lockout"]
        through += 0.25 * np.interp(
            posture.time_s, [reached, reached + 0.5, down, down + 0.3], [0.0, 1.0, 1.0, 0.0]
        )
    moved = replace(posture.motion, hip_travel=posture.motion.hip_travel + through)
    reps = find_reps(replace(posture, motion=moved), "deadlift")
    assert [r.phases["lockout"] for r in reps] == [r.phases["lockout"] for r in plain]


def test_the_floor_before_the_first_pull_is_only_its_last_part():
    reps = find_reps(simulate(Plan(CONVENTIONAL, deadlift_keys(2, setup_s=8.0))), "deadlift")
    start, end = reps[0].phases["bottom"]
    assert end - start < 2.0


@pytest.mark.parametrize(
    "unknown",
    [
        {"lumbar_flexion_deg", "pelvic_tilt_deg", "lumbar_curve_deg"},
        {"hip_height", "hip_travel", "hands_below_shoulders"},
        {"hip_height", "hip_travel", "hands_below_shoulders", "trunk_lean_deg"},
        {"hip_flexion_deg", "knee_flexion_deg"},
        {"knee_flexion_deg"},
        {"trunk_lean_deg", "hip_flexion_deg"},
    ],
    ids=lambda names: " ".join(sorted(names)),
)
@pytest.mark.parametrize(("style", "lift"), [(BACK_SQUAT, "squat"), (CONVENTIONAL, "deadlift")])
def test_reps_are_found_from_whatever_is_known(unknown, style, lift):
    keys = squat_keys(3) if lift == "squat" else deadlift_keys(3)
    truth = bottom_times(keys) if lift == "squat" else pull_times(keys)[:3]
    reps = find_reps(simulate(noisy(Plan(style, keys, unknown=frozenset(unknown)), 2)), lift)
    np.testing.assert_allclose([r.bottom_s for r in reps], truth, atol=0.35)


def test_a_low_back_hidden_all_along_does_not_hide_the_reps():
    plan = Plan(BACK_SQUAT, squat_keys(3), hidden=((0.0, 99.0, "back_hidden"),))
    assert len(find_reps(simulate(plan), "squat")) == 3


def test_a_short_loss_of_the_person_does_not_part_a_rep():
    plan = Plan(BACK_SQUAT, squat_keys(3), unseen=((8.3, 8.9),), **NOISE)
    reps = find_reps(simulate(plan), "squat")
    assert [r.complete for r in reps] == [True, True, True]


def test_a_long_loss_of_the_person_leaves_the_other_reps_alone():
    plan = Plan(BACK_SQUAT, squat_keys(3), unseen=((7.0, 10.0),), **NOISE)
    reps = find_reps(simulate(plan), "squat")
    assert [round(r.bottom_s) for r in reps if r.complete] == [4, 13]


def test_nobody_seen_at_all_is_no_rep():
    plan = Plan(BACK_SQUAT, squat_keys(2), unseen=((0.0, 99.0),))
    assert find_reps(simulate(plan), "squat") == ()


def test_single_wild_frames_make_no_rep():
    posture = simulate(Plan(BACK_SQUAT, squat_keys(2)))
    posture.knee_flexion_deg[30] = 150.0
    posture.motion.hip_height[45] = 0.2
    assert len(find_reps(posture, "squat")) == 2
