"""Every row of the table, on results whose figures are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.validate.conditions import by_clip, by_condition, by_quantity, calibrations
from backline.validate.figures import PromisedFigure, figures, held_or_inside, verdict
from backline.validate.run import Results
from tests.validate.synthetic import all_alike, frames_of, rep_of, reps_table

NAN = float("nan")


@pytest.fixture(scope="module")
def alike() -> Results:
    return all_alike()


def row_of(rows: list[PromisedFigure], start: str) -> PromisedFigure:
    return next(row for row in rows if row.what.startswith(start))


def with_frames(results: Results, **changes: float) -> Results:
    frames = results.frames.copy()
    for name, value in changes.items():
        frames[name] = value
    return replace(results, frames=frames)


def test_every_row_of_the_issue_is_there_in_its_order(alike: Results) -> None:
    names = [row.what for row in figures(alike, 300.0)]
    wanted = [
        "lumbar flexion, RMSE over all measurable frames",
        "lumbar flexion at lockout against standing, RMSE",
        "the same, mean over each lockout",
        "pelvic tilt, RMSE",
        "opposite butt wink of 8 to 9 deg: sensitivity",
        "opposite butt wink of 8 to 9 deg: false alarms on clean lockouts",
        "butt wink of 12 deg and more: sensitivity",
        "butt wink of 12 deg and more: false alarms on deep clean squats",
        "90 % intervals of lumbar flexion cover",
        "frames withheld in these conditions",
        "outside them, 450 mm plates",
        "outside them, loose shirt",
        "outside them, yaw 25",
        "network on two cores",
    ]
    assert len(names) == len(wanted)
    assert all(name.startswith(start) for name, start in zip(names, wanted, strict=True))


def test_errors_of_one_degree_are_told_as_one_degree_and_reach_the_aim(alike: Results) -> None:
    rows = figures(alike, 300.0)
    for start in ("lumbar flexion, RMSE", "lumbar flexion at lockout", "the same", "pelvic tilt"):
        row = row_of(rows, start)
        assert row.value == pytest.approx(1.0)
        assert row.met == "aim"
    first = row_of(rows, "lumbar flexion, RMSE")
    # of the 20 cases 16 are fair, with 50 frames each
    assert first.n == "800 frames, 16 clips"
    assert first.measured == "1.00 deg (1.00 to 1.00)"


@pytest.mark.parametrize(
    ("error", "met"), [(2.4, "aim"), (3.9, "must"), (4.1, "missed"), (-4.1, "missed")]
)
def test_larger_errors_miss(alike: Results, error: float, met: str) -> None:
    frames = alike.frames.copy()
    frames["measured_lumbar_flexion_deg"] = frames["true_lumbar_flexion_deg"] + error
    rows = figures(replace(alike, frames=frames), 300.0)
    assert row_of(rows, "lumbar flexion, RMSE").met == met


def test_outside_frames_do_not_spoil_the_fair_figures(alike: Results) -> None:
    frames = alike.frames.copy()
    outside = frames["setting"] != "fair"
    frames.loc[outside, "measured_lumbar_flexion_deg"] += 50.0
    rows = figures(replace(alike, frames=frames), 300.0)
    assert row_of(rows, "lumbar flexion, RMSE").value == pytest.approx(1.0)
    assert row_of(rows, "outside them, yaw 25").value == 0.0
    assert row_of(rows, "outside them, yaw 25").met == "missed"


@pytest.mark.parametrize(
    ("share", "met"),
    [(0.80, "missed"), (0.86, "must"), (0.90, "aim"), (0.94, "must"), (0.99, "missed")],
)
def test_intervals_may_cover_neither_too_little_nor_too_much(
    alike: Results, share: float, met: str
) -> None:
    # an sd of 1 holds an error of 1 in its 90 % interval; one of 0.1 does not
    frames = alike.frames.copy()
    fair = np.flatnonzero(frames["setting"] == "fair")
    frames["sd_lumbar_flexion_deg"] = 0.1
    frames.loc[fair[: round(share * len(fair))], "sd_lumbar_flexion_deg"] = 1.0
    row = row_of(figures(replace(alike, frames=frames), 300.0), "90 % intervals")
    assert row.value == pytest.approx(share, abs=0.001)
    assert row.met == met


def test_withheld_frames_are_counted_among_all(alike: Results) -> None:
    frames = alike.frames.copy()
    fair = np.flatnonzero(frames["setting"] == "fair")
    frames.loc[fair[: len(fair) // 20], "measurable"] = False
    row = row_of(figures(replace(alike, frames=frames), 300.0), "frames withheld")
    assert row.value == pytest.approx(0.05)
    assert (row.measured, row.met) == ("5.0%", "must")


def test_withheld_or_inside_adds_up() -> None:
    frames = frames_of(100, error=1.0, sd=1.0, withheld=30)
    frames.loc[90:, "measured_lumbar_flexion_deg"] += 9.0
    assert held_or_inside(frames) == pytest.approx((0.3, 0.6))


def test_detection_rows_hold_shares_with_their_intervals(alike: Results) -> None:
    rows = [rep_of(planted_top=8.5, alarm_lockout="certain")] * 19 + [rep_of(planted_top=8.5)]
    rows += [rep_of(alarm_lockout="certain")] + [rep_of()] * 39
    found = figures(replace(alike, reps=reps_table(rows)), 300.0)
    hit = row_of(found, "opposite butt wink of 8 to 9 deg: sensitivity")
    assert (hit.value, hit.met, hit.n) == (0.95, "must", "20 reps with it")
    assert hit.measured == "0.950 (0.76 to 0.99)"
    false = row_of(found, "opposite butt wink of 8 to 9 deg: false alarms")
    assert (false.value, false.met) == (0.025, "must")


def test_what_was_not_measured_is_not_called_met(alike: Results) -> None:
    clean = replace(alike, reps=reps_table([rep_of()]))
    assert row_of(figures(clean, NAN), "butt wink of 12").met == "not measured"
    assert row_of(figures(clean, NAN), "network").met == "not measured"
    assert row_of(figures(clean, NAN), "network").measured == "–"


@pytest.mark.parametrize(("rate", "met"), [(500, "aim"), (200, "must"), (149, "missed")])
def test_the_networks_rate_is_to_be_large(alike: Results, rate: float, met: str) -> None:
    assert row_of(figures(alike, rate), "network").met == met


def test_bounds_themselves_are_met() -> None:
    assert verdict(4.0, 4.0, 2.5) == "must"
    assert verdict(2.5, 4.0, 2.5) == "aim"


# --- tables by condition --------------------------------------------------------------------


def test_each_quantity_has_bias_limits_and_coverage(alike: Results) -> None:
    table = by_quantity(alike).set_index("quantity")
    lumbar = table.loc["lumbar flexion"]
    assert lumbar[["RMSE", "bias", "low", "high"]].to_list() == pytest.approx([1.0] * 4)
    assert lumbar["in 90 % interval"] == 1.0
    assert np.isnan(table.loc["knee flexion", "in 90 % interval"])
    assert len(table) == 6


def test_an_error_of_one_height_shows_in_its_row_alone(alike: Results) -> None:
    frames = alike.frames.copy()
    small = frames["height_px"] == 360
    frames.loc[small, "measured_lumbar_flexion_deg"] += 4.0
    table = by_condition(replace(alike, frames=frames))
    heights = table[table["by"] == "picture height (px)"].set_index("value")
    assert heights.loc["360", "RMSE"] == pytest.approx(5.0)
    assert heights.loc["720", "RMSE"] == pytest.approx(1.0)


def test_every_split_of_the_brief_is_there(alike: Results) -> None:
    table = by_condition(alike)
    assert {
        "phase", "lift", "plates", "cloth", "yaw", "picture height (px)", "compression", "setting",
    } <= set(table["by"])  # fmt: skip
    assert set(table.loc[table["by"] == "setting", "value"]) == set(alike.frames["setting"])
    yaws = set(table.loc[table["by"] == "yaw", "value"])
    assert yaws <= {"0 to 5 deg", "5 to 10 deg", "10 to 15 deg"}


def test_calibration_of_known_scaled_errors(alike: Results) -> None:
    # |error| / sd is 1 everywhere: inside from the 68.3 % interval on
    table = calibrations(alike).set_index("nominal")["lumbar flexion"]
    assert table[[0.5, 0.6]].to_list() == [0.0, 0.0]
    assert table[[0.7, 0.8, 0.9, 0.99]].to_list() == [1.0] * 4


def test_every_clip_has_its_own_row(alike: Results) -> None:
    table = by_clip(alike)
    assert len(table) == 20
    assert table["rmse_deg"].to_numpy() == pytest.approx(1.0)
    assert {"event", "height_px", "found_lift", "withheld"} <= set(table.columns)


def test_plates_over_the_back_are_a_setting_of_their_own() -> None:
    results = all_alike(2)
    frames = results.frames
    assert set(frames["setting"]) == {"fair"}
    from backline.validate.run import settings_of

    frames.loc[:9, "hidden"] = 0.4
    setting = settings_of(frames)
    assert (setting[:10] == "plate over the back").all()
    assert (setting[10:] == "fair").all()
