"""How far a recording can be trusted, in words."""

from __future__ import annotations

import numpy as np

from backline.model.measurement import Quality, Reason, Verdict
from backline.model.posture import Posture
from backline.signals.standing import CAUTIONS

TOLD_SHARE = 0.01
"""Gaps of a smaller share of the frames are not worth a sentence."""
LEAST_SHARE = 0.1
"""With a smaller share of measurable frames nothing is claimed."""

_NO_STANDING = (
    "No quiet standing was found in the recording, so there is nothing to measure changes from: "
    "give a recording of quiet standing, or say at which seconds this one shows it."
)
COMMON_TEXTS = {
    "implausible": "In {share} of the frames what the file holds is no movement of a body (a jump, "
    "or an angle beyond every joint's range): there the low back is not measured.",
}
"""Sentences for codes that every source may give."""


def cut_off(stated: int, found: int) -> tuple[Reason, ...]:
    """Say that a file ends before the last frame it promises; nothing where it does not."""
    if stated <= found:
        return ()
    text = f"The file promises {stated} frames and ends after {found}: what is there was analysed."
    return (Reason("truncated", text),)


def quality_of(posture: Posture, texts: dict[str, str], remarks: tuple[Reason, ...]) -> Quality:
    """Judge a posture.

    Parameters
    ----------
    posture : Posture
        The angle series with a reason for every frame that cannot be measured.
    texts : dict of str to str
        Sentence for each reason code; ``{share}`` becomes the share of the frames.
    remarks : tuple of Reason
        What was odd about the file.

    Returns
    -------
    Quality
        Refused without own standing or where next to nothing can be measured, limited where
        there is anything to say.
    """
    fraction = float(posture.measurable.mean())
    reasons: list[Reason] = []
    if posture.standing.method == "none":
        reasons.append(Reason("no_standing", _NO_STANDING))
    for code in np.unique(posture.reason[posture.reason != ""]).tolist():
        share = float((posture.reason == code).mean())
        if code != "no_standing" and share >= TOLD_SHARE:
            text = {**COMMON_TEXTS, **texts}[code]
            reasons.append(Reason(code, text.format(share=f"{share:.0%}")))
    reasons += remarks
    if posture.standing.method in ("between_reps", "after_last_rep"):
        reasons.append(Reason("standing_second_best", CAUTIONS[posture.standing.method]))
    verdict: Verdict = "limited" if reasons else "ok"
    if posture.standing.method == "none" or fraction < LEAST_SHARE:
        verdict = "refused"
    return Quality(verdict, tuple(reasons), fraction)
