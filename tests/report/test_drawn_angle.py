"""An angle that a person drew: its size from geometry, and that the report shows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backline.pipeline import Analysis
from backline.report.drawn_angle import angle_deg, note_words, notes_of
from backline.report.pagedata import page_data

RIGHT = [[0.1, 0.1], [0.1, 0.5], [0.6, 0.5]]
GREEN = """() => {
  const canvas = document.querySelector("#canvas");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let green = 0;
  for (let i = 0; i < data.length; i += 4) {
    green += data[i + 3] > 200 && data[i] < 160 && data[i + 1] > 220 && data[i + 2] > 150 && data[i + 2] < 220;
  }
  return green;
}"""  # noqa: E501
"""How many pixels of the canvas have the colour of a drawn angle."""


@pytest.mark.parametrize(
    ("points", "size", "expected"),
    [
        (RIGHT, (160, 240), 90.0),  # arms along the sides: the same in every picture
        ([[0, 0], [0.5, 0.5], [1, 0]], (200, 100), 126.87),  # 2 atan(2): arms of 100 by 50 pixels
        ([[0, 0], [0.5, 0.5], [1, 1]], (200, 100), 180.0),
        ([[0, 0.5], [0.5, 0.5], [0.25, 0.5]], (90, 90), 0.0),
    ],
)
def test_the_angle_is_that_of_the_picture_s_pixels(
    points: list[list[float]], size: tuple[int, int], expected: float
) -> None:
    assert angle_deg(points, *size) == pytest.approx(expected, abs=0.01)


def test_a_note_says_the_angle_the_text_or_both() -> None:
    assert note_words({"text": "Knees in"}, 160, 240) == "Knees in"
    assert note_words({"text": "", "angle": RIGHT}, 160, 240) == "Angle 90°"
    assert note_words({"text": "Shin", "angle": RIGHT}, 160, 240) == "Angle 90°: Shin"


def _with_angle(example: Analysis, at_s: float) -> Analysis:
    note = {"time_s": at_s, "text": "Shin", "angle": RIGHT}
    return replace(example, settings={**example.settings, "notes": [note]})


def test_the_page_holds_the_angle_only_where_there_is_a_picture(example: Analysis) -> None:
    drawn = _with_angle(example, 2.0)
    assert notes_of(drawn) == [(2.0, "2.0 s", "Angle 90°: Shin")]
    assert page_data(drawn, (160, 240))["angles"] == [
        {"time_s": 2.0, "points": RIGHT, "size_deg": 90}
    ]
    assert page_data(drawn, None)["angles"] == []


def test_the_exported_report_draws_it_in_its_frame_alone(
    example: Analysis, chromium: Any, tmp_path: Path
) -> None:
    at_s = float(example.posture.time_s[30])
    saved = _with_angle(example, at_s).save(tmp_path)
    context = chromium.new_context(viewport={"width": 390, "height": 800})
    context.set_default_timeout(150_000)
    page = context.new_page()
    page.goto(saved["report.html"].as_uri())
    page.wait_for_selector("#lanes .chart", state="attached")
    assert "Angle 90°: Shin" in page.inner_text(".notes")
    assert page.evaluate(GREEN) == 0
    page.click(".notes [data-seek]")
    page.wait_for_function(f"() => ({GREEN})() > 100")
    assert page.evaluate("document.querySelector('#screen').getBoundingClientRect().top") < 400
    page.click("#forth")
    page.wait_for_function(f"() => ({GREEN})() === 0")
    context.close()
