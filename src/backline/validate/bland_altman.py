"""Bland and Altman's plot: the difference of two measurements over their mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from backline.model.posture import FloatArray
from backline.validate.agreement import agreement

#: Dots drawn; more only make the picture heavy.
MOST_DOTS = 6000
INK, DOT, LIMIT = "#222222", "#2b6cb0", "#c05621"


def blank_figure(panels: int, size: tuple[float, float]) -> tuple[Any, Any]:
    """Return a figure that belongs to no window system, and its axes.

    Parameters
    ----------
    panels : int
        Axes side by side.
    size : (float, float)
        Width and height, inches.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for axis in axes:
        axis.grid(color="#dddddd", linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def draw_agreement(axis: Any, first: FloatArray, second: FloatArray, title: str) -> None:
    """Draw differences over means with bias and 95 % limits (Bland and Altman 1986).

    Parameters
    ----------
    axis : matplotlib Axes
        Drawn on.
    first, second : ndarray, shape (n,)
        Paired values, degrees; the difference is the second less the first. Pairs with a NaN
        are left out.
    title : str
        What is compared.
    """
    apart, mean = second - first, (first + second) / 2
    known = np.flatnonzero(np.isfinite(apart))
    if len(known):
        known = known[np.unique(np.linspace(0, len(known) - 1, MOST_DOTS).astype(int))]
    strength = 0.15 if len(known) > 500 else 0.5
    axis.plot(mean[known], apart[known], ".", color=DOT, alpha=strength, markersize=3)
    found = agreement(apart)
    for value, style in ((found.bias, "-"), (found.low, "--"), (found.high, "--")):
        if np.isfinite(value):
            axis.axhline(value, color=LIMIT, linestyle=style, linewidth=1.2)
            axis.annotate(
                f"{value:+.1f}", (1.0, value), xycoords=("axes fraction", "data"),
                xytext=(-4, 3), textcoords="offset points", ha="right", color=LIMIT,
            )  # fmt: skip
    axis.set_title(title, fontsize=10, color=INK)
