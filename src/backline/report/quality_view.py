"""How far to trust the result, what was not measured, and what made it: in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backline import __version__
from backline.report.words import clock, reason_words

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

_TITLES = {
    "ok": "Well measurable",
    "limited": "Measurable with limits",
    "refused": "Not measurable",
}
_METHODS = {
    "before_first_rep": "before the first rep",
    "between_reps": "between the reps, as the clip holds none before them",
    "after_last_rep": "after the last rep, as the clip holds none before it",
    "given": "as you named it",
}
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
    measured = f"The low back was measured in {percent} % of the frames."
    reasons = [reason.text for reason in quality.reasons]
    lines = [measured, *_uncertainty(analysis), *_view(analysis), _standing(analysis), *reasons]
    return QualityView(
        verdict=quality.verdict,
        title=_TITLES[quality.verdict],
        measured=measured,
        percent=percent,
        lines=lines,
        reasons=reasons or ["The low back could not be followed in any part of this clip."],
        missing=_missing(analysis),
    )


def made_with(analysis: LiftAnalysis) -> list[tuple[str, str]]:
    """Return what made the result, as name and value, for the foot of the page."""
    engine, source = analysis.engine, analysis.source
    rows = [("Backline", __version__), ("Engine", f"{engine.name} {engine.version}".strip())]
    if engine.model_sha256:
        rows.append(("Model", engine.model_sha256[:12]))
    rows += [(name.replace("_", " ").capitalize(), value) for name, value in _filters(analysis)]
    if source.width_px:
        size = f"{source.width_px} × {source.height_px} px"
        rows.append(("Clip", f"{size}, {source.mean_rate_hz:.2f} frames/s, {source.codec}"))
    if source.sha256:
        rows.append(("Source", source.sha256[:12]))
    return rows


def _filters(analysis: LiftAnalysis) -> Iterator[tuple[str, str]]:
    """Yield the settings that say how the series were filtered."""

    def walk(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in settings.items():
            if isinstance(value, Mapping):
                yield from walk(value)
            elif "filter" in name or "cutoff" in name:
                text = f"{value:g}" if isinstance(value, float) else str(value)
                unit = " Hz" if name.endswith("_hz") else ""
                yield name.removesuffix("_hz"), f"{text}{unit}"

    yield from dict(walk(analysis.settings)).items()


def _uncertainty(analysis: LiftAnalysis) -> list[str]:
    posture = analysis.posture
    sd = posture.lumbar_flexion_sd_deg[posture.measurable]
    sd = sd[np.isfinite(sd)]
    if not len(sd):
        return []
    return [f"One standard deviation of the low back is {np.median(sd):.1f}° in most frames."]


def _view(analysis: LiftAnalysis) -> list[str]:
    yaw = analysis.view.yaw_deg
    if not math.isfinite(yaw):
        return []
    if abs(yaw) < 5:
        return ["The camera stood side-on."]
    return [f"The camera stood about {abs(yaw):.0f}° off a pure side view."]


def _standing(analysis: LiftAnalysis) -> str:
    standing, reference = analysis.posture.standing, analysis.posture.reference
    if standing.elsewhere:
        return "The standing reference was taken from another recording."
    if reference.kind == "none":
        return "No frame shows a reference: each rep is measured from its most extended moment."
    sure = f" Its zero may be off by {reference.sd_deg:.0f}°." if reference.sd_deg >= 1.0 else ""
    if reference.kind == "lockouts":
        return f"The reference is the upright moments of this set's lockouts.{sure}"
    if not reference.spans:
        return f"The reference is the lifter's earlier standing.{sure}"
    span = f"{clock(standing.start_s)} to {clock(standing.end_s)}"
    return f"The standing reference was taken from {span}, {_METHODS[standing.method]}.{sure}"


def _missing(analysis: LiftAnalysis) -> list[str]:
    """Return each stretch without a number, the longest first, and what no clip can show."""
    stretches = sorted(_stretches(analysis), key=lambda one: one[0] - one[1])
    lines = [
        f"{clock(start)} to {clock(end)}: {reason_words(code)}."
        for start, end, code in sorted(stretches[:_MOST_STRETCHES])
    ]
    left = len(stretches) - len(lines)
    if left > 0:
        lines.append(f"{left} shorter stretches.")
    if not lines:
        lines.append("No frame was left out.")
    shown = {reason.text for reason in analysis.quality.reasons}
    lines += [note for note in analysis.posture.notes if note not in shown]
    if analysis.source.width_px:
        lines.append("Side-bending, twisting, left against right: one side view cannot show them.")
    if not any(finding.load for finding in analysis.findings):
        lines.append("The load on the back: it is worked out where a load in kg is given.")
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
