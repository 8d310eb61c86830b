"""Strips along the spine that measure its bend (FlexTail), by a list of their columns.

Such a strip holds the inclination of its base on the sacrum and a bend for each of its parts. The
lumbar ones are summed; sacrum and T12 then turn as two sensors would. FlexTail's layout: MinkTec's
white paper, "Raw data access and export formats"; it names what a row holds, and no columns.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.errors import UsageError
from backline.formats.missing_values import without_marks
from backline.model.posture import FloatArray
from backline.sources.angles.standing import about_standing
from backline.sources.imu.files import UNITS_S, read_columns
from backline.sources.imu.session import Session
from backline.sources.imu.source import measure_session
from backline.sources.imu.stream import Stream, lost_by_clock, whole_clock
from backline.sources.mapping import check_roles, mapping_table

if TYPE_CHECKING:
    from backline.model.measurement import Measured
    from backline.sources.registry import SourceOptions

_KEYS = ("file", "time", "time_unit", "pelvis", "lumbar", "forward", "rounding", "unit")
MOST_TURN_DEG = 270.0
"""No pelvis and no low back turns further within a lift, degrees: their ranges, from arched to
fully bent, are 230 and 180 (`backline.sources.plausibility.RANGES_DEG`)."""
_RAW = re.compile(r"[lr]1")
"""FlexTail's columns of raw readings, ``l1`` to ``l18`` and ``r1`` to ``r18``, are no angles."""


def read_strip(path: Path, options: SourceOptions) -> Measured:
    """Measure a lift from a strip along the spine.

    Parameters
    ----------
    path : Path
        A TOML with ``[strip]``: ``file``, ``time`` (a column; ``time_unit`` s, ms or us),
        ``pelvis`` (inclination of the sacrum), ``lumbar`` (a column, or a list to be summed),
        ``forward`` and ``rounding`` ("+" or "-": which way each grows), ``unit`` (deg or rad).
    options : SourceOptions
        The standing reference (another such TOML, or seconds), settings.

    Raises
    ------
    SourceError, NotMeasurableError
        As for sensors.
    UsageError
        If the TOML does not fit its file.
    """
    quiet = None
    if isinstance(options.standing, Path):
        with about_standing():
            quiet = open_strip(options.standing)
    return measure_session(path, open_strip(path), options, quiet)


def open_strip(path: Path) -> Session:
    """Read a strip as two sensors, on sacrum and T12, that turn in one plane; see `read_strip`."""
    table = mapping_table(path, "strip", 'file = "lift.csv"')
    check_roles(path, table, "line", _KEYS)
    lumbar = table.get("lumbar")
    parts: list[Any] = lumbar if isinstance(lumbar, list) else [lumbar]
    signs = {"+": 1.0, "-": -1.0}
    known = (
        isinstance(table.get("file"), str)
        and all(isinstance(c, str) for c in (table.get("time"), table.get("pelvis"), *parts))
        and table.get("time_unit", "s") in UNITS_S
        and table.get("unit", "deg") in ("deg", "rad")
        and {table.get("forward"), table.get("rounding")} <= set(signs)
    )
    if not known:
        raise UsageError(
            f"'{path}', table [strip]: file, time, pelvis and lumbar (a column, or several in "
            '[ ]), forward and rounding ("+" or "-") were expected, time_unit s, ms or us, unit '
            "deg or rad: correct it."
        )
    file = path.parent / table["file"]
    clock, values = _angles(file, table, parts)
    factor = 1.0 if table.get("unit", "deg") == "deg" else float(np.degrees(1.0))
    pelvis = factor * signs[table["forward"]] * values[:, 0]
    flexion = factor * signs[table["rounding"]] * values[:, 1:].sum(axis=1)
    _check_range(file, pelvis, flexion)
    trunk = pelvis + flexion
    streams = {
        place: Stream(f"{file}, {place}", clock, "euler", _pitched(turn), lost_by_clock(clock))
        for place, turn in (("sacrum", pelvis), ("t12", trunk))
    }
    return Session(streams, False)


def _angles(file: Path, table: dict[str, Any], parts: list[Any]) -> tuple[FloatArray, FloatArray]:
    """Return the times, seconds, and the columns of pelvis and lumbar parts."""
    wanted = [table["time"], table["pelvis"], *parts]
    if any(_RAW.fullmatch(name) for name in wanted):
        raise UsageError(
            f"'{file}': l1 to l18 and r1 to r18 are a FlexTail's raw readings and no angles: "
            "export the angles from FlexLab Studio, or with flexlib."
        )
    columns = read_columns(file, wanted)
    clock = columns[:, 0] * UNITS_S[table.get("time_unit", "s")]
    return whole_clock(str(file), clock, without_marks(columns[:, 1:]))


def _check_range(file: Path, pelvis: FloatArray, flexion: FloatArray) -> None:
    """Raise where the angles turn further than any body: their unit is another one.

    Raises
    ------
    UsageError
        With the range that was found.
    """
    for what, turn in (("pelvis", pelvis), ("lumbar", flexion)):
        known = turn[np.isfinite(turn)]
        reach = float(np.ptp(np.percentile(known, [5, 95]))) if len(known) else 0.0
        if reach > MOST_TURN_DEG:
            raise UsageError(
                f"'{file}': the columns named as {what} change by {reach:.0f} degrees, and at most "
                f"{MOST_TURN_DEG:.0f} were expected: check unit (deg or rad) in the .toml, and "
                "that the columns hold angles."
            )


def _pitched(turn_deg: FloatArray) -> FloatArray:
    """Return roll, pitch and yaw of something that turns in one plane."""
    nothing = np.zeros(len(turn_deg))
    return np.stack([nothing, turn_deg, nothing], axis=1)
