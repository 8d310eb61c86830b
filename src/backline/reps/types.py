"""The types: one rep, and the names of its phases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Lift = Literal["squat", "deadlift"]
Phase = Literal["standing", "unrack", "descent", "bottom", "ascent", "lockout"]


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
    """

    index: int
    start_s: float
    bottom_s: float
    end_s: float
    phases: dict[Phase, tuple[float, float]]
    complete: bool = True
    depth: float = float("nan")
    metrics: dict[str, float | None] = field(default_factory=dict)
