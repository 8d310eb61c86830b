"""What counts as rounded where the outline is seen: planted turns, shapes and changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.findings import Finding
from backline.findings.metrics import is_turn_back
from backline.model.posture import Posture
from tests.findings.outlined import HOLLOW, ROUNDED, SETTINGS, STRAIGHT, found, graded, near, seen
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    KETTLEBELL,
    Bump,
    Plan,
    bottom_times,
    deadlift_keys,
    pull_times,
    simulate,
    squat_keys,
)

SQUAT = squat_keys(3, top_s=1.8)
BOTTOM = bottom_times(SQUAT)[1]
WINK = Plan(BACK_SQUAT, SQUAT, bumps=(Bump(BOTTOM, 12, 0.5),))

PULLS = deadlift_keys(3, top_s=1.4)
PULL = pull_times(PULLS)[1]


def from_floor(size_deg: float) -> Plan:
    """Each pull begins this much rounder than its lockout is."""
    bumps = tuple(Bump(t - 0.4, size_deg, 0.8, 0.5) for t in pull_times(PULLS)[:3])
    return Plan(CONVENTIONAL, PULLS, bumps=bumps)


def at_bottom(posture: Posture, lift: str) -> list[Finding]:
    return [f for f in found(posture, lift) if f.where == "bottom" and f.kind == "rounding"]


# --- deadlifts --------------------------------------------------------------------------------


def test_a_back_that_is_past_flat_is_a_finding_of_its_rep_with_the_turn_as_its_size() -> None:
    plan = from_floor(15)
    bulge = near(simulate(plan), PULL, ROUNDED, STRAIGHT)
    [finding] = at_bottom(seen(plan, bulge), "deadlift")
    assert (finding.rep, finding.curve, finding.certain) == (2, "reversed", True)
    assert finding.size_deg == pytest.approx(15, abs=2.0)
    assert finding.probability == pytest.approx(1.0, abs=1e-3)  # of the shape
    assert "rounded past flat" in finding.explanation


@pytest.mark.parametrize("bulge", [STRAIGHT, HOLLOW])
def test_a_change_that_people_have_is_no_finding_in_a_back_that_is_not_past_flat(
    bulge: float,
) -> None:
    assert at_bottom(seen(from_floor(25), bulge), "deadlift") == []


def test_markers_without_outlines_keep_the_rule_of_the_angle() -> None:
    reps = [f.rep for f in at_bottom(seen(from_floor(15)), "deadlift") if f.certain]
    assert reps == [1, 2, 3]


def test_a_change_beyond_nearly_all_that_was_published_is_a_finding_whatever_the_shape() -> None:
    limit = SETTINGS.deadlift_change_limit_deg
    assert at_bottom(seen(from_floor(limit - 5), STRAIGHT), "deadlift") == []
    beyond = at_bottom(seen(from_floor(limit + 8), STRAIGHT), "deadlift")
    # (the first pull's bottom is over before so large a bump: the hip moves with it)
    assert [(f.rep, f.certain) for f in beyond] == [(2, True), (3, True)]


def test_a_rounded_shape_that_hardly_turns_is_not_told() -> None:
    assert at_bottom(seen(from_floor(1.5), ROUNDED), "deadlift") == []


def test_a_shape_that_is_likely_past_flat_is_an_uncertain_finding() -> None:
    """0.031 is beyond 0.025 by 0.6 deviations: probability 0.73."""
    told = at_bottom(seen(from_floor(15), 0.031), "deadlift")
    assert [f.certain for f in told] == [False, False, False]
    assert told[0].probability == pytest.approx(0.726, abs=0.01)


def test_a_shape_that_is_not_seen_anywhere_near_the_bottom_is_not_told() -> None:
    plan = from_floor(15)
    posture = simulate(plan)
    bulge = np.where(posture.pelvic_tilt_deg > 20, np.nan, STRAIGHT)
    assert at_bottom(seen(plan, bulge), "deadlift") == []


# --- squats -----------------------------------------------------------------------------------


def test_a_turn_back_in_a_straight_back_is_as_certain_as_its_size() -> None:
    [finding] = at_bottom(seen(WINK, STRAIGHT), "squat")
    assert (finding.rep, finding.name, finding.certain) == (2, "butt wink", True)
    assert finding.size_deg == pytest.approx(12, abs=2.0)


def test_a_turn_back_that_only_takes_a_hollow_away_is_no_finding() -> None:
    assert at_bottom(seen(WINK, HOLLOW), "squat") == []


@pytest.mark.parametrize("bulge", [SETTINGS.straight_bulge + 0.005, float("nan")])
def test_where_the_shape_is_doubtful_or_unseen_the_turn_back_is_uncertain(bulge: float) -> None:
    shape = near(simulate(WINK), BOTTOM, bulge, STRAIGHT)
    [finding] = at_bottom(seen(WINK, shape), "squat")
    assert not finding.certain
    assert finding.probability is not None
    assert finding.probability < SETTINGS.report_probability
    assert "may have rounded" in finding.explanation


def test_without_an_outline_a_turn_back_beyond_that_of_flat_backs_is_certain() -> None:
    """Flat backs of real squats turn back by up to 16 degrees."""
    large = replace(WINK, bumps=(Bump(BOTTOM, 26, 0.5),))
    shape = near(simulate(large), BOTTOM, float("nan"), STRAIGHT)
    [finding] = at_bottom(seen(large, shape), "squat")
    assert finding.certain
    assert finding.size_deg > SETTINGS.flat_turn_back_deg
    assert at_bottom(seen(large, HOLLOW), "squat") == []  # seen to be hollow, it is not rounded


def test_only_the_reps_whose_outline_speaks_for_it_are_told() -> None:
    plan = replace(WINK, bumps=tuple(Bump(t, 12, 0.5) for t in bottom_times(SQUAT)))
    bulge = near(simulate(plan), BOTTOM, ROUNDED, HOLLOW)
    told = at_bottom(seen(plan, bulge), "squat")
    assert [(f.rep, f.curve, f.certain) for f in told] == [(2, "reversed", True)]


@pytest.mark.parametrize(("bulge", "certain"), [(STRAIGHT, [True]), (HOLLOW, [])])
def test_rounding_on_the_way_up_is_weighed_with_the_outline_there(
    bulge: float, certain: list[bool]
) -> None:
    plan = Plan(BACK_SQUAT, SQUAT, bumps=(Bump(BOTTOM + 0.65, 12, 0.05, 0.25),))
    told = [f for f in found(seen(plan, bulge), "squat") if f.where == "ascent"]
    assert [f.certain for f in told] == certain


def test_the_outline_has_no_say_at_the_top() -> None:
    top = Bump(BOTTOM + 0.1 + 1.2 + 0.7, 9, 1.0)
    told = found(seen(Plan(BACK_SQUAT, SQUAT, bumps=(top,)), HOLLOW), "squat")
    assert [(f.name, f.rep, f.certain) for f in told] == [("opposite butt wink", 2, True)]


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.3, []),  # at a lean of 15 degrees of 72 shirt and buttock make the outline convex
        (0.7, [("descent", 1, True)]),
    ],
)
def test_a_deadlifter_s_turn_on_the_way_down_counts_once_the_trunk_is_bent(
    share: float, told: list[tuple[str, int, bool]]
) -> None:
    keys = deadlift_keys(2, down_s=2.0)
    at = pull_times(keys)[0] + 1.2 + 1.0 + 2.0 * share
    plan = Plan(CONVENTIONAL, keys, bumps=(Bump(at, 10, 0.05, 0.25),))
    events = found(seen(plan, ROUNDED), "deadlift")
    assert [(f.where, f.rep, f.certain) for f in events] == told


@pytest.mark.parametrize(
    ("before_s", "told"),
    [
        (0.3, False),  # the trunk still leans by 25 degrees: the way up, and its falling flank
        (0.1, True),
    ],
)
def test_a_peak_before_a_short_lockout_is_its_own_only_where_the_lifter_is_upright(
    before_s: float, told: bool
) -> None:
    """A fast kettlebell lifter's ascent was an opposite butt wink of 11 degrees."""
    keys = deadlift_keys(4, up_s=0.8, top_s=0.35, down_s=0.8, floor_s=0.5)
    top_s = pull_times(keys)[1] + 0.8
    plan = Plan(KETTLEBELL, keys, bumps=(Bump(top_s - before_s, 13, 0.1, 0.2),))
    events = found(seen(plan, ROUNDED), "deadlift")
    assert any(f.where == "lockout" for f in events) == told


def test_a_bottom_whose_way_down_was_not_measured_is_said_to_be_from_the_reference() -> None:
    """On a real squat filmed from the bottom on, the change was called a turn-back."""
    down = BOTTOM - 0.1 - 1.3
    hidden = replace(WINK, hidden=((down, down + 1.2, "back_hidden"),))
    for plan, turned in ((WINK, True), (hidden, False)):
        posture = seen(plan, ROUNDED)
        rep = next(rep for rep in graded(posture, "squat") if rep.index == 2)
        [finding] = [f for f in found(posture, "squat") if f.rep == 2 and f.where == "bottom"]
        assert is_turn_back(rep) == turned
        assert ("from its most arched point" in finding.explanation) == turned
        assert ("from your quiet standing" in finding.explanation) != turned
