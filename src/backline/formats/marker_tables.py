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
    separator,
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
    mark = separator(lines[0]) or ","
    head = cells_of(lines[0], mark)
    said = dict(zip(head[::2], head[1::2], strict=False))
    unit, factor = _MOTIVE_UNITS.get(said.get("Length Units", "Meters").lower(), ("m", 1.0))
    first = next((i for i, line in enumerate(lines) if line.startswith(f"Frame{mark}")), None)
    if first is None:
        raise SourceError(
            f"'{path}' has no line that begins with 'Frame', as Motive's CSV has: export it again."
        )
    rows = {}
    for line in lines[1:first]:
        cells = cells_of(line, mark)
        if len(cells) > 2:
            rows[cells[1]] = cells
    kinds, names = rows.get("Type", []), rows.get("Name", [])
    # the row of what is measured has no name; a bone's or body's rotation is none of a marker's
    whats = rows.get("", [])
    axes = cells_of(lines[first], mark)
    columns = _triples(
        [
            (c, names[c], kinds[c], axes[c])
            for c in range(2, min(len(kinds), len(names), len(whats), len(axes)))
            if kinds[c].endswith("Marker") and whats[c] == "Position"
        ],
        "Marker",  # what was measured, not where a rigid body's model has it
    )
    table = _rows(path, lines, first + 1, mark, len(axes))
    stated = said.get("Total Exported Frames", "")
    return _markers(path, table[:, 1], columns, table, unit, factor, stated)


def read_qualisys(path: Path, rate_hz: float | None = None) -> Markers:
    """Read Qualisys' TSV of 3D data, with or without columns of frame and time.

    Raises
    ------
    SourceError
        If it cannot be read, or names neither its rate nor its times.
    """
    lines = read_text(path, "Qualisys' TSV").splitlines()
    mark = separator(lines[0]) or "\t"
    said: dict[str, list[str]] = {}
    first = len(lines)
    for i, line in enumerate(lines):
        cells = line.rstrip().split(mark)
        if is_number(cells[0], comma=True) and cells[0].strip():
            first = i
            break
        said.setdefault(cells[0].strip(), cells[1:])
    names = [name for name in said.get("MARKER_NAMES", []) if name.strip()]
    width = 3 * len(names)
    held = len(lines[first].split(mark)) if first < len(lines) else 0
    lead = 2 if held >= width + 2 else 0
    table = _rows(path, lines, first, mark, width + lead)
    rate = _positive((said.get("FREQUENCY") or [""])[0]) or rate_hz
    if lead:
        time_s = table[:, 1]
    elif rate:
        time_s = np.arange(len(table)) / rate
    else:
        raise SourceError(
            f"'{path}' states no FREQUENCY and holds no column of times: export it with one."
        )
    columns = [(name, [lead + 3 * k + axis for axis in range(3)]) for k, name in enumerate(names)]
    stated = (said.get("NO_OF_FRAMES") or [""])[0]
    return _markers(path, time_s, columns, table, "mm", 1.0, stated)


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
    mark = separator(lines[4]) or "\t"
    names, kinds, folders, axes = (cells_of(lines[i], mark) for i in (1, 2, 3, 4))
    table = _rows(path, lines, 5, mark, len(axes))
    columns = _triples(
        [
            (c, names[c], folders[c], axes[c].upper())
            for c in range(1, min(len(names), len(kinds), len(folders), len(axes)))
            if kinds[c] == "TARGET"
        ],
        "ORIGINAL",  # what was measured, where a filtered one stands beside it
    )
    time_s = table[:, 0] * _times(path, 2, rate_hz)[1]  # the rows' numbers are time
    return _markers(path, time_s - time_s[:1], columns, table, "m", 1.0)


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
    mark = separator(lines[0]) or ","
    head = cells_of(lines[0], mark)
    table = _rows(path, lines, 1, mark, len(head))
    if "fnum" not in head:
        raise SourceError(f"'{path}' has no column fnum, as Anipose's CSV has: export it again.")
    split = [(c, *name.rpartition("_")[::2]) for c, name in enumerate(head)]
    columns = _triples([(c, name, "", axis.upper()) for c, name, axis in split], "")
    number = table[:, head.index("fnum")]
    rate = _times(path, 2, rate_hz)[1]
    return _markers(path, number * rate, columns, table, "", 1.0)


MARKER_TABLES: dict[str, Callable[[Path, float | None], Markers]] = {
    "motive-csv": read_motive,
    "qualisys-tsv": read_qualisys,
    "visual3d-text": read_visual3d,
    "anipose-csv": read_anipose,
}
"""What reads each table of markers other than C3D and TRC, given the frames a second where they are
known; by the id of its kind in `backline.sources.readers`, which says how each begins."""


def _triples(
    cells: Sequence[tuple[int, str, str, str]], preferred: str
) -> list[tuple[str, list[int]]]:
    """Return the name of each marker and its columns of x, y and z.

    Parameters
    ----------
    cells : sequence of (column, name, group, axis)
        In the order of the file. Of a name's groups one is taken; where a group holds a name
        twice, both are returned.
    preferred : str
        The group that is taken where a name has several; else the first.
    """
    held: dict[str, dict[str, list[dict[str, int]]]] = {}
    for c, name, group, axis in cells:
        if axis not in ("X", "Y", "Z"):
            continue
        places = held.setdefault(name, {}).setdefault(group, [])
        if not places or axis in places[-1]:
            places.append({})
        places[-1][axis] = c
    found = []
    for name, groups in held.items():
        whole = {g: [at for at in places if len(at) == 3] for g, places in groups.items()}
        taken = whole.get(preferred) or next((places for places in whole.values() if places), [])
        found += [(name, [at[axis] for axis in "XYZ"]) for at in taken]
    return found


def _rows(path: Path, lines: Sequence[str], first: int, mark: str, width: int) -> FloatArray:
    """Return the numbers from line index ``first`` on; what is left out at a line's end is NaN.

    A last line that was cut off is left out.
    """
    rows: list[FloatArray] = []
    for i, line in enumerate(lines[first:], start=first + 1):
        if not line.strip(" ,;\t"):
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
    columns: list[tuple[str, list[int]]],
    table: FloatArray,
    unit: Unit,
    factor: float,
    frames_stated: str = "",
) -> Markers:
    if not columns or len(table) == 0:
        raise SourceError(
            f"'{path}' holds {len(columns)} markers in {len(table)} frames; a recording of markers "
            "was expected: export the trajectories with it."
        )
    unique, repeated = unique_names([name for name, _ in columns])
    positions = np.stack([table[:, at] for _, at in columns], axis=1)
    positions = without_lost(positions) * factor
    stated = int(frames_stated) if frames_stated.strip().isdecimal() else 0
    return Markers(np.asarray(time_s), unique, positions, unit, stated, repeated)


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
