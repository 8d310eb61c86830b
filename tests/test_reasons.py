"""The catalogue of reasons is whole: each code has words, advice and sentences, used by name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from backline.reasons import advice, catalogue, rank, sentence, words

REASONS = sorted(set(catalogue()) - {"good"})  # what live says when nothing is amiss
OWN = {"words", "advice"}


@pytest.mark.parametrize("code", REASONS)
def test_a_reason_has_a_phrase_and_advice(code: str) -> None:
    assert words(code) != code.replace("_", " ")
    assert not words(code).endswith(".")
    assert advice([code])[0].endswith(".")


@pytest.mark.parametrize(
    ("code", "case"),
    [(code, case) for code in REASONS for case in catalogue()[code] if case not in OWN],
)
def test_a_sentence_is_one_line_and_fills_its_places(code: str, case: str) -> None:
    text = catalogue()[code][case]
    values = dict.fromkeys(re.findall(r"{(\w+)}", text), "12")
    assert "{" not in sentence(code, case, **values)
    assert text.endswith((".", "}"))
    assert "\n" not in text


def test_a_place_that_is_not_filled_is_an_error() -> None:
    with pytest.raises(KeyError, match="share"):
        sentence("no_person")


def test_an_unknown_code_is_written_out_and_has_no_advice() -> None:
    assert words("some_new_code") == "some new code"
    assert advice(["some_new_code", "dark", "dark"]) == [catalogue()["dark"]["advice"]]


def test_what_decides_comes_first() -> None:
    assert rank("no_person") < rank("back_hidden") < rank("loose_cloth") < rank("truncated")


def test_each_sentence_that_the_code_names_is_there_and_each_that_is_there_is_named(
    repo_root: Path,
) -> None:
    named: set[tuple[str, str]] = set()
    for path in (repo_root / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "sentence":
                texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
                if len(texts) == len(node.args) > 0:
                    named.add((texts[0], texts[1] if len(texts) > 1 else "sentence"))
    assert len(named) > 15
    for code, case in named:
        assert case in catalogue()[code], (code, case)
