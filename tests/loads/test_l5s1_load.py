"""The load over a clip: columns, gaps, the bar's place, and what is said where it is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backline.errors import UsageError
from backline.loads import Body, exposure, load_series
from backline.loads.bar import place_of
from backline.loads.l5s1_load import MUSCLE_FIELDS
from backline.model.posture import SERIES_FIELDS, Posture, Standing, WholeBodyMotion
from backline.report.document import LOAD_COLUMNS
from backline.reps import find_reps
from backline.texts import say
from tests.simulated import (
    BACK_SQUAT,
    BODYWEIGHT_SQUAT,
    CONVENTIONAL,
    GOBLET_SQUAT,
    OVERHEAD_SQUAT,
    ROMANIAN,
    Bump,
    Plan,
    Style,
    bottom_times,
    deadlift_keys,
    pull_times,
    simulate,
    squat_keys,
)

KEYS = squat_keys(2)
SQUAT = simulate(Plan(BACK_SQUAT, KEYS))
LIFTER = {"load_kg": 100.0, "body_mass_kg": 80.0, "height_cm": 178.0}


def test_the_columns_are_those_of_the_contract_one_value_a_frame() -> None:
    loads = load_series(SQUAT, **LIFTER, lift="squat")
    assert tuple(loads.columns) == LOAD_COLUMNS
    assert all(values.shape == (len(SQUAT),) for values in loads.columns.values())
    assert all(np.isfinite(values).all() for values in loads.columns.values())


def test_the_load_is_largest_near_the_bottom_and_small_in_standing() -> None:
    moment = load_series(SQUAT, **LIFTER, lift="squat").columns["l5s1_moment_nm"]
    peak_s = SQUAT.time_s[int(np.argmax(moment))]
    assert min(abs(peak_s - bottom) for bottom in bottom_times(KEYS)) < 0.4
    assert abs(moment[SQUAT.index_at(1.0)]) < 20 < 300 < moment.max()


def test_frames_that_cannot_be_measured_are_empty_and_no_others() -> None:
    posture = simulate(Plan(BACK_SQUAT, KEYS, hidden=((4.0, 4.8, "back_hidden"),)))
    moment = load_series(posture, **LIFTER, lift="squat").columns["l5s1_moment_nm"]
    np.testing.assert_array_equal(np.isnan(moment), ~posture.measurable)


@pytest.mark.parametrize("missing", ["load_kg", "body_mass_kg"])
def test_without_mass_or_load_it_is_empty_and_says_how_to_get_it(missing: str) -> None:
    loads = load_series(SQUAT, **{**LIFTER, missing: None}, lift="squat")
    assert not loads
    assert loads.columns == {} == loads.at(0)
    assert loads.notes == (say("load_note.how_to_get"),)
    assert "the bar's weight and the lifter's" in loads.notes[0]


def test_without_height_a_usual_one_is_taken_and_said() -> None:
    loads = load_series(SQUAT, **{**LIFTER, "height_cm": None}, lift="squat")
    assert loads
    assert any("174 cm" in note and "height to narrow it" in note for note in loads.notes)


def test_an_empty_bar_of_nothing_still_has_the_body_s_own_load() -> None:
    loads = load_series(SQUAT, **{**LIFTER, "load_kg": 0.0}, lift="squat")
    assert 80 < np.max(loads.columns["l5s1_moment_nm"]) < 250


@pytest.mark.parametrize(
    ("name", "value"),
    [("load_kg", 2000.0), ("load_kg", -5.0), ("height_cm", 17.0), ("body_mass_kg", 5.0)],
)
def test_an_impossible_value_is_refused_before_any_work(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"{value:g}"):
        load_series(SQUAT, **{**LIFTER, name: value}, lift="squat")


def test_an_impossible_height_is_refused_even_where_the_load_is_missing() -> None:
    with pytest.raises(UsageError, match="height"):
        load_series(SQUAT, load_kg=None, body_mass_kg=80, height_cm=17, lift="squat")


def test_an_unknown_place_of_the_bar_is_refused() -> None:
    with pytest.raises(UsageError, match="'shoulder'"):
        load_series(SQUAT, **LIFTER, lift="squat", bar_place="shoulder")


@pytest.mark.parametrize(
    ("style", "place"),
    [
        (BACK_SQUAT, "high_bar"),
        (GOBLET_SQUAT, "front"),
        (OVERHEAD_SQUAT, "overhead"),
        (replace(BODYWEIGHT_SQUAT, hands_bottom=1.0), "hands"),
    ],
)
def test_the_hands_tell_where_the_bar_is_and_it_is_said(style: Style, place: str) -> None:
    found, note = place_of(simulate(Plan(style, KEYS)), "squat", "auto")
    assert found == place
    assert note


def test_a_place_that_was_given_needs_no_note() -> None:
    assert place_of(SQUAT, "squat", "low_bar") == ("low_bar", "")


def test_a_deadlift_is_loaded_in_its_reps_and_unloaded_before_the_first() -> None:
    keys = deadlift_keys(2)
    posture = simulate(Plan(CONVENTIONAL, keys))
    reps = find_reps(posture, "deadlift")
    loads = load_series(posture, **LIFTER, lift="deadlift", reps=reps)
    assert loads.place == "hands"
    assert not loads.held[posture.index_at(1.0)]
    assert loads.held[posture.index_at(pull_times(keys)[0])]
    moment = loads.columns["l5s1_moment_nm"]
    assert moment[posture.index_at(pull_times(keys)[0] + 0.2)] > 350
    assert moment[posture.index_at(1.0)] < 20


def test_bent_over_the_bar_before_the_pull_only_the_body_is_carried() -> None:
    keys = deadlift_keys(2, setup_s=2.5)
    posture = simulate(Plan(CONVENTIONAL, keys))
    reps = find_reps(posture, "deadlift")
    full, none = (
        load_series(posture, **{**LIFTER, "load_kg": kg}, lift="deadlift", reps=reps)
        for kg in (100.0, 0.0)
    )
    moments = full.columns["l5s1_moment_nm"] - none.columns["l5s1_moment_nm"]
    for pull_s in pull_times(keys)[:2]:  # the third is standing up without the bar
        assert moments[posture.index_at(pull_s - 0.6)] == pytest.approx(0, abs=0.5)
        assert moments[posture.index_at(pull_s + 0.3)] > 200
    assert say("load_note.from_floor") in full.notes


def test_a_romanian_deadlift_is_loaded_from_the_first_rep_to_the_last_without_a_break() -> None:
    keys = squat_keys(3)
    posture = simulate(Plan(ROMANIAN, keys))
    reps = find_reps(posture, "deadlift")
    loads = load_series(posture, **LIFTER, lift="deadlift", reps=reps)
    inside = (posture.time_s >= reps[0].start_s) & (posture.time_s <= reps[-1].end_s)
    assert len(reps) == 3
    np.testing.assert_array_equal(loads.held, inside)
    assert say("load_note.from_floor") not in loads.notes


def test_a_clip_without_one_measured_frame_says_only_that_nothing_was_worked_out() -> None:
    posture = simulate(Plan(CONVENTIONAL, deadlift_keys(2), hidden=((0.0, 60.0, "back_hidden"),)))
    reps = find_reps(posture, "deadlift")
    loads = load_series(posture, **{**LIFTER, "height_cm": None}, lift="deadlift", reps=reps)
    assert loads.notes == (say("load_note.nothing_measured"),)


def test_a_slow_camera_gives_weight_alone_and_says_so() -> None:
    posture = simulate(Plan(BACK_SQUAT, KEYS, rate_hz=10))
    loads = load_series(posture, **LIFTER, lift="squat")
    assert not loads.dynamic.any()
    assert any("weight alone" in note for note in loads.notes)


def test_one_frame_holds_all_numbers_of_a_finding_or_none() -> None:
    posture = simulate(Plan(BACK_SQUAT, KEYS, hidden=((4.0, 4.8, "back_hidden"),)))
    loads = load_series(posture, **LIFTER, lift="squat")
    second = {f"muscles_{name}" for name in MUSCLE_FIELDS}
    assert set(loads.at(posture.index_at(3.5))) == {*LOAD_COLUMNS, *second}
    assert loads.at(posture.index_at(4.4)) == {}


def test_exposure_holds_the_whole_time_and_impulse_of_the_reps() -> None:
    keys = squat_keys(2)
    bumps = tuple(Bump(t, 12) for t in bottom_times(keys))
    posture = simulate(Plan(BACK_SQUAT, keys, bumps=bumps))
    reps = find_reps(posture, "squat")
    loads = load_series(posture, **LIFTER, lift="squat", reps=reps)
    found = exposure(posture, reps, loads)
    assert found.time_s.sum() == pytest.approx(
        sum(rep.end_s - rep.start_s for rep in reps), abs=0.15
    )
    assert found.edges_deg[0] <= 0
    assert found.edges_deg[-1] > 12
    np.testing.assert_allclose(np.diff(found.edges_deg), 5.0)
    assert 0 < found.share_above(10.0) < found.share_above(0.0) <= 1


def test_exposure_knows_how_long_the_low_back_was_at_a_flexion() -> None:
    # 12 degrees for 0.5 s in each of two reps, with flanks that take about 0.1 s above 10
    keys = squat_keys(2)
    bumps = tuple(Bump(t, 12) for t in bottom_times(keys))
    posture = simulate(Plan(BACK_SQUAT, keys, bumps=bumps))
    found = exposure(posture, find_reps(posture, "squat"), load_series(
        posture, load_kg=None, body_mass_kg=None, height_cm=None, lift="squat"
    ))  # fmt: skip
    above = found.time_s[found.edges_deg[:-1] >= 10].sum()
    assert above == pytest.approx(2 * (0.5 + 2 * 0.35 * 0.27), abs=0.15)
    assert np.isnan(found.share_above(10))


def test_exposure_of_nothing_is_empty() -> None:
    found = exposure(SQUAT, (), load_series(SQUAT, **LIFTER, lift="squat"))
    assert len(found.time_s) == 0


def test_from_angles_alone_the_stoop_lift_agrees_with_the_published_moment(
    shared_file: Callable[[str], Path],
) -> None:
    still = pd.read_csv(shared_file("mocap/neu_t169_f250f350_sagittal.csv")).mean()
    table = pd.read_csv(shared_file("mocap/stoop1_t169_f620f800_sagittal.csv"))
    published = np.loadtxt(shared_file("mocap/stoop1_l5s1Bu.csv"), delimiter=",")[:, 2]
    leg_mm = 1000 * Body(81, 1.78).leg_m
    tilt = (table["pelvis_ant_tilt_deg"] - still["pelvis_ant_tilt_deg"]).to_numpy()
    lean = (table["thorax_T10_C7_lean_deg"] - still["thorax_T10_C7_lean_deg"]).to_numpy()
    zero = np.zeros(len(table))
    series = dict.fromkeys(SERIES_FIELDS, zero) | {
        "trunk_lean_deg": lean,
        "pelvic_tilt_deg": tilt,
        "lumbar_flexion_deg": lean - tilt,
        "measurable": zero == 0,
        "reason": np.full(len(table), "", dtype="<U1"),
        "back_bulge": np.full(len(table), np.nan),
    }
    ends = ("LASI", "RASI", "LPSI", "RPSI")
    hip = {axis: table[[f"{m}_{axis}_mm" for m in ends]].mean(axis=1) for axis in ("fwd", "up")}
    posture = Posture(
        time_s=table["t"].to_numpy(),
        standing=Standing(0.0, 0.1, "given"),
        motion=WholeBodyMotion(
            hip["up"].to_numpy() / leg_mm, hip["fwd"].to_numpy() / leg_mm, zero + 1
        ),
        **series,
    )
    empty, boxed = (
        load_series(
            posture, load_kg=kg, body_mass_kg=81, height_cm=178, lift="deadlift", sex="male"
        ).columns["l5s1_moment_nm"]
        for kg in (0.0, 15.0)
    )
    moment = np.where(posture.time_s < 2.1, empty, boxed)
    assert np.max(moment) == pytest.approx(np.max(published), rel=0.10)
    assert np.sqrt(np.mean((moment - published) ** 2)) < 20
    assert abs(np.mean(moment[:10]) - np.mean(published[:10])) < 15
