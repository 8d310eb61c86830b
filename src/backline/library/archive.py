"""Backup and restore of the record as one file, for SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
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
from backline.formats.zip_errors import SPOILT
from backline.library.backup_check import (
    FORMAT,
    HEAD,
    NAMES_A_FILE,
    ROWS,
    Contents,
    check_backup,
    copied,
    head_of,
    is_regular,
    rows_of,
)
from backline.library.database import (
    MARK_DIGITS,
    check_schema,
    migrate,
    plain_errors,
    reading,
    revision,
    writing,
)
from backline.library.record_check import damage_of
from backline.library.schema import TABLES, lift_set, lifter, measurement
from backline.library.store import Store
from backline.storage.atomic_file import atomic_file

ROWS_AT_ONCE = 500
"""Rows that are held in memory."""
MEGABYTE = 1e6  # bytes
_MARK = re.compile(f"^[0-9a-f]{{{MARK_DIGITS}}}-")
"""Pattern of the names of a database's files; see `backline.library.database.mark_of`."""


def backup(store: Store, file: Path) -> dict[str, int]:
    """Write the whole record, with its series and copied clips, into one zip file.

    Parameters
    ----------
    store : Store
        The record; others may go on using it.
    file : Path
        The backup, written atomically.

    Returns
    -------
    dict of str to int
        How many rows of each table, and ``files``.

    Raises
    ------
    UsageError
        If the record is empty: its backup would replace an earlier one.
    BacklineError
        If a file of the record is missing, or the backup cannot be written.
    """
    counts: dict[str, int] = {}
    members: dict[str, tuple[int, str]] = {}
    with (
        atomic_file(file) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
        reading(store.engine) as connection,
    ):
        names: set[str] = set()
        for table in TABLES:
            member = ROWS.format(table.name)
            counts[table.name], members[member] = _add_rows(archive, connection, table, names)
        if not counts[lifter.name]:
            raise UsageError(
                f"the record in '{store.folder}' holds nobody, and no backup was written: name the "
                "folder of the record with BACKLINE_DATA."
            )
        for name in sorted(names):
            members[name] = _add_file(archive, store.folder / name, name)
        counts["files"] = len(names)
        head = {"format": FORMAT, "schema": revision(connection), "counts": counts}
        archive.writestr(HEAD, json.dumps({**head, "members": members}))
    return counts


def _add_rows(
    archive: zipfile.ZipFile, connection: Connection, table: Table, names: set[str]
) -> tuple[int, tuple[int, str]]:
    """Write a table's rows; return count, length and hash, and add their files to ``names``."""
    digest, size, count = hashlib.sha256(), 0, 0
    rows = connection.execute(select(table).execution_options(yield_per=ROWS_AT_ONCE)).mappings()
    with archive.open(ROWS.format(table.name), "w", force_zip64=True) as stream:
        for row in rows:
            names |= {row[key] for key in NAMES_A_FILE.values() if row.get(key)}
            line = (json.dumps(dict(row), default=_plain) + "\n").encode()
            digest.update(line)
            stream.write(line)
            size, count = size + len(line), count + 1
    return count, (size, digest.hexdigest())


def restore(store: Store, file: Path) -> dict[str, int]:
    """Fill an empty record from a backup, completely or not at all.

    Returns
    -------
    dict of str to int
        As `backup` gave them.

    Raises
    ------
    UsageError
        If the file is no backup, or not all of one, or the record is not empty.
    BacklineError
        If a newer Backline made the backup, or there is no room for it.
    """
    made: list[Path] = []
    try:
        if not is_regular(file):
            raise ValueError("it is no regular file")
        with zipfile.ZipFile(file) as archive:
            with reading(store.engine) as connection:
                _check_empty(connection)
            check_schema(str(head_of(archive)["schema"]))
            held = check_backup(archive)
            _check_disk_space(store, held)
            with plain_errors(store.engine), writing(store.engine) as connection:
                _check_empty(connection)
                _fill(connection, archive, held.schema)
                _rename(connection, store.mark)
                made.extend(_unpack(archive, store, held.files))
        return held.counts
    except (*SPOILT, OSError) as error:
        _remove(made)
        raise UsageError(
            f"'{file}' cannot be read as a backup ({error}): expected a file that "
            "backline backup wrote; nothing was restored."
        ) from error
    except BaseException:
        _remove(made)
        raise


def _check_empty(connection: Connection) -> None:
    if connection.scalar(select(func.count()).select_from(lifter)):
        raise UsageError(
            "the record is not empty, and nothing was restored: name an empty folder with "
            "BACKLINE_DATA, and restore there."
        )


def _check_disk_space(store: Store, held: Contents) -> None:
    store.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(store.folder).free
    if held.size_bytes > free:
        raise BacklineError(
            f"the backup needs {held.size_bytes / MEGABYTE:.0f} MB, and the disk of "
            f"'{store.folder}' has {free / MEGABYTE:.0f} MB free; nothing was restored: make room, "
            "or name another folder with BACKLINE_DATA."
        )


def _fill(connection: Connection, archive: zipfile.ZipFile, schema: str) -> None:
    """Insert all rows under the schema of the backup, then migrate them to the current one."""
    for table in reversed(TABLES):
        connection.execute(text(f"DROP TABLE IF EXISTS {table.name}"))
    connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    migrate(connection, schema)
    there = MetaData()
    there.reflect(connection)
    for name in (table.name for table in TABLES if table.name in there.tables):
        table = _with_types(there.tables[name])
        with archive.open(ROWS.format(name)) as stream:
            rows = (_row(table, line) for line in rows_of(stream))
            while some := list(islice(rows, ROWS_AT_ONCE)):
                connection.execute(insert(table), some)
        if connection.scalar(select(func.count()).select_from(table)):
            _count_on(connection, name)
    migrate(connection)


def _with_types(found: Table) -> Table:
    """Return the current table where it has the same columns: it has types for JSON and dates."""
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
    """Let PostgreSQL continue counting after the highest number."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), MAX(id)) FROM {name}")
        )


def _rename(connection: Connection, mark: str) -> None:
    """Rename files in the rows to this database's mark; see `_own_name`."""
    for column in (measurement.c.series_file, lift_set.c.original_copy):
        there = select(column).where(column.is_not(None)).distinct()
        for name in connection.scalars(there).all():
            own = {column.name: _own_name(name, mark)}
            connection.execute(update(column.table).where(column == name).values(own))


def _own_name(name: str, mark: str) -> str:
    """Return a file's name with the mark of the database that it is restored into.

    The folder may be shared with the original database: with the same names, deleting a lifter in
    one would delete files of the other.
    """
    home, _, leaf = name.partition("/")
    return f"{home}/{mark}-{_MARK.sub('', leaf)}"


def _unpack(archive: zipfile.ZipFile, store: Store, names: tuple[str, ...]) -> Iterator[Path]:
    """Extract series and clips into the record's folder.

    Yields
    ------
    Path
        Each file that was not there before.
    """
    for name in names:
        target = store.folder / _own_name(name, store.mark)
        there = target.exists()
        with (
            atomic_file(target) as part,
            part.open("wb") as into,
            archive.open(name) as stream,
        ):
            copied(stream, into)
        if not there:
            yield target


def _add_file(archive: zipfile.ZipFile, file: Path, name: str) -> tuple[int, str]:
    """Write one file of the record; return its length and hash.

    Raises
    ------
    BacklineError
        If it is missing or damaged.
    """
    try:
        with file.open("rb") as stream:
            why = damage_of(file)
            if why:
                raise OSError(None, why)
            info = zipfile.ZipInfo.from_file(file, name, strict_timestamps=False)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as into:
                return copied(stream, into)
    except OSError as error:
        raise BacklineError(
            f"'{file}' of the record cannot be read ({error.strerror}); no backup was written: "
            "put it back, or delete its lifter; backline record check lists all that is wrong."
        ) from error


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no plain form")
