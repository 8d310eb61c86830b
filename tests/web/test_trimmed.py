"""A clip that is trimmed in the app, from the request to page, report and back again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from web_served import PageConnection, Served

from backline.formats.video import open_clip
from backline.model.measurement_file import load_measured
from backline.web.lift_store import LiftStore
from backline.web.queue import Queue
from backline.web.routes import ACTIONS
from backline.web.upload import Refused
from backline.web.view import CLIP, FRAMES, read_view
from backline.web.worker import MEASURED, Work

STRETCH = [0.5, 12.0]
"""Standing and the first two reps of the example, seconds."""


@pytest.fixture
def copied(cached: tuple[Path, str], tmp_path: Path) -> tuple[LiftStore, str]:
    """A copy of the analysed example that may be changed."""
    shutil.copytree(cached[0], tmp_path / "data")
    return LiftStore(tmp_path / "data" / "web"), cached[1]


def test_a_trimmed_clip_is_measured_from_its_stretch_and_is_whole_again_after_undo(
    copied: tuple[LiftStore, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lift_store, lift = copied
    lift_store.change(lift, lifter=None)  # the record is not what this is about
    said: list[dict[str, Any]] = []
    monkeypatch.setattr("backline.web.worker.write", said.append)
    site: Any = SimpleNamespace(
        lift_store=lift_store, queue=SimpleNamespace(wake=lambda: None, cancel=Queue.cancel)
    )
    whole = read_view(lift_store.view(lift))
    ACTIONS["again"](site, lift, {"trim": STRETCH})
    assert lift_store.get(lift).kind == "again", "the clip is not looked at again"
    Work(lift_store, lift_store.get(lift)).run()
    assert not said[-1]["shown"], "an open page reloads"
    lift_store.change(lift, state="done")
    short = read_view(lift_store.view(lift))
    assert STRETCH[0] <= short["length_s"][0] < short["length_s"][1] <= STRETCH[1]
    assert len(short["data"]["reps"]) == 2 < len(whole["data"]["reps"])
    assert "Trimmed: only 0.5 to 12.0 s of the clip" in short["first"]
    report = (lift_store.result(lift) / "report.html").read_text()
    assert "Trimmed: only 0.5 to 12.0 s of the clip" in report
    told = json.loads((lift_store.result(lift) / "analysis.json").read_text())
    assert (told["settings"]["trimmed_from_s"], told["settings"]["trimmed_to_s"]) == (0.5, 12.0)
    kept = [int(one.stem) for one in (lift_store.view(lift) / FRAMES).glob("*.jpg")]
    assert max(kept) < told["source"]["frames"], "pictures of the whole clip are gone"
    with open_clip(lift_store.view(lift) / CLIP) as clip:
        last_s = [frame.time_s for frame in clip.frames(max_side_px=64)][-1]
    assert last_s == pytest.approx(short["length_s"][1] - short["length_s"][0], abs=0.05)
    ACTIONS["again"](site, lift, {"undo": True})
    assert "trim" not in lift_store.get(lift).changes
    measured = load_measured(lift_store.view(lift) / MEASURED)
    again = Work(lift_store, lift_store.get(lift))._measured(measured)
    lift_store.close()
    assert len(again.posture) == len(measured.posture)
    assert again.posture.time_s[-1] == pytest.approx(whole["length_s"][1])


@pytest.mark.parametrize("wrong", [[3.0], [5.0, 2.0], "all", [-1.0, 3.0]])
def test_what_is_no_stretch_is_refused(copied: tuple[LiftStore, str], wrong: Any) -> None:
    lift_store, lift = copied
    site: Any = SimpleNamespace(lift_store=lift_store)
    with pytest.raises(Exception, match=r"\.$"):
        ACTIONS["again"](site, lift, {"trim": wrong})
    lift_store.close()


@pytest.mark.parametrize("key", ["trim", "span"])
def test_another_stretch_waits_until_judgements_on_numbered_reps_are_taken_back(
    lift_store: LiftStore, key: str
) -> None:
    """The rejection of rep 3 would else meet whatever is rep 3 of the stretch."""
    lift = lift_store.new_id()
    lift_store.add(lift, "a.mp4", 1, {})
    lift_store.change(lift, state="done", version=1)
    site: Any = SimpleNamespace(
        lift_store=lift_store, queue=SimpleNamespace(wake=lambda: None), options=None
    )
    lift_store.judge(lift, "rounding:bottom:3", "rejected", "a plate")
    with pytest.raises(Refused, match="Take back"):
        ACTIONS["again"](site, lift, {key: STRETCH})
    ACTIONS["again"](site, lift, {"lift": "squat", "span": None})  # the same stretch as before
    lift_store.judge(lift, "rounding:bottom:3", "", "")
    ACTIONS["again"](site, lift, {key: STRETCH})
    assert lift_store.get(lift).changes[key] == STRETCH


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_handles_on_the_curve_are_dragged_and_moved_by_keys(
    visit: Callable[..., PageConnection], site: Served, lift: str, width: int, scheme: str
) -> None:
    opened = visit(site, f"/lift/{lift}", width=width, scheme=scheme)
    page = opened.page
    sent: list[Any] = []
    page.route("**/again", lambda route: (sent.append(route.request.post_data_json),
                                          route.fulfill(json={"ok": True})))  # fmt: skip
    page.wait_for_selector("[data-player='ready']")
    page.evaluate("document.querySelector('#fold').open = true")
    page.click(".curve .head > .button:has-text('Trim the clip')")
    start, end = (page.locator(".trim-end").nth(k) for k in range(2))
    length_s = float(end.get_attribute("aria-valuenow"))
    start.scroll_into_view_if_needed()
    at = [one.bounding_box() for one in (start, end)]
    middle = [box["x"] + box["width"] / 2 for box in at]
    assert middle[0] >= 0
    assert middle[1] <= width
    y = at[0]["y"] + 40
    page.mouse.move(middle[0], y)
    page.mouse.down()
    page.mouse.move(middle[0] + 0.25 * (middle[1] - middle[0]), y, steps=4)
    page.mouse.up()
    first = float(start.get_attribute("aria-valuenow"))
    assert first == pytest.approx(0.25 * length_s, abs=0.02 * length_s)
    end.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    last = float(end.get_attribute("aria-valuenow"))
    assert last == pytest.approx(length_s - 1.1, abs=0.011)
    assert page.input_value("#trim-from") == f"{first:.2f}"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click(".trim-bar .main")
    page.wait_for_selector(".trim-bar .told-now")
    assert sent == [{"trim": [first, last]}]
    page.click(".curve .head > .button:has-text('Trim the clip')")
    assert page.locator(".trim-end").count() == 0
    assert page.input_value("#trim-from") == "", "the whole clip, as it was"
    assert opened.said == []
