"""The catalogue of reasons: code, phrase, sentences and advice, from ``reasons.en.toml``.

A new reason is a table there, and in each other language; `sentence`, `words` and `advice` find it
by its code.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from backline.texts import Catalogue, Language, filled, language

REASONS = Catalogue("reasons")


def sentence(code: str, case: str = "sentence", **values: object) -> str:
    """Return a reason as a sentence, its places filled in.

    Parameters
    ----------
    code : str
        As in ``series.csv`` and ``analysis.json``.
    case : str
        Which of its sentences, where it has several.
    **values
        What its places hold, such as ``share="12 %"``.

    Raises
    ------
    KeyError
        If there is no such reason, case or place.
    """
    return filled(catalogue(language())[code][case], {**values})


def retold(code: str, text: str) -> str:
    """Return the English sentence of a reason in the language that is spoken."""
    return REASONS.retold(text, code)


def words(code: str) -> str:
    """Return a reason as a short phrase; an unknown code is written out with spaces."""
    return catalogue(language()).get(code, {}).get("words", code.replace("_", " "))


def advice(codes: Iterable[str]) -> list[str]:
    """Return what to do better next time about reasons, in their order, each once."""
    known = (catalogue(language()).get(code, {}).get("advice", "") for code in codes)
    return list(dict.fromkeys(text for text in known if text))


def rank(code: str) -> int:
    """Return where a reason stands in the order in which a user would mend them."""
    return list(catalogue()).index(code)


@cache
def catalogue(of: Language = "en") -> dict[str, dict[str, str]]:
    """Return all reasons of a language: code to its texts."""
    found: dict[str, dict[str, str]] = {}
    for key, text in REASONS.texts(of).items():
        code, _, case = key.partition(".")
        found.setdefault(code, {})[case] = str(text)
    return found
