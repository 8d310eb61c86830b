"""Phases that could not be measured, so that a missing finding is not taken for a still back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from backline.model.posture import Posture
from backline.reps import REP_PHASES, Phase, Rep
from backline.settings import Settings


def not_measured(
    posture: Posture, reps: tuple[Rep, ...], settings: Settings | None = None
) -> list[tuple[int, Phase, str]]:
    """List the phases of each rep that hold too few measurable frames.

    Parameters
    ----------
    posture : Posture
        The clip.
    reps : tuple of Rep
        Its reps.
    settings : Settings, optional
        `Settings.least_measured_share`; the defaults where left out.

    Returns
    -------
    list of (int, str, str)
        Rep number, phase and the commonest reason code there (``"unknown"`` if none is given).
    """
    share = (settings or Settings()).least_measured_share
    known = posture.measurable & np.isfinite(posture.lumbar_flexion_deg)
    missing: list[tuple[int, Phase, str]] = []
    for rep in reps:
        for phase in REP_PHASES:
            if phase not in rep.phases:
                continue
            start, end = rep.phases[phase]
            inside = (posture.time_s >= start - 1e-9) & (posture.time_s <= end + 1e-9)
            if not inside.any() or known[inside].mean() < share:
                codes = Counter(str(code) for code in posture.reason[inside & ~known] if code)
                code = codes.most_common(1)[0][0] if codes else "unknown"
                missing.append((rep.index, phase, code))
    return missing


def measured_part(
    reps: tuple[Rep, ...], missing: Iterable[tuple[int, Phase, str]]
) -> tuple[Rep, ...]:
    """Return the reps without the phases that could not be measured.

    Parameters
    ----------
    reps : tuple of Rep
        All of a clip's.
    missing : iterable of (int, str, str)
        From `not_measured`.

    Returns
    -------
    tuple of Rep
        As many reps; what is computed for a phase from its frames leaves those out whose few
        measurable frames say nothing about the rest.
    """
    gone = {(index, phase) for index, phase, _ in missing}
    return tuple(
        replace(rep, phases={p: s for p, s in rep.phases.items() if (rep.index, p) not in gone})
        for rep in reps
    )
