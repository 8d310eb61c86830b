"""What only English says, so that a page in another language can be searched for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backline import reasons
from backline.texts import TEXTS, Language

LEAST_WORDS = 4
"""Shorter pieces may be alike by chance, or names."""


def english_pieces(of: Language) -> Iterator[str]:
    """Yield what stands between two places of an English text, and in no text of a language."""
    for catalogue in (TEXTS, reasons.REASONS):
        other = " ".join(map(str, catalogue.texts(of).values()))
        for text in catalogue.texts("en").values():
            for words in text.values() if isinstance(text, dict) else (text,):
                for piece in re.split(r"\{[^}]*\}", words):
                    if len(piece.split()) >= LEAST_WORDS and piece not in other:
                        yield piece.strip()
