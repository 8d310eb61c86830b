"""Window means: means of lumbar flexion over short windows, with their uncertainty.

Model of the error. A frame's variance has two parts. One is shared by all frames of a posture
(soft tissue, cloth, the estimator's own bias): averaging cannot reduce it, and it cancels only in
part in the difference of two postures. The other is random from frame to frame; after a low-pass
at f Hz about 2 f values a second are independent, so a mean over w seconds divides its
variance by 2 f w. The shares are settings (`shared_variance_share`, `shared_correlation`).

The largest of several noisy means is too large on average. The excess (Blom's approximation
to the expected largest of m normal values) is subtracted, m being the number of windows that come
close to the largest: many on a plateau of noise, one or two on a real peak.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from backline.model.posture import FloatArray, Posture, Reference
from backline.reps import Phase, Rep
from backline.settings import Settings
from backline.signals.filters import lowpass, median_step, moving_mean, speed

TREND_CUTOFF_HZ = 2.0
"""Low-pass of the trend that distinguishes a flank from a plateau, Hz."""
CLOSE_SD = 2.0
"""A window counts as close to the largest within this many of its random standard deviations."""


@dataclass(frozen=True)
class WindowMean:
    """A mean of the angle over a window.

    Parameters
    ----------
    at : int
        Middle frame.
    value_deg : float
        Mean, degrees, corrected for its selection as the largest.
    random_sd_deg, shared_sd_deg : float
        Standard deviations of the two parts of the error, degrees.
    """

    at: int
    value_deg: float
    random_sd_deg: float
    shared_sd_deg: float

    def expected_near_standing(self, spread_deg: float, trusted_sd_deg: float) -> WindowMean:
        """Combine the mean with its prior: a normal distribution about the standing reference.

        The most extended point of a noisy series is biased to extension, the more the larger its
        slow errors are, which averaging does not remove. The best estimate is the mean of both,
        weighted by their variances.

        Parameters
        ----------
        spread_deg : float
            Standard deviation of the truth about the standing reference, degrees.
        trusted_sd_deg : float
            A mean with a smaller standard deviation than this is returned unchanged, degrees.
        """
        own = self.random_sd_deg**2 + self.shared_sd_deg**2 - trusted_sd_deg**2
        share = spread_deg**2 / (spread_deg**2 + max(own, 0.0))
        random = float(np.hypot(share * self.random_sd_deg, (1.0 - share) * spread_deg))
        return WindowMean(self.at, share * self.value_deg, random, share * self.shared_sd_deg)


@dataclass(frozen=True)
class LowBack:
    """Lumbar flexion over the clip, prepared for the search for findings.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    flexion_deg, sd_deg : ndarray, shape (n,)
        Lumbar flexion as change from the standing reference, and its standard deviation; NaN where
        the frame is not measurable. `flipped` changes the sign, so that + is extension.
    peak_deg : ndarray, shape (n,)
        Its mean over the event window.
    trend_speed : ndarray, shape (n,)
        Its slow change, degrees a second.
    settings : Settings
        Windows and shares.
    trunk_lean_deg : ndarray, shape (n,)
        Trunk lean, + forward, degrees; NaN where it is not known.
    reference : Reference
        What the angle is a change from. Its own deviation is not in ``sd_deg``: it is the same in
        all frames, and cancels in a difference of two of them.
    """

    time_s: FloatArray
    flexion_deg: FloatArray
    sd_deg: FloatArray
    peak_deg: FloatArray
    trend_speed: FloatArray
    settings: Settings
    trunk_lean_deg: FloatArray
    reference: Reference = field(default_factory=lambda: Reference("quiet_standing"))

    def flipped(self) -> LowBack:
        """Return the same back with + meaning extension."""
        return replace(
            self,
            flexion_deg=-self.flexion_deg,
            peak_deg=-self.peak_deg,
            trend_speed=-self.trend_speed,
        )

    def frames(self, start_s: float, end_s: float) -> tuple[int, int]:
        """Return the first and last frame of a time span, both inclusive, at least one."""
        first = int(np.searchsorted(self.time_s, start_s - 1e-9, side="left"))
        last = int(np.searchsorted(self.time_s, end_s + 1e-9, side="right")) - 1
        first = min(first, len(self.time_s) - 1)
        return first, max(first, last)

    def phase_frames(self, rep: Rep, phase: Phase) -> tuple[int, int] | None:
        """Return the first and last frame of a phase, None where the rep has none."""
        span = rep.phases.get(phase)
        return None if span is None else self.frames(*span)

    def measured(self, rep: Rep, phase: Phase) -> bool:
        """Return whether enough of a phase can be measured."""
        span = self.phase_frames(rep, phase)
        if span is None:
            return False
        known = np.isfinite(self.flexion_deg[span[0] : span[1] + 1])
        return bool(known.mean() >= self.settings.least_measured_share)

    def largest(self, first: int, last: int, width_s: float) -> WindowMean | None:
        """Return the largest mean over ``width_s`` inside a span of frames.

        Where the span is shorter than the window its whole mean is taken; None where nothing
        in it is known.
        """
        inside = slice(first, last + 1)
        values, time_s = self.flexion_deg[inside], self.time_s[inside]
        if not np.isfinite(values).any():
            return None
        means = moving_mean(time_s, values, width_s)
        whole = (time_s >= time_s[0] + width_s / 2 - 1e-6) & (
            time_s <= time_s[-1] - width_s / 2 + 1e-6
        )
        whole &= np.isfinite(means)
        if not whole.any():
            return self.mean(first, last)
        best = int(np.nanargmax(np.where(whole, means, np.nan)))
        level = self._level(first + best, float(means[best]), width_s)
        close = whole & (means >= means[best] - CLOSE_SD * level.random_sd_deg)
        windows = float(close.sum()) * median_step(self.time_s) / width_s
        excess = expected_largest(windows) * level.random_sd_deg
        return replace(level, value_deg=level.value_deg - excess)

    def smallest(self, first: int, last: int, width_s: float) -> WindowMean | None:
        """Return the smallest mean over ``width_s`` inside a span; see `largest`."""
        level = self.flipped().largest(first, last, width_s)
        return None if level is None else replace(level, value_deg=-level.value_deg)

    def mean(self, first: int, last: int) -> WindowMean | None:
        """Return the mean over a span of frames, None where nothing in it is known."""
        values = self.flexion_deg[first : last + 1]
        known = np.flatnonzero(np.isfinite(values))
        if len(known) == 0:
            return None
        width = float(self.time_s[last] - self.time_s[first])
        middle = first + int(known[len(known) // 2])
        return self._level(middle, float(np.mean(values[known])), width)

    def _level(self, at: int, value: float, width_s: float) -> WindowMean:
        """Return a mean over ``width_s`` with its uncertainty."""
        step, shared = median_step(self.time_s), self.settings.shared_variance_share
        frames = max(1.0, width_s / step)
        independent = max(1.0, min(frames, 2 * self.settings.filter_cutoff_hz * width_s))
        sd = float(self.sd_deg[at])
        if not np.isfinite(sd):
            known = self.sd_deg[np.isfinite(self.sd_deg)]
            sd = float(np.median(known)) if len(known) else self.settings.sd_floor_deg
        random = sd * float(np.sqrt((1 - shared) / independent))
        return WindowMean(at, value, random, sd * float(np.sqrt(shared)))


def low_back_of(posture: Posture, settings: Settings) -> LowBack:
    """Return the low back of a posture; NaN in frames that are not measurable."""
    known = posture.measurable & np.isfinite(posture.lumbar_flexion_deg)
    flexion = np.where(known, posture.lumbar_flexion_deg, np.nan)
    doubt = posture.reference.sd_deg
    own = posture.lumbar_flexion_sd_deg
    inside = posture.reference.frames(posture.time_s)
    own = np.where(inside, own, np.sqrt(np.maximum(own**2 - doubt**2, settings.sd_floor_deg**2)))
    trend = lowpass(posture.time_s, flexion, TREND_CUTOFF_HZ)
    return LowBack(
        time_s=posture.time_s,
        flexion_deg=flexion,
        sd_deg=np.where(known, own, np.nan),
        peak_deg=moving_mean(posture.time_s, flexion, settings.event_window_s),
        trend_speed=speed(posture.time_s, trend),
        settings=settings,
        trunk_lean_deg=posture.trunk_lean_deg,
        reference=posture.reference,
    )


def expected_largest(count: float) -> float:
    """Return the expected largest of ``count`` standard normal values (Blom 1958)."""
    from scipy.special import ndtri

    return float(ndtri((count - 0.375) / (count + 0.25))) if count > 1 else 0.0


def difference(
    peak: WindowMean, base: WindowMean | None, settings: Settings, reference_sd_deg: float = 0.0
) -> tuple[float, float]:
    """Return the size and standard deviation of a peak over a base, degrees.

    Parameters
    ----------
    peak : WindowMean
        The peak.
    base : WindowMean or None
        What it is measured from; None for the reference, which the angle is a change from
        already.
    settings : Settings
        Correlation of the shared error, and the least standard deviation.
    reference_sd_deg : float
        What the reference's own deviation adds, degrees.
    """
    variance = peak.random_sd_deg**2 + peak.shared_sd_deg**2
    size = peak.value_deg
    variance += reference_sd_deg**2
    if base is not None:
        size -= base.value_deg
        variance += base.random_sd_deg**2 + base.shared_sd_deg**2
        variance -= 2 * settings.shared_correlation * peak.shared_sd_deg * base.shared_sd_deg
    return size, max(float(np.sqrt(variance)), settings.sd_floor_deg)


def is_certain_size(size_deg: float, sd_deg: float, settings: Settings) -> bool:
    """Return whether a size alone makes a finding (contract, rule 1)."""
    sure = probability_above(size_deg, sd_deg, settings.uncertain_from_deg)
    return size_deg >= settings.report_from_deg and sure >= settings.report_probability


def probability_above(size_deg: float, sd_deg: float, limit_deg: float) -> float:
    """Return the probability that the true size is above a limit (normal error)."""
    from scipy.special import ndtr

    return float(ndtr((size_deg - limit_deg) / sd_deg))
