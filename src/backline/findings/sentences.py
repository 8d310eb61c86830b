"""Sentences that explain a finding in a coach's words, without verdicts, in the language spoken."""

from __future__ import annotations

from backline.findings.finding import Finding, Kind
from backline.findings.window_means import is_certain_size
from backline.model.posture import ReferenceKind
from backline.reps import Lift, Phase
from backline.settings import Settings
from backline.texts import say

TUCK_DEG = -3.0
"""A pelvis turned back by more than this is called tucked under, degrees."""


def place(where: Phase) -> str:
    """Return a phase as a place in a sentence, such as "at the bottom"."""
    return say(f"place.{where}")


def name_of(kind: Kind, where: Phase, lift: Lift, rep: int = 1) -> str:
    """Return what people call a finding.

    Parameters
    ----------
    kind, where
        Of the finding.
    lift : {"squat", "deadlift"}
        The lift.
    rep : int
        0 where it lies outside every rep, or is over the whole set.

    Examples
    --------
    >>> name_of("rounding", "lockout", "deadlift")
    'opposite butt wink'
    """
    if kind == "rounding" and not rep:
        return say("finding.outside")
    if kind == "rounding" and where == "lockout":
        return say("finding.opposite_butt_wink")
    if kind == "rounding" and where == "bottom" and lift == "squat":
        return say("finding.butt_wink")
    return say(f"finding.{kind}_{where}")


def amount(finding: Finding) -> str:
    """Return a size with its standard deviation, for example ``"9 ± 2 degrees"``."""
    return say("size.degrees", size=finding.size_deg, sd=shown_sd(finding.sd_deg))


def shown_sd(sd_deg: float) -> float:
    """Return a standard deviation as it is written, 1 degree at least.

    "± 0" would claim more than any source shows.
    """
    return max(sd_deg, 1.0)


def measured_from(reference: ReferenceKind) -> str:
    """Return what a size is measured from, as it stands in a sentence."""
    return say(f"from.{reference}")


def explain(
    finding: Finding,
    lift: Lift,
    pelvis_deg: float = float("nan"),
    reps: int = 0,
    reference: ReferenceKind = "quiet_standing",
    turned: bool | None = None,
    settings: Settings | None = None,
) -> str:
    """Return one sentence about a finding.

    Parameters
    ----------
    finding : Finding
        The finding.
    lift : {"squat", "deadlift"}
        The lift.
    pelvis_deg : float
        Pelvic tilt at the peak as change from the standing reference, degrees, NaN unknown.
    reps : int
        Number of reps.
    reference : str
        Kind of the reference that sizes are changes from.
    turned : bool, optional
        Whether a size at the bottom is the turn-back, and not the change from the reference; by
        default as people speak of the lift, a squat's is.
    settings : Settings, optional
        Bounds that the finding was judged by.
    """
    size = amount(finding)
    if finding.kind == "drift":
        return say("explain.drift", reps=reps, place=place(finding.where), size=size)
    values = {"rep": finding.rep, "place": place(finding.where), "size": size}
    if finding.kind == "rounding" and not finding.rep:
        return say(
            "explain.outside", start=finding.start_s, end=finding.end_s, size=size,
            reference=_outside(reference, reps),
        )  # fmt: skip
    if not finding.certain:
        verb = "rounded" if finding.kind == "rounding" else "arched"
        if is_doubted_by_outline(finding, settings or Settings()):
            verb = "outline"
        return say(f"explain.maybe_{verb}", **values)
    top = finding.where == "lockout"
    values["reference"] = _top(reference) if top else measured_from(reference)
    if finding.kind == "over_extension":
        return say("explain.arched", **values)
    case = _case(finding, lift, pelvis_deg, lift == "squat" if turned is None else turned)
    curve = finding.curve if finding.curve in ("reversed", "flattened") else "rounded"
    return say(f"explain.{case}_{curve}", **values)


def _top(reference: ReferenceKind) -> str:
    """Return what a lockout is compared with: the other lockouts, where they are the reference."""
    return say("from.other_reps") if reference == "lockouts" else measured_from(reference)


def is_doubted_by_outline(finding: Finding, settings: Settings) -> bool:
    """Return whether a rounding is uncertain though its size is not: the outline decided."""
    return (
        finding.kind == "rounding"
        and not finding.certain
        and is_certain_size(finding.size_deg, finding.sd_deg, settings)
    )


def _outside(reference: ReferenceKind, reps: int) -> str:
    """Return what a size outside every rep is measured from.

    Without a reference it is the nearest rep's most extended moment, without reps the clip's.
    """
    if reference != "none":
        return measured_from(reference)
    return say("from.nearest_rep" if reps else "from.clip")


def _case(finding: Finding, lift: Lift, pelvis_deg: float, turned: bool) -> str:
    """Return which of the catalogue's sentences a certain rounding gets."""
    if finding.where == "lockout":
        return "tuck" if pelvis_deg <= TUCK_DEG else "lockout"
    if finding.where != "bottom":
        return "way"
    if not turned:
        return "bottom"
    return "wink" if lift == "squat" else "turned"
