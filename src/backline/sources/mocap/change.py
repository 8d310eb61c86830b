"""Raw angles and own standing to a posture: changes, smoothed, with their uncertainty."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from backline.posture import FloatArray, Motion, Posture, Standing
from backline.settings import Settings
from backline.signals import lowpass
from backline.sources.mocap.raw import FULL_BEND_DEG, RawAngles
from backline.sources.mocap.standing import Zero

DOUBTFUL = 2.0
"""Standard deviations grow by this where a marker was filled in (judgement)."""


def posture_of(
    raw: RawAngles, standing: Standing, zero: Zero | None, settings: Settings
) -> Posture:
    """Make a posture.

    Parameters
    ----------
    raw : RawAngles
        Absolute angles.
    standing : Standing
        The stretch that changes are measured from.
    zero : Zero or None
        Its mean angles; None leaves every change unknown and no frame measurable.
    settings : Settings
        For the cut-off.

    Returns
    -------
    Posture
        Frames with a missing marker stay empty: nothing is bridged.
    """
    raw = _smoothed(raw, settings.filter_cutoff_hz)
    if zero is None:
        nothing = float("nan")
        zero = Zero(nothing, nothing, nothing, nothing, nothing)
    reason = raw.blocked.copy()
    reason[(reason == "") & ~raw.seen] = raw.missing
    if standing.method == "none":
        reason[reason == ""] = "no_standing"
    measurable = reason == ""
    trunk = np.where(raw.blocked == "", raw.trunk_deg - zero.trunk_deg, np.nan)
    pelvis = np.where(raw.blocked == "", raw.pelvis_deg - zero.pelvis_deg, np.nan)
    pelvis_sd, trunk_sd = _spread(raw, pelvis, trunk)
    hip0 = zero.hip_deg if raw.hip_zero_in_standing and np.isfinite(zero.hip_deg) else 0.0
    ankle0 = zero.ankle_deg if raw.hip_zero_in_standing and np.isfinite(zero.ankle_deg) else 0.0
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


def _smoothed(raw: RawAngles, cutoff_hz: float) -> RawAngles:
    """Low-pass every series; what was empty before is empty after."""

    def smooth(values: FloatArray) -> FloatArray:
        return np.where(np.isfinite(values), lowpass(raw.time_s, values, cutoff_hz), np.nan)

    angles = ("pelvis", "trunk", "thoracic", "curve", "hip", "knee", "ankle")
    changed: dict[str, Any] = {
        f"{name}_deg": smooth(getattr(raw, f"{name}_deg")) for name in angles
    }
    moved = Motion(**{name: smooth(values) for name, values in vars(raw.motion).items()})
    return replace(raw, **changed, motion=moved)


def _spread(raw: RawAngles, pelvis: FloatArray, trunk: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the standard deviations of pelvis and trunk: they grow with the bend."""
    bend = np.clip(np.abs(trunk) / FULL_BEND_DEG, 0.0, 1.0)
    bend = np.where(np.isfinite(bend), bend, np.clip(np.abs(pelvis) / FULL_BEND_DEG, 0.0, 1.0))
    factor = np.where(raw.doubtful, DOUBTFUL, 1.0)
    both = []
    for values, (still, full) in (
        (pelvis, raw.spread.pelvis_deg),
        (trunk, raw.spread.trunk_deg),
    ):
        sd = factor * np.hypot(still, full * bend)
        both.append(np.where(np.isfinite(values), sd, np.nan))
    return both[0], both[1]
