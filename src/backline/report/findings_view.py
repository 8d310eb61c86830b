"""The findings as cards: what each one says, and the words around them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backline.findings.cues import cue_by_id, spoken
from backline.findings.finding import Finding
from backline.findings.sentences import shown_sd
from backline.report.pictures import Picture
from backline.report.stills import close_up
from backline.report.words import called, capital, cause_words, certainty_words, clock, curve_words
from backline.texts import say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

LEAST_CHANCE = 0.03
"""Causes less likely than this are left out of a card."""


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
    load: str
    cues: list[tuple[str, str]]
    label: str
    why: list[tuple[str, str, str]] = field(default_factory=list)
    by_hand: bool = False
    image: str = ""
    image_size: tuple[int, int] = (0, 0)


def cards(analysis: LiftAnalysis, frames: dict[int, Picture]) -> list[Card]:
    """Return a card for each finding, in the order of the result.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result.
    frames : dict of int to ndarray
        Pictures by frame index, for the close-ups.
    """
    causes = list(analysis.summary.get("mechanisms", ()))
    known = causes if len(causes) == len(analysis.findings) else [{}] * len(analysis.findings)
    pairs = zip(analysis.findings, known, strict=True)
    return [_card(analysis, finding, cause, frames) for finding, cause in pairs]


def findings_title(analysis: LiftAnalysis) -> str:
    """Return the heading over the cards."""
    count = len(analysis.findings)
    if count == 0:
        hidden = analysis.summary.get("not_measured")
        return say("card.no_finding_measured" if hidden else "card.no_finding")
    return say("card.findings", count=count)


def nothing_found(analysis: LiftAnalysis) -> str:
    """Return what it means that there is no card."""
    return say("card.none", percent=f"{100 * analysis.quality.measurable_fraction:.0f}")


def _card(
    analysis: LiftAnalysis, finding: Finding, cause: dict[str, Any], frames: dict[int, Picture]
) -> Card:
    still = close_up(analysis, frames, finding)
    where = _where(finding)
    size = f"{finding.size_deg:.0f}°"
    spread = f"±\u00a0{shown_sd(finding.sd_deg):.0f}" if math.isfinite(finding.sd_deg) else ""
    named = capital(called(finding))
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
        load=_load(finding.load),
        cues=[cue_words(cue) for cue in finding.cues],
        why=_why(cause),
        by_hand=_by_hand(analysis, finding),
        label=say("card.label", name=named, size=f"{size} {spread}", where=where),
        image=still.image if still else "",
        image_size=still.size if still else (0, 0),
    )


def _by_hand(analysis: LiftAnalysis, finding: Finding) -> bool:
    """Whether a person drew the back line of the finding's worst moment."""
    pixels = analysis.evidence
    return pixels is not None and bool(pixels.by_hand[analysis.posture.index_at(finding.peak_s)])


def _where(finding: Finding) -> str:
    """Return rep, phase and time of a finding, or that it is of the whole set or outside."""
    case = "rep" if finding.rep else "set" if finding.kind == "drift" else "outside"
    phase = say(f"phase.{finding.where}")
    return say(f"card.at_{case}", rep=finding.rep, phase=phase, time=clock(finding.peak_s))


def cue_words(cue: str) -> tuple[str, str]:
    """Return what to say and what to stop saying for a cue's id; "" where there is nothing.

    An id that no cue has any more becomes words: ``"brace_first"`` gives ``"Brace first"``.
    """
    known = cue_by_id(cue)
    if known is None:
        return capital(cue.replace("_", " ").replace("-", " ")), ""
    return spoken(known)


def _why(cause: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return each cause with its probability and its evidence, the likeliest first."""
    chances: dict[str, float] = cause.get("probabilities", {})
    if len(chances) < 2:
        return []
    signs: dict[str, list[str]] = {}
    for sign in cause.get("evidence", ()):
        signs.setdefault(sign["cause"], []).append(sign["text"])
    ranked = sorted(chances.items(), key=lambda one: -one[1])
    return [
        (
            capital(cause_words(name)),
            f"{100 * chance:.0f} %",
            "; ".join(signs.get(name, ())),
        )
        for name, chance in ranked
        if chance >= LEAST_CHANCE
    ]


def _sure(finding: Finding) -> str:
    """Return certainty, curve, pelvis share and cause in plain sentences.

    That a finding is only possible is in its name, see `called`.
    """
    certainty = f"{capital(certainty_words(finding))}." if finding.certain else ""
    parts = [certainty, curve_words(finding)]
    if math.isfinite(finding.pelvis_share) and 0 <= finding.pelvis_share <= 1:
        parts.append(say("card.pelvis", percent=f"{100 * finding.pelvis_share:.0f}"))
    if finding.mechanism != "unclear":
        parts.append(say("card.cause", cause=cause_words(finding.mechanism)))
    return " ".join(part for part in parts if part)


def _load(load: dict[str, float]) -> str:
    """Return the compression at the peak with its range, rounded to what it is worth."""
    ends = [load.get(f"l5s1_compression_{end}", math.nan) for end in ("n", "low_n", "high_n")]
    if not math.isfinite(ends[0]):
        return ""
    return say("card.load", force=kilonewtons(*ends))


def kilonewtons(newtons: float, low: float, high: float) -> str:
    """Return a force with its band as far as an estimate is worth writing.

    Examples
    --------
    >>> kilonewtons(1834.0, 1488.0, 2315.0)
    'about 1.8 kN (1.5 to 2.3)'
    """
    if not math.isfinite(low + high):
        return say("force.about", force=newtons / 1000)
    return say("force.about_band", force=newtons / 1000, low=low / 1000, high=high / 1000)
