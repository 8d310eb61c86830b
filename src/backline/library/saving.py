"""Writes one analysis as rows, inside the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from backline.errors import UsageError
from backline.library.rows import PlaceSize, fingerprint_of, place_sizes
from backline.library.schema import (
    finding,
    lift_set,
    lifter,
    measurement,
    rep,
    rep_place,
    session,
    set_place,
)
from backline.reps import REP_PHASES

if TYPE_CHECKING:
    from backline.pipeline import Analysis

Felt = Literal["neutral", "rounded", "unknown"]


@dataclass(frozen=True)
class Saved:
    """Result of saving one analysis.

    Parameters
    ----------
    set_id : int
        Number of the set in the record.
    lifter : str
        Name as stored in the record.
    day : date
        The session.
    news : {"set", "measurement", "nothing"}
        A new set; new numbers of an existing set; or all of it exists already.
    """

    set_id: int
    lifter: str
    day: date
    news: Literal["set", "measurement", "nothing"]


@dataclass(frozen=True)
class Notes:
    """What a coach adds to a set; None leaves a field as it is.

    Parameters
    ----------
    felt : {"neutral", "rounded", "unknown"}, optional
        How the low back felt to the lifter.
    pain : int, optional
        0 to 10.
    intended_reps : int, optional
        Reps that were planned.
    notes : str, optional
        Free text.
    tags : tuple of str, optional
        Words to find it by.
    """

    felt: Felt | None = None
    pain: int | None = None
    intended_reps: int | None = None
    notes: str | None = None
    tags: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.pain is not None and not 0 <= self.pain <= 10:
            raise UsageError(f"pain is {self.pain}, expected 0 (none) to 10 (the worst).")
        if self.intended_reps is not None and self.intended_reps < 1:
            raise UsageError(f"intended reps are {self.intended_reps}, expected 1 or more.")

    def values(self) -> dict[str, Any]:
        """Return the fields that were given."""
        given = {k: v for k, v in vars(self).items() if v is not None}
        return {**given, "tags": list(self.tags)} if self.tags is not None else given


def key_of(name: str) -> str:
    """Return a name's key: blanks and upper and lower case make no difference."""
    return " ".join(name.split()).casefold()


def now_utc() -> datetime:
    """Return the current time as stored in the record: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def _get_or_add(connection: Connection, table: Table, key: dict[str, Any], **more: Any) -> int:
    query = select(table.c.id).where(*(table.c[name] == value for name, value in key.items()))
    found = connection.scalar(query)
    if found is None:
        found = connection.scalar(insert(table).values(**key, **more).returning(table.c.id))
    return int(found or 0)


def owner_of(connection: Connection, name: str) -> int:
    """Return a lifter's number; a new name is added to the record."""
    key = {"name_key": key_of(name)}
    shown = " ".join(name.split())
    return _get_or_add(connection, lifter, key, name=shown, created_at=now_utc())


def save_rows(
    connection: Connection,
    analysis: Analysis,
    name: str,
    day: date,
    content: str,
    original: str | None,
    notes: Notes | None,
    series: str,
) -> Saved:
    """Write all rows of one analysis inside a transaction."""
    shown = " ".join(name.split())
    owner = owner_of(connection, name)
    known = connection.execute(
        select(lift_set.c.id, session.c.day)
        .join(session)
        .where(lift_set.c.lifter_id == owner, lift_set.c.content == content)
    ).first()
    given = {
        "lift": analysis.lift,
        "load_kg": analysis.settings.get("load_kg"),
        "cue": analysis.summary.get("cue"),
        "source_path": str(Path(analysis.source.path).absolute()),
        "original_copy": original,
    }
    given = {k: v for k, v in given.items() if v is not None} | (notes.values() if notes else {})
    if known is None:
        visit = _get_or_add(connection, session, {"lifter_id": owner, "day": day})
        row: dict[str, Any] = {"tags": [], "created_at": now_utc(), "content": content, **given}
        number = connection.scalar(
            insert(lift_set)
            .values(lifter_id=owner, session_id=visit, **row)
            .returning(lift_set.c.id)
        )
        assert number is not None
    else:
        number, day = known
        connection.execute(update(lift_set).where(lift_set.c.id == number).values(**given))
    news = _add_measurement(connection, analysis, int(number), series)
    return Saved(int(number), shown, day, "set" if known is None else news)


def _add_measurement(
    connection: Connection, analysis: Analysis, number: int, series: str
) -> Literal["measurement", "nothing"]:
    """Add new numbers of a set, and make them its latest; old ones stay."""
    document = analysis.to_dict()
    mark = fingerprint_of(document)
    here = measurement.c.lift_set_id == number
    if connection.scalar(select(measurement.c.id).where(here, measurement.c.fingerprint == mark)):
        return "nothing"
    before = connection.scalar(select(func.max(measurement.c.number)).where(here)) or 0
    connection.execute(update(measurement).where(here).values(latest=False))
    made = connection.scalar(
        insert(measurement)
        .values(
            lift_set_id=number,
            number=before + 1,
            latest=True,
            created_at=now_utc(),
            backline_version=document["backline_version"],
            engine=f"{analysis.engine.name} {analysis.engine.version}",
            verdict=analysis.quality.verdict,
            fingerprint=mark,
            series_file=series,
            document=document,
        )
        .returning(measurement.c.id)
    )
    _add_numbers(connection, analysis, number, int(made or 0))
    return "measurement"


def _add_numbers(connection: Connection, analysis: Analysis, number: int, made: int) -> None:
    """Add reps, their sizes by place, findings, and the set's totals."""
    sizes = place_sizes(analysis)
    for one in analysis.reps:
        values = {
            "measurement_id": made,
            "number": one.index,
            "start_s": one.start_s,
            "end_s": one.end_s,
            "complete": one.complete,
            "metrics": one.metrics,
        }
        rep_id = connection.scalar(insert(rep).values(**values).returning(rep.c.id))
        rows = [
            {"rep_id": rep_id, "place": s.place, "size_deg": s.size_deg, "rounded": s.rounded}
            for s in sizes
            if s.rep == one.index
        ]
        if rows:
            connection.execute(insert(rep_place), rows)
    if analysis.findings:
        connection.execute(
            insert(finding),
            [
                {
                    "measurement_id": made,
                    "rep": f.rep,
                    "kind": f.kind,
                    "place": f.where,
                    "name": f.name,
                    "size_deg": f.size_deg,
                    "sd_deg": f.sd_deg,
                    "probability": f.probability,
                    "certain": f.certain,
                    "mechanism": f.mechanism,
                    "cues": list(f.cues),
                }
                for f in analysis.findings
            ],
        )
    _add_totals(connection, number, sizes)


def _add_totals(connection: Connection, number: int, sizes: list[PlaceSize]) -> None:
    """Let a set's totals follow its latest numbers."""
    where = lift_set.c.id == number
    owner, visit = connection.execute(
        select(lift_set.c.lifter_id, lift_set.c.session_id).where(where)
    ).one()
    connection.execute(delete(set_place).where(set_place.c.lift_set_id == number))
    for place in REP_PHASES:
        here = [s for s in sizes if s.place == place]
        if here:
            totals = {
                "reps": len(here),
                "rounded": sum(s.rounded for s in here),
                "sum_deg": sum(s.size_deg for s in here),
                "max_deg": max(s.size_deg for s in here),
            }
            connection.execute(
                insert(set_place).values(
                    lift_set_id=number, lifter_id=owner, session_id=visit, place=place, **totals
                )
            )
