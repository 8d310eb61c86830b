"""What the page's script plays with: series and lines of every frame, packed small.

Arrays travel as base64 of little-endian numbers, so that a gap stays a gap: NaN in float32,
-32768 in int16. Long clips are thinned to :data:`MOST_FRAMES`.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backline.findings.sentences import measured_from
from backline.model.posture import BoolArray, FloatArray, Posture
from backline.report.colour import STOPS, UNMEASURED
from backline.report.document import to_plain
from backline.report.drawn_angle import drawn_angles
from backline.report.figure import HEIGHT, WIDTH, stick_figure
from backline.report.lines import DrawnScene, along, lumbar_in_pelvis, scene
from backline.report.words import called, reason_words
from backline.signals.filters import runs_of
from backline.texts import group, say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

MOST_FRAMES = 9000
"""Most frames that the page holds; beyond it every second, third ... frame is kept."""

PIXEL_UNITS = 16
"""Packed units per pixel of the page's picture."""

SHAPE_UNITS = 8192
"""Packed units per the standing reference's T12 to S1 distance, for the side-by-side curves."""

_GAP = -32768  # the least 16-bit number stands for an empty cell
SERIES: dict[str, str] = {
    "flexion": "lumbar_flexion_deg",
    "sd": "lumbar_flexion_sd_deg",
    "tilt": "pelvic_tilt_deg",
    "lean": "trunk_lean_deg",
    "hip": "hip_flexion_deg",
    "knee": "knee_flexion_deg",
}
"""The page's short names of the angles, and the posture's."""


def page_data(analysis: LiftAnalysis, picture: tuple[int, int] | None) -> dict[str, Any]:
    """Return what the page's script needs, ready for JSON.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result.
    picture : tuple of int or None
        Width and height of the page's clip, pixels; None where there is no picture, and a
        figure is drawn from the angles instead.

    Returns
    -------
    dict
        ``time`` in seconds from the first frame, ``start_s`` the first frame's own time;
        ``series``, ``gaps``, ``reps``, ``findings``, ``standing``, ``lines``, ``colours``.
    """
    posture = analysis.posture
    step = max(1, -(-len(posture) // MOST_FRAMES))
    start = float(posture.time_s[0]) if len(posture) else 0.0
    series = {
        key: np.where(posture.measurable, getattr(posture, name), np.nan)
        for key, name in SERIES.items()
    }
    if analysis.loads:
        series["load"] = analysis.loads.columns["l5s1_compression_n"] / 1000
    if analysis.glutes:
        series["glute"] = 100 * (analysis.glutes.length - 1)
    if analysis.second_estimate is not None:
        series["beside"] = analysis.second_estimate.lumbar_flexion_deg
    data = {
        "start_s": start,
        "time": packed(posture.time_s[::step] - start, "<f8"),
        "series": {key: packed(values[::step], "<f4") for key, values in series.items()},
        "gaps": _gaps(posture, step),
        "by_hand": _by_hand(analysis, step),
        "angles": drawn_angles(analysis) if picture else [],
        "texts": {**group("player"), **group("phase"), "decimal": say("language.decimal")},
        "reps": _reps(analysis),
        "findings": _findings(analysis),
        "standing": _standing(posture),
        "reference": measured_from(posture.reference.kind),
        "lines": _lines(analysis, picture, step),
        "colours": {"stops": STOPS, "unmeasured": UNMEASURED},
    }
    plain: dict[str, Any] = to_plain(data)
    return plain


def packed(values: NDArray[Any], kind: str) -> str:
    """Return an array as base64 of little-endian numbers of one NumPy kind."""
    return base64.b64encode(np.ascontiguousarray(values).astype(kind).tobytes()).decode("ascii")


def packed_points(points: FloatArray, units: int) -> str:
    """Return points as base64 int16, ``units`` to the pixel; NaN becomes -32768."""
    scaled = np.clip(np.round(points * units), -32767, 32767)
    return packed(np.where(np.isfinite(points), np.nan_to_num(scaled), _GAP), "<i2")


def resampled(
    line: FloatArray, visible: BoolArray, t12: int, s1: int
) -> tuple[FloatArray, BoolArray, int, int]:
    """Return a back line with at most 8 + 16 + 8 points; T12 and S1 stay points of it.

    Parameters
    ----------
    line : ndarray, shape (n, k, 2)
        Neck first.
    visible : ndarray of bool, shape (n, k)
        Whether each point is the lifter's own back.
    t12, s1 : int
        Index into k.

    Returns
    -------
    line, visible, t12, s1
        The same for fewer points.
    """
    upper = np.linspace(0, t12, min(t12 + 1, 9))
    lumbar = np.linspace(t12, s1, min(s1 - t12 + 1, 17))
    lower = np.linspace(s1, line.shape[1] - 1, min(line.shape[1] - s1, 9))
    at = np.concatenate([upper, lumbar[1:], lower[1:]])
    ends = np.round(at).astype(int)
    return along(line, at), visible[:, ends], len(upper) - 1, len(upper) + len(lumbar) - 2


def _lines(
    analysis: LiftAnalysis, picture: tuple[int, int] | None, step: int
) -> dict[str, Any] | None:
    posture = analysis.posture
    if picture is None:
        figure = stick_figure(posture)
        drawn = _packed_scene(figure.lines, posture, step, figure.own)
        return drawn | {
            "size": (WIDTH, HEIGHT),
            "limbs": packed_points(figure.limbs[::step], PIXEL_UNITS),
            "head": packed_points(figure.head[::step], PIXEL_UNITS),
        }
    full = max(analysis.source.width_px, analysis.source.height_px, 1)
    lines = scene(analysis, max(picture) / full)
    if lines is None:
        return None
    return _packed_scene(lines, posture, step) | {"size": picture}


def _packed_scene(
    lines: DrawnScene, posture: Posture, step: int, own_line: FloatArray | None = None
) -> dict[str, Any]:
    """Pack what is drawn; ``own_line`` is the low back in standing where no frame need show it."""
    shown = np.where(posture.measurable[:, None, None], lines.back, np.nan)[::step]
    even, visible, t12, s1 = resampled(shown, lines.visible[::step], lines.t12, lines.s1)
    shapes = lumbar_in_pelvis(lines, posture.pelvic_tilt_deg)[::step]
    shapes[~posture.measurable[::step]] = np.nan
    own = _own_shape(shapes, posture, step)
    if own_line is not None:
        still = replace(lines, back=own_line[None], t12=0, s1=len(own_line) - 1)
        own = lumbar_in_pelvis(still, np.zeros(1), shapes.shape[1])[0]
    size = float(np.hypot(*own[0])) if np.isfinite(own).all() else np.nan
    if not size > 0:
        chords = np.hypot(shapes[:, 0, 0], shapes[:, 0, 1])
        size = float(np.nanmedian(chords)) if np.isfinite(chords).any() else 1.0
    return {
        "points": even.shape[1],
        "t12": t12,
        "s1": s1,
        "back": packed_points(even, PIXEL_UNITS),
        "visible": packed(visible, "u1"),
        "ghost_points": lines.ghost.shape[1],
        "ghost": packed_points(lines.ghost[::step], PIXEL_UNITS),
        "ticks": packed_points(
            np.concatenate([lines.pelvis_tick, lines.trunk_tick], axis=1)[::step], PIXEL_UNITS
        ),
        "shape_points": shapes.shape[1],
        "shapes": packed_points(shapes / size, SHAPE_UNITS),
        "own": packed_points(own / size, SHAPE_UNITS),
        "units": {"pixel": PIXEL_UNITS, "shape": SHAPE_UNITS},
    }


def _own_shape(shapes: FloatArray, posture: Posture, step: int) -> FloatArray:
    """Return the median lumbar shape of the standing reference; NaN where there is none."""
    still = posture.reference.frames(posture.time_s[::step])
    still &= np.isfinite(shapes).all(axis=(1, 2))
    if not still.any():
        return np.full(shapes.shape[1:], np.nan)
    own: FloatArray = np.median(shapes[still], axis=0)
    return own


def _gaps(posture: Posture, step: int) -> list[dict[str, Any]]:
    """Return every stretch without a number: first and last frame, and why in words."""
    hidden, reason = ~posture.measurable[::step], posture.reason[::step]
    gaps: list[dict[str, Any]] = []
    for index in np.flatnonzero(hidden):
        if gaps and gaps[-1]["last"] == index - 1 and gaps[-1]["code"] == reason[index]:
            gaps[-1]["last"] = int(index)
        else:
            code = str(reason[index])
            gap = {"first": int(index), "last": int(index), "code": code}
            gaps.append(gap | {"why": reason_words(code)})
    return gaps


def _by_hand(analysis: LiftAnalysis, step: int) -> list[tuple[int, int]]:
    """Return first and last frame of every stretch that a person drew in or left out."""
    if analysis.evidence is None:
        return []
    return [(first, last - 1) for first, last in runs_of(analysis.evidence.by_hand[::step])]


def _reps(analysis: LiftAnalysis) -> list[dict[str, Any]]:
    return [
        {
            "index": rep.index,
            "start": rep.start_s,
            "end": rep.end_s,
            "phases": [[name, *span] for name, span in rep.phases.items()],
        }
        for rep in analysis.reps
    ]


def _findings(analysis: LiftAnalysis) -> list[dict[str, Any]]:
    return [
        {
            "name": called(finding),
            "kind": finding.kind,
            "rep": finding.rep,
            "start": finding.start_s,
            "peak": finding.peak_s,
            "end": finding.end_s,
            "size": finding.size_deg,
            "sd": finding.sd_deg,
        }
        for finding in analysis.findings
    ]


def _standing(posture: Posture) -> list[float] | None:
    spans = posture.reference.spans
    span = list(spans[0]) if spans else [np.nan, np.nan]
    return span if np.isfinite(span).all() else None
