"""The app's lifts, their jobs and files. Names here are never paths."""

from __future__ import annotations

import re
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from backline.errors import BacklineError, UsageError
from backline.library.database import engine_of, plain_errors, reading, writing
from backline.user_dirs import keep_private
from backline.web.tables import judgement, lift, metadata
from backline.web.texts import say

State = Literal["waiting", "working", "done", "stopped", "failed", "cancelled"]
OPEN: tuple[State, ...] = ("waiting", "working")
UNDO = timedelta(days=1)
"""How long a deleted lift can be restored (contract of the app)."""
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class StoredLift:
    """One stored lift; the fields are the columns of `backline.web.tables.lift`."""

    id: str
    name: str
    size_bytes: int
    lifter: str | None
    lift: str
    load_kg: float | None
    body_mass_kg: float | None
    height_cm: float | None
    cue: str | None
    felt: str | None
    changes: dict[str, Any]
    state: State
    kind: str
    stage: str | None
    share: float
    left_s: float | None
    error: str | None
    queued_at: datetime
    version: int
    verdict: str | None
    headline: str | None
    found_lift: str | None
    set_id: int | None
    created_at: datetime
    deleted_at: datetime | None

    @property
    def busy(self) -> bool:
        """Whether its job waits or runs."""
        return self.state in OPEN


class LiftStore:
    """The app's list of lifts, in a folder of its own.

    Parameters
    ----------
    folder : Path
        Is made where it is missing.

    Raises
    ------
    BacklineError
        If the folder or the list in it cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            for place in (folder.parent, folder):
                keep_private(place)
            (folder / "lifts").mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise BacklineError(
                f"the app's folder '{folder}' cannot be opened ({error.strerror}): check your "
                "rights to it, or name another folder with BACKLINE_DATA."
            ) from error
        self.engine = engine_of(f"sqlite:///{folder / 'web.sqlite'}")
        with plain_errors(self.engine), writing(self.engine) as connection:
            metadata.create_all(connection)

    def close(self) -> None:
        """Close the database."""
        self.engine.dispose()

    def home(self, lift_id: str) -> Path:
        """Return the folder of a lift; the id is checked, so nothing else can be named.

        Raises
        ------
        UsageError
            If it is no id.
        """
        if not _ID.fullmatch(lift_id):
            raise UsageError(say("request.no_lift"))
        return self.folder / "lifts" / lift_id

    def clip(self, lift_id: str) -> Path:
        """Return where a lift's clip lies."""
        return self.home(lift_id) / "clip" / "lift.mp4"

    def result(self, lift_id: str) -> Path:
        """Return the folder of a lift's result files."""
        return self.home(lift_id) / "result"

    def view(self, lift_id: str) -> Path:
        """Return the folder of what the lift's page shows."""
        return self.home(lift_id) / "view"

    def live(self, lift_id: str) -> Path:
        """Return the path of the live log of a lift that was recorded on the Live page."""
        return self.home(lift_id) / "live.json"

    def new_id(self) -> str:
        """Return an id that cannot be guessed."""
        return secrets.token_hex(8)

    def add(self, lift_id: str, name: str, size_bytes: int, fields: dict[str, Any]) -> None:
        """Add a lift whose clip is stored already, and put it into the queue."""
        row = {
            "id": lift_id,
            "name": name,
            "size_bytes": size_bytes,
            "lift": "auto",
            "changes": {},
            "state": "waiting",
            "kind": "look",
            "share": 0.0,
            "version": 0,
            "queued_at": _now(),
            "created_at": _now(),
            **fields,
        }
        with plain_errors(self.engine), writing(self.engine) as connection:
            connection.execute(insert(lift).values(**row))

    def get(self, lift_id: str, *, deleted: bool = False) -> StoredLift:
        """Return one lift.

        Raises
        ------
        UsageError
            If there is none, or it was deleted (and ``deleted`` is not asked for).
        """
        with reading(self.engine) as connection:
            row = connection.execute(select(lift).where(lift.c.id == lift_id)).mappings().first()
        if row is None or (row["deleted_at"] is not None and not deleted):
            raise UsageError(say("request.lift_gone"))
        return StoredLift(**row)

    def entries(self, *, deleted: bool = False) -> list[StoredLift]:
        """Return all lifts, the newest first; or the deleted ones."""
        gone = lift.c.deleted_at.is_not(None) if deleted else lift.c.deleted_at.is_(None)
        query = select(lift).where(gone).order_by(lift.c.created_at.desc(), lift.c.id)
        with reading(self.engine) as connection:
            return [StoredLift(**row) for row in connection.execute(query).mappings()]

    def change(self, lift_id: str, **values: Any) -> None:
        """Change columns of a lift."""
        with plain_errors(self.engine), writing(self.engine) as connection:
            connection.execute(update(lift).where(lift.c.id == lift_id).values(**values))

    def enqueue(self, lift_id: str, kind: str, **values: Any) -> None:
        """Queue a job for a lift.

        Parameters
        ----------
        lift_id : str
            The lift.
        kind : {"again", "look", "new"}
            "again" uses the stored observations; "look" and "new" process the clip, with and
            without the preflight check. This is also the order in which they are taken.
        **values
            Columns that change with it.
        """
        self.change(
            lift_id, state="waiting", kind=kind, share=0.0, left_s=None, stage=None, error=None,
            queued_at=_now(), **values,
        )  # fmt: skip

    def take(self, kind: str | None = None) -> str | None:
        """Return the next waiting lift, now marked as running; None where none waits.

        Parameters
        ----------
        kind : str, optional
            Only a job of this kind, see `enqueue`.
        """
        with plain_errors(self.engine), writing(self.engine) as connection:
            waiting = (lift.c.state == "waiting") & lift.c.deleted_at.is_(None)
            if kind is not None:
                waiting &= lift.c.kind == kind
            query = select(lift.c.id).where(waiting).order_by(lift.c.kind, lift.c.queued_at)
            found = connection.scalar(query.limit(1))
            if found is not None:
                connection.execute(
                    update(lift).where(lift.c.id == found).values(state="working", share=0.0)
                )
            return found

    def preflights_waiting(self) -> int:
        """Return how many lifts wait for the preflight check."""
        waiting = (lift.c.state == "waiting") & (lift.c.kind == "look")
        query = select(func.count()).select_from(lift)
        with reading(self.engine) as connection:
            return connection.scalar(query.where(waiting & lift.c.deleted_at.is_(None))) or 0

    def passed_preflight(self, lift_id: str) -> None:
        """Note that a clip passed the preflight check; its analysis waits at its old place."""
        self.change(lift_id, state="waiting", kind="new", share=0.0, left_s=None, stage=None)

    def resume(self) -> int:
        """Queue jobs again that were interrupted by a stop of the server; return how many."""
        with plain_errors(self.engine), writing(self.engine) as connection:
            cut = update(lift).where(lift.c.state == "working")
            return connection.execute(cut.values(state="waiting", share=0.0, left_s=None)).rowcount

    def judge(self, lift_id: str, finding: str, verdict: str, reason: str) -> None:
        """Store a judgement on a finding; an empty verdict removes it."""
        self.get(lift_id)
        with plain_errors(self.engine), writing(self.engine) as connection:
            mine = (judgement.c.lift_id == lift_id) & (judgement.c.finding == finding)
            connection.execute(delete(judgement).where(mine))
            if verdict:
                row = {"lift_id": lift_id, "finding": finding, "verdict": verdict}
                connection.execute(upsert(judgement).values(**row, reason=reason))

    def judgements(self, lift_id: str) -> dict[str, dict[str, str]]:
        """Return the judgement on each finding: ``verdict`` and ``reason``."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(judgement).where(judgement.c.lift_id == lift_id))
            return {
                row["finding"]: {"verdict": row["verdict"], "reason": row["reason"]}
                for row in rows.mappings()
            }

    def delete(self, lift_id: str) -> None:
        """Mark a lift as deleted; for a day it can be restored."""
        self.get(lift_id)
        self.change(lift_id, deleted_at=_now())

    def undo(self, lift_id: str) -> StoredLift:
        """Restore a deleted lift.

        Raises
        ------
        UsageError
            If it was removed permanently.
        """
        entry = self.get(lift_id, deleted=True)
        self.change(lift_id, deleted_at=None)
        return entry

    def purge(self, now: datetime | None = None) -> int:
        """Remove lifts permanently that were deleted more than a day ago; return how many."""
        limit = (now or _now()) - UNDO
        old = [e for e in self.entries(deleted=True) if e.deleted_at and e.deleted_at < limit]
        for entry in old:
            shutil.rmtree(self.home(entry.id), ignore_errors=True)
            with plain_errors(self.engine), writing(self.engine) as connection:
                connection.execute(delete(judgement).where(judgement.c.lift_id == entry.id))
                connection.execute(delete(lift).where(lift.c.id == entry.id))
        return len(old)

    def sweep(self) -> int:
        """Remove clips of uploads and recordings that were interrupted by a stop of the server.

        Returns
        -------
        int
            How many there were: folders that belong to no lift. No upload may run meanwhile.
        """
        known = {e.id for deleted in (False, True) for e in self.entries(deleted=deleted)}
        lost = [f for f in (self.folder / "lifts").iterdir() if f.name not in known]
        for folder in lost:
            shutil.rmtree(folder, ignore_errors=True)
        return len(lost)

    def count(self) -> int:
        """Return how many lifts there are, deleted ones not counted."""
        with reading(self.engine) as connection:
            return connection.scalar(
                select(func.count()).select_from(lift).where(lift.c.deleted_at.is_(None))
            ) or 0  # fmt: skip


def shown_name(name: str) -> str:
    """Return a file's name for display: no folders, no control characters, not too long."""
    last = re.split(r"[\\/]", name)[-1]
    plain = "".join(c if c.isprintable() else " " for c in last)
    return " ".join(plain.split())[:120] or "clip"


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
