"""What is sent to the lifter: a before/after picture, ten seconds of video, one page of paper.

All are made of a written result: its document, its series and ``overlay.mp4``, on which the line
is drawn already.
"""

from __future__ import annotations

import textwrap
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.errors import UsageError
from backline.findings.finding import rank_of
from backline.findings.sentences import shown_sd
from backline.formats.video import VideoWriter
from backline.formats.video_reading import VideoClip
from backline.report.findings_view import cue_words
from backline.report.pictures import fitted, resized
from backline.report.translation import document_in_language, is_certain
from backline.report.words import capital, kilograms
from backline.storage.atomic_file import atomic_file
from backline.texts import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from backline.report.result import Result

OVERLAY = "overlay.mp4"
CLIP_S = 10.0
"""Length of the clip for a chat, seconds."""
CLIP_SIDE_PX, CLIP_CRF = 720, 27
"""Longer side of that clip, pixels, and its quality (x264's constant rate factor)."""
MOST_CLIP_BYTES = 6_000_000
"""Messengers take 16 MB and more; a clip of this size is sent in seconds."""
SMALLER = ((540, 31), (426, 34))
"""Longer side and crf that are tried where a clip is larger than that."""
PICTURE_PX = 900
"""Longer side of a picture for a chat, pixels."""
STRIP = 0.09
"""Height of the strip of words under the picture, share of its height."""
A4_INCH = (8.27, 11.69)
"""Size of the printed page, inches (ISO 216)."""
MOST_REASONS = 3
"""Reasons that fit on it."""
INK, SOFT, ROUNDED = "#13171d", "#55606e", "#c2410c"

Picture = NDArray[np.uint8]


def leading(document: dict[str, Any]) -> dict[str, Any] | None:
    """Return the finding that the report leads with; None without findings.

    Parameters
    ----------
    document : dict
        What ``analysis.json`` holds.
    """
    found: list[dict[str, Any]] = document["findings"]

    def rank(one: dict[str, Any]) -> tuple[bool, bool, bool, bool, float]:
        certain = is_certain(one, document["settings"])
        return rank_of(one["kind"], one["rep"], certain, one["size_deg"])

    return max(found, key=rank, default=None)


def chat_span(document: dict[str, Any]) -> tuple[float, float]:
    """Return the ten seconds about the leading finding, in the source's own seconds.

    Parameters
    ----------
    document : dict
        What ``analysis.json`` holds.
    """
    finding, reps = leading(document), document["reps"]
    middle = finding["peak_s"] if finding else (reps[0]["bottom_s"] if reps else 0.0)
    start = max(0.0, middle - 0.6 * CLIP_S)
    return start, start + CLIP_S


def chat_clip(result: Result, path: Path) -> None:
    """Write ten seconds of the lift with the line drawn on it, for a chat: H.264 in an mp4.

    Parameters
    ----------
    result : Result
        With a camera's video.
    path : Path
        The mp4.

    Raises
    ------
    UsageError
        If the result has no video.
    """
    overlay, begins = film_of(result), _begins(result)
    start, end = (max(0.0, t - begins) for t in chat_span(result.document))
    for side, crf in ((CLIP_SIDE_PX, CLIP_CRF), *SMALLER):
        with VideoClip(overlay) as clip, ExitStack() as files:
            size = fitted(clip.info.width_px, clip.info.height_px, side)
            writer = files.enter_context(VideoWriter(path, *size, crf=crf))
            first: float | None = None
            for frame in clip.frames(start, end):
                first = frame.time_s if first is None else first
                writer.write(resized(frame.picture, size), frame.time_s - first)
        if path.stat().st_size <= MOST_CLIP_BYTES:
            return


def picture(result: Result) -> Picture:
    """Return the standing reference beside the worst moment, with what it shows in words.

    Parameters
    ----------
    result : Result
        With a camera's video.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB.

    Raises
    ------
    UsageError
        If the result has no video.
    """
    overlay, begins = film_of(result), _begins(result)
    moments = _moments(document_in_language(result.document))
    order = sorted(range(len(moments)), key=lambda k: moments[k][0])
    times = [max(0.0, moments[k][0] - begins) + 1e-3 for k in order]
    with VideoClip(overlay) as clip:
        frames = [frame.picture for frame in clip.sample(times)]
    shown = dict(zip(order, frames, strict=True))
    return _side_by_side([(shown[k], moments[k][1]) for k in range(len(moments))])


def save_picture(result: Result, path: Path) -> None:
    """Write `picture` as a JPEG.

    Raises
    ------
    UsageError
        If the result has no video.
    """
    packed = cv2.imencode(".jpg", cv2.cvtColor(picture(result), cv2.COLOR_RGB2BGR))[1]
    with atomic_file(path) as part:
        part.write_bytes(packed.tobytes())


def sheet(result: Result, path: Path) -> None:
    """Write one page for the lifter: what was found, how sure that is, what to try (PDF, A4).

    Parameters
    ----------
    result : Result
        Any that was measured; without a video it has no picture.
    path : Path
        The PDF.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    result = replace(result, document=document_in_language(result.document))
    with rc_context({"pdf.fonttype": 42, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=A4_INCH, facecolor="white")
        _words(figure, result)
        if result.folder is not None and (result.folder / OVERLAY).is_file():
            shown = picture(result)
            axes = figure.add_axes((0.08, 0.34, 0.84, 0.34))
            axes.imshow(shown, interpolation="lanczos")
            axes.axis("off")
        _curve(figure.add_axes((0.1, 0.1, 0.82, 0.19)), result)
        with atomic_file(path) as part:
            figure.savefig(part, format="pdf", metadata={"Title": _headline(result)})


def film_of(result: Result) -> Path:
    """Return the result's video overlay.

    Raises
    ------
    UsageError
        If there is none.
    """
    overlay = result.folder / OVERLAY if result.folder is not None else None
    if overlay is None or not overlay.is_file():
        raise UsageError(
            f"The result '{result.name}' has no film ({OVERLAY}), which a picture or a clip is "
            "made of: analyse a video, or write the page for the lifter as .pdf."
        )
    return overlay


def _begins(result: Result) -> float:
    return float(result.series["time_s"].iloc[0]) if len(result.series) else 0.0


def _headline(result: Result) -> str:
    return str(result.document["summary"].get("headline") or result.name)


def _moments(document: dict[str, Any]) -> list[tuple[float, str]]:
    """Return the moments of the picture with their words: the reference, and the worst."""
    reference, finding, reps = document["reference"], leading(document), document["reps"]
    sizes: list[tuple[float, str]] = []
    if reference["start_s"] is not None and reference["end_s"] is not None:
        middle = reference["start_s"]
        if reference["kind"] != "lockouts":  # those lie apart, and their middle is no lockout
            middle = (reference["start_s"] + reference["end_s"]) / 2
        sizes.append((middle, say(f"reference.{reference['kind']}")))
    if finding is not None:
        sizes.append((finding["peak_s"], _size(finding, document["settings"])))
    elif reps:
        sizes.append((reps[0]["bottom_s"], say("share.bottom", rep=reps[0]["index"])))
    return sizes or [(0.0, "")]


def _size(finding: dict[str, Any], settings: dict[str, Any]) -> str:
    spread = f" ± {shown_sd(finding['sd_deg']):.0f}" if finding["sd_deg"] else ""
    name = finding["name"]
    if not is_certain(finding, settings):
        name = say("first.possible", name=name)
    return f"{capital(name)}, {finding['size_deg']:.0f}{spread}°"


def _side_by_side(shown: list[tuple[Picture, str]]) -> Picture:
    """Join pictures side by side, with words under each."""
    from PIL import Image, ImageDraw, ImageFont

    small = [
        resized(one, fitted(one.shape[1], one.shape[0], PICTURE_PX)) for one, _ in shown
    ]  # fmt: skip
    gap, height = 8, small[0].shape[0]
    strip = max(36, round(STRIP * height))
    width = sum(one.shape[1] for one in small) + gap * (len(small) - 1)
    page = Image.new("RGB", (width, height + strip), (255, 255, 255))
    pen, left = ImageDraw.Draw(page), 0
    for one, (_, words) in zip(small, shown, strict=True):
        page.paste(Image.fromarray(one), (left, 0))
        size = round(strip * 0.42)
        while size > 9 and pen.textlength(words, ImageFont.load_default(size)) > one.shape[1] - 16:
            size -= 1
        middle = (left + 8, height + strip // 2)
        pen.text(middle, words, INK, ImageFont.load_default(size), anchor="lm")
        left += one.shape[1] + gap
    return np.asarray(page, dtype=np.uint8)


def _words(figure: Figure, result: Result) -> None:
    """Write headline, size, cue and trust on the page."""
    document, finding = result.document, leading(result.document)
    settings = document["settings"]
    load = settings.get("load_kg")
    lift = capital(say(f"lift_name.{document['summary']['lift']}"))
    eyebrow = [lift, kilograms(load) if load else "",
               settings.get("lifter") or ""]  # fmt: skip
    figure.text(0.08, 0.955, " · ".join(part for part in eyebrow if part), size=10, color=SOFT)
    y = _paragraph(figure, 0.935, _headline(result), 15, INK, 58, bold=True)
    if finding is not None:
        y = _paragraph(figure, y - 0.008, _size(finding, settings), 13, ROUNDED, 70, bold=True)
        cue, instead = cue_words(finding["cues"][0]) if finding["cues"] else ("", "")
        if cue:
            y = _paragraph(figure, y - 0.008, f"{say('first.cue')}: {cue}", 12, INK, 78)
        if instead:
            y = _paragraph(figure, y, say("first.instead", words=instead), 10, SOFT, 95)
    percent = round(100 * document["quality"]["measurable_fraction"])
    reasons = [reason["text"] for reason in document["quality"]["reasons"][:MOST_REASONS]]
    covered = say("first.covered", percent=percent)
    trust = [
        covered if percent < 100 else say("first.covered_all"),
        document["reference"]["text"],
        *reasons,
    ]
    y = _paragraph(figure, y - 0.01, say("first.trust"), 10, INK, 95, bold=True)
    for line in trust:
        y = _paragraph(figure, y, f"• {line}", 9, SOFT, 108) if line else y
    figure.text(0.08, 0.04, say("site.private"), size=8, color=SOFT)


def _paragraph(
    figure: Figure, y: float, words: str, size: float, colour: str, wide: int, *, bold: bool = False
) -> float:
    """Write words from a height on; return the height under them."""
    for line in textwrap.wrap(words, wide):
        y -= size * 1.45 / (72 * A4_INCH[1])
        weight = "bold" if bold else "normal"
        figure.text(0.08, y, line, size=size, color=colour, weight=weight, parse_math=False)
    return y


def _curve(axes: Axes, result: Result) -> None:
    """Draw the low back over time, with its deviation and the reps."""
    table = result.series
    time_s = table["time_s"].to_numpy(dtype=np.float64)
    flexion = table["lumbar_flexion_deg"].to_numpy(dtype=np.float64)
    sd = table["lumbar_flexion_sd_deg"].to_numpy(dtype=np.float64)
    axes.axhline(0.0, color=SOFT, linewidth=0.6)
    axes.fill_between(time_s, flexion - sd, flexion + sd, color=SOFT, alpha=0.25, linewidth=0)
    axes.plot(time_s, flexion, color=INK, linewidth=1.0)
    for rep in result.document["reps"]:
        shade = 0.14 if rep["index"] % 2 else 0.06
        axes.axvspan(rep["start_s"], rep["end_s"], color=SOFT, alpha=shade, linewidth=0)
    for finding in result.document["findings"]:
        if finding["rep"]:
            axes.plot(finding["peak_s"], _at(time_s, flexion, finding["peak_s"]), "o",
                      color=ROUNDED, markersize=5)  # fmt: skip
    axes.set_title(say("share.curve"), loc="left", fontsize=9, color=INK)
    axes.set_xlabel(say("share.seconds"), fontsize=8, color=SOFT)
    axes.tick_params(labelsize=8, colors=SOFT)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.margins(x=0.0)


def _at(time_s: NDArray[np.float64], values: NDArray[np.float64], when: float) -> float:
    return float(values[int(np.argmin(np.abs(time_s - when)))])
