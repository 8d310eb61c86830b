"""Plain words for codes: what stood in the way, how to film better, and how sure a size is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from backline import reasons
from backline.findings.finding import Finding
from backline.model.posture import ReferenceKind
from backline.reps import Rep
from backline.texts import known, number, say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis


def reference_name(kind: ReferenceKind) -> str:
    """Return what a reference is called where it stands for itself."""
    return say(f"reference.{kind}")


_SPREAD = re.compile(r"(?<=\d) ± (?=\d)")
_MOMENT = re.compile(r"\bN m\b")


def reason_words(code: str) -> str:
    """Return a short phrase for the code of a frame's or clip's reason.

    An unknown code is written out with spaces; an empty one is "no measurement".
    """
    return reasons.words(code) or say("report.no_measurement")


def filming_advice(codes: Iterable[str]) -> list[str]:
    """Return what to do better next time about the reasons that were met, in their order."""
    return reasons.advice(codes)


def curve_words(finding: Finding) -> str:
    """Return what became of the lumbar curve as a sentence; "" where the source does not say."""
    return "" if finding.curve == "unknown" else say(f"curve.{finding.curve}")


def shape_words(rep: Rep) -> str:
    """Return the shape of the low back's curve at a rep's bottom; "" where no grade was given."""
    if rep.grade is None:
        return ""
    if rep.grade.shape == "unknown":
        return say("shape.unknown")
    percent = f"{100 * rep.grade.probability:.0f}"
    return say("shape.sure", shape=say(f"shape.{rep.grade.shape}"), percent=percent)


def certainty_words(finding: Finding) -> str:
    """Return how sure a finding is, and of what: the size has a spread of its own beside it."""
    percent = min(99, round(100 * finding.probability))
    if not finding.certain:
        return say("card.unsure")
    return say(f"card.sure_{finding.probability_of}", percent=percent)


def called(finding: Finding, name: str | None = None) -> str:
    """Return what a finding is called, and that it is only possible where it is not certain."""
    named = finding.name if name is None else name
    return named if finding.certain else say("first.possible", name=named)


def clock(time_s: float) -> str:
    """Return a time as ``"4.2 s"``, or ``"1:04.2"`` from one minute on."""
    tenths = round(time_s, 1)
    if tenths < 60:
        return f"{number(tenths, '.1f')} s"
    minutes, seconds = divmod(tenths, 60)
    return f"{int(minutes)}:{number(seconds, '04.1f')}"


KG_IN_A_POUND = 0.45359237
"""The international pound (1959)."""


def kilograms(mass_kg: float) -> str:
    """Return a mass as ``"100 kg (220 lb)"``."""
    return say("report.mass", kg=number(mass_kg, "g"), lb=f"{mass_kg / KG_IN_A_POUND:.0f}")


def unbroken(value: Any) -> Any:
    r"""Return a text in which no line breaks within "15 ± 7" and "N m"; other values as they are.

    Examples
    --------
    >>> unbroken("15 ± 7 degrees")
    '15\xa0±\xa07 degrees'
    >>> unbroken("about 50 N m")
    'about 50 N\xa0m'
    """
    plain = isinstance(value, str) and not hasattr(value, "__html__")
    if not plain:
        return value
    return _MOMENT.sub("N\u00a0m", _SPREAD.sub("\u00a0±\u00a0", value))


def cause_words(cause: str) -> str:
    """Return what a cause is called; one that is not known is written out with spaces."""
    key = f"cause_name.{cause}"
    return say(key) if known(key) else cause.replace("_", " ")


def capital(words: str) -> str:
    """Return words as they begin a line: the first letter large, the others as they are."""
    return f"{words[:1].upper()}{words[1:]}"


def file_name(path: str) -> str:
    """Return the last part of a path of any system, as a person knows the file."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or path


def setting(analysis: LiftAnalysis, name: str) -> Any:
    """Return a setting of the result by name, also one level down; None where absent."""
    settings = analysis.settings
    if name in settings:
        return settings[name]
    inner = (part for part in settings.values() if isinstance(part, Mapping) and name in part)
    return next((part[name] for part in inner), None)
