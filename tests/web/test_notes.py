"""Notes on moments and marks of a lift are checked, kept, shown and written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from web_served import PageConnection, Served

from backline.errors import UsageError
from backline.web.corrections import LONGEST_NOTE, checked_notes, checked_tags
from backline.web.lift_store import LiftStore
from backline.web.upload import read_fields
from backline.web.view import read_view
from backline.web.worker import Work

RIGHT = [[0.3, 0.2], [0.3, 0.5], [0.6, 0.5]]
"""A right angle, shares of the picture."""


def test_an_angle_needs_no_text() -> None:
    assert checked_notes([{"time_s": 1.0, "text": None, "angle": RIGHT}]) == [
        {"time_s": 1.0, "text": "", "angle": RIGHT}
    ]


def test_notes_stand_in_the_order_of_time() -> None:
    later, sooner = ({"time_s": t, "text": f"  at\t{t} "} for t in (9.5, 2.0))
    kept = checked_notes([later, sooner])
    assert kept == [{"time_s": 2.0, "text": "at 2.0"}, {"time_s": 9.5, "text": "at 9.5"}]


@pytest.mark.parametrize(
    "sent",
    [None, ["a"], [{"time_s": 1.0, "text": " "}], [{"time_s": 1.0, "text": "x" * 301}],
     [{"time_s": -1.0, "text": "x"}], [{"time_s": 1.0, "text": "x"}] * 61,
     [{"time_s": 1.0, "text": "x", "angle": "right"}], [{"time_s": 1.0, "angle": RIGHT[:2]}],
     [{"time_s": 1.0, "angle": [RIGHT[0], RIGHT[0], RIGHT[2]]}],
     [{"time_s": 1.0, "angle": [*RIGHT[:2], [0.5, 1.5]]}]],
)  # fmt: skip
def test_what_is_no_note_is_refused_with_a_sentence(sent: Any) -> None:
    assert LONGEST_NOTE == 300
    with pytest.raises(UsageError, match=r"\.$"):
        checked_notes(sent)


def test_marks_are_known_ones() -> None:
    assert checked_tags(["heels", "belt"]) == ["belt", "heels"]
    with pytest.raises(UsageError, match="belt, barefoot, heels"):
        checked_tags(["wings"])
    assert read_fields({"tag-belt": "1"})["changes"] == {"tags": ["belt"]}


def test_they_reach_page_report_and_record(
    cached: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backline.library import Store, sets

    shutil.copytree(cached[0], tmp_path / "data")
    monkeypatch.setenv("BACKLINE_DATA", str(tmp_path / "data"))
    lift_store, lift = LiftStore(tmp_path / "data" / "web"), cached[1]
    note = {"time_s": 4.25, "text": "<b>Knees in</b>"}
    lift_store.enqueue(lift, "again", changes={"notes": [note], "tags": ["belt", "heels"]})
    monkeypatch.setattr("backline.web.worker.write", lambda _: None)
    Work(lift_store, lift_store.get(lift)).run()
    view = read_view(lift_store.view(lift))
    report = (lift_store.result(lift) / "report.html").read_text()
    for page in (view["notes"], report):
        assert 'data-seek="4.25"' in page
        assert "&lt;b&gt;Knees in" in page
    assert "100 kg (220 lb) · Ada · belt · raised heels" in view["first"]
    with Store(folder=tmp_path / "data") as store:
        (row,) = sets(store, "Ada").to_dict("records")
    lift_store.close()
    assert row["notes"] == "4.2 s: <b>Knees in</b>"
    assert list(row["tags"]) == ["belt", "heels"]


def test_a_note_is_written_beside_the_picture_and_removed_again(
    visit: Callable[..., PageConnection], start: Callable[..., Served], cached: tuple[Path, str],
    tmp_path: Path,
) -> None:  # fmt: skip
    shutil.copytree(cached[0], tmp_path / "data")
    site = start(tmp_path / "data")
    page = visit(site, f"/lift/{cached[1]}", width=390, scheme="dark").page
    page.wait_for_selector("[data-hand='ready']")
    page.click("#note")
    page.fill("#note-text", "Look here")
    page.press("#note-text", "Enter")
    page.wait_for_selector(".notes li")
    assert "Look here" in page.inner_text(".notes")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.wait_for_selector(".notes li .button >> nth=1")
    page.click(".notes li .button >> nth=1")
    page.wait_for_function("() => !document.querySelector('.notes li')")
    site.stop()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_an_angle_is_tapped_in_the_picture_kept_and_removed(
    visit: Callable[..., PageConnection], start: Callable[..., Served], cached: tuple[Path, str],
    tmp_path: Path, width: int, scheme: str,
) -> None:  # fmt: skip
    shutil.copytree(cached[0], tmp_path / "data")
    site = start(tmp_path / "data")
    page = visit(site, f"/lift/{cached[1]}", width=width, scheme=scheme).page
    page.wait_for_selector("[data-hand='ready']")
    page.click("#angle")
    box = page.locator("#screen").bounding_box()
    for x, y in ((0.4, 0.3), (0.4, 0.6), (0.7, 0.6)):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.wait_for_function("() => document.querySelector('.angle-size').textContent === '90°'")
    page.locator("[data-corner='2']").press("Shift+ArrowUp")
    assert page.inner_text(".angle-size") != "90°"
    page.locator("[data-corner='2']").press("Shift+ArrowDown")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.fill(".hand-bar input", "Shin against the floor")
    page.press(".hand-bar input", "Enter")
    page.wait_for_selector(".notes li")
    assert "Angle 90°: Shin against the floor" in page.inner_text(".notes")
    page.wait_for_selector(".notes li .button >> nth=1")
    page.click(".notes li .button >> nth=1")
    page.wait_for_function("() => !document.querySelector('.notes li')")
    site.stop()
