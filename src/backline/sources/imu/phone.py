"""A phone worn as a sensor: logs of common logger apps (iOS and Android).

Supported are a CSV with all signals (SensorLog, Physics Toolbox Sensor Suite, phyphox) and a
folder with a CSV for each sensor (Sensor Logger, phyphox). Gravity in the phone's own axes, which
iOS and Android compute, is the vertical that is wanted; without it gyroscope and acceleration are
fused. Its sign (down on iOS, up on Android) does not matter: only its rotation is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from backline.errors import SourceError
from backline.formats.missing_values import lost, without_lost
from backline.formats.text_table import cells_of, numbers, read_text, separator
from backline.model.posture import FloatArray
from backline.sources.imu.stream import Kind, Stream, lost_by_clock, whole_clock

G = 9.80665
"""Standard gravity, m/s2: unit of acceleration of iOS."""
_GRAVITY = (
    ("motiongravityx", "motiongravityy", "motiongravityz"),
    ("gravityx", "gravityy", "gravityz"),
)
_GYROSCOPE = (
    ("motionrotationratex", "motionrotationratey", "motionrotationratez"),
    ("gyrorotationx", "gyrorotationy", "gyrorotationz"),
    ("gyroscopex", "gyroscopey", "gyroscopez"),
    ("wx", "wy", "wz"),
)
_ACCELERATION = (
    ("accelerometeraccelerationx", "accelerometeraccelerationy", "accelerometeraccelerationz"),
    ("totalaccelerationx", "totalaccelerationy", "totalaccelerationz"),
    ("accelerationx", "accelerationy", "accelerationz"),
    ("gfx", "gfy", "gfz"),
    ("ax", "ay", "az"),
)
_TIMES = (
    "secondselapsed", "motiontimestampsincereboot", "accelerometertimestampsincereboot", "time",
    "timestamp",
)  # fmt: skip
"""Columns of time, best first."""
SLOWEST_STEP_S = 0.5
"""Steps between samples of a phone's sensors are shorter, seconds."""
FOLDER_FILES = ("Gravity.csv", "Gyroscope.csv", "TotalAcceleration.csv", "Accelerometer.csv")
"""What a folder of one phone's log holds."""


def is_phone_folder(folder: Path) -> bool:
    """Recognise a folder of one phone's log, a CSV for each of its sensors."""
    return folder.is_dir() and any((folder / name).is_file() for name in FOLDER_FILES)


def is_phone_table(line: str) -> bool:
    """Recognise a phone's log with everything in it by its line of names."""
    names = _plain_names(cells_of(line, separator(line)))
    if _clock_column(names) is None:
        return False
    return _first(names, _GRAVITY) is not None or (
        _first(names, _GYROSCOPE) is not None and _first(names, _ACCELERATION) is not None
    )


def read_phone(path: Path) -> Stream:
    """Read one phone's log.

    Parameters
    ----------
    path : Path
        A CSV, or a folder with a CSV for each sensor.

    Raises
    ------
    SourceError
        If it holds neither gravity, nor gyroscope and acceleration.
    """
    table = _folder(path) if path.is_dir() else _Table(path, "")
    gravity = table.triple(_GRAVITY)
    kind: Kind
    if gravity is not None:
        kind, values = "matrix", without_lost(gravity)
        values = values / np.linalg.norm(values, axis=1, keepdims=True)
    else:
        gyro, acc = table.triple(_GYROSCOPE), table.triple(_ACCELERATION)
        if gyro is None or acc is None:
            raise SourceError(
                f"'{path}' holds neither gravity, nor gyroscope and acceleration in x, y and z: "
                "let the app log them."
            )
        kind, values = "raw", np.concatenate([gyro, acc], axis=1)
        if np.nanmedian(np.linalg.norm(acc, axis=1)) < G / 4:  # in multiples of gravity
            values[:, 3:] *= G
        values[lost(acc)] = np.nan
    time_s, values = whole_clock(str(path), table.time_s, values)
    return Stream(str(path), time_s - time_s[0], kind, values, lost_by_clock(time_s))


class _Table:
    """A CSV of a phone, its names without units and marks."""

    def __init__(self, path: Path, sensor: str) -> None:
        lines = read_text(path, "the log of a phone").splitlines()
        mark = separator(lines[0]) if lines else None
        self.names = _plain_names(cells_of(lines[0], mark)) if lines else []
        # in a file for one sensor x, y, z stand alone
        self.names = [sensor + n if n in ("x", "y", "z") else n for n in self.names]
        clock = _clock_column(self.names)
        if clock is None:
            raise SourceError(
                f"'{path}' has no column of times, such as seconds_elapsed: export it with one."
            )
        wanted = [clock, *(i for i, n in enumerate(self.names) if n[-1:] in ("x", "y", "z"))]
        rows = []
        for i, line in enumerate(lines[1:], start=2):
            cells = cells_of(line, mark)
            if len(cells) < len(self.names):
                continue  # the last line of a log that was cut off, or a comment
            rows.append(numbers(path, i, [cells[k] for k in wanted], mark))
        if not rows:
            raise SourceError(f"'{path}' holds no rows of data: record or export it again.")
        values = np.stack(rows)
        self.columns = {self.names[k]: values[:, i] for i, k in enumerate(wanted)}
        self.time_s = _seconds(values[:, 0])

    def triple(self, sets: Sequence[tuple[str, ...]]) -> FloatArray | None:
        """Return the columns of the first set that is there, shape (n, 3)."""
        names = _first(list(self.columns), sets)
        return None if names is None else np.stack([self.columns[n] for n in names], axis=1)


def _folder(folder: Path) -> _Table:
    """Return the tables of a folder as one, at the times of the first."""
    if (folder / "Gravity.csv").is_file():
        return _Table(folder / "Gravity.csv", "gravity")
    gyro = next((f for f in folder.glob("Gyroscope.csv")), None)
    acc = next((folder / n for n in FOLDER_FILES[2:] if (folder / n).is_file()), None)
    if gyro is None or acc is None:
        raise SourceError(
            f"'{folder}' holds neither Gravity.csv, nor Gyroscope.csv and TotalAcceleration.csv: "
            "let the app log them."
        )
    one, other = _Table(gyro, "gyroscope"), _Table(acc, "acceleration")
    for name, values in other.columns.items():
        if name not in one.columns:
            one.columns[name] = np.interp(one.time_s, other.time_s, values)
    return one


def _plain_names(cells: Sequence[str]) -> list[str]:
    """Return names of columns in lower case, without units in brackets and marks."""
    return [re.sub(r"[^a-z0-9]", "", re.sub(r"\(.*?\)", "", cell.lower())) for cell in cells]


def _first(names: Sequence[str], sets: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    return next((one for one in sets if set(one) <= set(names)), None)


def _clock_column(names: Sequence[str]) -> int | None:
    return next((names.index(name) for name in _TIMES if name in names), None)


def _seconds(values: FloatArray) -> FloatArray:
    """Return times in seconds: phones write s, ms, us and ns, and log at more than 2 Hz."""
    step = float(np.nanmedian(np.diff(values))) if len(values) > 1 else 1.0
    units = (1.0, 1e-3, 1e-6, 1e-9)
    return values * next((unit for unit in units if step * unit < SLOWEST_STEP_S), 1.0)
