"""Store: the record of lifters, kept in a database with the series beside it."""

from __future__ import annotations

import difflib
import os
import shutil
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from backline.errors import BacklineError, UsageError
from backline.formats.whole_file import file_sha256, whole_file
from backline.library.database import connect, plain_errors, reading, writing
from backline.library.rows import PLACES, content_of, fingerprint_of, place_sizes
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
from backline.places import DATABASE_VARIABLE, data_folder

if TYPE_CHECKING:
    from backline.analysis import Analysis

Felt = Literal["neutral", "rounded", "unknown"]
DATABASE_NAME = "backline.sqlite"


@dataclass(frozen=True)
class Saved:
    """What became of one analysis.

    Parameters
    ----------
    set_id : int
        Number of the set in the record.
    lifter : str
        Name as the record has it.
    day : date
        The session.
    news : {"set", "measurement", "nothing"}
        A new set; new numbers of a set that was there; or all of it was there already.
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


class Store:
    """The record. Use it in a ``with`` block, or call `close`.

    Parameters
    ----------
    url : str, optional
        ``sqlite:///FILE`` or ``postgresql://user@host/database``; the environment variable
        BACKLINE_DATABASE where left out, else an SQLite file in ``folder``.
    folder : Path, optional
        Where series and copied clips lie; the user's data folder where left out.

    Raises
    ------
    BacklineError
        If the database cannot be opened; nothing is changed then.
    """

    def __init__(self, url: str | None = None, folder: Path | None = None) -> None:
        self.folder = folder or data_folder()
        named = url or (None if folder else os.environ.get(DATABASE_VARIABLE))
        self.engine = connect(named or f"sqlite:///{self.folder / DATABASE_NAME}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def save(
        self,
        analysis: Analysis,
        name: str,
        *,
        day: date | None = None,
        notes: Notes | None = None,
        copy_original: bool = False,
    ) -> Saved:
        """Keep one analysis: all of it, or nothing.

        The same clip of the same lifter is one set however often it is saved; new numbers of
        it (a newer Backline, other settings) go beside the old ones.

        Parameters
        ----------
        analysis : Analysis
            What was measured; a refused one is kept too, without reps.
        name : str
            The lifter; upper and lower case are the same.
        day : date, optional
            The session; the day of the file where left out.
        notes : Notes, optional
            How it felt, and so on.
        copy_original : bool
            Copy the clip into the record's folder; else only its path and hash are kept.

        Returns
        -------
        Saved

        Raises
        ------
        BacklineError
            If it cannot be written.
        """
        content = content_of(analysis)
        when = day or _day_of(Path(analysis.source.path))
        original = self._copy(Path(analysis.source.path), content) if copy_original else None
        series = self._write_series(analysis)
        try:
            with plain_errors(self.engine), writing(self.engine) as connection:
                saved = _save(connection, analysis, name, when, content, original, notes, series)
        except BaseException:
            (self.folder / series).unlink(missing_ok=True)
            raise
        if saved.news == "nothing":
            (self.folder / series).unlink(missing_ok=True)
        return saved

    def note(self, name: str, notes: Notes, set_id: int | None = None) -> int:
        """Add notes to a set, the lifter's latest where none is named; return its number.

        Raises
        ------
        UsageError
            If the lifter or the set is unknown.
        """
        owner = self.find(name)
        with plain_errors(self.engine), writing(self.engine) as connection:
            query = select(lift_set.c.id).where(lift_set.c.lifter_id == owner)
            if set_id is not None:
                query = query.where(lift_set.c.id == set_id)
            newest = connection.scalar(query.order_by(lift_set.c.id.desc()).limit(1))
            if newest is None:
                raise UsageError(
                    f"'{name}' has no set {set_id or ''}: see backline history '{name}' --sets."
                )
            values = notes.values()
            if values:
                connection.execute(update(lift_set).where(lift_set.c.id == newest).values(**values))
            return int(newest)

    def lifters(self) -> list[str]:
        """Return all names, in the order of the alphabet."""
        with reading(self.engine) as connection:
            query = select(lifter.c.name).order_by(lifter.c.name_key)
            return [str(name) for name in connection.scalars(query)]

    def find(self, name: str) -> int:
        """Return the number of a lifter.

        Raises
        ------
        UsageError
            If there is none of that name; the nearest names are offered.
        """
        with reading(self.engine) as connection:
            found = connection.scalar(select(lifter.c.id).where(lifter.c.name_key == _key(name)))
        if found is not None:
            return int(found)
        known = self.lifters()
        keys = {_key(one): one for one in known}
        near = [keys[k] for k in difflib.get_close_matches(_key(name), keys, n=3, cutoff=0.5)]
        if near:
            hint = "did you mean " + " or ".join(f"'{one}'" for one in near) + "?"
        elif known:
            hint = "the record knows " + ", ".join(f"'{one}'" for one in known[:5]) + "."
        else:
            hint = "the record is empty: analyse a clip with --lifter first."
        raise UsageError(f"no lifter is called '{name}'; {hint}")

    def _write_series(self, analysis: Analysis) -> str:
        """Write the series under a name of its own; the row that names it comes afterwards."""
        from backline.report.document import series

        name = f"series/{uuid.uuid4().hex}.parquet"
        with whole_file(self.folder / name) as part:
            table = series(analysis, analysis.loads.columns)
            try:
                table.to_parquet(part, index=False, engine="pyarrow")
            except OSError as error:
                raise BacklineError(
                    f"the record's folder '{self.folder}' cannot be written "
                    f"({error.strerror or error}); nothing was saved: make room or check your "
                    "rights there."
                ) from error
        return name

    def _copy(self, source: Path, content: str) -> str | None:
        """Copy a clip into the record under its content's hash."""
        if not source.is_file():
            return None
        name = f"originals/{content}{source.suffix.lower()}"
        target = self.folder / name
        if not (target.exists() and file_sha256(target) == content):
            with whole_file(target) as part:
                shutil.copyfile(source, part)
        return name


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _day_of(path: Path) -> date:
    """Return the day on which a file was last written, today where it is gone."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime).date()
    except OSError:
        return datetime.now().date()


def _get_or_add(connection: Connection, table: Table, key: dict[str, Any], **more: Any) -> int:
    query = select(table.c.id).where(*(table.c[name] == value for name, value in key.items()))
    found = connection.scalar(query)
    if found is None:
        found = connection.scalar(insert(table).values(**key, **more).returning(table.c.id))
    return int(found or 0)


def _save(
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
    owner = _get_or_add(connection, lifter, {"name_key": _key(name)}, name=shown, created_at=_now())
    known = connection.execute(
        select(lift_set.c.id, session.c.day)
        .join(session)
        .where(lift_set.c.lifter_id == owner, lift_set.c.content == content)
    ).first()
    told = {
        "lift": analysis.lift,
        "load_kg": analysis.settings.get("load_kg"),
        "cue": analysis.summary.get("cue"),
        "source_path": str(Path(analysis.source.path).absolute()),
        "original_copy": original,
    }
    told = {k: v for k, v in told.items() if v is not None} | (notes.values() if notes else {})
    if known is None:
        visit = _get_or_add(connection, session, {"lifter_id": owner, "day": day})
        row: dict[str, Any] = {"tags": [], "created_at": _now(), "content": content, **told}
        number = connection.scalar(
            insert(lift_set)
            .values(lifter_id=owner, session_id=visit, **row)
            .returning(lift_set.c.id)
        )
        assert number is not None
    else:
        number, day = known
        connection.execute(update(lift_set).where(lift_set.c.id == number).values(**told))
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
            created_at=_now(),
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
    where = lift_set.c.id == number
    owner, visit = connection.execute(
        select(lift_set.c.lifter_id, lift_set.c.session_id).where(where)
    ).one()
    connection.execute(delete(set_place).where(set_place.c.lift_set_id == number))
    for place in PLACES:
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
