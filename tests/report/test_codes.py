"""Every code that a source can give for a frame or a clip has words and advice of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import backline.sources
from backline.report.words import filming_advice, reason_words

SOURCES = Path(backline.sources.__file__).parent


def text_of(node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Yield what is written as ``Reason("code", ...)``, ``missing="code"``, ``reason[...] =
    "code"``, ``blocked[...] = "code"``"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if getattr(node.func, "id", "") == "Reason":
                yield from text_of(node.args[0] if node.args else None)
            for keyword in node.keywords:
                if keyword.arg == "missing":
                    yield from text_of(keyword.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                held = getattr(target, "value", None)
                if isinstance(target, ast.Subscript) and getattr(held, "id", "") in (
                    "reason",
                    "blocked",
                ):
                    yield from text_of(node.value)


CODES = sorted(
    {
        code
        for path in SOURCES.rglob("*.py")
        for code in codes_in(ast.parse(path.read_text("utf-8")))
    }
)


def test_the_codes_are_found():
    known = {"back_hidden", "no_person", "marker_not_seen", "hip_clamped", "no_value"}
    known |= {"truncated", "units_corrected", "sides_swapped"}
    assert known <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_words_and_advice(code):
    assert reason_words(code) != code.replace("_", " ")
    assert "_" not in reason_words(code)
    assert filming_advice([code])
