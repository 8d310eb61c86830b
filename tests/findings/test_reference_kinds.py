"""What each kind of reference can tell, and what it must not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.findings import Finding
from backline.findings.events import lockout_event, turn_back
from backline.findings.window_means import low_back_of
from backline.model.posture import Posture, Reference
from backline.reps import find_reps
from tests.findings.outlined import SETTINGS, found, graded, seen
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    Bump,
    Plan,
    bottom_times,
    deadlift_keys,
    pull_times,
    squat_keys,
)

KEYS = squat_keys(5, top_s=1.8)
BOTTOMS = bottom_times(KEYS)
TOPS = tuple(t + 0.1 + 1.2 + 0.9 for t in BOTTOMS)  # middle of each pause at the top
PLAN = Plan(BACK_SQUAT, KEYS)


def tucks(*reps: int, size_deg: float = 10.0) -> tuple[Bump, ...]:
    return tuple(Bump(TOPS[rep - 1], size_deg, 1.0) for rep in reps)


def lockouts(sd_deg: float = 4.0) -> Reference:
    return Reference("lockouts", tuple((t - 0.2, t + 0.2) for t in TOPS), sd_deg, 1.0)


def at_top(posture: Posture) -> list[Finding]:
    return [f for f in found(posture, "squat") if f.where == "lockout" and f.kind != "drift"]


# --- lockouts ---------------------------------------------------------------------------------


def from_lockouts(*tucked: int, size_deg: float = 10.0) -> Posture:
    """The zero of this reference is the mean over all lockouts."""
    plan = replace(PLAN, bumps=tucks(*tucked, size_deg=size_deg))
    return seen(plan, None, lockouts(), zero_deg=size_deg * len(tucked) / 5)


@pytest.mark.parametrize("rep", [1, 3, 5])
def test_a_tuck_in_one_lockout_of_five_is_told(rep: int) -> None:
    [finding] = at_top(from_lockouts(rep))
    assert (finding.rep, finding.name, finding.certain) == (rep, "opposite butt wink", True)
    assert finding.size_deg == pytest.approx(10.0, abs=1.0)
    assert "from your other reps" in finding.explanation


def test_tucks_in_two_lockouts_of_five_are_told_of_both() -> None:
    assert [f.rep for f in at_top(from_lockouts(2, 4)) if f.certain] == [2, 4]


def test_a_tuck_in_all_lockouts_is_not_told() -> None:
    assert at_top(from_lockouts(1, 2, 3, 4, 5)) == []


def test_an_arch_in_one_lockout_is_told_against_the_others() -> None:
    [finding] = at_top(from_lockouts(2, size_deg=-10.0))
    assert (finding.rep, finding.kind) == (2, "over_extension")
    assert "beyond your other reps" in finding.explanation


@pytest.mark.parametrize("reps", [1, 2])
def test_of_one_or_two_lockouts_nothing_is_told(reps: int) -> None:
    keys = squat_keys(reps, top_s=1.8)
    top = bottom_times(keys)[0] + 0.1 + 1.2 + 0.9
    plan = Plan(BACK_SQUAT, keys, bumps=(Bump(top, 10, 1.0),))
    reference = Reference("lockouts", ((top - 0.2, top + 0.2),), 4.0)
    assert at_top(seen(plan, None, reference)) == []


def test_the_reference_s_deviation_falls_out_between_two_lockouts() -> None:
    """It is in every lockout alike; 1.2 degrees of their own are left, half of it shared."""
    posture = from_lockouts(3)
    reps = find_reps(posture, "squat")
    event = lockout_event(low_back_of(posture, SETTINGS), reps[2], reps)
    assert event is not None
    assert event.sd_deg < 2.0


# --- none -------------------------------------------------------------------------------------


def test_without_a_reference_nothing_is_told_at_the_top() -> None:
    posture = seen(replace(PLAN, bumps=tucks(3, size_deg=20.0)), None, Reference("none"))
    assert at_top(posture) == []
    assert all(r.metrics["lumbar_flexion_lockout_deg"] is None for r in graded(posture, "squat"))
    arched = seen(replace(PLAN, bumps=tucks(3, size_deg=-20.0)), None, Reference("none"))
    assert at_top(arched) == []


def test_without_a_reference_the_turn_at_the_bottom_is_told_all_the_same() -> None:
    plan = replace(PLAN, bumps=(Bump(BOTTOMS[1], 12, 0.5),))
    [finding] = found(seen(plan, None, Reference("none")), "squat")
    assert (finding.rep, finding.where, finding.certain) == (2, "bottom", True)
    assert finding.size_deg == pytest.approx(12.0, abs=1.5)


# --- the deviation of the reference -----------------------------------------------------------


def with_sd(sd_deg: float) -> Posture:
    plan = replace(PLAN, bumps=(Bump(BOTTOMS[1], 12, 0.5), *tucks(3, size_deg=8.0)))
    return seen(plan, None, Reference("quiet_standing", ((0.5, 2.5),), sd_deg))


def test_half_of_it_stays_in_a_turn_back() -> None:
    """Its ends are unlike postures, read against the same reference."""
    sizes = []
    for sd_deg in (0.0, 5.0):
        posture = with_sd(sd_deg)
        event = turn_back(low_back_of(posture, SETTINGS), find_reps(posture, "squat")[1])
        assert event is not None
        sizes.append((event.size_deg, event.sd_deg))
    assert sizes[1][0] == pytest.approx(sizes[0][0], abs=0.05)
    assert sizes[1][1] == pytest.approx(np.hypot(sizes[0][1], 2.5), abs=0.05)


def test_it_widens_what_is_measured_from_the_reference() -> None:
    sds = []
    for sd_deg in (0.0, 5.0):
        posture = with_sd(sd_deg)
        event = lockout_event(low_back_of(posture, SETTINGS), find_reps(posture, "squat")[2])
        assert event is not None
        assert event.size_deg == pytest.approx(8.0, abs=0.5)
        sds.append(event.sd_deg)
    assert sds[1] == pytest.approx(np.hypot(sds[0], 5.0), abs=0.1)


def test_a_poor_reference_makes_a_tuck_uncertain_and_leaves_the_wink_certain() -> None:
    """8 degrees of 4.4: above 3 with probability 0.87, above 0 with 0.97."""
    certain = {f.name: f.certain for f in found(with_sd(4.2), "squat")}
    assert certain == {"butt wink": True, "opposite butt wink": False}


@pytest.mark.parametrize("zero_deg", [0.0, 6.0, -15.0])
def test_the_turn_in_a_pull_from_the_floor_needs_no_zero(zero_deg: float) -> None:
    keys = deadlift_keys(3, top_s=1.4)
    plan = Plan(CONVENTIONAL, keys, bumps=(Bump(pull_times(keys)[1] - 0.4, 14, 0.8, 0.5),))
    posture = seen(plan, None, Reference("none"), zero_deg)
    event = turn_back(low_back_of(posture, SETTINGS), find_reps(posture, "deadlift")[1])
    assert event is not None
    assert event.size_deg == pytest.approx(14.0, abs=1.0)
