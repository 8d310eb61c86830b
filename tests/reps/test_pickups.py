"""Picking a bar or a bottle up is no rep; a lockout is not reached while the trunk still leans."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from backline.model.posture import SERIES_FIELDS, Posture, WholeBodyMotion
from backline.reps import find_reps
from backline.reps.phase_boundaries import ARRIVED_LEAN_DEG
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    GOBLET_SQUAT,
    STOOP,
    Key,
    Plan,
    Style,
    bottom_times,
    deadlift_keys,
    depth_at,
    noisy,
    pull_times,
    simulate,
    squat_keys,
)

SEEDS = range(3)
PICKUP: tuple[Key, ...] = ((0.0, 0.0), (1.0, 0.0), (2.1, 1.0), (2.5, 1.0), (3.6, 0.0), (5.0, 0.0))


def joined(*parts: Posture) -> Posture:
    """One posture after the other, as one clip."""
    first, shifts, at = parts[0], [], 0.0
    for part in parts:
        shifts.append(part.time_s + at)
        at += float(part.time_s[-1]) + 1 / 30
    series = {n: np.concatenate([getattr(p, n) for p in parts]) for n in SERIES_FIELDS}
    motion = {
        f.name: np.concatenate([getattr(p.motion, f.name) for p in parts])
        for f in fields(WholeBodyMotion)
    }
    return replace(first, time_s=np.concatenate(shifts), motion=WholeBodyMotion(**motion), **series)


def squats(count: int, style: Style = BACK_SQUAT, seed: int = 0) -> Posture:
    return simulate(noisy(Plan(style, squat_keys(count, first_s=1.0)), seed))


def bend_over(seed: int = 0) -> Posture:
    return simulate(noisy(Plan(STOOP, PICKUP), seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("style", [BACK_SQUAT, GOBLET_SQUAT])
def test_bending_over_for_the_bar_before_and_after_the_set_is_no_rep(
    style: Style, seed: int
) -> None:
    before, after = bend_over(seed), bend_over(seed + 10)
    reps = find_reps(joined(before, squats(3, style, seed), after), "squat")
    begins = float(before.time_s[-1]) + 1 / 30
    wanted = [begins + t for t in bottom_times(squat_keys(3, first_s=1.0))]
    assert [rep.bottom_s for rep in reps] == pytest.approx(wanted, abs=0.2)
    assert [rep.index for rep in reps] == [1, 2, 3]


def test_two_pickups_before_the_set_are_no_reps() -> None:
    assert len(find_reps(joined(bend_over(), bend_over(1), squats(5)), "squat")) == 5


def test_a_rep_in_the_middle_that_leans_more_stays_a_rep() -> None:
    leaning = simulate(Plan(replace(BACK_SQUAT, lean=75), squat_keys(1, first_s=1.0)))
    assert len(find_reps(joined(squats(2), leaning, squats(2)), "squat")) == 5


def test_a_set_that_leans_alike_throughout_loses_no_rep() -> None:
    low_bar = replace(BACK_SQUAT, lean=60)
    assert len(find_reps(squats(4, low_bar), "squat")) == 4


# --- lockout ------------------------------------------------------------------------------------


def pull_with_late_trunk(late_s: float) -> Posture:
    """A deadlift whose trunk rises this much later than hips and knees."""
    keys = deadlift_keys(2, top_s=2.0, stands_up=False)
    posture = simulate(Plan(CONVENTIONAL, keys))
    t = posture.time_s
    behind = depth_at(keys, t - late_s)
    rising = np.zeros(len(t), bool)
    for pull in pull_times(keys)[:2]:
        rising |= (t >= pull) & (t <= pull + 1.2 + late_s)
    lean = np.where(rising, CONVENTIONAL.lean * np.maximum(behind, 0), posture.trunk_lean_deg)
    moved = lean - posture.trunk_lean_deg
    return replace(
        posture,
        trunk_lean_deg=lean,
        pelvic_tilt_deg=posture.pelvic_tilt_deg + moved,
        hip_flexion_deg=posture.hip_flexion_deg + moved,
    )


@pytest.mark.parametrize("late_s", [0.0, 0.3, 0.5])
def test_the_lockout_begins_when_the_trunk_has_come_up_too(late_s: float) -> None:
    posture = pull_with_late_trunk(late_s)
    reps = find_reps(posture, "deadlift")
    assert len(reps) == 2
    for rep in reps:
        start, end = rep.phases["lockout"]
        inside = (posture.time_s >= start) & (posture.time_s <= end - 0.3)
        top = float(np.min(posture.trunk_lean_deg[inside]))
        assert posture.trunk_lean_deg[posture.index_at(start)] <= top + ARRIVED_LEAN_DEG + 2.0
