"""Which lift it is: squat or deadlift, from the hands and from what bends most."""

from __future__ import annotations

import numpy as np

from backline.model.posture import FloatArray, Posture
from backline.model.trial import Lift
from backline.reps.cycles import Cycle, cycles_of
from backline.reps.rep_signals import RepSignals, rep_signals_of
from backline.signals.filters import known_median

HANGING_HANDS = 0.6
"""Hands at least this far below the shoulders hang, trunk lengths (0 with a bar on the back,
0.2 to 0.4 in a goblet squat, 1 in a deadlift)."""
HANGING_AT_BOTTOM = 0.8
"""Hands this far below at the bottoms certainly hang (0.4 at most in any squat but one with
weights at the sides), whatever a plate in front of them does to the tops."""
SQUAT_LEAN_DEG = 30.0
"""With hanging hands and less lean than this at the bottom it is a squat with weights held at
the sides, degrees (a deadlift leans 50 to 80)."""
UPRIGHT_TO_KNEE = 0.2
"""But only if the lean is also less than this share of the knees' flexion: a pose engine that
450 mm plates deceive sees a deadlift lean 15 to 30 degrees, over knees of 50 to 120 or of unknown
flexion."""
LEAN_TO_KNEE = 0.7
"""Trunk lean over knee flexion at the bottom: squats 0.3 to 0.55, deadlifts 0.8 and more."""
HIP_TO_KNEE = 1.3
"""Hip over knee flexion at the bottom: squats 0.9 to 1.2, deadlifts 1.4 and more."""


def detect_lift(posture: Posture) -> Lift:
    """Return whether a lift is a squat or a deadlift.

    A deadlift (conventional, sumo, Romanian, kettlebell) hangs from the hands all through and
    bends at the hip most; everything else is called a squat (back, front, overhead, goblet,
    bodyweight, box). Where the hands are not seen the joints decide.

    Parameters
    ----------
    posture : Posture
        The whole clip.

    Returns
    -------
    {"squat", "deadlift"}
        ``"squat"`` too where the clip holds no rep.
    """
    if len(posture) < 2:
        return "squat"
    tracks = rep_signals_of(posture)
    cycles = cycles_of(tracks)
    if not cycles:
        return "squat"
    hands = _hands(tracks, cycles)
    if np.isfinite(hands):
        if hands < HANGING_HANDS:
            return "squat"
        lean, knee = (_at_bottoms(v, cycles) for v in (tracks.lean_deg, tracks.knee_deg))
        upright = lean < SQUAT_LEAN_DEG and lean < UPRIGHT_TO_KNEE * knee
        return "squat" if upright else "deadlift"
    return "deadlift" if _hip_dominant(tracks, cycles) else "squat"


def _hands(tracks: RepSignals, cycles: list[Cycle]) -> float:
    """Return how low the hands hang at tops and at bottoms, whichever is less; NaN unseen.

    Where they hang for certain at the bottoms these alone count.
    """
    tops = [i for c in cycles for i in c.tops]
    known = [
        known_median(np.concatenate([_around(tracks, tracks.hands, i) for i in frames]))
        for frames in (tops, [c.deep for c in cycles])
    ]
    if known[1] >= HANGING_AT_BOTTOM:
        return known[1]
    return min(known) if np.isfinite(known).all() else float("nan")


def _around(tracks: RepSignals, values: FloatArray, index: int) -> FloatArray:
    """Return the values within a quarter of a second of a frame."""
    around = np.abs(tracks.time_s - tracks.time_s[index]) <= 0.25
    return np.asarray(values[around], dtype=np.float64)


def _at_bottoms(values: FloatArray, cycles: list[Cycle]) -> float:
    """Return the median of an angle at the bottoms."""
    return known_median(values[[c.deep for c in cycles]])


def _hip_dominant(tracks: RepSignals, cycles: list[Cycle]) -> bool:
    """Return from lean and hip against the knee whether the hip bends most; both must say so."""
    knee = max(_at_bottoms(tracks.knee_deg, cycles), 1.0)
    lean, hip = _at_bottoms(tracks.lean_deg, cycles), _at_bottoms(tracks.hip_deg, cycles)
    lowered = hip / knee > HIP_TO_KNEE
    if not np.isfinite(lean):
        return bool(lowered)
    if not np.isfinite(knee):
        return lean > 2 * SQUAT_LEAN_DEG
    return bool(lean / knee > LEAN_TO_KNEE and (lowered or not np.isfinite(hip)))
