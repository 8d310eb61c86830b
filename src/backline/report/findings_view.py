"""The findings as cards: what each one says, and the words around them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backline.findings.cues import cue_by_id
from backline.findings.finding import Finding
from backline.report.pictures import Picture
from backline.report.stills import close_up
from backline.report.words import certainty_words, clock, curve_words

if TYPE_CHECKING:
    from backline.analysis import Analysis

_LOADS: dict[str, tuple[str, str]] = {
    "l5s1_moment_nm": ("L5/S1 moment", "N m"),
    "l5s1_compression_n": ("L5/S1 compression", "N"),
}


@dataclass(frozen=True)
class Card:
    """One finding as the page shows it; every field is plain text for people."""

    name: str
    kind: str
    certain: bool
    size: str
    spread: str
    where: str
    peak_s: float
    explanation: str
    sure: str
    load: list[str]
    cues: list[str]
    label: str
    image: str = ""
    image_size: tuple[int, int] = (0, 0)


def cards(analysis: Analysis, frames: dict[int, Picture]) -> list[Card]:
    """Return a card for each finding, in the order of the result.

    Parameters
    ----------
    analysis : Analysis
        The result.
    frames : dict of int to ndarray
        Pictures by frame index, for the close-ups.
    """
    return [_card(analysis, finding, frames) for finding in analysis.findings]


def findings_title(analysis: Analysis) -> str:
    """Return the heading over the cards."""
    count = len(analysis.findings)
    if count == 0:
        return "No rounding found"
    return "One finding" if count == 1 else f"{count} findings"


def nothing_found(analysis: Analysis) -> str:
    """Return what it means that there is no card."""
    share = 100 * analysis.quality.measurable_fraction
    return (
        f"In the {share:.0f} % of the frames that could be measured, the low back stayed within "
        "what is told apart from own standing."
    )


def _card(analysis: Analysis, finding: Finding, frames: dict[int, Picture]) -> Card:
    still = close_up(analysis, frames, finding)
    rep = f"Rep {finding.rep}" if finding.rep else "Whole set"
    where = f"{rep}, {finding.where}, {clock(finding.peak_s)}"
    size = f"{finding.size_deg:.0f}°"
    spread = f"±\u00a0{finding.sd_deg:.0f}" if math.isfinite(finding.sd_deg) else ""
    named = f"{finding.name[:1].upper()}{finding.name[1:]}"
    return Card(
        name=named,
        kind=finding.kind,
        certain=finding.certain,
        size=size,
        spread=spread,
        where=where,
        peak_s=finding.peak_s,
        explanation=finding.explanation,
        sure=_sure(finding),
        load=_load_lines(finding.load),
        cues=[cue_words(cue) for cue in finding.cues],
        label=f"{named}, {size} {spread}, {where}. Go to the moment.",
        image=still.image if still else "",
        image_size=still.size if still else (0, 0),
    )


def cue_words(cue: str) -> str:
    """Return what to say and what to stop saying for a cue's id.

    An id that no cue has any more becomes words: ``"brace_first"`` gives ``"Brace first"``.
    """
    known = cue_by_id(cue)
    if known is None:
        words = cue.replace("_", " ").replace("-", " ")
        return words[:1].upper() + words[1:]
    instead = f" Instead of: “{known.stop_saying}”" if known.stop_saying else ""
    return f"{known.say}{instead}"


def _sure(finding: Finding) -> str:
    """Return certainty, curve, pelvis share and cause in one line."""
    certainty = certainty_words(finding)
    parts = [certainty[:1].upper() + certainty[1:], curve_words(finding)]
    if math.isfinite(finding.pelvis_share):
        parts.append(f"pelvis made {100 * finding.pelvis_share:.0f} % of the hip's change")
    if finding.mechanism != "unclear":
        parts.append(f"likely cause: {finding.mechanism.replace('_', ' ')}")
    return ", ".join(parts) + "."


def _load_lines(load: dict[str, float]) -> list[str]:
    """Return the load at the peak, with its range where one is given."""
    lines = []
    for key, (name, unit) in _LOADS.items():
        value = load.get(key, math.nan)
        if not math.isfinite(value):
            continue
        stem = key.rsplit("_", 1)[0]
        low, high = (load.get(f"{stem}_{end}_{unit.lower()}", math.nan) for end in ("low", "high"))
        both = math.isfinite(low) and math.isfinite(high)
        band = f" ({low:.0f} to {high:.0f})" if both else ""
        lines.append(f"{name} at the peak: about {value:.0f}{band} {unit}.")
    return lines
