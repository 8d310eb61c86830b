"""Assigns files to sensors: a folder, an OpenSense STO, or a TOML that lists them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backline.errors import NotMeasurableError, UsageError
from backline.sources.imu.files import read_opensense, read_sensor
from backline.sources.imu.phone import is_phone_folder, is_phone_table, read_phone
from backline.sources.imu.stream import Stream
from backline.sources.imu.world import World, given_world
from backline.sources.mapping import check_roles, mapping_table, optional_table

PLACES = {
    "sacrum": r"sacrum|sacral|pelvis|(?<![a-z0-9])s[12](?![0-9])",
    "t12": r"(?<![a-z0-9])t12(?![0-9])|torso|thorax|trunk",
    "thigh": r"thigh|femur",
}
"""Where a sensor sits, and the words in a file's name that say so."""


@dataclass(frozen=True, eq=False)
class Session:
    """Sensors of one lift.

    Parameters
    ----------
    streams : dict of str to Stream
        By place; sacrum and t12 are there.
    align : bool
        Whether the user says that the clocks were not synchronised.
    world : World or None
        How the user says that orientations are to be read.
    ordered : bool
        Whether it is known that quaternions are w, x, y, z, so that only up is unknown.
    """

    streams: dict[str, Stream]
    align: bool
    world: World | None = None
    ordered: bool = False


def open_session(path: Path, mapping: Path | None) -> Session:
    """Read all sensors of a lift.

    Parameters
    ----------
    path : Path
        A folder of one file a sensor, named for where it is worn, an OpenSense STO, or a TOML.
    mapping : Path or None
        A TOML for the folder.

    Raises
    ------
    UsageError
        If the TOML is wrong.
    NotMeasurableError
        If the sensor on sacrum or T12 is missing.
    """
    if mapping is not None and path.suffix.lower() != ".sto":
        return _listed(path, path if path.is_dir() else path.parent, mapping)
    if path.is_dir():
        inside = (
            *path.glob("*.csv"),
            *path.glob("*.txt"),
            *filter(is_phone_folder, path.iterdir()),
        )
        files = {file.name: file for file in sorted(inside)}
        placed = _placed(path, {name: place_of(file.stem) for name, file in files.items()})
        return _complete(path, Session({p: read_any(files[n]) for p, n in placed.items()}, False))
    if path.suffix.lower() == ".toml":
        return _listed(path, path.parent, path)
    if path.suffix.lower() != ".sto":
        raise UsageError(
            f"'{path}' is the file of one sensor, and one on the sacrum and one on T12 are needed: "
            "put both into a folder, with the place in each name (sacrum, t12), and give "
            "the folder."
        )
    world = None
    if mapping is not None:
        table = mapping_table(mapping, "orientation", 'up = "y"')
        world = given_world(table, mapping)
    streams = read_opensense(path)
    placed = _placed(path, {name: place_of(name) for name in streams})
    return _complete(path, Session({p: streams[n] for p, n in placed.items()}, False, world))


def _placed(path: Path, names: dict[str, str]) -> dict[str, str]:
    """Return place to name; of two thighs the first one.

    Raises
    ------
    NotMeasurableError
        If two are of one place on the back.
    """
    placed: dict[str, str] = {}
    for name, place in names.items():
        if place in ("sacrum", "t12") and place in placed:
            raise NotMeasurableError(
                f"'{path}' holds two sensors for {place}, '{placed[place]}' and '{name}', and one "
                "was expected: rename the other, or list the right ones in a .toml."
            )
        if place:
            placed.setdefault(place, name)
    return placed


def read_any(path: Path) -> Stream:
    """Read one sensor's file or folder: a phone's log, or Xsens'."""
    if path.is_dir():
        return read_phone(path)
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        first = stream.readline()
    return read_phone(path) if is_phone_table(first) else read_sensor(path)


def place_of(name: str) -> str:
    """Return where a sensor sits by a file's or column's name, ``""`` where it does not say."""
    word = name.lower()
    return next((place for place, pattern in PLACES.items() if re.search(pattern, word)), "")


def _listed(path: Path, base: Path, toml: Path) -> Session:
    table = mapping_table(toml, "sensors", 'sacrum = "S2.csv"')
    shared = optional_table(toml, "columns", 'time = "t"')
    world = given_world(optional_table(toml, "orientation", 'up = "y"'), toml)
    align = bool(table.pop("align", False))
    check_roles(toml, table, "place", (*PLACES, "align"))
    streams = {}
    for place, entry in table.items():
        columns: dict[str, Any] = {**shared, **entry} if isinstance(entry, dict) else dict(shared)
        file = columns.pop("file", None) if isinstance(entry, dict) else entry
        if not isinstance(file, str):
            raise UsageError(f"'{toml}' names no file for '{place}': write file = \"S2.csv\".")
        streams[place] = read_sensor(base / file, columns) if columns else read_any(base / file)
    return _complete(path, Session(streams, align, world))


def _complete(path: Path, session: Session) -> Session:
    lacking = [place for place in ("sacrum", "t12") if place not in session.streams]
    if lacking:
        raise NotMeasurableError(
            f"'{path}' holds no sensor for {' and '.join(lacking)} (found: "
            f"{', '.join(session.streams) or 'none'}); one on the sacrum and one on T12 are "
            "needed: put these words into the files' names, or write a .toml with [sensors]."
        )
    return session
