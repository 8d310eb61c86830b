"""``backline guide``: the advice agrees with what the program can do."""

from __future__ import annotations

import re

import pytest

from backline.cli import app as cli
from backline.report.filming_guide import advice, guide_text
from backline.settings import Settings


@pytest.mark.parametrize(
    "words",
    ["from the side", "hip height", "3 to 5 metres", "whole body", "Tight clothes", "two seconds"],
)
def test_the_things_that_matter_are_said(words: str) -> None:
    assert words in " ".join(guide_text().split())


def test_the_camera_is_to_stand_still() -> None:
    assert any("Camera still" in one.do for one in advice())


def test_the_yaw_beyond_which_nothing_is_measured_is_that_of_the_settings() -> None:
    limit = f"{Settings().yaw_limit_deg:g}"
    assert re.search(rf"beyond {limit} nothing is measured", " ".join(guide_text().split()))


def test_two_seconds_of_standing_are_enough_for_the_settings() -> None:
    assert Settings().standing_min_s <= 2.0


@pytest.mark.parametrize("width", [50, 80, 120])
def test_no_line_is_wider_than_asked(width: int) -> None:
    assert max(len(line) for line in guide_text(width).splitlines()) <= width


def test_every_advice_is_numbered_and_has_its_reason() -> None:
    paragraphs = guide_text().split("\n\n")
    assert len(paragraphs) == len(advice())
    for number, paragraph in enumerate(paragraphs, start=1):
        assert paragraph.startswith(f"{number}. ")
        assert paragraph.count("\n") >= 1


def test_the_verb_prints_the_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["guide"]) == 0
    assert guide_text() in capsys.readouterr().out
