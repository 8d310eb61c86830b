"""A lift while it is analysed for the first time: the clip, the first answer, the way to stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from web_served import PageConnection, Served

from backline.web.lift_store import LiftStore

LONGEST_MS = 300_000
ANSWER = "First look: squat, 4 reps."
SIZES = [(1280, "light"), (390, "dark")]


@pytest.fixture(scope="module")
def analysing(
    start: Callable[..., Served], example_clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Served, str]:
    """A server that analyses one lift, and the lift's id."""
    site = start(tmp_path_factory.mktemp("waiting") / "data")
    return site, site.add(example_clip, lifter="Ada", load_kg="80")


def test_the_first_answer_comes_to_the_open_page_and_to_the_open_list(
    analysing: tuple[Served, str], visit: Callable[..., PageConnection]
) -> None:
    site, lift = analysing
    opened = {
        (path, width): visit(site, path, width=width, scheme=scheme)
        for path in (f"/lift/{lift}", "/")
        for width, scheme in SIZES
    }
    lift_store = LiftStore(site.data / "web")  # as the job's own first answer, only sooner
    lift_store.change(lift, headline=ANSWER, found_lift="squat")
    lift_store.close()
    for (path, width), one in opened.items():
        page = one.page
        page.wait_for_selector(f".first-answer:has-text('{ANSWER}')", timeout=LONGEST_MS)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").count() == 1
        assert ".." not in page.inner_text("main")
        assert one.said == []
        if path != "/":
            assert page.inner_text("h1") == "top_tuck_and_wink.mp4"
            picture = page.locator("video").bounding_box()
            assert picture["y"] + picture["height"] <= 900, "clip and answer fit one screen"


def test_a_lift_that_is_analysed_is_opened_from_the_list_and_cancelled_on_its_page(
    analysing: tuple[Served, str], visit: Callable[..., PageConnection]
) -> None:
    site, lift = analysing
    page = visit(site, "/").page
    page.click(f"[data-lift='{lift}'] h2 a")
    page.click(".waiting [data-act='cancel']")
    page.wait_for_selector("main h1:has-text('Cancelled')")
    assert page.locator(f"[data-act='again'][data-id='{lift}']").count() == 1
    assert site.lifts()[lift]["state"] == "cancelled"
    site.stop()
