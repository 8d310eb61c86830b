"""Backup and restore: the whole record in one file, for either database."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    MetaData,
    Table,
    func,
    insert,
    select,
    text,
    update,
)

from backline.errors import BacklineError, UsageError
from backline.formats.whole_file import whole_file
from backline.library.database import (
    MARK_DIGITS,
    migrate,
    plain_errors,
    reading,
    revision,
    writing,
)
from backline.library.schema import TABLES, lift_set, lifter, measurement
from backline.library.store import Store

FORMAT = "backline.record/1"
_HEAD, _ROWS = "record.json", "tables/{}.jsonl"
_MARK = re.compile(f"^[0-9a-f]{{{MARK_DIGITS}}}-")
"""How the files of a database begin; see `backline.library.database.mark_of`."""


def backup(store: Store, file: Path) -> dict[str, int]:
    """Write the whole record, with its series and copied clips, into one zip file.

    Parameters
    ----------
    store : Store
        The record; others may go on using it.
    file : Path
        The backup; it appears whole or not at all.

    Returns
    -------
    dict of str to int
        How many rows of each table, and ``files``.

    Raises
    ------
    BacklineError
        If a file of the record is missing, or the backup cannot be written.
    """
    counts: dict[str, int] = {}
    with (
        whole_file(file) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
        reading(store.engine) as connection,
    ):
        names: set[str] = set()
        for table in TABLES:
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
            counts[table.name] = len(rows)
            names |= {r[k] for r in rows for k in ("series_file", "original_copy") if r.get(k)}
            lines = "".join(json.dumps(row, default=_plain) + "\n" for row in rows)
            archive.writestr(_ROWS.format(table.name), lines)
        for name in sorted(names):
            _add_file(archive, store.folder / name, name)
        counts["files"] = len(names)
        head = {"format": FORMAT, "schema": revision(connection), "counts": counts}
        archive.writestr(_HEAD, json.dumps(head))
    return counts


def restore(store: Store, file: Path) -> dict[str, int]:
    """Fill an empty record from a backup: all of it, or nothing.

    Returns
    -------
    dict of str to int
        As `backup` gave them.

    Raises
    ------
    UsageError
        If the file is no backup, or the record is not empty.
    BacklineError
        If a newer Backline made the backup, or it cannot be written.
    """
    made: list[Path] = []
    try:
        with (
            zipfile.ZipFile(file) as archive,
            plain_errors(store.engine),
            writing(store.engine) as connection,
        ):
            if connection.scalar(select(func.count()).select_from(lifter)):
                raise UsageError(
                    "the record is not empty, and nothing was restored: name an empty folder with "
                    "BACKLINE_DATA, and restore there."
                )
            head = json.loads(archive.read(_HEAD))
            if head.get("format") != FORMAT:
                raise KeyError(_HEAD)
            _fill(connection, archive, str(head["schema"]))
            _rename(connection, store.mark)
            made.extend(_unpack(archive, store))
            counts: dict[str, int] = head["counts"]
            return counts
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        _remove(made)
        raise UsageError(
            f"'{file}' cannot be read as a backup ({error}): expected a file that "
            "backline backup wrote; nothing was restored."
        ) from error
    except BaseException:
        _remove(made)
        raise


def _fill(connection: Connection, archive: zipfile.ZipFile, schema: str) -> None:
    """Insert all rows under the schema of the backup, then bring them to today's."""
    for table in reversed(TABLES):
        connection.execute(text(f"DROP TABLE IF EXISTS {table.name}"))
    connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    migrate(connection, schema)
    there = MetaData()
    there.reflect(connection)
    for name in (table.name for table in TABLES if table.name in there.tables):
        table = _with_types(there.tables[name])
        rows = [_row(table, line) for line in archive.read(_ROWS.format(name)).splitlines()]
        if rows:
            connection.execute(insert(table), rows)
            _count_on(connection, name)
    migrate(connection)


def _with_types(found: Table) -> Table:
    """Return today's table where it has the same columns: it knows JSON and dates."""
    today = next(table for table in TABLES if table.name == found.name)
    return today if set(today.c.keys()) == set(found.c.keys()) else found


def _row(table: Table, line: bytes) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(line)
    for column in table.c:
        value = row.get(column.name)
        if value is not None and isinstance(column.type, DateTime):
            row[column.name] = datetime.fromisoformat(value)
        elif value is not None and isinstance(column.type, Date):
            row[column.name] = date.fromisoformat(value)
    return row


def _count_on(connection: Connection, name: str) -> None:
    """Let PostgreSQL go on counting after the highest number."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), MAX(id)) FROM {name}")
        )


def _rename(connection: Connection, mark: str) -> None:
    """Let the rows name this database's own files; see `_own_name`."""
    for column in (measurement.c.series_file, lift_set.c.original_copy):
        there = select(column).where(column.is_not(None)).distinct()
        for name in connection.scalars(there).all():
            own = {column.name: _own_name(name, mark)}
            connection.execute(update(column.table).where(column == name).values(own))


def _own_name(name: str, mark: str) -> str:
    """Return a file's name with the mark of the database that it is restored into.

    The folder may be shared with the database of which this is the backup: under the same names
    either of them would delete the other's files with a lifter.
    """
    home, _, leaf = name.partition("/")
    return f"{home}/{mark}-{_MARK.sub('', leaf)}"


def _unpack(archive: zipfile.ZipFile, store: Store) -> Iterator[Path]:
    """Put series and clips in their places; only plain names in the record's two folders.

    Yields
    ------
    Path
        Each file that was not there before.
    """
    for name in archive.namelist():
        home, _, leaf = name.partition("/")
        if home not in ("series", "originals") or not leaf or "/" in leaf or leaf.startswith("."):
            continue
        target = store.folder / _own_name(name, store.mark)
        there = target.exists()
        with whole_file(target) as part:
            part.write_bytes(archive.read(name))
        if not there:
            yield target


def _add_file(archive: zipfile.ZipFile, file: Path, name: str) -> None:
    try:
        archive.write(file, name)
    except OSError as error:
        raise BacklineError(
            f"'{file}' of the record cannot be read ({error.strerror}); no backup was written: "
            "put it back, or delete its lifter."
        ) from error


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no plain form")
