"""Drills in the record: saved when done, listed by time."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from backline.library.database import plain_errors, reading, writing
from backline.library.saving import now_utc, owner_of
from backline.library.schema import drill
from backline.live.drill import DrillResult, Hold

if TYPE_CHECKING:
    from backline.library.store import Store


def save_drill(store: Store, name: str, result: DrillResult) -> int:
    """Save a drill done just now; return its number.

    Parameters
    ----------
    store : Store
        The record.
    name : str
        The lifter; added to the record where new.
    result : DrillResult
        The drill's result.

    Raises
    ------
    BacklineError
        If it cannot be written.
    """
    from backline import __version__

    holds = [
        {k: None if math.isnan(v) else v for k, v in asdict(hold).items()} for hold in result.holds
    ]
    with plain_errors(store.engine), writing(store.engine) as connection:
        values = {
            "lifter_id": owner_of(connection, name),
            "done_at": now_utc(),
            "backline_version": __version__,
            "posterior_deg": result.posterior_deg,
            "anterior_deg": result.anterior_deg,
            "band_deg": result.band_deg,
            "score": result.score,
            "holds": holds,
        }
        return int(connection.scalar(insert(drill).values(**values).returning(drill.c.id)) or 0)


def drills(store: Store, name: str) -> list[tuple[datetime, DrillResult]]:
    """Return a lifter's drills with their times (UTC), the oldest first.

    Raises
    ------
    UsageError
        If the lifter is unknown.
    """
    owner = store.find(name)
    query = select(drill).where(drill.c.lifter_id == owner).order_by(drill.c.done_at, drill.c.id)
    with reading(store.engine) as connection:
        rows = connection.execute(query).mappings().all()
    return [
        (
            row["done_at"],
            DrillResult(
                row["posterior_deg"],
                row["anterior_deg"],
                row["band_deg"],
                tuple(_hold(entry) for entry in row["holds"]),
            ),
        )
        for row in rows
    ]


def _hold(entry: dict[str, float | None]) -> Hold:
    """Read a hold; unknown values are stored as null."""
    inside, mean, sd = (
        math.nan if value is None else value
        for value in (entry["inside"], entry["mean_deg"], entry["sd_deg"])
    )
    return Hold(int(entry["effort"] or 0), inside, mean, sd)
