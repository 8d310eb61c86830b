"""A clip beside its truth: the same zero for both, the right rep, the right words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backline.findings.finding import Finding
from backline.model.measurement import Evidence
from backline.model.posture import SERIES_FIELDS, Posture, Reference, Standing, WholeBodyMotion
from backline.reps import Rep
from backline.validate.ground_truth_comparison import (
    QUANTITIES,
    WITH_SD,
    frame_table,
    nearest_frames,
    reference_rows,
    rep_table,
)

RATE = 20.0
PLANNED: dict[str, Any] = {
    "bottom_deg": 12.0, "top_deg": 8.0, "ascent_deg": 0.0, "knee_deg": 118.0,
}  # fmt: skip


def truth_of(lumbar: np.ndarray) -> pd.DataFrame:
    """One second standing, then descent, bottom, ascent, lockout of half a second each."""
    n = len(lumbar)
    phase = np.repeat(["standing", "descent", "bottom", "ascent", "lockout"], [20, 10, 10, 10, 10])
    table = {name: np.zeros(n) for name in QUANTITIES}
    return pd.DataFrame(
        table
        | {
            "lumbar_flexion_deg": lumbar,
            "frame": np.arange(n),
            "time_s": np.arange(n) / RATE,
            "rep": (phase != "standing").astype(int),
            "phase": phase,
            "hidden": 0.0,
        }
    )


def posture_of(lumbar: np.ndarray, **changes: Any) -> Posture:
    n = len(lumbar)
    zeros = np.zeros(n)
    series: dict[str, Any] = dict.fromkeys(SERIES_FIELDS, zeros)
    series |= {
        "lumbar_flexion_deg": lumbar,
        "lumbar_flexion_sd_deg": np.full(n, 2.0),
        "measurable": np.ones(n, bool),
        "reason": np.full(n, "", "<U16"),
        "back_bulge": np.full(n, np.nan),
    }
    values: dict[str, Any] = {
        "time_s": np.arange(n) / RATE,
        "standing": Standing(0.5, 0.95, "before_first_rep"),
        "motion": WholeBodyMotion(zeros, zeros, zeros),
    }
    return Posture(**{**series, **values, **changes})


def lumbar_of(standing: float = 0.0) -> np.ndarray:
    """Standing, 5 of arching on the way down, 10 at the bottom, 0 going up, 8 at the top."""
    return np.concatenate(
        [
            np.full(20, standing),
            np.full(10, -5.0),
            np.full(10, 10.0),
            np.zeros(10),
            np.full(10, 8.0),
        ]
    )


def test_a_perfect_measurement_has_no_error_even_where_the_first_frame_was_off() -> None:
    # The lifter stands 1.5 degrees rounder than in the first frame: both zeros move along.
    true = lumbar_of(1.5)
    true[0] = 0.0
    measured = lumbar_of(1.5) - 1.5
    table = frame_table(truth_of(true), posture_of(measured))
    error = table["measured_lumbar_flexion_deg"] - table["true_lumbar_flexion_deg"]
    assert error[1:].to_numpy() == pytest.approx(0.0)
    assert table["sd_lumbar_flexion_deg"].eq(2.0).all()


def test_joints_keep_their_own_zero() -> None:
    truth = truth_of(lumbar_of())
    truth["knee_flexion_deg"] = 5.0
    posture = posture_of(lumbar_of(), knee_flexion_deg=np.full(60, 8.0))
    table = frame_table(truth, posture)
    assert (table["measured_knee_flexion_deg"] - table["true_knee_flexion_deg"]).eq(3.0).all()


def test_the_hip_is_compared_as_change_since_no_picture_shows_how_the_pelvis_stands() -> None:
    truth = truth_of(lumbar_of())
    truth["hip_flexion_deg"] = -12.0 + 2.0 * np.arange(60)
    posture = posture_of(
        lumbar_of(), hip_flexion_deg=2.0 * np.arange(60.0) - 29.0
    )  # standing: frames 10 to 19
    table = frame_table(truth, posture)
    error = table["measured_hip_flexion_deg"] - table["true_hip_flexion_deg"]
    assert error.to_numpy() == pytest.approx(0.0)


def test_without_a_reference_both_sides_count_from_the_reps_most_extended_moment() -> None:
    truth = truth_of(lumbar_of())
    truth["trunk_lean_deg"] = lumbar_of() + 30.0
    measured = lumbar_of() + 5.0  # least, zero, in the descent
    posture = posture_of(measured, trunk_lean_deg=measured - 7.0, reference=Reference("none"))
    table = frame_table(truth, posture)
    for name in ("lumbar_flexion_deg", "trunk_lean_deg"):
        assert (table[f"measured_{name}"] - table[f"true_{name}"]).to_numpy() == pytest.approx(0.0)


def test_the_curve_is_compared_as_change_since_its_level_is_not_claimed() -> None:
    truth = truth_of(lumbar_of())
    truth["lumbar_curve_deg"] = 40.0 - lumbar_of()
    posture = posture_of(lumbar_of(), lumbar_curve_deg=25.0 - lumbar_of())
    table = frame_table(truth, posture)
    error = table["measured_lumbar_curve_deg"] - table["true_lumbar_curve_deg"]
    assert error.to_numpy() == pytest.approx(0.0)


def test_withheld_frames_hold_no_number() -> None:
    measurable = np.ones(60, bool)
    measurable[30:40] = False
    reason = np.where(measurable, "", "back_hidden")
    posture = posture_of(lumbar_of(), measurable=measurable, reason=reason)
    table = frame_table(truth_of(lumbar_of()), posture)
    hidden = table[30:40]
    assert not hidden["measurable"].any()
    assert hidden["reason"].eq("back_hidden").all()
    assert hidden[[f"measured_{q}" for q in QUANTITIES]].isna().all(axis=None)
    assert hidden[[f"sd_{q}" for q in WITH_SD]].isna().all(axis=None)


def test_frames_that_the_analysis_dropped_are_withheld() -> None:
    kept = posture_of(lumbar_of()).between(0.0, 2.0)
    table = frame_table(truth_of(lumbar_of()), kept)
    assert table["measurable"].sum() == 40
    assert table["reason"][40:].eq("no_frame").all()


def test_a_clip_without_any_frame_is_withheld_as_a_whole() -> None:
    empty = posture_of(lumbar_of()).between(90.0, 91.0)
    table = frame_table(truth_of(lumbar_of()), empty)
    assert not table["measurable"].any()


@pytest.mark.parametrize(
    ("have", "wanted", "index"),
    [
        ([0.0, 0.1, 0.2], [0.0, 0.1, 0.2], [0, 1, 2]),
        ([0.0, 0.2], [0.0, 0.1, 0.2], [0, 0, 1]),  # half a step still counts
        ([0.004, 0.104], [0.0, 0.1, 0.2], [0, 1, -1]),
        ([], [0.0, 0.1], [-1, -1]),
        ([0.1], [0.0, 0.1, 0.2, 0.3], [-1, 0, -1, -1]),
    ],
)
def test_frames_are_matched_by_their_times(
    have: list[float], wanted: list[float], index: list[int]
) -> None:
    found = nearest_frames(np.array(wanted), np.array(have))
    if have == [0.0, 0.2]:
        assert found[1] in (-1, 0, 1)  # exactly between two: rounding decides
        found[1] = 0
    assert found.tolist() == index


def test_without_own_standing_the_truth_is_zeroed_at_its_first_frame() -> None:
    assert np.flatnonzero(reference_rows(np.arange(5) / 10, Reference("none"))).tolist() == [0]


def test_the_truth_is_zeroed_over_all_spans_of_the_reference() -> None:
    tops = Reference("lockouts", ((0.1, 0.2), (0.4, 0.6)))
    assert np.flatnonzero(reference_rows(np.arange(9) / 10, tops)).tolist() == [1, 2, 4, 5, 6]


# --- reps ---------------------------------------------------------------------------------


def finding(kind: str, where: str, rep: int = 1, certain: bool = True) -> Finding:
    return Finding(kind, where, "x", rep, 1.0, 1.5, 2.0, 9.0, 1.0, 0.99, certain, "kept")  # type: ignore[arg-type]


@pytest.fixture
def analysed(make_analysis: Callable[..., Any]) -> Callable[..., Any]:
    def make(**changes: Any) -> Any:
        phases = {
            "descent": (1.0, 1.5), "bottom": (1.5, 2.0),
            "ascent": (2.0, 2.5), "lockout": (2.5, 3.0),
        }  # fmt: skip
        rep = Rep(1, 1.0, 1.75, 3.0, phases, depth=1.0)  # type: ignore[arg-type]
        values = {"posture": posture_of(lumbar_of()), "reps": (rep,), "findings": ()} | changes
        return make_analysis(**values)

    return make


def reps_of(analysis: Any, lift: Any = "squat") -> pd.Series:
    frames = frame_table(truth_of(lumbar_of()), analysis.posture)
    return rep_table(frames, [PLANNED], lift, analysis).iloc[0]


def test_true_sizes_are_turn_back_and_difference_from_own_standing(analysed: Any) -> None:
    row = reps_of(analysed())
    assert row["true_bottom"] == 15.0  # from -5 on the way down to 10
    assert row["true_lockout"] == 8.0
    assert row["score_bottom"] == pytest.approx(15.0, abs=1.5)
    assert row["score_lockout"] == pytest.approx(8.0, abs=1.5)
    assert (row["plateau_true"], row["plateau_measured"]) == (8.0, 8.0)
    assert (row["planted_bottom"], row["planted_top"]) == (12.0, 8.0)


def test_a_deadlift_is_sized_against_own_standing(analysed: Any) -> None:
    row = reps_of(analysed(lift="deadlift"), "deadlift")
    assert row["true_bottom"] == 10.0
    assert row["score_bottom"] == pytest.approx(10.0, abs=1.5)


@pytest.mark.parametrize(
    ("findings", "alarms"),
    [
        ((), {}),
        ((finding("rounding", "bottom"),), {"bottom": "certain"}),
        ((finding("rounding", "lockout", certain=False),), {"lockout": "uncertain"}),
        ((finding("over_extension", "lockout"),), {"over": "certain"}),
        ((finding("over_extension", "descent"),), {}),  # arching on the way is no lockout's
        ((finding("drift", "bottom", rep=0),), {}),
        ((finding("rounding", "bottom", rep=2),), {}),  # of another rep
        (  # the strongest word counts, in either order
            (finding("rounding", "ascent", certain=False), finding("rounding", "ascent")),
            {"ascent": "certain"},
        ),
        (
            (finding("rounding", "ascent"), finding("rounding", "ascent", certain=False)),
            {"ascent": "certain"},
        ),
    ],
)
def test_alarms_say_what_the_findings_say(
    analysed: Any, findings: tuple[Finding, ...], alarms: dict[str, str]
) -> None:
    row = reps_of(analysed(findings=findings))
    said = {place: row[f"alarm_{place}"] for place in ("bottom", "lockout", "ascent", "over")}
    assert {k: v for k, v in said.items() if v != "none"} == alarms


def test_a_rep_found_elsewhere_is_not_this_one(analysed: Any) -> None:
    analysis = analysed(findings=(finding("rounding", "bottom"),))
    far = replace(analysis.reps[0], bottom_s=2.6)
    row = reps_of(replace(analysis, reps=(far,)))
    assert not row["found"]
    assert row["alarm_bottom"] == "none"
    assert np.isnan(row["score_bottom"])


def test_the_bottoms_time_error_is_told(analysed: Any) -> None:
    # the bottom's frames run from 1.5 to 1.95 s
    assert reps_of(analysed())["bottom_error_s"] == pytest.approx(1.75 - 1.725)


def test_a_phase_counts_as_measured_from_half_of_its_frames(analysed: Any) -> None:
    measurable = np.ones(60, bool)
    measurable[30:36] = False  # 6 of the bottom's 10
    measurable[50:55] = False  # 5 of the lockout's 10
    row = reps_of(analysed(posture=posture_of(lumbar_of(), measurable=measurable)))
    assert (row["measured_bottom"], row["measured_lockout"]) == (False, True)


def test_a_phase_is_hidden_where_a_plate_covers_most_of_its_frames(analysed: Any) -> None:
    truth = truth_of(lumbar_of())
    truth.loc[30:35, "hidden"] = 0.3  # 6 of the bottom's 10
    truth.loc[50:54, "hidden"] = 0.3  # 5 of the lockout's 10
    truth.loc[55:59, "hidden"] = 0.04  # a rim alone
    analysis = analysed()
    row = rep_table(frame_table(truth, analysis.posture), [PLANNED], "squat", analysis).iloc[0]
    assert [row[f"hidden_{place}"] for place in ("bottom", "lockout", "ascent")] == [
        True, False, False,
    ]  # fmt: skip


def test_proxies_come_from_the_points_that_the_analysis_saw(analysed: Any) -> None:
    points = np.full((60, 33, 3), np.nan, np.float32)
    points[:, 24, :2], points[:, 12, :2], points[:, 26, :2] = (0, 0), (0, -100), (0, 90)
    points[30:40, 26, :2] = (90, 0)  # the thigh level at the bottom: hip angle 90
    shown = Evidence(np.zeros((60, 2, 2), np.float32), np.ones((60, 2), bool), points, 0, 1)
    row = reps_of(analysed(evidence=shown))
    assert row["hip_angle_bottom"] == pytest.approx(-90.0)
    assert row["hip_angle_lockout"] == pytest.approx(-180.0)
    assert np.isnan(reps_of(analysed(evidence=None))["hip_angle_bottom"])
