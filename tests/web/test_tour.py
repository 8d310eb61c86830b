"""The sample lift of the first start, and the tour that explains it once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from web_served import PageConnection, Served

from backline.web.lift_store import LiftStore
from backline.web.sample import add_sample, sample_clip

WANTED = "() => localStorage.setItem('backline-tour', 'wanted')"


def test_the_sample_is_the_repository_s_own_and_goes_into_the_queue(
    lift_store: LiftStore, example_clip: Path
) -> None:
    film = sample_clip()
    assert film is not None
    lift_id = add_sample(lift_store)
    assert lift_store.clip(lift_id).read_bytes() == film.read_bytes() == example_clip.read_bytes()
    assert lift_store.get(lift_id).state == "waiting"


def test_the_first_page_offers_sample_and_phone(
    start: Callable[..., Served], visit: Callable[..., PageConnection], tmp_path: Path
) -> None:
    site = start(tmp_path)
    page = visit(site, "/").page
    page.wait_for_selector("[data-act='sample']")
    assert page.get_attribute(".empty a[href='/phone']", "href") == "/phone"
    page.click("[data-act='sample']")
    page.wait_for_url("**/lift/*")
    (one,) = site.lifts().values()
    assert one["name"] == "sample lift"
    site.tell(one["id"], "cancel")
    site.stop()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_tour_goes_step_by_step_and_comes_once(
    visit: Callable[..., PageConnection], site: Served, lift: str, width: int, scheme: str
) -> None:
    opened = visit(site, "/learn", width=width, scheme=scheme)
    opened.page.evaluate(WANTED)
    opened.go(f"/lift/{lift}")
    opened.page.wait_for_selector(".tour")
    told = []
    while opened.page.locator(".tour").count():
        told.append(opened.page.inner_text(".tour .note"))
        assert opened.page.locator(".toured").count() == 1
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        opened.page.click(".tour .main")
    assert len(told) == len(set(told)) == 6
    opened.go(f"/lift/{lift}")
    opened.page.wait_for_selector("[data-hand='ready']")
    assert opened.page.locator(".tour").count() == 0
    assert opened.said == []
