"""Deletes a lifter, or one set: rows and files."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, select

from backline.library.database import plain_errors, writing
from backline.library.orphans import sweep
from backline.library.schema import lift_set, lifter, measurement, rep, session
from backline.library.store import Store


@dataclass(frozen=True)
class Removed:
    """What was removed of one lifter, in numbers, and files outside the record.

    Parameters
    ----------
    lifter : str
        The name.
    sessions, sets, measurements, reps, files : int
        Counts.
    left_over : int
        Files left by killed saves, of any lifter, that were removed too.
    own_files : tuple of str
        The user's own clips, of which the record stores the path alone: they are kept.
    """

    lifter: str
    sessions: int
    sets: int
    measurements: int
    reps: int
    files: int
    left_over: int
    own_files: tuple[str, ...]


def delete_lifter(store: Store, name: str) -> Removed:
    """Remove a lifter with all sessions, sets, numbers, series and copied clips.

    Parameters
    ----------
    store : Store
        The record.
    name : str
        The lifter.

    Returns
    -------
    Removed

    Raises
    ------
    UsageError
        If the lifter is unknown.
    BacklineError
        If the record cannot be written; nothing was removed then.
    """
    owner = store.find(name)
    mine = lift_set.c.lifter_id == owner
    with plain_errors(store.engine), writing(store.engine) as connection:
        shown = str(connection.scalar(select(lifter.c.name).where(lifter.c.id == owner)))
        visits = connection.scalar(
            select(func.count()).select_from(session).where(session.c.lifter_id == owner)
        )
        sets = connection.execute(
            select(lift_set.c.source_path, lift_set.c.original_copy).where(mine)
        ).all()
        series = connection.scalars(
            select(measurement.c.series_file).join(lift_set).where(mine)
        ).all()
        reps = connection.scalar(
            select(func.count()).select_from(rep).join(measurement).join(lift_set).where(mine)
        )
        shared = set(
            connection.scalars(
                select(lift_set.c.original_copy).where(lift_set.c.lifter_id != owner)
            )
        )
        connection.execute(delete(lifter).where(lifter.c.id == owner))
    copies = {copy for _, copy in sets if copy} - shared
    gone = 0
    for file in (store.folder / one for one in (*series, *copies)):
        gone += file.exists()
        file.unlink(missing_ok=True)
    _empty_the_log(store)
    return Removed(
        lifter=shown,
        sessions=visits or 0,
        sets=len(sets),
        measurements=len(series),
        reps=reps or 0,
        files=gone,
        left_over=sweep(store),
        own_files=tuple(sorted({path for path, _ in sets})),
    )


def _empty_the_log(store: Store) -> None:
    """Remove the deleted data from SQLite's write-ahead log too."""
    if store.engine.dialect.name == "sqlite":
        with plain_errors(store.engine), store.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def delete_set(store: Store, set_id: int) -> bool:
    """Remove one set with its numbers and series; a session without sets goes with it.

    Parameters
    ----------
    store : Store
        The record.
    set_id : int
        Number of the set.

    Returns
    -------
    bool
        Whether there was such a set.

    Raises
    ------
    BacklineError
        If the record cannot be written; nothing was removed then.
    """
    here = lift_set.c.id == set_id
    with plain_errors(store.engine), writing(store.engine) as connection:
        row = connection.execute(
            select(lift_set.c.session_id, lift_set.c.original_copy).where(here)
        ).first()
        if row is None:
            return False
        visit, copy = row
        numbers = select(measurement.c.series_file).where(measurement.c.lift_set_id == set_id)
        files = [str(name) for name in connection.scalars(numbers)]
        connection.execute(delete(lift_set).where(here))
        left = select(func.count()).select_from(lift_set)
        if not connection.scalar(left.where(lift_set.c.session_id == visit)):
            connection.execute(delete(session).where(session.c.id == visit))
        if copy and not connection.scalar(left.where(lift_set.c.original_copy == copy)):
            files.append(str(copy))
    for name in files:
        (store.folder / name).unlink(missing_ok=True)
    return True
