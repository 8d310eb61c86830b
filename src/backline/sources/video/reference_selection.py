"""Selects the reference of a clip: quiet standing, lockouts, or none.

Each candidate gets the standard deviation of its zero about the lifter's own standing posture,
degrees.
The candidate with the smallest is used, so that leaning back or moving before the first rep does
not become the reference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backline.model.posture import (
    BoolArray,
    FloatArray,
    Posture,
    Reference,
    ReferenceKind,
    Standing,
    StandingMethod,
)
from backline.reps import Rep
from backline.reps.lockout_reference import (
    LOCKOUT_HALF_S,
    LOCKOUT_PRIOR_DEG,
    SPREAD_DEG,
    upright_moments,
)
from backline.signals.filters import known_median, lowpass, moving_mean
from backline.signals.movement_depth import depth_of_movement
from backline.signals.standing import standing_candidates
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.contour.low_back_shape import outline_shape
from backline.sources.video.contour.outline import S1_INDEX, T12_INDEX
from backline.sources.video.lumbar.clip_inference import read_clip, reference_of
from backline.sources.video.lumbar.network import LumbarNetwork
from backline.sources.video.lumbar.picture_input import trunk_length_px
from backline.sources.video.pose.leg_angles import LegAngles, legs_of
from backline.sources.video.pose.person import LEFT_SHOULDER, LEFT_WRIST

POINT_CUTOFF_HZ = 6.0
"""Low-pass of the body points, Hz: above the angles' own cut-off, so that it does not affect
them."""
SHORTEST_S = (0.5, 0.3, 0.15)
"""Least durations of stillness, tried in this order, seconds."""
VISIBLE_SHARE = 0.4
"""Least share of the low back's outline that must be visible in a frame."""
VISIBLE_FRAMES = 0.3
"""Least share of such frames in a candidate."""
STEADY_TRUNK = 0.2
"""Where the distance of hip and shoulder differs from its median by more than this share, the pose
engine has lost one of them (a plate in front of the hip), and the frame is not used."""
LEAST_FRAMES = 3
"""Least number of frames of a reference."""

PRIOR_DEG: dict[StandingMethod, float] = {
    "before_first_rep": 0.0,
    "between_reps": 2.0,
    "after_last_rep": 1.0,
}
"""Standard deviation of such standing about the standing reference, degrees: 0 by definition before
the lift; more after the lifter has lifted (judgement)."""
SHORT_DEG = 1.5
"""Added where the stillness is too short to know its sway, degrees (judgement)."""
LEAN_SLACK_DEG, LEAN_SHARE = 6.0, 0.5
"""A difference in lean from the lockouts beyond the first counts with the second as share: leaning
extends hip and low back, each by about half (judgement)."""
ARMS_SLACK, ARMS_DEG = 0.3, 10.0
"""Arms higher or lower than in the lift by more than the first, trunk lengths, add the second for
each trunk length: an arm overhead arches the low back (judgement)."""
HIDDEN_DEG = 6.0
"""Added where the low back is hidden in the whole stretch, degrees (judgement: half of the
largest standard deviation that a frame may state)."""
FAR_DEG = 9.0
"""Lockouts are within this of the standing reference, the most that people tuck (Levine and Whittle
1996); any excess is added to the candidate's deviation."""


@dataclass(frozen=True)
class Chosen:
    """The reference of a clip.

    Parameters
    ----------
    reference : Reference
        Kind, spans, deviation.
    standing : Standing
        The quiet standing, where the reference is one; method ``"none"`` else.
    frames : ndarray of bool, shape (n,)
        The frames that show it. Where the kind is ``"none"``, the upright frames that the
        network compares with; the posture is measured within each rep then.
    """

    reference: Reference
    standing: Standing
    frames: BoolArray


@dataclass(frozen=True)
class _Clip:
    """Data with which all candidates are compared."""

    observations: ClipObservations
    time_s: FloatArray
    lean_deg: FloatArray
    arms: tuple[FloatArray, FloatArray]
    visible: BoolArray
    lockouts: tuple[tuple[float, float], ...]
    tops: tuple[tuple[float, float], ...]
    lumbar_deg: FloatArray
    scatter_deg: dict[StandingMethod, float]

    def inside(self, spans: Sequence[tuple[float, float]]) -> BoolArray:
        return Reference("none", tuple(spans)).frames(self.time_s) & self.observations.found


NO_STANDING = Standing(math.nan, math.nan, "none")


def choose_reference(
    observations: ClipObservations,
    legs: LegAngles,
    upright: Posture,
    reps: Sequence[Rep],
    network: LumbarNetwork,
    given: tuple[float, float] | None = None,
) -> Chosen:
    """Choose what the changes of a clip are measured from.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations.
    legs : LegAngles
        Its legs.
    upright : Posture
        A posture with the body's position signals and lean alone, to find upright moments.
    reps : sequence of Rep
        The reps found in it.
    network : LumbarNetwork
        Estimates the low back of the candidates.
    given : (float, float), optional
        The span that the user gave, seconds.
    """
    usable = observations.found & low_back_seen(observations) & _steady_trunk(observations)
    lockouts = upright_moments(upright, reps, usable)
    candidates = (
        [Standing(given[0], given[1], "given")] if given else _candidates(observations, legs)
    )
    tops = tuple(_top_of(rep) for rep in reps if "lockout" in rep.phases)
    # A given span has no competitors: the lockouts need not be estimated.
    clip = _candidates_read(observations, candidates, () if given else lockouts, tops, network)
    options = [_standing_option(clip, one) for one in candidates]
    if clip.lockouts:
        options.append(_lockout_option(clip))
    options = [o for o in options if given or _shows_low_back(clip, o)]
    if not options:
        return _no_reference(clip, upright)
    return min(options, key=lambda o: o.reference.sd_deg)


def _shows_low_back(clip: _Clip, option: Chosen) -> bool:
    """Return whether a stretch shows the low back in enough frames."""
    frames = option.frames
    return (
        int(frames.sum()) >= LEAST_FRAMES and float(clip.visible[frames].mean()) >= VISIBLE_FRAMES
    )


def _candidates(observations: ClipObservations, legs: LegAngles) -> list[Standing]:
    """Return the stretches of quiet standing, of the longest stillness that the clip has.

    A plate or rack in front of the legs disturbs hip and knee; the shoulders stay reliable.
    """
    lean = lowpass(observations.time_s, observations.lean_deg, POINT_CUTOFF_HZ)
    unknown = np.full(len(observations.time_s), np.nan)
    for shortest in SHORTEST_S:
        found = [
            one
            for height, knee in (
                (legs.motion.hip_height, legs.knee_deg),
                (legs.motion.hip_height, unknown),
                (legs.motion.shoulder_height, unknown),
            )
            for one in standing_candidates(
                observations.time_s, height, knee, lean, minimum_s=shortest,
                hip_travel=legs.motion.hip_travel,
            )
        ]  # fmt: skip
        if found:
            return list(dict.fromkeys(found))
    return []


def low_back_seen(observations: ClipObservations) -> BoolArray:
    """Return which frames show enough of the low back's own outline, shape (n,)."""
    low = observations.back_visible[:, T12_INDEX : S1_INDEX + 1].mean(axis=1)
    one_back = ~outline_shape(
        observations.back_line, observations.back_visible, observations.facing
    ).broken
    lined = np.isfinite(observations.back_line[:, 0, 0])
    return np.asarray((low >= VISIBLE_SHARE) & lined & one_back, dtype=np.bool_)


def _steady_trunk(observations: ClipObservations) -> BoolArray:
    """Return which frames have hip and shoulder as far apart as usual, shape (n,)."""
    length = np.array([trunk_length_px(one) for one in observations.points])
    known = length[np.isfinite(length)]
    if not len(known):
        return np.zeros(len(length), dtype=np.bool_)
    return np.asarray(np.abs(length / np.median(known) - 1.0) <= STEADY_TRUNK, dtype=np.bool_)


def _candidates_read(
    observations: ClipObservations,
    candidates: Sequence[Standing],
    lockouts: tuple[tuple[float, float], ...],
    tops: tuple[tuple[float, float], ...],
    network: LumbarNetwork,
) -> _Clip:
    """Estimate the low back of all candidates relative to one provisional reference."""
    spans = [*((c.start_s, c.end_s) for c in candidates), *lockouts]
    clip = _Clip(
        observations=observations,
        time_s=observations.time_s,
        lean_deg=observations.lean_deg,
        arms=(_hanging(observations, 0), _hanging(observations, 1)),
        visible=low_back_seen(observations) & _steady_trunk(observations),
        lockouts=lockouts,
        tops=tops,
        lumbar_deg=np.full(len(observations.time_s), np.nan),
        scatter_deg={},
    )
    frames = clip.inside(spans)
    if not frames.any():
        return clip
    first = clip.inside(lockouts) if lockouts else clip.inside(spans[:1])
    view = reference_of(observations, first if first.any() else frames)
    estimate = read_clip(observations, view, network, frames)
    clip = replace(clip, lumbar_deg=moving_mean(observations.time_s, estimate.lumbar_deg, 0.3))
    return replace(clip, scatter_deg={m: _scatter_of_kind(clip, candidates, m) for m in PRIOR_DEG})


def _scatter_of_kind(clip: _Clip, candidates: Sequence[Standing], method: StandingMethod) -> float:
    """Return the scatter of the low back over all standing of one kind, degrees.

    A lifter who
    keeps moving is still in some windows by chance, each time in another posture.
    """
    spans = [(c.start_s, c.end_s) for c in candidates if c.method == method]
    scatter = _scatter(clip.lumbar_deg[clip.inside(spans)]) if len(spans) > 1 else math.nan
    return scatter if math.isfinite(scatter) else 0.0


def _hanging(observations: ClipObservations, right: int) -> FloatArray:
    """Return how far the left or right wrist hangs below its shoulder, trunk lengths."""
    points = observations.points[:, :, 1].astype(np.float64)
    fall: FloatArray = points[:, LEFT_WRIST + right] - points[:, LEFT_SHOULDER + right]
    return fall / observations.trunk_px


def _standing_option(clip: _Clip, standing: Standing) -> Chosen:
    """Rate one stretch of quiet standing."""
    span = (standing.start_s, standing.end_s)
    frames = clip.inside([span])
    noise = _scatter(clip.lumbar_deg[frames])
    deviations = [_prior_deg(clip, standing), _hidden_deg(clip, frames)]
    deviations += [
        noise if math.isfinite(noise) else SHORT_DEG,
        clip.scatter_deg.get(standing.method, 0.0),
    ]
    if span[1] - span[0] < SHORTEST_S[0] - 0.05:
        deviations.append(SHORT_DEG)
    if standing.method != "given":
        deviations += _unlike_lockouts(clip, frames)
    kind: ReferenceKind = "given" if standing.method == "given" else "quiet_standing"
    reference = Reference(kind, (span,), float(np.linalg.norm(deviations)), noise)
    return Chosen(reference, standing, frames)


def _top_of(rep: Rep) -> tuple[float, float]:
    """Return the time from the ascent to the end of the lockout, seconds."""
    lockout = rep.phases["lockout"]
    return rep.phases.get("ascent", lockout)[0], lockout[1]


def _prior_deg(clip: _Clip, standing: Standing) -> float:
    """Return the prior deviation of such standing from the standing reference, degrees.

    A pause in a rep's lockout is that one lockout, and no better than all of them together.
    """
    if standing.method in ("between_reps", "after_last_rep") and any(
        standing.start_s < end and standing.end_s > start for start, end in clip.tops
    ):
        return float(np.hypot(LOCKOUT_PRIOR_DEG, _spread_of_tops(clip)))
    return PRIOR_DEG.get(standing.method, 0.0)


def _unlike_lockouts(clip: _Clip, frames: BoolArray) -> list[float]:
    """Return a stretch's differences from the lockouts, as deviations, degrees."""
    if not clip.lockouts:
        return []
    top = clip.inside(clip.lockouts)

    def apart(values: FloatArray) -> float:
        away = abs(known_median(values[frames]) - known_median(values[top]))
        return away if math.isfinite(away) else 0.0

    return [
        LEAN_SHARE * max(0.0, apart(clip.lean_deg) - LEAN_SLACK_DEG),
        ARMS_DEG * max(0.0, max(apart(arm) for arm in clip.arms) - ARMS_SLACK),
        max(0.0, apart(clip.lumbar_deg) - FAR_DEG),
    ]


def _lockout_option(clip: _Clip) -> Chosen:
    """Rate the lockouts of the set, taken together."""
    frames = clip.inside(clip.lockouts)
    count, spread = len(clip.lockouts), _spread_of_tops(clip)
    deviations = [LOCKOUT_PRIOR_DEG, spread / math.sqrt(count), _hidden_deg(clip, frames)]
    noise = spread if count > 1 else _scatter(clip.lumbar_deg[frames])
    reference = Reference("lockouts", clip.lockouts, float(np.linalg.norm(deviations)), noise)
    return Chosen(reference, NO_STANDING, frames)


def _spread_of_tops(clip: _Clip) -> float:
    """Return the standard deviation of the lockouts among each other, degrees."""
    tops = [known_median(clip.lumbar_deg[clip.inside([span])]) for span in clip.lockouts]
    known = np.array([t for t in tops if math.isfinite(t)])
    return float(np.std(known, ddof=1)) if len(known) > 1 else SPREAD_DEG


def _no_reference(clip: _Clip, upright: Posture) -> Chosen:
    """Return the upright frames that show the low back, for the network to compare with."""
    depth = depth_of_movement(upright)
    usable = clip.observations.found & np.isfinite(depth)
    shown = usable & clip.visible
    usable = shown if shown.sum() >= LEAST_FRAMES else usable
    frames = np.zeros(len(depth), dtype=np.bool_)
    index = np.flatnonzero(usable)
    if len(index):
        top = index[int(np.argmin(depth[index]))]
        around = np.abs(clip.time_s[index] - clip.time_s[top]) <= LOCKOUT_HALF_S
        frames[index[around]] = True
    return Chosen(Reference("none"), NO_STANDING, frames)


def _hidden_deg(clip: _Clip, frames: BoolArray) -> float:
    """Return the deviation added for a hidden low back, degrees."""
    if not frames.any():
        return HIDDEN_DEG
    return HIDDEN_DEG * (1.0 - float(clip.visible[frames].mean()))


def _scatter(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.std(known)) if len(known) >= LEAST_FRAMES else math.nan


def quiet_standing(observations: ClipObservations, network: LumbarNetwork) -> BoolArray:
    """Return the frames of the best quiet standing of a clip that shows nothing but standing."""
    legs = legs_of(observations, POINT_CUTOFF_HZ)
    candidates = _candidates(observations, legs)
    clip = _candidates_read(observations, candidates, (), (), network)
    options = [_standing_option(clip, one) for one in candidates]
    if not options:
        return np.zeros(len(observations.time_s), dtype=np.bool_)
    return min(options, key=lambda o: o.reference.sd_deg).frames
