"""Lumbar curve and pelvis share in an event."""

from __future__ import annotations

import numpy as np

from backline.findings.events import Event
from backline.findings.finding import Curve
from backline.model.posture import FloatArray, Posture
from backline.settings import Settings
from backline.signals.filters import known_mean

FLIP_SD = 1.645
"""A curve's sign has flipped once it is this many standard deviations past zero (95 %)."""


def curve_at(posture: Posture, at_s: float, settings: Settings) -> Curve:
    """Return whether the lumbar curve is kept, flattened or reversed at a time.

    Parameters
    ----------
    posture : Posture
        The clip; its standing reference gives the curve to compare with.
    at_s : float
        Seconds.
    settings : Settings
        `Settings.flattened_share` and the event window.

    Returns
    -------
    str
        ``"unknown"`` where the curve is not given then or in standing.
    """
    own = posture.reference.frames(posture.time_s) & posture.measurable
    curve = posture.lumbar_curve_deg[own]
    curve = curve[np.isfinite(curve)]
    standing = float(np.mean(curve)) if len(curve) else float("nan")
    half = settings.event_window_s / 2
    now = _mean(posture, posture.lumbar_curve_deg, at_s - half, at_s + half)
    if not (np.isfinite(standing) and np.isfinite(now)):
        return "unknown"
    sd = _mean(posture, posture.lumbar_flexion_sd_deg, at_s - half, at_s + half)
    noise = FLIP_SD * (sd if np.isfinite(sd) else settings.sd_floor_deg)
    if standing > 0 and now < -noise:
        return "reversed"
    if standing > 0 and standing - now >= max(settings.flattened_share * standing, noise):
        return "flattened"
    return "kept"


def pelvis_share(posture: Posture, event: Event, settings: Settings) -> float:
    """Return the part of an event's change in hip angle that the pelvis made.

    The change runs from the foot of the event to its peak. A pelvis that turns back opens the hip
    as much as it turns; the rest of the change is the thigh's. 1 means all pelvis, 0 all thigh,
    below 0 or above 1 that they worked against each other.

    Returns
    -------
    float
        NaN where the hip changed by less than `Settings.pelvis_share_from_deg`, or is unknown.
    """
    half = settings.event_window_s / 2

    def change(values: FloatArray) -> float:
        a, b = (float(posture.time_s[i]) for i in (event.foot, event.peak.at))
        return _mean(posture, values, b - half, b + half) - _mean(
            posture, values, a - half, a + half
        )

    hip = change(posture.hip_flexion_deg)
    if not abs(hip) >= settings.pelvis_share_from_deg:
        return float("nan")
    return change(posture.pelvic_tilt_deg) / hip


def _mean(posture: Posture, values: FloatArray, start_s: float, end_s: float) -> float:
    """Return the mean of the measurable values of a time span, NaN where there is none."""
    inside = (posture.time_s >= start_s - 1e-9) & (posture.time_s <= end_s + 1e-9)
    return known_mean(values[inside & posture.measurable])
