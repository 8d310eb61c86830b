"""Mechanism and load of each finding: which segments moved, and the load at the peak."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backline.findings.events import goes_down_first
from backline.findings.finding import Finding
from backline.findings.mechanism_causes import (
    NOTHING,
    CauseJudgement,
    judge_drift,
    judge_rounding,
)
from backline.findings.mechanism_motion import BodyMotion, EventMotion, event_of
from backline.loads.l5s1_load import LoadSeries
from backline.model.posture import Posture
from backline.reps import Rep
from backline.settings import Settings
from backline.texts import say


@dataclass(frozen=True)
class Mechanism:
    """Why one finding came about.

    Parameters
    ----------
    finding : Finding
        Which finding.
    judgement : CauseJudgement
        Cause, probabilities and evidence.
    event : EventMotion or None
        What pelvis, thigh and thorax did; None for drift and where not known.
    """

    finding: Finding
    judgement: CauseJudgement
    event: EventMotion | None

    @property
    def sentence(self) -> str:
        """One plain sentence on why."""
        return say(f"cause.{self.judgement.cause}")

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain Python values, for ``analysis.json`` and cards.

        Returns
        -------
        dict
            ``rep``, ``where``, ``kind``, ``cause``, ``sentence``, ``probabilities`` (cause to
            number), ``evidence`` (list of cause, text and support), ``pelvis_share`` and
            ``pelvis_share_sd``.
        """
        share = self.event.pelvis_share if self.event else None
        return {
            "rep": self.finding.rep,
            "where": self.finding.where,
            "kind": self.finding.kind,
            "cause": self.judgement.cause,
            "sentence": self.sentence,
            "probabilities": {c: round(p, 3) for c, p in self.judgement.probabilities.items()},
            "evidence": [
                {"cause": cause, "text": sign.text, "support": round(sign.support, 3)}
                for cause, signs in self.judgement.signs.items()
                for sign in signs
            ],
            "pelvis_share": share.value if share else None,
            "pelvis_share_sd": share.sd if share else None,
        }


def mechanisms(
    findings: tuple[Finding, ...],
    posture: Posture,
    reps: tuple[Rep, ...],
    settings: Settings | None = None,
) -> tuple[Mechanism, ...]:
    """Find out why, for each finding.

    Parameters
    ----------
    findings : tuple of Finding
        From `backline.findings.find_findings`.
    posture : Posture
        The clip.
    reps : tuple of Rep
        Its reps.
    settings : Settings, optional
        The defaults where left out.

    Returns
    -------
    tuple of Mechanism
        In the order of the findings. Over-arching is left unclear: no cause of it is named.
    """
    body = BodyMotion.of(posture, settings or Settings())
    by_number = {rep.index: rep for rep in reps}
    grew = any(f.kind == "drift" and f.where == "bottom" for f in findings)
    return tuple(_mechanism(body, finding, by_number, grew) for finding in findings)


def explain(
    causes: tuple[Mechanism, ...], posture: Posture, loads: LoadSeries | None = None
) -> tuple[Finding, ...]:
    """Fill mechanism, pelvis share and load of each finding, and add why to its sentence.

    Parameters
    ----------
    causes : tuple of Mechanism
        From `mechanisms`.
    posture : Posture
        The clip.
    loads : LoadSeries, optional
        From `backline.loads.load_series`; without it the load stays empty.

    Returns
    -------
    tuple of Finding
        In the same order. The sentence grows only where a cause is named.
    """
    return tuple(_explained(cause, posture, loads) for cause in causes)


def _mechanism(body: BodyMotion, finding: Finding, reps: dict[int, Rep], grew: bool) -> Mechanism:
    """Judge one finding; what grows counts as fatigue only where the bottoms ``grew`` too."""
    if finding.kind == "drift":
        if not grew:
            return Mechanism(finding, NOTHING, None)
        judged = judge_drift(finding.size_deg, finding.sd_deg, len(reps))
        return Mechanism(finding, judged, None)
    rep = reps.get(finding.rep)
    if finding.kind != "rounding" or rep is None:
        return Mechanism(finding, NOTHING, None)
    event = event_of(body, finding, rep)
    if event is None:
        return Mechanism(finding, NOTHING, None)
    # Only the first pull of a set has a set-up without load before it.
    loaded_start = rep.index == 1 and not goes_down_first(rep)
    return Mechanism(finding, judge_rounding(event, set_up=loaded_start), event)


def _explained(mechanism: Mechanism, posture: Posture, loads: LoadSeries | None) -> Finding:
    """Return a finding with its cause and load."""
    finding, cause = mechanism.finding, mechanism.judgement.cause
    share = mechanism.event.pelvis_share.value if mechanism.event else math.nan
    why = (
        ""
        if cause == "unclear" or mechanism.sentence in finding.explanation
        else (f" {mechanism.sentence}")
    )
    load = loads.at(_loaded_frame(finding, posture, loads)) if loads else {}
    return replace(
        finding,
        mechanism=cause,
        pelvis_share=share if mechanism.event else finding.pelvis_share,
        load=load or finding.load,
        explanation=f"{finding.explanation}{why}".strip(),
    )


def _loaded_frame(finding: Finding, posture: Posture, loads: LoadSeries) -> int:
    """Return the frame whose load a finding holds: its peak, or as the bar then leaves the floor.

    A set-up may be most rounded before the bar is in the hands; the load that the rounding
    meets is that of the pull.
    """
    peak, end = posture.index_at(finding.peak_s), posture.index_at(finding.end_s)
    carried = peak + np.flatnonzero(loads.held[peak : end + 1])
    return int(carried[0]) if len(carried) else peak
