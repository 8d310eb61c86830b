"""Chooses cues for the findings: what to say, what to stop saying, at most two at a time."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from backline.errors import UsageError
from backline.findings.finding import Finding
from backline.reps import Lift
from backline.texts import Language, language
from backline.user_dirs import user_cues_file

Focus = Literal["internal", "external"]
Grade = Literal["published", "coaching", "own"]

AT_ONCE = 2
"""Most cues given at a time: a lifter cannot follow more (coaching practice)."""


@dataclass(frozen=True)
class Cue:
    """One cue.

    Parameters
    ----------
    id : str
        Stable name, as findings carry it.
    say, why : str
        What to say, and why it should help.
    stop_saying, drill : str
        What not to say any more, and an exercise that teaches the difference.
    focus : {"internal", "external"}
        Whether it points at the body or at something outside it.
    lifts, kinds, where, causes : tuple of str
        What it fits; empty fits all.
    grade : {"published", "coaching", "own"}
        How well founded it is; "own" is a user's.
    source, contra : str
        Where it is from, and when not to use it.
    """

    id: str
    say: str
    why: str = ""
    stop_saying: str = ""
    drill: str = ""
    focus: Focus = "external"
    lifts: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    grade: Grade = "own"
    source: str = ""
    contra: str = ""

    def fits(self, finding: Finding, lift: Lift) -> bool:
        """Return whether it answers a finding of that lift."""
        asked = (
            (self.lifts, lift),
            (self.kinds, finding.kind),
            (self.where, finding.where),
            (self.causes, finding.mechanism),
        )
        return all(not allowed or value in allowed for allowed, value in asked)


def cues(own: Path | None = None) -> tuple[Cue, ...]:
    """Return all cues: the user's own first, then those that ship with Backline.

    Parameters
    ----------
    own : Path, optional
        A TOML file like ``cues.toml``; ``cues.toml`` in the user's data folder where left out.
        It may be absent. A cue of the same id takes the place of ours.

    Raises
    ------
    UsageError
        If the user's file cannot be read as cues.
    """
    shipped = resources.files("backline.findings").joinpath("cues.toml").read_text("utf-8")
    file = own or user_cues_file()
    mine = _own_cues(file) if file.exists() else ()
    taken = {cue.id for cue in mine}
    return (*mine, *(cue for cue in _read(shipped, "cues.toml") if cue.id not in taken))


def cue_by_id(name: str) -> Cue | None:
    """Return the cue of an id, or None where there is none (an older or a user's cue)."""
    return next((cue for cue in cues() if cue.id == name), None)


def spoken(cue: Cue) -> tuple[str, str]:
    """Return what a cue says, and what not to say any more, in the language that is spoken.

    A user's own cue, also one that takes the place of ours, is as the user wrote it.
    """
    values = _translations(language()).get(cue.id, {}) if cue.grade != "own" else {}
    return values.get("say", cue.say), values.get("stop_saying", cue.stop_saying)


@cache
def _translations(of: Language) -> dict[str, dict[str, str]]:
    """Return the shipped cues' words in a language, by id; empty for English."""
    if of == "en":
        return {}
    text = resources.files("backline.findings").joinpath(f"cues.{of}.toml").read_text("utf-8")
    return tomllib.loads(text)


def choose(
    findings: tuple[Finding, ...], lift: Lift, known: Sequence[Cue] | None = None
) -> tuple[Finding, ...]:
    """Give each certain finding the cues that answer it; over the whole set at most two.

    The first is the best for the largest finding. Where that leaves others unanswered, the
    second is the one that answers most of their degrees.

    Parameters
    ----------
    findings : tuple of Finding
        With their causes.
    lift : {"squat", "deadlift"}
        Which lift.
    known : sequence of Cue, optional
        Best first; all of `cues` where left out.

    Returns
    -------
    tuple of Finding
        In the same order; uncertain findings and those outside the reps get no cue.
    """
    answered = (f for f in findings if f.certain and not f.outside)
    certain = sorted(answered, key=_importance, reverse=True)
    if not certain:
        return findings
    all_cues = cues() if known is None else known
    chosen: list[Cue] = []
    open_ones = certain
    while open_ones and len(chosen) < AT_ONCE:
        found = _best(open_ones, lift, all_cues, first=not chosen)
        if found is None:
            break
        chosen.append(found)
        open_ones = [f for f in open_ones if not found.fits(f, lift)]
    return tuple(
        replace(f, cues=tuple(cue.id for cue in chosen if cue.fits(f, lift))) if f.certain else f
        for f in findings
    )


def chosen_ids(findings: tuple[Finding, ...]) -> list[str]:
    """Return the ids that the findings carry, most important finding first, each once."""
    order = sorted(findings, key=_importance, reverse=True)
    return list(dict.fromkeys(cue for finding in order for cue in finding.cues))


def _importance(finding: Finding) -> tuple[bool, float]:
    return finding.kind != "over_extension", finding.size_deg


def _best(
    findings: Sequence[Finding], lift: Lift, known: Sequence[Cue], *, first: bool
) -> Cue | None:
    """Return the first that fits the largest finding, or the one that fits most degrees."""
    if first:
        for finding in findings:
            fitting = next((cue for cue in known if cue.fits(finding, lift)), None)
            if fitting is not None:
                return fitting
        return None
    worth = [sum(f.size_deg for f in findings if cue.fits(f, lift)) for cue in known]
    most = max(worth, default=0.0)
    return known[worth.index(most)] if most > 0 else None


def _own_cues(file: Path) -> tuple[Cue, ...]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"your own cues in '{file}' cannot be read ({error}): repair or remove that file."
        ) from error
    return _read(text, str(file))


def _read(text: str, name: str) -> tuple[Cue, ...]:
    try:
        entries = tomllib.loads(text).get("cue", [])
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"'{name}' is no TOML ({error}): repair or remove that file.") from error
    return tuple(_cue(entry, name) for entry in entries)


def _cue(entry: dict[str, Any], name: str) -> Cue:
    unknown = set(entry) - {field.name for field in fields(Cue)}
    if unknown or not entry.get("id") or not entry.get("say"):
        wrong = f"knows no '{min(unknown)}'" if unknown else "needs an id and what to say"
        raise UsageError(
            f"a cue in '{name}' {wrong}: expected the fields that backline cues shows."
        )
    if entry.get("focus", "external") not in get_args(Focus):
        raise UsageError(
            f"the cue '{entry['id']}' in '{name}' has the focus '{entry['focus']}', "
            "expected internal or external."
        )
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    return Cue(**values)
