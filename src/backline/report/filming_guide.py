"""How to film a lift so that the low back can be measured, in plain words."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

TITLE = "How to film a lift"


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


# The limit of 20 degrees: out-of-plane limb angles above it distort angles seen from the side
# (Schurr 2017). Two seconds of standing: four times the shortest stretch that is accepted.
ADVICE: tuple[Advice, ...] = (
    Advice(
        "Film exactly from the side.",
        "The bend of the low back only shows from there. Beyond about 20 degrees off, angles are "
        "distorted, and beyond 30 nothing is measured.",
    ),
    Advice(
        "Camera at hip height, 3 to 5 metres away.",
        "From above, below or close by, the picture bends what is straight.",
    ),
    Advice(
        "The whole body in view, head to feet, in every frame.",
        "Somebody who is cut off is hard to find, and the lift cannot be followed.",
    ),
    Advice(
        "Keep the low back free: nothing in front of it.",
        "Large plates, the rack, an arm or a belt hide it, and what is hidden is not measured. "
        "With plates of 450 mm, an empty bar or small plates show more.",
    ),
    Advice(
        "Tight clothes, or the shirt tucked in.",
        "Loose cloth hangs straight while the back bends beneath it.",
    ),
    Advice(
        "Stand still and upright for two seconds before the first rep.",
        "That is your quiet standing. Every number is a change from it.",
    ),
    Advice(
        "Camera still: on a tripod, or leaning on something.",
        "A camera that moves looks like a lifter who moves.",
    ),
    Advice(
        "Good light, 30 frames a second or more, nobody else beside you.",
        "A dark or blurred outline is an uncertain one, and a second person can be mistaken for "
        "you.",
    ),
)


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
    for number, advice in enumerate(ADVICE, start=1):
        do = textwrap.fill(advice.do, width, initial_indent=f"{number}. ", subsequent_indent="   ")
        why = textwrap.fill(advice.why, width, initial_indent="   ", subsequent_indent="   ")
        paragraphs.append(f"{do}\n{why}")
    return "\n\n".join(paragraphs)
