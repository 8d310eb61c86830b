"""Reps that are partly hidden, and what the shoulders say, on constructed lifters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.model.posture import Posture, WholeBodyMotion
from backline.reps import detect_lift, find_reps
from backline.reps.hidden_bottoms import bridged, hidden_bottoms
from tests.simulated import BACK_SQUAT, CONVENTIONAL, Plan, Style, simulate, squat_keys

TIME_S = np.arange(0.0, 12.0, 1 / 30)
BEND = 0.5 - 0.5 * np.cos(2 * np.pi * np.clip(TIME_S - 4.0, 0.0, 4.0) / 4.0)  # bottom at 6 s


def without(movement: np.ndarray, start_s: float, end_s: float) -> np.ndarray:
    return np.where((start_s < TIME_S) & (end_s > TIME_S), np.nan, movement)


def test_a_gap_entered_going_down_and_left_coming_up_hides_a_bottom() -> None:
    gaps = hidden_bottoms(TIME_S, without(BEND, 5.2, 6.8))
    assert [(round(TIME_S[a], 1), round(TIME_S[b], 1)) for a, b in gaps] == [(5.2, 6.8)]


@pytest.mark.parametrize(
    ("start_s", "end_s"),
    [
        (7.0, 9.0),  # left on the way up: a top is hidden
        (3.0, 5.0),  # entered standing
        (4.4, 7.6),  # longer than any bottom
        (0.0, 2.0),  # at the clip's start
    ],
)
def test_other_gaps_hide_no_bottom(start_s: float, end_s: float) -> None:
    assert hidden_bottoms(TIME_S, without(BEND, start_s, end_s)) == []


def test_a_gap_at_the_top_between_two_reps_parts_them() -> None:
    two = 0.5 - 0.5 * np.cos(2 * np.pi * TIME_S / 4.0)
    assert hidden_bottoms(TIME_S, without(two, 2.8, 5.2)) == []


def test_a_bridge_turns_where_the_bottom_was() -> None:
    holes = without(BEND, 5.2, 6.8)
    whole = bridged(TIME_S, holes, hidden_bottoms(TIME_S, holes))
    assert np.isfinite(whole).all()
    assert TIME_S[np.argmax(whole)] == pytest.approx(6.0, abs=0.1)
    assert np.abs(whole - BEND).max() < 0.2  # it may fall short, never overshoot
    assert whole.max() <= 1.0


def lose(posture: Posture, start_s: float, end_s: float) -> Posture:
    """Take the lifter out of a stretch of the clip."""
    gone = (posture.time_s > start_s) & (posture.time_s < end_s)
    series = {
        name: np.where(gone, np.nan, getattr(posture, name))
        for name in ("hip_flexion_deg", "knee_flexion_deg", "trunk_lean_deg")
    }
    motion = {k: np.where(gone, np.nan, v) for k, v in vars(posture.motion).items()}
    return replace(posture, **series, motion=WholeBodyMotion(**motion))


def test_a_rep_whose_bottom_a_plate_hides_is_one_rep_with_its_bottom_in_the_gap() -> None:
    plain = simulate(Plan(BACK_SQUAT, squat_keys(1)))
    bottom_s = find_reps(plain, "squat")[0].bottom_s
    reps = find_reps(lose(plain, bottom_s - 0.55, bottom_s + 0.65), "squat")
    assert [r.complete for r in reps] == [True]
    assert reps[0].bottom_s == pytest.approx(bottom_s, abs=0.3)
    assert "bottom" in reps[0].phases


def test_a_bend_in_which_the_shoulders_stay_up_is_no_rep() -> None:
    plain = simulate(Plan(BACK_SQUAT, squat_keys(3)))
    reps = find_reps(plain, "squat")
    high = 2.0 - 0.5 * (1.0 - plain.motion.hip_height)
    first = plain.time_s < reps[0].end_s + 0.2
    high = np.where(first, 2.0, high)  # the engine's legs bend, the shoulders do not move
    shown = replace(plain, motion=replace(plain.motion, shoulder_height=high))
    found = find_reps(shown, "squat")
    assert [r.bottom_s for r in found] == pytest.approx([r.bottom_s for r in reps[1:]], abs=0.1)


def test_a_deadlift_whose_lean_the_plates_halve_is_still_one() -> None:
    deceived = Style(knee=100, shank=20, lean=24, hands_top=0.9, hands_bottom=0.9)
    assert detect_lift(simulate(Plan(deceived, squat_keys(2)))) == "deadlift"


def test_knees_that_a_plate_hides_do_not_turn_a_deadlift_into_a_squat() -> None:
    deceived = Style(knee=100, shank=20, lean=24, hands_top=0.9, hands_bottom=0.9)
    seen = simulate(Plan(deceived, squat_keys(2)))
    hidden = replace(seen, knee_flexion_deg=np.full(len(seen), np.nan))
    assert detect_lift(hidden) == "deadlift"


def test_hands_lost_at_the_top_do_not_turn_a_deadlift_into_a_squat() -> None:
    lost = replace(CONVENTIONAL, hands_top=-0.1)
    assert detect_lift(simulate(Plan(lost, squat_keys(2)))) == "deadlift"
