"""Counting hits and false alarms."""

from __future__ import annotations

import numpy as np
import pytest

from backline.validate.detection import (
    BUTT_WINK,
    TOP_TUCK,
    by_size,
    outcome,
    rivals,
    silences,
)
from tests.validate.synthetic import rep_of, reps_table

TUCK = {"planted_top": 8.5}
WINK = {"planted_bottom": 15.0}


def test_a_tuck_counts_as_found_only_by_a_certain_finding() -> None:
    reps = reps_table(
        [
            rep_of(**TUCK, alarm_lockout="certain"),
            rep_of(**TUCK, alarm_lockout="uncertain"),
            rep_of(**TUCK),
        ]
    )
    found = outcome(reps, TOP_TUCK)
    assert (found.planted, found.hits) == (3, 1)


def test_a_rep_that_was_not_measured_is_missed_where_planted_and_left_out_where_clean() -> None:
    reps = reps_table(
        [rep_of(**TUCK, measured_lockout=False), rep_of(measured_lockout=False), rep_of()]
    )
    found = outcome(reps, TOP_TUCK)
    assert (found.planted, found.hits, found.clean, found.false) == (1, 0, 1, 0)


def test_a_place_that_a_plate_truly_hides_asks_nothing_of_the_program() -> None:
    reps = reps_table(
        [
            rep_of(**TUCK, hidden_lockout=True),
            rep_of(**TUCK, hidden_bottom=True, alarm_lockout="certain"),
            rep_of(hidden_lockout=True, alarm_lockout="certain"),
            rep_of(),
        ]
    )
    found = outcome(reps, TOP_TUCK)
    assert (found.planted, found.hits, found.clean, found.false) == (1, 1, 1, 0)
    assert by_size(reps)["reps"].tolist() == [1]
    own = rivals(reps).query("task == @TOP_TUCK.words and rule == 'Backline (size)'")
    assert own["reps"].tolist() == ["1 / 1"]


@pytest.mark.parametrize("planted_top", [5.0, -8.0, 7.9])
def test_other_sizes_at_the_top_are_neither_planted_nor_clean(planted_top: float) -> None:
    found = outcome(reps_table([rep_of(planted_top=planted_top)]), TOP_TUCK)
    assert (found.planted, found.clean) == (0, 0)


def test_a_wink_does_not_spoil_a_clean_lockout() -> None:
    found = outcome(reps_table([rep_of(**WINK, alarm_lockout="certain")]), TOP_TUCK)
    assert (found.clean, found.false) == (1, 1)


def test_false_winks_are_counted_on_deep_squats_alone() -> None:
    reps = reps_table(
        [
            rep_of(alarm_bottom="certain"),
            rep_of(),
            rep_of(knee_deg=100.0, alarm_bottom="certain"),  # not deep
            rep_of(planted_bottom=4.0, alarm_bottom="certain"),  # not clean, not 12 either
            rep_of(lift="deadlift", alarm_bottom="certain"),
            rep_of(**WINK, alarm_bottom="certain"),
        ]
    )
    found = outcome(reps, BUTT_WINK)
    assert (found.planted, found.hits, found.clean, found.false) == (1, 1, 2, 1)


def test_reps_outside_the_fair_conditions_count_nowhere() -> None:
    reps = reps_table([rep_of(**TUCK), rep_of()]).assign(group="outside")
    found = outcome(reps, TOP_TUCK)
    assert (found.planted, found.clean) == (0, 0)


def test_events_are_told_apart_by_lift_place_and_size() -> None:
    reps = reps_table(
        [
            rep_of(planted_bottom=13.0, alarm_bottom="certain"),
            rep_of(planted_bottom=14.0),
            rep_of(planted_bottom=18.0, alarm_bottom="certain", lift="deadlift"),
            rep_of(planted_top=5.0, alarm_lockout="uncertain"),
            rep_of(planted_top=-8.0, alarm_over="certain"),
            rep_of(planted_ascent=8.0, alarm_ascent="certain"),
        ]
    )
    table = by_size(reps).set_index(["lift", "place", "planted (deg)"])
    assert table.loc[("squat", "bottom", "12 to 15"), "share"] == 0.5
    assert table.loc[("deadlift", "bottom", "15 to 20"), "certain"] == 1
    assert table.loc[("squat", "lockout", "5"), "also uncertain"] == 1
    assert table.loc[("squat", "lockout", "8, arched"), "certain"] == 1
    assert table.loc[("squat", "ascent", "8"), "95 % interval"] == "0.21 to 1.00"
    assert len(table) == 5


def test_silences_are_broken_only_by_certain_findings_where_nothing_is() -> None:
    reps = reps_table(
        [
            rep_of(event="thoracic", alarm_bottom="certain"),
            rep_of(event="thoracic", alarm_bottom="uncertain"),
            rep_of(event="thoracic", measured_bottom=False),
            rep_of(event="bottom", alarm_bottom="certain", alarm_lockout="certain"),
        ]
    )
    table = silences(reps).set_index("what is there")
    thoracic = table.loc["18 deg of thoracic rounding alone"]
    assert (thoracic["reps"], thoracic["bottom"], thoracic["lockout"]) == (3, "1 / 2", "0 / 3")
    wink = table.loc["rounding at the bottom alone"]
    assert (wink["bottom"], wink["lockout"]) == ("–", "1 / 1")


def test_a_rule_of_depth_finds_every_wink_and_cries_at_every_deep_squat() -> None:
    deep = {"hip_angle_bottom": -50.0}  # hip angle of 50 degrees
    reps = reps_table(
        [
            rep_of(**WINK, **deep, alarm_bottom="certain", score_bottom=14.0),
            rep_of(**WINK, **deep, alarm_bottom="certain", score_bottom=15.0),
            rep_of(**deep, score_bottom=1.0),
            rep_of(**deep, score_bottom=2.0),
        ]
    )
    table = rivals(reps)
    wink = table[table["task"] == BUTT_WINK.words].set_index("rule")
    rule = wink.loc["hip angle below 60 degrees"]
    assert (rule["sensitivity"], rule["false alarms"], rule["AUC"]) == (1.0, 1.0, 0.5)
    assert rule["threshold"] == "60 deg"
    assert (
        rule["best threshold"] == 51.0
    )  # all are at 50: shown as the angle that it is, not as a score
    own = wink.loc["Backline (size)"]
    assert (own["sensitivity"], own["false alarms"], own["AUC"]) == (1.0, 0.0, 1.0)
    assert own["best threshold"] == 8.0


def test_the_rules_own_thresholds_are_left_out_at_the_lockout() -> None:
    table = rivals(reps_table([rep_of(**TUCK), rep_of()]))
    top = table[(table["task"] == TOP_TUCK.words) & (table["rule"] != "Backline (size)")]
    assert (top["threshold"] == "").all()
    assert np.isnan(top["sensitivity"]).all()
    assert len(top) == 4
