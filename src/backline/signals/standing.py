"""The standing reference: the quiet, upright stretch that every change is measured from."""

from __future__ import annotations

import numpy as np

from backline.model.posture import BoolArray, FloatArray, Reference, Standing, StandingMethod
from backline.signals.filters import lowpass, median_step, runs_of
from backline.signals.movement_depth import movement_depth, turning_points
from backline.texts import say

HIP_HEIGHT_TOLERANCE = 0.02
"""Largest vertical movement of the hip within the shortest stretch, leg lengths (1.7 cm)."""
HIP_TRAVEL_TOLERANCE = 0.05
"""Largest horizontal movement of the hip, leg lengths (4 cm; a step is 0.7)."""
KNEE_TOLERANCE_DEG = 5.0
"""Largest range of the knee angle, degrees."""
LEAN_TOLERANCE_DEG = 3.5
"""Largest range of the trunk lean, degrees."""
QUIET_CUTOFF_HZ = 2.0
"""Sway is judged below this frequency, Hz, so that measuring noise is no movement."""
UPRIGHT_MOVEMENT = 0.15
"""Standing is less bent than this (see `backline.signals.movement_depth`)."""
LEANING_MOVEMENT = 0.3
"""Under a heavy bar a lifter stands more bent than that: where lean alone is known, 18 degrees are
0.3. Quiet before the first rep it is standing too, where there is none straighter."""
REP_SHARE = 0.6
"""Bends shallower than this share of the deepest (stretching, getting under the bar) are no rep
that standing must come before."""
UPRIGHT_KNEE_DEG = 15.0
"""And the knee is within this of its straightest, degrees."""
DOWN_MOVEMENT = 0.25
"""A lifter counts as having gone down from this bend on."""
LONGEST_S = 4.0
"""Of a longer stretch the quietest part of this length is taken, seconds."""
NEAR_FIRST_REP_S = 12.0
"""Stretches within this time before the first descent are preferred, seconds; and bends further
apart than this belong to two sets (loading the bar, tying a shoe before the lift)."""
CANDIDATE_S = 1.5
"""Longest window of quiet standing that is judged on its own, seconds: sway repeats within it."""
MARGIN_S = 0.15
"""Left out next to movement, seconds: anticipation and the filter's reach."""


def quiet_frames(
    time_s: FloatArray, series: list[tuple[FloatArray, float]], window_s: float
) -> BoolArray:
    """Return which frames lie in a stretch where nothing moves.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    series : list of (ndarray of shape (n,), float)
        Each signal with the most it may range within the window, in its own unit. A signal that is
        unknown in a frame is ignored there.
    window_s : float
        Length of the window, seconds.

    Returns
    -------
    ndarray of bool, shape (n,)
        False too where no signal is known.
    """
    from scipy.ndimage import binary_dilation, maximum_filter1d, minimum_filter1d

    n = len(time_s)
    width = max(3, round(window_s / median_step(time_s)) + 1) if n > 1 else 1
    if n < width:
        return np.zeros(n, dtype=np.bool_)
    still = np.ones(n, dtype=np.bool_)
    any_known = np.zeros(n, dtype=np.bool_)
    for values, tolerance in series:
        smooth = lowpass(time_s, values, QUIET_CUTOFF_HZ)
        known = np.isfinite(smooth)
        any_known |= known
        top = maximum_filter1d(np.where(known, smooth, -np.inf), width, mode="nearest")
        low = minimum_filter1d(np.where(known, smooth, np.inf), width, mode="nearest")
        still &= top - low <= tolerance  # -inf where the whole window is unknown
    half = (width - 1) // 2
    still[:half] = still[n - half :] = False  # only windows wholly inside the clip
    return np.asarray(
        binary_dilation(still & any_known, np.ones(width)) & any_known, dtype=np.bool_
    )


def find_standing(
    time_s: FloatArray,
    hip_height: FloatArray,
    knee_flexion_deg: FloatArray,
    trunk_lean_raw_deg: FloatArray,
    *,
    minimum_s: float,
    hip_travel: FloatArray | None = None,
) -> Standing:
    """Find the lifter's own quiet standing in a clip.

    The longest quiet, upright stretch before the first descent of the set is taken (a lean under
    the bar is accepted); where there is none, one between reps; else one after the last. In a clip
    that begins bent over the bar the order of the last two is reversed, since a deadlift's pause
    at the top is not standing.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds, strictly increasing.
    hip_height : ndarray, shape (n,)
        Height of the hip above the ankle, leg lengths.
    knee_flexion_deg, trunk_lean_raw_deg : ndarray, shape (n,)
        Degrees, + flexion and forward, any zero. NaN where unknown, all three.
    minimum_s : float
        Shortest stretch that will do, seconds.
    hip_travel : ndarray, shape (n,), optional
        Horizontal place of the hip, leg lengths, to distinguish standing from walking.

    Returns
    -------
    Standing
        Method ``"none"`` with NaN times where there is no such stretch. `CAUTIONS` holds
        what to say about a second-best method.
    """
    found = _Stretches(time_s, hip_height, knee_flexion_deg, trunk_lean_raw_deg, hip_travel)
    straight, leaning = (found.ranked(b, minimum_s) for b in (UPRIGHT_MOVEMENT, LEANING_MOVEMENT))
    for method, chosen in (straight[0], leaning[0], *straight[1:]):
        if chosen:
            start, stop = _best(time_s, found.movement, chosen)
            return _trimmed(time_s, start, stop, minimum_s, method)
    return Standing(float("nan"), float("nan"), "none")


def standing_candidates(
    time_s: FloatArray,
    hip_height: FloatArray,
    knee_flexion_deg: FloatArray,
    trunk_lean_raw_deg: FloatArray,
    *,
    minimum_s: float,
    hip_travel: FloatArray | None = None,
) -> list[Standing]:
    """Return every quiet, upright stretch of a clip, for a caller that can choose the best.

    Parameters
    ----------
    time_s, hip_height, knee_flexion_deg, trunk_lean_raw_deg, minimum_s, hip_travel
        See `find_standing`.

    Returns
    -------
    list of Standing
        In no order. A long stretch is there whole and as overlapping windows.
    """
    found = _Stretches(time_s, hip_height, knee_flexion_deg, trunk_lean_raw_deg, hip_travel)
    groups = [
        *found.ranked(UPRIGHT_MOVEMENT, minimum_s),
        found.ranked(LEANING_MOVEMENT, minimum_s)[0],
    ]
    return [
        _trimmed(time_s, a, b, minimum_s, method)
        for method, stretches in groups
        for stretch in stretches
        for a, b in _windows(time_s, *stretch)
    ]


class _Stretches:
    """The quiet, upright stretches of a clip, sorted by where they lie about the reps."""

    def __init__(
        self,
        time_s: FloatArray,
        hip_height: FloatArray,
        knee_flexion_deg: FloatArray,
        trunk_lean_raw_deg: FloatArray,
        hip_travel: FloatArray | None,
    ) -> None:
        unknown = np.full(len(time_s), np.nan)
        self.movement = movement_depth(
            time_s, hip_height, unknown, knee_flexion_deg, trunk_lean_raw_deg
        )
        self._time_s, self._knee_deg = time_s, knee_flexion_deg
        self._series = [
            (hip_height, HIP_HEIGHT_TOLERANCE),
            (knee_flexion_deg, KNEE_TOLERANCE_DEG),
            (trunk_lean_raw_deg, LEAN_TOLERANCE_DEG),
        ]
        if hip_travel is not None:
            self._series.append((hip_travel, HIP_TRAVEL_TOLERANCE))

    def ranked(
        self, limit: float, minimum_s: float
    ) -> list[tuple[StandingMethod, list[tuple[int, int]]]]:
        """Return the stretches less bent than a limit by method, best method first."""
        time_s = self._time_s
        quiet = quiet_frames(time_s, self._series, minimum_s)
        runs = runs_of(quiet & _upright(time_s, self.movement, self._knee_deg, limit))
        long = [(a, b) for a, b in runs if time_s[b - 1] - time_s[a] >= minimum_s - 1e-9]
        return _by_preference(time_s, self.movement, long)


def _windows(time_s: FloatArray, a: int, b: int) -> list[tuple[int, int]]:
    """Return a stretch of up to `LONGEST_S` whole, and the windows of `CANDIDATE_S` in it."""
    lasts = time_s[b - 1] - time_s[a]
    if lasts <= CANDIDATE_S:
        return [(a, b)]
    whole = [(a, b)] if lasts <= LONGEST_S else []
    starts = np.arange(time_s[a], time_s[b - 1] - CANDIDATE_S + 1e-9, CANDIDATE_S / 2)
    first = np.searchsorted(time_s, starts)
    last = np.searchsorted(time_s, starts + CANDIDATE_S, side="right")
    return [*whole, *((int(i), int(min(j, b))) for i, j in zip(first, last, strict=True))]


def _upright(
    time_s: FloatArray, movement: FloatArray, knee_flexion_deg: FloatArray, limit: float
) -> BoolArray:
    """Return where the body is straight: little bend, the knee near its straightest."""
    knee = lowpass(time_s, knee_flexion_deg, QUIET_CUTOFF_HZ)
    straight = np.ones(len(movement), dtype=np.bool_)
    if np.isfinite(knee).any():
        straight = ~(knee > np.nanpercentile(knee, 5.0) + UPRIGHT_KNEE_DEG)
    return np.asarray((movement < limit) & straight, dtype=np.bool_)


def _by_preference(
    time_s: FloatArray, movement: FloatArray, stretches: list[tuple[int, int]]
) -> list[tuple[StandingMethod, list[tuple[int, int]]]]:
    """Sort the stretches by position before, between and after the reps, best kind first."""
    deep = [
        t.index for piece in turning_points(movement, DOWN_MOVEMENT) for t in piece.turns if t.deep
    ]
    deepest = max((float(movement[i]) for i in deep), default=0.0)
    deep = _the_set(time_s, [i for i in deep if movement[i] >= REP_SHARE * deepest])
    if not deep:
        return [("before_first_rep", stretches)]
    before = [s for s in stretches if s[1] <= deep[0]]
    after = [s for s in stretches if s[0] >= deep[-1]]
    between = [s for s in stretches if s not in before and s not in after]
    close = [s for s in before if time_s[deep[0]] - time_s[s[1] - 1] <= NEAR_FIRST_REP_S]
    second: list[tuple[StandingMethod, list[tuple[int, int]]]] = [
        ("between_reps", between),
        ("after_last_rep", after),
    ]
    known = np.flatnonzero(np.isfinite(movement))
    if movement[known[0]] > DOWN_MOVEMENT:
        second.reverse()
    return [("before_first_rep", close or before), *second]


def _the_set(time_s: FloatArray, deep: list[int]) -> list[int]:
    """Return the longest row of bends that follow each other closely, of equals the first."""
    sets: list[list[int]] = []
    for i in deep:
        if sets and time_s[i] - time_s[sets[-1][-1]] <= NEAR_FIRST_REP_S:
            sets[-1].append(i)
        else:
            sets.append([i])
    return max(sets, key=len, default=[])


def _best(
    time_s: FloatArray, movement: FloatArray, stretches: list[tuple[int, int]]
) -> tuple[int, int]:
    """Return the longest stretch (of equals the stillest), cut to its stillest part."""

    def rank(stretch: tuple[int, int]) -> tuple[float, float]:
        a, b = stretch
        length = min(float(time_s[b - 1] - time_s[a]), LONGEST_S)
        return (round(length, 1), -float(np.nanstd(movement[a:b])))

    a, b = max(stretches, key=rank)
    if time_s[b - 1] - time_s[a] <= LONGEST_S:
        return a, b
    windows = [
        (i, int(np.searchsorted(time_s, time_s[i] + LONGEST_S, side="right")))
        for i in range(a, int(np.searchsorted(time_s, time_s[b - 1] - LONGEST_S, "right")))
    ]
    return min(windows, key=lambda w: float(np.nanstd(movement[w[0] : w[1]])))


def _trimmed(
    time_s: FloatArray, start: int, stop: int, minimum_s: float, method: StandingMethod
) -> Standing:
    """Leave out a margin at both ends as far as the shortest length allows."""
    first, last = float(time_s[start]), float(time_s[stop - 1])
    margin = min(MARGIN_S, max(0.0, (last - first - minimum_s) / 2))
    return Standing(first + margin, last - margin, method)


def sentence_of(reference: Reference, standing: Standing) -> str:
    """Return one sentence on a reference, for people."""
    if standing.elsewhere:
        return say("reference.elsewhere_text")
    return say(
        f"reference.{reference.kind}_text", start=float(reference.start_s),
        end=float(reference.end_s), count=len(reference.spans),
    )  # fmt: skip
