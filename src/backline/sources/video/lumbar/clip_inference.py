"""Runs the lumbar network on frames, each against the reference; on a clip or on live frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.model.posture import BoolArray, FloatArray
from backline.signals.filters import runs_of
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.lumbar.contour_input import mean_contour
from backline.sources.video.lumbar.estimate_cache import key_of
from backline.sources.video.lumbar.network import LumbarEstimate, LumbarNetwork, feature_vector
from backline.sources.video.lumbar.picture_input import (
    CROP_HEIGHT,
    CROP_WIDTH,
    HIP_COLUMN,
    HIP_ROW,
    RIM,
    TRUNK_PX,
    refine,
    trunk_length_px,
)
from backline.sources.video.lumbar.prior_correction import depth_of
from backline.sources.video.lumbar.temporal_averaging import AROUND_S, contours_of, neighbours

#: Frames of the reference that are averaged.
STANDING_FRAMES = 40
#: Rows of the crop from below the shoulder to above the hip, where the trunk alone is seen.
TRUNK_ROWS = (14, 96)
#: Largest distance of a rounded back behind that of the standing reference, trunk lengths (40
#: degrees over the low back and as much above it: a sagitta of 0.1).
BULGE = 0.14
#: Frames processed by the network at a time.
CHUNK = 256
_COLUMNS = tuple(one.name for one in fields(LumbarEstimate))


@dataclass(frozen=True)
class ReferenceView:
    """The reference as network input: mean crop, contour, features and lean, and the scale."""

    crop: NDArray[np.uint8]
    contour: NDArray[np.float32]
    features: NDArray[np.float32]
    lean_deg: float
    trunk_px: float


@dataclass(frozen=True)
class NetworkInputs:
    """Network input of n frames, at the reference's scale.

    Parameters
    ----------
    crops : ndarray of uint8, shape (n, 3, CROP_HEIGHT, CROP_WIDTH)
        Mask, refined mask, grey level.
    contours : ndarray of float32, shape (n, POINTS, 4)
        See :func:`backline.sources.video.lumbar.contour_input.contour_of`.
    features : ndarray of float32, shape (n, POINT_FEATURES)
        Body points in the crop's frame.
    lean_deg : ndarray, shape (n,)
        Lean of the hip-to-shoulder line, degrees.
    """

    crops: NDArray[np.uint8]
    contours: NDArray[np.float32]
    features: NDArray[np.float32]
    lean_deg: FloatArray

    def mean_view(self, trunk_px: float) -> ReferenceView:
        """Average the frames to a reference; ``trunk_px`` is the scale of its crops, pixels."""
        return ReferenceView(
            self.crops.mean(axis=0).round().astype(np.uint8),
            mean_contour(self.contours),
            self.features.mean(axis=0),
            float(self.lean_deg.mean()),
            trunk_px,
        )


def reference_of(observations: ClipObservations, frames: BoolArray) -> ReferenceView:
    """Average the standing reference's frames at their own scale."""
    index = np.flatnonzero(frames)
    index = index[np.unique(np.linspace(0, len(index) - 1, STANDING_FRAMES).astype(int))]
    trunk = float(np.median([trunk_length_px(observations.points[i]) for i in index]))
    return _inputs_of(observations, index, trunk).mean_view(trunk)


def _inputs_of(
    observations: ClipObservations, index: NDArray[np.int64], trunk_px: float
) -> NetworkInputs:
    """Return the network's input of some frames at another scale: trunk length in pixels."""
    scale = observations.trunk_px / trunk_px
    return NetworkInputs(
        rescaled(observations.crops.rows(observations.crop_row[index]), scale),
        contours_of(observations, index, trunk_px),
        observations.features[index] * np.float32(scale),
        observations.lean_deg[index],
    )


def rescaled(crops: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Bring crops with a rim to another scale about the hip, drop the rim, refine the mask.

    Parameters
    ----------
    crops : ndarray of uint8, shape (n, 2, CROP_HEIGHT + 2 RIM, CROP_WIDTH + 2 RIM)
        As spooled.
    scale : float
        Enlargement; 1 only drops the rim.
    """
    hip = np.array([HIP_COLUMN, HIP_ROW])
    matrix = np.hstack([scale * np.eye(2), (hip - scale * (hip + RIM))[:, None]])
    out = np.empty((len(crops), 3, CROP_HEIGHT, CROP_WIDTH), np.uint8)
    for k, one in enumerate(crops):
        for layer, fine in zip(out[k], refine(one), strict=True):
            cv2.warpAffine(
                fine, matrix, (CROP_WIDTH, CROP_HEIGHT), dst=layer, borderMode=cv2.BORDER_REPLICATE
            )
    return out


def without_merged_objects(
    crops: NDArray[np.uint8], standing: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Remove from the masks what is further behind the trunk than a rounded back can be.

    A mirror image or a plate that the engine's mask has merged with the lifter is further from the
    back of the standing reference, in the same upright frame, than a rounded back.

    Parameters
    ----------
    crops : ndarray of uint8, shape (n, 3, CROP_HEIGHT, CROP_WIDTH)
        Mask, refined mask, grey level.
    standing : ndarray of uint8, shape (3, CROP_HEIGHT, CROP_WIDTH)
        The standing reference.
    """
    first, last = TRUNK_ROWS
    body = standing[0, first:last] > 127
    edge = np.where(body.any(axis=1), body.argmax(axis=1), 0) - BULGE * TRUNK_PX
    behind = np.arange(CROP_WIDTH)[None] < edge[:, None]
    out = crops.copy()
    out[:, :2, first:last][:, :, behind] = 0
    return out


def _mean_crop(crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the mean of some crops, fractions dropped: in whole numbers, several times as fast."""
    enough = np.uint16 if len(crops) <= 257 else np.uint64  # 257 times 255 is what 16 bits hold
    total = crops.sum(axis=0, dtype=enough)
    return np.asarray(total // enough(len(crops)), dtype=np.uint8)


def read_averaged(
    inputs: NetworkInputs,
    groups: Sequence[NDArray[np.int64]],
    reference: ReferenceView,
    network: LumbarNetwork,
) -> tuple[LumbarEstimate, FloatArray]:
    """Run the network on the means of groups of frames.

    Parameters
    ----------
    inputs : NetworkInputs
        All frames that are needed.
    groups : sequence of ndarray of int
        For each estimate, which of these frames are averaged.
    reference : ReferenceView
        The reference, at the inputs' scale.
    network : LumbarNetwork
        The lumbar network.

    Returns
    -------
    LumbarEstimate
        One row a group.
    ndarray, shape (n,)
        Depth of each posture, 0 as in the standing posture, 1 in a full squat.
    """
    crops = without_merged_objects(inputs.crops, reference.crop)
    vectors = feature_vector(
        np.stack([inputs.features[k].mean(axis=0) for k in groups]),
        reference.features,
        np.array([inputs.lean_deg[k].mean() for k in groups]),
        reference.lean_deg,
    )
    means = np.stack([_mean_crop(crops[k]) for k in groups])
    lines = np.stack([mean_contour(inputs.contours[k]) for k in groups])
    estimate = network.read(means, vectors, lines, reference.crop, reference.contour)
    return estimate, depth_of(vectors)


def read_clip(
    observations: ClipObservations,
    reference: ReferenceView,
    network: LumbarNetwork,
    frames: BoolArray | None = None,
) -> LumbarEstimate:
    """Run the network on every frame that shows the lifter; NaN elsewhere.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations.
    reference : ReferenceView
        The reference.
    network : LumbarNetwork
        The lumbar network.
    frames : ndarray of bool, shape (n,), optional
        Only these frames.
    """
    index = np.flatnonzero(observations.found if frames is None else observations.found & frames)
    if not len(index):
        return no_estimates(len(observations.time_s))
    cache = network.cache
    key = _key_of(observations, reference, network, index) if cache is not None else ""
    known = cache.recall(key) if cache is not None else None
    changed = _near_hand(observations)[index]
    if known is None or known.shape != (len(index), len(_COLUMNS)):
        known, changed = np.full((len(index), len(_COLUMNS)), np.nan), np.ones_like(changed)
    for first, last in runs_of(changed):
        for start in range(first, last, CHUNK):
            stop = min(start + CHUNK, last)
            around, own = neighbours(observations, index, start, stop)
            inputs = _inputs_of(observations, around, reference.trunk_px)
            part = read_averaged(inputs, own, reference, network)[0]
            known[start:stop] = np.stack([getattr(part, name) for name in _COLUMNS], axis=1)
    if cache is not None and changed.all() and not observations.by_hand.any():
        cache.keep(key, known)
    columns = {}
    for name, values in zip(_COLUMNS, known.T, strict=True):
        columns[name] = np.full(len(observations.time_s), np.nan)
        columns[name][index] = values
    return LumbarEstimate(**columns)


def _key_of(
    observations: ClipObservations,
    reference: ReferenceView,
    network: LumbarNetwork,
    index: NDArray[np.int64],
) -> str:
    """Return the cache key of an estimate: network, reference, frames, direction."""
    weights = np.frombuffer(bytes.fromhex(network.sha256), np.uint8)
    return key_of(
        weights, reference.crop, reference.contour, reference.features, reference.lean_deg,
        reference.trunk_px, index, float(observations.facing),
    )  # fmt: skip


def _near_hand(observations: ClipObservations) -> BoolArray:
    """Return the frames that a correction by hand changes, directly or through averaging."""
    drawn = observations.time_s[observations.by_hand > 0]
    if not len(drawn):
        return np.zeros(len(observations.time_s), dtype=np.bool_)
    after = np.clip(np.searchsorted(drawn, observations.time_s), 0, len(drawn) - 1)
    before = np.maximum(after - 1, 0)
    away = np.minimum(
        np.abs(drawn[after] - observations.time_s), np.abs(drawn[before] - observations.time_s)
    )
    return np.asarray(away <= AROUND_S + 1e-6, dtype=np.bool_)


def zeroed(estimate: LumbarEstimate, standing: BoolArray) -> LumbarEstimate:
    """Subtract the standing reference's mean from every change, so that standing is zero."""
    names = ("lumbar_deg", "trunk_deg", "curve_deg", "thoracic_deg")
    moved = {
        name: getattr(estimate, name) - own_mean(getattr(estimate, name), standing)
        for name in names
    }
    return replace(estimate, **moved)


def no_estimates(n: int) -> LumbarEstimate:
    """Return n frames without an estimate."""
    return LumbarEstimate(*(np.full(n, np.nan) for _ in _COLUMNS))


def own_mean(values: FloatArray, frames: BoolArray) -> float:
    """Return a series' mean over the reference's frames, 0 where it is not known there."""
    known = values[frames & np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0
