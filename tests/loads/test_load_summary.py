"""What load and glutes come to over a set: told once, of lifters whose plan is known."""

from __future__ import annotations

import numpy as np
import pytest

from backline.loads import LoadSeries, load_series
from backline.loads.glutes import glute_series
from backline.loads.load_summary import summarise_glutes, summarise_load
from backline.model.posture import Posture
from backline.reps import Rep, find_reps
from tests.simulated import BACK_SQUAT, Bump, Plan, bottom_times, simulate, squat_keys

KEYS = squat_keys(2)
POSTURE = simulate(
    Plan(BACK_SQUAT, KEYS, bumps=tuple(Bump(t, 15, hold_s=0.3) for t in bottom_times(KEYS)))
)
REPS = find_reps(POSTURE, "squat")
LOADS = load_series(
    POSTURE, load_kg=100, body_mass_kg=80, height_cm=178, lift="squat", reps=REPS
)  # fmt: skip


def test_the_peak_is_the_largest_compression_within_the_reps_with_both_models() -> None:
    peak = summarise_load(POSTURE, REPS, LOADS)["peak"]
    index = POSTURE.index_at(peak["time_s"])
    force = LOADS.columns["l5s1_compression_n"]
    inside = (POSTURE.time_s >= REPS[0].start_s) & (POSTURE.time_s <= REPS[-1].end_s)
    assert force[index] == pytest.approx(np.nanmax(force[inside]))
    assert peak["rep"] in (1, 2)
    assert LOADS.muscles is not None
    assert peak["muscles_compression_n"] == pytest.approx(LOADS.muscles.compression_n[index])
    assert peak["muscles_strength"] > 1


def test_three_centimetres_of_bar_place_are_the_weight_of_the_bar_times_that() -> None:
    found = summarise_load(POSTURE, REPS, LOADS)["sensitivity"]
    low, high = found["bar_place"]["moment_nm"]
    assert high - low == pytest.approx(2 * 0.03 * 100 * 9.81, rel=0.02)


def test_without_a_load_there_is_no_peak_but_the_time_by_flexion_stays() -> None:
    found = summarise_load(POSTURE, REPS, LoadSeries())
    assert found["peak"] is None
    assert found["sensitivity"] is None
    assert sum(found["exposure"]["time_s"]) > 3
    assert np.isnan(found["exposure"]["flexed_share"])


def test_the_load_on_a_rounded_back_is_a_share_between_none_and_all() -> None:
    flexed = summarise_load(POSTURE, REPS, LOADS)["exposure"]["flexed_share"]
    plain = simulate(Plan(BACK_SQUAT, KEYS))
    reps = find_reps(plain, "squat")
    loads = load_series(
        plain, load_kg=100, body_mass_kg=80, height_cm=178, lift="squat", reps=reps
    )  # fmt: skip
    assert 0.05 < flexed < 0.9
    assert summarise_load(plain, reps, loads)["exposure"]["flexed_share"] == pytest.approx(
        0, abs=0.01
    )


def glutes_of(posture: Posture, reps: tuple[Rep, ...], loads: LoadSeries) -> dict:
    return summarise_glutes(posture, reps, glute_series(posture, 178), loads)


def test_phases_share_their_time_among_the_actions() -> None:
    phases = glutes_of(POSTURE, REPS, LOADS)["phases"]
    for shares in phases.values():
        assert sum(shares.values()) == pytest.approx(1)
    assert phases["descent"]["lengthening"] > 0.9
    assert phases["ascent"]["shortening"] > 0.9


def test_the_lower_part_keeps_its_arm_where_the_upper_one_loses_it() -> None:
    # Anatomy of the model: deep in the squat the upper part runs across the hip's axis.
    parts = glutes_of(POSTURE, REPS, LOADS)["parts"]
    assert parts["lower"]["arm_bent_m"] > 0.02
    assert parts["upper"]["arm_bent_m"] < 0.01
    assert parts["lower"]["longest"] > parts["upper"]["longest"] > 1.1
    assert all(part["fastest_shortening"] > 0.1 for part in parts.values())


def test_the_need_is_there_with_a_load_and_unknown_without() -> None:
    with_load = glutes_of(POSTURE, REPS, LOADS)["lockouts"]
    without = glutes_of(POSTURE, REPS, LoadSeries())["lockouts"]
    assert [one["rep"] for one in with_load] == [one["rep"] for one in without] == [1, 2]
    assert all(np.isfinite(one["needed_high"]) for one in with_load)
    assert all(np.isnan(one["needed_high"]) for one in without)
    assert [one["beyond"] for one in with_load] == [one["beyond"] for one in without]


def test_a_lifter_who_was_never_measured_gives_no_phases_and_no_parts() -> None:
    hidden = simulate(Plan(BACK_SQUAT, KEYS, hidden=((0.0, 99.0, "back_hidden"),)))
    found = glutes_of(hidden, (), LoadSeries())
    assert (found["phases"], found["parts"], found["lockouts"]) == ({}, {}, [])
