"""Deletes one set: its numbers and series; the lifter stays."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from backline.library.database import plain_errors, writing
from backline.library.schema import lift_set, measurement, session
from backline.library.store import Store


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
