"""OpenSim's text formats: ``.mot`` and ``.sto`` tables, ``.trc`` marker tracks.

Numbers are written with as many digits as bring back the same double. Layouts: the "Storage
(.sto) Files", "Motion (.mot) Files" and "Marker (.trc) Files" pages of the OpenSim documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backline.errors import SourceError
from backline.formats.whole_file import whole_file

FloatArray = NDArray[np.float64]
Unit = Literal["m", "mm", "px"]

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

_UNITS: dict[str, Unit] = {
    "m": "m",
    "meter": "m",
    "meters": "m",
    "metre": "m",
    "metres": "m",
    "mm": "mm",
    "millimeters": "mm",
    "millimetres": "mm",
    "px": "px",
    "pixels": "px",
}

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
    """

    time_s: FloatArray
    columns: tuple[str, ...]
    values: FloatArray
    name: str = "Coordinates"
    in_degrees: bool = True
    rows_stated: int = 0

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
    unit : {"m", "mm", "px"}
        OpenSim itself takes m and mm.
    frames_stated : int
        Frames that the header of a file promises; more than there are in one that was cut off. 0
        where nothing is stated.
    """

    time_s: FloatArray
    names: tuple[str, ...]
    positions: FloatArray
    unit: Unit = "m"
    frames_stated: int = 0

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

    Of a file that was cut off the whole rows are read.

    Raises
    ------
    SourceError
        If it cannot be read; the sentence names the line.
    """
    lines, ended = _read_lines(path)
    end = next((i for i, line in enumerate(lines) if line.strip().lower() == "endheader"), None)
    if end is None:
        raise SourceError(
            f"'{path}' has no line 'endheader'; an OpenSim .mot or .sto file was expected: "
            "export it from OpenSim again."
        )
    found = (_HEADER_FIELD.match(line) for line in lines[:end])
    stated = {field[1].lower(): field[2] for field in found if field}
    labels = next((i for i in range(end + 1, len(lines)) if lines[i].strip()), None)
    if labels is None or lines[labels].split()[0].lower() != "time":
        raise SourceError(
            f"'{path}', line {(labels or end) + 1}: a line of column names that begins with "
            "'time' was expected: export the file again."
        )
    names = tuple(lines[labels].split()[1:])
    promised = _promised(path, "rows", stated.get("nrows") or stated.get("datarows"))
    lines = _without_cut_row(lines, labels + 1, ended, promised, len(names) + 1)
    rows = _table(path, lines, labels + 1, len(names) + 1, split=None)
    _check_rows(path, "rows", promised, len(rows))
    columns = stated.get("ncolumns") or stated.get("datacolumns")
    _check_count(path, "columns", columns, len(names) + 1)
    name = lines[0].strip()
    degrees = stated.get("indegrees", "yes").lower() in ("yes", "y", "true", "1")
    name = name.removeprefix("name").strip()
    return Motion(rows[:, 0], names, rows[:, 1:], name, degrees, promised)


def read_trc(path: str | Path) -> Markers:
    """Read a ``.trc`` file; empty cells and ``nan`` are markers not seen.

    Of a file that was cut off the whole rows are read.

    Raises
    ------
    SourceError
        If it cannot be read; the sentence names the line.
    """
    lines, ended = _read_lines(path)
    if lines and lines[0].startswith("PathFileType") and len(lines) < 5:
        raise SourceError(
            f"'{path}' ends after line {len(lines)}, within its header; markers were expected "
            "below it: export it again."
        )
    if not lines or not lines[0].startswith("PathFileType"):
        raise SourceError(
            f"'{path}', line 1: 'PathFileType' was expected, as in every .trc file: "
            "export it as .trc again."
        )
    stated = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    unit = _UNITS.get(stated.get("Units", "").lower())
    if unit is None:
        raise SourceError(
            f"'{path}', line 3: the unit is '{stated.get('Units', '')}', and m, mm or px was "
            "expected: correct it there."
        )
    names = tuple(cell.strip() for cell in lines[3].split("\t")[2:] if cell.strip())
    _check_count(path, "markers", stated.get("NumMarkers"), len(names))
    promised = _promised(path, "frames", stated.get("NumFrames"))
    lines = _without_cut_row(lines, 5, ended, promised)
    rows = _table(path, lines, 5, 2 + 3 * len(names), split="\t")
    _check_rows(path, "frames", promised, len(rows))
    positions = rows[:, 2:].reshape(len(rows), len(names), 3)
    return Markers(rows[:, 1], names, positions, unit, promised)


def _write_lines(path: str | Path, head: Sequence[str], rows: Iterator[str]) -> None:
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
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


def _read_lines(path: str | Path) -> tuple[list[str], bool]:
    """Return the lines, and whether the last one has its end."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        return text.splitlines(), text.endswith("\n")
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be read ({error.strerror}): check its name and your rights to it."
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"'{path}' is not a text file; an OpenSim text file was expected: export it again."
        ) from error


def _table(
    path: str | Path, lines: Sequence[str], first: int, width: int, split: str | None
) -> FloatArray:
    """Return the numbers from line index ``first`` on, shape (n, width); empty cells are NaN."""
    rows: list[list[float]] = []
    for number, line in enumerate(lines[first:], start=first + 1):
        if not line.strip():
            continue
        cells = line.split(split)
        if split is not None:
            # Tabs at the end of a line are left out by some programs, doubled by others.
            cells = cells[: len(line.rstrip().split(split))]
            cells += [""] * (width - len(cells))
        if len(cells) != width:
            raise SourceError(
                f"'{path}', line {number}: {len(cells)} values were found and {width} were "
                "expected: the file is cut off or damaged; export it again."
            )
        rows.append([_number(path, number, cell) for cell in cells])
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _number(path: str | Path, line: int, cell: str) -> float:
    try:
        return float(cell) if cell.strip() else float("nan")
    except ValueError as error:
        raise SourceError(
            f"'{path}', line {line}: '{cell.strip()}' was found where a number was expected: "
            "correct it there, or export the file again."
        ) from error


def _promised(path: str | Path, what: str, stated: str | None) -> int:
    """Return the number of rows that the header states, 0 where it states none."""
    if stated is not None and not stated.isdigit():
        raise SourceError(
            f"'{path}' states '{stated}' {what}, and a number was expected: it was changed by "
            "hand; export it again."
        )
    return int(stated or 0)


def _without_cut_row(
    lines: list[str], first: int, ended: bool, promised: int, width: int = 0
) -> list[str]:
    """Return the lines without a last row that the end of the file cut through.

    Its last number may have lost digits, which nobody would see. A last row of all that are
    promised counts as cut through only where it has fewer than ``width`` values.
    """
    rows = [number for number in range(first, len(lines)) if lines[number].strip()]
    if ended or not rows:
        return lines
    cut = len(rows) < promised or len(lines[rows[-1]].split()) < width
    return lines[: rows[-1]] if cut else lines


def _check_rows(path: str | Path, what: str, promised: int, found: int) -> None:
    """Raise where there are more rows than stated; fewer are a file that was cut off."""
    if promised and found > promised:
        _check_count(path, what, str(promised), found)


def _check_count(path: str | Path, what: str, stated: str | None, found: int) -> None:
    if stated is None:
        return
    if not stated.isdigit() or int(stated) != found:
        raise SourceError(
            f"'{path}' states {stated} {what}, and {found} were found: it is cut off or was "
            "changed by hand; export it again."
        )
