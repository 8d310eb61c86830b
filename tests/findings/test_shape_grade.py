"""The grade of a rep: outlines, curves and rhythms that were planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from backline.findings.shape_grade import (
    LEAST_HIP_DEG,
    bulge_at,
    grade_rep,
    rhythm_of,
    straightness,
)
from backline.model.posture import Posture
from backline.reps import Grade, Rep, find_reps
from tests.findings.outlined import SETTINGS, graded, near, seen
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    Bump,
    Plan,
    bottom_times,
    deadlift_keys,
    simulate,
    squat_keys,
)

KEYS = squat_keys(1, top_s=2.0)
BOTTOM = bottom_times(KEYS)[0]
PLAN = Plan(BACK_SQUAT, KEYS)


def grade_of(posture: Posture) -> Grade:
    [rep] = graded(posture, "squat")
    assert rep.grade is not None
    return rep.grade


@pytest.mark.parametrize(
    ("bulge", "shape", "probability"),
    [
        # the bounds lie at -0.04 and 0.025, each with a deviation of 0.01
        (-0.08, "kept", norm.cdf(4.0)),
        (-0.05, "kept", norm.cdf(1.0)),
        (-0.03, "flattened", norm.cdf(1.0) - norm.sf(5.5)),
        (-0.01, "flattened", norm.cdf(3.0) - norm.sf(3.5)),
        (0.015, "flattened", norm.cdf(1.0) - norm.sf(5.5)),
        (0.035, "reversed", norm.cdf(1.0)),
        (0.07, "reversed", norm.cdf(4.5)),
    ],
)
def test_the_outline_at_the_bottom_is_the_shape(
    bulge: float, shape: str, probability: float
) -> None:
    grade = grade_of(seen(PLAN, near(simulate(PLAN), BOTTOM, bulge, -0.02)))
    assert grade.shape == shape
    assert grade.probability == pytest.approx(probability, abs=1e-6)
    assert grade.bulge == pytest.approx(bulge)
    assert grade.rounded == pytest.approx(norm.cdf((bulge - 0.025) / 0.01), abs=1e-6)
    assert grade.straight == pytest.approx(norm.cdf((bulge + 0.005) / 0.01), abs=1e-6)


@pytest.mark.parametrize("bulge", [-0.04, 0.025])
def test_on_a_bound_the_shape_cannot_be_determined(bulge: float) -> None:
    grade = grade_of(seen(PLAN, bulge))
    assert (grade.shape, grade.bulge) == ("unknown", pytest.approx(bulge))
    assert np.isnan(grade.probability)


def test_the_shape_is_the_bottom_s_and_not_that_of_the_way() -> None:
    posture = simulate(PLAN)
    assert grade_of(seen(PLAN, near(posture, BOTTOM, -0.08, 0.08))).shape == "kept"


def hidden_share(share: float) -> Posture:
    """The outline is 0.07, but unseen in this share of the bottom's frames, evenly."""
    posture = seen(PLAN, 0.07)
    frames = np.arange(len(posture))
    gone = (np.abs(posture.time_s - BOTTOM) < 0.8) & (frames % 10 < 10 * share)
    return replace(posture, back_bulge=np.where(gone, np.nan, posture.back_bulge))


def test_an_outline_that_is_mostly_unseen_at_the_bottom_is_no_grade() -> None:
    assert grade_of(hidden_share(0.3)).shape == "reversed"
    unseen = grade_of(hidden_share(0.8))
    assert unseen.shape == "unknown"
    assert np.isnan([unseen.probability, unseen.bulge, unseen.rounded, unseen.straight]).all()


def test_a_rep_whose_bottom_was_not_filmed_has_no_grade_but_a_rhythm() -> None:
    posture = seen(PLAN, 0.07)
    posture = replace(posture, lumbar_flexion_deg=0.2 * posture.hip_flexion_deg)
    [rep] = find_reps(posture, "squat")
    rep = replace(rep, phases={k: v for k, v in rep.phases.items() if k != "bottom"})
    grade = grade_rep(posture, rep, SETTINGS)
    assert grade.shape == "unknown"
    assert grade.rhythm == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("rounded_deg", "shape"), [(5, "kept"), (25, "flattened"), (50, "reversed")]
)
def test_without_outlines_the_lumbar_curve_is_the_shape(rounded_deg: float, shape: str) -> None:
    """35 degrees of curve in standing, less what was rounded; 1.2 degrees of deviation."""
    grade = grade_of(simulate(replace(PLAN, bumps=(Bump(BOTTOM, rounded_deg),))))
    assert grade.shape == shape
    assert grade.probability >= 0.95
    assert (grade.rounded > 0.95) == (shape == "reversed")
    assert grade.straight == float(shape != "kept")
    assert np.isnan(grade.bulge)


def test_without_outline_and_curve_nothing_is_known() -> None:
    plan = replace(PLAN, unknown=frozenset({"lumbar_curve_deg"}))
    grade = grade_of(simulate(plan))
    assert grade.shape == "unknown"
    assert np.isnan(grade.probability)


# --- rhythm -----------------------------------------------------------------------------------


def with_rhythm(posture: Posture, slope: float, offset_deg: float = 0.0) -> Posture:
    return replace(posture, lumbar_flexion_deg=slope * posture.hip_flexion_deg + offset_deg)


@pytest.mark.parametrize("slope", [0.4, 0.15, 0.0, -0.1])
@pytest.mark.parametrize("offset_deg", [0.0, -12.0])
def test_the_rhythm_is_the_planted_slope_whatever_the_zero(slope: float, offset_deg: float) -> None:
    posture = with_rhythm(simulate(PLAN), slope, offset_deg)
    assert grade_of(posture).rhythm == pytest.approx(slope, abs=1e-9)


def test_each_rep_of_a_deadlift_has_a_rhythm_of_its_own() -> None:
    keys = deadlift_keys(3)
    posture = simulate(Plan(CONVENTIONAL, keys))
    reps = find_reps(posture, "deadlift")
    later = posture.time_s >= reps[1].start_s
    slope = np.where(posture.time_s >= reps[2].start_s, 0.3, np.where(later, 0.2, 0.1))
    posture = replace(posture, lumbar_flexion_deg=slope * posture.hip_flexion_deg)
    assert [rhythm_of(posture, rep) for rep in reps] == pytest.approx([0.1, 0.2, 0.3], abs=0.01)


def test_frames_that_are_not_measured_have_no_say_in_the_rhythm() -> None:
    posture = with_rhythm(simulate(PLAN), 0.25)
    wild = np.abs(posture.time_s - BOTTOM - 0.7) < 0.25
    spoilt = replace(
        posture,
        lumbar_flexion_deg=np.where(wild, 90.0, posture.lumbar_flexion_deg),
        measurable=~wild,
    )
    assert grade_of(spoilt).rhythm == pytest.approx(0.25)


def test_a_rep_in_which_the_hip_hardly_bends_has_no_rhythm() -> None:
    posture = simulate(PLAN)
    small = posture.hip_flexion_deg * 0.9 * LEAST_HIP_DEG / np.ptp(posture.hip_flexion_deg)
    [rep] = find_reps(posture, "squat")
    assert np.isnan(rhythm_of(replace(posture, hip_flexion_deg=small), rep))
    rest = Rep(1, rep.start_s, rep.start_s + 0.1, rep.start_s + 0.15, {})
    assert np.isnan(rhythm_of(posture, rest))


# --- tools ------------------------------------------------------------------------------------


def test_the_bulge_about_a_moment_is_its_median() -> None:
    posture = simulate(PLAN)
    wild = near(posture, BOTTOM, 0.03, -0.08)
    wild[posture.index_at(BOTTOM)] = 5.0
    posture = replace(posture, back_bulge=wild)
    assert bulge_at(posture, BOTTOM, SETTINGS) == pytest.approx(0.03)
    assert np.isnan(bulge_at(simulate(PLAN), BOTTOM, SETTINGS))


def test_an_unknown_bulge_is_neither_straight_nor_hollow() -> None:
    assert np.isnan(straightness(float("nan"), SETTINGS))
    assert straightness(-0.005, SETTINGS) == pytest.approx(0.5)
