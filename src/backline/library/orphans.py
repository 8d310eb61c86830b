"""Removes files that an interrupted save wrote and that no row names."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from backline.library.database import plain_errors, writing
from backline.library.schema import lift_set, measurement

if TYPE_CHECKING:
    from backline.library.store import Store

COPYING_S = 3600.0
"""Copied clips younger than this may belong to an unfinished save, seconds; series never do,
because they are written within the writing transaction."""


def sweep(store: Store) -> int:
    """Remove this database's files that none of its rows names.

    Parameters
    ----------
    store : Store
        The record; it may stay in use. Files of another database that shares the folder are kept.

    Returns
    -------
    int
        How many files were removed.

    Raises
    ------
    BacklineError
        If the database cannot be reached.
    """
    with plain_errors(store.engine), writing(store.engine) as connection:
        named = set(connection.scalars(select(measurement.c.series_file)))
        named |= set(connection.scalars(select(lift_set.c.original_copy)))
        old = time.time() - COPYING_S
        lost = [
            file
            for name, file in unnamed_files(store.folder, store.mark, named)
            if name.startswith("series/") or file.stat().st_mtime < old
        ]
        for file in lost:
            file.unlink(missing_ok=True)
    return len(lost)


def unnamed_files(home: Path, mark: str, named: set[str]) -> list[tuple[str, Path]]:
    """Return the files of a database in the record's folder that no row names.

    Parameters
    ----------
    home : Path
        The record's folder.
    mark : str
        The database's mark in file names (`backline.library.database.mark_of`).
    named : set of str
        Files that rows name.

    Returns
    -------
    list of (str, Path)
        Name below ``home``, sorted, and path; also of files that are only half written, whose
        names begin with a dot.
    """
    found = (
        (f"{folder}/{file.name}", file)
        for folder in ("series", "originals")
        for start in ("", ".")
        for file in (home / folder).glob(f"{start}{mark}-*")
    )
    return sorted(one for one in found if one[0] not in named)
