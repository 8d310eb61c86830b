"""What became of the lumbar curve, and how much of the hip's change the pelvis made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.findings import find_findings
from backline.findings.curve_change import curve_at
from backline.model.posture import ELSEWHERE, Reference, reference_from
from backline.reps import find_reps
from backline.settings import Settings
from tests.simulated import BACK_SQUAT, Bump, Plan, bottom_times, simulate, squat_keys

SETTINGS = Settings()
KEYS = squat_keys(1, top_s=2.0)
BOTTOM = bottom_times(KEYS)[0]


@pytest.mark.parametrize(
    ("standing_deg", "rounded_deg", "expected"),
    [
        (40, 10, "kept"),
        (40, 22, "flattened"),
        (40, 39, "flattened"),  # past zero within its noise
        (40, 41, "flattened"),
        (40, 50, "reversed"),
        (10, 15, "reversed"),
        (-5, 10, "kept"),  # a back that stands without a hollow has none to lose
    ],
)
def test_the_curve_is_kept_flattened_or_reversed(standing_deg, rounded_deg, expected):
    plan = Plan(
        BACK_SQUAT, KEYS, bumps=(Bump(BOTTOM, rounded_deg),), curve_standing_deg=standing_deg
    )
    assert curve_at(simulate(plan), BOTTOM, SETTINGS) == expected


def test_an_unknown_curve_is_unknown():
    posture = simulate(Plan(BACK_SQUAT, KEYS, bumps=(Bump(BOTTOM, 12),)))
    no_standing = replace(posture, reference=Reference("none"))
    assert curve_at(no_standing, BOTTOM, SETTINGS) == "unknown"
    blank = replace(posture, lumbar_curve_deg=np.full(len(posture), np.nan))
    assert curve_at(blank, BOTTOM, SETTINGS) == "unknown"
    found = find_findings(blank, find_reps(blank, "squat"), "squat", SETTINGS)
    assert [f.curve for f in found] == ["unknown"]


def tuck_with_thigh(thigh_back_deg: float) -> float:
    """Return the pelvis share of a 9 degree tuck at the top while the thigh moves too."""
    top = BOTTOM + 0.1 + 1.2
    tuck = Bump(top + 1.2, 9, 0.6, 0.4)
    posture = simulate(Plan(BACK_SQUAT, KEYS, bumps=(tuck,)))
    thigh = Bump(top + 1.2, thigh_back_deg, 0.6, 0.4)(posture.time_s)
    posture = replace(posture, hip_flexion_deg=posture.hip_flexion_deg - thigh)
    found = find_findings(posture, find_reps(posture, "squat"), "squat", SETTINGS)
    (top_finding,) = [f for f in found if f.where == "lockout"]
    return top_finding.pelvis_share


@pytest.mark.parametrize(("thigh", "share"), [(0.0, 1.0), (9.0, 0.5), (-4.0, 1.8)])
def test_the_pelvis_share_is_the_part_that_was_planted(thigh, share):
    assert tuck_with_thigh(thigh) == pytest.approx(share, abs=0.1)


def test_the_share_is_unknown_where_the_hip_hardly_changes():
    assert np.isnan(tuck_with_thigh(-8.0))


def test_the_curve_is_unknown_where_own_standing_is_in_another_recording():
    plan = Plan(BACK_SQUAT, KEYS, bumps=(Bump(BOTTOM, 40),), curve_standing_deg=30)
    posture = simulate(plan)
    assert curve_at(posture, BOTTOM, SETTINGS) == "reversed"
    assert (
        curve_at(replace(posture, reference=reference_from(ELSEWHERE)), BOTTOM, SETTINGS)
        == "unknown"
    )
