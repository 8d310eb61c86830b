"""The stills of the page: standing beside the worst moment, and each finding close up."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.findings.finding import rank_of
from backline.findings.sentences import shown_sd
from backline.model.posture import FloatArray
from backline.report.lines import crop_box
from backline.report.overlay import Overlay
from backline.report.pictures import Picture, fitted, resized
from backline.report.words import called, capital, clock, curve_words, reference_name
from backline.texts import say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis
    from backline.findings.finding import Finding

MOST_CLOSE_UPS = 12
"""Findings that get a picture of their own; a card without one says the same in words."""

_STILL_PX = 760  # longer side of a still, pixels: twice its width on a page
_CLOSE_UP_PX = (264, 330)  # width and height of a close-up, pixels


@dataclass(frozen=True)
class Still:
    """One picture of the page.

    Parameters
    ----------
    image : str
        JPEG as a data address.
    size : tuple of int
        Width and height, pixels.
    name, text, alt : str
        Title, caption, and what is to be seen for those who cannot see it.
    """

    image: str
    size: tuple[int, int]
    name: str = ""
    text: str = ""
    alt: str = ""


def leading(analysis: LiftAnalysis) -> int | None:
    """Return the index of the finding that the headline leads with; None without findings.

    See `backline.findings.finding.rank_of`.
    """
    ranks = [rank_of(f.kind, f.rep, f.certain, f.size_deg) for f in analysis.findings]
    return max(range(len(ranks)), key=ranks.__getitem__, default=None)


def worst(analysis: LiftAnalysis) -> Finding | None:
    """Return the finding that the headline leads with; None without findings."""
    index = leading(analysis)
    return analysis.findings[index] if index is not None else None


def standing_index(analysis: LiftAnalysis) -> int | None:
    """Return the measured frame nearest to the reference's middle; None without one."""
    posture, reference = analysis.posture, analysis.posture.reference
    inside = reference.frames(posture.time_s) & posture.measurable
    if not inside.any():
        return None
    start, end = reference.spans[0]
    away = np.abs(posture.time_s - (start + end) / 2)
    return int(np.argmin(np.where(inside, away, np.inf)))


def wanted_frames(analysis: LiftAnalysis) -> set[int]:
    """Return the indices of all frames that stills are made of."""
    peaks = {analysis.posture.index_at(one.peak_s) for one in analysis.findings[:MOST_CLOSE_UPS]}
    moment, own = worst(analysis), standing_index(analysis)
    if moment is not None:
        peaks.add(analysis.posture.index_at(moment.peak_s))
    return peaks | ({own} if own is not None else set())


def pair(analysis: LiftAnalysis, frames: dict[int, Picture]) -> list[Still]:
    """Return standing beside the worst moment, both cropped alike; one or none where missing.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result.
    frames : dict of int to ndarray
        Pictures by frame index, RGB, untouched.
    """
    moment, own = worst(analysis), standing_index(analysis)
    chosen: list[tuple[int, str, str]] = []
    if own in frames and own is not None:
        at = clock(float(analysis.posture.time_s[own]))
        name = reference_name(analysis.posture.reference.kind)
        chosen.append((own, name, say("still.reference", time=at)))
    if moment is not None and analysis.posture.index_at(moment.peak_s) in frames:
        case = "rep" if moment.rep else "set" if moment.kind == "drift" else "outside"
        values = {"rep": moment.rep, "phase": say(f"phase.{moment.where}")}
        at = say(f"still.at_{case}", time=clock(moment.peak_s), **values)
        where = f"{at} {curve_words(moment)}".strip()
        name = f"{capital(called(moment))}, {_size_words(moment)}"
        chosen.append((analysis.posture.index_at(moment.peak_s), name, where))
    if not chosen:
        return []
    first = frames[chosen[0][0]]
    box = _common_box(analysis, [index for index, _, _ in chosen], first)
    return [
        Still(*_crop(analysis, frames[index], index, box, _STILL_PX), name, text, f"{name}. {text}")
        for index, name, text in chosen
    ]


def close_up(analysis: LiftAnalysis, frames: dict[int, Picture], finding: Finding) -> Still | None:
    """Return the low back at a finding's peak, large; None where it cannot be shown."""
    index = analysis.posture.index_at(finding.peak_s)
    evidence = analysis.evidence
    if index not in frames or evidence is None:
        return None
    picture = frames[index]
    height, width = picture.shape[:2]
    low, high = sorted((evidence.t12_index, evidence.s1_index))
    scale = max(width, height) / max(analysis.source.width_px, analysis.source.height_px, 1)
    lumbar = np.asarray(evidence.back_line[index, low : high + 1], dtype=np.float64) * scale
    if not np.isfinite(lumbar).any():
        return None
    aspect = _CLOSE_UP_PX[0] / _CLOSE_UP_PX[1]
    box = crop_box(lumbar, (width, height), aspect, margin=0.9)
    return Still(*_crop(analysis, picture, index, box, max(_CLOSE_UP_PX)))


def still_of(picture: Picture, name: str, text: str) -> Still:
    """Return one untouched frame, for a page that must say why nothing was measured."""
    size = fitted(picture.shape[1], picture.shape[0], _STILL_PX)
    return Still(jpeg(resized(picture, size)), size, name, text, f"{name}. {text}")


def jpeg(picture: NDArray[np.uint8], quality: int = 84) -> str:
    """Return an RGB picture as a JPEG data address."""
    _, packed = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return "data:image/jpeg;base64," + base64.b64encode(packed.tobytes()).decode("ascii")


def _size_words(finding: Finding) -> str:
    spread = f"\u00a0±\u00a0{shown_sd(finding.sd_deg):.0f}" if np.isfinite(finding.sd_deg) else ""
    return f"{finding.size_deg:.0f}°{spread}"


def _crop(
    analysis: LiftAnalysis, picture: Picture, index: int, box: tuple[int, int, int, int], side: int
) -> tuple[str, tuple[int, int]]:
    """Return a drawn-on cut of a frame as a data address, and its size."""
    height, width = picture.shape[:2]
    drawn = Overlay(analysis, width, height, readout=False).draw(picture.copy(), index)
    x0, y0, x1, y1 = box
    crop = drawn[y0:y1, x0:x1]
    size = fitted(crop.shape[1], crop.shape[0], side)
    return jpeg(resized(crop, size)), size


def _common_box(
    analysis: LiftAnalysis, indices: list[int], picture: Picture
) -> tuple[int, int, int, int]:
    """Return one box around the lifter in all of some frames."""
    height, width = picture.shape[:2]
    evidence = analysis.evidence
    if evidence is None:
        return 0, 0, width, height
    scale = max(width, height) / max(analysis.source.width_px, analysis.source.height_px, 1)
    body = np.asarray(evidence.points[indices], dtype=np.float64)
    sure = np.where(body[..., 2:] > 0.3, body[..., :2], np.nan).reshape(-1, 2)
    back = np.asarray(evidence.back_line[indices], dtype=np.float64).reshape(-1, 2)
    around: FloatArray = np.concatenate([sure, back]) * scale
    whole = around[np.isfinite(around).all(axis=1)]
    spread = np.ptp(whole, axis=0) if len(whole) else np.array([width, height])
    aspect = float(np.clip(spread[0] / max(spread[1], 1.0), 0.62, 1.2))
    return crop_box(around, (width, height), aspect, margin=0.1)
