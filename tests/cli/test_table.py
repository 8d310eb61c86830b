"""The short table: what a lifter reads first."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest
from rich.console import Console

from backline.cli.table import print_result
from backline.model.measurement import Quality, Reason, View


@pytest.fixture
def shown(tmp_path: Path):
    """Print an analysis and give back the text."""

    def show(analysis, width: int = 100) -> str:
        screen = io.StringIO()
        print_result(analysis, tmp_path, Console(file=screen, width=width, highlight=False))
        return screen.getvalue()

    return show


def test_it_holds_verdict_lift_view_reps_and_headline(make_analysis, shown) -> None:
    text = shown(make_analysis())
    assert "measured (95% of the frames)" in text
    assert "squat" in text
    assert "right side, camera 4° off a pure side view" in text
    assert "The low back rounds at the bottom." in text


def test_a_finding_is_one_row(make_analysis, shown) -> None:
    row = next(line for line in shown(make_analysis()).splitlines() if "butt wink" in line)
    assert "bottom" in row
    assert "12 ± 2°" in row
    assert "97 % sure that it is there" in row
    assert "possible" not in row


def test_a_finding_that_is_not_certain_is_called_possible(make_analysis, shown) -> None:
    analysis = make_analysis()
    finding = dataclasses.replace(analysis.findings[0], certain=False)
    row = next(
        line
        for line in shown(make_analysis(findings=(finding,))).splitlines()
        if "butt wink" in line
    )
    assert "possible" in row
    assert "% sure" not in row


def test_a_finding_over_the_whole_set_has_no_rep_number(make_analysis, shown) -> None:
    analysis = make_analysis()
    drift = dataclasses.replace(analysis.findings[0], kind="drift", name="drift", rep=0)
    row = next(
        line for line in shown(make_analysis(findings=(drift,))).splitlines() if "drift" in line
    )
    assert "all" in row


def test_a_still_back_is_said_in_words(make_analysis, shown) -> None:
    assert "No rounding found" in shown(make_analysis(findings=()))


def test_a_refusal_gives_its_reason_and_no_claim_about_the_back(refused_analysis, shown) -> None:
    text = shown(refused_analysis)
    assert "not measurable" in text
    assert "the plate hides the low back" in text
    assert "No rounding found" not in text
    assert "Reps" not in text


def test_a_warning_is_a_note(make_analysis, shown) -> None:
    quality = Quality("limited", (Reason("moving_camera", "the camera moves a little"),), 0.6)
    text = shown(make_analysis(quality=quality))
    assert "measured in part (60% of the frames)" in text
    assert "the camera moves a little" in text


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (View("left", float("nan")), "left side"),  # yaw unknown: nothing is said about it
        (View(None, float("nan")), "no camera"),  # motion capture
        (View("left", -12.4), "left side, camera 12° off"),
    ],
)
def test_views_in_words(view: View, words: str, make_analysis, shown) -> None:
    text = shown(make_analysis(view=view))
    assert words in text
    assert "nan" not in text


def test_the_path_of_the_report_stays_on_one_line(make_analysis, shown, tmp_path: Path) -> None:
    (tmp_path / "report.html").touch()
    assert f"Report: {tmp_path / 'report.html'}\n" in shown(make_analysis(), width=30)


def test_without_a_page_the_path_of_the_numbers_is_given(refused_analysis, shown) -> None:
    assert "analysis.json" in shown(refused_analysis)


def test_brackets_in_a_name_are_no_markup(make_analysis, shown) -> None:
    assert "[red] lift.mp4" in shown(make_analysis(path="clips/[red] lift.mp4"))
