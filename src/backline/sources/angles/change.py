"""From raw angles and the reference to a posture: changes, smoothed, with their uncertainty."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from backline.model.posture import FloatArray, Posture, Standing, WholeBodyMotion
from backline.settings import Settings
from backline.signals.filters import lowpass
from backline.sources.angles.raw import FULL_BEND_DEG, RawAngles
from backline.sources.angles.standing import AngleZero
from backline.sources.plausibility import CODE, impossible

DOUBTFUL = 2.0
"""Standard deviations grow by this where a marker was filled in (judgement)."""


def posture_of(
    raw: RawAngles, standing: Standing, zero: AngleZero | None, settings: Settings
) -> Posture:
    """Return the posture of raw angles.

    Parameters
    ----------
    raw : RawAngles
        Absolute angles.
    standing : Standing
        The stretch that changes are measured from.
    zero : AngleZero or None
        Its mean angles; None leaves every change unknown and no frame measurable.
    settings : Settings
        For the cut-off.

    Returns
    -------
    Posture
        NaN in frames with a missing marker; gaps are not filled.
    """
    unknown = zero is None
    if zero is None:
        nothing = float("nan")
        zero = AngleZero(nothing, nothing, nothing, nothing, nothing)
    raw = _smoothed(_possible(raw, zero), settings.filter_cutoff_hz)
    reason = raw.blocked.copy()
    reason[(reason == "") & ~raw.visible] = raw.missing
    if unknown:
        reason[reason == ""] = "no_standing"
    measurable = reason == ""
    # implausible values are NaN already; the pelvis may still be known there
    shown = (raw.blocked == "") | (raw.blocked == CODE)
    trunk = np.where(shown, raw.trunk_deg - zero.trunk_deg, np.nan)
    pelvis = np.where(shown, raw.pelvis_deg - zero.pelvis_deg, np.nan)
    pelvis_sd, trunk_sd = _spread(raw, pelvis, trunk)
    hip0, ankle0 = _at_rest(raw, zero.hip_deg), _at_rest(raw, zero.ankle_deg)
    return Posture(
        time_s=raw.time_s,
        lumbar_flexion_deg=trunk - pelvis,
        lumbar_flexion_sd_deg=np.hypot(pelvis_sd, trunk_sd),
        pelvic_tilt_deg=pelvis,
        pelvic_tilt_sd_deg=pelvis_sd,
        trunk_lean_deg=trunk,
        trunk_lean_sd_deg=trunk_sd,
        lumbar_curve_deg=raw.curve_deg,
        thoracic_flexion_deg=raw.thoracic_deg - zero.thoracic_deg,
        hip_flexion_deg=raw.hip_deg - hip0,
        knee_flexion_deg=raw.knee_deg,
        ankle_dorsiflexion_deg=raw.ankle_deg - ankle0,
        measurable=measurable,
        reason=reason,
        standing=standing,
        motion=raw.motion,
    )


def _possible(raw: RawAngles, zero: AngleZero) -> RawAngles:
    """Return the angles without those beyond every joint's range.

    Without the standing reference the segments' zero is not known, and the median is used instead.
    """

    def changed(values: FloatArray, from_deg: float) -> FloatArray:
        known = values[np.isfinite(values)]
        if not np.isfinite(from_deg) and len(known):
            from_deg = float(np.median(known))
        return values - from_deg

    pelvis, trunk = (
        changed(raw.pelvis_deg, zero.pelvis_deg),
        changed(raw.trunk_deg, zero.trunk_deg),
    )
    outside = impossible(
        {
            "lumbar_flexion": trunk - pelvis,
            "pelvic_tilt": pelvis,
            "trunk_lean": trunk,
            "hip_flexion": raw.hip_deg - _at_rest(raw, zero.hip_deg),
            "knee_flexion": raw.knee_deg,
            "ankle_dorsiflexion": raw.ankle_deg - _at_rest(raw, zero.ankle_deg),
        }
    )
    back = outside["lumbar_flexion"] | outside["pelvic_tilt"] | outside["trunk_lean"]
    blocked = raw.blocked.astype("<U24")
    blocked[back & (blocked == "")] = CODE
    return replace(
        raw,
        blocked=blocked,
        pelvis_deg=np.where(back, np.nan, raw.pelvis_deg),
        trunk_deg=np.where(back, np.nan, raw.trunk_deg),
        hip_deg=np.where(back | outside["hip_flexion"], np.nan, raw.hip_deg),
        knee_deg=np.where(outside["knee_flexion"], np.nan, raw.knee_deg),
        ankle_deg=np.where(outside["ankle_dorsiflexion"], np.nan, raw.ankle_deg),
    )


def _at_rest(raw: RawAngles, standing_deg: float) -> float:
    """Return a joint's angle in the standing posture, or 0 where it is not subtracted."""
    return standing_deg if raw.hip_zero_in_standing and np.isfinite(standing_deg) else 0.0


def _smoothed(raw: RawAngles, cutoff_hz: float) -> RawAngles:
    """Low-pass every series; what was empty before is empty after."""

    def smooth(values: FloatArray) -> FloatArray:
        return np.where(np.isfinite(values), lowpass(raw.time_s, values, cutoff_hz), np.nan)

    angles = ("pelvis", "trunk", "thoracic", "curve", "hip", "knee", "ankle")
    changed: dict[str, Any] = {
        f"{name}_deg": smooth(getattr(raw, f"{name}_deg")) for name in angles
    }
    moved = WholeBodyMotion(**{name: smooth(values) for name, values in vars(raw.motion).items()})
    return replace(raw, **changed, motion=moved)


def _spread(raw: RawAngles, pelvis: FloatArray, trunk: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the standard deviations of pelvis and trunk: they grow with the bend."""
    flexion_share = np.clip(np.abs(trunk) / FULL_BEND_DEG, 0.0, 1.0)
    flexion_share = np.where(
        np.isfinite(flexion_share), flexion_share, np.clip(np.abs(pelvis) / FULL_BEND_DEG, 0.0, 1.0)
    )
    factor = np.where(raw.doubtful, DOUBTFUL, 1.0)
    both = []
    for values, (still, full) in (
        (pelvis, raw.spread.pelvis_deg),
        (trunk, raw.spread.trunk_deg),
    ):
        sd = factor * np.hypot(still, full * flexion_share)
        both.append(np.where(np.isfinite(values), sd, np.nan))
    return both[0], both[1]
