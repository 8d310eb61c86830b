"""Simulated lifters with the outline of the low back, as a video shows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backline.findings import Finding, find_findings
from backline.findings.metrics import measure_reps
from backline.model.posture import FloatArray, Posture, Reference
from backline.reps import Lift, Rep, find_reps
from backline.settings import Settings
from tests.simulated import Plan, simulate

SETTINGS = Settings(
    rounded_bulge=0.025, kept_bulge=-0.04, straight_bulge=-0.005, bulge_sd=0.01
)  # fixed here, so that the answers are known
HOLLOW, STRAIGHT, ROUNDED = -0.08, 0.01, 0.06
"""Bulges that are kept, flattened and rounded past flat beyond doubt."""


def seen(
    plan: Plan,
    bulge: float | FloatArray | None = None,
    reference: Reference | None = None,
    zero_deg: float = 0.0,
) -> Posture:
    """Return a plan's posture with an outline, measured from a reference that reads ``zero_deg``.

    The deviations hold that of the reference, as the video source states them.
    """
    posture = simulate(plan)
    n = len(posture)
    shape = np.full(n, np.nan) if bulge is None else np.broadcast_to(bulge, n).astype(float)
    posture = replace(posture, back_bulge=shape)
    if reference is None:
        return posture
    flexion = posture.lumbar_flexion_deg - zero_deg
    outside = ~reference.frames(posture.time_s) & (not reference.within_reps)
    return replace(
        posture,
        lumbar_flexion_deg=flexion,
        pelvic_tilt_deg=posture.trunk_lean_deg - flexion,
        lumbar_flexion_sd_deg=np.hypot(
            posture.lumbar_flexion_sd_deg, np.where(outside, reference.sd_deg, 0.0)
        ),
        reference=reference,
    )


def near(posture: Posture, at_s: float, value: float, other: float) -> FloatArray:
    """Return a bulge of one value within 0.6 s of a moment and another elsewhere."""
    return np.where(np.abs(posture.time_s - at_s) <= 0.6, value, other)


def graded(posture: Posture, lift: Lift) -> tuple[Rep, ...]:
    return measure_reps(posture, find_reps(posture, lift), lift, SETTINGS)


def found(posture: Posture, lift: Lift) -> tuple[Finding, ...]:
    return find_findings(posture, graded(posture, lift), lift, SETTINGS)
