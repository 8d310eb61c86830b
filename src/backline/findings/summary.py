"""Summary: the headline and short answers of a report."""

from __future__ import annotations

from typing import Any, TypedDict

from backline.findings.finding import Finding
from backline.findings.sentences import PLACES, amount
from backline.reps import REP_PHASES as JUDGED
from backline.reps import Phase, Rep

SHAPE_WORDS = {"kept": "kept", "flattened": "flattened"}
"""What a grade that is no fault is called in the headline."""
MOST_GROUPS = 2
"""Groups of reps that the headline still lists by number; the sentences list all."""


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
    `backline.loads.digest`); ``top_against_bottom`` (see `backline.findings.top_bottom`).
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

    Returns
    -------
    Summary
        Its ``headline``, ``sentences``, ``reps``, ``where``, ``not_measured`` and ``cue``.
    """
    outside = [f for f in findings if f.certain and f.rep == 0 and f.kind != "drift"]
    certain = [f for f in findings if f.certain and f not in outside]
    where: dict[Phase, float] = {}
    for finding in certain:
        if finding.kind == "rounding":
            size = max(where.get(finding.where, 0.0), finding.size_deg)
            where[finding.where] = size
    order = sorted(findings, key=lambda f: (not f.certain, f.kind != "rounding", -f.size_deg))
    return {
        "headline": _with_outside(_headline(certain, reps, not_measured), outside),
        "sentences": [*(f.explanation for f in order), *_gaps(reps, not_measured)],
        "reps": len(reps),
        "where": where,
        "not_measured": [
            {"rep": rep, "phase": phase, "reason": code} for rep, phase, code in not_measured
        ],
        "cue": cue,
    }


def _with_outside(headline: str, outside: list[Finding]) -> str:
    """Add to a headline what was found outside the reps, the largest of it."""
    if not outside:
        return headline
    most = max(outside, key=lambda f: f.size_deg)
    return (
        f"{headline[:-1]}; outside the reps it was rounded past flat at {most.peak_s:.1f} s, "
        f"{amount(most)}."
    )


def _headline(
    certain: list[Finding], reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]
) -> str:
    """Return one sentence for the whole set."""
    if not reps:
        return "No rep was found."
    total = _count(len(reps))
    roundings = [f for f in certain if f.kind == "rounding"]
    if roundings:
        return f"The low back rounded {_places(roundings, len(reps))}."
    others = [f for f in certain if f.kind != "rounding"]
    if others:
        worst = max(others, key=lambda f: f.size_deg)
        if worst.kind == "drift":
            return worst.explanation
        but = _but_not(reps, missing)
        if len(reps) == 1:
            return (
                f"The low back arched {PLACES[worst.where]}, {amount(worst)}; "
                f"no rounding was found{but}."
            )
        times = len({f.rep for f in others if f.where == worst.where})
        return (
            f"The low back arched {PLACES[worst.where]} in {times} of {total}, "
            f"by up to {amount(worst)}; no rounding was found{but}."
        )
    if _nothing_measured(reps, missing):
        return f"The low back could not be measured in {total}."
    shape = _shapes(reps)
    never = [phase for phase in JUDGED if _in_every_rep(phase, reps, missing)]
    seen = [PLACES[p] for p in JUDGED if p not in never and any(p in r.phases for r in reps)]
    where = f" {_listed(seen, 'or')}" if never and seen else ""
    return f"No rounding was found{where} in {total}{_but_not(reps, missing)}{shape}."


def _shapes(reps: tuple[Rep, ...]) -> str:
    """Return how the curve was held at the bottom, as the end of a sentence; "" where unknown."""
    shapes = [rep.grade.shape for rep in reps if rep.grade is not None]
    known = [shape for shape in shapes if shape in SHAPE_WORDS]
    if not known:
        return ""
    parts = []
    for shape in dict.fromkeys(known):
        times = known.count(shape)
        often = "" if times == len(reps) else f" in {times} of {_count(len(reps))}"
        parts.append(f"{SHAPE_WORDS[shape]}{often}")
    return f"; at the bottom its curve was {_listed(parts, 'and')}"


def _but_not(reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]) -> str:
    """Return the end of "no rounding was found": where it could not have been; else ``""``."""
    if not missing:
        return ""
    groups = _groups(missing)
    if len(groups) > MOST_GROUPS:
        gone = {phase for _, phase, _ in missing}
        where = f"{_listed([PLACES[p] for p in JUDGED if p in gone], 'or')} in some reps"
    else:
        # what no rep shows comes first, and needs no numbers
        ordered = sorted(groups.items(), key=lambda group: len(group[0]) != len(reps))
        where = ", nor ".join(
            _listed(places, "or")
            + ("" if len(numbers) == len(reps) else f" in {_which(numbers, reps)}")
            for numbers, places in ordered
        )
    return f", but the low back could not be measured {where}"


def _places(roundings: list[Finding], reps: int) -> str:
    """Say where it rounded, how often and by how much; the largest first."""
    worst: dict[Phase, Finding] = {}
    past = {f.where for f in roundings}
    past -= {f.where for f in roundings if f.curve != "reversed"}
    for finding in sorted(roundings, key=lambda f: -f.size_deg):
        worst.setdefault(finding.where, finding)
    if reps == 1:
        return ", and ".join(
            f"{_past(at, past)}{PLACES[at]}, {amount(most)}" for at, most in worst.items()
        )
    parts = [
        f"{_past(at, past)}{PLACES[at]} in {len({f.rep for f in roundings if f.where == at})} of "
        f"{_count(reps)} ({_some_past(at, roundings, past)}most in rep {most.rep}: {amount(most)})"
        for at, most in worst.items()
    ]
    return _listed(parts, "and")


def _some_past(where: Phase, roundings: list[Finding], past: set[Phase]) -> str:
    """Return in how many of the reps the curve was rounded past flat, where it was not in all."""
    times = len({f.rep for f in roundings if f.where == where and f.curve == "reversed"})
    return f"past flat in {times}, " if times and where not in past else ""


def _past(where: Phase, past: set[Phase]) -> str:
    """Return the grade's word before a place in which every one was rounded past flat."""
    return "past flat " if where in past else ""


def _in_every_rep(
    phase: Phase, reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]
) -> bool:
    """Return whether a phase was measured in no rep, though there is one that has it."""
    having = {rep.index for rep in reps if phase in rep.phases}
    return bool(having) and having <= {rep for rep, where, _ in missing if where == phase}


def _nothing_measured(reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]) -> bool:
    """Return whether no phase of any rep was measured."""
    hidden = {(rep, phase) for rep, phase, _ in missing}
    return len(hidden) >= sum(len(rep.phases) for rep in reps)


def _gaps(reps: tuple[Rep, ...], missing: list[tuple[int, Phase, str]]) -> list[str]:
    """Return a sentence for each group of reps that were not measured in the same places."""
    if _nothing_measured(reps, missing):
        return []  # the headline says it
    return [
        f"The low back could not be measured {_listed(where, 'or')} in {_which(numbers, reps)}."
        for numbers, where in _groups(missing).items()
    ]


def _groups(missing: list[tuple[int, Phase, str]]) -> dict[tuple[int, ...], list[str]]:
    """Return the places that were not measured, by the reps that lack them."""
    places: dict[tuple[int, ...], list[str]] = {}
    for phase in dict.fromkeys(phase for _, phase, _ in missing):
        numbers = sorted({rep for rep, where, _ in missing if where == phase})
        places.setdefault(tuple(numbers), []).append(PLACES[phase])
    return places


def _which(numbers: tuple[int, ...], reps: tuple[Rep, ...]) -> str:
    """Return reps by their numbers, as a person says it."""
    if len(numbers) == len(reps):
        return "any rep" if len(reps) > 1 else "the rep"
    return ("rep " if len(numbers) == 1 else "reps ") + _listed([str(n) for n in numbers], "and")


def _listed(words: list[str], last: str) -> str:
    """Join words with commas, the last one with "and" or "or"."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _count(reps: int) -> str:
    """Return a number of reps in words."""
    return "1 rep" if reps == 1 else f"{reps} reps"
