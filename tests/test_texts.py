"""The catalogues say the same in every language, and all that a page shows stands in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from backline import reasons
from backline.findings.cues import cues, spoken
from backline.findings.evidence import evidence
from backline.texts import (
    LANGUAGES,
    TEXTS,
    Catalogue,
    Language,
    Text,
    best_language,
    filled,
    known,
    listed,
    retold,
    say,
    speaking,
)

OTHERS = tuple(one for one in LANGUAGES if one != "en")
CATALOGUES = (TEXTS, reasons.REASONS)
JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
STAYS = {"Backline", "kN", "N", "m", "overlay", "mp4", "application", "pdf"}
"""Words of a template that are no language's."""


def forms(text: Text) -> dict[str, str]:
    return text if isinstance(text, dict) else {"": text}


def places(text: str) -> list[tuple[str, str]]:
    return sorted((name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name)


@pytest.mark.parametrize("of", OTHERS)
@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda one: one.stem)
def test_every_language_has_the_same_keys_forms_and_places(
    catalogue: Catalogue, of: Language
) -> None:
    english, other = catalogue.texts("en"), catalogue.texts(of)
    assert set(english) == set(other)
    for key, text in english.items():
        assert set(forms(text)) == set(forms(other[key])), key
        for form, words in forms(text).items():
            assert places(words) == places(forms(other[key])[form]), (key, form)


@pytest.mark.parametrize("of", OTHERS)
def test_no_text_was_forgotten_in_english(of: Language) -> None:
    """Names, units and loan words are alike; a sentence of four words never is."""
    for catalogue in CATALOGUES:
        other = catalogue.texts(of)
        for key, text in catalogue.texts("en").items():
            same = forms(text) == forms(other[key])
            words = re.sub(r"\{[^}]*\}", "", " ".join(forms(text).values())).split()
            paper = key.startswith("evidence_source.")
            assert not same or len(words) < 4 or paper, key


@pytest.mark.parametrize("of", OTHERS)
def test_every_shipped_cue_has_its_words(of: Language) -> None:
    with speaking(of):
        for cue in cues():
            said = spoken(cue)
            assert all(said), cue.id
            assert said != (cue.say, cue.stop_saying), cue.id


def test_a_users_own_cue_stays_as_it_was_written(tmp_path: Path) -> None:
    own = tmp_path / "cues.toml"
    own.write_text('[[cue]]\nid = "stand_tall"\nsay = "Tall!"\n')
    with speaking("de"):
        assert spoken(cues(own)[0]) == ("Tall!", "")


def test_the_debate_speaks_every_language() -> None:
    english = [entry.text for entry in evidence()]
    with speaking("es"):
        assert not set(english) & {entry.text for entry in evidence()}


@pytest.mark.parametrize(
    ("of", "one", "three"),
    [("en", "One finding", "3 findings"), ("de", "Ein Befund", "3 Befunde"),
     ("es", "Un hallazgo", "3 hallazgos")],
)  # fmt: skip
def test_a_count_chooses_the_form(of: Language, one: str, three: str) -> None:
    with speaking(of):
        assert [say("card.findings", count=n) for n in (1, 3)] == [one, three]


@pytest.mark.parametrize(
    ("of", "said"),
    [("en", "1.8 kN (1.5 to 2.3)"), ("de", "1,8 kN (1,5 bis 2,3)"), ("es", "1,8 kN (1,5 a 2,3)")],
)
def test_numbers_have_the_languages_decimal_mark(of: Language, said: str) -> None:
    with speaking(of):
        assert say("force.band", force=1.84, low=1.48, high=2.32) == said


def test_a_list_ends_as_the_language_ends_it() -> None:
    with speaking("de"):
        assert listed(["1", "2", "3"], "and") == "1, 2 und 3"
    assert listed(["a"], "or") == "a"
    assert listed(["a", "b"], "nor") == "a, nor b"


@pytest.mark.parametrize(
    ("asked", "best"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr,es;q=0.5,en;q=0.4", "es"), ("fr", "en"),
     ("", "en"), ("en-GB,de;q=0.9", "en"), ("de;q=bad", "en")],
)  # fmt: skip
def test_the_browsers_best_language_is_spoken(asked: str, best: str) -> None:
    assert best_language(asked) == best


@pytest.mark.parametrize("of", OTHERS)
def test_every_sentence_is_found_again_by_what_it_says(of: Language) -> None:
    """A result holds English sentences; each comes back in the reader's language."""
    english, other = TEXTS.texts("en"), TEXTS.texts(of)
    for key, text in english.items():
        for form, words in forms(text).items():
            if len(re.sub(r"\{[^}]*\}", "", words).split()) < 4:
                continue
            values = {name: f"{n}7" for n, (name, _) in enumerate(places(words), start=1)}
            sentence = filled(words, values)
            twins = [k for k, t in english.items() if words in forms(t).values()]
            with speaking(of):
                told = retold(sentence)
                wanted = {filled(forms(other[twin])[form], values) for twin in twins}
            assert told in wanted, key


def test_what_no_entry_made_stays_as_it_is() -> None:
    with speaking("de"):
        assert retold("Somebody wrote this by hand.") == "Somebody wrote this by hand."
        assert retold("") == ""


def test_a_reason_is_found_by_its_code() -> None:
    said = reasons.sentence("oblique", yaw="12.5")
    with speaking("es"):
        assert reasons.retold("oblique", said) == reasons.sentence("oblique", yaw="12,5")


def keys_in(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say" and node.args:
            first = node.args[0]
            both = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
            yield from (one.value for one in both if isinstance(one, ast.Constant))


def test_every_text_that_the_code_names_is_there(repo_root: Path) -> None:
    named = {
        key
        for path in (repo_root / "src").rglob("*.py")
        for key in keys_in(path.read_text())
    }  # fmt: skip
    assert len(named) > 150
    assert [key for key in sorted(named) if not known(key)] == []


def test_the_reports_templates_hold_no_words_of_their_own(repo_root: Path) -> None:
    """Between the tags and in what is read aloud stand the catalogue's texts alone."""
    for path in sorted((repo_root / "src/backline/report/templates").glob("*.html")):
        plain = JINJA.sub("", path.read_text())
        told = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', plain)
        shown = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", plain, flags=re.DOTALL)
        words = set(re.findall(r"[A-Za-z]{2,}", " ".join([*told, shown])))
        assert words <= STAYS, path.name
