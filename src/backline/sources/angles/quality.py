"""Quality of a recording, as sentences."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from backline.model.measurement import Quality, Reason, Verdict
from backline.model.posture import Posture
from backline.reasons import sentence

REPORTED_SHARE = 0.01
"""Gaps of a smaller share of the frames are not worth a sentence."""
LEAST_SHARE = 0.1
"""With a smaller share of measurable frames nothing is claimed."""

Case: TypeAlias = tuple[str, dict[str, str]]
"""Which sentence of a reason, and what fills its places."""


def cut_off(stated: int, found: int) -> tuple[Reason, ...]:
    """Say that a file ends before the last frame it promises; nothing where it does not."""
    if stated <= found:
        return ()
    return (Reason("truncated", sentence("truncated", "counted", stated=stated, found=found)),)


def quality_of(
    posture: Posture, remarks: tuple[Reason, ...], cases: dict[str, Case] | None = None
) -> Quality:
    """Judge a posture.

    Parameters
    ----------
    posture : Posture
        The angle series with a reason for every frame that cannot be measured.
    remarks : tuple of Reason
        What was odd about the file.
    cases : dict of str to (str, dict), optional
        By code: which of its sentences in `backline.reasons` is meant, and what fills its places
        beside the share of the frames.

    Returns
    -------
    Quality
        Refused without any reference or where next to nothing can be measured, limited where
        there is anything to say.
    """
    fraction, cases = float(posture.measurable.mean()), cases or {}
    reasons: list[Reason] = []
    none = bool((posture.reason == "no_standing").any())
    if none:
        reasons.append(Reason("no_standing", sentence("no_standing")))
    for code in np.unique(posture.reason[posture.reason != ""]).tolist():
        share = float((posture.reason == code).mean())
        if code != "no_standing" and share >= REPORTED_SHARE:
            case, values = cases.get(code, ("sentence", {}))
            text = sentence(code, case, share=f"{share:.0%}", **values)
            reasons.append(Reason(code, text))
    reasons += remarks
    second = "standing_second_best"
    if posture.standing.method in ("between_reps", "after_last_rep"):
        reasons.append(Reason(second, sentence(second, posture.standing.method)))
    refused = none or fraction < LEAST_SHARE
    kind = posture.reference.kind
    if kind in ("lockouts", "none") and not refused:
        reasons.append(Reason(f"reference_{kind}", sentence(f"reference_{kind}")))
    verdict: Verdict = "limited" if reasons else "ok"
    if refused:
        verdict = "refused"
    return Quality(verdict, tuple(reasons), fraction)
