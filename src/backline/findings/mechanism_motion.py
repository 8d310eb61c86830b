"""Motion of pelvis, thigh and thorax during a finding: the input to its causes.

Hip flexion changes because the pelvis turns on the thigh or the thigh on the pelvis, and
the low back rounds because the pelvis turns back or the thorax falls forward. While the whole body
moves, pelvis and thorax turn together; what they share is predicted from the thigh, by the
same rep's own frames in which the low back is still, and subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.findings.finding import Finding
from backline.model.posture import BoolArray, FloatArray, Posture
from backline.reps import Rep
from backline.settings import Settings
from backline.signals.filters import lowpass, moving_mean

THIGH_SD_DEG = 2.0
"""Standard deviation of a change of the thigh's direction, degrees (judgement: hip and knee
points of 1 to 2 % of the thigh's length at each end)."""
FOOT_SHARE = 0.25
"""An event begins where a quarter of its size is reached: less drowns in noise."""
CALM_SHARE = 0.25
"""Frames that hold less than this share of the event show what the trunk does without it."""
AROUND_S = 0.5
"""Frames this far outside the rep may belong to its event, seconds."""
SHARE_RANGE = (-0.5, 1.5)
"""Beyond this, pelvis and thigh undo at least a third of each other's turn."""
LEAST_CALM = 8
"""Frames that a prediction of the trunk needs at least."""
EXTRAPOLATION = 0.1
"""Uncertainty of the prediction for each degree of thigh beyond the calm frames (judgement)."""


@dataclass(frozen=True)
class Number:
    """A value with its standard deviation."""

    value: float
    sd: float


@dataclass(frozen=True)
class EventMotion:
    """What happened from the foot of a rounding to its peak.

    Parameters
    ----------
    foot_s, peak_s : float
        Seconds.
    flexion_deg, pelvis_deg, thigh_deg, hip_deg : Number
        Changes of lumbar flexion, pelvic tilt (+ anterior), thigh (+ flexing) and hip flexion.
    pelvis_part : Number
        Of the rounding, the part made by the pelvis turning back rather than the thorax falling,
        what both share with the moving body subtracted; 0 to 1, beyond where they oppose.
    pelvis_share : Number
        Of the change in hip angle, the pelvis's part; NaN where the hip hardly changed.
    hip_from_standing_deg, hip_from_deepest_deg : Number
        Hip flexion at the peak: above that of standing, and short of the rep's largest.
    already : Number
        Of the rounding at the peak, the share that was there all the time since the rep began.
    """

    foot_s: float
    peak_s: float
    flexion_deg: Number
    pelvis_deg: Number
    thigh_deg: Number
    hip_deg: Number
    pelvis_part: Number
    pelvis_share: Number
    hip_from_standing_deg: Number
    hip_from_deepest_deg: Number
    already: Number


@dataclass(frozen=True)
class BodyMotion:
    """The smoothed angles of a clip, as events are read from it.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    flexion, lean, hip, thigh : ndarray, shape (n,)
        Degrees; NaN where not measurable.
    sd, lean_sd : ndarray, shape (n,)
        Standard deviations of lumbar flexion and of trunk lean, degrees.
    standing_hip : float
        Hip flexion in standing, degrees.
    settings : Settings
        Thresholds.
    """

    time_s: FloatArray
    flexion: FloatArray
    lean: FloatArray
    hip: FloatArray
    thigh: FloatArray
    sd: FloatArray
    lean_sd: FloatArray
    standing_hip: float
    settings: Settings

    @classmethod
    def of(cls, posture: Posture, settings: Settings) -> BodyMotion:
        """Smooth the angles of a posture."""
        time_s, measurable = posture.time_s, posture.measurable

        def smooth(values: FloatArray) -> FloatArray:
            known = np.where(measurable, values, np.nan)
            passed = lowpass(time_s, known, settings.filter_cutoff_hz)
            return moving_mean(time_s, passed, settings.event_window_s)

        flexion, lean = smooth(posture.lumbar_flexion_deg), smooth(posture.trunk_lean_deg)
        hip = smooth(posture.hip_flexion_deg)
        standing = hip[posture.reference.frames(time_s)]
        standing = standing[np.isfinite(standing)]
        if len(standing):
            low = float(np.mean(standing))
        else:
            known = hip[np.isfinite(hip)]
            low = float(np.percentile(known, 5)) if len(known) else float("nan")
        sd = np.where(measurable, posture.lumbar_flexion_sd_deg, np.nan)
        lean_sd = np.where(measurable, posture.trunk_lean_sd_deg, np.nan)
        thigh = hip - (lean - flexion)
        return cls(time_s, flexion, lean, hip, thigh, sd, lean_sd, low, settings)

    def span(self, start_s: float, end_s: float) -> BoolArray:
        """Return the known frames of a time span."""
        inside = (self.time_s >= start_s - 1e-9) & (self.time_s <= end_s + 1e-9)
        known: BoolArray = inside & np.isfinite(self.flexion + self.lean)
        return known

    def change_sd(self, index: int) -> float:
        """Return the standard deviation of a change of lumbar flexion, degrees."""
        return self._change_sd(self.sd, index)

    def lean_change_sd(self, index: int) -> float:
        """Return the standard deviation of a change of trunk lean, degrees."""
        return self._change_sd(self.lean_sd, index)

    def _change_sd(self, sds: FloatArray, index: int) -> float:
        known = sds[np.isfinite(sds)]
        sd = sds[index] if np.isfinite(sds[index]) else None
        if sd is None:
            sd = float(np.median(known)) if len(known) else self.settings.sd_floor_deg
        both = float(sd) * np.sqrt(2 * (1 - self.settings.shared_correlation))
        return max(float(both), self.settings.sd_floor_deg)


def event_of(body: BodyMotion, finding: Finding, rep: Rep) -> EventMotion | None:
    """Read what happened in a rounding; None where its frames are not known.

    Parameters
    ----------
    body : BodyMotion
        The clip.
    finding : Finding
        The rounding.
    rep : Rep
        Its rep.
    """
    way = np.flatnonzero(body.span(rep.start_s - AROUND_S, finding.peak_s))
    if len(way) < 2:
        return None
    peak = int(way[-1])
    level = body.flexion[peak] - (1 - FOOT_SHARE) * finding.size_deg
    below = way[body.flexion[way] <= level]
    foot = int(below[-1]) if len(below) else int(way[np.argmin(body.flexion[way])])
    sd = body.change_sd(peak)

    def change(values: FloatArray) -> float:
        return float(values[peak] - values[foot])

    pelvis = Number(change(body.lean - body.flexion), sd)
    thigh = Number(change(body.thigh), THIGH_SD_DEG)
    inside = body.hip[body.span(rep.start_s, rep.end_s)]
    deepest = float(np.nanmax(inside)) if np.isfinite(inside).any() else float("nan")
    hip, hip_sd = float(body.hip[peak]), float(np.hypot(sd, THIGH_SD_DEG))
    return EventMotion(
        foot_s=float(body.time_s[foot]),
        peak_s=float(body.time_s[peak]),
        flexion_deg=Number(change(body.flexion), sd),
        pelvis_deg=pelvis,
        thigh_deg=thigh,
        hip_deg=Number(change(body.hip), hip_sd),
        pelvis_part=_pelvis_part(body, rep, foot, peak, finding.size_deg),
        pelvis_share=share_of(pelvis, thigh, body.settings),
        hip_from_standing_deg=Number(hip - body.standing_hip, hip_sd),
        hip_from_deepest_deg=Number(deepest - hip, hip_sd),
        already=_already(body, rep, peak, sd),
    )


def share_of(pelvis: Number, thigh: Number, settings: Settings) -> Number:
    """Return the pelvis's part of a change in hip angle, with its uncertainty.

    The hip's change is the pelvis's turn plus the thigh's. NaN where it is smaller than
    `Settings.pelvis_share_from_deg`, and where pelvis and thigh turned against each other so
    far that a share means nothing (beyond `SHARE_RANGE`).
    """
    unknown = Number(float("nan"), float("nan"))
    hip = pelvis.value + thigh.value
    if not abs(hip) >= settings.pelvis_share_from_deg:
        return unknown
    share = pelvis.value / hip
    sd = float(np.hypot(thigh.value * pelvis.sd, pelvis.value * thigh.sd)) / hip**2
    low, high = SHARE_RANGE
    return Number(share, sd) if low <= share <= high else unknown


def _pelvis_part(body: BodyMotion, rep: Rep, foot: int, peak: int, size_deg: float) -> Number:
    """Return the pelvis's part of a rounding: what the thorax did beyond its usual way."""
    rounded = float(body.flexion[peak] - body.flexion[foot])
    if not rounded > 0:
        return Number(float("nan"), float("nan"))
    calm = body.span(rep.start_s - AROUND_S, rep.end_s + AROUND_S)
    calm &= np.abs(body.flexion - body.flexion[foot]) <= CALM_SHARE * size_deg
    calm &= np.isfinite(body.thigh)
    moved = float(body.thigh[peak] - body.thigh[foot])
    slope, scatter = _lean_by_thigh(body, calm)
    # a thigh that moved no further than its error has not moved: shrink it towards still
    trust = moved**2 / (moved**2 + THIGH_SD_DEG**2)
    fell = float(body.lean[peak] - body.lean[foot]) - slope * trust * moved
    beyond = float(np.min(np.abs(body.thigh[calm] - body.thigh[peak]))) if calm.any() else 0.0
    scatter = float(np.hypot(scatter, slope * trust * THIGH_SD_DEG))
    # the thorax's fall is read from the lean; the rounding's own error only scales it
    fell_sd = float(np.hypot(body.lean_change_sd(peak), scatter))
    share = fell / rounded
    sd = float(np.hypot(fell_sd, share * body.change_sd(peak))) + EXTRAPOLATION * beyond
    return Number(1 - share, sd / rounded)


def _lean_by_thigh(body: BodyMotion, calm: BoolArray) -> tuple[float, float]:
    """Return how far the trunk leans for each degree of thigh, and the scatter, degrees.

    Up and down have levels of their own, since lifters come up otherwise than they go down.
    """
    if int(calm.sum()) < LEAST_CALM or np.ptp(body.thigh[calm]) < 2 * THIGH_SD_DEG:
        return 0.0, 0.0
    up = np.gradient(body.thigh, body.time_s)[calm] < 0
    columns = np.column_stack([np.ones(int(calm.sum())), body.thigh[calm], up])
    solved, *_ = np.linalg.lstsq(columns, body.lean[calm], rcond=None)
    rest = body.lean[calm] - columns @ solved
    return float(solved[1]), float(np.std(rest))


def _already(body: BodyMotion, rep: Rep, peak: int, sd: float) -> Number:
    """Return the share of the rounding that was there ever since the rep began."""
    ends = sorted((rep.start_s, float(body.time_s[peak])))  # a set-up may peak before the rep
    since = np.flatnonzero(body.span(*ends))
    top = float(body.flexion[peak])
    if len(since) == 0 or not top > 0:
        return Number(0.0, sd)
    return Number(float(np.min(body.flexion[since])) / top, sd / top)
