"""The bar's place on the body, as lever arms from L5/S1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.errors import UsageError
from backline.model.posture import BoolArray, FloatArray, Posture
from backline.model.trial import BarPlace, Lift
from backline.texts import say


@dataclass(frozen=True)
class BarOnBody:
    """A place of the bar, seen from the lifter's own standing posture.

    Parameters
    ----------
    up : float
        Height above L5/S1 along the trunk, in statures. In the hands: of the shoulder, from
        which the arms hang.
    upright_m, level_m : float
        How far the bar is in front of that point with the trunk upright, and with it level,
        metres. On the trunk the bar turns with it, so the level value is not used.
    hangs : bool
        Whether the arms carry it (then it stays under or over the shoulder).
    """

    up: float
    upright_m: float
    level_m: float
    hangs: bool


# Standing under a bar, it is over the middle of the foot, and so is L5/S1, give or take 3 cm:
# that uncertainty is carried as an interval (sensitivity). C7/T1 lies 0.268 statures above L5/S1;
# the high bar lies on the trapezius just below it, the low bar 5 to 7 cm lower on the
# shoulder blades' spine, the front bar on the front of the shoulders.
# In the hands it hangs before the thighs in standing (12 cm) and, in a deadlift's start, a
# little behind the front of the shoulders (field teaching: bar under the shoulder blades).
PLACES: dict[BarPlace, BarOnBody] = {
    "high_bar": BarOnBody(0.260, 0.00, 0.00, False),
    "low_bar": BarOnBody(0.225, 0.00, 0.00, False),
    "front": BarOnBody(0.235, 0.08, 0.08, False),
    "overhead": BarOnBody(0.230, -0.03, 0.00, True),
    "hands": BarOnBody(0.230, 0.12, -0.05, True),
}

OVERHEAD_BELOW = -0.4
"""Hands that far above the shoulders (trunk lengths below them) hold the bar overhead."""
FRONT_BELOW = 0.2
"""Hands that far below the shoulders hold it in front of the chest (front squat 0.1 to 0.35)."""
HANGING_BELOW = 0.6
"""Hands that far below the shoulders hang."""


UPRIGHT_DEG = 15.0
"""A trunk that leans less than this stands: there the bar is where `Place.upright_m` says."""
STATURES_A_TRUNK = 0.288
"""Hip to shoulder, in statures (0.818 - 0.530, Winter 2009)."""
KNOWN_SHARE, LEAST_UPRIGHT = 0.7, 5
"""The bar is followed where this share of the frames under load shows it, and so many upright
frames say where it was in standing."""
FARTHEST_M = 0.5
"""A bar that moved further than this from where it was in standing is the tracker's error."""


def followed_ahead_m(
    posture: Posture, place: BarPlace, held: BoolArray, height_m: float
) -> FloatArray | None:
    """Return how far a bar in the arms is in front of the shoulder, as the video shows it.

    What is followed is the change: in standing the bar is where the place says. A bar that lies
    on the trunk turns with the trunk, and needs no following.

    Parameters
    ----------
    posture : Posture
        Its motion holds the bar as seen.
    place : str
        Where the bar is.
    held : ndarray of bool, shape (n,)
        Frames in which the lifter carries it.
    height_m : float
        Stature, the scale.

    Returns
    -------
    ndarray, shape (n,), or None
        Metres; None where it cannot be followed.
    """
    ahead = posture.motion.bar_ahead
    if not PLACES[place].hangs:
        return None
    known = held & np.isfinite(ahead)
    standing = known & (np.abs(posture.trunk_lean_deg) <= UPRIGHT_DEG)
    if np.count_nonzero(standing) < LEAST_UPRIGHT:
        return None
    moved = (ahead - np.median(ahead[standing])) * STATURES_A_TRUNK * height_m
    with np.errstate(invalid="ignore"):
        known &= np.abs(moved) <= FARTHEST_M
    if np.count_nonzero(known) < KNOWN_SHARE * np.count_nonzero(held):
        return None
    time_s = posture.time_s
    return PLACES[place].upright_m + np.interp(time_s, time_s[known], moved[known])


def place_of(posture: Posture, lift: Lift, bar_place: str) -> tuple[BarPlace, str]:
    """Return where the bar is.

    Parameters
    ----------
    posture : Posture
        Its motion says where the hands are.
    lift : {"squat", "deadlift"}
        A deadlift's bar is in the hands.
    bar_place : str
        One of `PLACES`, or ``"auto"``.

    Returns
    -------
    (str, str)
        The place, and a note on how sure that is (``""`` where it was given).

    Raises
    ------
    UsageError
        If the place is not known.
    """
    if bar_place != "auto":
        return check_place(bar_place), ""
    if lift == "deadlift":
        return "hands", ""
    below = posture.motion.hands_below_shoulders
    known = below[np.isfinite(below)]
    hands = float(np.median(known)) if len(known) else float("nan")
    if hands < OVERHEAD_BELOW:
        return "overhead", say("load_note.overhead")
    if hands > HANGING_BELOW:
        return "hands", say("load_note.hands")
    if hands > FRONT_BELOW:
        return "front", say("load_note.front")
    return "high_bar", say("load_note.high_bar")


def check_place(bar_place: str) -> BarPlace:
    """Return a known place of the bar.

    Raises
    ------
    UsageError
        If it is not known.
    """
    for place in PLACES:
        if place == bar_place:
            return place
    raise UsageError(
        f"The place of the bar is '{bar_place}', expected one of {', '.join(PLACES)} or auto."
    )
