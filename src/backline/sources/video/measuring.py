"""From what was seen to a posture: own standing, the network's reading, smoothing, judgement."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.posture import ELSEWHERE, BoolArray, FloatArray, Posture, Standing
from backline.settings import Settings
from backline.signals import lowpass
from backline.sources.video.contour import mean_contour
from backline.sources.video.crop import (
    CUT_HEIGHT,
    CUT_WIDTH,
    HIP_COLUMN,
    HIP_ROW,
    RIM,
    TRUNK_PX,
    refine,
    trunk_length_px,
)
from backline.sources.video.legs import Legs, legs_of
from backline.sources.video.lumbar import LumbarNetwork, LumbarReading, feature_vector
from backline.sources.video.measurability import Judgement, judge
from backline.sources.video.neutral import FULL_SQUAT_KNEE_DEG
from backline.sources.video.sight import Sight
from backline.sources.video.steadying import contours_of, neighbours
from backline.standing import find_standing

#: Low-pass of the body points, Hz: faster than the angles' own, so that it costs them nothing.
POINT_CUTOFF_HZ = 6.0
#: Share of own standing's frames that must be measurable themselves.
SEEN_STANDING = 0.3
#: Frames that the curve of own standing is read from at least, and how upright the trunk is
#: in those that stand in for it, degrees from own standing.
CURVE_FRAMES, UPRIGHT_LEAN_DEG = 5, 15.0
#: Frames of own standing that are averaged.
STANDING_FRAMES = 40
#: Rows of the cut from below the shoulder to above the hip, where the trunk alone is seen.
TRUNK_ROWS = (14, 96)
#: How far a rounded back stands out behind that of own standing at most, trunk lengths (40
#: degrees over the low back and as much above it: a sagitta of 0.1).
BULGE = 0.14
#: The network's standard deviations are right for single readings. Its series is averaged and
#: smoothed after that, and knows its own standing. With these shares of the deviation, upright and
#: in a full squat, the errors on 120 rendered clips of validation's seed 5 are as large as is
#: stated in every phase of a squat (0.99 to 1.07 of it; a bottom's were 0.68 of the whole).
UPRIGHT_SHARE, DEEP_SHARE = 0.95, 0.62
#: Frames read by the network at a time.
CHUNK = 256


@dataclass(frozen=True)
class Reference:
    """Own standing as the network sees it: mean cut, contour, features and lean, and the scale."""

    cut: NDArray[np.uint8]
    contour: NDArray[np.float32]
    features: NDArray[np.float32]
    lean_deg: float
    trunk_px: float


def own_standing(
    sight: Sight, legs: Legs, given: tuple[float, float] | None, minimum_s: float
) -> Standing:
    """Find own standing in the clip, or take the user's word for it."""
    if given is not None:
        return Standing(given[0], given[1], "given")
    lean = lowpass(sight.time_s, sight.lean_deg, POINT_CUTOFF_HZ)
    unknown = np.full(len(sight.time_s), np.nan)
    best: Standing | None = None  # what the whole body says, unless there is standing before
    # A plate or rack in front of the legs shakes hip and knee; the shoulders stay true.
    for height, knee in (
        (legs.motion.hip_height, legs.knee_deg),
        (legs.motion.hip_height, unknown),
        (legs.motion.shoulder_height, unknown),
    ):
        found = find_standing(
            sight.time_s, height, knee, lean, minimum_s=minimum_s,
            hip_travel=legs.motion.hip_travel,
        )  # fmt: skip
        if found.method == "before_first_rep":
            return found
        best = best or found
    return best or Standing(float("nan"), float("nan"), "none")


def standing_frames(sight: Sight, standing: Standing) -> BoolArray:
    """Return which frames belong to own standing and show the lifter."""
    if standing.method == "none":
        return np.zeros(len(sight.time_s), dtype=np.bool_)
    inside = (sight.time_s >= standing.start_s) & (sight.time_s <= standing.end_s)
    return np.asarray(inside & sight.found, dtype=np.bool_)


def reference_of(sight: Sight, frames: BoolArray) -> Reference:
    """Average own standing's frames at their own scale."""
    index = np.flatnonzero(frames)
    index = index[np.unique(np.linspace(0, len(index) - 1, STANDING_FRAMES).astype(int))]
    trunk = float(np.median([trunk_length_px(sight.points[i]) for i in index]))
    scale = sight.trunk_px / trunk
    cuts = rescaled(sight.cuts.rows(sight.cut_row[index]), scale)
    return Reference(
        cuts.mean(axis=0).round().astype(np.uint8),
        mean_contour(contours_of(sight, index, trunk)),
        sight.features[index].mean(axis=0) * np.float32(scale),
        float(sight.lean_deg[index].mean()),
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


def read_clip(sight: Sight, reference: Reference, network: LumbarNetwork) -> LumbarReading:
    """Let the network read every frame that shows the lifter; NaN elsewhere."""
    index = np.flatnonzero(sight.found)
    scale = sight.trunk_px / reference.trunk_px
    parts = []
    for start in range(0, len(index), CHUNK):
        some = index[start : start + CHUNK]
        around, own = neighbours(sight, index, start, start + len(some))
        cuts = rescaled(sight.cuts.rows(sight.cut_row[around]), scale)
        cuts = without_strangers(cuts, reference.cut)
        contours = contours_of(sight, around, reference.trunk_px)
        features, lean = sight.features[around] * np.float32(scale), sight.lean_deg[around]
        vectors = feature_vector(
            np.stack([features[k].mean(axis=0) for k in own]),
            reference.features,
            np.array([lean[k].mean() for k in own]),
            reference.lean_deg,
        )
        cuts = np.stack([cuts[k].mean(axis=0).astype(np.uint8) for k in own])
        lines = np.stack([mean_contour(contours[k]) for k in own])
        parts.append(network.read(cuts, vectors, lines, reference.cut, reference.contour))
    columns = {}
    for name in vars(parts[0]) if parts else ():
        full = np.full(len(sight.time_s), np.nan)
        full[index] = np.concatenate([getattr(p, name) for p in parts])
        columns[name] = full
    return LumbarReading(**columns)


def zeroed(reading: LumbarReading, standing: BoolArray) -> LumbarReading:
    """Take own standing's mean off every change, so that standing reads zero."""
    names = ("lumbar_deg", "trunk_deg", "curve_deg", "thoracic_deg")
    moved = {
        name: getattr(reading, name) - _own(getattr(reading, name), standing) for name in names
    }
    return replace(reading, **moved)


def settled(
    sd_deg: FloatArray, values_deg: FloatArray, standing: BoolArray, floor_deg: float
) -> FloatArray:
    """Return standard deviations that know that own standing is the zero.

    What the network does not know of a body is the same in all frames of own standing, and taken
    off with their mean: what is left there is the scatter about it.

    Parameters
    ----------
    sd_deg, values_deg : ndarray, shape (n,)
        The network's standard deviation, and the change from own standing, degrees.
    standing : ndarray of bool, shape (n,)
        Own standing's frames.
    floor_deg : float
        The least standard deviation that is claimed.
    """
    known = standing & np.isfinite(values_deg)
    if not known.any():
        return sd_deg
    scatter = max(float(values_deg[known].std()), floor_deg)
    return np.where(standing, np.minimum(sd_deg, scatter), sd_deg)


def stated_share(depth: FloatArray) -> FloatArray:
    """Return the share of the network's standard deviation that its smoothed series is stated with.

    Parameters
    ----------
    depth : ndarray, shape (n,)
        0 as in own standing, 1 in a full squat.
    """
    return UPRIGHT_SHARE + (DEEP_SHARE - UPRIGHT_SHARE) * depth


def unread(n: int) -> LumbarReading:
    """Return a reading of n frames that says nothing."""
    return LumbarReading(*(np.full(n, np.nan) for _ in range(12)))


def measure(
    sight: Sight,
    network: LumbarNetwork,
    settings: Settings,
    given: tuple[float, float] | None = None,
    reference: Reference | None = None,
) -> tuple[Posture, Judgement]:
    """Make a posture from what was seen.

    Parameters
    ----------
    sight : Sight
        The clip as seen.
    network : LumbarNetwork
        The lumbar network.
    settings : Settings
        Filters and limits.
    given : tuple of float, optional
        Own standing's start and end as the user gave them, seconds.
    reference : Reference, optional
        Own standing from another clip.

    Returns
    -------
    Posture
        Angles where the lifter was seen; ``measurable`` says where they count.
    Judgement
        What can be measured, and why not the rest.
    """
    legs = legs_of(sight, POINT_CUTOFF_HZ)
    standing = own_standing(sight, legs, given, settings.standing_min_s)
    frames = standing_frames(sight, standing)
    if not frames.any():
        standing = Standing(float("nan"), float("nan"), "none")
    reading = unread(len(sight.time_s))
    if reference is not None:
        reading = read_clip(sight, reference, network)
        standing = ELSEWHERE
    elif frames.any():
        reading = zeroed(read_clip(sight, reference_of(sight, frames), network), frames)
    judged = judge(
        sight, reading, frames if reference is None else sight.found, settings.yaw_limit_deg
    )
    if reference is None and frames.any() and judged.measurable[frames].mean() < SEEN_STANDING:
        # A change from a standing in which the back is hidden is no change from standing.
        frames, standing = np.zeros_like(frames), Standing(float("nan"), float("nan"), "none")
        judged = judge(sight, reading, frames, settings.yaw_limit_deg)
    return _posture(sight, legs, reading, judged, standing, frames, settings), judged


def _own(values: FloatArray, standing: BoolArray) -> float:
    """Mean over own standing, 0 where it is not known."""
    known = values[standing & np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0


def _curve_at_standing(
    curve: FloatArray, reading: LumbarReading, standing: BoolArray, measurable: BoolArray
) -> float:
    """Return own standing's curve: seen there, or where the trunk is upright less its change."""
    seen = curve[standing & np.isfinite(curve)]
    if len(seen) < CURVE_FRAMES:
        upright = measurable & (np.abs(reading.trunk_deg) < UPRIGHT_LEAN_DEG)
        seen = (curve - reading.curve_deg)[upright]
        seen = seen[np.isfinite(seen)]
    return float(np.median(seen)) if len(seen) >= CURVE_FRAMES else float("nan")


def _posture(
    sight: Sight,
    legs: Legs,
    reading: LumbarReading,
    judged: Judgement,
    standing: Standing,
    frames: BoolArray,
    settings: Settings,
) -> Posture:
    def smooth(values: FloatArray) -> FloatArray:
        kept = np.where(judged.measurable, values, np.nan)
        return lowpass(sight.time_s, kept, settings.filter_cutoff_hz)

    bent = np.nan_to_num(legs.knee_deg - _own(legs.knee_deg, frames))
    share = stated_share(np.clip(bent / FULL_SQUAT_KNEE_DEG, 0.0, 1.0))

    def spread(sd: FloatArray, values: FloatArray) -> FloatArray:
        wide = share * judged.widen * smooth(sd)
        return settled(wide, values, frames, settings.sd_floor_deg)

    lumbar, trunk = smooth(reading.lumbar_deg), smooth(reading.trunk_deg)
    tilt = trunk - lumbar
    # Where the low back cannot be measured the plain lean of the body still tells the reps.
    thigh = legs.thigh_deg - _own(legs.thigh_deg, frames)
    lean = lowpass(sight.time_s, sight.lean_deg, settings.filter_cutoff_hz)
    lean = lean - _own(lean, frames)
    known_tilt = np.where(np.isfinite(tilt), tilt, lean)
    at_standing = _curve_at_standing(sight.curve_deg, reading, frames, judged.measurable)
    return Posture(
        time_s=sight.time_s,
        lumbar_flexion_deg=lumbar,
        lumbar_flexion_sd_deg=spread(reading.lumbar_sd_deg, lumbar),
        pelvic_tilt_deg=tilt,
        pelvic_tilt_sd_deg=spread(reading.pelvis_sd_deg, tilt),
        trunk_lean_deg=np.where(np.isfinite(trunk), trunk, lean),
        trunk_lean_sd_deg=spread(reading.trunk_sd_deg, trunk),
        lumbar_curve_deg=at_standing + smooth(reading.curve_deg),
        thoracic_flexion_deg=smooth(reading.thoracic_deg),
        hip_flexion_deg=np.asarray(known_tilt + thigh, dtype=np.float64),
        knee_flexion_deg=legs.knee_deg,
        ankle_dorsiflexion_deg=legs.shank_deg,
        measurable=judged.measurable & np.isfinite(lumbar),
        reason=judged.reason,
        standing=standing,
        motion=legs.motion,
    )
