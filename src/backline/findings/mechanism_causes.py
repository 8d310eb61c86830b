"""Probabilities of named causes from the motion of pelvis, thigh and thorax.

Each cause requires a few signs. A sign's support is the probability, under its own measurement
error, that the sign holds; a cause's weight is the product of its signs' supports, and "unclear"
has a fixed weight of its own. So weak or contradicting signs make a cause unclear, not wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backline.findings.mechanism_motion import EventMotion, Number
from backline.findings.sentences import shown_sd
from backline.texts import say

Cause = Literal[
    "glute_tuck",
    "hip_end_range",
    "loss_of_trunk_extension",
    "fatigue",
    "set_up",
    "unclear",
]

UNCLEAR_WEIGHT = 0.3
"""Weight of "unclear" beside causes whose weights go up to 1."""
NAMED_FROM = 0.58
"""A cause is named from this probability on (lower, equal parts of pelvis and thorax would get a
name too often)."""
MOST = 2 / 3
"""Two thirds of a rounding make it the pelvis's, or the thorax's; between, it is neither's."""
STILL_SHARE = 1.0  # of the rounding, see below
STILL_LEAST_DEG = 6.0
"""The thigh has all but stopped where it turns by less than this share of the rounding (the pelvis
then made the larger part of the hip's change), and in any case by less than 6 degrees
(judgement: three standard deviations of its direction)."""
EXTENDED_DEG = 25.0
"""Hip flexion above standing below which the hip is near extension, degrees (the last part of the
way up, after the sticking region)."""
END_DEG = 70.0
"""Hip flexion above standing from which its end range may begin, degrees (judgement: squats reach
90 to 130, hips that bend less turn the pelvis back earlier). From standing, because the zero of an
angle in the picture is off by more than its change."""
SHORT_OF_DEEPEST_DEG = 15.0
"""A hip this close to the rep's largest flexion is at its end in this rep, degrees."""
ALREADY_SHARE = 0.6
"""Rounding that was there to this share all the time since the rep began was there before."""


@dataclass(frozen=True)
class Sign:
    """One piece of evidence.

    Parameters
    ----------
    text : str
        What was measured, in plain words.
    support : float
        Probability that the sign holds, 0 to 1.
    """

    text: str
    support: float


@dataclass(frozen=True)
class CauseJudgement:
    """Why the low back rounded.

    Parameters
    ----------
    cause : str
        The named cause, ``"unclear"`` where none reaches `NAMED_FROM`.
    probabilities : dict
        Every cause, adding up to 1.
    signs : dict
        The evidence for and against each cause.
    """

    cause: Cause
    probabilities: dict[Cause, float]
    signs: dict[Cause, tuple[Sign, ...]]


NOTHING = CauseJudgement("unclear", {"unclear": 1.0}, {})


def judge_rounding(event: EventMotion, *, set_up: bool = True) -> CauseJudgement:
    """Weigh the causes of one rounding; ``set_up`` says whether there was a set-up before it."""
    signs = _signs(event)
    asked = {cause: names for cause, names in _ASKED.items() if set_up or cause != "set_up"}
    return _weigh({cause: tuple(signs[name] for name in names) for cause, names in asked.items()})


def judge_drift(size_deg: float, sd_deg: float, reps: int) -> CauseJudgement:
    """Weigh fatigue as the cause of a rounding that grows over the set."""
    text = say("sign.grew", size=size_deg, sd=shown_sd(sd_deg), reps=reps)
    return _weigh({"fatigue": (Sign(text, above(Number(size_deg, sd_deg), 0.0)),)})


def above(number: Number, limit: float) -> float:
    """Return the probability that a number's true value is above a limit; 0.5 if unknown."""
    from scipy.special import ndtr

    if not (number.sd > 0 and abs(number.value) < float("inf")):
        return 0.5
    return float(ndtr((number.value - limit) / number.sd))


_ASKED: dict[Cause, tuple[str, ...]] = {
    "glute_tuck": ("pelvis_back", "thigh_still", "extended", "new"),
    "hip_end_range": ("pelvis_back", "hip_end", "hip_deep", "new"),
    "loss_of_trunk_extension": ("thorax_fell", "new"),
    "set_up": ("old",),
}


def _signs(event: EventMotion) -> dict[str, Sign]:
    """Return every sign of an event, by its name."""
    part, thigh, old = event.pelvis_part, event.thigh_deg, event.already
    still = max(STILL_LEAST_DEG, STILL_SHARE * event.flexion_deg.value)
    moved = Number(abs(thigh.value), thigh.sd)
    said = _said(event)
    return {
        "pelvis_back": Sign(said["part"], above(part, MOST)),
        "thorax_fell": Sign(said["thorax"], 1 - above(part, 1 - MOST)),
        "thigh_still": Sign(said["thigh"], 1 - above(moved, still)),
        "extended": Sign(said["hip"], 1 - above(event.hip_from_standing_deg, EXTENDED_DEG)),
        "hip_end": Sign(said["end"], above(event.hip_from_standing_deg, END_DEG)),
        "hip_deep": Sign(said["deep"], 1 - above(event.hip_from_deepest_deg, SHORT_OF_DEEPEST_DEG)),
        "new": Sign(said["old"], 1 - above(old, ALREADY_SHARE)),
        "old": Sign(said["old"], above(old, ALREADY_SHARE)),
    }


def _said(event: EventMotion) -> dict[str, str]:
    """Return what each sign measured, in words."""
    part, sd = 100 * event.pelvis_part.value, 100 * event.pelvis_part.sd
    return {
        "part": say("sign.part", part=part, sd=sd),
        "thorax": say("sign.thorax", part=100 - part, sd=sd),
        "thigh": say("sign.thigh", angle=abs(event.thigh_deg.value)),
        "hip": say("sign.hip", angle=abs(event.hip_from_standing_deg.value)),
        "end": say("sign.end", angle=event.hip_from_standing_deg.value),
        "deep": say("sign.deep", angle=event.hip_from_deepest_deg.value),
        "old": say("sign.old", part=100 * max(event.already.value, 0.0)),
    }


def _weigh(signs: dict[Cause, tuple[Sign, ...]]) -> CauseJudgement:
    """Turn the signs of each cause into probabilities."""
    weights: dict[Cause, float] = {"unclear": UNCLEAR_WEIGHT}
    for cause, found in signs.items():
        weights[cause] = 1.0
        for sign in found:
            weights[cause] *= sign.support
    total = sum(weights.values())
    shares = {cause: weight / total for cause, weight in weights.items()}
    best = max(shares, key=lambda cause: shares[cause])
    named: Cause = best if shares[best] >= NAMED_FROM else "unclear"
    return CauseJudgement(named, shares, signs)
