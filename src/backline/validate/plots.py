"""Pictures for the page: Bland-Altman and calibration, as PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.validate.agreement import agreement
from backline.validate.conditions import calibrations, fair_frames
from backline.validate.figures import errors

if TYPE_CHECKING:
    from backline.validate.run import Results

#: Dots drawn; more only make the picture heavy.
MOST_DOTS = 6000
_INK, _BLUE, _RED = "#222222", "#2b6cb0", "#c05621"


def plot_agreement(results: Results, path: Path) -> None:
    """Draw measured less true against their mean (Bland and Altman 1986), fair conditions.

    Parameters
    ----------
    results : Results
        All cases.
    path : Path
        PNG to write: lumbar flexion over all frames, and at lockout.
    """
    frames = fair_frames(results)
    figure, axes = _figure(2, (10.0, 4.2))
    parts = (
        ("all measurable frames", frames),
        ("lockout", frames[frames["phase"] == "lockout"]),
    )
    for axis, (words, part) in zip(axes, parts, strict=True):
        error = errors(part, "lumbar_flexion_deg")
        mean = part["true_lumbar_flexion_deg"].to_numpy(dtype=np.float64) + error / 2
        known = np.flatnonzero(np.isfinite(error))
        dots = known[np.unique(np.linspace(0, max(len(known) - 1, 0), MOST_DOTS).astype(int))] \
            if len(known) else known  # fmt: skip
        axis.plot(mean[dots], error[dots], ".", color=_BLUE, alpha=0.15, markersize=3)
        found = agreement(error)
        for value, style in ((found.bias, "-"), (found.low, "--"), (found.high, "--")):
            if np.isfinite(value):
                axis.axhline(value, color=_RED, linestyle=style, linewidth=1.2)
                axis.annotate(
                    f"{value:+.1f}", (1.0, value), xycoords=("axes fraction", "data"),
                    xytext=(-4, 3), textcoords="offset points", ha="right", color=_RED,
                )  # fmt: skip
        axis.set_title(f"Lumbar flexion, {words}: bias and 95 % limits", fontsize=10, color=_INK)
        axis.set_xlabel("mean of measured and true (deg)")
        axis.set_ylabel("measured less true (deg)")
    figure.savefig(path, dpi=110)


def plot_calibration(results: Results, path: Path) -> None:
    """Draw how often the truth lies inside stated intervals, against what they promise."""
    table = calibrations(results)
    figure, (axis,) = _figure(1, (4.8, 4.4))
    axis.plot([50, 100], [50, 100], color="#999999", linewidth=1, label="as promised")
    axis.fill_between([85, 95], 85, 95, color="#999999", alpha=0.15, linewidth=0)
    for name in [column for column in table if column != "nominal"]:
        axis.plot(100 * table["nominal"], 100 * table[name], "o-", markersize=4, label=name)
    axis.set_xlabel("stated interval (%)")
    axis.set_ylabel("holds the truth (% of frames)")
    axis.legend(frameon=False, fontsize=9)
    figure.savefig(path, dpi=110)


def _figure(panels: int, size: tuple[float, float]) -> tuple[Any, Any]:
    """Return a figure that belongs to no window system, and its axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for axis in axes:
        axis.grid(color="#dddddd", linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes
