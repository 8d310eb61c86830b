"""The list of cases: the same for everybody, balanced, and apart from training."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backline.errors import UsageError
from backline.phantom.plan import events_of, unroll
from backline.validate.cases import (
    BLOCK,
    CRF_HARSH,
    DRIFT_REPS,
    FAIR_YAW_DEG,
    HEIGHTS_PX,
    OUTSIDE_YAW_DEG,
    Case,
    case_list,
    plan_of,
    scene_of,
)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return case_list(200)


def of_event(cases: list[Case], event: str) -> list[Case]:
    return [case for case in cases if case.event == event]


def test_the_same_seed_gives_the_same_clips(cases: list[Case]) -> None:
    again = case_list(200)
    assert again == cases
    assert [plan_of(a) for a in again[:20]] == [plan_of(b) for b in cases[:20]]
    assert [scene_of(a) for a in again[:20]] == [scene_of(b) for b in cases[:20]]


def test_a_shorter_list_is_the_start_of_a_longer_one(cases: list[Case]) -> None:
    assert case_list(33) == cases[:33]


def test_another_seed_gives_other_bodies(cases: list[Case]) -> None:
    other = case_list(20, seed=1)
    pairs = zip(cases[:20], other, strict=True)
    assert all(scene_of(a).shape != scene_of(b).shape for a, b in pairs)


def test_no_two_clips_show_the_same_body(cases: list[Case]) -> None:
    shapes = [tuple(vars(scene_of(case).shape).values()) for case in cases]
    assert len(set(shapes)) == len(cases)


def test_no_stream_of_random_numbers_is_one_of_training(cases: list[Case]) -> None:
    # training draws from [1 | 2, scene]; a stream is told by its first numbers
    trained = {
        float(np.random.default_rng([seed, scene]).random())
        for seed, scene in itertools.product((1, 2), range(300))
    }
    drawn = {float(case.rng(stream).random()) for case in cases for stream in (0, 1, 2)}
    assert not drawn & trained
    assert len(drawn) == 3 * len(cases)


def test_every_block_holds_every_event_resolution_and_compression(cases: list[Case]) -> None:
    for start in range(0, 200, BLOCK):
        block = cases[start : start + BLOCK]
        events = {case.event for case in block}
        always = {"clean", "deep", "thoracic", "neck", "bottom", "top", "top 5", "ascent", "over"}
        assert always <= events
        heights = [case.height_px for case in block]
        assert [heights.count(h) for h in HEIGHTS_PX] == [4] * 5
        assert sum(case.crf == CRF_HARSH for case in block) == BLOCK // 2
        assert sum(case.jpeg_quality < 100 for case in block) == BLOCK // 5


def test_drift_comes_in_every_second_block_with_enough_reps_to_be_told(cases: list[Case]) -> None:
    drifts = of_event(cases, "drift")
    assert len(drifts) == 5
    for case in drifts:
        sizes = [rep.bottom_deg for rep in plan_of(case).reps]
        assert sizes == [0.0, 4.0, 8.0, 12.0]
        assert case.reps == DRIFT_REPS


def test_fair_conditions_are_those_that_the_figures_are_promised_for(cases: list[Case]) -> None:
    fair = [case for case in cases if case.group == "fair"]
    assert len(fair) >= 150
    for case in fair:
        assert abs(case.yaw_deg) <= FAIR_YAW_DEG
        assert case.fit in ("tight", "normal")
        assert case.lift == "deadlift" or case.plates in ("none", "small")
        assert case.condition == "side-on"


def test_each_outside_condition_is_what_its_name_says(cases: list[Case]) -> None:
    outside = [case for case in cases if case.group == "outside"]
    assert {case.condition for case in outside} == {"yaw 25", "loose shirt", "450 mm plates"}
    for case in outside:
        if case.condition == "yaw 25":
            assert abs(case.yaw_deg) == OUTSIDE_YAW_DEG
            assert scene_of(case).camera.yaw_deg == case.yaw_deg
        if case.condition == "loose shirt":
            assert scene_of(case).outfit.fit == "loose"
        if case.condition == "450 mm plates":
            loading = scene_of(case).loading
            assert case.lift == "squat"
            assert loading is not None
            assert loading.radius_m == pytest.approx(0.225)


@pytest.mark.parametrize(
    ("event", "field", "low", "high"),
    [
        ("top", "top_deg", 8.0, 9.0),
        ("top 5", "top_deg", 5.0, 5.0),
        ("bottom", "bottom_deg", 12.0, 20.0),
        ("ascent", "ascent_deg", 8.0, 8.0),
        ("over", "top_deg", -8.0, -8.0),
        ("thoracic", "thoracic_deg", 18.0, 18.0),
        ("neck", "neck_deg", 30.0, 30.0),
    ],
)
def test_each_event_is_planted_in_every_rep_and_nowhere_else(
    cases: list[Case], event: str, field: str, low: float, high: float
) -> None:
    planted = ("top_deg", "bottom_deg", "ascent_deg", "thoracic_deg", "neck_deg")
    for case in of_event(cases, event):
        for rep in plan_of(case).reps:
            assert low <= getattr(rep, field) <= high
            assert all(getattr(rep, other) == 0 for other in planted if other != field)


def test_a_deep_squat_is_deep_and_its_low_back_still(cases: list[Case]) -> None:
    for case in of_event(cases, "deep"):
        lumbar = unroll(plan_of(case)).angles.lumbar_deg
        assert plan_of(case).reps[0].knee_deg >= 115
        assert np.ptp(lumbar) < 3.5  # sway alone


def test_a_clean_rep_never_turns_back_by_a_reportable_size(cases: list[Case]) -> None:
    for case in of_event(cases, "clean"):
        assert all(-5 <= rep.coupled_deg <= 2 for rep in plan_of(case).reps)


def test_own_standing_and_a_full_lockout_are_in_every_clip(cases: list[Case]) -> None:
    for case in cases:
        line = unroll(plan_of(case))
        assert line.time_s[line.phase == "descent"][0] >= 1.4
        assert all(rep.lockout_s >= 0.9 for rep in plan_of(case).reps)


def test_the_whole_list_can_be_rendered_in_an_hour(cases: list[Case]) -> None:
    # a tenth of a second a frame on one core, two cores
    frames = sum(len(unroll(plan_of(case)).time_s) for case in cases)
    assert frames * 0.1 / 2 < 3600 / 2


def test_planted_events_are_listed_for_the_truth(cases: list[Case]) -> None:
    over = plan_of(of_event(cases, "over")[0])
    assert events_of(over)[0] == {
        "rep": 1, "where": "lockout", "kind": "over_extension", "size_deg": 8.0,
    }  # fmt: skip
    assert events_of(plan_of(of_event(cases, "neck")[0])) == []


def test_jpeg_reaches_the_recording(cases: list[Case]) -> None:
    case = next(case for case in cases if case.jpeg_quality < 100)
    assert scene_of(case).recording.jpeg_quality == case.jpeg_quality
    assert case.compression.startswith("JPEG 30, then H.264 crf ")


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (-3, 0), (5, -1)])
def test_impossible_lists_are_refused(count: int, seed: int) -> None:
    with pytest.raises(UsageError, match="give 1 clip or more"):
        case_list(count, seed)
