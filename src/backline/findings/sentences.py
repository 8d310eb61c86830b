"""Sentences that explain a finding in a coach's words, without verdicts."""

from __future__ import annotations

from backline.findings.finding import Finding, Kind
from backline.model.posture import ReferenceKind
from backline.reps import Lift, Phase

PLACES: dict[Phase, str] = {
    "standing": "while standing",
    "unrack": "while taking the bar out",
    "descent": "on the way down",
    "bottom": "at the bottom",
    "ascent": "on the way up",
    "lockout": "at the top",
}
TUCK_DEG = -3.0
"""A pelvis turned back by more than this is called tucked under, degrees."""


def name_of(kind: Kind, where: Phase, lift: Lift) -> str:
    """Return what people call a finding.

    Examples
    --------
    >>> name_of("rounding", "lockout", "deadlift")
    'opposite butt wink'
    """
    place = {"descent": "in the descent", "ascent": "in the ascent", "lockout": "at the top"}.get(
        where, PLACES[where]
    )
    if kind == "rounding" and where == "lockout":
        return "opposite butt wink"
    if kind == "rounding" and where == "bottom" and lift == "squat":
        return "butt wink"
    noun = {"rounding": "rounding", "over_extension": "over-arching", "drift": "drift"}[kind]
    return f"{noun} {place}"


def amount(finding: Finding) -> str:
    """Return a size with its standard deviation, for example ``"9 ± 2 degrees"``."""
    return f"{finding.size_deg:.0f} ± {max(finding.sd_deg, 1.0):.0f} degrees"


FROM: dict[ReferenceKind, str] = {
    "quiet_standing": "your quiet standing",
    "given": "the reference that was given",
    "record": "your earlier standing",
    "lockouts": "the top of your reps",
    "none": "the most extended moment of the rep",
}
"""What a size is measured from, as it stands in a sentence."""


def explain(
    finding: Finding,
    lift: Lift,
    pelvis_deg: float = float("nan"),
    reps: int = 0,
    reference: ReferenceKind = "quiet_standing",
    turned: bool | None = None,
) -> str:
    """Return one sentence about a finding.

    Parameters
    ----------
    finding : Finding
        The finding.
    lift : {"squat", "deadlift"}
        The lift.
    pelvis_deg : float
        Pelvic tilt at the peak as change from own standing, degrees, NaN unknown.
    reps : int
        Number of reps, for drift.
    reference : str
        Kind of the reference that sizes are changes from.
    turned : bool, optional
        Whether a size at the bottom is the turn-back, and not the change from the reference; by
        default as people speak of the lift, a squat's is.
    """
    if finding.kind == "drift":
        return _drift(finding, reps)
    if not finding.certain:
        return _uncertain(finding)
    if finding.kind == "over_extension":
        return (
            f"Rep {finding.rep}: {PLACES[finding.where]} the low back arched {amount(finding)} "
            f"beyond {_top(reference) if finding.where == 'lockout' else FROM[reference]}."
        )
    turned = lift == "squat" if turned is None else turned
    return _rounding(finding, lift, pelvis_deg, reference, turned)


def _top(reference: ReferenceKind) -> str:
    """Return what a lockout is compared with: the other lockouts, where they are the reference."""
    return "your other reps" if reference == "lockouts" else FROM[reference]


def _rounding(
    finding: Finding, lift: Lift, pelvis_deg: float, reference: ReferenceKind, turned: bool
) -> str:
    """Return the sentence of a certain rounding."""
    place, size = PLACES[finding.where], amount(finding)
    bend = {
        "reversed": "rounded past flat",
        "flattened": "rounded until its curve was mostly gone",
    }.get(finding.curve, "rounded")
    if finding.where == "lockout":
        tuck = "your pelvis tucked under and " if pelvis_deg <= TUCK_DEG else ""
        return (
            f"Rep {finding.rep}: {place} {tuck}the low back {bend}, {size} from {_top(reference)}."
        )
    if finding.where == "bottom" and lift == "squat":
        return (
            f"Rep {finding.rep}: {place} the pelvis turned back under you and the low back "
            f"{bend}, {size} from its most arched point on the way down, as far as that can be "
            "told."
        )
    if finding.where == "bottom":
        start = "its most arched point in the rep" if turned else FROM[reference]
        return f"Rep {finding.rep}: {place} the low back {bend}, {size} from {start}."
    return (
        f"Rep {finding.rep}: {place} the low back {bend}, {size} more than just before and after."
    )


def _uncertain(finding: Finding) -> str:
    """Return the sentence of an uncertain finding."""
    verb = "rounded" if finding.kind == "rounding" else "arched"
    return (
        f"Rep {finding.rep}: {PLACES[finding.where]} the low back may have {verb} a little, "
        f"{amount(finding)}; that is close to the limit of what this recording can show."
    )


def _drift(finding: Finding, reps: int) -> str:
    """Return the sentence of a drift."""
    return (
        f"Over the set of {reps} reps the rounding {PLACES[finding.where]} grew by "
        f"{amount(finding)} from the first rep to the last."
    )
