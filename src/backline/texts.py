"""Texts of report and app, from one file per language beside this module: ``texts.en.toml`` etc.

A text has named places, filled in by `say`, and two forms where it counts something. The language
is that of the running task (see `speaking`); English where nothing was chosen. Sentences that a
result holds in English (``analysis.json`` does, whatever the reader speaks) are translated by
`retold`, which finds the entry that made them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any, Literal, TypeAlias, get_args

Language: TypeAlias = Literal["en", "de", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Text: TypeAlias = str | dict[str, str]
"""A text, or its forms ``one`` and ``other``."""
LEAST_LITERAL = 6
"""An entry of fewer characters beside its places is not taken for what made a sentence."""

_spoken: ContextVar[Language] = ContextVar("language", default="en")


def language() -> Language:
    """Return the language that is spoken."""
    return _spoken.get()


@contextmanager
def speaking(chosen: Language) -> Iterator[None]:
    """Speak a language within the block: in this thread or asynchronous task alone."""
    before = _spoken.set(chosen)
    try:
        yield
    finally:
        _spoken.reset(before)


def best_language(asked: str) -> Language:
    """Return the known language that an ``Accept-Language`` header prefers; English else.

    Examples
    --------
    >>> best_language("de-AT,de;q=0.9,en;q=0.8")
    'de'
    """
    ranked: list[tuple[float, Language]] = []
    for part in asked.split(","):
        tag, _, weight = part.strip().partition(";q=")
        known = next((one for one in LANGUAGES if tag.lower().split("-")[0] == one), None)
        if known is not None:
            try:
                ranked.append((float(weight or 1), known))
            except ValueError:
                continue
    return max(ranked, key=lambda one: one[0])[1] if ranked else "en"


def say(key: str, **values: object) -> str:
    """Return a text by its key, such as ``"add.title"``, its places filled in.

    Parameters
    ----------
    key : str
        Table and name.
    **values
        What its places hold. A number that is not whole gets the language's decimal mark.
        ``count`` chooses the form of a text that has two.

    Raises
    ------
    KeyError
        If there is no such text, or a place is not filled.
    """
    return filled(TEXTS.texts(language())[key], values)


def known(key: str) -> bool:
    """Return whether there is a text of a key, such as the name of a cause."""
    return key in TEXTS.texts("en")


def number(value: float, spec: str) -> str:
    """Return a formatted number with the language's decimal mark."""
    return format(value, spec).replace(".", TEXTS.decimal(language()))


def listed(words: list[str], last: Literal["and", "or", "nor"]) -> str:
    """Join words with commas, the last two with "and", "or" or "nor"."""
    if len(words) < 2:
        return "".join(words)
    between = say(f"list.{last}_between")
    return say(f"list.{last}", before=between.join(words[:-1]), last=words[-1])


def group(name: str) -> dict[str, Text]:
    """Return all texts whose keys begin with a name, without it: for the page's scripts."""
    mark = f"{name}."
    texts = TEXTS.texts(language())
    return {k.removeprefix(mark): v for k, v in texts.items() if k.startswith(mark)}


def retold(text: str) -> str:
    """Return a sentence that the English catalogue made, in the language that is spoken.

    A text that no entry made comes back as it is.
    """
    return TEXTS.retold(text)


def filled(text: Text, values: dict[str, Any]) -> str:
    """Return a text with its places filled in, in the form that ``count`` asks for."""
    if isinstance(text, dict):
        # English, German and Spanish alike (CLDR, cardinals: one is the number 1)
        text = text["one" if values["count"] == 1 else "other"]
    return _Places().vformat(text, (), values)


class _Places(Formatter):
    """Fills in places; numbers get the language's decimal mark, and texts pass as they are."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, float):
            return number(value, format_spec)
        return str(super().format_field(value, format_spec))


@dataclass(frozen=True)
class Catalogue:
    """Texts in several languages.

    Parameters
    ----------
    stem : str
        Of its files: ``"texts"`` for ``texts.en.toml``.
    """

    stem: str

    def texts(self, of: Language) -> dict[str, Text]:
        """Return all texts of a language, by table and name."""
        return _read(self.stem, of)

    def decimal(self, of: Language) -> str:
        """Return a language's decimal mark."""
        return str(self.texts(of)["language.decimal"])

    def retold(self, text: str, within: str = "") -> str:
        """Return a sentence that this catalogue made in English, in the language spoken.

        Parameters
        ----------
        text : str
            The sentence.
        within : str
            The table of the entry, where that is known.
        """
        if language() == "en" or not text:
            return text
        for key, form, piece, pattern in _patterns(self.stem):
            if piece not in text or (within and not key.startswith(f"{within}.")):
                continue
            found = pattern.fullmatch(text)
            if found is not None:
                other = self.texts(language())[key]
                chosen = other[form] if isinstance(other, dict) else other
                values = {name: _value_retold(value) for name, value in found.groupdict().items()}
                return filled(chosen, values)
        return text


TEXTS = Catalogue("texts")


def _value_retold(value: str) -> str:
    """Return what stood in a place: a phrase of the catalogue, or a number, in the language."""
    translated = TEXTS.retold(value)
    return (
        translated
        if translated != value
        else re.sub(r"(?<=\d)\.(?=\d)", TEXTS.decimal(language()), value)
    )


@cache
def _read(stem: str, of: Language) -> dict[str, Text]:
    file = resources.files("backline").joinpath(f"{stem}.{of}.toml")
    tables = tomllib.loads(file.read_text("utf-8"))
    return {f"{name}.{key}": text for name, table in tables.items() for key, text in table.items()}


@cache
def _patterns(stem: str) -> list[tuple[str, str, str, re.Pattern[str]]]:
    """Return key, form, longest piece and pattern of every English text, the longest first.

    The piece between two places is looked for first, since that takes a hundredth of the time.
    """
    found: list[tuple[int, str, str, str, re.Pattern[str]]] = []
    for key, text in _read(stem, "en").items():
        for form, words in text.items() if isinstance(text, dict) else (("", text),):
            parts, seen, pieces = [], set(), [""]
            for before, place, _, _ in Formatter().parse(words):
                parts.append(re.escape(before))
                pieces.append(before)
                if place is not None:
                    parts.append(f"(?P={place})" if place in seen else f"(?P<{place}>.+?)")
                    seen.add(place)
            literal, piece = sum(map(len, pieces)), max(pieces, key=len)
            if not seen or literal >= LEAST_LITERAL:
                pattern = re.compile("".join(parts), re.DOTALL)
                found.append((literal, key, form, piece, pattern))
    found.sort(key=lambda one: -one[0])
    return [(key, form, piece, pattern) for _, key, form, piece, pattern in found]
