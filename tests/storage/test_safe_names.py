"""Names made of what others wrote are one harmless part of a path on every system."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backline.storage.safe_names import DIGEST_DIGITS, LONGEST_BYTES, safe_name


@pytest.mark.parametrize("name", ["squat 3", "lift.2026", "Ada Lövelace", "深蹲", "a-b_c (2)"])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (".", "result"), ("..", "result"), ("...", "result"), ("", "result"), (" . ", "result"),
        (".hidden", "hidden"), ("end.", "end"), ("end ", "end"),
        ("a/b", "a_b"), ("a\\b", "a_b"), ("../../etc", "_.._etc"), ("C:x", "C_x"),
        ("a\nb", "a_b"), ("a\x00b", "a_b"), ("a\x7fb", "a_b"),
        ("con", "_con"), ("NUL", "_NUL"), ("com1.mp4", "_com1.mp4"), ("lpt9", "_lpt9"),
        ("what?", "what_"), ("a<b>c|d*e\"f", "a_b_c_d_e_f"),
        ("lift\u202e4pm", "lift_4pm"),  # shows the rest from right to left
        ("a\u2028b", "a_b"),
        ("lift\udcff", "lift_"),  # a byte that is no UTF-8, as Python names such files
    ],
)  # fmt: skip
def test_what_could_do_harm_is_made_harmless(text: str, made: str) -> None:
    assert safe_name(text) == made


def test_a_long_name_is_cut_between_letters_and_stays_its_own() -> None:
    names = {safe_name("ü" * 200), safe_name("ü" * 201), safe_name("x" * 250)}
    assert len(names) == 3
    for name in names:
        assert len(name.encode()) <= LONGEST_BYTES
        assert name[-DIGEST_DIGITS - 1] == "-"


@given(st.text())
def test_whatever_the_text_the_name_stays_inside_its_folder(text: str) -> None:
    name = safe_name(text)
    assert Path("out", name).resolve().parent == Path("out").resolve()
    assert not name.startswith(".")
    assert len(name.encode()) <= LONGEST_BYTES
    assert safe_name(name) == name
