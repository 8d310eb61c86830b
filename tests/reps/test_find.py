"""Reps and phases of every lift at every frame rate: counted, timed, told apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.reps import Rep, detect_lift, find_reps, phase_at, rep_and_phase
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    DEADLIFTS,
    ROMANIAN,
    SQUATS,
    STOOP,
    Plan,
    Style,
    bottom_times,
    deadlift_keys,
    noisy,
    pull_times,
    simulate,
    squat_keys,
)

FLOOR = {name: style for name, style in DEADLIFTS.items() if name != "romanian"}
ORDER = {
    "squat": ["descent", "bottom", "ascent", "lockout"],
    "deadlift": ["bottom", "ascent", "lockout", "descent"],
}


@pytest.mark.parametrize("name", SQUATS)
@pytest.mark.parametrize("seed", range(3))
def test_every_squat_is_counted_and_its_bottoms_are_where_they_were_put(name, seed):
    keys = squat_keys(4)
    reps = find_reps(simulate(noisy(Plan(SQUATS[name], keys), seed)), "squat")
    assert [r.index for r in reps] == [1, 2, 3, 4]
    np.testing.assert_allclose([r.bottom_s for r in reps], bottom_times(keys), atol=0.15)
    assert all(r.complete for r in reps)


@pytest.mark.parametrize("name", FLOOR)
@pytest.mark.parametrize("seed", range(3))
def test_every_deadlift_is_counted_without_bending_to_the_bar_and_standing_up(name, seed):
    keys = deadlift_keys(4)
    reps = find_reps(simulate(noisy(Plan(FLOOR[name], keys), seed)), "deadlift")
    assert len(reps) == 4
    np.testing.assert_allclose([r.bottom_s for r in reps], pull_times(keys)[:4], atol=0.3)
    assert all(r.complete for r in reps)


@pytest.mark.parametrize("seed", range(3))
def test_a_romanian_deadlift_turns_at_the_lowest_hinge(seed):
    keys = squat_keys(3, pause_s=0.1)
    reps = find_reps(simulate(noisy(Plan(ROMANIAN, keys), seed)), "deadlift")
    np.testing.assert_allclose([r.bottom_s for r in reps], bottom_times(keys), atol=0.2)
    assert [list(r.phases) for r in reps] == [ORDER["squat"]] * 3


def test_one_lift_of_a_box_is_one_rep():
    keys = ((0.0, 0.0), (1.0, 0.0), (2.2, 1.0), (3.2, 1.0), (4.3, 0.0), (6.0, 0.0))
    for lift in ("squat", "deadlift"):
        (rep,) = find_reps(simulate(noisy(Plan(STOOP, keys), 0)), lift)
        assert rep.bottom_s == pytest.approx(2.7, abs=0.5)


@pytest.mark.parametrize(
    ("rate_hz", "jitter"), [(12.5, 0.0), (29.97, 0.0), (29.97, 0.4), (60.0, 0.2), (240.0, 0.0)]
)
@pytest.mark.parametrize(("style", "lift"), [(BACK_SQUAT, "squat"), (CONVENTIONAL, "deadlift")])
def test_frame_rate_and_its_variation_do_not_matter(rate_hz, jitter, style, lift):
    keys = squat_keys(3) if lift == "squat" else deadlift_keys(3)
    truth = bottom_times(keys) if lift == "squat" else pull_times(keys)[:3]
    plan = Plan(style, keys, rate_hz=rate_hz, jitter=jitter)
    reps = find_reps(simulate(noisy(plan, 4)), lift)
    np.testing.assert_allclose([r.bottom_s for r in reps], truth, atol=0.3)


@pytest.mark.parametrize("name", [*SQUATS, *DEADLIFTS])
@pytest.mark.parametrize("hands", [True, False], ids=["hands seen", "hands unseen"])
def test_squats_and_deadlifts_are_told_apart(name, hands):
    style = {**SQUATS, **DEADLIFTS}[name]
    keys = squat_keys(3) if name in (*SQUATS, "romanian") else deadlift_keys(3)
    unknown = frozenset() if hands else frozenset({"hands_below_shoulders"})
    posture = simulate(noisy(Plan(style, keys, unknown=unknown), 5))
    assert detect_lift(posture) == ("squat" if name in SQUATS else "deadlift")


def test_a_squat_with_dumbbells_hanging_from_the_hands_is_a_squat():
    upright = Style(knee=115, shank=35, lean=20, hands_top=1.05, hands_bottom=1.05)
    assert detect_lift(simulate(Plan(upright, squat_keys(3)))) == "squat"


def test_without_lean_hip_and_knee_tell_the_lift():
    gone = frozenset({"trunk_lean_deg", "hands_below_shoulders", "hip_height"})
    squat = simulate(Plan(BACK_SQUAT, squat_keys(3), unknown=gone))
    pull = simulate(Plan(CONVENTIONAL, deadlift_keys(3), unknown=gone))
    assert (detect_lift(squat), detect_lift(pull)) == ("squat", "deadlift")


def test_a_clip_without_reps_is_called_a_squat_and_has_none():
    still = simulate(Plan(BACK_SQUAT, ((0.0, 0.0), (4.0, 0.0))))
    assert detect_lift(still) == "squat"
    assert find_reps(still, "squat") == ()
    assert find_reps(still.between(0.0, 0.1), "squat") == ()
    assert detect_lift(still.between(0.0, 0.01)) == "squat"


@pytest.mark.parametrize(("style", "lift"), [(BACK_SQUAT, "squat"), (CONVENTIONAL, "deadlift")])
@pytest.mark.parametrize("seed", range(3))
def test_phases_follow_each_other_without_overlap_inside_the_rep(style, lift, seed):
    keys = squat_keys(4) if lift == "squat" else deadlift_keys(4)
    reps = find_reps(simulate(noisy(Plan(style, keys), seed)), lift)
    end = -1.0
    for rep in reps:
        assert list(rep.phases) == ORDER[lift]
        assert rep.start_s == min(a for a, _ in rep.phases.values())
        assert rep.start_s <= rep.bottom_s <= rep.end_s
        for start, stop in rep.phases.values():
            assert end - 1e-9 <= start < stop
            end = stop
        assert rep.end_s == end


def test_phase_times_of_a_squat_are_those_of_its_geometry():
    # half cosine of 1.3 s down, 0.2 s pause, 1.2 s up: 90 % of the depth is passed at 0.795 of
    # the way down and 0.205 of the way up, 15 % is left at 0.747 of the way up
    (rep,) = find_reps(simulate(Plan(BACK_SQUAT, squat_keys(1))), "squat")
    assert rep.phases["descent"][0] == pytest.approx(3.0, abs=0.15)
    assert rep.phases["bottom"][0] == pytest.approx(3 + 0.795 * 1.3, abs=0.08)
    assert rep.phases["bottom"][1] == pytest.approx(4.5 + 0.205 * 1.2, abs=0.08)
    assert rep.phases["lockout"][0] == pytest.approx(4.5 + 0.747 * 1.2, abs=0.08)


def test_a_long_rest_between_reps_is_not_all_lockout():
    reps = find_reps(simulate(Plan(BACK_SQUAT, squat_keys(2, top_s=6.0))), "squat")
    start, end = reps[0].phases["lockout"]
    assert end - start == pytest.approx(2.0, abs=0.1)


def test_depth_is_the_fall_of_the_hip():
    # knee 115 and shank 35 at the bottom: thigh 80 from upright
    fall = 1 - 0.5 * (np.cos(np.radians(35)) + np.cos(np.radians(80)))
    (rep,) = find_reps(simulate(Plan(BACK_SQUAT, squat_keys(1))), "squat")
    assert rep.depth == pytest.approx(fall, abs=0.01)


def test_every_frame_has_its_rep_and_phase():
    plan = Plan(BACK_SQUAT, squat_keys(2, first_s=7.0, top_s=3.0), walks=((2.0, 4.5, -1.0),))
    posture = simulate(noisy(plan, 6))
    posture = replace(posture, standing=replace(posture.standing, start_s=0.3, end_s=1.6))
    reps = find_reps(posture, "squat")
    number, phase = phase_at(reps, posture)
    t = posture.time_s
    assert set(number[(t > 7.3) & (t < 9.0)]) == {1}
    assert set(phase[(t > 0.3) & (t < 1.6)]) == {"standing"}
    assert set(phase[(t > 2.4) & (t < 4.2)]) == {"unrack"}
    assert set(phase[(t > 5.2) & (t < 6.6)]) == {"standing"}
    assert phase[posture.index_at(reps[0].bottom_s)] == "bottom"
    assert (number[t < 6.5] == 0).all()
    after = t > reps[-1].end_s + 0.1
    assert set(phase[after]) <= {"standing", ""}


def test_every_frame_inside_reps_knows_its_rep_and_phase():
    reps = (
        Rep(1, 1.0, 1.5, 2.0, {"descent": (1.0, 1.5), "ascent": (1.5, 2.0)}),
        Rep(2, 2.0, 2.5, 3.0, {"descent": (2.0, 2.5)}),
    )
    rep, phase = rep_and_phase(reps, np.array([0.9, 1.0, 1.5, 2.0, 2.5, 2.8, 3.1]))
    assert rep.tolist() == [0, 1, 1, 2, 2, 2, 0]
    assert phase.tolist() == ["", "descent", "ascent", "descent", "descent", "", ""]


def test_own_standing_is_standing_however_much_the_lifter_sways():
    posture = simulate(noisy(Plan(BACK_SQUAT, squat_keys(1)), 6))
    sway = np.sin(8.0 * posture.time_s) * 8.0
    posture = replace(posture, trunk_lean_deg=posture.trunk_lean_deg + sway)
    own = replace(posture.standing, start_s=0.5, end_s=1.5)
    reps = find_reps(posture, "squat")
    _, phase = phase_at(reps, replace(posture, standing=own))
    assert set(phase[(posture.time_s > 0.5) & (posture.time_s < 1.5)]) == {"standing"}


def test_phases_of_an_empty_or_single_frame_clip_are_blank():
    posture = simulate(Plan(BACK_SQUAT, squat_keys(1))).between(0.0, 0.01)
    number, phase = phase_at((), posture)
    assert number.tolist() == [0]
    assert phase.tolist() == [""]
