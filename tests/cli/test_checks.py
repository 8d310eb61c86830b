"""Values of the command line are checked before any work starts."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from backline.cli.checks import (
    check_engine,
    check_standing,
    check_words,
    read_settings,
)
from backline.errors import UsageError
from backline.model.trial import BODY_MASS_KG, HEIGHT_CM, LOAD_KG, Range


@pytest.mark.parametrize(
    ("bounds", "value"),
    [
        (LOAD_KG, 0.0),  # no bar at all
        (LOAD_KG, 510.0),  # a bar that has been lifted
        (BODY_MASS_KG, 40.0),  # a light lifter
        (BODY_MASS_KG, 200.0),  # a heavy one
        (HEIGHT_CM, 105.0),  # a lifter of short stature
        (HEIGHT_CM, 225.0),
    ],
)
def test_possible_lifters_and_bars_are_taken(bounds: Range, value: float) -> None:
    assert bounds.check(value, "--x") == value


@pytest.mark.parametrize(
    ("bounds", "value"),
    [
        (LOAD_KG, 2000.0),  # no such bar
        (LOAD_KG, -20.0),
        (BODY_MASS_KG, -80.0),
        (BODY_MASS_KG, 0.0),
        (BODY_MASS_KG, 8000.0),  # grams slipped in
        (HEIGHT_CM, 17.0),
        (HEIGHT_CM, 1.78),  # metres
        (HEIGHT_CM, 1780.0),  # millimetres
        (LOAD_KG, math.nan),
        (LOAD_KG, math.inf),
        (LOAD_KG, -math.inf),
    ],
)
def test_impossible_ones_are_refused(bounds: Range, value: float) -> None:
    with pytest.raises(UsageError):
        bounds.check(value, "--x")


def test_a_number_that_was_not_given_stays_not_given() -> None:
    assert LOAD_KG.check(None, "--load-kg") is None


def test_the_refusal_says_what_was_found_and_what_was_expected() -> None:
    with pytest.raises(UsageError) as caught:
        HEIGHT_CM.check(1.78, "--height-cm")
    text = str(caught.value)
    assert "--height-cm is 1.78" in text
    assert "centimetres" in text
    assert "90 to 250" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0:2", (0.0, 2.0)),
        ("0.5:2.5", (0.5, 2.5)),
        (" 1 : 3 ", (1.0, 3.0)),
        ("1e1:2e1", (10.0, 20.0)),
    ],
)
def test_a_time_span_is_read_in_seconds(text: str, expected: tuple[float, float]) -> None:
    assert check_standing(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2:1",  # backwards
        "2:2",  # empty
        "-1:2",  # before the clip
        "a:b",  # no numbers
        "1:",  # no end
        ":2",  # no start
        "1:2:3",  # three of them
        "5",  # one
        "",
        "nan:2",
        "0:inf",
        "no_such_clip.mp4",
    ],
)
def test_what_is_neither_clip_nor_span_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"0\.5:2\.5"):
        check_standing(text)


def test_an_existing_file_is_a_clip_even_if_its_name_looks_like_a_span(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("1:2").touch()
    assert check_standing("1:2") == Path("1:2")


def test_a_folder_of_pictures_of_standing_comes_with_its_rate(tmp_path: Path) -> None:
    assert check_standing(f"{tmp_path}@30") == Path(f"{tmp_path}@30")


def test_standing_that_was_not_given_stays_not_given() -> None:
    assert check_standing(None) is None


def test_words_lose_their_outer_blanks_and_line_breaks() -> None:
    assert check_words("--cue", "  squeeze\n the   glutes ") == "squeeze the glutes"


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_empty_words_are_refused_by_the_name_of_their_option(text: str) -> None:
    with pytest.raises(UsageError, match="--lifter is empty"):
        check_words("--lifter", text)


def test_words_that_were_not_given_stay_not_given() -> None:
    assert check_words("--cue", None) is None


def test_a_known_engine_is_taken_and_an_unknown_one_names_the_known() -> None:
    assert check_engine("mediapipe") == "mediapipe"
    with pytest.raises(UsageError, match="use one of .*mediapipe"):
        check_engine("crystal ball")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLINE_REPORT_FROM_DEG", "7.5")
    assert read_settings().report_from_deg == 7.5


def test_the_debug_switch_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLINE_DEBUG", "1")
    monkeypatch.setenv("BACKLINE_REQUIRE_BROWSER", "1")
    assert read_settings().report_from_deg == 5.0


def test_a_bad_environment_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLINE_REPORT_FROM_DEG", "many")
    with pytest.raises(UsageError, match="BACKLINE_REPORT_FROM_DEG is 'many'"):
        read_settings()
