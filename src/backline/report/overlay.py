"""Draws the measurement on the lift: small functions that draw one thing each.

Every function draws in place on a picture of shape (height, width, 3), uint8, RGB. Lines are
antialiased and carry a dark casing, so that they stand out on bright and dark rooms alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.findings.finding import Finding
from backline.findings.sentences import shown_sd
from backline.model.posture import BoolArray, FloatArray
from backline.report.colour import (
    RGB,
    UNMEASURED,
    WORD_FROM_DEG,
    flexion_colour,
    flexion_word,
)
from backline.report.lines import DrawnScene, scene
from backline.report.words import called, reason_words
from backline.reps import rep_and_phase
from backline.signals.filters import runs_of
from backline.texts import say

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

    from backline.analysis import LiftAnalysis

Picture = NDArray[np.uint8]

CASING: RGB = (12, 16, 22)  # dark rim that sets lines off from any picture
CONTOUR: RGB = (240, 243, 247)  # the back of this frame
GHOST: RGB = (255, 255, 255)  # the back in the standing posture
_SMALLEST_TEXT_PX = 5  # cap height below which text cannot be read
_SHIFT = 4  # cv2 draws at 1/16 pixel


class Overlay:
    """Draws one analysis on its frames, all at one picture size.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result, with evidence in full-size pixels.
    width, height : int
        Size of the pictures that will be drawn on, pixels.
    readout : bool
        Whether the number is written into the corner.
    """

    def __init__(
        self, analysis: LiftAnalysis, width: int, height: int, *, readout: bool = True
    ) -> None:
        full = max(analysis.source.width_px, analysis.source.height_px, 1)
        self.scene: DrawnScene | None = scene(analysis, max(width, height) / full)
        self.thickness = max(2.0, max(width, height) / 140)
        self._posture, self._findings = analysis.posture, analysis.findings
        self._rep, self._phase = rep_and_phase(analysis.reps, analysis.posture.time_s)
        self._readout = readout

    def draw(self, picture: Picture, index: int) -> Picture:
        """Draw frame ``index`` of the analysis onto its picture, in place, and return it."""
        measured = bool(self._posture.measurable[index])
        if measured and self.scene is not None:
            self._draw_lines(picture, self.scene, index)
        if self._readout:
            draw_readout(picture, *self._words(index))
        return picture

    def _draw_lines(self, picture: Picture, lines: DrawnScene, index: int) -> None:
        flexion = float(self._posture.lumbar_flexion_deg[index])
        width = self.thickness
        for tick in (lines.pelvis_tick[index], lines.trunk_tick[index]):
            draw_line(picture, tick, CONTOUR, width * 0.45)
        lumbar = slice(lines.t12, lines.s1 + 1)
        back, visible = lines.back[index], lines.visible[index]
        draw_seen_line(picture, back, visible, CONTOUR, width * 0.42)
        draw_seen_line(picture, back[lumbar], visible[lumbar], flexion_colour(flexion), width)
        draw_ghost(picture, lines.ghost[index], width * 0.4)  # above, or only its end stands out

    def _words(self, index: int) -> tuple[str, str, RGB]:
        """Return the readout's two lines and the colour of its dot."""
        rep, phase = int(self._rep[index]), str(self._phase[index])
        parts = (say("readout.rep", rep=rep) if rep else "", say(f"phase.{phase}") if phase else "")
        where = " · ".join(part for part in parts if part)
        if not self._posture.measurable[index]:
            why = reason_words(str(self._posture.reason[index]))
            return say("readout.unknown", why=why), where, UNMEASURED
        flexion = float(self._posture.lumbar_flexion_deg[index])
        sd = float(self._posture.lumbar_flexion_sd_deg[index])
        event = event_at(self._findings, float(self._posture.time_s[index]))
        if event is not None:
            size = -event.size_deg if event.kind == "over_extension" else event.size_deg
            return f"{called(event)} {_spread(size, event.sd_deg)}", where, flexion_colour(size)
        # In whole degrees, as the words are: one drawing serves many frames.
        return flexion_words(flexion, sd), where, flexion_colour(round(flexion))


def flexion_words(flexion_deg: float, sd_deg: float) -> str:
    """Return the readout of one frame, for example ``"low back +9° ± 2 flexed"``.

    What is smaller than its own standard deviation is not called a change.
    """
    word = flexion_word(flexion_deg, _word_floor(sd_deg))
    return say("readout.low_back", size=_spread(flexion_deg, sd_deg), word=word)


def event_at(findings: tuple[Finding, ...], time_s: float) -> Finding | None:
    """Return the largest finding that holds a moment, seconds; drift is over the whole set."""
    there = [f for f in findings if f.kind != "drift" and f.start_s <= time_s <= f.end_s]
    return max(there, key=lambda f: f.size_deg, default=None)


def _spread(size_deg: float, sd_deg: float) -> str:
    """Return a signed number of whole degrees with its deviation."""
    number = f"{size_deg:+.0f}".replace("-0", "0").replace("+0", "0")
    return f"{number}°" + (f" ± {shown_sd(sd_deg):.0f}" if np.isfinite(sd_deg) else "")


def _word_floor(sd_deg: float) -> float:
    """Return what a change must exceed to be called one, degrees."""
    return max(WORD_FROM_DEG, sd_deg) if np.isfinite(sd_deg) else WORD_FROM_DEG


def draw_line(picture: Picture, line: FloatArray, colour: RGB, width: float) -> None:
    """Draw one open line with its casing; NaN points break it.

    Parameters
    ----------
    picture : ndarray, shape (height, width, 3)
        Drawn on in place.
    line : ndarray, shape (m, 2)
        Pixels.
    colour : tuple of int
        Red, green, blue.
    width : float
        Pixels.
    """
    runs = _runs(line, np.isfinite(line).all(axis=1))
    for tone, thickness in ((CASING, width + max(2.0, width * 0.5)), (colour, width)):
        cv2.polylines(picture, runs, False, tone, max(1, round(thickness)), cv2.LINE_AA, _SHIFT)


def draw_seen_line(
    picture: Picture, line: FloatArray, visible: BoolArray, colour: RGB, width: float
) -> None:
    """Draw a line solid where it was seen, and as thin faded dashes where something hid it."""
    seen = visible[:-1] & visible[1:]
    for start, stop in runs_of(~seen):
        draw_dashes(picture, line[start : stop + 1], _faded(colour), max(1.0, width * 0.4), width)
    for start, stop in runs_of(seen):
        draw_line(picture, line[start : stop + 1], colour, width)


def draw_dashes(
    picture: Picture, line: FloatArray, colour: RGB, width: float, period: float
) -> None:
    """Draw a dashed line without casing.

    A dash is ``1.5 * period`` pixels long, and so is a gap, once the round ends are drawn.
    """
    line = line[np.isfinite(line).all(axis=1)]
    if len(line) < 2:
        return
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    dash = max(3.0, 1.5 * period)
    starts = np.arange(0.0, along[-1], 2 * dash + 2 * width)
    at = np.linspace(starts, np.minimum(starts + dash, along[-1]), 4, axis=1)
    pieces = np.stack([np.interp(at, along, line[:, axis]) for axis in (0, 1)], axis=2)
    drawn = [_fixed(piece) for piece in pieces]
    cv2.polylines(picture, drawn, False, colour, max(1, round(width)), cv2.LINE_AA, _SHIFT)


def draw_ghost(picture: Picture, ghost: FloatArray, width: float) -> None:
    """Draw the standing reference's lumbar curve: white dashes on a dark casing."""
    known = ghost[np.isfinite(ghost).all(axis=1)]
    if len(known) > 1:
        draw_dashes(picture, known, CASING, width + 2, width * 2)
        draw_dashes(picture, known, GHOST, width, width * 2)


def draw_readout(picture: Picture, first: str, second: str, dot: RGB) -> None:
    """Write the number and where in the lift into the lower left corner, on a dark plate."""
    height, width = picture.shape[:2]
    size = max(11, round(min(width / 24, height / 30)))
    gap = max(4, round(width / 60))
    plate = _plate(first, second, dot, size)
    while plate.ink.shape[1] > width - 2 * gap and size > _SMALLEST_TEXT_PX:
        size -= 1
        plate = _plate(first, second, dot, size)
    tall, wide = min(plate.ink.shape[0], height - gap), min(plate.ink.shape[1], width - gap)
    if tall <= 0 or wide <= 0:
        return
    corner = picture[height - gap - tall : height - gap, gap : gap + wide]
    ink, clear = plate.ink[:tall, :wide], plate.clear[:tall, :wide]
    # Both add up to at most 255, so that no sum runs over.
    cv2.add(ink, cv2.multiply(corner, clear, scale=1 / 255), dst=corner)


@dataclass(frozen=True, eq=False)
class _Plate:
    """The readout, ready to lay over a picture: its ink, and how much it lets through, of 255."""

    ink: Picture
    clear: Picture


@lru_cache(maxsize=512)
def _plate(first: str, second: str, dot: RGB, size: int) -> _Plate:
    """Return the readout's plate; one drawing serves every frame that says the same."""
    from PIL import Image, ImageDraw

    big, small, pad = _font(size), _font(round(size * 0.78)), round(size * 0.6)
    ink = ImageDraw.Draw(Image.new("RGBA", (1, 1)))
    bullet = round(size * 0.62)
    indent = pad + bullet + round(size * 0.5)
    wide = max(ink.textlength(first, big), ink.textlength(second, small))
    tall = pad * 2 + round(size * (2.15 if second else 1.1))
    plate = Image.new("RGBA", (round(indent + wide + pad * 1.2), tall), (0, 0, 0, 0))
    ink = ImageDraw.Draw(plate)
    ink.rounded_rectangle(
        (0, 0, plate.width - 1, tall - 1), radius=round(size * 0.55), fill=(*CASING, 205)
    )
    top = pad + round(size * 0.58) - bullet // 2
    ink.ellipse((pad, top, pad + bullet, top + bullet), fill=(*dot, 255))
    ink.text((indent, pad), first, font=big, fill=(255, 255, 255, 255))
    ink.text((indent, pad + round(size * 1.3)), second, font=small, fill=(198, 205, 214, 255))
    drawn = np.array(plate)
    alpha = drawn[..., 3:].astype(np.uint16)
    covering = ((drawn[..., :3] * alpha + 127) // 255).astype(np.uint8)
    return _Plate(covering, np.repeat(255 - drawn[..., 3:], 3, axis=2))


@lru_cache(maxsize=16)
def _font(size: int) -> FreeTypeFont | ImageFont:
    """Return Pillow's own font, so that no font of the machine is needed."""
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _faded(colour: RGB) -> RGB:
    red, green, blue = (
        round(part * 0.55 + grey * 0.45) for part, grey in zip(colour, UNMEASURED, strict=True)
    )
    return red, green, blue


def _runs(line: FloatArray, finite: BoolArray) -> list[NDArray[np.int32]]:
    return [_fixed(line[a:b]) for a, b in runs_of(finite) if b - a > 1]


def _fixed(line: FloatArray) -> NDArray[np.int32]:
    """Return points in cv2's fixed-point units."""
    points: NDArray[np.int32] = np.round(line * (1 << _SHIFT)).astype(np.int32)
    return points.reshape(-1, 1, 2)
