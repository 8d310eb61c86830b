"""Markers in other programs' tables: Motive CSV, Qualisys TSV, Visual3D text, Anipose CSV.

Layouts: Motive's "Data Export: CSV" page, Qualisys Track Manager's manual ("TSV export"),
Visual3D's wiki ("Export ASCII"), Anipose's documentation ("pose-3d").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from backline.errors import SourceError, UsageError
from backline.formats.missing_values import FloatArray, without_lost
from backline.formats.opensim import Markers, Unit
from backline.formats.text_table import (
    cells_of,
    is_number,
    numbers,
    read_text,
    unique_names,
)

_MOTIVE_UNITS: dict[str, tuple[Unit, float]] = {
    "meters": ("m", 1.0),
    "centimeters": ("m", 0.01),
    "millimeters": ("mm", 1.0),
}


def read_motive(path: Path, rate_hz: float | None = None) -> Markers:
    """Read the markers of Motive's CSV: labelled ones, and those of skeletons and rigid bodies.

    Raises
    ------
    SourceError
        If it cannot be read, or holds no marker.
    """
    lines = read_text(path, "Motive's CSV").splitlines()
    head = cells_of(lines[0], ",")
    said = dict(zip(head[::2], head[1::2], strict=False))
    unit, factor = _MOTIVE_UNITS.get(said.get("Length Units", "Meters").lower(), ("m", 1.0))
    first = next((i for i, line in enumerate(lines) if line.startswith("Frame,")), None)
    if first is None:
        raise SourceError(
            f"'{path}' has no line that begins with 'Frame,', as Motive's CSV has: export it again."
        )
    rows = {}
    for line in lines[1:first]:
        cells = cells_of(line, ",")
        if len(cells) > 2:
            rows[cells[1]] = cells
    kinds, names = rows.get("Type", []), rows.get("Name", [])
    # the row of what is measured has no name; a bone's or body's rotation is none of a marker's
    whats = rows.get("", [])
    axes = cells_of(lines[first], ",")
    found: dict[str, dict[str, int]] = {}
    for c in range(2, min(len(kinds), len(names), len(whats), len(axes))):
        if kinds[c].endswith("Marker") and whats[c] == "Position" and axes[c] in ("X", "Y", "Z"):
            found.setdefault(f"{names[c]}\n{kinds[c]}", {})[axes[c]] = c
    columns = {key.split("\n")[0]: at for key, at in found.items() if len(at) == 3}
    table = _rows(path, lines, first + 1, ",", len(axes))
    places = [[at[axis] for axis in "XYZ"] for at in columns.values()]
    return _markers(path, table[:, 1], list(columns), table, places, unit, factor)


def read_qualisys(path: Path, rate_hz: float | None = None) -> Markers:
    """Read Qualisys' TSV of 3D data, with or without columns of frame and time.

    Raises
    ------
    SourceError
        If it cannot be read, or names neither its rate nor its times.
    """
    lines = read_text(path, "Qualisys' TSV").splitlines()
    said: dict[str, list[str]] = {}
    first = len(lines)
    for i, line in enumerate(lines):
        cells = line.rstrip().split("\t")
        if is_number(cells[0], comma=True) and cells[0].strip():
            first = i
            break
        said.setdefault(cells[0].strip(), cells[1:])
    names = [name for name in said.get("MARKER_NAMES", []) if name.strip()]
    width = 3 * len(names)
    held = len(lines[first].rstrip("\n").split("\t")) if first < len(lines) else 0
    lead = 2 if held >= width + 2 else 0
    table = _rows(path, lines, first, "\t", width + lead)
    rate = _positive((said.get("FREQUENCY") or [""])[0]) or rate_hz
    if lead:
        time_s = table[:, 1]
    elif rate:
        time_s = np.arange(len(table)) / rate
    else:
        raise SourceError(
            f"'{path}' states no FREQUENCY and holds no column of times: export it with one."
        )
    places = [[lead + 3 * k + axis for axis in range(3)] for k in range(len(names))]
    return _markers(path, time_s, names, table, places, "mm", 1.0)


def read_visual3d(path: Path, rate_hz: float | None = None) -> Markers:
    """Read the TARGETs of Visual3D's text, metres; it holds no times.

    Raises
    ------
    SourceError
        If it cannot be read.
    UsageError
        If no frames a second are given.
    """
    lines = read_text(path, "Visual3D's text").splitlines()
    names, kinds, axes = (lines[i].split("\t") for i in (1, 2, 4))
    table = _rows(path, lines, 5, "\t", len(axes))
    found: dict[str, dict[str, int]] = {}
    for c in range(1, min(len(names), len(kinds), len(axes))):
        if kinds[c].strip() == "TARGET" and axes[c].strip().upper() in ("X", "Y", "Z"):
            found.setdefault(names[c].strip(), {}).setdefault(axes[c].strip().upper(), c)
    columns = {name: at for name, at in found.items() if len(at) == 3}
    places = [[at[axis] for axis in "XYZ"] for at in columns.values()]
    time_s = table[:, 0] * _times(path, 2, rate_hz)[1]  # the rows' numbers are time
    return _markers(path, time_s - time_s[:1], list(columns), table, places, "m", 1.0)


def read_anipose(path: Path, rate_hz: float | None = None) -> Markers:
    """Read Anipose's 3D points, in the unit of the calibration board, which it does not state.

    Raises
    ------
    SourceError
        If it cannot be read.
    UsageError
        If no frames a second are given.
    """
    lines = read_text(path, "Anipose's CSV").splitlines()
    head = cells_of(lines[0], ",")
    table = _rows(path, lines, 1, ",", len(head))
    whole = (c[:-2] for c in head if c.endswith("_x") and {c[:-2] + "_y", c[:-2] + "_z"} <= {*head})
    names = list(dict.fromkeys(whole))
    if "fnum" not in head:
        raise SourceError(f"'{path}' has no column fnum, as Anipose's CSV has: export it again.")
    places = [[head.index(f"{name}_{axis}") for axis in "xyz"] for name in names]
    number = table[:, head.index("fnum")]
    rate = _times(path, 2, rate_hz)[1]
    return _markers(path, number * rate, names, table, places, "", 1.0)


MARKER_TABLES: dict[str, Callable[[Path, float | None], Markers]] = {
    "motive-csv": read_motive,
    "qualisys-tsv": read_qualisys,
    "visual3d-text": read_visual3d,
    "anipose-csv": read_anipose,
}
"""What reads each table of markers other than C3D and TRC, given the frames a second where they are
known; by the id of its kind in `backline.sources.readers`, which says how each begins."""


def _rows(path: Path, lines: Sequence[str], first: int, mark: str, width: int) -> FloatArray:
    """Return the numbers from line index ``first`` on; what is left out at a line's end is NaN.

    A last line that was cut off is left out.
    """
    rows: list[FloatArray] = []
    for i, line in enumerate(lines[first:], start=first + 1):
        if not line.strip(" ,\t"):
            continue
        cells = cells_of(line, mark)
        cells = [*cells[:width], *[""] * (width - len(cells))]
        if i == len(lines) and len(rows) and not is_number(cells[0], comma=mark != ","):
            break
        rows.append(numbers(path, i, cells, mark))
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _markers(
    path: Path,
    time_s: FloatArray,
    names: list[str],
    table: FloatArray,
    places: list[list[int]],
    unit: Unit,
    factor: float,
) -> Markers:
    if not names or len(table) == 0:
        raise SourceError(
            f"'{path}' holds {len(names)} markers in {len(table)} frames; a recording of markers "
            "was expected: export the trajectories with it."
        )
    unique, repeated = unique_names(names)
    positions = np.stack([table[:, at] for at in places], axis=1)
    positions = without_lost(positions) * factor
    return Markers(np.asarray(time_s), unique, positions, unit, repeated=repeated)


def _times(path: Path, n: int, rate_hz: float | None) -> FloatArray:
    if rate_hz is None:
        raise UsageError(
            f"'{path}' holds no times, and the frames a second are needed: give them behind an @, "
            f"as in {path}@100."
        )
    return np.arange(n) / rate_hz


def _positive(text: str) -> float | None:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if value > 0 else None
