"""What was not measured is said, and every rep has its numbers."""

from __future__ import annotations

import numpy as np
import pytest

from backline.findings import measure_reps, measured_part, not_measured
from backline.findings.top_bottom import top_against_bottom
from backline.loads.hip_need import hip_needs
from backline.reps import find_reps
from backline.settings import Settings
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

KEYS = squat_keys(3)
BOTTOMS = bottom_times(KEYS)


def test_a_fully_measured_clip_misses_nothing():
    posture = simulate(Plan(BACK_SQUAT, KEYS))
    assert not_measured(posture, find_reps(posture, "squat")) == []


def test_a_hidden_bottom_is_named_with_its_reason():
    hidden = ((BOTTOMS[1] - 0.4, BOTTOMS[1] + 0.4, "back_hidden"),)
    posture = simulate(Plan(BACK_SQUAT, KEYS, hidden=hidden))
    assert not_measured(posture, find_reps(posture, "squat")) == [(2, "bottom", "back_hidden")]


def test_the_commonest_reason_is_given():
    hidden = (
        (BOTTOMS[0] - 0.4, BOTTOMS[0] + 0.1, "back_hidden"),
        (BOTTOMS[0] + 0.11, BOTTOMS[0] + 0.4, "dark"),
    )
    posture = simulate(Plan(BACK_SQUAT, KEYS, hidden=hidden))
    assert not_measured(posture, find_reps(posture, "squat"))[0] == (1, "bottom", "back_hidden")


def test_a_phase_that_is_mostly_seen_counts_as_measured_and_the_share_is_a_setting():
    hidden = ((BOTTOMS[0], BOTTOMS[0] + 0.15, "back_hidden"),)
    posture = simulate(Plan(BACK_SQUAT, KEYS, hidden=hidden))
    reps = find_reps(posture, "squat")
    assert not_measured(posture, reps) == []
    strict = Settings(least_measured_share=0.95)
    assert not_measured(posture, reps, strict) == [(1, "bottom", "back_hidden")]


def test_what_was_not_measured_is_left_out_of_top_against_bottom_and_of_the_glutes():
    # Seen at the very edge of each bottom, as by a plate that comes down before it.
    hidden = tuple((at - 0.2, at + 0.4, "back_hidden") for at in BOTTOMS)
    posture = simulate(Plan(BACK_SQUAT, KEYS, hidden=hidden))
    reps = find_reps(posture, "squat")
    missing = not_measured(posture, reps)
    assert {phase for _, phase, _ in missing} >= {"bottom"}
    seen = measured_part(reps, missing)
    assert [r.index for r in seen] == [r.index for r in reps]
    assert all("bottom" not in r.phases and "lockout" in r.phases for r in seen)
    assert all("bottom" in r.phases for r in reps)
    assert top_against_bottom(posture, reps) is not None
    assert top_against_bottom(posture, seen) is None
    assert hip_needs(posture, seen) == ()


def test_a_frame_without_a_number_or_a_reason_is_unknown():
    posture = simulate(Plan(BACK_SQUAT, KEYS))
    posture.lumbar_flexion_deg[:] = np.nan
    found = not_measured(posture, find_reps(posture, "squat"))
    assert len(found) == 12
    assert {code for _, _, code in found} == {"unknown"}


def test_the_metrics_of_a_squat_are_those_of_the_plan():
    bumps = (Bump(BOTTOMS[1], 10, 0.5), Bump(BOTTOMS[1] + 2.0, 7, 0.8))
    posture = simulate(Plan(BACK_SQUAT, KEYS, bumps=bumps, sd_deg=0.6))
    reps = measure_reps(posture, find_reps(posture, "squat"), "squat")
    first, second, _ = (r.metrics for r in reps)
    assert first["knee_flexion_max_deg"] == pytest.approx(115, abs=1.5)
    assert first["hip_flexion_max_deg"] == pytest.approx(38 + 80, abs=1.5)
    assert first["trunk_lean_max_deg"] == pytest.approx(38, abs=1)
    assert first["lumbar_flexion_bottom_deg"] == pytest.approx(0, abs=0.6)
    assert second["lumbar_flexion_bottom_deg"] == pytest.approx(10, abs=1)
    assert second["turn_back_deg"] == pytest.approx(10, abs=1)
    assert second["lumbar_flexion_lockout_deg"] == pytest.approx(7, abs=1)
    assert second["lumbar_flexion_peak_deg"] == pytest.approx(10, abs=1)
    assert second["lumbar_flexion_peak_s"] == pytest.approx(BOTTOMS[1], abs=0.3)
    assert first["depth_share"] == pytest.approx(1.0, abs=0.01)
    assert first["partial"] == 0.0


def test_tempo_adds_up_to_the_rep():
    posture = simulate(Plan(BACK_SQUAT, KEYS))
    for rep in measure_reps(posture, find_reps(posture, "squat"), "squat"):
        parts = [rep.metrics[f"{p}_s"] for p in ("descent", "bottom", "ascent", "lockout")]
        assert sum(parts) == pytest.approx(rep.end_s - rep.start_s, abs=1e-6)


def test_half_reps_are_marked_as_partial():
    posture = simulate(Plan(BACK_SQUAT, squat_keys(3, depths=(1.0, 0.55, 1.0))))
    reps = measure_reps(posture, find_reps(posture, "squat"), "squat")
    assert [r.metrics["partial"] for r in reps] == [0.0, 1.0, 0.0]


def test_what_is_not_measured_is_none_and_never_a_number():
    unknown = frozenset({"hip_height", "knee_flexion_deg"})
    plan = Plan(BACK_SQUAT, KEYS, hidden=((0.0, 99.0, "back_hidden"),), unknown=unknown)
    posture = simulate(plan)
    (first, *_) = measure_reps(posture, find_reps(posture, "squat"), "squat")
    for name in (
        "depth",
        "depth_share",
        "partial",
        "knee_flexion_max_deg",
        "lumbar_flexion_bottom_deg",
        "lumbar_flexion_lockout_deg",
        "lumbar_flexion_peak_deg",
        "turn_back_deg",
    ):
        assert first.metrics[name] is None


def test_a_deadlift_has_no_turn_back_and_keeps_metrics_it_had():
    posture = simulate(Plan(CONVENTIONAL, deadlift_keys(2)))
    reps = find_reps(posture, "deadlift")
    reps[0].metrics["bar_speed"] = 0.5
    first, _ = measure_reps(posture, reps, "deadlift")
    assert first.metrics["turn_back_deg"] is None
    assert first.metrics["bar_speed"] == 0.5
    assert first.metrics["descent_s"] == pytest.approx(0.95, abs=0.2)
