"""Animated drawings of one squat: low back kept, or rounded in one phase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from backline.model.posture import SERIES_FIELDS, FloatArray, Posture, Standing, WholeBodyMotion
from backline.report.colour import flexion_colour
from backline.report.figure import HEIGHT, WIDTH, stick_figure

FRAMES = 36  # of one repetition of an animation
MOVES: dict[str, tuple[float, float, float]] = {
    "clean": (0.0, 0.0, 0.0),
    "wink": (18.0, 0.0, 0.0),
    "top": (0.0, 0.0, 9.0),
    "way": (0.0, 16.0, 0.0),
}
"""Lumbar flexion at the bottom, on the way up and at the top, degrees: a plain butt wink, a plain
rounding in the ascent, and the most that people can tuck in standing (Levine and Whittle 1996)."""
KNEE_DEG, ANKLE_DEG, LEAN_DEG = 118.0, 30.0, 40.0
"""At the bottom of a deep squat."""


@dataclass(frozen=True)
class Moving:
    """One drawing: for each part the paths of all frames.

    Parameters
    ----------
    size : tuple of int
        Width and height of the drawing.
    limbs, chest, lumbar : list of str
        SVG paths.
    colours : list of str
        Colour of the low back.
    head_x, head_y : list of float
        Middle of the head.
    radius : float
        Of the head.
    """

    size: tuple[int, int]
    limbs: list[str]
    chest: list[str]
    lumbar: list[str]
    colours: list[str]
    head_x: list[float]
    head_y: list[float]
    radius: float


def moving_lifter(kind: str) -> Moving:
    """Return one of `MOVES`, drawn with the report's figure."""
    posture = _posture(*MOVES[kind])
    figure = stick_figure(posture)
    lines = figure.lines
    return Moving(
        size=(WIDTH, HEIGHT),
        limbs=[_path(frame) for frame in figure.limbs],
        chest=[_path(frame[: lines.t12 + 1]) for frame in lines.back],
        lumbar=[_path(frame[lines.t12 : lines.s1 + 1]) for frame in lines.back],
        colours=[f"rgb{flexion_colour(float(v))}" for v in posture.lumbar_flexion_deg],
        head_x=[round(float(x), 1) for x in figure.head[:, 0]],
        head_y=[round(float(y), 1) for y in figure.head[:, 1]],
        radius=HEIGHT * 0.042,
    )


def _posture(bottom_deg: float, way_deg: float, top_deg: float) -> Posture:
    """Return one squat: standing, down, up, and a while at the top."""
    share = np.linspace(0.0, 1.0, FRAMES)
    depth = np.where(share < 0.7, np.sin(np.pi * np.clip(share / 0.7, 0, 1)) ** 2, 0.0)
    deep = np.clip((depth - 0.75) / 0.25, 0.0, 1.0)
    late = np.exp(-(((share - 0.82) / 0.09) ** 2))
    rising = np.exp(-(((share - 0.52) / 0.07) ** 2))
    flexion = bottom_deg * deep + way_deg * rising + top_deg * late
    lean = LEAN_DEG * depth
    zeros: FloatArray = np.zeros(FRAMES)
    series: dict[str, Any] = dict.fromkeys(SERIES_FIELDS, zeros)
    series |= {
        "lumbar_flexion_deg": flexion,
        "trunk_lean_deg": lean,
        "pelvic_tilt_deg": lean - flexion,
        "knee_flexion_deg": KNEE_DEG * depth,
        "ankle_dorsiflexion_deg": ANKLE_DEG * depth,
        "hip_flexion_deg": lean - flexion + (KNEE_DEG - ANKLE_DEG) * depth,
        "lumbar_curve_deg": 35.0 - flexion,
        "thoracic_flexion_deg": np.full(FRAMES, np.nan),
        "measurable": np.ones(FRAMES, dtype=np.bool_),
        "reason": np.full(FRAMES, "", dtype="U1"),
    }
    return Posture(
        time_s=share, standing=Standing(0.0, 0.0, "before_first_rep"),
        motion=WholeBodyMotion(zeros, zeros, zeros), **series,
    )  # fmt: skip


def _path(points: FloatArray) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
