"""The types: one rep, and the names of its phases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Phase = Literal["standing", "unrack", "descent", "bottom", "ascent", "lockout"]
REP_PHASES: tuple[Phase, ...] = ("descent", "bottom", "ascent", "lockout")
"""Phases of a rep that can show rounding, in the order of a squat."""


Shape = Literal["kept", "flattened", "reversed", "unknown"]


@dataclass(frozen=True)
class Grade:
    """How the low back is held at the bottom of one rep.

    Parameters
    ----------
    shape : {"kept", "flattened", "reversed", "unknown"}
        Of the curve: hollow, straight, rounded past flat; ``"unknown"`` where it cannot be
        determined.
    probability : float
        That the shape is the stated one, 0 to 1; NaN where unknown.
    rhythm : float
        Lumbopelvic rhythm: degrees of lumbar flexion for each degree of hip flexion in the rep;
        needs no reference; NaN where unknown.
    bulge : float
        The outline behind its chord (see `backline.model.posture.Posture`), NaN where unknown.
    rounded : float
        Probability that the curve is rounded past flat, 0 to 1; NaN where unknown.
    straight : float
        Probability that it is straight or rounded, so that a turn-back may be called rounding;
        NaN where unknown.
    """

    shape: Shape
    probability: float
    rhythm: float
    bulge: float = float("nan")
    rounded: float = float("nan")
    straight: float = float("nan")


@dataclass(frozen=True)
class Rep:
    """One cycle of the lift.

    Parameters
    ----------
    index : int
        Counts from 1.
    start_s, bottom_s, end_s : float
        Seconds. In a squat: standing, deepest, standing again. In a deadlift the
        floor position is the bottom.
    phases : dict
        Phase name to (start, end) in seconds, in the order of time, without overlap.
    complete : bool
        False where the clip starts or ends inside the rep, or the lifter did not come up.
    depth : float
        Fall of the hip from standing to bottom, in leg lengths.
    metrics : dict
        Numbers of the rep for reports (filled by the analysis).
    grade : Grade or None
        How the low back is held at the bottom (filled by the analysis).
    """

    index: int
    start_s: float
    bottom_s: float
    end_s: float
    phases: dict[Phase, tuple[float, float]]
    complete: bool = True
    depth: float = float("nan")
    metrics: dict[str, float | None] = field(default_factory=dict)
    grade: Grade | None = None
