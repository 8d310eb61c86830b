"""Plots of validation: Bland-Altman and calibration, as PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backline.validate.bland_altman import blank_figure, draw_agreement
from backline.validate.conditions import calibrations, fair_frames
from backline.validate.figures import errors

if TYPE_CHECKING:
    from backline.validate.run import Results


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
    figure, axes = blank_figure(2, (10.0, 4.2))
    parts = (
        ("all measurable frames", frames),
        ("lockout", frames[frames["phase"] == "lockout"]),
    )
    for axis, (words, part) in zip(axes, parts, strict=True):
        true = part["true_lumbar_flexion_deg"].to_numpy(dtype=np.float64)
        measured = true + errors(part, "lumbar_flexion_deg")
        draw_agreement(axis, true, measured, f"Lumbar flexion, {words}: bias and 95 % limits")
        axis.set_xlabel("mean of measured and true (deg)")
        axis.set_ylabel("measured less true (deg)")
    figure.savefig(path, dpi=110)


def plot_calibration(results: Results, path: Path) -> None:
    """Draw how often the truth lies inside stated intervals, against what they promise."""
    table = calibrations(results)
    figure, (axis,) = blank_figure(1, (4.8, 4.4))
    axis.plot([50, 100], [50, 100], color="#999999", linewidth=1, label="as promised")
    axis.fill_between([85, 95], 85, 95, color="#999999", alpha=0.15, linewidth=0)
    for name in [column for column in table if column != "nominal"]:
        axis.plot(100 * table["nominal"], 100 * table[name], "o-", markersize=4, label=name)
    axis.set_xlabel("stated interval (%)")
    axis.set_ylabel("holds the truth (% of frames)")
    axis.legend(frameon=False, fontsize=9)
    figure.savefig(path, dpi=110)
