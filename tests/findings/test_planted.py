"""Planted events are found where they were put, with their size, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.findings import Finding, find_findings
from backline.reps import Lift, find_reps
from backline.settings import Settings
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    FRONT_SQUAT,
    ROMANIAN,
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
SQUAT = squat_keys(3, top_s=1.8)
PULLS = deadlift_keys(3, top_s=1.4)
BOTTOM, PULL = bottom_times(SQUAT)[1], pull_times(PULLS)[1]
TOP = BOTTOM + 0.1 + 1.2  # the key frame in which the second squat is upright again
PULL_TOP = PULL + 1.2
SEEDS = range(4)


def findings(plan: Plan, lift: Lift) -> tuple[Finding, ...]:
    posture = simulate(plan)
    return find_findings(posture, find_reps(posture, lift), lift, SETTINGS)


PLANTED = [
    # lift, style, bump, name, where, how far the size may be off
    ("squat", BACK_SQUAT, Bump(BOTTOM, 10, 0.5), "butt wink", "bottom", 3.0),
    ("squat", FRONT_SQUAT, Bump(BOTTOM, 20, 0.3), "butt wink", "bottom", 2.5),
    ("squat", BACK_SQUAT, Bump(TOP + 0.7, 8, 1.0), "opposite butt wink", "lockout", 2.0),
    ("squat", BACK_SQUAT, Bump(TOP, 9, 0.3), "opposite butt wink", "lockout", 2.5),
    (
        "squat",
        BACK_SQUAT,
        Bump(BOTTOM - 0.85, 12, 0.05, 0.3),
        "rounding in the descent",
        "descent",
        3,
    ),
    (
        "squat",
        BACK_SQUAT,
        Bump(BOTTOM + 0.65, 12, 0.05, 0.25),
        "rounding in the ascent",
        "ascent",
        3.5,
    ),
    ("squat", BACK_SQUAT, Bump(TOP + 0.7, -8, 1.0), "over-arching at the top", "lockout", 2.0),
    ("squat", BACK_SQUAT, Bump(BOTTOM, -16, 0.5), "over-arching at the bottom", "bottom", 2.5),
    ("deadlift", CONVENTIONAL, Bump(PULL - 0.3, 15, 1.0), "rounding at the bottom", "bottom", 2.5),
    ("deadlift", CONVENTIONAL, Bump(PULL_TOP + 0.5, 9, 1.0), "opposite butt wink", "lockout", 2.0),
    (
        "deadlift",
        CONVENTIONAL,
        Bump(PULL + 0.55, 12, 0.05, 0.25),
        "rounding in the ascent",
        "ascent",
        3.5,
    ),
    (
        "deadlift",
        CONVENTIONAL,
        Bump(PULL_TOP + 0.6, -9, 1.0),
        "over-arching at the top",
        "lockout",
        2.0,
    ),
    ("deadlift", ROMANIAN, Bump(BOTTOM, 12, 0.5), "rounding at the bottom", "bottom", 2.5),
]


@pytest.mark.parametrize(("lift", "style", "bump", "name", "where", "tolerance"), PLANTED)
@pytest.mark.parametrize("seed", SEEDS)
def test_one_planted_event_is_the_one_certain_finding(
    lift, style, bump, name, where, tolerance, seed
):
    keys = PULLS if style is CONVENTIONAL else SQUAT
    found = findings(noisy(Plan(style, keys, bumps=(bump,)), seed), lift)
    certain = [f for f in found if f.certain]
    assert [(f.name, f.where, f.rep) for f in certain] == [(name, where, 2)]
    (finding,) = certain
    assert finding.size_deg == pytest.approx(abs(bump.size_deg), abs=tolerance)
    assert finding.start_s <= finding.peak_s <= finding.end_s
    assert finding.start_s < bump.at_s + 0.1
    assert finding.end_s > bump.at_s - 0.1
    assert finding.probability > 0.9


@pytest.mark.parametrize("size", [6.0, 9.0, 14.0])
def test_the_size_at_the_top_is_right_on_average_and_its_sd_is_honest(size):
    bump = Bump(TOP + 0.7, size, 1.2)
    sizes, sds = [], []
    for seed in range(40):
        found = findings(noisy(Plan(BACK_SQUAT, SQUAT, bumps=(bump,)), seed), "squat")
        (top,) = [f for f in found if f.where == "lockout" and f.rep == 2]
        sizes.append(top.size_deg)
        sds.append(top.sd_deg)
    # The most rounded of readings that wander together is half a degree too round.
    assert np.mean(sizes) == pytest.approx(size + 0.5, abs=0.2)
    assert np.std(sizes) < 1.3 * np.mean(sds)
    assert np.mean(sds) < 2.0  # the resolution that the top needs


def test_a_small_tuck_is_uncertain_and_a_tiny_one_is_nothing():
    def at_top(size: float) -> list[bool]:
        found = findings(Plan(BACK_SQUAT, SQUAT, bumps=(Bump(TOP + 0.7, size, 1.2),)), "squat")
        return [f.certain for f in found]

    assert at_top(8.0) == [True]
    assert at_top(4.5) == [False]
    assert at_top(2.0) == []


def test_a_poorly_measured_lift_makes_the_same_tuck_uncertain():
    plan = Plan(BACK_SQUAT, SQUAT, bumps=(Bump(TOP + 0.7, 6.5, 1.2),))
    assert [f.certain for f in findings(plan, "squat")] == [True]
    assert [f.certain for f in findings(replace(plan, sd_deg=3.0), "squat")] == [False]


def test_the_wink_is_the_turn_back_and_not_the_angle_at_the_bottom():
    # arched by 10 all the way down, back to standing at the bottom: a turn-back of 10
    down = Bump(BOTTOM - 0.8, -10, 0.5, 0.35)
    found = findings(Plan(BACK_SQUAT, SQUAT, bumps=(down,)), "squat")
    winks = [f for f in found if f.name == "butt wink"]
    assert [f.rep for f in winks] == [2]
    assert winks[0].size_deg == pytest.approx(10, abs=1.5)


def test_a_deadlift_bottom_is_measured_from_own_standing_not_from_the_way_down():
    # a constant 12 degrees from bending to the bar until the last rep ends
    back = Bump(11.0, 12, 15.0, 0.5)
    found = findings(Plan(CONVENTIONAL, PULLS, bumps=(back,)), "deadlift")
    bottoms = [f for f in found if f.where == "bottom"]
    assert [f.rep for f in bottoms] == [1, 2, 3]
    assert all(f.size_deg == pytest.approx(12, abs=1.3) for f in bottoms)


def test_rounding_that_lasts_from_the_bottom_to_half_way_up_is_one_event():
    long = Bump(BOTTOM + 0.2, 12, 0.5, 0.3)
    found = findings(Plan(BACK_SQUAT, SQUAT, bumps=(long,)), "squat")
    assert len(found) == 1


def test_rounding_that_peaks_on_the_way_up_is_named_by_its_peak():
    # 5 at the bottom already, 14 soon after leaving it
    both = (Bump(BOTTOM, 5, 0.5, 0.4), Bump(BOTTOM + 0.6, 11, 0.05, 0.25))
    found = findings(Plan(BACK_SQUAT, SQUAT, bumps=both), "squat")
    assert "rounding in the ascent" in [f.name for f in found if f.certain]


def test_bottom_and_top_of_one_rep_are_two_findings_in_the_order_of_time():
    both = (Bump(BOTTOM, 10, 0.3), Bump(TOP + 0.7, 8, 1.0))
    found = findings(noisy(Plan(BACK_SQUAT, SQUAT, bumps=both), 1), "squat")
    certain = [f for f in found if f.certain]
    assert [f.name for f in certain] == ["butt wink", "opposite butt wink"]
    assert certain[0].end_s < certain[1].start_s


def test_a_wink_that_fades_slowly_into_the_top_is_not_also_a_tuck():
    slow = Bump(BOTTOM, 12, 0.3, 1.1)
    found = findings(Plan(BACK_SQUAT, SQUAT, bumps=(slow,)), "squat")
    assert [f.name for f in found if f.certain] == ["butt wink"]


def test_a_low_frame_rate_and_a_phones_uneven_clock_find_the_same_events():
    bumps = (Bump(BOTTOM, 11, 0.4), Bump(TOP + 0.7, 9, 1.0))
    for rate, jitter in ((15.0, 0.0), (29.97, 0.4), (120.0, 0.0)):
        plan = Plan(BACK_SQUAT, SQUAT, rate_hz=rate, jitter=jitter, bumps=bumps)
        certain = [f for f in findings(noisy(plan, 2), "squat") if f.certain]
        assert [f.name for f in certain] == ["butt wink", "opposite butt wink"]


def test_no_reps_no_findings():
    posture = simulate(Plan(BACK_SQUAT, SQUAT))
    assert find_findings(posture, (), "squat", SETTINGS) == ()
