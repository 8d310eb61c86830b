"""Store: the record of lifters, a database with the series files next to it."""

from __future__ import annotations

import difflib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import select, update

from backline.errors import BacklineError, UsageError
from backline.library.database import connect, mark_of, plain_errors, reading, writing
from backline.library.rows import content_of
from backline.library.saving import Notes, Saved, key_of, save_rows
from backline.library.schema import lift_set, lifter
from backline.storage.atomic_file import atomic_file, file_sha256
from backline.user_dirs import DATABASE_VARIABLE, data_folder, keep_private

if TYPE_CHECKING:
    from backline.pipeline import Analysis

DATABASE_NAME = "backline.sqlite"


class Store:
    """The record. Use it in a ``with`` block, or call `close`.

    Parameters
    ----------
    url : str, optional
        ``sqlite:///FILE`` or ``postgresql://user@host/database``; the environment variable
        BACKLINE_DATABASE where left out, else an SQLite file in ``folder``.
    folder : Path, optional
        Folder of series and copied clips; the user's data folder where left out.

    Raises
    ------
    BacklineError
        If the database cannot be opened; nothing is changed then.
    """

    def __init__(self, url: str | None = None, folder: Path | None = None) -> None:
        self.folder = folder or data_folder()
        self._make_private()
        named = url or (None if folder else os.environ.get(DATABASE_VARIABLE))
        self.engine = connect(named or f"sqlite:///{self.folder / DATABASE_NAME}")
        self.mark = mark_of(self.engine)

    def _make_private(self) -> None:
        """Make the record's folders private to this account."""
        try:
            for place in (self.folder, self.folder / "series", self.folder / "originals"):
                if place == self.folder or place.is_dir():
                    keep_private(place, files=place == self.folder)
        except OSError as error:
            raise BacklineError(
                f"the record's folder '{self.folder}' cannot be opened ({error.strerror}): check "
                "your rights to it, or name another folder with BACKLINE_DATA."
            ) from error

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
        """Close the database."""
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
        """Save one analysis, completely or not at all.

        The same clip of the same lifter is one set however often it is saved; new numbers of it (a
        newer Backline, other settings) are added to the old ones.

        Parameters
        ----------
        analysis : Analysis
            The result; a refused one is saved too, without reps.
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
        series = f"series/{self.mark}-{uuid.uuid4().hex}.parquet"
        try:
            # Within the transaction, so that another writer sees no file of an unfinished save.
            with plain_errors(self.engine), writing(self.engine) as connection:
                self._write_series(analysis, series)
                saved = save_rows(
                    connection, analysis, name, when, content, original, notes, series
                )
        except BaseException:
            with suppress(OSError):  # where it could not be written there is nothing to remove
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
            found = connection.scalar(select(lifter.c.id).where(lifter.c.name_key == key_of(name)))
        if found is not None:
            return int(found)
        known = self.lifters()
        keys = {key_of(one): one for one in known}
        similar = [keys[k] for k in difflib.get_close_matches(key_of(name), keys, n=3, cutoff=0.5)]
        if similar:
            hint = "did you mean " + " or ".join(f"'{one}'" for one in similar) + "?"
        elif known:
            hint = "the record knows " + ", ".join(f"'{one}'" for one in known[:5]) + "."
        else:
            hint = "the record is empty: analyse a clip with --lifter first."
        raise UsageError(f"no lifter is called '{name}'; {hint}")

    def _write_series(self, analysis: Analysis, name: str) -> None:
        """Write the series; the row that names it comes afterwards."""
        from backline.report.document import series

        with self._file(name) as part:
            table = series(analysis, analysis.loads.columns)
            table.to_parquet(part, index=False, engine="pyarrow")

    @contextmanager
    def _file(self, name: str) -> Iterator[Path]:
        """Open a file of the record for atomic writing; see `atomic_file`."""
        try:
            keep_private((self.folder / name).parent, files=False)
            with atomic_file(self.folder / name) as part:
                yield part
                part.chmod(0o600)
        except (BacklineError, OSError) as error:
            cause = error.__cause__ or error
            raise BacklineError(
                f"the record's folder '{self.folder}' cannot be written "
                f"({getattr(cause, 'strerror', None) or cause}); nothing was saved: make room or "
                "check your rights there."
            ) from error

    def _copy(self, source: Path, content: str) -> str | None:
        """Copy a clip into the record under its content's hash."""
        if not source.is_file():
            return None
        name = f"originals/{self.mark}-{content}{source.suffix.lower()}"
        target = self.folder / name
        if not (target.exists() and file_sha256(target) == content):
            with self._file(name) as part:
                shutil.copyfile(source, part)
        return name


def _day_of(path: Path) -> date:
    """Return the day on which a file was last written, today where it is gone."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime).date()
    except OSError:
        return datetime.now().date()
