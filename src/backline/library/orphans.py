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
"""Copied clips younger than this may belong to a save that is under way; series never do,
because they are written by whoever holds the right to write."""


def sweep(store: Store) -> int:
    """Remove this database's files that none of its rows names.

    Parameters
    ----------
    store : Store
        The record; others may go on using it. Files of another database that shares the
        folder are left alone.

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
        # A dot comes before the name of what is only half written.
        series = _unnamed(store.folder / "series", store.mark, named)
        old = time.time() - COPYING_S
        copies = _unnamed(store.folder / "originals", store.mark, named)
        lost = series + [copy for copy in copies if copy.stat().st_mtime < old]
        for file in lost:
            file.unlink(missing_ok=True)
    return len(lost)


def _unnamed(folder: Path, mark: str, named: set[str]) -> list[Path]:
    """Return the files of a folder that bear the database's mark, and that no row names."""
    mine = (file for start in ("", ".") for file in folder.glob(f"{start}{mark}-*"))
    return sorted(file for file in mine if f"{folder.name}/{file.name}" not in named)
