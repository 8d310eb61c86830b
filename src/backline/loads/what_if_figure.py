"""The figure of a what-if: the posture beside its load over trunk lean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backline.loads.body import LUMBAR_SHARE
from backline.loads.sensitivity import Pose
from backline.loads.what_if import WhatIf, sweep
from backline.texts import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ASKED, PLAIN = "#c2410c", "#475569"
"""Colours of the posture as asked, and of the one without the tuck."""


def write_figure(case: WhatIf, path: Path) -> None:
    """Draw a what-if into a PNG file.

    Parameters
    ----------
    case : WhatIf
        What to draw.
    path : Path
        The file; its folder must be there.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    body, load = figure.subplots(1, 2, width_ratios=(1.0, 1.6))
    _draw_body(body, case)
    _draw_load(load, case)
    figure.savefig(path, dpi=150)


def _first(case: WhatIf) -> int:
    """Return the first of the two postures to draw: without a tuck they are the same."""
    return 0 if case.pose.lumbar_flexion_deg else 1


def _draw_body(axes: Axes, case: WhatIf) -> None:
    """Draw both trunks from the side, with the bar."""
    both = ((case.without, PLAIN, "no tuck"), (case.pose, ASKED, "as asked"))
    for pose, colour, name in both[_first(case) :]:
        line = _back(pose)
        axes.plot(line[0], line[1], color=colour, lw=5, solid_capstyle="round", label=name)
        points = pose.points()
        axes.plot(points.x[1], points.y[1], "o", color=colour, ms=20, alpha=0.6)
        axes.plot(points.x[3], points.y[3], "o", color=colour, ms=9, mec="black")
    axes.plot(0, 0, "s", color="black", ms=7)
    axes.annotate("L5/S1", (0, 0), (8, -14), textcoords="offset points")
    axes.set_aspect("equal")
    low = -0.75 if case.pose.place == "hands" else -0.25
    axes.set(xlim=(-0.3, 0.7), ylim=(low, 1.4 if case.pose.place == "overhead" else 0.95))
    axes.set_title(f"{case.pose.load_kg:g} kg {say(f'bar_place.{case.pose.place}')}")
    axes.set_xlabel("forward of L5/S1, m")
    axes.set_ylabel("above L5/S1, m")
    axes.legend(loc="upper left", frameon=False)


def _back(pose: Pose) -> tuple[list[float], list[float]]:
    """Return the line of the back: pelvis, L5/S1, five lumbar steps, thorax."""
    tilt = np.radians(pose.trunk_lean_deg - pose.lumbar_flexion_deg)
    thorax = np.radians(pose.trunk_lean_deg)
    steps = [*np.linspace(tilt, thorax, 5), thorax]
    lumbar = LUMBAR_SHARE * pose.body.trunk_m
    lengths = [lumbar / 5] * 5 + [pose.body.trunk_m - lumbar]
    x, y = [-0.1 * float(np.sin(tilt)), 0.0], [-0.1 * float(np.cos(tilt)), 0.0]
    for angle, length in zip(steps, lengths, strict=True):
        x.append(x[-1] + length * float(np.sin(angle)))
        y.append(y[-1] + length * float(np.cos(angle)))
    return x, y


def _draw_load(axes: Axes, case: WhatIf) -> None:
    """Draw compression over lean, with its band, and mark the case."""
    lean = case.pose.trunk_lean_deg
    leans = np.linspace(min(-5.0, lean - 5), max(60.0, lean + 5), 66)
    both = (
        ("no tuck", case.without, case.load_without, PLAIN),
        (f"{case.pose.lumbar_flexion_deg:g}° tuck", case.pose, case.load, ASKED),
    )
    for which, pose, load, colour in both[_first(case) :]:
        over = sweep(WhatIf(pose, case.without, load, case.load_without), leans)
        low, high = over["l5s1_compression_low_n"], over["l5s1_compression_high_n"]
        axes.plot(leans, over["l5s1_compression_n"] / 1000, color=colour, lw=2, label=which)
        axes.fill_between(leans, low / 1000, high / 1000, color=colour, alpha=0.18, lw=0)
        axes.plot(lean, load["l5s1_compression_n"] / 1000, "o", color=colour, mec="black")
    axes.set_xlabel("trunk lean, degrees from standing")
    axes.set_ylabel("compression on L5/S1, kN")
    axes.set_title("Estimate, with its band")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(loc="upper left", frameon=False)
