"""Writes angles (and points of a picture) as C3D, as Vicon's angle points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from backline.formats.opensim import FloatArray, Markers
from backline.storage.atomic_file import atomic_file


def write_c3d_angles(
    path: str | Path,
    time_s: FloatArray,
    angles: Mapping[str, FloatArray],
    points: Markers | None,
    events: Sequence[tuple[str, float]],
) -> None:
    """Write angle series as points listed under POINT:ANGLES, each angle in x, degrees.

    C3D knows one constant rate: series with uneven times are read at even ones (linearly, gaps
    stay gaps) of the mean rate, from the first to the last time. Values are kept to single
    precision, as the format does.

    Parameters
    ----------
    path : str or Path
        The file.
    time_s : ndarray, shape (n,)
        Seconds, rising.
    angles : mapping of str to ndarray, shape (n,)
        Degrees; NaN where not measured.
    points : Markers or None
        Points of a picture at the same times.
    events : sequence of (str, float)
        Labels and times, seconds.

    Raises
    ------
    BacklineError
        If the file cannot be written.
    """
    import ezc3d

    n = len(time_s)
    rate = (n - 1) / float(time_s[-1] - time_s[0]) if n > 1 else 1.0
    even = time_s[0] + np.arange(n) / rate
    labels = [*(points.names if points is not None else ()), *angles]
    data = np.ones((4, len(labels), n))
    data[:3] = 0.0
    if points is not None:
        for i in range(len(points.names)):
            for axis in range(3):
                data[axis, i] = _at(even, time_s, points.positions[:, i, axis])
    for j, values in enumerate(angles.values(), start=len(labels) - len(angles)):
        data[0, j] = _at(even, time_s, values)
    data[:3, ~np.isfinite(data[:3]).all(axis=0)] = np.nan
    whole = ezc3d.c3d()
    point = whole["parameters"]["POINT"]
    point["RATE"]["value"] = [rate]
    point["LABELS"]["value"] = labels
    point["UNITS"]["value"] = [points.unit if points is not None else "mm"]
    whole.add_parameter("POINT", "ANGLES", list(angles))
    whole.add_parameter("POINT", "ANGLE_UNITS", ["deg"])
    whole["data"]["points"] = data
    whole["header"]["points"]["first_frame"] = round(float(time_s[0]) * rate)
    _add_events(whole, events)
    with atomic_file(path) as part:
        named = part.with_suffix(".c3d")  # the library puts this ending to any other
        whole.write(str(named))
        named.replace(part)


def _add_events(whole: Any, events: Sequence[tuple[str, float]]) -> None:
    """Write the events into an ``ezc3d.c3d``; C3D holds their times as minutes and seconds."""
    if not events:
        return
    whole.add_parameter("EVENT", "USED", [len(events)])
    whole.add_parameter("EVENT", "LABELS", [label for label, _ in events])
    whole.add_parameter("EVENT", "CONTEXTS", ["General"] * len(events))
    minutes = np.array([divmod(seconds, 60.0) for _, seconds in events]).T
    whole.add_parameter("EVENT", "TIMES", minutes)


def _at(even: FloatArray, time_s: FloatArray, values: FloatArray) -> FloatArray:
    """Read a series at even times: linear between neighbours that are both known."""
    if np.allclose(even, time_s, rtol=0, atol=1e-6):
        return values
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(even), np.nan)
    after = np.clip(np.searchsorted(time_s, even), 1, len(time_s) - 1)
    read = np.interp(even, time_s[known], values[known])
    return np.where(known[after] & known[after - 1], read, np.nan)
