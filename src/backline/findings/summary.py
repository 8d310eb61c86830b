"""Summary: the headline and short answers of a report."""

from __future__ import annotations

from typing import Any, TypedDict

from backline.findings.finding import Finding
from backline.findings.sentences import amount, place
from backline.reps import REP_PHASES as JUDGED
from backline.reps import Phase, Rep
from backline.settings import Settings
from backline.texts import listed, say

NO_FAULT = ("kept", "flattened")
"""Grades that are no fault, which the headline names."""
MANY_PLACES = 3
"""From so many places on the headline gives the largest one's size alone: with three sizes it took
six lines on a screen and eight on a phone."""


ALIKE_DEG = 2.0
"""Sizes that differ by less than this are called alike, degrees: below what one rep's size is
known to."""


class Gap(TypedDict):
    """A phase of a rep that was not measured, and the code of the reason."""

    rep: int
    phase: Phase
    reason: str


class Summary(TypedDict, total=False):
    """The short answers, as ``analysis.json`` holds them.

    ``headline``; ``sentences``, most important first; ``reps``, their count; ``where``, phase to
    the largest certain rounding, degrees; ``not_measured``; ``cue``, the one that was given;
    ``cues``, ids of at most two to try; ``mechanisms``, one a finding (see
    `backline.findings.mechanism.Mechanism.to_dict`); ``load``, ``load_notes`` and ``glutes`` (see
    `backline.loads.load_summary`); ``top_against_bottom`` (see `backline.findings.top_bottom`).
    """

    headline: str
    sentences: list[str]
    reps: int
    where: dict[Phase, float]
    not_measured: list[Gap]
    cue: str | None
    cues: list[str]
    mechanisms: list[dict[str, Any]]
    load: dict[str, Any]
    load_notes: list[str]
    glutes: dict[str, Any]
    top_against_bottom: dict[str, Any] | None


def summarise(
    findings: tuple[Finding, ...],
    reps: tuple[Rep, ...],
    not_measured: list[tuple[int, Phase, str]],
    cue: str | None = None,
    settings: Settings | None = None,
) -> Summary:
    """Return the short answers on where it rounded.

    Parameters
    ----------
    findings : tuple of Finding
        What was found.
    reps : tuple of Rep
        The reps.
    not_measured : list of (int, str, str)
        From `backline.findings.not_measured`.
    cue : str, optional
        The cue that the lifter was given.
    settings : Settings, optional
        Bounds that the findings were judged by.

    Returns
    -------
    Summary
        Its ``headline``, ``sentences``, ``reps``, ``where``, ``not_measured`` and ``cue``.
    """
    where: dict[Phase, float] = {}
    for finding in _certain(findings):
        if finding.kind == "rounding":
            size = max(where.get(finding.where, 0.0), finding.size_deg)
            where[finding.where] = size
    order = sorted(
        findings, key=lambda f: (f.outside, not f.certain, f.kind != "rounding", -f.size_deg)
    )
    return {
        "headline": _headline_of(findings, reps, not_measured, settings or Settings()),
        "sentences": [*(f.explanation for f in order), *_gaps(reps, not_measured)],
        "reps": len(reps),
        "where": where,
        "not_measured": [
            {"rep": rep, "phase": phase, "reason": code} for rep, phase, code in not_measured
        ],
        "cue": cue,
    }


def _certain(findings: tuple[Finding, ...]) -> list[Finding]:
    """Return the certain findings of the reps and of the whole set."""
    return [f for f in findings if f.certain and not f.outside]


def _headline_of(
    findings: tuple[Finding, ...],
    reps: tuple[Rep, ...],
    missing: list[tuple[int, Phase, str]],
    settings: Settings,
) -> str:
    """Return the headline: what is certain in the reps; then what is possible there.

    What lies outside the reps (a bar put down, a phone reached for) is in it only without reps.
    """
    certain = _certain(findings)
    outside = [] if reps else [f for f in findings if f.certain and f.outside]
    possible = [f for f in findings if not f.certain and f.kind == "rounding" and f.rep]
    if any(f.kind != "over_extension" for f in certain):
        possible = []
    if any(f.size_deg >= settings.report_from_deg for f in possible):
        unclear = say("headline.unclear", places=_possible(possible, reps, missing))
        return " ".join([unclear, *_arched_also(certain)])
    headline = _headline(certain, reps, missing, bool(outside or possible))
    if possible:
        places = _possible(possible, reps, missing)
        return say("headline.possible", headline=headline, places=places)
    if outside:
        most = max(outside, key=lambda f: f.size_deg)
        return say("headline.with_outside", headline=headline, time=most.peak_s, size=amount(most))
    return headline


def _arched_also(arches: list[Finding]) -> list[str]:
    """Return the sentence on what arched beside a rounding that is only possible."""
    if not arches:
        return []
    worst = max(arches, key=lambda f: f.size_deg)
    return [say("headline.arched_also", place=place(worst.where), size=amount(worst))]


def _possible(
    possible: list[Finding], reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]
) -> str:
    """Say where a rounding is possible, and in how many reps."""
    places = dict.fromkeys(f.where for f in sorted(possible, key=lambda f: -f.size_deg))
    if len(reps) == 1:
        return listed([place(at) for at in places], "and")
    return listed(
        [
            say(
                "headline.possible_in", place=place(at), all=_of_all(at, reps, missing),
                times=len({f.rep for f in possible if f.where == at}),
            )
            for at in places
        ],
        "and",
    )  # fmt: skip


def _of_all(at: Phase, reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]) -> str:
    """Return of how many reps a count is: of those in which the place was measured."""
    unseen = {rep for rep, phase, _ in missing if phase == at}
    unseen |= {rep.index for rep in reps if at not in rep.phases}
    measured = sum(rep.index not in unseen for rep in reps)
    if not 0 < measured < len(reps):
        return say("headline.all", count=len(reps))
    return say("headline.all_measured", count=measured)


def _headline(
    certain: list[Finding],
    reps: tuple[Rep, ...],
    missing: list[tuple[int, Phase, str]],
    more: bool,
) -> str:
    """Return one sentence for the whole set; a shorter one where more is to follow."""
    if not reps:
        return say("headline.no_rep")
    roundings = [f for f in certain if f.kind == "rounding"]
    if roundings:
        return say("headline.rounded", places=_places(roundings, reps, missing))
    others = [f for f in certain if f.kind != "rounding"]
    if others:
        return _arched(others, reps, missing)
    if _nothing_measured(reps, missing):
        return say("headline.nothing_measured", count=len(reps))
    return _nothing_found(reps, missing, "" if more else _shapes(reps, missing))


def _arched(
    others: list[Finding], reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]
) -> str:
    """Return the headline of a set that drifted or arched, and did not round."""
    worst = max(others, key=lambda f: (f.kind == "drift", f.size_deg))
    if worst.kind == "drift":
        return worst.explanation
    values = {
        "place": place(worst.where),
        "size": amount(worst),
        "missing": _missing(reps, missing),
    }
    but = "_but" if missing else ""
    if len(reps) == 1:
        return say(f"headline.arched_once{but}", **values)
    times = len({f.rep for f in others if f.where == worst.where})
    return say(
        f"headline.arched{but}", times=times, all=_of_all(worst.where, reps, missing), **values
    )


def _nothing_found(
    reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]], shapes: str
) -> str:
    """Return the headline of a set without findings."""
    parts = ("but" if missing else "", "shape" if shapes else "")
    return say(
        "_".join(("headline.none", *filter(None, parts))), count=len(reps),
        missing=_missing(reps, missing), shapes=shapes,
    )  # fmt: skip


def _shapes(reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]) -> str:
    """Return how the curve was held at the bottom, as a list; "" where unknown."""
    shapes = [rep.grade.shape for rep in reps if rep.grade is not None]
    known = [shape for shape in shapes if shape in NO_FAULT]
    parts = []
    for shape in dict.fromkeys(known):
        times, some = known.count(shape), known.count(shape) != len(reps)
        key = f"headline.{shape}_in" if some else f"headline.{shape}"
        parts.append(say(key, times=times, all=_of_all("bottom", reps, missing)))
    return listed(parts, "and")


def _missing(reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]) -> str:
    """Return where the low back could not be measured, as a place in a sentence."""
    groups = _groups(missing)
    # what no rep shows comes first, and needs no numbers
    everywhere = groups.pop(tuple(rep.index for rep in reps), [])
    parts = [listed(everywhere, "or")] if everywhere else []
    if len(groups) == 1:
        ((numbers, places),) = groups.items()
        parts.append(say("gap.reps", places=listed(places, "or"), **_numbered(numbers)))
    elif groups:
        some = {where for places in groups.values() for where in places}
        ordered = [where for where in map(place, JUDGED) if where in some]
        parts.append(say("gap.some_reps", places=listed(ordered, "or")))
    return listed(parts, "nor")


def _places(
    roundings: list[Finding], reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]
) -> str:
    """Say where it rounded, how often and by how much; the largest first.

    Of three places and more in a set the others are named without their sizes, so that the sentence
    stays readable.
    """
    worst: dict[Phase, Finding] = {}
    past = {f.where for f in roundings}
    past -= {f.where for f in roundings if f.curve != "reversed"}
    for finding in sorted(roundings, key=lambda f: -f.size_deg):
        worst.setdefault(finding.where, finding)
    parts = []
    for at, most in worst.items():
        values = {"place": place(at), "size": amount(most)}
        if len(reps) == 1:
            parts.append(say(f"headline.one_rep{'_past' if at in past else ''}", **values))
            continue
        times = len({f.rep for f in roundings if f.where == at})
        if parts and len(worst) >= MANY_PLACES:
            parts.append(say("headline.also_place", times=times, **values))
            continue
        some = len({f.rep for f in roundings if f.where == at and f.curve == "reversed"})
        case = "_past" if at in past else "_some_past" if some else ""
        parts.append(
            say(
                f"headline.reps{case}", times=times, past=some, place=place(at),
                all=_of_all(at, reps, missing),
                most=_most([f for f in roundings if f.where == at]),
            )
        )  # fmt: skip
    if len(reps) == 1:
        return say("headline.one_rep_between").join(parts)
    if len(parts) >= MANY_PLACES:
        return say("headline.also", first=parts[0], others=listed(parts[1:], "and"))
    return listed(parts, "and")


def _most(roundings: list[Finding]) -> str:
    """Say how large the roundings of one place are: the largest, or that all are alike."""
    most = max(roundings, key=lambda f: f.size_deg)
    values = {"rep": most.rep, "size": amount(most)}
    if len({f.rep for f in roundings}) == 1:
        return say("headline.only", **values)
    alike = most.size_deg - min(f.size_deg for f in roundings) < ALIKE_DEG
    return say("headline.alike" if alike else "headline.most", **values)


def _nothing_measured(reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]) -> bool:
    """Return whether no phase of any rep was measured."""
    hidden = {(rep, phase) for rep, phase, _ in missing}
    return len(hidden) >= sum(len(rep.phases) for rep in reps)


def _gaps(reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]) -> list[str]:
    """Return a sentence for each group of reps that were not measured in the same places."""
    if _nothing_measured(reps, missing):
        return []  # the headline says it
    whole = "gap.any_rep" if len(reps) > 1 else "gap.the_rep"
    sentences = []
    for numbers, places in _groups(missing).items():
        key = whole if len(numbers) == len(reps) else "gap.says"
        sentences.append(say(key, places=listed(places, "or"), **_numbered(numbers)))
    return sentences


def _groups(missing: list[tuple[int, Phase, str]]) -> dict[tuple[int, ...], list[str]]:
    """Return the places that were not measured, by the reps that lack them."""
    places: dict[tuple[int, ...], list[str]] = {}
    for phase in dict.fromkeys(phase for _, phase, _ in missing):
        numbers = sorted({rep for rep, where, _ in missing if where == phase})
        places.setdefault(tuple(numbers), []).append(place(phase))
    return places


def _numbered(numbers: tuple[int, ...]) -> dict[str, Any]:
    """Return reps by their numbers, and how many they are, as the catalogue's places take them."""
    return {"reps": listed([str(n) for n in numbers], "and"), "count": len(numbers)}
