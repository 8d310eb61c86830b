"""Runs the lumbar network over a clip: every frame against the reference's frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.model.posture import BoolArray, FloatArray
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.lumbar.contour_input import mean_contour
from backline.sources.video.lumbar.network import LumbarNetwork, LumbarReading, feature_vector
from backline.sources.video.lumbar.network_input import (
    CUT_HEIGHT,
    CUT_WIDTH,
    HIP_COLUMN,
    HIP_ROW,
    RIM,
    TRUNK_PX,
    refine,
    trunk_length_px,
)
from backline.sources.video.lumbar.temporal_averaging import contours_of, neighbours

#: Frames of the reference that are averaged.
STANDING_FRAMES = 40
#: Rows of the cut from below the shoulder to above the hip, where the trunk alone is seen.
TRUNK_ROWS = (14, 96)
#: How far a rounded back stands out behind that of own standing at most, trunk lengths (40
#: degrees over the low back and as much above it: a sagitta of 0.1).
BULGE = 0.14
#: Frames read by the network at a time.
CHUNK = 256


@dataclass(frozen=True)
class ReferenceView:
    """The reference as the network sees it: mean cut, contour, features and lean, and the scale."""

    cut: NDArray[np.uint8]
    contour: NDArray[np.float32]
    features: NDArray[np.float32]
    lean_deg: float
    trunk_px: float


def reference_of(observations: ClipObservations, frames: BoolArray) -> ReferenceView:
    """Average own standing's frames at their own scale."""
    index = np.flatnonzero(frames)
    index = index[np.unique(np.linspace(0, len(index) - 1, STANDING_FRAMES).astype(int))]
    trunk = float(np.median([trunk_length_px(observations.points[i]) for i in index]))
    scale = observations.trunk_px / trunk
    cuts = rescaled(observations.cuts.rows(observations.cut_row[index]), scale)
    return ReferenceView(
        cuts.mean(axis=0).round().astype(np.uint8),
        mean_contour(contours_of(observations, index, trunk)),
        observations.features[index].mean(axis=0) * np.float32(scale),
        float(observations.lean_deg[index].mean()),
        trunk,
    )


def rescaled(cuts: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Bring cuts with a rim to another scale about the hip, drop the rim, refine the mask.

    Parameters
    ----------
    cuts : ndarray of uint8, shape (n, 2, CUT_HEIGHT + 2 RIM, CUT_WIDTH + 2 RIM)
        As spooled.
    scale : float
        Enlargement; 1 only drops the rim.
    """
    hip = np.array([HIP_COLUMN, HIP_ROW])
    matrix = np.hstack([scale * np.eye(2), (hip - scale * (hip + RIM))[:, None]])
    out = np.empty((len(cuts), 3, CUT_HEIGHT, CUT_WIDTH), np.uint8)
    for k, one in enumerate(cuts):
        fine = np.ascontiguousarray(refine(one).transpose(1, 2, 0))
        moved = cv2.warpAffine(
            fine, matrix, (CUT_WIDTH, CUT_HEIGHT), borderMode=cv2.BORDER_REPLICATE
        )
        out[k] = moved.transpose(2, 0, 1)
    return out


def without_strangers(cuts: NDArray[np.uint8], standing: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take out of the masks what lies further behind the trunk than a back can bulge.

    A mirrored person or a plate that the engine's mask has merged with the lifter stands off
    from the back of own standing, seen in the same upright frame, by more than rounding does.

    Parameters
    ----------
    cuts : ndarray of uint8, shape (n, 3, CUT_HEIGHT, CUT_WIDTH)
        Mask, refined mask, grey level.
    standing : ndarray of uint8, shape (3, CUT_HEIGHT, CUT_WIDTH)
        Own standing.
    """
    first, last = TRUNK_ROWS
    body = standing[0, first:last] > 127
    edge = np.where(body.any(axis=1), body.argmax(axis=1), 0) - BULGE * TRUNK_PX
    behind = np.arange(CUT_WIDTH)[None] < edge[:, None]
    out = cuts.copy()
    out[:, :2, first:last][:, :, behind] = 0
    return out


def read_clip(
    observations: ClipObservations,
    reference: ReferenceView,
    network: LumbarNetwork,
    frames: BoolArray | None = None,
) -> LumbarReading:
    """Let the network estimate every frame that shows the lifter; NaN elsewhere.

    Parameters
    ----------
    observations : ClipObservations
        The clip as seen.
    reference : ReferenceView
        What changes are read from.
    network : LumbarNetwork
        The lumbar network.
    frames : ndarray of bool, shape (n,), optional
        Only these frames.
    """
    index = np.flatnonzero(observations.found if frames is None else observations.found & frames)
    scale = observations.trunk_px / reference.trunk_px
    parts = []
    for start in range(0, len(index), CHUNK):
        some = index[start : start + CHUNK]
        around, own = neighbours(observations, index, start, start + len(some))
        cuts = rescaled(observations.cuts.rows(observations.cut_row[around]), scale)
        cuts = without_strangers(cuts, reference.cut)
        contours = contours_of(observations, around, reference.trunk_px)
        features, lean = (
            observations.features[around] * np.float32(scale),
            observations.lean_deg[around],
        )
        vectors = feature_vector(
            np.stack([features[k].mean(axis=0) for k in own]),
            reference.features,
            np.array([lean[k].mean() for k in own]),
            reference.lean_deg,
        )
        cuts = np.stack([cuts[k].mean(axis=0).astype(np.uint8) for k in own])
        lines = np.stack([mean_contour(contours[k]) for k in own])
        parts.append(network.read(cuts, vectors, lines, reference.cut, reference.contour))
    if not parts:
        return unread(len(observations.time_s))
    columns = {}
    for name in vars(parts[0]):
        full = np.full(len(observations.time_s), np.nan)
        full[index] = np.concatenate([getattr(p, name) for p in parts])
        columns[name] = full
    return LumbarReading(**columns)


def zeroed(reading: LumbarReading, standing: BoolArray) -> LumbarReading:
    """Take own standing's mean off every change, so that standing reads zero."""
    names = ("lumbar_deg", "trunk_deg", "curve_deg", "thoracic_deg")
    moved = {
        name: getattr(reading, name) - own_mean(getattr(reading, name), standing) for name in names
    }
    return replace(reading, **moved)


def unread(n: int) -> LumbarReading:
    """Return a reading of n frames that says nothing."""
    return LumbarReading(*(np.full(n, np.nan) for _ in range(12)))


def own_mean(values: FloatArray, frames: BoolArray) -> float:
    """Return a series' mean over the reference's frames, 0 where it is not known there."""
    known = values[frames & np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0
