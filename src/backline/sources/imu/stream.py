"""One sensor's recording: its time base repaired, and the vertical in the sensor's axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from backline.errors import MissingExtraError, SourceError
from backline.model.posture import BoolArray, FloatArray
from backline.sources.plausibility import BodyLimits, check_step, excursions, held

Kind = Literal["quaternion", "euler", "matrix", "raw"]
LEAST_PACKETS = 10
"""With fewer packets nothing was recorded."""
GAP_S = 0.1
"""Lost packets are interpolated up to this, seconds: the body turns by few degrees meanwhile."""
SETTLING_S = 3.0
"""After a longer gap a fused inclination is doubtful for this long, seconds (twice the 1.5 s in
which VQF's accelerometer correction acts, half of its default time constant of 3 s)."""

INCLINATION = BodyLimits(0.2, 350.0, 14.0, 0.006)
"""What the vertical in a sensor's axes may do, radians (`backline.sources.plausibility.ANGLE`)."""

_UNITS = {"quaternion": "unit quaternions", "matrix": "rows of a rotation matrix",
          "euler": "angles"}  # fmt: skip

READINGS = BodyLimits(np.inf, np.inf, np.inf, 0.05)
"""Of gyroscope and accelerometer together, rad/s and m/s2, only the holding is judged: their noise
alone is 0.005 rad/s and 0.01 m/s2."""


@dataclass(frozen=True, eq=False)
class Stream:
    """What one sensor wrote.

    Parameters
    ----------
    name : str
        The file, for messages.
    time_s : ndarray, shape (n,)
        Its own clock, seconds, rising.
    kind : {"quaternion", "euler", "matrix", "raw"}
        What `values` holds: w, x, y, z; roll, pitch, yaw in degrees (turned about x, then y, then
        z of the world); the third row of the rotation matrix; or gyroscope (rad/s) and
        accelerometer (m/s2), three columns each.
    values : ndarray, shape (n, k)
        NaN where a packet holds none. The world's third axis is vertical.
    lost : int
        Packets missing by the sensor's own counter or clock.
    """

    name: str
    time_s: FloatArray
    kind: Kind
    values: FloatArray
    lost: int = 0


@dataclass(frozen=True, eq=False)
class Vertical:
    """The vertical in a sensor's axes.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    up : ndarray, shape (n, 3)
        Unit vector; NaN in gaps. Heading does not enter it, so that its drift cannot either.
    doubtful : ndarray of bool, shape (n,)
        Samples that follow a gap so closely that the fusion has not settled.
    """

    time_s: FloatArray
    up: FloatArray
    doubtful: BoolArray


def unwrapped(ticks: FloatArray, bits: int) -> FloatArray:
    """Return a counter of so many bits without its wraps, from 0."""
    steps = np.diff(ticks)
    size = 2.0**bits
    wraps = np.concatenate([[0.0], np.cumsum(steps < -size / 2)])
    return np.asarray(ticks + size * wraps - ticks[0])


def whole_clock(name: str, time_s: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Drop packets that came twice or late.

    Raises
    ------
    SourceError
        If fewer than ten are left, a tenth is out of order, or the times cannot be seconds.
    """
    known = np.isfinite(time_s)
    time_s, values = time_s[known], values[known]
    keep = time_s > np.concatenate([[-np.inf], np.maximum.accumulate(time_s)])[: len(time_s)]
    if len(keep) < LEAST_PACKETS:
        raise SourceError(
            f"'{name}' holds {len(keep)} packets, and a recording of a lift was expected: the file "
            "is cut off; record or export it again."
        )
    if keep.sum() < max(LEAST_PACKETS, 0.9 * len(keep)):
        raise SourceError(
            f"'{name}': only {int(keep.sum())} of {len(time_s)} packets are later than all before "
            "them: check which column is the time, and export it again."
        )
    check_step(name, time_s[keep])
    return time_s[keep], values[keep]


def lost_by_clock(time_s: FloatArray) -> int:
    """Return how many packets the gaps of a regular clock hide."""
    steps = np.diff(time_s)
    return int(np.sum(np.maximum(np.round(steps / np.median(steps)) - 1, 0)))


def vertical(stream: Stream) -> Vertical:
    """Return the vertical in the sensor's axes, fused where only gyroscope and acceleration are.

    Raises
    ------
    MissingExtraError
        If fusion is needed and VQF is not installed.
    SourceError
        If the values are no orientations.
    """
    if stream.kind == "raw":
        return _fused(stream)
    v = stream.values
    if stream.kind == "quaternion":
        size = np.linalg.norm(v, axis=1, keepdims=True)
        w, x, y, z = (v / np.where(np.abs(size - 1) < 0.05, size, np.nan)).T
        up = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=1)
    elif stream.kind == "euler":
        roll, pitch = np.radians(v[:, 0]), np.radians(v[:, 1])
        up = np.stack(
            [-np.sin(pitch), np.sin(roll) * np.cos(pitch), np.cos(roll) * np.cos(pitch)], axis=1
        )
    else:
        size = np.linalg.norm(v, axis=1, keepdims=True)
        up = v / np.where(np.abs(size - 1) < 0.05, size, np.nan)
    if np.isfinite(up).all(axis=1).mean() < 0.5:
        raise SourceError(
            f"'{stream.name}': most of its orientations are no {_UNITS[stream.kind]} (of length "
            "1): check which columns hold them."
        )
    wrong = excursions(stream.time_s, up, INCLINATION) | held(stream.time_s, up, INCLINATION)
    up = np.where(wrong[:, None], np.nan, up)
    return Vertical(stream.time_s, up, np.zeros(len(up), dtype=np.bool_))


def _fused(stream: Stream) -> Vertical:
    """Fuse gyroscope and accelerometer, looking back and ahead (VQF, Laidig and Seel 2023)."""
    try:
        from vqf import offlineVQF
    except ImportError:
        raise MissingExtraError("Fusing gyroscope and accelerometer", "sensors") from None
    step = float(np.median(np.diff(stream.time_s)))
    n = round((stream.time_s[-1] - stream.time_s[0]) / step) + 1
    grid = stream.time_s[0] + step * np.arange(n)
    known = np.isfinite(stream.values).all(axis=1)
    known &= ~held(stream.time_s, stream.values, READINGS)
    if known.sum() < 10:
        raise SourceError(
            f"'{stream.name}' holds no readings of gyroscope and accelerometer: record or export "
            "them with it."
        )
    at = stream.time_s[known]
    even = np.stack([np.interp(grid, at, column[known]) for column in stream.values.T], axis=1)
    out = offlineVQF(
        np.ascontiguousarray(even[:, :3]), np.ascontiguousarray(even[:, 3:]), None, step
    )
    w, x, y, z = out["quat6D"].T
    up = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=1)
    doubtful = np.zeros(n, dtype=np.bool_)
    for i in np.flatnonzero(np.diff(at) > GAP_S):
        up[(grid > at[i]) & (grid < at[i + 1])] = np.nan
        doubtful |= (grid > at[i]) & (grid < at[i + 1] + SETTLING_S)
    return Vertical(grid, up, doubtful)


def at_times(sensed: Vertical, time_s: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return the vertical at other times, shape (n, 3), and whether each is doubtful."""
    known = np.isfinite(sensed.up).all(axis=1)
    source = sensed.time_s[known]
    up = np.stack([np.interp(time_s, source, column[known]) for column in sensed.up.T], axis=1)
    after = np.clip(np.searchsorted(source, time_s), 1, len(source) - 1)
    gap = (source[after] - source[after - 1] > GAP_S) & (time_s > source[after - 1])
    gap &= time_s < source[after]
    gap |= (time_s < source[0]) | (time_s > source[-1])
    up = up / np.linalg.norm(up, axis=1, keepdims=True)
    up[gap] = np.nan
    closest = np.clip(np.searchsorted(sensed.time_s, time_s), 0, len(sensed.time_s) - 1)
    return up, np.asarray(sensed.doubtful[closest], dtype=np.bool_)
