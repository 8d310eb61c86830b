"""Opens the record's database (SQLite or PostgreSQL) and migrates it to the current schema."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from backline.errors import BacklineError, UsageError

WAIT_S = 30.0
"""How long one process waits for another that writes, seconds."""
REACH_S = 15
"""How long PostgreSQL may take to answer, seconds."""
_LOCK = 0x6261636B
"""Key of PostgreSQL's advisory lock that stands for the right to write."""
MARK_DIGITS = 8
"""Digits of a mark: enough to distinguish the few databases that share a folder."""
UNCHANGED = "what it held before is unchanged"
"""True where a transaction did not begin or was rolled back."""
BACK = (
    "run backline record check, which says what is whole; to get a backup back, name an empty "
    "folder with BACKLINE_DATA and run backline restore FILE there"
)
NO_ROOM = ("has no room left on its disk", UNCHANGED, "make room, and try again")
DAMAGED = ("is damaged", "how much of it can still be read is not known", BACK)
LEAST_FREE_BYTES = 1 << 20
"""Below this free space SQLite's log, which grows by 32 KiB at a time, may fail to open."""
_HEADER = b"SQLite format 3\x00"


def connect(url: str) -> Engine:
    """Return an engine whose database has the current schema.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://user@host:port/database``.

    Raises
    ------
    UsageError
        If the URL is of another kind.
    BacklineError
        If the database cannot be reached, read or brought up to date.
    """
    engine = engine_of(url)
    try:
        with plain_errors(engine):
            _check_file(engine)
            with writing(engine) as connection:
                migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def engine_of(url: str | URL) -> Engine:
    """Return an engine for a URL, without touching the database."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
            return create_engine(parsed, connect_args={"connect_timeout": REACH_S})
        if parsed.get_backend_name() != "sqlite":
            raise ArgumentError(f"'{parsed.get_backend_name()}' is not supported")
        engine = create_engine(parsed, connect_args={"timeout": WAIT_S})
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageError(
            f"the database URL is not understood ({error}): expected sqlite:///FILE or "
            "postgresql://user@host/database."
        ) from None
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def reading_only(engine: Engine) -> Engine:
    """Return an engine for the same database that cannot write it; it must be there."""
    if engine.dialect.name != "sqlite":
        return engine
    place = quote(str(Path(engine.url.database or "").absolute()))
    url = engine.url.set(database=f"file:{place}", query={"mode": "ro", "uri": "true"})
    return engine_of(url)


def mark_of(engine: Engine) -> str:
    """Return a mark of a database, which distinguishes its files from another's.

    One folder may hold the series of two databases, say of a laptop's SQLite and of the gym's
    PostgreSQL; a database that was moved leaves its old files without an owner.
    """
    url = engine.url
    if engine.dialect.name == "sqlite":
        name = str(Path(url.database or "").absolute())
    else:
        name = f"{url.host}:{url.port}/{url.database}"
    return hashlib.sha256(f"{engine.dialect.name} {name}".encode()).hexdigest()[:MARK_DIGITS]


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open the only writing transaction; it is committed, or rolled back on an error."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a reading transaction with a consistent view of the record."""
    with plain_errors(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def migrate(connection: Connection, to: str = "head") -> None:
    """Migrate the database to a schema, with its data.

    Raises
    ------
    BacklineError
        If a newer Backline wrote it.
    """
    config = _config()
    now = MigrationContext.configure(connection).get_current_revision()
    known = check_schema(now, to)
    if now == (max(known) if to == "head" else to):
        return
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def check_schema(*schemas: str | None) -> list[str]:
    """Return all schemas that this Backline knows, once the given ones are among them.

    Raises
    ------
    BacklineError
        If one is not.
    """
    known = [one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()]
    for schema in schemas:
        if schema not in (None, "head", *known):
            raise BacklineError(
                f"the record was written by a newer Backline (schema {schema}, this one knows up "
                f"to {max(known)}): nothing was changed; install that version, or name another "
                "record."
            )
    return known


def revision(connection: Connection) -> str | None:
    """Return the schema that a database holds, None for an empty one."""
    found: str | None = MigrationContext.configure(connection).get_current_revision()
    return found


@contextmanager
def plain_errors(engine: Engine) -> Iterator[None]:
    """Raise the database's errors as one plain sentence each."""
    try:
        yield
    except SQLAlchemyError as error:
        raise BacklineError(_sentence(engine, error)) from error


def _config() -> Config:
    config = Config()
    folder = resources.files("backline.library").joinpath("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    """Set up one SQLite connection; transactions are begun by `_begin_sqlite`."""
    connection.isolation_level = None
    _use_log(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_log(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on; SQLite does not wait where two processes do so at once."""
    until = time.monotonic() + WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _check_file(engine: Engine) -> None:
    """Check that an SQLite file is complete, before it is read or written."""
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name.startswith((":memory:", "file:")):
        return  # in memory, or an SQLite URI, which creates no file
    file = Path(name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():  # SQLite would create it readable for others
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        size = file.stat().st_size
        head = b""
        if size:
            with file.open("rb") as stream:
                head = stream.read(32)
    except OSError as error:
        raise BacklineError(
            f"the record '{file}' cannot be opened ({error.strerror}): check your rights to it, "
            "or name another folder with BACKLINE_DATA."
        ) from error
    if size == 0 or Path(f"{file}-wal").exists():
        return
    page = int.from_bytes(head[16:18], "big")
    whole = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    if not head.startswith(_HEADER) or size < whole:
        raise BacklineError(
            f"the record '{file}' is no whole database (found {size} bytes, expected {whole}), as "
            f"after a copy that was cut off: copy it again, or {BACK}."
        )


def _sentence(engine: Engine, error: SQLAlchemyError) -> str:
    """Return the sentence: what failed, the state of the record, and what to do."""
    place = engine.url.database if engine.dialect.name == "sqlite" else engine.url.host
    what = " ".join(str(getattr(error, "orig", None) or error).split())
    known = {
        "readonly": ("cannot be written", UNCHANGED, "check your rights to its folder"),
        "read-only": ("cannot be written", UNCHANGED, "check your rights to its folder"),
        "unable to open": ("cannot be opened", UNCHANGED, "check your rights to its folder"),
        "full": NO_ROOM,
        "no space left": NO_ROOM,
        "malformed": DAMAGED,
        "not a database": DAMAGED,
        "corrupt": DAMAGED,
        "invalid page": DAMAGED,
        "locked": ("is being written by another process", UNCHANGED, "try again after it"),
        "connection": ("cannot be reached", UNCHANGED, "see that PostgreSQL runs there"),
        "connect": ("cannot be reached", UNCHANGED, "see that PostgreSQL runs there"),
    }
    if "disk i/o" in what.lower() and _disk_full(engine):
        known = {"disk i/o": NO_ROOM}
    found, state, do = next(
        (value for key, value in known.items() if key in what.lower()),
        ("gave an error", "what was being saved was not kept", f"try again; else {BACK}"),
    )
    return f"the record on '{place}' {found} ({what[:200]}); {state}: {do}."


def _disk_full(engine: Engine) -> bool:
    """Return whether SQLite's "disk I/O error" means that its log could not grow."""
    folder = Path(engine.url.database or "").absolute().parent
    return folder.is_dir() and shutil.disk_usage(folder).free < LEAST_FREE_BYTES
