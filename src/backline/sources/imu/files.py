"""Sensor files: Xsens DOT's CSV, Xsens MT's text, OpenSense's STO, any CSV with named columns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from backline.errors import SourceError, UsageError
from backline.formats.missing_values import lost, without_lost, without_marks
from backline.formats.text_table import (
    cells_of,
    is_missing,
    numbers,
    read_text,
    separator,
    unique_names,
)
from backline.model.posture import FloatArray
from backline.sources.imu.stream import Kind, Stream, lost_by_clock, unwrapped, whole_clock

_ORIENTATIONS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("quaternion", ("quat_w", "quat_x", "quat_y", "quat_z")),
    ("quaternion", ("quat_q0", "quat_q1", "quat_q2", "quat_q3")),
    ("matrix", ("mat[3][1]", "mat[3][2]", "mat[3][3]")),
    ("euler", ("euler_x", "euler_y", "euler_z")),
    ("euler", ("roll", "pitch", "yaw")),
    ("raw", ("gyr_x", "gyr_y", "gyr_z", "acc_x", "acc_y", "acc_z")),
)
UNITS_S = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
"""Seconds of a unit of time."""
GRAVITY = 9.81
"""m/s2."""


def read_sensor(path: Path, columns: dict[str, Any] | None = None) -> Stream:
    """Read one sensor's file.

    Parameters
    ----------
    path : Path
        DOT's CSV or MT's text, or any CSV.
    columns : dict, optional
        For any CSV: ``time`` (a name), ``time_unit`` ("s", "ms", "us"), and ``quaternion`` (four
        names, w first), ``euler`` (three, roll first, degrees) or ``gyro`` and ``acc`` (three
        each; ``gyro_unit`` "deg/s" or "rad/s", ``acc_unit`` "m/s2" or "g").

    Raises
    ------
    SourceError
        If it cannot be read; the sentence names the line.
    UsageError
        If the columns do not fit the file.
    """
    lines = _lines(path)
    if columns:
        return _generic(path, lines, columns)
    head = next((i for i, line in enumerate(lines[:60]) if "PacketCounter" in line), None)
    if head is None:
        raise SourceError(
            f"'{path}' has no line of columns with PacketCounter, as Xsens DOT and MT have: write "
            "a .toml that names its columns."
        )
    sep = separator(lines[head])
    names = _names(path, lines[head], sep, lower=True)
    table = _table(path, lines, head, sep, len(names))
    is_mt = any(line.startswith("//") for line in lines[:head])
    kind, values = _orientation(path, names, table, degrees=not is_mt)
    counter = unwrapped(table[:, names.index("packetcounter")], 16 if is_mt else 32)
    time_s = _clock(path, lines[:head], names, table, counter, is_mt)
    missing = int(counter[-1] - counter[0]) + 1 - len(counter)
    time_s, values = whole_clock(str(path), time_s, _without_missing(kind, values))
    return Stream(str(path), time_s, kind, values, max(missing, 0))


def read_opensense(path: Path) -> dict[str, Stream]:
    """Read an OpenSense STO of quaternions: one stream a column, by its name.

    Raises
    ------
    SourceError
        If it is damaged; the sentence names the line.
    """
    lines = _lines(path)
    end = next((i for i, line in enumerate(lines) if line.strip().lower() == "endheader"), None)
    if end is None or end + 2 >= len(lines):
        raise SourceError(f"'{path}' has no line 'endheader' with rows behind it: export it again.")
    # a quaternion's own numbers are parted by commas
    mark = next((one for one in "\t;" if one in lines[end + 1]), None)
    names = _names(path, lines[end + 1], mark)
    time_s, values = _quaternions(path, lines, end + 2, len(names), mark)
    values = without_lost(values)
    streams = {}
    for i, name in enumerate(names[1:]):
        clock, quaternions = whole_clock(str(path), time_s, values[:, i])
        streams[name] = Stream(
            f"{path}, {name}", clock, "quaternion", quaternions, lost_by_clock(clock)
        )
    return streams


def _quaternions(
    path: Path, lines: list[str], first: int, width: int, mark: str | None
) -> tuple[FloatArray, FloatArray]:
    """Return times (n,) and quaternions (n, width - 1, 4) from line index ``first`` on.

    A cell that holds one word for "no value", or nothing, is a quaternion that is not there. A last
    line that was cut off is left out.
    """
    rows: list[FloatArray] = []
    for number, line in enumerate(lines[first:], start=first + 1):
        if not line.strip():
            continue
        cells = cells_of(line, mark)
        cells = [*cells[:width], *(cell for cell in cells[width:] if cell)]
        parts = [[""] * 4 if is_missing(cell) else cell.split(",") for cell in cells[1:]]
        if len(cells) != width or any(len(part) != 4 for part in parts):
            if number == len(lines) and rows:
                break
            raise SourceError(
                f"'{path}', line {number}: a time and {width - 1} quaternions w,x,y,z were "
                "expected: the file is damaged; export it again."
            )
        rows.append(numbers(path, number, [cells[0], *(x for part in parts for x in part)], ","))
    table = np.array(rows)
    return table[:, 0], table[:, 1:].reshape(len(table), width - 1, 4)


def _clock(
    path: Path, head: list[str], names: list[str], table: FloatArray, counter: FloatArray,
    is_mt: bool,
) -> FloatArray:  # fmt: skip
    """Return the packets' times: by the sensor's clock, else by counter and stated rate."""
    if "sampletimefine" in names:
        ticks = table[:, names.index("sampletimefine")]
        if np.isfinite(ticks).all():
            start = float(ticks[0])
            # DOT counts microseconds, MT ten-thousandths of a second; both in 32 bits
            return (unwrapped(ticks, 32) + start) * (1e-4 if is_mt else 1e-6)
    rate = next((m[1] for line in head if (m := re.search(r"Rate:,?\s*([\d.]+)", line))), None)
    if rate is None or float(rate) <= 0:
        raise SourceError(
            f"'{path}' holds neither SampleTimeFine nor a line with its Update Rate: export it "
            "with one of them."
        )
    return counter / float(rate)


def _orientation(
    path: Path, names: list[str], table: FloatArray, *, degrees: bool
) -> tuple[Kind, FloatArray]:
    for kind, wanted in _ORIENTATIONS:
        if set(wanted) <= set(names):
            values = table[:, [names.index(name) for name in wanted]]
            if kind == "raw":
                values = _si(values, degrees=degrees)
            return kind, values
    raise SourceError(
        f"'{path}' holds {', '.join(names[:12])}; Quat, Euler, Mat, or Gyr and Acc were expected: "
        "export one of these with it."
    )


def _si(values: FloatArray, *, degrees: bool) -> FloatArray:
    """Return gyroscope in rad/s and acceleration in m/s2."""
    values = values.copy()
    if degrees:
        values[:, :3] = np.radians(values[:, :3])
    rest = np.nanmedian(np.linalg.norm(values[:, 3:], axis=1))
    if rest < GRAVITY / 4:  # in multiples of gravity
        values[:, 3:] *= GRAVITY
    return values


def read_columns(path: Path, wanted: list[str]) -> FloatArray:
    """Return columns of a table whose first line names them, in the order that is wanted.

    Raises
    ------
    SourceError
        If it cannot be read; the sentence names the line.
    UsageError
        If it has no such column.
    """
    lines = _lines(path)
    sep = separator(lines[0])
    names = _names(path, lines[0], sep)
    missing = [name for name in wanted if name not in names]
    if missing:
        raise UsageError(
            f"'{path}' holds the columns {', '.join(names[:40])}, and {', '.join(missing)} was "
            "named: correct the .toml."
        )
    table = _table(path, lines, 0, sep, len(names))
    return np.asarray(table[:, [names.index(name) for name in wanted]])


def _generic(path: Path, lines: list[str], columns: dict[str, Any]) -> Stream:
    sep = separator(lines[0])
    names = _names(path, lines[0], sep)
    wanted: tuple[tuple[Kind, list[Any]], ...] = (
        ("quaternion", columns.get("quaternion", [])),
        ("euler", columns.get("euler", [])),
        ("raw", [*columns.get("gyro", []), *columns.get("acc", [])]),
    )
    size = {"quaternion": 4, "euler": 3, "raw": 6}
    kind, chosen = next(((k, c) for k, c in wanted if len(c) == size[k]), wanted[0])
    missing = [name for name in (columns.get("time"), *chosen) if name not in names]
    unit = UNITS_S.get(columns.get("time_unit", "s"))
    gyro_unit = columns.get("gyro_unit", "deg/s")
    if not chosen or missing or unit is None or gyro_unit not in ("deg/s", "rad/s"):
        raise UsageError(
            f"'{path}' holds the columns {', '.join(names)}; time, and quaternion (4 of them), "
            "euler (3) or gyro and acc (3 and 3) must name some of them, time_unit be s, ms or us "
            "and gyro_unit deg/s or rad/s: correct the .toml."
        )
    table = _table(path, lines, 0, sep, len(names))
    values = table[:, [names.index(name) for name in chosen]]
    if kind == "raw":
        values = _si(values, degrees=gyro_unit == "deg/s")
    clock = table[:, names.index(columns["time"])] * unit
    time_s, values = whole_clock(str(path), clock, _without_missing(kind, values))
    return Stream(str(path), time_s, kind, values, lost_by_clock(time_s))


def _lines(path: Path) -> list[str]:
    lines = read_text(path, "the text of a sensor").splitlines()
    if len(lines) < 2:
        raise SourceError(f"'{path}' holds no rows of data: record or export it again.")
    return lines


def _names(path: Path, line: str, sep: str | None, *, lower: bool = False) -> list[str]:
    """Return a line's names of columns.

    Raises
    ------
    SourceError
        If one stands there twice.
    """
    cells = [cell.lower() if lower else cell for cell in cells_of(line, sep)]
    while cells and not cells[-1]:
        cells.pop()
    twice = unique_names(cells)[1]
    if twice:
        raise SourceError(
            f"'{path}' holds two columns '{next(iter(twice.values()))}', and one was expected: "
            "remove or rename the wrong one."
        )
    return cells


def _without_missing(kind: Kind, values: FloatArray) -> FloatArray:
    """Return readings without those that mark "nothing": zeros that no sensor reads, huge ones.

    Angles of zero are possible; a quaternion, a row of a rotation or an acceleration of zero is
    not (falling freely apart).
    """
    if kind == "euler":
        return without_marks(values)
    if kind == "raw":
        gone = lost(values[:, 3:]) | np.isnan(without_marks(values)).any(axis=1)
        return np.where(gone[:, None], np.nan, values)
    return without_lost(values)


def _table(path: Path, lines: list[str], head: int, sep: str | None, width: int) -> FloatArray:
    rows = []
    for number, line in enumerate(lines[head + 1 :], start=head + 2):
        if not line.strip():
            continue
        cells = cells_of(line, sep)[:width]
        if len(cells) < width:
            if number == len(lines):  # the last line of a recording that was cut off
                break
            raise SourceError(
                f"'{path}', line {number}: {len(cells)} values were found and {width} were "
                "expected: the file is damaged; export it again."
            )
        rows.append(numbers(path, number, cells, sep))
    if not rows:
        raise SourceError(f"'{path}' holds no rows of data: record or export it again.")
    return np.array(rows)
