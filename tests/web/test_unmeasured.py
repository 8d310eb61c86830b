"""The page of a clip that was not measured: the lifter, the side and a moment can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from web_served import PageConnection, Served

from backline.formats.video import VideoWriter, open_clip
from backline.web.lift_store import LiftStore
from backline.web.preview import SIDE_PX, write_preview
from tests.deadlines import wait_until

LONGEST_S = 300.0
TIMES_S = [0.0, 0.04, 0.1, 0.5, 1.0, 1.5, 2.0]
REASON = "This does not look like a side view."


def _film(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with VideoWriter(path, 320, 240) as writer:
        for time_s in TIMES_S:
            writer.write(np.full((240, 320, 3), 90, np.uint8), time_s)
    return path


def _old_film(path: Path) -> Path:
    """MPEG-4 Part 2, which no browser plays, with irregular times and 800 pixels wide."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 800, 600, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 100)
        for time_s in TIMES_S:
            frame = av.VideoFrame.from_ndarray(np.full((600, 800, 3), 90, np.uint8), "rgb24")
            frame.pts, frame.time_base = round(100 * time_s), Fraction(1, 100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_film_that_browsers_play_gets_no_copy(tmp_path: Path) -> None:
    assert not write_preview(_film(tmp_path / "a.mp4"), tmp_path / "copy.mp4")
    assert not (tmp_path / "copy.mp4").exists()


def test_a_film_that_they_do_not_play_gets_a_small_copy_with_the_same_times(tmp_path: Path) -> None:
    copy = tmp_path / "view" / "copy.mp4"
    assert write_preview(_old_film(tmp_path / "a.mp4"), copy)
    with open_clip(copy) as opened:
        assert (opened.info.codec, opened.info.pixel_format) == ("h264", "yuv420p")
        assert max(opened.info.width_px, opened.info.height_px) == SIDE_PX
        times = [frame.time_s for frame in opened.frames()]
    assert times == pytest.approx(TIMES_S, abs=0.005)


@pytest.fixture
def stopped(tmp_path: Path) -> tuple[Path, str]:
    """A data folder with a clip that the first look has stopped."""
    lift_store = LiftStore(tmp_path / "data" / "web")
    lift_id = lift_store.new_id()
    lift_store.add(lift_id, "front.mp4", 1, {})
    _film(lift_store.clip(lift_id))
    lift_store.change(lift_id, state="stopped", error=REASON)
    lift_store.close()
    return tmp_path / "data", lift_id


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_lifter_and_the_side_are_chosen_in_a_clip_that_was_stopped(
    visit: Callable[..., PageConnection], start: Callable[..., Served],
    stopped: tuple[Path, str], width: int, scheme: str,
) -> None:  # fmt: skip
    data, lift = stopped
    site = start(data)
    opened = visit(site, "/", width=width, scheme=scheme)
    page = opened.page
    page.click(f".row-acts a[href='/lift/{lift}']")
    page.wait_for_selector("#tap:visible")
    assert REASON in page.inner_text("main")
    page.evaluate("document.querySelector('#source-clip').currentTime = 1.0")
    opened.settle()
    page.click("#tap")
    box = page.locator("#source-clip").bounding_box()
    shown_w = min(box["width"], box["height"] * 320 / 240)
    place = {"x": box["width"] / 2 + 0.1 * shown_w, "y": 0.55 * box["height"]}
    page.locator("#source-clip").click(position=place)
    lift_store = LiftStore(data / "web")
    wait_until(lambda: bool(lift_store.get(lift).changes.get("person")), LONGEST_S, 0.05)
    assert page.locator(".tap-ring").is_visible(), "where was tapped is marked"
    changes = lift_store.get(lift).changes
    assert changes["person"] == pytest.approx([1.0, 0.6, 0.55], abs=0.03)
    assert changes["anyway"], "the first look is not asked again"
    page.evaluate("window.scrollTo(0, 0)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.select_option("#side", "left")
    wait_until(lambda: lift_store.get(lift).changes.get("side") == "left", LONGEST_S, 0.05)
    assert lift_store.get(lift).changes["person"], "and the tapped lifter stays chosen"
    lift_store.close()
    site.stop()


def test_the_moment_that_is_shown_becomes_the_reference_of_a_stopped_clip(
    visit: Callable[..., PageConnection], start: Callable[..., Served], stopped: tuple[Path, str]
) -> None:
    data, lift = stopped
    site = start(data)
    opened = visit(site, f"/lift/{lift}")
    opened.page.wait_for_selector("#tap:visible")
    opened.page.evaluate("document.querySelector('#source-clip').currentTime = 1.5")
    opened.settle()
    opened.page.click("#use-moment")
    lift_store = LiftStore(data / "web")
    wait_until(lambda: bool(lift_store.get(lift).changes.get("standing")), LONGEST_S, 0.05)
    changes = lift_store.get(lift).changes
    assert changes["standing"] == pytest.approx([1.0, 2.0], abs=0.05)
    assert changes["anyway"]
    wait_until(lambda: not lift_store.get(lift).busy, 300.0, 0.2)
    opened.page.wait_for_function("() => document.querySelector('main h1')?.innerText.length > 20")
    opened.page.wait_for_selector("#undo-correction", timeout=LONGEST_S * 1000)
    lift_store.close()
    site.stop()
