"""Angles that a person drew in a frame: three points, beside a note on that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.report.words import clock, setting
from backline.texts import say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis


def angle_deg(points: Sequence[Sequence[float]], width_px: float, height_px: float) -> float:
    """Return the angle at the second of three points, in the plane of the picture.

    Parameters
    ----------
    points : sequence of (float, float), length 3
        Shares of the picture's width and height.
    width_px, height_px : float
        Size of the picture, pixels.

    Returns
    -------
    float
        0 to 180 degrees. It is not corrected for perspective or the camera's tilt.

    Examples
    --------
    >>> angle_deg([(0.5, 0.0), (0.5, 0.5), (1.0, 0.5)], 1280, 720)
    90.0
    """
    places = np.asarray(points, dtype=np.float64) * (width_px, height_px)
    (ax, ay), (bx, by) = places[0] - places[1], places[2] - places[1]
    return float(np.degrees(np.arctan2(abs(ax * by - ay * bx), ax * bx + ay * by)))


def note_words(note: Mapping[str, Any], width_px: float, height_px: float) -> str:
    """Return a note in words: the angle that was drawn, where there is one, and the text."""
    points = note.get("angle")
    if not points:
        return str(note["text"])
    size = f"{angle_deg(points, width_px, height_px):.0f}"
    key = "report.angle_note" if note["text"] else "report.angle"
    return say(key, size=size, text=note["text"])


def notes_of(analysis: LiftAnalysis) -> list[tuple[float, str, str]]:
    """Return the notes on moments: seconds, the same in words, and what they say."""
    size = (analysis.source.width_px, analysis.source.height_px)
    notes = setting(analysis, "notes") or ()
    return [(one["time_s"], clock(one["time_s"]), note_words(one, *size)) for one in notes]


def drawn_angles(analysis: LiftAnalysis) -> list[dict[str, Any]]:
    """Return what the player draws: ``time_s``, ``points`` (shares), ``size_deg``."""
    size = (analysis.source.width_px, analysis.source.height_px)
    return [
        {
            "time_s": one["time_s"],
            "points": one["angle"],
            "size_deg": round(angle_deg(one["angle"], *size)),
        }
        for one in setting(analysis, "notes") or ()
        if one.get("angle")
    ]
