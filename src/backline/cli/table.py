"""The summary table that ``backline analyze`` prints."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from backline.findings.finding import Finding
    from backline.model.measurement import View
    from backline.pipeline import Analysis

_VERDICTS = {"ok": "measured", "limited": "measured in part", "refused": "not measurable"}


def print_result(analysis: Analysis, folder: Path, console: Console) -> None:
    """Print what was found in one source, and where its report lies.

    Parameters
    ----------
    analysis : Analysis
        What was found.
    folder : Path
        Where its files were written.
    console : rich.console.Console
        Where to print.
    """
    from rich.text import Text

    console.print()
    console.print(_facts(analysis))
    headline = str(analysis.summary.get("headline", "")).strip()
    if headline:
        console.print(Text(headline, style="bold"))
    if analysis.findings:
        console.print(_findings(analysis.findings))
    elif analysis.quality.verdict != "refused":
        console.print("No rounding found where the low back could be seen.")
    report = folder / "report.html"
    shown = report if report.exists() else folder / "analysis.json"
    console.print(Text(f"Report: {shown}"), soft_wrap=True)


def _facts(analysis: Analysis) -> Table:
    from rich.table import Table
    from rich.text import Text

    quality = analysis.quality
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    share = f"{quality.measurable_fraction:.0%} of the frames"
    rows = [
        ("Source", Path(analysis.source.path).name),
        ("Verdict", f"{_VERDICTS[quality.verdict]} ({share})"),
    ]
    if quality.verdict != "refused":
        rows += [
            ("Lift", analysis.lift),
            ("View", _view(analysis.view)),
            ("Reps", str(len(analysis.reps))),
        ]
    if analysis.second_estimate is not None:
        rows.append(("Low back from", _low_back_source(analysis, analysis.second_estimate.name)))
    rows += [("Note", reason.text) for reason in quality.reasons]
    for name, value in rows:
        table.add_row(name, Text(value))
    return table


def _low_back_source(analysis: Analysis, second_estimate: str) -> str:
    """Say what carries the measurement, and how far the second estimate is off it."""
    source = str(analysis.settings.get("low_back_from", ""))
    apart = analysis.settings.get(f"{second_estimate}_less_this_deg")
    return f"{source}; the {second_estimate} alone is off it by {apart}" if apart else source


def _view(view: View) -> str:
    if view.side is None:
        return "no camera"
    if math.isnan(view.yaw_deg):
        return f"{view.side} side"
    return f"{view.side} side, camera {abs(view.yaw_deg):.0f}° off a pure side view"


def _findings(findings: tuple[Finding, ...]) -> Table:
    from rich.table import Table

    from backline.findings.sentences import shown_sd
    from backline.report.words import certainty_words

    table = Table("Rep", "Where", "What", "Size", "How sure", pad_edge=False)
    for finding in findings:
        table.add_row(
            str(finding.rep) if finding.rep else ("all" if finding.kind == "drift" else "-"),
            finding.where if finding.rep or finding.kind == "drift" else "outside",
            finding.name,
            f"{finding.size_deg:.0f} ± {shown_sd(finding.sd_deg):.0f}°",
            certainty_words(finding),
        )
    return table
