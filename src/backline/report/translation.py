"""An analysis in another language: its English sentences regenerated, or translated.

Sentences on what was found are regenerated from the numbers; those of quality, load and
causes are translated by the catalogue's entry that made them.
"""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from backline import reasons
from backline.findings.finding import Finding
from backline.findings.metrics import is_turn_back
from backline.findings.sentences import explain, name_of
from backline.findings.summary import summarise
from backline.reps import Grade, Lift, Rep
from backline.settings import recorded_bounds
from backline.texts import known, language, retold, say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis
    from backline.findings.summary import Summary

    Told = TypeVar("Told", bound=LiftAnalysis)


def in_language(analysis: Told) -> Told:
    """Return an analysis whose sentences are in the language that is spoken.

    Parameters
    ----------
    analysis : LiftAnalysis
        As `backline.pipeline.conclude` makes it: in English. Not changed.

    Returns
    -------
    LiftAnalysis
        The same where English is spoken. Numbers and codes stay as they are.
    """
    if language() == "en":
        return analysis
    posture = analysis.posture
    findings = tuple(_finding(analysis, finding) for finding in analysis.findings)
    translated = [replace(one, text=reasons.retold(one.code, one.text))
            for one in analysis.quality.reasons]  # fmt: skip
    reference = replace(posture.reference, text=retold(posture.reference.text))
    notes = tuple(_note(note) for note in posture.notes)
    return replace(
        analysis,
        quality=replace(analysis.quality, reasons=type(analysis.quality.reasons)(translated)),
        posture=replace(posture, reference=reference, notes=notes),
        findings=findings,
        summary=cast("Summary", {**analysis.summary, **_summary(analysis, findings)}),
    )


def _finding(analysis: LiftAnalysis, finding: Finding) -> Finding:
    """Return a finding with its name and sentences said anew."""
    posture, lift = analysis.posture, analysis.lift
    named = replace(finding, name=name_of(finding.kind, finding.where, lift, finding.rep))
    words = explain(
        named, lift, float(posture.pelvic_tilt_deg[posture.index_at(finding.peak_s)]),
        reps=len(analysis.reps), reference=posture.reference.kind,
        turned=any(is_turn_back(rep) for rep in analysis.reps if rep.index == finding.rep),
        settings=recorded_bounds(analysis.settings),
    )  # fmt: skip
    if finding.mechanism != "unclear" and known(f"cause.{finding.mechanism}"):
        words = f"{words} {say(f'cause.{finding.mechanism}')}"
    return replace(named, explanation=words)


def _summary(analysis: LiftAnalysis, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """Return the parts of the summary that hold sentences."""
    old = analysis.summary
    missing = [(one["rep"], one["phase"], one["reason"]) for one in old.get("not_measured", ())]
    bounds = recorded_bounds(analysis.settings)
    new = summarise(findings, analysis.reps, missing, old.get("cue"), bounds)
    translated: dict[str, Any] = {"sentences": new["sentences"]} if "sentences" in old else {}
    if old.get("headline"):
        translated["headline"] = new["headline"]
    translated["load_notes"] = [retold(note) for note in old.get("load_notes", ())]
    translated["mechanisms"] = [_mechanism(one) for one in old.get("mechanisms", ())]
    ends = old.get("top_against_bottom")
    if ends is not None:
        listed = [_entry(entry) for entry in ends.get("evidence", ())]
        sentence = retold(ends.get("sentence", ""))
        translated["top_against_bottom"] = {**ends, "sentence": sentence, "evidence": listed}
    return translated


def document_in_language(document: dict[str, Any]) -> dict[str, Any]:
    """Return what ``analysis.json`` holds with headline, names and reasons in the language spoken.

    Parameters
    ----------
    document : dict
        Not changed.
    """
    if language() == "en":
        return document
    summary, lift = document["summary"], document["summary"].get("lift", "squat")
    findings = [
        {**one, "name": name_of(one["kind"], one["where"], lift, one["rep"])}
        for one in document["findings"]
    ]
    quality = document["quality"]
    translated = [{**one, "text": reasons.retold(one["code"], one["text"])}
            for one in quality["reasons"]]  # fmt: skip
    reference = {**document["reference"], "text": _note(document["reference"]["text"] or "")}
    return {
        **document, "findings": findings, "reference": reference,
        "quality": {**quality, "reasons": translated},
        "summary": {**summary, "headline": _headline(document, lift)},
    }  # fmt: skip


def _headline(document: dict[str, Any], lift: Lift) -> str:
    """Return the headline anew, from a document's findings and reps."""
    settings, summary = document["settings"], document["summary"]
    if not summary.get("headline"):
        return ""
    bounds = recorded_bounds(settings)
    reps = tuple(_rep(one) for one in document["reps"])
    kept = {field.name for field in fields(Finding)}
    findings = []
    for one in document["findings"]:
        numbers = {key: value for key, value in one.items() if key in kept and value is not None}
        certain = is_certain(one, settings)
        unknown = {"curve": "unknown", "sd_deg": math.nan, "probability": math.nan}
        finding = Finding(**{**unknown, **numbers, "certain": certain})
        if finding.kind == "drift":  # its sentence may be the headline
            finding = replace(finding, explanation=explain(finding, lift, reps=len(reps)))
        findings.append(finding)
    missing = [(one["rep"], one["phase"], one["reason"]) for one in summary.get("not_measured", ())]
    return summarise(tuple(findings), reps, missing, settings=bounds)["headline"]


def is_certain(finding: dict[str, Any], settings: dict[str, Any]) -> bool:
    """Return whether a finding of a document is certain, by the bounds that it was made with."""
    bounds = recorded_bounds(settings)
    sure = (finding["probability"] or 0.0) >= bounds.report_probability
    return bool(finding["size_deg"] >= bounds.report_from_deg and sure)


def _rep(translated: dict[str, Any]) -> Rep:
    grade = translated.get("grade")
    return Rep(
        translated["index"], translated["start_s"], translated["bottom_s"], translated["end_s"],
        {phase: (span[0], span[1]) for phase, span in translated["phases"].items()},
        grade=Grade(grade["shape"], grade["probability"], grade["rhythm"]) if grade else None,
    )  # fmt: skip


def _mechanism(cause: dict[str, Any]) -> dict[str, Any]:
    evidence = [{**one, "text": retold(one["text"])} for one in cause.get("evidence", ())]
    return {**cause, "sentence": retold(cause.get("sentence", "")), "evidence": evidence}


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "text": retold(entry["text"]), "source": retold(entry["source"])}


def _note(note: str) -> str:
    """Return a note of a source: one of the texts', or one of the reasons' sentences."""
    translated = retold(note)
    return translated if translated != note else reasons.REASONS.retold(note)
