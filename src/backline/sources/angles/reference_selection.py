"""What the changes of a recording are measured from: standing, else its lockouts, else none."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from backline.model.posture import Posture, Reference
from backline.reps import Lift, detect_lift, find_reps
from backline.reps.lockout_reference import LOCKOUT_PRIOR_DEG, SPREAD_DEG, upright_moments
from backline.settings import Settings
from backline.signals.movement_depth import depth_of_movement
from backline.signals.standing import sentence_of
from backline.sources.angles.change import posture_of
from backline.sources.angles.raw import RawAngles
from backline.sources.angles.standing import NONE, known_frames, own_standing, zero_of
from backline.sources.no_reference import measured_within_reps


def measured_posture(
    raw: RawAngles,
    span: tuple[float, float] | None,
    settings: Settings,
    path: Path,
    lift: Lift | Literal["auto"] = "auto",
) -> Posture:
    """Make a posture, measured from the best reference that the recording itself shows.

    Parameters
    ----------
    raw : RawAngles
        The recording.
    span : (float, float) or None
        The standing reference as the user gave it, seconds of the file's own time.
    settings : Settings
        Filters and limits.
    path : Path
        For messages.
    lift : {"auto", "squat", "deadlift"}
        As given by the user: the lift, for the reps whose lockouts may stand in.

    Raises
    ------
    UsageError
        If the given span shows no frame of the low back.
    """
    standing, zero = own_standing(raw, span, settings.standing_min_s, path)
    if zero is not None or not raw.visible.any():
        return posture_of(raw, standing, zero, settings)
    # Any zero will do for the reps: only changes count there.
    rough = posture_of(raw, NONE, zero_of(raw, known_frames(raw)), settings)
    reps = find_reps(rough, detect_lift(rough) if lift == "auto" else lift)
    spans = upright_moments(rough, reps, rough.measurable)
    if spans:
        return _from_lockouts(raw, rough, spans, settings)
    return _with_text(measured_within_reps(_upright(raw, rough, settings), reps))


def _from_lockouts(
    raw: RawAngles, rough: Posture, spans: tuple[tuple[float, float], ...], settings: Settings
) -> Posture:
    """Measure from the lockouts of the set, with how far they lie from the standing reference."""
    frames = Reference("lockouts", spans).frames(raw.time_s)
    flexion = np.where(rough.measurable, rough.lumbar_flexion_deg, np.nan)
    tops = [np.nanmedian(flexion[Reference("lockouts", (one,)).frames(raw.time_s)])
            for one in spans]  # fmt: skip
    spread = float(np.std(tops, ddof=1)) if len(tops) > 1 else SPREAD_DEG
    sd = math.hypot(LOCKOUT_PRIOR_DEG, spread / math.sqrt(len(tops)))
    noise = spread if len(tops) > 1 else float(np.nanstd(flexion[frames]))
    posture = posture_of(raw, NONE, zero_of(raw, frames & known_frames(raw)), settings)
    doubt = np.where(frames, 0.0, sd)
    return _with_text(
        replace(
            posture,
            lumbar_flexion_sd_deg=np.hypot(posture.lumbar_flexion_sd_deg, doubt),
            pelvic_tilt_sd_deg=np.hypot(posture.pelvic_tilt_sd_deg, doubt),
            trunk_lean_sd_deg=np.hypot(posture.trunk_lean_sd_deg, doubt),
            reference=Reference("lockouts", spans, sd, noise),
        )
    )


def _upright(raw: RawAngles, rough: Posture, settings: Settings) -> Posture:
    """Measure from the most upright frame that shows the low back, as lean's and tilt's zero."""
    bend = np.where(rough.measurable, depth_of_movement(rough), np.nan)
    at = int(np.nanargmin(bend)) if np.isfinite(bend).any() else int(np.argmax(raw.visible))
    frames = np.arange(len(bend)) == at
    return posture_of(raw, NONE, zero_of(raw, frames), settings)


def _with_text(posture: Posture) -> Posture:
    text = sentence_of(posture.reference, posture.standing)
    return replace(posture, reference=replace(posture.reference, text=text), notes=(text,))
