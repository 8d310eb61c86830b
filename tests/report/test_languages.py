"""The report in German and Spanish: whole, and without an English sentence left in it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from backline.report.document import to_dict, to_json
from backline.report.page import page, sections
from backline.report.translation import document_in_language, in_language
from backline.texts import Language, speaking
from tests import golden_cases as cases
from tests.languages import english_pieces

if TYPE_CHECKING:
    from backline.pipeline import Analysis

OTHERS: tuple[Language, ...] = ("de", "es")
PLAYED = """() => { const more = document.querySelector('#fold'); if (more) more.open = true; }"""


@pytest.fixture(scope="module")
def analysed() -> Analysis:
    """A squat with a tuck at the top and a wink, as conclude() tells it; drawn as a figure."""
    return cases.from_sight("squat_tuck_and_wink")


def shown(html: str) -> str:
    """Return what a page shows or reads aloud."""
    plain = re.sub(r"<(script|style).*?</\1>", " ", html, flags=re.DOTALL)
    told = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', plain)
    text = re.sub(r"<[^>]*>", " ", plain)
    return " ".join(unescape(" ".join([text, *told])).replace("\u00a0", " ").split())


@pytest.mark.parametrize("of", OTHERS)
def test_no_english_sentence_is_left_on_the_page(analysed: Analysis, of: Language) -> None:
    with speaking(of):
        text = shown(page(analysed))
    assert [piece for piece in english_pieces(of) if piece in text] == []


@pytest.mark.parametrize("of", OTHERS)
def test_the_page_says_which_language_it_speaks(analysed: Analysis, of: Language) -> None:
    with speaking(of):
        assert f'<html lang="{of}"' in page(analysed)
    assert '<html lang="en"' in page(analysed)


@pytest.mark.parametrize("of", OTHERS)
def test_the_document_stays_english(analysed: Analysis, of: Language) -> None:
    before = to_json(analysed)
    with speaking(of):
        page(analysed)
        assert to_json(analysed) == before
        assert in_language(analysed).summary["headline"] != analysed.summary["headline"]
    assert in_language(analysed) is analysed


@pytest.mark.parametrize("of", OTHERS)
def test_what_is_sent_to_the_lifter_says_the_same(analysed: Analysis, of: Language) -> None:
    """Picture and sheet are made of the written document, which holds English sentences."""
    with speaking(of):
        told, document = in_language(analysed), document_in_language(to_dict(analysed))
    assert document["summary"]["headline"] == told.summary["headline"]
    assert [one["name"] for one in document["findings"]] == [one.name for one in told.findings]
    assert document["reference"]["text"] == told.posture.reference.text
    assert document_in_language(to_dict(analysed)) == to_dict(analysed)


@pytest.mark.parametrize("of", OTHERS)
def test_a_finding_without_a_probability_is_only_possible(analysed: Analysis, of: Language) -> None:
    """``null`` is what a result holds where a probability is not known."""
    document = to_dict(analysed)
    for one in document["findings"]:
        one["probability"], one["sd_deg"] = None, None
    with speaking(of):
        headline = document_in_language(document)["summary"]["headline"]
    assert headline != in_language(analysed).summary["headline"]


def test_numbers_of_the_page_have_a_decimal_comma(analysed: Analysis) -> None:
    with speaking("de"):
        assert "0,00 s" in shown(page(analysed))
        assert sections(analysed)["data"]["texts"]["decimal"] == ","


@pytest.mark.parametrize("of", OTHERS)
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_window_in_every_language(
    analysed: Analysis, chromium: Any, tmp_path: Path, of: Language, width: int
) -> None:
    with speaking(of):
        (tmp_path / "report.html").write_text(page(analysed), encoding="utf-8")
    context = chromium.new_context(viewport={"width": width, "height": 844})
    said: list[str] = []
    try:
        shot = context.new_page()
        shot.set_default_timeout(60_000)
        shot.on("pageerror", lambda error: said.append(str(error)))
        shot.goto((tmp_path / "report.html").as_uri())
        shot.evaluate(PLAYED)
        for button in shot.query_selector_all("[data-lane]"):
            button.click()
        over = shot.evaluate("document.documentElement.scrollWidth - innerWidth")
    finally:
        context.close()
    assert said == []
    assert over <= 0
