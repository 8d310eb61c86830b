"""The sheet to print: five stickers at true scale, and where they go."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.errors import UsageError
from backline.sources.fiducials.layout import (
    MODULES,
    PLACES,
    QUIET_SHARE,
    SIZE_MM,
    STEM_SHARE,
    StickerPlace,
    pattern,
)
from backline.storage.atomic_file import atomic_file

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height, millimetres."""
SIZE_RANGE_MM = (24.0, 34.0)
"""Smaller ones a phone cannot read, of larger ones three do not fit side by side."""
MARGIN_MM = 11.0  # blank rim of a page
TAB_MM = 9.0
"""Foot of a fin on either side of the spine, millimetres."""
RULER_MM = 100.0  # printed to be measured: is the scale right?
MM_AN_INCH = 25.4  # definition
INK, GREY = "#000000", "#777777"

STEPS = (
    "1. Print at 100 % (not 'fit to page') on thick paper: the ruler below must measure 100 mm.",
    "2. Cut along the solid lines. Fold each of the three fins back along its dashed line and glue "
    "the halves together; bend the grey tabs out.",
    "3. Stick all five on bare skin or tight cloth, on the side that the camera sees: the fins on "
    "the spine, standing out of the back, the other two flat.",
    "4. Film side-on, the whole body in the picture, in 1080p or more, in good light. Stand still "
    "for two seconds first.",
    "How they are turned does not matter, only that they stay on: every angle is a change from "
    "your quiet standing.",
)


@dataclass(frozen=True)
class _Page:
    """A page drawn in millimetres, y upwards from the lower edge."""

    axis: Any
    size_mm: float

    @property
    def outer_mm(self) -> float:
        return self.size_mm + 2 * self.quiet_mm

    @property
    def quiet_mm(self) -> float:
        return QUIET_SHARE * self.size_mm

    @property
    def face_mm(self) -> float:
        """Height of one face of a fin."""
        return self.outer_mm + STEM_SHARE * self.size_mm

    def rectangle(self, x: float, y: float, wide: float, tall: float, **style: Any) -> None:
        from matplotlib.patches import Rectangle

        self.axis.add_patch(Rectangle((x, y), wide, tall, **style))

    def text(self, x: float, y: float, words: str, size: float = 8.5, **style: Any) -> None:
        self.axis.text(x, y, words, fontsize=size, **{"va": "top", "color": INK, **style})

    def line(self, start: tuple[float, float], end: tuple[float, float], **style: Any) -> None:
        self.axis.plot(*zip(start, end, strict=True), **{"color": GREY, "linewidth": 0.6, **style})


def write_sheet(path: str | Path, paper: str = "a4", size_mm: float = SIZE_MM) -> Path:
    """Write the sheet as PDF, to be printed at 100 %.

    Parameters
    ----------
    path : str or Path
        The PDF.
    paper : {"a4", "letter"}
        The paper.
    size_mm : float
        Side of the printed patterns, millimetres.

    Raises
    ------
    UsageError
        If paper or size are none of these.
    BacklineError
        If the file cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure

    if paper not in PAPERS:
        raise UsageError(f"--paper is '{paper}', expected one of {', '.join(PAPERS)}.")
    low, high = SIZE_RANGE_MM
    if not low <= size_mm <= high:
        raise UsageError(
            f"--size-mm is {size_mm:g}, expected {low:g} to {high:g}: smaller patterns cannot be "
            "read from a phone's video, larger ones do not fit the sheet."
        )
    target = Path(path)
    wide, tall = PAPERS[paper]
    figure = Figure(figsize=(wide / MM_AN_INCH, tall / MM_AN_INCH))
    FigureCanvasPdf(figure)
    axis = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axis.set_xlim(0, wide)
    axis.set_ylim(0, tall)
    axis.axis("off")
    _draw(_Page(axis, size_mm), wide, tall)
    with atomic_file(target) as part, rc_context({"pdf.fonttype": 42}):
        figure.savefig(part, format="pdf", metadata={"Title": "Backline stickers"})
    return target


def _draw(page: _Page, wide: float, tall: float) -> None:
    top = tall - MARGIN_MM
    page.text(MARGIN_MM, top, "Backline stickers", 16, weight="bold")
    lines = [line for step in STEPS for line in textwrap.wrap(step, 118)]
    page.text(MARGIN_MM, top - 9, "\n".join(lines), linespacing=1.35)
    below = top - 12 - 4.15 * len(lines)
    fins = [place for place in PLACES if place.fin]
    flats = [place for place in PLACES if not place.fin]
    step = (wide - 2 * MARGIN_MM - page.outer_mm) / (len(fins) - 1)
    for k, place in enumerate(fins):
        _fin(page, place, MARGIN_MM + k * step, below - 5)
    low = below - 9 - 2 * page.face_mm - 2 * TAB_MM
    for k, place in enumerate(flats):
        _flat(page, place, MARGIN_MM + k * step, low - 5)
    _lifter(page, MARGIN_MM + 2 * step + 18.0, low)
    page.line((MARGIN_MM, 8), (MARGIN_MM + RULER_MM, 8), color=INK, linewidth=0.8)
    for mm in np.arange(0, RULER_MM + 1, 10):
        page.line((MARGIN_MM + mm, 8), (MARGIN_MM + mm, 10 if mm % 50 else 11), color=INK)
    page.text(MARGIN_MM + RULER_MM + 3, 11, f"{RULER_MM:.0f} mm: measure it before you cut")


def _fin(page: _Page, place: StickerPlace, x: float, top: float) -> None:
    """Draw a fin: tab, face, fold, face, tab; the upper face upside down, so both stand upright."""
    outer = page.outer_mm
    tall = 2 * page.face_mm + 2 * TAB_MM
    page.text(x, top + 4.5, f"{place.title} (fin)", 9, weight="bold")
    page.rectangle(x, top - tall, outer, tall, fill=False, edgecolor=GREY, linewidth=0.6)
    for y in (top - TAB_MM, top - tall):
        page.rectangle(x, y, outer, TAB_MM, facecolor="#dddddd", edgecolor=GREY, linewidth=0.6)
    fold = top - TAB_MM - page.face_mm
    page.line((x, fold), (x + outer, fold), linestyle=(0, (4, 3)))
    _pattern(page, np.rot90(pattern(place), 2), x + page.quiet_mm, fold + page.quiet_mm)
    _pattern(page, pattern(place), x + page.quiet_mm, fold - page.quiet_mm - page.size_mm)


def _flat(page: _Page, place: StickerPlace, x: float, top: float) -> None:
    outer = page.outer_mm
    page.text(x, top + 4.5, f"{place.title} (flat)", 9, weight="bold")
    page.rectangle(x, top - outer, outer, outer, fill=False, edgecolor=GREY, linewidth=0.6)
    _pattern(page, pattern(place), x + page.quiet_mm, top - outer + page.quiet_mm)


def _pattern(page: _Page, white: NDArray[np.bool_], x: float, y: float) -> None:
    """Draw a pattern as black squares, its lower left corner at (x, y)."""
    step = page.size_mm / MODULES
    for row, column in zip(*np.nonzero(~white), strict=True):
        at = (x + column * step, y + (MODULES - 1 - row) * step)
        page.rectangle(*at, step, step, facecolor=INK, edgecolor=INK, linewidth=0.1)


def _lifter(page: _Page, x: float, top: float) -> None:
    """Draw a lifter from the side, who faces right, and where each sticker goes."""
    from scipy.interpolate import PchipInterpolator

    tall = page.outer_mm + 4.0

    def at(right: float, up: float) -> tuple[float, float]:
        return x + right * tall, top - tall + up * tall

    back = np.array([(-0.05, 1.0), (-0.1, 0.85), (-0.09, 0.68), (-0.05, 0.52), (-0.09, 0.38),
                     (-0.13, 0.28), (-0.08, 0.16), (-0.06, 0.0)])  # fmt: skip
    front = np.array([(0.03, 1.0), (0.09, 0.85), (0.1, 0.68), (0.08, 0.5), (0.1, 0.38),
                      (0.09, 0.25), (0.08, 0.12), (0.07, 0.0)])  # fmt: skip
    heights = np.linspace(0.0, 1.0, 80)
    for side in (back, front):
        smooth = PchipInterpolator(side[::-1, 1], side[::-1, 0])(heights)
        for start, end in pairwise(zip(smooth, heights, strict=True)):
            page.line(at(*start), at(*end), color=INK, linewidth=0.9)
    spots = {"t12": (-0.09, 0.68), "l3": (-0.06, 0.56), "s1": (-0.08, 0.41),
             "pelvis": (0.0, 0.42), "femur": (0.0, 0.1)}  # fmt: skip
    for place in PLACES:
        right, up = spots[place.name]
        dx, dy = at(right, up)
        page.rectangle(dx - (3.6 if place.fin else 1.6), dy - 1.6, 3.2, 3.2, facecolor=INK)
        label_x, align = (-0.19, "right") if place.fin else (0.15, "left")
        page.text(*at(label_x, up + 0.03), place.title, 8, ha=align)
    words = [f"{place.title}: {place.where}" for place in PLACES]
    lines = [line for one in words for line in textwrap.wrap(one, 125, subsequent_indent="   ")]
    page.text(MARGIN_MM, top - page.outer_mm - 7, "\n".join(lines), 8, linespacing=1.3)
