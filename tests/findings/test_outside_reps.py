"""What lies outside the reps and is rounded past flat is still told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.findings import find_findings, summarise
from backline.model.posture import Posture
from backline.reps import Rep
from backline.texts import say
from tests.findings.outlined import HOLLOW, ROUNDED, SETTINGS, STRAIGHT, graded, seen
from tests.simulated import BACK_SQUAT, Plan, bottom_times, simulate, squat_keys

KEYS = squat_keys(3, top_s=1.8)
BOTTOMS = bottom_times(KEYS)
PLAN = Plan(BACK_SQUAT, KEYS)


def case(rounded_at: float, bulge: float = ROUNDED) -> tuple[Posture, tuple[Rep, ...]]:
    """Three squats of which only the later two count as reps; the outline of one bottom."""
    plain = simulate(PLAN)
    shape = np.where(np.abs(plain.time_s - rounded_at) <= 0.6, bulge, HOLLOW)
    posture = seen(PLAN, shape)
    first = posture.time_s < graded(posture, "squat")[1].start_s
    posture = replace(
        posture,
        lumbar_flexion_deg=posture.lumbar_flexion_deg + 15.0 * (np.abs(shape - ROUNDED) < 1e-9),
    )
    return posture, graded(posture, "squat")[1:] if first.any() else ()


def outside(posture: Posture, reps: tuple[Rep, ...]) -> list:
    found = find_findings(posture, reps, "squat", SETTINGS)
    return [f for f in found if f.name == say("finding.outside")]


def test_a_bottom_before_the_first_rep_that_is_past_flat_is_a_finding_of_no_rep() -> None:
    posture, reps = case(BOTTOMS[0])
    [finding] = outside(posture, reps)
    assert (finding.rep, finding.curve, finding.certain) == (0, "reversed", True)
    assert finding.start_s < BOTTOMS[0] < finding.end_s < reps[0].start_s
    assert finding.size_deg == pytest.approx(15, abs=4.0)
    assert f"{finding.start_s:.1f} to {finding.end_s:.1f} s" in finding.explanation


def test_a_stretch_whose_size_is_not_sure_is_none() -> None:
    """Past flat by its outline, but 15 +- 11 degrees: a belt under a shirt looks like that."""
    posture, reps = case(BOTTOMS[0])
    unsure = replace(posture, lumbar_flexion_sd_deg=np.full(len(posture), 11.0))
    assert outside(unsure, reps) == []


def test_a_flat_back_before_the_first_rep_is_none() -> None:
    assert outside(*case(BOTTOMS[0], STRAIGHT)) == []


def test_what_lies_in_a_rep_is_that_rep_s() -> None:
    posture, reps = case(BOTTOMS[1])
    assert outside(posture, reps) == []
    found = find_findings(posture, reps, "squat", SETTINGS)
    assert {f.rep for f in found if f.where == "bottom"} == {reps[0].index}


def test_a_convex_shirt_while_standing_is_none() -> None:
    posture, reps = case(BOTTOMS[0] - 10.0)
    shape = np.where(posture.time_s < reps[0].start_s, ROUNDED, HOLLOW)
    deep = np.abs(posture.time_s - BOTTOMS[0]) < 2.5
    assert outside(replace(posture, back_bulge=np.where(deep, HOLLOW, shape)), reps) == []


def test_without_any_rep_a_bent_back_past_flat_is_told() -> None:
    posture, _ = case(BOTTOMS[0])
    [finding] = outside(posture, ())
    told = summarise((finding,), (), [])
    assert told["headline"].startswith("No rep was found. Outside the reps it was rounded")


def test_what_lies_outside_the_reps_is_told_but_not_in_the_headline_of_a_set() -> None:
    """A lifter who reached for his computer after ten clean reps had it as headline."""
    posture, reps = case(BOTTOMS[0])
    [finding] = outside(posture, reps)
    told = summarise((finding,), reps, [])
    assert told["headline"].startswith("No rounding was found in 2 reps")
    assert "utside" not in told["headline"]
    assert told["sentences"][0].startswith("Outside the reps, ")
    assert told["where"] == {}


def test_a_source_without_outlines_tells_nothing_outside_the_reps() -> None:
    posture, reps = case(BOTTOMS[0])
    blank = replace(posture, back_bulge=np.full(len(posture), np.nan))
    assert outside(blank, reps) == []
