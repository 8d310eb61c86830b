"""The "where in the lift" map: the largest change of the low back in each phase of each rep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import Posture
from backline.report.colour import flexion_colour, flexion_word
from backline.report.words import reason_words, shape_words
from backline.reps import Phase, Rep
from backline.texts import say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

LEAST_MEASURED = 0.5
"""Share of a phase's frames that must be measured for the phase to get a number."""

_FULL_FROM_DEG = 8.0  # from here a cell has the scale's own colour, see colour.STOPS
_DARK_INK_FROM = 0.18  # luminance where black and white contrast alike (WCAG 2)
_PLAIN_FROM_DEG = 3.0  # below it a cell keeps the page's own ground: "as in the standing posture"


@dataclass(frozen=True)
class Cell:
    """One phase of one rep.

    Parameters
    ----------
    state : {"measured", "none", "absent"}
        ``"none"``: there, but not measured; ``"absent"``: the rep has no such phase.
    text : str
        The signed number, degrees.
    label : str
        The same in words.
    fill, on : str
        Colours of ground and number, as the page's style sheet takes them.
    finding : int or None
        Index of the largest finding there.
    why : str
        Why it was not measured.
    """

    state: Literal["measured", "none", "absent"]
    text: str = ""
    label: str = ""
    fill: str = ""
    on: str = ""
    finding: int | None = None
    why: str = ""


@dataclass(frozen=True)
class MapRow:
    """One rep of the map."""

    rep: int
    cells: list[Cell]
    shape: str = ""


@dataclass(frozen=True)
class RepMap:
    """The map: phases across, reps down."""

    phases: list[str]
    rows: list[MapRow]

    @property
    def shapes(self) -> bool:
        """Whether the shape at the bottom of any rep was examined."""
        return any(row.shape for row in self.rows)


def rep_map(analysis: LiftAnalysis) -> RepMap:
    """Return the map of reps by phases.

    A cell holds the size of the largest finding in that phase; without one, the largest change
    from the reference, whichever way it goes.
    """
    found = {phase for rep in analysis.reps for phase in rep.phases}
    found |= {finding.where for finding in analysis.findings if finding.rep}
    phases = [phase for phase in get_args(Phase) if phase in found]
    rows = [
        MapRow(rep.index, [_cell(analysis, rep, phase) for phase in phases], shape_words(rep))
        for rep in analysis.reps
    ]
    return RepMap([say(f"phase.{phase}") for phase in phases], rows)


def _cell(analysis: LiftAnalysis, rep: Rep, phase: Phase) -> Cell:
    if phase not in rep.phases:
        return Cell("absent")
    start, end = rep.phases[phase]
    posture = analysis.posture
    frames = np.flatnonzero((posture.time_s >= start) & (posture.time_s <= end))
    measured = frames[posture.measurable[frames]]
    if not len(frames) or len(measured) < LEAST_MEASURED * len(frames):
        return Cell("none", why=_most_common_reason(posture, frames))
    values = posture.lumbar_flexion_deg[measured]
    value = float(values[np.nanargmax(np.abs(values))])
    index = _finding_at(analysis, rep, phase)
    if index is not None:
        found = analysis.findings[index]
        value = -found.size_deg if found.kind == "over_extension" else found.size_deg
    word = flexion_word(value) if index is None else analysis.findings[index].name
    label = say("map.label", rep=rep.index, phase=say(f"phase.{phase}"), size=value, word=word)
    fill, on = _tones(value)
    text = f"{value:+.0f}".replace("-0", "0").replace("+0", "0").replace("-", "\u2212")
    return Cell("measured", text, label, fill, on, index)


def _finding_at(analysis: LiftAnalysis, rep: Rep, phase: Phase) -> int | None:
    """Return the index of the largest finding in a phase of a rep."""
    there = [
        (finding.size_deg, index)
        for index, finding in enumerate(analysis.findings)
        if finding.rep == rep.index and finding.where == phase
    ]
    return max(there)[1] if there else None


def _most_common_reason(posture: Posture, frames: NDArray[np.intp]) -> str:
    codes = [str(code) for code in posture.reason[frames] if code]
    return reason_words(max(codes, key=codes.count)) if codes else ""


def _tones(value: float) -> tuple[str, str]:
    """Return a cell's ground and ink: from the page's own ground near zero into the scale."""
    size = abs(value)
    if size < _PLAIN_FROM_DEG:
        return "var(--phase-b)", "var(--ink)"
    full = float(np.copysign(max(size, _FULL_FROM_DEG), value))
    red, green, blue = flexion_colour(full)
    share = min(1.0, (size - _PLAIN_FROM_DEG) / (_FULL_FROM_DEG - _PLAIN_FROM_DEG))
    fill = f"color-mix(in srgb, rgb({red} {green} {blue}) {100 * share:.0f}%, var(--phase-b))"
    luminance = sum(
        weight * _linear(part / 255)
        for weight, part in zip((0.2126, 0.7152, 0.0722), (red, green, blue), strict=True)
    )
    dark = "#000000" if luminance > _DARK_INK_FROM else "#ffffff"
    return fill, dark if share > 0.6 else "var(--ink)"


def _linear(part: float) -> float:
    """Return sRGB's linear light (WCAG 2, relative luminance)."""
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
