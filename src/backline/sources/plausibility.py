"""Plausibility limits: jumps in a track, and joint angles beyond the human range, by frame.

Such values are removed before the measurement: a marker that carries another's data for a quarter
of a second, a sensor that sends zeros, a row of a table in another unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from backline.errors import SourceError
from backline.model.posture import BoolArray, FloatArray
from backline.signals.filters import runs_of

CODE = "implausible"
"""Reason code of such frames."""
AROUND = 4
"""Steps to each side whose median is the track's current speed."""
LEAST_TOGETHER = 3
"""Least number of tracks that break at once where two recordings were joined."""
SHORTEST_S = 0.5
"""A shorter piece between two such breaks is removed, seconds."""

SLOWEST_STEP_S = 0.5
"""Largest time between frames of a recording, seconds."""
RANGES_DEG: dict[str, tuple[float, float]] = {
    "lumbar_flexion": (-70.0, 110.0),
    "pelvic_tilt": (-80.0, 150.0),
    "trunk_lean": (-80.0, 190.0),
    "hip_flexion": (-60.0, 170.0),
    "knee_flexion": (-40.0, 175.0),
    "ankle_dorsiflexion": (-90.0, 75.0),
}
"""Ranges that no body exceeds, degrees; the first three as change from standing. Ranges of motion
(AAOS 1994: lumbar -25 to 60, hip -20 to 120, knee -10 to 150, ankle -50 to 20; contortionists add
about 30), with the thorax's 40 in what C7 shows as lumbar flexion, and room for another zero."""


@dataclass(frozen=True)
class BodyLimits:
    """How a track may move.

    Parameters
    ----------
    floor : float
        A step may differ by this from the steps around it whatever the rate: measuring noise, and
        the unit of the track.
    acceleration : float
        Acceleration allowed on top, units/s2.
    speed : float
        After removed values the track may continue at a distance that this speed allows, units/s.
    catch_up : float
        A track that was constant to the last digit and then moves by more than this in one step
        was held at its last value: more than rounding of a slow movement.
    may_stop : bool
        Whether it may stop within one step, as an angle does at the limit of a model.
    """

    floor: float
    acceleration: float
    speed: float
    catch_up: float
    may_stop: bool = False


MARKER = BodyLimits(0.025, 100.0, 4.0, 0.003)
"""Metres. The trunk of a lifter accelerates by 10 to 20 m/s2 at most (a stoop lift: 3), C7 moves
at 1 to 3 m/s; the floor is a bump of skin and a shaking marker. Files round to a millimetre."""
ANGLE = BodyLimits(12.0, 20_000.0, 800.0, 0.3, may_stop=True)
"""Degrees. Joints turn at up to 500 degrees/s in fast lifts, and reach that in 0.1 s (5000
degrees/s2)."""
POINT = BodyLimits(0.06, 60.0, 2.5, 0.007)
"""Body heights: the above, and an engine whose points shake by 10 cm."""


JUMP = 3.0
"""Least ratio of a catch-up step to its neighbour; steps of a movement differ less."""
HELD_S = 0.1
"""Longest time that a measured value of a moving body can be constant to the last digit, seconds:
it always fluctuates in some digits."""


def held(time_s: FloatArray, track: FloatArray, limits: BodyLimits) -> BoolArray:
    """Return in which frames a track was not measured but held at its last value.

    Programs fill a lost marker, point or packet in this way, and a recording that stalls does it
    with all of them. Signs are constancy to the last digit, and the step before or after.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds, rising.
    track : ndarray, shape (n, d)
        Places; NaN where unknown.
    limits : BodyLimits
        In the unit of the track.

    Returns
    -------
    ndarray of bool, shape (n,)
        Without the first frame of each such stretch, which was measured unless the track jumps to
        it.
    """
    wrong = np.zeros(len(track), dtype=np.bool_)
    step = np.linalg.norm(np.diff(track, axis=0), axis=1)
    padded = np.concatenate([[0.0, 0.0], step, [0.0, 0.0]])
    # a step between two such stretches is evidence for the shorter one alone
    for start, stop in sorted(runs_of(step == 0), key=lambda run: run[1] - run[0]):
        if time_s[stop] - time_s[start] <= HELD_S:
            continue
        before, into, out, behind = padded[[start, start + 1, stop + 2, stop + 3]]
        jumps_in = into > max(limits.catch_up, JUMP * before)
        jumps_out = out > max(limits.catch_up, JUMP * behind)
        stops = not limits.may_stop and into > limits.catch_up
        if jumps_in or jumps_out or stops:
            wrong[start if jumps_in else start + 1 : stop + 1] = True
            padded[[start + 1, stop + 2]] = 0.0
    return wrong


def excursions(time_s: FloatArray, track: FloatArray, limits: BodyLimits) -> BoolArray:
    """Return in which frames a track is where the body cannot be.

    A step that differs from the steps around it by more than an acceleration allows breaks the
    track. The longest piece is trusted, and from it on in both directions every piece that a
    speed can reach; the others are not.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds, rising.
    track : ndarray, shape (n, d)
        Places; NaN where unknown.
    limits : BodyLimits
        In the unit of the track.

    Returns
    -------
    ndarray of bool, shape (n,)
        False too where the track is unknown.
    """
    wrong = np.zeros(len(track), dtype=np.bool_)
    known = np.flatnonzero(np.isfinite(track).all(axis=1))
    if len(known) < 3:
        return wrong
    at, t = track[known], time_s[known]
    usual, breaks = _breaks(t, at, limits)
    pieces = np.split(np.arange(len(known)), breaks)
    best = max(range(len(pieces)), key=lambda k: len(pieces[k]))
    for order, near, far in (
        (range(best + 1, len(pieces)), 0, -1),
        (range(best - 1, -1, -1), -1, 0),
    ):
        last = pieces[best][far]
        for k in order:
            first = pieces[k][near]
            gone = abs(t[first] - t[last])
            # right after a break the piece beyond it is the wrong one, however slow the track
            reach = limits.floor + min(limits.speed * gone, limits.acceleration * gone**2)
            drift = usual[min(last, len(usual) - 1)] * (t[first] - t[last])
            step = at[first] - at[last]
            if min(np.linalg.norm(step - drift), np.linalg.norm(step)) > reach:
                wrong[known[pieces[k]]] = True
            else:
                last = pieces[k][far]
    return wrong


def excursions_of(
    time_s: FloatArray, tracks: dict[str, FloatArray], limits: BodyLimits
) -> dict[str, BoolArray]:
    """Do the same for several tracks of one body.

    Frames in which a track was `held` count too. Where most of them break at once, two recordings
    were joined: each is judged on its own, and one that is shorter than `SHORTEST_S` is withheld
    whole.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds, rising.
    tracks : dict of str to ndarray, shape (n, d)
        Places by name; NaN where unknown.
    limits : BodyLimits
        In the unit of the tracks.
    """
    n = len(time_s)
    stood = {name: held(time_s, track, limits) for name, track in tracks.items()}
    tracks = {name: np.where(stood[name][:, None], np.nan, track) for name, track in tracks.items()}
    broken, known = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for track in tracks.values():
        shown = np.flatnonzero(np.isfinite(track).all(axis=1))
        known[shown] += 1
        if len(shown) >= 3:
            broken[shown[_breaks(time_s[shown], track[shown], limits)[1]]] += 1
    borders = np.flatnonzero((broken >= LEAST_TOGETHER) & (broken > known / 2))
    wrong = {name: np.zeros(n, dtype=np.bool_) for name in tracks}
    for a, b in pairwise([0, *borders.tolist(), n]):
        short = len(borders) > 0 and time_s[b - 1] - time_s[a] < SHORTEST_S
        for name, track in tracks.items():
            wrong[name][a:b] = (
                np.isfinite(track[a:b]).all(axis=1)
                if short
                else excursions(time_s[a:b], track[a:b], limits)
            )
    return {name: wrong[name] | stood[name] for name in wrong}


def _breaks(
    time_s: FloatArray, track: FloatArray, limits: BodyLimits
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Return a track's usual speed at each step, and the samples that a break comes before."""
    step, time = np.diff(track, axis=0), np.diff(time_s)
    usual = _running_median(step / time[:, None])
    apart = np.linalg.norm(step - usual * time[:, None], axis=1)
    return usual, np.flatnonzero(apart > limits.floor + limits.acceleration * time**2) + 1


def _running_median(values: FloatArray) -> FloatArray:
    """Return the centred median over `AROUND` values to each side, along the first axis."""
    width = 2 * AROUND + 1
    padded = np.pad(values, ((AROUND, AROUND), (0, 0)), mode="reflect" if len(values) > AROUND
                    else "edge")  # fmt: skip
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, width, 0), -1))


def odd_lengths(length: FloatArray, reliable: BoolArray, limits: tuple[float, float]) -> BoolArray:
    """Return in which reliable frames a length is not its usual one, shape (n,).

    Parameters
    ----------
    length : ndarray, shape (n,)
        Distance of two points, in any unit; NaN where unknown.
    reliable : ndarray of bool, shape (n,)
        Frames in which neither point is known to be wrong.
    limits : (float, float)
        Least and largest length, as shares of its median in those frames.
    """
    known = np.isfinite(length) & reliable
    if not known.any():
        return known
    ratio = length / float(np.median(length[known]))
    return np.asarray(known & ((ratio < limits[0]) | (ratio > limits[1])))


def check_step(source: object, time_s: FloatArray) -> None:
    """Raise where a recording's times cannot be seconds; ``source`` is its name.

    Raises
    ------
    SourceError
        If most of its frames are more than `SLOWEST_STEP_S` apart.
    """
    steps = np.diff(time_s)
    if len(steps) and float(np.median(steps)) > SLOWEST_STEP_S:
        raise SourceError(
            f"'{source}': its times rise by {float(np.median(steps)):g} from frame to frame, and "
            "seconds were expected: they are milliseconds or numbers of frames; export it with "
            "times in seconds."
        )


def check_times(source: object, time_s: FloatArray, least: int) -> None:
    """Raise where a recording's times do not rise or cannot be seconds; ``source`` is its name.

    Raises
    ------
    SourceError
        If there are fewer than ``least``, or as from `check_step`.
    """
    if len(time_s) < least:
        raise SourceError(
            f"'{source}' holds {len(time_s)} frames; a movement was expected: export the whole "
            "lift."
        )
    bad = np.flatnonzero(~(np.diff(time_s) > 0))
    if len(bad):
        k = int(bad[0]) + 1
        raise SourceError(
            f"'{source}', frame {k + 1}: the time {time_s[k]:g} s follows {time_s[k - 1]:g} s, "
            "and rising times were expected: export it again."
        )
    check_step(source, time_s)


def impossible(angles: dict[str, FloatArray]) -> dict[str, BoolArray]:
    """Return in which frames angles lie outside `RANGES_DEG`.

    Parameters
    ----------
    angles : dict of str to ndarray, shape (n,)
        Degrees, by the names of `RANGES_DEG`; NaN where unknown.
    """
    outside = {}
    for name, values in angles.items():
        low, high = RANGES_DEG[name]
        outside[name] = np.asarray((values < low) | (values > high), dtype=np.bool_)
    return outside
