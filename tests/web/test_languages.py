"""The app in German and Spanish: by the browser's wish or the server's setting, and whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from web_served import Served

from backline.texts import Language
from tests.languages import english_pieces

OTHERS: tuple[Language, ...] = ("de", "es")
PATHS = ("/", "/add", "/live", "/compare", "/lifters", "/lifter?name=Ada", "/what-if", "/learn",
         "/phone", "/lift/{lift}", "/no-such-page")  # fmt: skip
TITLES: dict[Language, str] = {"en": "Add a lift", "de": "Lift hinzufügen", "es": "Añadir un"}


def body_of(site: Served, path: str, wish: str) -> str:
    _, body, _ = site.ask(path, **{"accept": "text/html", "accept-language": wish})
    return unescape(unescape(body.decode().replace("\\u003c", "<"))).replace('\\"', '"')


@pytest.mark.parametrize(
    ("wish", "spoken"), [("de-AT,de;q=0.9,en;q=0.8", "de"), ("es", "es"), ("fr", "en"), ("", "en")]
)
def test_a_page_speaks_what_the_browser_prefers(site: Served, wish: str, spoken: Language) -> None:
    body = body_of(site, "/add", wish)
    assert f'<html lang="{spoken}' in body
    assert TITLES[spoken] in body


@pytest.mark.parametrize("of", OTHERS)
@pytest.mark.parametrize("path", PATHS)
def test_no_page_holds_an_english_sentence(
    site: Served, lift: str, path: str, of: Language
) -> None:
    body = body_of(site, path.format(lift=lift), of)
    assert [piece for piece in english_pieces(of) if piece in body] == []


@pytest.mark.parametrize("of", OTHERS)
def test_an_error_speaks_it_too(site: Served, of: Language) -> None:
    said = site.ask("/api/lifts/0/undo", b"{}", **{"accept-language": of})[1].decode()
    assert [piece for piece in english_pieces(of) if piece in said] == []
    assert "error" in said


def test_the_setting_comes_before_the_browser(
    start: Callable[..., Served], cached: tuple[Path, str], tmp_path: Path
) -> None:
    shutil.copytree(cached[0], tmp_path / "data")
    served = start(tmp_path / "data", "--language", "es")
    assert TITLES["es"] in body_of(served, "/add", "de")
    served.stop()


@pytest.mark.parametrize("of", OTHERS)
def test_every_page_fits_a_phone(site: Served, lift: str, chromium: Any, of: Language) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale=of)
    context.set_default_timeout(150_000)
    said: list[str] = []
    wide: dict[str, int] = {}
    try:
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        for path in PATHS:
            page.goto(site.address + path.format(lift=lift))
            page.wait_for_selector("footer")
            wide[path] = page.evaluate("document.documentElement.scrollWidth")
    finally:
        context.close()
    assert said == []
    assert wide == dict.fromkeys(PATHS, 390)
