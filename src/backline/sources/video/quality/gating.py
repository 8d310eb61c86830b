"""Gating: which frames can be measured, with a reason where they cannot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.model.measurement import Quality, Reason, Verdict
from backline.model.posture import BoolArray, FloatArray, Posture
from backline.reasons import rank, sentence
from backline.settings import GATING, Gating, Settings
from backline.signals.filters import known_median, median_step, running_median, runs_of
from backline.sources.video.clip_observations import DRAWN, LEFT_OUT, ClipObservations
from backline.sources.video.contour.low_back_shape import outline_shape
from backline.sources.video.contour.outline import S1_INDEX, T12_INDEX
from backline.sources.video.lumbar.network import LumbarEstimate
from backline.sources.video.pose.person import LEFT_HIP, LEFT_KNEE, LEFT_SHOULDER, RIGHT_SHOULDER

#: Shoulder width by trunk length in a front view (biacromial 0.23, C7-hip 0.30 of stature).
SHOULDERS_BY_TRUNK = 0.72
#: Reasons for which no number is given, whatever the share of measurable frames.
REFUSING = frozenset({"not_side_on", "few_frames"})


@dataclass(frozen=True)
class FrameJudgement:
    """What can be measured.

    Parameters
    ----------
    measurable : ndarray of bool, shape (n,)
        Whether the low back can be measured in the frame.
    reason : ndarray of str, shape (n,)
        Code of why not, "" where measurable.
    widen : float
        Factor on every standard deviation.
    yaw_deg : float
        Camera yaw, degrees.
    clip_reasons : tuple of str
        Codes that hold for the whole clip.
    """

    measurable: BoolArray
    reason: NDArray[np.str_]
    widen: float
    yaw_deg: float
    clip_reasons: tuple[str, ...]


def judge(
    observations: ClipObservations, estimate: LumbarEstimate, upright: BoolArray, settings: Settings
) -> FrameJudgement:
    """Decide frame by frame what can be measured.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations.
    estimate : LumbarEstimate
        The network's estimate, n frames (NaN where no person was found).
    upright : ndarray of bool, shape (n,)
        The frames that camera yaw and clothes are judged in: the reference, else all.
    settings : Settings
        Limits.
    """
    gating = settings.gating
    reason = np.where(observations.in_shot, "", "other_shot").astype("<U16")
    for code, bad in _frame_checks(observations, estimate, gating):
        reason[bad & (reason == "")] = code
    reason[_short_visible_gaps(observations.time_s, reason, gating.short_gap_s)] = "back_hidden"
    # A drawn line makes the frame visible; a frame marked as not visible is withheld.
    reason[(observations.by_hand == DRAWN) & (reason == "back_hidden")] = ""
    reason[observations.by_hand == LEFT_OUT] = "left_out_by_hand"
    yaw = camera_yaw_deg(observations, estimate, upright, gating)
    clip: list[str] = []
    widen = 1.0
    if not median_step(observations.time_s) <= gating.frames_apart_s:
        clip.append("few_frames")
        reason[reason == ""] = "few_frames"
    if yaw > settings.yaw_limit_deg:
        clip.append("not_side_on")
        reason[reason == ""] = "not_side_on"
    elif yaw > gating.oblique_deg:
        clip.append("oblique")
        widen *= gating.oblique_widening
    if known_median(estimate.loose[upright]) > gating.loose_limit:
        clip.append("loose_cloth")
        widen *= gating.loose_cloth_widening
    if observations.rivals:
        clip.append("second_lifter")
    if observations.camera_moving:
        clip.append("camera_moving")
        widen *= gating.camera_moving_widening
    return FrameJudgement(reason == "", reason, widen, yaw, tuple(clip))


def _frame_checks(
    observations: ClipObservations, estimate: LumbarEstimate, gating: Gating
) -> list[tuple[str, BoolArray]]:
    found = observations.found
    outlined = np.isfinite(observations.back_line[:, 0, 0])
    low = observations.back_visible[:, T12_INDEX : S1_INDEX + 1].mean(axis=1)
    hidden = back_hidden(np.where(outlined, low, np.nan), estimate.hidden, gating)
    hidden |= outline_shape(
        observations.back_line, observations.back_visible, observations.facing
    ).broken
    hidden = _agreeing(observations.time_s, hidden, found, gating.agreeing_s)
    return [
        ("back_hidden", _behind_something(observations, gating)),
        ("no_person", ~found),
        ("cut_off", found & _cut_off(observations)),
        ("dark", found & (observations.brightness < gating.dark_level)),
        ("too_small", np.full(len(found), bool(observations.trunk_px < gating.trunk_min_px))),
        ("back_hidden", found & hidden),
        *((code, found & bad) for code, bad in doubtful(estimate, gating)),
    ]


def back_hidden(
    low_back_seen: FloatArray, hidden: FloatArray, gating: Gating = GATING
) -> BoolArray:
    """Return in which frames the low back is hidden, each frame judged alone.

    Parameters
    ----------
    low_back_seen : ndarray, shape (n,)
        Share of the outline from T12 to S1 that is the lifter's own back; NaN without outline.
    hidden : ndarray, shape (n,)
        The network's probability that it is hidden; NaN unknown.
    gating : Gating
        Limits.
    """
    with np.errstate(invalid="ignore"):
        covered = low_back_seen < gating.visible_share
    return np.asarray(covered | (np.nan_to_num(hidden) > gating.hidden_limit), dtype=np.bool_)


def doubtful(estimate: LumbarEstimate, gating: Gating = GATING) -> list[tuple[str, BoolArray]]:
    """Return by reason in which frames the network's estimate is not reliable."""
    odd = np.nan_to_num(estimate.oddness) > gating.odd_limit
    wide = np.nan_to_num(estimate.lumbar_sd_deg) > gating.sd_limit_deg
    return [("unlike_training", odd), ("too_uncertain", wide)]


def _agreeing(
    time_s: FloatArray, hidden: BoolArray, found: BoolArray, window_s: float
) -> BoolArray:
    """Return the majority over neighbouring frames: an occluder does not change in one frame."""
    votes = running_median(time_s, np.where(found, hidden.astype(float), np.nan), window_s)
    return np.asarray(found & (np.nan_to_num(votes) >= 0.5), dtype=np.bool_)


def _short_visible_gaps(
    time_s: FloatArray, reason: NDArray[np.str_], longest_s: float
) -> BoolArray:
    """Return the frames of short visible gaps next to a stretch with a hidden back."""
    short = np.zeros(len(reason), dtype=np.bool_)
    for first, stop in runs_of(reason == ""):
        if first == 0 or stop == len(reason):
            continue
        about = {str(reason[first - 1]), str(reason[stop])}
        short[first:stop] = "back_hidden" in about and (
            time_s[stop] - time_s[first - 1] < longest_s
        )
    return short


def _behind_something(observations: ClipObservations, gating: Gating) -> BoolArray:
    """Return frames without the lifter, who is at the same position just before and after."""
    gone = np.zeros(len(observations.time_s), dtype=np.bool_)
    hip, shoulder = observations.joint(LEFT_HIP), observations.joint(LEFT_SHOULDER)[:, 1]
    if not observations.found.any():
        return gone
    down = shoulder - np.nanpercentile(shoulder, 10.0) > gating.down * observations.trunk_px
    with np.errstate(invalid="ignore"):
        away = np.linalg.norm(observations.plate_px - hip, axis=1)
        plated = away <= gating.plate_near * observations.trunk_px
    for first, stop in runs_of(~observations.found):
        if first == 0 or stop == len(gone):
            continue
        lasts = observations.time_s[stop] - observations.time_s[first - 1]
        moved = float(np.linalg.norm(hip[stop] - hip[first - 1]))
        stayed = (
            lasts <= gating.hidden_gap_s and moved <= gating.hidden_moved * observations.trunk_px
        )
        ends = [first - 1, stop]
        gone[first:stop] = stayed and bool(down[ends].all() or plated[ends].all())
    return gone


def _cut_off(observations: ClipObservations) -> BoolArray:
    """Return where hip, knee or shoulder of the visible side is outside the picture."""
    out = np.zeros(len(observations.time_s), dtype=np.bool_)
    for joint in (LEFT_HIP, LEFT_KNEE, LEFT_SHOULDER):
        at = observations.joint(joint)
        with np.errstate(invalid="ignore"):
            out |= (at[:, 0] < 0) | (at[:, 0] > observations.width_px - 1)
            out |= (at[:, 1] < 0) | (at[:, 1] > observations.height_px - 1)
    return out


def camera_yaw_deg(
    observations: ClipObservations,
    estimate: LumbarEstimate,
    upright: BoolArray,
    gating: Gating = GATING,
) -> float:
    """Return the camera's deviation from a side view, degrees.

    The network estimates small
    angles. Near and beyond the end of its training range it underestimates, and the width of the
    shoulders relative to the trunk is used where that is larger.
    """
    if not upright.any():
        return float("nan")
    learned = known_median(estimate.yaw_deg[upright])
    across = observations.points[:, LEFT_SHOULDER, 0] - observations.points[:, RIGHT_SHOULDER, 0]
    share = known_median(np.abs(across[observations.found].astype(np.float64))) / (
        observations.trunk_px * SHOULDERS_BY_TRUNK
    )
    wide = float(np.degrees(np.arcsin(np.clip(share, 0.0, 1.0))))
    if np.isnan(learned) or wide > gating.wide_yaw_deg:
        return wide
    return max(learned, wide) if learned > gating.oblique_deg else max(learned, 0.0)


def quality_of(
    judgement: FrameJudgement,
    observations: ClipObservations,
    posture: Posture,
    *,
    truncated: bool = False,
    gating: Gating = GATING,
) -> Quality:
    """Return verdict and reasons, in the order in which a user would fix them.

    Parameters
    ----------
    judgement : FrameJudgement
        Frame by frame.
    observations : ClipObservations
        The clip's observations.
    posture : Posture
        The measured angles, with their reference.
    truncated : bool
        Whether the file ends in the middle.
    gating : Gating
        Limits.
    """
    frames = _moving(posture) & observations.in_shot
    fraction = float(judgement.measurable[frames].mean()) if frames.any() else 0.0
    values = {
        "yaw": f"{judgement.yaw_deg:.0f}",
        "moved": f"{observations.camera_moved_px:.0f}",
        "apart": _apart(observations.time_s),
        "sd": f"{posture.reference.sd_deg:.0f}",
        **_shots(observations),
        "hand": _hand(observations),
    }
    shares = dict.fromkeys(judgement.clip_reasons, "")
    for code in np.unique(judgement.reason[frames]):
        share = float((judgement.reason[frames] == code).mean())
        if code and code not in shares and share >= gating.reported_share:
            shares[str(code)] = f"{share:.0%}"
    refused = fraction < gating.refused_below or bool(REFUSING & set(judgement.clip_reasons))
    if not refused:
        shares |= dict.fromkeys(reference_codes(posture, gating.poor_reference_deg), "")
    if (observations.by_hand == DRAWN).any():
        shares["drawn_by_hand"] = ""
    if observations.shot.any():
        shares["other_shot"] = ""
    if truncated:
        shares["truncated"] = ""
    order = sorted(shares, key=lambda c: (c not in REFUSING, -_percent(shares[c]), rank(c)))
    reasons = tuple(Reason(c, sentence(c, share=shares[c], **values)) for c in order)
    limits = [reason for reason in reasons if reason.code != "drawn_by_hand"]
    verdict: Verdict = "refused" if refused else ("limited" if limits else "ok")
    return Quality(verdict, reasons, fraction)


def reference_codes(posture: Posture, poor_deg: float) -> list[str]:
    """Return the reason codes of a reference that is not the best kind."""
    reference, standing = posture.reference, posture.standing
    if reference.kind in ("lockouts", "none"):
        return [f"reference_{reference.kind}"]
    codes = []
    if standing.method in ("between_reps", "after_last_rep"):
        codes.append("standing_second_best")
    if reference.sd_deg > poor_deg:
        codes.append("reference_poor")
    return codes


def _apart(time_s: FloatArray) -> str:
    """Return in words how far apart the frames are."""
    if len(time_s) < 2:
        return "There is one frame only"
    return f"The frames are about {median_step(time_s):.2g} seconds apart"


def _hand(observations: ClipObservations) -> str:
    """Return the times in which the back was drawn by hand, as words."""
    spans = runs_of(observations.by_hand == DRAWN)
    return ", ".join(f"{observations.time_s[(a + b - 1) // 2]:.1f}" for a, b in spans)


def _shots(observations: ClipObservations) -> dict[str, str]:
    """Return how many shots a clip has, and the first and last second of the measured one."""
    inside = observations.time_s[observations.in_shot]
    ends = (float(inside[0]), float(inside[-1])) if len(inside) else (0.0, 0.0)
    count = int(observations.shot.max(initial=0)) + 1
    return {"shots": str(count), "shot_from": f"{ends[0]:.1f}", "shot_to": f"{ends[1]:.1f}"}


def _moving(posture: Posture) -> BoolArray:
    """Return the frames from the reference on: walking in before it is not part of the lift."""
    start = posture.standing.start_s if posture.standing.method == "before_first_rep" else 0.0
    return np.asarray(posture.time_s >= start, dtype=np.bool_)


def _percent(share: str) -> float:
    return float(share.rstrip("%")) if share else 0.0
