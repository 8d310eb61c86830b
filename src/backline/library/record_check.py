"""Checks a record without changing it: database, files that rows name, orphaned files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from backline.library.backup_check import PARQUET_MARK
from backline.library.database import engine_of, mark_of, reading_only
from backline.library.orphans import unnamed_files
from backline.library.schema import TABLES, lift_set, lifter, measurement
from backline.library.store import DATABASE_NAME
from backline.storage.atomic_file import file_sha256
from backline.user_dirs import DATABASE_VARIABLE, data_folder

MOST_NAMED = 20
"""Most faults of one kind that are listed."""


@dataclass(frozen=True)
class RecordCheck:
    """Result of the check.

    Parameters
    ----------
    place : str
        The database.
    counts : dict of str to int
        Rows by table; empty where they cannot be counted.
    files : int
        Files that rows name and that are complete.
    damage : tuple of str
        Faults of the database itself; empty where there are none.
    lost : tuple of str
        Files that rows name and that are missing or damaged, with the reason.
    orphans : tuple of str
        Files that no row names: left by killed saves; no data are missing.
    """

    place: str
    counts: dict[str, int]
    files: int
    damage: tuple[str, ...]
    lost: tuple[str, ...]
    orphans: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing or damaged."""
        return not (self.damage or self.lost)


def check_record(url: str | None = None, folder: Path | None = None) -> RecordCheck:
    """Check a record; nothing is written, not even a newer schema.

    Parameters
    ----------
    url, folder
        As of :class:`backline.library.Store`.
    """
    home = folder or data_folder()
    named = url or (None if folder else os.environ.get(DATABASE_VARIABLE))
    usual = engine_of(named or f"sqlite:///{home / DATABASE_NAME}")
    place = str(usual.url.database if usual.dialect.name == "sqlite" else usual.url.host)
    engine = reading_only(usual)
    try:
        damage = _damage_of_database(engine)
        counts = _counts(engine)
        named_files = _named(engine)
    except (SQLAlchemyError, OSError) as error:
        what = " ".join(str(getattr(error, "orig", None) or error).split())[:200]
        return RecordCheck(place, {}, 0, (what,), (), ())
    finally:
        engine.dispose()
    lost = {name: why for name in named_files if (why := damage_of(home / name))}
    return RecordCheck(
        place, counts, len(named_files) - len(lost), damage,
        tuple(f"{name}: {why}" for name, why in sorted(lost.items())),
        tuple(name for name, _ in unnamed_files(home, mark_of(usual), named_files)),
    )  # fmt: skip


def damage_of(file: Path) -> str:
    """Return the damage of a file of the record, "" where there is none.

    A series must begin and end as Parquet does, and a copied clip must match the hash in its name.
    """
    try:
        size = file.stat().st_size
        if size == 0:
            return "it is empty"
        if file.suffix == ".parquet":
            with file.open("rb") as stream:
                first = stream.read(len(PARQUET_MARK))
                stream.seek(max(0, size - len(PARQUET_MARK)))
                last = stream.read()
            return "" if first == last == PARQUET_MARK else "it is damaged or cut off"
        if file.parent.name == "originals":
            content = file.stem.rpartition("-")[2]
            return "" if file_sha256(file) == content else "its content has changed"
    except FileNotFoundError:
        return "it is missing"
    except OSError as error:
        return str(error.strerror or error)
    return ""


def _damage_of_database(engine: Engine) -> tuple[str, ...]:
    if engine.dialect.name != "sqlite":
        return ()  # PostgreSQL checks its own pages
    with engine.connect() as connection:
        found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
        if found != ["ok"]:
            return tuple(found[:MOST_NAMED])
        loose = connection.execute(text("PRAGMA foreign_key_check")).all()
    return tuple(f"a row of {row[0]} belongs to no row of {row[2]}" for row in loose[:MOST_NAMED])


def _counts(engine: Engine) -> dict[str, int]:
    there = set(inspect(engine).get_table_names())
    if lifter.name not in there:
        return {}
    with engine.connect() as connection:
        return {
            table.name: int(connection.scalar(select(func.count()).select_from(table)) or 0)
            for table in TABLES
            if table.name in there
        }


def _named(engine: Engine) -> set[str]:
    """Return the files that rows name."""
    if lifter.name not in inspect(engine).get_table_names():
        return set()
    with engine.connect() as connection:
        series = connection.scalars(select(measurement.c.series_file))
        copies = connection.scalars(select(lift_set.c.original_copy).distinct())
        return {str(name) for found in (list(series), list(copies)) for name in found if name}
