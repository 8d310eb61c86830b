"""A back line drawn by hand, and a lifter who is tapped, from the page to the numbers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from web_served import PageConnection, Served

from backline.errors import UsageError
from backline.web import corrections
from backline.web.corrections import checked_lines, checked_person
from backline.web.lift_store import LiftStore
from backline.web.view import read_view
from backline.web.worker import Work
from tests.deadlines import wait_until

LINE = [[0.4, 0.3 + 0.04 * k] for k in range(9)]


def test_the_page_and_the_measurement_mean_the_same_points() -> None:
    from backline.sources.video.by_hand import HANDLES

    assert len(HANDLES) == corrections.HANDLES


def test_of_two_lines_in_one_frame_the_later_is_kept() -> None:
    first, second = ({"time_s": 3.0, "handles": LINE, "hip": [x, 0.6]} for x in (0.4, 0.5))
    other = {"time_s": 4.0, "handles": None, "hip": None}
    kept = checked_lines([first, other, second])
    assert [(one["time_s"], one["hip"]) for one in kept] == [(4.0, None), (3.0, [0.5, 0.6])]


@pytest.mark.parametrize(
    "sent",
    [
        "line",
        [{"time_s": 1.0, "handles": LINE[:3], "hip": None}],  # too few points
        [{"time_s": float("nan"), "handles": None, "hip": None}],
        [{"time_s": True, "handles": None, "hip": None}],
        [{"time_s": 1.0, "handles": [[0.1, 1.2]] * 9, "hip": None}],  # beside the picture
        [{"time_s": 1.0, "handles": [["x", 0.1]] * 9, "hip": None}],
        [{"time_s": float(k), "handles": None} for k in range(corrections.MOST_LINES + 1)],
    ],
)
def test_what_is_no_line_is_refused_with_a_sentence(sent: Any) -> None:
    with pytest.raises(UsageError, match=r"\.$"):
        checked_lines(sent)


@pytest.mark.parametrize("sent", [[1.0, 2.0], [1.0, 0.5, 1.5], "me", [None, 0.5, 0.5]])
def test_a_place_to_tap_lies_in_the_picture(sent: Any) -> None:
    with pytest.raises(UsageError, match=r"\.$"):
        checked_person(sent)


@pytest.fixture
def copied(cached: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    """A copy of the analysed example that may be changed."""
    shutil.copytree(cached[0], tmp_path / "data")
    return tmp_path / "data", cached[1]


def test_a_line_drawn_hollow_at_a_tuck_makes_it_smaller_and_is_marked_everywhere(
    copied: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, lift = copied
    lift_store = LiftStore(data / "web")
    before = read_view(lift_store.view(lift))
    tuck = next(f for f in before["findings_list"] if f["name"] == "opposite butt wink")
    lift_store.enqueue(lift, "again", changes={"by_hand": [_hollow(before, tuck["peak_s"])]})
    monkeypatch.setattr("backline.web.worker.write", lambda _: None)
    Work(lift_store, lift_store.get(lift)).run()
    after = read_view(lift_store.view(lift))
    sizes = [f["size_deg"] for f in after["findings_list"] if f["rep"] == tuck["rep"]]
    assert max([0.0, *sizes]) < tuck["size_deg"] - 2.0
    assert after["data"]["by_hand"], "the curve marks the frames"
    assert "drawn by hand" in after["first"]
    table = (lift_store.result(lift) / "series.csv").read_text().splitlines()
    assert table[0].endswith(",by_hand")
    marked = np.array([int(row.rsplit(",", 1)[1]) for row in table[1:]])
    assert 3 <= marked.sum() <= 46, "for as long as the posture stays, 0.75 s at most"
    assert '"drawn_by_hand"' in (lift_store.result(lift) / "analysis.json").read_text()
    assert "drawn by hand" in (lift_store.result(lift) / "report.html").read_text()
    lift_store.close()


def _hollow(view: dict[str, Any], peak_s: float) -> dict[str, Any]:
    """The page's line at a time, its low back moved in by 4 % of the trunk."""
    import base64

    lines = view["data"]["lines"]
    times = np.frombuffer(base64.b64decode(view["data"]["time"]), "<f8")
    at = int(np.argmin(np.abs(times + view["data"]["start_s"] - peak_s)))
    packed = np.frombuffer(base64.b64decode(lines["back"]), "<i2").astype(float)
    line = packed.reshape(-1, lines["points"], 2)[at] / lines["units"]["pixel"]
    t12, s1, last = lines["t12"], lines["s1"], lines["points"] - 1
    places = [0, t12 / 2, *np.linspace(t12, s1, 5)[:4], s1, (s1 + last) / 2, last]
    handles = np.stack([np.interp(places, np.arange(last + 1), line[:, k]) for k in (0, 1)], 1)
    facing = 1 if view["side"] == "right" else -1
    trunk = np.hypot(*(handles[0] - handles[7]))
    handles[3:6, 0] += facing * 0.04 * trunk * np.array([0.7, 1.0, 0.7])
    shares = handles / np.array(lines["size"])
    return {"time_s": float(times[at]) + view["data"]["start_s"], "handles": shares.tolist(),
            "hip": None}  # fmt: skip


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_points_are_dragged_and_moved_by_keys_and_the_line_is_kept(
    visit: Callable[..., PageConnection], start: Callable[..., Served], copied: tuple[Path, str],
    width: int, scheme: str,
) -> None:  # fmt: skip
    data, lift = copied
    site = start(data)
    page = visit(site, f"/lift/{lift}", width=width, scheme=scheme).page
    page.wait_for_selector("[data-hand='ready']")
    page.click("#hand")
    knob = page.locator("[data-hand='4']")
    box, was = knob.bounding_box(), float(knob.get_attribute("cx"))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 24, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()
    dragged = float(knob.get_attribute("cx"))
    assert dragged > was + 4
    knob.press("Shift+ArrowLeft")
    assert float(knob.get_attribute("cx")) == pytest.approx(dragged - 5, abs=0.1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click(".hand-bar button >> nth=0")
    page.wait_for_selector(".hand-box.sent, .job")
    lift_store = LiftStore(data / "web")
    wait_until(lambda: bool(lift_store.get(lift).changes.get("by_hand")), 60.0, 0.05)
    (line,) = lift_store.get(lift).changes["by_hand"]
    lift_store.close()
    assert len(line["handles"]) == 9
    site.stop()


def test_a_tap_on_the_picture_chooses_whom_to_measure(
    visit: Callable[..., PageConnection], start: Callable[..., Served], copied: tuple[Path, str]
) -> None:
    data, lift = copied
    site = start(data)
    opened = visit(site, f"/lift/{lift}")
    opened.page.wait_for_selector("[data-hand='ready']")
    opened.settle()
    opened.page.click("#tap")
    box = opened.page.locator("#video").bounding_box()
    place = {"x": 0.4 * box["width"], "y": 0.55 * box["height"]}
    opened.page.locator("#video").click(position=place)
    lift_store = LiftStore(data / "web")
    wait_until(lambda: bool(lift_store.get(lift).changes.get("person")), 60.0, 0.05)
    entry = lift_store.get(lift)
    lift_store.close()
    assert entry.changes["person"][1:] == pytest.approx([0.4, 0.55], abs=0.02)
    assert entry.kind == "new", "the clip is looked at again"
    assert opened.page.get_attribute("#play", "aria-pressed") == "false"
    site.stop()
