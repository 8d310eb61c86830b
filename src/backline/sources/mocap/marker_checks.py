"""Detects implausible markers: jumps, changing lengths, two at one place.

All of it is judged frame by frame and withheld before anything is measured: the places become
unknown, and which they were is kept for the sentence that says so.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from backline.model.posture import BoolArray, FloatArray
from backline.sources.plausibility import MARKER, excursions_of, odd_lengths

RIGID: tuple[tuple[tuple[str, ...], float, float], ...] = (
    (("ASIS_left", "ASIS_right", "PSIS_left", "PSIS_right", "SACRUM"), 0.15, 0.025),
    (("C7", "T10", "STRN", "CLAV"), 0.35, 0.06),
    *(
        (tuple(f"{name}_{side}" for name in ("ANKLE", "HEEL", "TOE")), 0.30, 0.05)
        for side in ("left", "right")
    ),
    *(((f"KNEE_{side}", f"ANKLE_{side}"), 0.25, 0.06) for side in ("left", "right")),
)
"""Landmarks on one stiff part of the body, and by which share and how many metres both a distance
between two of them may leave its median: skin over the pelvis shifts by up to 15 mm, over the
thorax by 30 (Zemp 2014: 10 +- 6 mm over the spine), and the thorax bends a little."""
TRUNK_RANGE = (0.70, 1.35)
"""C7 to the middle of the PSIS over its median: a rounding back lengthens it by 5 to 12 %."""
SAME_PLACE_M = 0.001
"""Two markers of 10 mm never lie as near."""
_MAY_COINCIDE = frozenset({"SACRUM", "S1", "L5"})
"""One marker may go by two of these names."""


def withhold(
    at: dict[str, FloatArray], time_s: FloatArray
) -> tuple[dict[str, FloatArray], dict[str, BoolArray]]:
    """Make unknown what no body does.

    Parameters
    ----------
    at : dict of str to ndarray, shape (n, 3)
        Landmark to its place, metres; NaN where not seen.
    time_s : ndarray, shape (n,)
        Seconds, rising.

    Returns
    -------
    at : dict
        The same without them.
    withheld : dict of str to ndarray of bool, shape (n,)
        The landmarks concerned, and in which frames.
    """
    wrong = excursions_of(time_s, at, MARKER)
    together = _in_one_place(at)
    for (one, other), frames in together.items():
        # where the one has jumped to the other, the other is right
        only_one = wrong[one] ^ wrong[other]
        wrong[one] |= frames & ~only_one
        wrong[other] |= frames & ~only_one
    for roles, share, metres in RIGID:
        _blame_lengths(at, wrong, [r for r in roles if r in at], share, metres)
    _blame_trunk(at, wrong)
    withheld = {role: frames for role, frames in wrong.items() if frames.any()}
    clean = {
        role: np.where(wrong[role][:, None], np.nan, place) if role in withheld else place
        for role, place in at.items()
    }
    return clean, withheld


def _in_one_place(at: dict[str, FloatArray]) -> dict[tuple[str, str], BoolArray]:
    """Return the pairs of landmarks that lie on each other, and in which frames."""
    found = {}
    for one, other in combinations(at, 2):
        if {one, other} <= _MAY_COINCIDE:
            continue
        close = np.abs(at[one] - at[other]).max(axis=1) < SAME_PLACE_M
        if close.any():
            found[one, other] = close
    return found


def _blame_lengths(
    at: dict[str, FloatArray],
    wrong: dict[str, BoolArray],
    roles: list[str],
    share: float,
    metres: float,
) -> None:
    """Withhold the markers of a stiff part whose distances to the others have changed.

    The one with the most changed distances is taken out until none is left; where several have
    as many, it cannot be determined which moved, and all of them are.
    """
    pairs = list(combinations(range(len(roles)), 2))
    bad = np.zeros((len(pairs), len(next(iter(at.values())))), dtype=np.bool_)
    for k, (i, j) in enumerate(pairs):
        usable = ~(wrong[roles[i]] | wrong[roles[j]])
        length = np.linalg.norm(at[roles[i]] - at[roles[j]], axis=1)
        known = usable & np.isfinite(length)
        if known.any():
            usual = float(np.median(length[known]))
            bad[k] = known & (np.abs(length - usual) > max(share * usual, metres))
    for frame in np.flatnonzero(bad.any(axis=0)):
        left = {pairs[k] for k in np.flatnonzero(bad[:, frame])}
        while left:
            count = [sum(i in pair for pair in left) for i in range(len(roles))]
            out = {i for i, many in enumerate(count) if many == max(count)}
            for i in out:
                wrong[roles[i]][frame] = True
            left = {pair for pair in left if not out & set(pair)}


def _blame_trunk(at: dict[str, FloatArray], wrong: dict[str, BoolArray]) -> None:
    """Withhold C7 where the trunk is much shorter or longer than it usually is."""
    back = [at[r] for r in ("PSIS_left", "PSIS_right") if r in at] or [
        at[r] for r in ("SACRUM",) if r in at
    ]
    if "C7" not in at or not back:
        return
    length = np.linalg.norm(at["C7"] - np.mean(back, axis=0), axis=1)
    blamed = wrong["C7"] | np.any(
        [wrong[r] for r in ("PSIS_left", "PSIS_right", "SACRUM") if r in at], axis=0
    )
    wrong["C7"] |= odd_lengths(length, ~blamed, TRUNK_RANGE)
