"""OpenSim's text formats: ``.mot`` and ``.sto`` tables, ``.trc`` marker tracks.

Numbers are written with as many digits as bring back the same double. Layouts: the "Storage
(.sto) Files", "Motion (.mot) Files" and "Marker (.trc) Files" pages of the OpenSim documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backline.errors import SourceError
from backline.formats.missing_values import without_lost, without_marks
from backline.formats.text_table import (
    cells_of,
    check_width,
    is_number,
    numbers,
    read_text,
    separator,
    unique_names,
    words_of,
)
from backline.storage.atomic_file import atomic_file

FloatArray = NDArray[np.float64]
Unit = Literal["m", "mm", "px", ""]

TRC_KEYS = (
    "DataRate",
    "CameraRate",
    "NumFrames",
    "NumMarkers",
    "Units",
    "OrigDataRate",
    "OrigDataStartFrame",
    "OrigNumFrames",
)
"""Second line of a ``.trc``; OpenSim insists on these words in this order."""

_METRE = ("m", "meter", "meters", "metre", "metres")
_MILLIMETRE = ("mm", "millimeter", "millimeters", "millimetre", "millimetres")
_UNITS: dict[str, Unit] = {
    **dict.fromkeys(_METRE, "m"),
    **dict.fromkeys(_MILLIMETRE, "mm"),
    **dict.fromkeys(("px", "pixel", "pixels"), "px"),
}
_CENTIMETRE = ("cm", "centimeter", "centimeters", "centimetre", "centimetres")
_INCH = ("in", "inch", "inches")
TO_METRES: dict[str, float] = {
    **dict.fromkeys(_CENTIMETRE, 0.01),
    **dict.fromkeys(_INCH, 0.0254),
    **dict.fromkeys(("dm", "decimeter", "decimeters", "decimetre", "decimetres"), 0.1),
    **dict.fromkeys(("ft", "foot", "feet"), 0.3048),
}
"""Units that positions are turned from into metres as they are read."""

_HEADER_FIELD = re.compile(r"^\s*(\w+)\s*[=\s]\s*(\S.*?)\s*$")


@dataclass(frozen=True, eq=False)
class Motion:
    """A ``.mot`` or ``.sto`` table.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    columns : tuple of str
        Names of the k columns, without the time.
    values : ndarray, shape (n, k)
        In degrees for rotations where ``in_degrees``; NaN where there is no value.
    name : str
        Name in the first line.
    in_degrees : bool
        False means radians.
    rows_stated : int
        Rows that the header of a file promises; more than there are in one that was cut off. 0
        where nothing is stated.
    repeated : dict of str to str
        Columns whose name the file gives more than once, to that name.
    """

    time_s: FloatArray
    columns: tuple[str, ...]
    values: FloatArray
    name: str = "Coordinates"
    in_degrees: bool = True
    rows_stated: int = 0
    repeated: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expected = (len(self.time_s), len(self.columns))
        if self.values.shape != expected:
            raise ValueError(f"values: expected shape {expected}, got {self.values.shape}")
        _check_names(self.columns)

    def column(self, name: str) -> FloatArray:
        """Return one column by its name, shape (n,); ``KeyError`` if there is none."""
        if name not in self.columns:
            raise KeyError(f"no column '{name}'; there are {', '.join(self.columns)}")
        return self.values[:, self.columns.index(name)]


@dataclass(frozen=True, eq=False)
class Markers:
    """A ``.trc`` file.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    names : tuple of str
        Names of the m markers.
    positions : ndarray, shape (n, m, 3)
        X, y, z in ``unit``; NaN where a marker is not seen.
    unit : {"m", "mm", "px", ""}
        OpenSim itself takes m and mm; ``""`` where a file of another kind states none.
    frames_stated : int
        Frames that the header of a file promises; more than there are in one that was cut off. 0
        where nothing is stated.
    repeated : dict of str to str
        Markers whose name the file gives more than once, to that name.
    """

    time_s: FloatArray
    names: tuple[str, ...]
    positions: FloatArray
    unit: Unit = "m"
    frames_stated: int = 0
    repeated: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expected = (len(self.time_s), len(self.names), 3)
        if self.positions.shape != expected:
            raise ValueError(f"positions: expected shape {expected}, got {self.positions.shape}")
        _check_names(self.names)

    @property
    def rate_hz(self) -> float:
        """Mean rate, samples a second; 0 for fewer than two."""
        if len(self.time_s) < 2:
            return 0.0
        return float((len(self.time_s) - 1) / (self.time_s[-1] - self.time_s[0]))


def write_mot(path: str | Path, motion: Motion) -> None:
    """Write a ``.mot`` (or ``.sto``) that OpenSim opens.

    Raises
    ------
    BacklineError
        If the file cannot be written.
    """
    head = [
        motion.name,
        "version=1",
        f"nRows={len(motion.time_s)}",
        f"nColumns={len(motion.columns) + 1}",
        f"inDegrees={'yes' if motion.in_degrees else 'no'}",
        "",
        "endheader",
        "\t".join(("time", *motion.columns)),
    ]
    rows = np.column_stack([motion.time_s, motion.values])
    _write_lines(path, head, (_numbers(row) for row in rows.tolist()))


def write_trc(path: str | Path, markers: Markers) -> None:
    """Write a ``.trc``; a marker that is not seen is written as ``nan``.

    Raises
    ------
    BacklineError
        If the file cannot be written.
    """
    n, m = len(markers.time_s), len(markers.names)
    rate = repr(markers.rate_hz)
    axes = "\t".join(f"{axis}{i}" for i in range(1, m + 1) for axis in "XYZ")
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{Path(path).name}",
        "\t".join(TRC_KEYS),
        "\t".join((rate, rate, str(n), str(m), markers.unit, rate, "1", str(n))),
        "Frame#\tTime\t" + "\t\t\t".join(markers.names) + "\t\t",
        f"\t\t{axes}",
        "",
    ]
    rows = np.column_stack([markers.time_s, markers.positions.reshape(n, 3 * m)]).tolist()
    _write_lines(path, head, (f"{i}\t{_numbers(row)}" for i, row in enumerate(rows, start=1)))


def read_mot(path: str | Path) -> Motion:
    """Read a ``.mot`` or ``.sto`` file, with the header of OpenSim or of SIMM.

    Columns may be parted by tabs, blanks, commas or semicolons. What marks a missing value (see
    `backline.formats.missing_values`) is NaN. Of a file that was cut off the whole rows are read.

    Raises
    ------
    SourceError
        If it cannot be read; the sentence names the line.
    """
    text = read_text(path, "an OpenSim text file")
    lines = text.splitlines()
    end = next((i for i, line in enumerate(lines) if _is_endheader(line)), None)
    if end is None:
        raise SourceError(
            f"'{path}' has no line 'endheader'; an OpenSim .mot or .sto file was expected: "
            "export it from OpenSim again."
        )
    found = (_HEADER_FIELD.match(line.rstrip(",; \t")) for line in lines[:end])
    stated = {match[1].lower(): match[2] for match in found if match}
    labels = next((i for i in range(end + 1, len(lines)) if lines[i].strip()), None)
    mark = None if labels is None else _wide(separator(lines[labels]))
    names = [] if labels is None else _column_names(lines, labels, mark)
    if labels is None or not names or names[0].lower() != "time":
        raise SourceError(
            f"'{path}', line {(labels or end) + 1}: a line of column names that begins with "
            "'time' was expected: export the file again."
        )
    columns, repeated = unique_names(names[1:])
    promised = _promised(stated.get("nrows") or stated.get("datarows"))
    ended = text.endswith("\n")
    lines = _without_cut_row(lines, labels + 1, ended, promised, len(names), mark)
    rows = _table(path, lines, labels + 1, len(names), mark, padded=False)
    values = without_marks(rows[:, 1:])
    name = lines[0].strip().removeprefix("name").strip(" ,;\t")
    degrees = stated.get("indegrees", "yes").lower() in ("yes", "y", "true", "1")
    return Motion(rows[:, 0], columns, values, name, degrees, promised, repeated)


def read_trc(path: str | Path) -> Markers:
    """Read a ``.trc`` file.

    Cells may be parted by tabs, blanks, commas or semicolons; cm, dm, in and ft are turned into m.
    A marker that was not seen (see `backline.formats.missing_values`) is NaN. Of a file that was
    cut off the whole rows are read. Where the header states another number of frames or markers
    than there are, what is there counts.

    Raises
    ------
    SourceError
        If it cannot be read; the sentence names the line.
    """
    text = read_text(path, "an OpenSim text file")
    lines = text.splitlines()
    if not lines or not lines[0].startswith("PathFileType"):
        raise SourceError(
            f"'{path}', line 1: 'PathFileType' was expected, as in every .trc file: "
            "export it as .trc again."
        )
    if len(lines) < 5:
        raise SourceError(
            f"'{path}' ends after line {len(lines)}, within its header; markers were expected "
            "below it: export it again."
        )
    stated = dict(zip(words_of(lines[1]), words_of(lines[2]), strict=False))
    mark = separator(lines[3])
    named = [cell for cell in cells_of(lines[3], mark)[2:] if cell]
    first = next((i for i in range(4, len(lines)) if _is_row(lines[i], mark)), len(lines))
    names, repeated = unique_names(_all_names(path, named, lines, first, mark))
    promised = _promised(stated.get("NumFrames"))
    width = 2 + 3 * len(names)
    lines = _without_cut_row(lines, first, text.endswith("\n"), promised, 0, mark)
    rows = _table(path, lines, first, width, mark, padded=mark is not None)
    positions = without_lost(rows[:, 2:].reshape(len(rows), len(names), 3))
    unit, factor = _unit(path, stated.get("Units", ""))
    return Markers(rows[:, 1], names, positions * factor, unit, promised, repeated)


def _column_names(lines: Sequence[str], at: int, mark: str | None) -> list[str]:
    """Return the names in line index ``at``; parted by tabs they may have blanks in them."""
    names = [cell for cell in cells_of(lines[at], mark) if cell]
    by_tab = [cell for cell in cells_of(lines[at], "\t") if cell]
    row = next((line for line in lines[at + 1 :] if line.strip()), "")
    return by_tab if mark is None and len(by_tab) == len(cells_of(row, None)) else names


def _is_endheader(line: str) -> bool:
    return line.strip(' ,;\t"').lower() == "endheader"


def _wide(mark: str | None) -> str | None:
    """Return the mark of a table in which several tabs or blanks in a row are one."""
    return None if mark == "\t" else mark


def _unit(path: str | Path, stated: str) -> tuple[Unit, float]:
    """Return the unit that positions come in, and what they are multiplied by to be in it."""
    word = stated.lower()
    if word in TO_METRES:
        return "m", TO_METRES[word]
    if word in _UNITS:
        return _UNITS[word], 1.0
    raise SourceError(
        f"'{path}', line 3: the unit is '{stated}', and m, cm, mm, in or px was expected: correct "
        "it there."
    )


def _is_row(line: str, mark: str | None) -> bool:
    """Recognise a row of a ``.trc``: it begins with the number of its frame."""
    cells = cells_of(line, mark)
    return bool(cells) and bool(cells[0]) and is_number(cells[0]) and len(cells) > 1


def _all_names(
    path: str | Path, named: list[str], lines: list[str], first: int, mark: str | None
) -> list[str]:
    """Return a name for each marker of the rows: those without one get an empty name."""
    if first >= len(lines):
        return named
    held = len(cells_of(lines[first].rstrip() if mark else lines[first], mark)) - 2
    if mark is None and len(named) * 3 != held:
        raise SourceError(
            f"'{path}', line 4: {len(named)} markers are named and line {first + 1} holds {held} "
            "numbers, and three for each marker were expected: a name has a blank in it, or a "
            "cell is empty; export it with tabs."
        )
    return named + [""] * max(held // 3 - len(named), 0)


def _write_lines(path: str | Path, head: Sequence[str], rows: Iterator[str]) -> None:
    with atomic_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in head)
        stream.writelines(f"{line}\n" for line in rows)


def _numbers(row: Sequence[float]) -> str:
    return "\t".join(map(repr, row))


def _check_names(names: Sequence[str]) -> None:
    bad = [name for name in names if not name or any(c.isspace() for c in name)]
    if bad:
        raise ValueError(f"names: expected words without blanks, got {bad[0]!r}")
    if len(set(names)) < len(names):
        raise ValueError("names: expected each name once")


def _table(
    path: str | Path,
    lines: Sequence[str],
    first: int,
    width: int,
    mark: str | None,
    *,
    padded: bool,
) -> FloatArray:
    """Return the numbers from line index ``first`` on, shape (n, width); empty cells are NaN.

    Marks at the end of a line are left out by some programs, doubled by others: rows that may be
    ``padded`` are brought to the width with empty cells.
    """
    rows: list[FloatArray] = []
    for line_number, line in enumerate(lines[first:], start=first + 1):
        if not line.strip(" ,;\t"):
            continue
        cells = cells_of(line, mark)
        if mark is not None:
            while len(cells) > width and not cells[-1]:
                cells.pop()
        if padded:
            cells += [""] * (width - len(cells))
        check_width(path, line_number, cells, width)
        rows.append(numbers(path, line_number, cells, mark))
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _promised(stated: str | None) -> int:
    """Return the number of rows that the header states, 0 where it states none."""
    return int(stated) if stated is not None and stated.isdecimal() else 0


def _without_cut_row(
    lines: list[str], first: int, ended: bool, promised: int, width: int, mark: str | None
) -> list[str]:
    """Return the lines without a last row that the end of the file cut through.

    Its last number may have lost digits, which nobody would see. A last row of all that are
    promised counts as cut through only where it has fewer than ``width`` values.
    """
    rows = [number for number in range(first, len(lines)) if lines[number].strip()]
    if ended or not rows:
        return lines
    incomplete = len(rows) < promised or len(cells_of(lines[rows[-1]], mark)) < width
    return lines[: rows[-1]] if incomplete else lines
