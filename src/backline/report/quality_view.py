"""How far to trust the result, what was not measured, and what made it: in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backline import __version__
from backline.report.words import clock, reason_words
from backline.texts import number, retold, say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

_MOST_STRETCHES = 8  # stretches listed by time; the rest are counted


@dataclass(frozen=True)
class QualityView:
    """Plain sentences for the page; ``percent`` is the measured share, 0 to 100."""

    verdict: str
    title: str
    measured: str
    percent: int
    lines: list[str]
    reasons: list[str]
    missing: list[str]


def quality_view(analysis: LiftAnalysis) -> QualityView:
    """Return the sentences of the part "How far to trust this"."""
    quality = analysis.quality
    percent = round(100 * quality.measurable_fraction)
    measured = say("first.covered", percent=percent)
    reasons = [reason.text for reason in quality.reasons]
    lines = [measured, *_uncertainty(analysis), *_view(analysis), _standing(analysis), *reasons]
    return QualityView(
        verdict=quality.verdict,
        title=say(f"quality.{quality.verdict}"),
        measured=measured,
        percent=percent,
        lines=lines,
        reasons=reasons or [say("quality.never")],
        missing=_missing(analysis),
    )


def made_with(analysis: LiftAnalysis) -> list[tuple[str, str]]:
    """Return what made the result, as name and value, for the foot of the page."""
    engine, source = analysis.engine, analysis.source
    rows = [
        ("Backline", __version__),
        (say("quality.engine"), f"{engine.name} {engine.version}".strip()),
    ]
    if engine.model_sha256:
        rows.append((say("quality.model"), engine.model_sha256[:12]))
    rows += [(_setting_name(name), value) for name, value in _filters(analysis)]
    if source.width_px:
        size = f"{source.width_px} × {source.height_px} px"
        sentence = say("quality.film", size=size, rate=source.mean_rate_hz, codec=source.codec)
        rows.append((say("quality.clip"), sentence))
    if source.sha256:
        rows.append((say("quality.source"), source.sha256[:12]))
    return rows


def _setting_name(name: str) -> str:
    return retold(name.replace("_", " ").capitalize())


def _filters(analysis: LiftAnalysis) -> Iterator[tuple[str, str]]:
    """Yield the settings that say how the series were filtered."""

    def walk(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in settings.items():
            if isinstance(value, Mapping):
                yield from walk(value)
            elif "filter" in name or "cutoff" in name:
                text = number(value, "g") if isinstance(value, float) else retold(str(value))
                unit = " Hz" if name.endswith("_hz") else ""
                yield name.removesuffix("_hz"), f"{text}{unit}"

    yield from dict(walk(analysis.settings)).items()


def _uncertainty(analysis: LiftAnalysis) -> list[str]:
    posture = analysis.posture
    sd = posture.lumbar_flexion_sd_deg[posture.measurable]
    sd = sd[np.isfinite(sd)]
    if not len(sd):
        return []
    return [say("quality.sd", sd=float(np.median(sd)))]


def _view(analysis: LiftAnalysis) -> list[str]:
    yaw = analysis.view.yaw_deg
    if not math.isfinite(yaw):
        return []
    if abs(yaw) < 5:
        return [say("quality.side_on")]
    return [say("quality.yaw", angle=abs(float(yaw)))]


def _standing(analysis: LiftAnalysis) -> str:
    standing, reference = analysis.posture.standing, analysis.posture.reference
    if standing.elsewhere:
        return say("quality.elsewhere")
    if reference.kind == "none":
        return say("quality.none")
    sure = say("quality.zero", sd=float(reference.sd_deg)) if reference.sd_deg >= 1.0 else ""
    if reference.kind == "lockouts":
        sentence = say("quality.lockouts")
    elif not reference.spans:
        sentence = say("quality.record")
    else:
        start, end = clock(standing.start_s), clock(standing.end_s)
        sentence = say(f"quality.standing_{standing.method}", start=start, end=end)
    return " ".join(filter(None, (sentence, sure)))


def _missing(analysis: LiftAnalysis) -> list[str]:
    """Return each stretch without a number, the longest first, and what no clip can show."""
    stretches = sorted(_stretches(analysis), key=lambda one: one[0] - one[1])
    lines = [
        say("quality.stretch", start=clock(start), end=clock(end), why=reason_words(code))
        for start, end, code in sorted(stretches[:_MOST_STRETCHES])
    ]
    left = len(stretches) - len(lines)
    if left > 0:
        lines.append(say("quality.shorter", count=left))
    if not lines:
        lines.append(say("quality.all_frames"))
    shown = {reason.text for reason in analysis.quality.reasons}
    lines += [note for note in analysis.posture.notes if note not in shown]
    if analysis.source.width_px:
        lines.append(say("quality.one_view"))
    if not any(finding.load for finding in analysis.findings):
        lines.append(say("quality.no_load"))
    return lines


def _stretches(analysis: LiftAnalysis) -> list[tuple[float, float, str]]:
    """Return start, end and reason code of every stretch that was not measured."""
    posture = analysis.posture
    found: list[tuple[float, float, str]] = []
    last = -2
    for index in np.flatnonzero(~posture.measurable):
        time, code = float(posture.time_s[index]), str(posture.reason[index])
        after = float(posture.time_s[min(index + 1, len(posture) - 1)])
        if index == last + 1 and found and found[-1][2] == code:
            found[-1] = (found[-1][0], after, code)
        else:
            found.append((time, after, code))
        last = int(index)
    return found
