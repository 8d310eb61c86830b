"""How to film a lift so that the low back can be measured, in plain words."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from backline.texts import say

# The limit of 20 degrees: out-of-plane limb angles above it distort angles seen from the side
# (Schurr 2017). Two seconds of standing: four times the shortest stretch that is accepted.
PARTS = ("side", "height", "body", "back", "clothes", "standing", "still", "light")
"""What a film needs, as the catalogue's table ``film`` has it."""


@dataclass(frozen=True)
class Advice:
    """One thing to do, and why.

    Parameters
    ----------
    do : str
        What to do, short.
    why : str
        What goes wrong otherwise.
    """

    do: str
    why: str


def title() -> str:
    """Return the guide's heading."""
    return say("film.title")


def advice() -> tuple[Advice, ...]:
    """Return all advice, in the language that is spoken."""
    return tuple(Advice(say(f"film.{part}"), say(f"film.{part}_why")) for part in PARTS)


def guide_text(width: int = 80) -> str:
    """Return the advice as numbered plain text.

    Parameters
    ----------
    width : int
        Longest line, characters.

    Returns
    -------
    str
        One paragraph for each piece of advice, without a closing line break.
    """
    paragraphs = []
    for number, one in enumerate(advice(), start=1):
        do = textwrap.fill(one.do, width, initial_indent=f"{number}. ", subsequent_indent="   ")
        why = textwrap.fill(one.why, width, initial_indent="   ", subsequent_indent="   ")
        paragraphs.append(f"{do}\n{why}")
    return "\n\n".join(paragraphs)
