"""Which file is which sensor: a folder, an OpenSense STO, or a TOML that lists them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backline.errors import NotMeasurableError, UsageError
from backline.sources.imu.files import read_opensense, read_sensor
from backline.sources.imu.stream import Stream
from backline.sources.mapping import check_roles, mapping_table, optional_table

PLACES = {
    "sacrum": r"sacrum|sacral|pelvis|(?<![a-z0-9])s[12](?![0-9])",
    "t12": r"(?<![a-z0-9])t12(?![0-9])|torso|thorax|trunk",
    "thigh": r"thigh|femur",
}
"""Where a sensor sits, and the words in a file's name that tell it."""


@dataclass(frozen=True, eq=False)
class Session:
    """Sensors of one lift.

    Parameters
    ----------
    streams : dict of str to Stream
        By place; sacrum and t12 are there.
    align : bool
        Whether the user says that the clocks were not synchronised.
    """

    streams: dict[str, Stream]
    align: bool


def open_session(path: Path, mapping: Path | None) -> Session:
    """Read all sensors of a lift.

    Parameters
    ----------
    path : Path
        A folder of one file a sensor with telling names, an OpenSense STO, or a TOML.
    mapping : Path or None
        A TOML for the folder.

    Raises
    ------
    UsageError
        If the TOML is wrong.
    NotMeasurableError
        If the sensor on sacrum or T12 is missing.
    """
    if mapping is not None:
        return _listed(path, path if path.is_dir() else path.parent, mapping)
    if path.is_dir():
        found = {}
        for file in sorted((*path.glob("*.csv"), *path.glob("*.txt"))):
            place = place_of(file.stem)
            if place and place not in found:
                found[place] = read_sensor(file)
        return _complete(path, Session(found, False))
    if path.suffix.lower() == ".toml":
        return _listed(path, path.parent, path)
    if path.suffix.lower() != ".sto":
        raise UsageError(
            f"'{path}' is the file of one sensor, and one on the sacrum and one on T12 are needed: "
            "put both into a folder, their names saying where they sat, and give the folder."
        )
    streams = {place_of(name): stream for name, stream in read_opensense(path).items()}
    return _complete(path, Session({p: s for p, s in streams.items() if p}, False))


def place_of(name: str) -> str:
    """Return where a sensor sits by a file's or column's name, ``""`` where it does not tell."""
    word = name.lower()
    return next((place for place, pattern in PLACES.items() if re.search(pattern, word)), "")


def _listed(path: Path, base: Path, toml: Path) -> Session:
    table = mapping_table(toml, "sensors", 'sacrum = "S2.csv"')
    shared = optional_table(toml, "columns", 'time = "t"')
    align = bool(table.pop("align", False))
    check_roles(toml, table, "place", (*PLACES, "align"))
    streams = {}
    for place, entry in table.items():
        columns: dict[str, Any] = {**shared, **entry} if isinstance(entry, dict) else dict(shared)
        file = columns.pop("file", None) if isinstance(entry, dict) else entry
        if not isinstance(file, str):
            raise UsageError(f"'{toml}' names no file for '{place}': write file = \"S2.csv\".")
        streams[place] = read_sensor(base / file, columns)
    return _complete(path, Session(streams, align))


def _complete(path: Path, session: Session) -> Session:
    lacking = [place for place in ("sacrum", "t12") if place not in session.streams]
    if lacking:
        raise NotMeasurableError(
            f"'{path}' holds no sensor for {' and '.join(lacking)} (found: "
            f"{', '.join(session.streams) or 'none'}); one on the sacrum and one on T12 are "
            "needed: put these words into the files' names, or write a .toml with [sensors]."
        )
    return session
