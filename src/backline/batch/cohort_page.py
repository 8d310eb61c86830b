"""The cohort report as one self-contained HTML page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import resources

from backline.batch.cohort import Cohort, Curve

WIDTH, HEIGHT = 220.0, 150.0  # of one chart, SVG units
LOW_DEG, HIGH_DEG = -10.0, 40.0
"""Range of the curves' axis, degrees of lumbar flexion; values beyond it are drawn at its edge."""


@dataclass(frozen=True)
class Drawing:
    """One curve as SVG paths.

    Parameters
    ----------
    title, band, line : str
        Phase; paths of the band and the mean.
    lifters : int
        How many.
    """

    title: str
    band: str
    line: str
    lifters: int


def page(cohort: Cohort) -> str:
    """Return the page as HTML; every word from the dataset is escaped."""
    from jinja2 import Environment, StrictUndefined

    text = resources.files("backline.batch").joinpath("cohort.html").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    lifts = {
        lift: [_draw(curve) for curve in cohort.curves if curve.lift == lift]
        for lift in dict.fromkeys(row.lift for row in cohort.rows)
    }
    ticks = [(deg, _y(deg)) for deg in (0, 10, 20, 30)]
    return environment.from_string(text).render(
        cohort=cohort, lifts=lifts, ticks=ticks, width=WIDTH, height=HEIGHT
    )


def _draw(curve: Curve) -> Drawing:
    step = WIDTH / max(len(curve.mean_deg) - 1, 1)
    means = [(k * step, m) for k, m in enumerate(curve.mean_deg) if m is not None]
    line = " ".join(f"{x:.1f},{_y(m):.1f}" for x, m in means)
    pairs = zip(curve.mean_deg, curve.sd_deg, strict=True)
    edges = [
        (k * step, m, sd) for k, (m, sd) in enumerate(pairs) if m is not None and sd is not None
    ]
    upper = [f"{x:.1f},{_y(m + sd):.1f}" for x, m, sd in edges]
    lower = [f"{x:.1f},{_y(m - sd):.1f}" for x, m, sd in reversed(edges)]
    return Drawing(curve.phase, " ".join((*upper, *lower)), line, curve.lifters)


def _y(degrees: float) -> float:
    part = (min(max(degrees, LOW_DEG), HIGH_DEG) - LOW_DEG) / (HIGH_DEG - LOW_DEG)
    return math.fsum((HEIGHT, -HEIGHT * part))
