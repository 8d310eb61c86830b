"""What a person corrects after a look: own standing, and which findings are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backline.errors import UsageError
from backline.findings.finding import Finding
from backline.posture import BoolArray, FloatArray, Standing
from backline.settings import Settings
from backline.sources.measured import Measured

LEAST_FRAMES = 5
"""Frames that a mean of own standing needs."""


def with_standing(
    measured: Measured, span: tuple[float, float], settings: Settings | None = None
) -> Measured:
    """Return a measurement whose changes are counted from another stretch of the clip.

    Flexion, tilt and lean lose their mean over the stretch; angles with a zero of their own
    (hip, knee, ankle, lumbar curve) stay as they are.

    Parameters
    ----------
    measured : Measured
        As the source gave it.
    span : (float, float)
        Start and end of own standing, seconds.
    settings : Settings, optional
        Says how long it must be.

    Raises
    ------
    UsageError
        If the stretch is too short, or hardly anything was measured in it.
    """
    start, end = span
    posture = measured.posture
    least = (settings or Settings()).standing_min_s
    if not end - start >= least:
        raise UsageError(
            f"Own standing from {start:g} to {end:g} s is too short: give at least {least:g} s."
        )
    inside = (posture.time_s >= start) & (posture.time_s <= end) & posture.measurable
    if int(inside.sum()) < LEAST_FRAMES:
        raise UsageError(
            f"Between {start:g} and {end:g} s the low back was hardly measured: choose a stretch "
            "of quiet standing in which the curve is drawn."
        )
    flexion = _from(posture.lumbar_flexion_deg, inside)
    lean = _from(posture.trunk_lean_deg, inside)
    moved = replace(
        posture,
        lumbar_flexion_deg=flexion,
        trunk_lean_deg=lean,
        pelvic_tilt_deg=lean - flexion,
        thoracic_flexion_deg=_from(posture.thoracic_flexion_deg, inside),
        standing=Standing(start, end, "given"),
    )
    beside = measured.beside
    if beside is not None:
        beside = replace(beside, lumbar_flexion_deg=_from(beside.lumbar_flexion_deg, inside))
    reasons = tuple(r for r in measured.quality.reasons if r.code != "standing_second_best")
    return replace(
        measured,
        posture=moved,
        beside=beside,
        quality=replace(measured.quality, reasons=reasons),
        settings={**measured.settings, "standing_corrected": f"{start:g} to {end:g} s"},
    )


def key_of(finding: Finding) -> str:
    """Return the name by which a finding is known again after a re-run."""
    return f"{finding.kind}:{finding.where}:{finding.rep}"


def parts_of(key: str) -> tuple[str, str, int]:
    """Return kind, place and rep of a finding's name.

    Raises
    ------
    UsageError
        If it is no such name.
    """
    parts = key.split(":")
    if len(parts) != 3 or not parts[2].isdigit():
        raise UsageError("There is no such finding: reload the page.")
    return parts[0], parts[1], int(parts[2])


def _from(values: FloatArray, inside: BoolArray) -> FloatArray:
    known = inside & np.isfinite(values)
    return values - float(np.mean(values[known])) if known.any() else values
