"""Inserts back lines and hip points that a person drew into a clip's observations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from backline.errors import UsageError
from backline.model.posture import BoolArray, FloatArray
from backline.sources.video.clip_observations import DRAWN, LEFT_OUT, ClipObservations
from backline.sources.video.contour.outline import (
    BACK_POINTS,
    POINTS,
    BackOutline,
    tangent_curve,
)
from backline.sources.video.lumbar.clip_inference import read_clip, reference_of
from backline.sources.video.lumbar.network import LumbarNetwork
from backline.sources.video.lumbar.picture_input import (
    HIP_COLUMN,
    RIM,
    Frame2D,
    frame_of,
    point_features,
)
from backline.sources.video.lumbar.temporal_averaging import same_posture
from backline.sources.video.pose.person import LEFT_HIP, RIGHT_HIP

HANDLES: tuple[float, ...] = (0.0, 10.0, 20.0, 23.25, 26.5, 29.75, 33.0, 40.0, 47.0)
"""Where the handles lie along the back line, in its points: neck, thorax, T12, three between, S1,
buttock, and the fold under it."""
HOLDS_S, HOLDS_STILL_S = 0.15, 0.75
"""A correction applies to the frames within the first time, and within the second one to those of
the same posture: the same object misleads the outline there, and the network averages each frame
with its neighbours (0.105 s), seconds."""
HAND_SD = 0.011
"""One standard deviation of a handle placed by hand, trunk lengths: clicked outlines of real clips
are accurate to 1 to 1.5 pixels where the edge is clear, for trunks of 138 pixels
(tests/sources/video/clicked_backs.json)."""
REPEATS, SEED = 8, 20
"""Number of repeated estimates with the handles moved by that much."""
SUBPIXEL_BITS = 4
"""A drawn line is filled to 1/16 pixel (OpenCV's `shift`)."""
MOST = 60
"""Frames of one clip that may be drawn by hand."""


@dataclass(frozen=True)
class HandLine:
    """What a person drew in one frame.

    Parameters
    ----------
    time_s : float
        The frame's time, seconds.
    handles : tuple of (float, float), optional
        Where the back line's `HANDLES` lie, shares of the picture's width and height; None where
        the person marked the back as not visible: the frame is left out.
    hip : (float, float), optional
        Where the hip joint lies, in the same shares.
    """

    time_s: float
    handles: tuple[tuple[float, float], ...] | None
    hip: tuple[float, float] | None = None


def with_hand_lines(observations: ClipObservations, drawn: Sequence[HandLine]) -> ClipObservations:
    """Return the observations with the drawn lines in place of the detected ones.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations; its spool of crops grows where a hip was moved.
    drawn : sequence of HandLine
        The person's lines; of two for the same frames the later one counts.

    Returns
    -------
    ClipObservations
        With ``by_hand`` set in the frames to which each line applies.

    Raises
    ------
    UsageError
        If the lifter was not seen at such a time.
    """
    made = _copied(observations)
    for one in drawn:
        at = int(np.argmin(np.abs(made.time_s - one.time_s)))
        if not made.found[at]:
            raise UsageError(
                f"At {one.time_s:.2f} s the lifter was not seen, so a line drawn there cannot be "
                "measured: draw it in a frame in which the skeleton is shown."
            )
        around = np.flatnonzero(_holds(observations, at))
        if one.handles is None:
            made.by_hand[around] = LEFT_OUT
            continue
        made.by_hand[around] = DRAWN
        size = np.array([made.width_px, made.height_px], dtype=np.float64)
        if one.hip is not None:
            _move_hip(made, around, np.array(one.hip) * size - made.joint(LEFT_HIP)[at])
        _lay(made, around, at, np.array(one.handles) * size)
    return made


def with_hand_deviation(
    observations: ClipObservations,
    drawn: Sequence[HandLine],
    reference: BoolArray,
    network: LumbarNetwork,
) -> ClipObservations:
    """Return the observations with the drawn lines, and the uncertainty from drawing by hand.

    Each drawn frame is estimated several times with its handles moved at random by `HAND_SD`; the
    scatter of these estimates is one standard deviation of lumbar flexion.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations.
    drawn : sequence of HandLine
        What was drawn.
    reference : ndarray of bool, shape (n,)
        Frames that changes are read from.
    network : LumbarNetwork
        The lumbar network.

    Raises
    ------
    UsageError
        As from `with_hand_lines`.
    """
    made = with_hand_lines(observations, drawn)
    lines = [one for one in drawn if one.handles is not None]
    if not lines:
        return made
    frames = made.found & reference
    view = reference_of(made, frames if frames.any() else made.found)
    at = np.array([int(np.argmin(np.abs(made.time_s - one.time_s))) for one in lines])
    asked = np.zeros(len(made.time_s), dtype=np.bool_)
    asked[at] = True
    chance = np.random.default_rng(SEED)
    step = HAND_SD * made.trunk_px / np.array([made.width_px, made.height_px])
    estimates = []
    for _ in range(REPEATS):
        shaken = [replace(one, handles=_shaken(one, step, chance)) for one in lines]
        moved = with_hand_lines(observations, shaken)
        estimates.append(read_clip(moved, view, network, asked).lumbar_deg[at])
    scatter = np.nan_to_num(np.std(estimates, axis=0, ddof=1))
    for index, sd in zip(at, scatter, strict=True):
        made.hand_sd_deg[_holds(observations, int(index)) & (made.by_hand == DRAWN)] = sd
    return made


def _shaken(
    one: HandLine, step: FloatArray, chance: np.random.Generator
) -> tuple[tuple[float, float], ...]:
    handles = np.array(one.handles) + chance.normal(0.0, 1.0, (len(HANDLES), 2)) * step
    return tuple((float(x), float(y)) for x, y in handles)


def _holds(observations: ClipObservations, at: int) -> BoolArray:
    """Return to which frames a correction of one frame applies, shape (n,)."""
    away = np.abs(observations.time_s - observations.time_s[at])
    same = observations.found & same_posture(observations.features, observations.features[at])
    other = np.flatnonzero(~same)
    first = other[other < at].max(initial=-1)
    last = other[other > at].min(initial=len(away))
    still = np.zeros(len(away), dtype=np.bool_)
    still[first + 1 : last] = True
    around = (away <= HOLDS_S) | (still & (away <= HOLDS_STILL_S))
    return np.asarray(observations.found & around, dtype=np.bool_)


def _copied(observations: ClipObservations) -> ClipObservations:
    """Return a copy of the arrays that a correction may change."""
    names = (
        "points", "lean_deg", "features", "crop_row", "back_line", "back_visible", "back_sd_px",
        "curve_deg", "by_hand", "hand_sd_deg",
    )  # fmt: skip
    return replace(observations, **{name: getattr(observations, name).copy() for name in names})


def _along(handles: FloatArray) -> FloatArray:
    """Interpolate positions or distances from the handles to every point, shape (POINTS, 2)."""
    return np.asarray(PchipInterpolator(HANDLES, handles)(np.arange(POINTS)), dtype=np.float64)


def _lay(made: ClipObservations, around: NDArray[np.int64], at: int, handles: FloatArray) -> None:
    """Insert a drawn line into its frame, and the same change into the neighbouring frames."""
    found = made.back_line[around].astype(np.float64)
    own = made.back_line[at].astype(np.float64)
    line = _along(handles)
    if np.isfinite(own).all():
        places = np.stack([np.interp(HANDLES, np.arange(POINTS), own[:, k]) for k in (0, 1)], 1)
        line = own + _along(
            handles - places
        )  # between the handles the detected line keeps its shape
    hip = made.joint(LEFT_HIP)
    for k, index in enumerate(around):
        lined = np.isfinite(found[k]).all() and np.isfinite(own).all()
        there = found[k] + (line - own) if lined else line + (hip[index] - hip[at])
        made.back_line[index] = there.astype(np.float32)
        made.back_visible[index] = True
        made.back_sd_px[index] = HAND_SD * made.trunk_px
        outline = BackOutline(
            made.back_line[index], made.back_visible[index], made.back_sd_px[index], made.facing
        )
        made.curve_deg[index] = tangent_curve(outline)
        frame = frame_of(made.points[index], made.trunk_px, made.facing)
        crop = made.crops.rows(made.crop_row[index : index + 1])[0]
        made.crop_row[index] = made.crops.add(_masked(crop, made.back_line[index], frame))


def _masked(
    crop: NDArray[np.uint8], line: NDArray[np.float32], frame: Frame2D
) -> NDArray[np.uint8]:
    """Return a crop whose mask ends at the drawn back, since the mask is network input.

    In a crop the lifter faces right: pixels left of the line are not the lifter, and those between
    the line and the trunk's middle are.
    """
    matrix = frame.matrix()
    laid = line.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2] + RIM
    laid = laid[:BACK_POINTS]
    behind = np.vstack([[-1.0, laid[0, 1]], laid, [-1.0, laid[-1, 1]]])
    inside = np.vstack([[HIP_COLUMN + RIM, laid[0, 1]], laid, [HIP_COLUMN + RIM, laid[-1, 1]]])
    mask = crop[0].copy()
    for area, value in ((inside, 255.0), (behind, 0.0)):
        fixed = np.round(area * 2**SUBPIXEL_BITS).astype(np.int32)
        cv2.fillPoly(mask, [fixed], [value], lineType=cv2.LINE_AA, shift=SUBPIXEL_BITS)
    return np.stack([mask, crop[1]])


def _move_hip(made: ClipObservations, around: NDArray[np.int64], by: FloatArray) -> None:
    """Move the hip, and with it the trunk's coordinate frame, in some frames."""
    for index in around:
        before = frame_of(made.points[index], made.trunk_px, made.facing)
        made.points[index, [LEFT_HIP, RIGHT_HIP], :2] += by.astype(np.float32)
        after = frame_of(made.points[index], made.trunk_px, made.facing)
        made.lean_deg[index] = after.lean_deg
        made.features[index] = point_features(made.points[index], after)
        crop = made.crops.rows(made.crop_row[index : index + 1])[0]
        made.crop_row[index] = made.crops.add(_resampled_crop(crop, before, after))


def _resampled_crop(crop: NDArray[np.uint8], before: Frame2D, after: Frame2D) -> NDArray[np.uint8]:
    """Return a crop resampled for another coordinate frame."""
    bottom = np.array([[0.0, 0.0, 1.0]])
    old, new = (np.vstack([one.matrix(), bottom]) for one in (before, after))
    rim = np.array([[1.0, 0.0, RIM], [0.0, 1.0, RIM], [0.0, 0.0, 1.0]])
    move = (rim @ new @ np.linalg.inv(rim @ old))[:2]
    height, width = crop.shape[1:]
    laid = [
        cv2.warpAffine(part, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
        for part in crop
    ]  # fmt: skip
    return np.asarray(np.stack(laid), dtype=np.uint8)
