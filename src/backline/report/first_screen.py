"""The first screen of a report: what was found, how large against what is usual, how sure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backline.findings.metrics import is_turn_back
from backline.findings.sentences import is_doubted_by_outline, shown_sd
from backline.findings.shape_grade import bulge_at, bulge_in
from backline.reasons import advice, catalogue, rank
from backline.report.findings_view import cue_words
from backline.report.stills import leading
from backline.report.words import called, capital, clock, setting
from backline.settings import Settings, recorded_bounds
from backline.texts import say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis
    from backline.findings.finding import Finding

USUAL_TOP_DEG = 2.0
"""Trained lifters stand at the top within this of their standing posture, degrees: arithmetic on 24
deadlifters at 70 % of their maximum (Bengtsson 2022)."""
USUAL_BEND_DEG = (13.0, 33.0)
"""Bend of the low back from standing to the bottom in trained lifters, degrees: group means from
12.9 (back squat, women; McKean 2010) to 33 (deadlift; Bengtsson 2022)."""
REACH_DEG, REACH_TOP_DEG = 40.0, 20.0
"""The scale reaches this far, at the top and elsewhere the same for every clip, degrees; further
for a larger size."""
MOST_REASONS = 2
"""Limits of the clip that are shown next to the headline; the others stand under More."""
_NAMED_BY_REFERENCE = ("reference_lockouts", "reference_none")
_BENT_FROM = ("quiet_standing", "given", "record")


@dataclass(frozen=True)
class Scale:
    """The size of the leading finding on a scale: all places in percent of its width.

    Parameters
    ----------
    at, low, high : float
        The size, and one standard deviation to both sides.
    usual : float
        Up to here a size is usual or cannot be distinguished from none.
    end : str
        Words under the scale's right end.
    mark : str
        Words under the left end: what is usual, or too small to measure.
    """

    at: float
    low: float
    high: float
    usual: float
    end: str
    mark: str


@dataclass(frozen=True)
class FirstScreen:
    """What a reader sees first; every field is plain text for people.

    Parameters
    ----------
    lead : int or None
        Index of the finding that the page opens on.
    name, size, where : str
        What it is called, its size with one standard deviation, its rep and place.
    scale : Scale or None
        Its size against what is usual.
    usual : list of str
        The same in words.
    cue : str
        What to say.
    unsure : bool
        Whether the leading finding is only possible.
    advice : str
        Where there is no cue: how to film next time for a clearer answer.
    second : (str, str) or None
        Another fault that this cue does not answer, and the cue for that one.
    trust : list of str
        How far to trust it.
    open_s : float
        The moment that the player shows first, seconds.
    chips : list of (int, str)
        Index and name of every finding, in the order of the reps and of time; those of the whole
        set last.
    """

    lead: int | None
    name: str
    size: str
    where: str
    scale: Scale | None
    usual: list[str]
    cue: str
    trust: list[str]
    open_s: float
    chips: list[tuple[int, str]]
    second: tuple[str, str] | None = None
    unsure: bool = False
    advice: str = ""


def first_screen(analysis: LiftAnalysis, limits: list[str]) -> FirstScreen:
    """Return what the first screen shows.

    Parameters
    ----------
    analysis : Analysis
        A result that was measured.
    limits : list of str
        Sentences about what could not be measured, which stand beside the headline.
    """
    lead = leading(analysis)
    trust = [*_sure(analysis, lead), *_covered(analysis), *_trimmed(analysis)]
    trust += [*limits, _compared(analysis)]
    trust += _limits(analysis)
    if lead is None:
        start_s = _no_finding_s(analysis)
        return FirstScreen(
            None, "", "", "", None, [], "", trust, start_s, [], advice=_next(analysis)
        )
    finding = analysis.findings[lead]
    answered = finding.cues and not finding.outside
    cue = cue_words(finding.cues[0])[0] if answered else ""
    return FirstScreen(
        lead=lead,
        name=_name(finding),
        size=_size(finding),
        where=f"{_where(finding)} · {_surely(finding)}",
        scale=_scale(finding, recorded_bounds(analysis.settings)),
        usual=_usual(analysis, finding),
        cue=cue,
        trust=trust,
        open_s=finding.peak_s,
        chips=_chips(analysis.findings),
        second=_second(analysis.findings, finding),
        unsure=not finding.certain,
        advice="" if cue else _next(analysis),
    )


def _next(analysis: LiftAnalysis) -> str:
    """Return how to film next time, for the first of the clip's limits that has advice."""
    codes = [r.code for r in analysis.quality.reasons if r.code in catalogue()]
    return next(iter(advice(sorted(codes, key=rank))), "")


def _chips(findings: tuple[Finding, ...]) -> list[tuple[int, str]]:
    """Return index and short name of every finding in the order in which they happened."""

    def place(index: int) -> tuple[bool, float]:
        return findings[index].kind == "drift", findings[index].peak_s

    return [(index, _short(findings[index])) for index in sorted(range(len(findings)), key=place)]


def _second(findings: tuple[Finding, ...], lead: Finding) -> tuple[str, str] | None:
    """Return the largest fault that the leading one's cue does not answer, and its cue."""
    other = [f for f in findings if f.cues and lead.cues and lead.cues[0] not in f.cues]
    other = [f for f in other if not f.outside]
    if not other:
        return None
    largest = max(other, key=lambda one: (one.kind != "over_extension", one.size_deg))
    return _plain_name(largest), cue_words(largest.cues[0])[0]


def _no_finding_s(analysis: LiftAnalysis) -> float:
    """Return the first rep's bottom, where a reader looks first when nothing was found."""
    posture = analysis.posture
    bottoms = [
        r.bottom_s for r in analysis.reps if posture.measurable[posture.index_at(r.bottom_s)]
    ]
    start = float(posture.time_s[0]) if len(posture) else 0.0
    return next((float(one) for one in bottoms if math.isfinite(one)), start)


def _size(finding: Finding) -> str:
    spread = f" ± {shown_sd(finding.sd_deg):.0f}" if math.isfinite(finding.sd_deg) else ""
    return f"{finding.size_deg:.0f}{spread}°"


def _name(finding: Finding) -> str:
    """Return a finding's name; a tuck at the top is said before its nickname is."""
    if finding.where == "lockout" and finding.kind == "rounding":
        return say("first.tuck", name=finding.name)
    return capital(finding.name)


def _plain_name(finding: Finding) -> str:
    """Return what happened in plain words, for a line that has no room for the nickname."""
    if finding.where == "lockout" and finding.kind == "rounding":
        return say("first.tuck_short")
    return finding.name


def _surely(finding: Finding) -> str:
    """Return in two words how sure a finding is."""
    if not finding.certain:
        return say("first.unsure_short")
    about = "sure" if finding.probability_of == "size" else finding.probability_of
    return say(f"first.{about}_short", percent=_percent(finding))


def _percent(finding: Finding) -> int:
    return min(99, round(100 * finding.probability))


def _where(finding: Finding) -> str:
    place = say(f"place.{finding.where}")
    if not finding.rep:
        key = "first.whole_set" if finding.kind == "drift" else "first.outside"
        return say(key, place=place, time=clock(finding.peak_s))
    return say("first.where", rep=finding.rep, place=place, time=clock(finding.peak_s))


def _short(finding: Finding) -> str:
    key = "first.other" if finding.rep else "first.other_set"
    if not finding.rep and finding.kind != "drift":
        key = "first.other_outside"
    name = called(finding, _plain_name(finding))
    return capital(say(key, rep=finding.rep, name=name, size=f"{finding.size_deg:.0f}°"))


def _scale(finding: Finding, bounds: Settings) -> Scale:
    sd = finding.sd_deg if math.isfinite(finding.sd_deg) else 0.0
    top = finding.where == "lockout"
    reach = max(REACH_TOP_DEG if top else REACH_DEG, finding.size_deg + 1.5 * sd)
    usual = USUAL_TOP_DEG if top else bounds.uncertain_from_deg

    def at(degrees: float) -> float:
        return round(100 * min(1.0, max(0.0, degrees / reach)), 1)

    return Scale(
        at=at(finding.size_deg),
        low=at(finding.size_deg - sd),
        high=at(finding.size_deg + sd),
        usual=at(usual),
        end=f"{reach:.0f}°",
        mark=say("first.usual_mark" if top else "first.unsure_mark", mark=f"{usual:.0f}"),
    )


def _usual(analysis: LiftAnalysis, finding: Finding) -> list[str]:
    """Say what is usual there, and where nobody has published it say that."""
    if finding.kind == "drift":
        return [say("first.usual_drift")]
    if finding.where == "lockout":
        return [say("first.usual_top", most=f"{USUAL_TOP_DEG:.0f}")]
    posture = analysis.posture
    turned = (finding.kind, finding.where) == ("rounding", "bottom")
    turned &= any(is_turn_back(rep) for rep in analysis.reps if rep.index == finding.rep)
    lines = [say("first.from_arched")] if turned else []
    flexion = float(posture.lumbar_flexion_deg[posture.index_at(finding.peak_s)])
    bent = finding.where == "bottom" and posture.reference.kind in _BENT_FROM
    bent = bent and finding.kind == "rounding" and flexion > 0  # False where it is not known
    if not (bent and finding.rep):
        return [*lines, say("first.usual_none")]
    low, high = USUAL_BEND_DEG
    if not turned:
        return [say("first.usual_bend", low=f"{low:.0f}", high=f"{high:.0f}")]
    case = "less" if flexion < low else "more" if flexion > high else "within"
    values = {"bend": f"{flexion:.0f}", "low": f"{low:.0f}", "high": f"{high:.0f}"}
    return [*lines, say(f"first.usual_bend_{case}", **values)]


def _sure(analysis: LiftAnalysis, lead: int | None) -> list[str]:
    """Say how sure the finding is, and how far off its size may be."""
    if lead is None:
        return []
    finding = analysis.findings[lead]
    if not finding.certain:
        return [_unsure(analysis, finding)]
    sure = say(f"first.sure_{finding.probability_of}", percent=_percent(finding))
    if not math.isfinite(finding.sd_deg):
        return [sure]
    size, sd = round(finding.size_deg), round(shown_sd(finding.sd_deg))  # as they are written
    return [f"{sure} {say('first.spread', low=str(max(0, size - sd)), high=str(size + sd))}"]


def _unsure(analysis: LiftAnalysis, finding: Finding) -> str:
    """Return why a finding is only possible: its size, or what the outline shows there."""
    posture, bounds = analysis.posture, recorded_bounds(analysis.settings)
    if not is_doubted_by_outline(finding, bounds) or not np.isfinite(posture.back_bulge).any():
        return say("first.unsure")
    rep = next((rep for rep in analysis.reps if rep.index == finding.rep), None)
    if finding.where == "bottom" and rep is not None:
        bulge = bulge_in(posture, rep, "bottom")
    else:
        bulge = bulge_at(posture, finding.peak_s, bounds)
    return say("first.unsure_flat" if math.isfinite(bulge) else "first.unsure_hidden")


def _covered(analysis: LiftAnalysis) -> list[str]:
    share = round(100 * analysis.quality.measurable_fraction)
    return [say("first.covered_all") if share >= 100 else say("first.covered", percent=share)]


def _trimmed(analysis: LiftAnalysis) -> list[str]:
    """Say where a person trimmed the clip."""
    start, end = (setting(analysis, f"trimmed_{edge}_s") for edge in ("from", "to"))
    if start is None or end is None:
        return []
    return [say("first.trimmed", start=clock(start).removesuffix(" s"), end=clock(end))]


def _compared(analysis: LiftAnalysis) -> str:
    """Say what sizes are compared with."""
    reference, standing = analysis.posture.reference, analysis.posture.standing
    if standing.elsewhere:
        return say("reference.elsewhere")
    if reference.kind in ("quiet_standing", "given") and reference.spans:
        start, end = clock(reference.start_s).removesuffix(" s"), clock(reference.end_s)
        return say(f"reference.{reference.kind}_at", start=start, end=end)
    return say(f"reference.{reference.kind}_says")


def _limits(analysis: LiftAnalysis) -> list[str]:
    """Return the clip's limits, without those that the name of the reference already says."""
    limits = sorted(analysis.quality.reasons, key=lambda one: one.code != "drawn_by_hand")
    reasons = [r.text for r in limits if r.code not in _NAMED_BY_REFERENCE]
    return reasons[:MOST_REASONS]
