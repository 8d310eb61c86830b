"""The store on both databases: nothing doubled, nothing lost, everything forgotten on demand."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import func, select

from backline.errors import BacklineError, UsageError
from backline.library import Notes, Store, backup, delete_lifter, restore
from backline.library.schema import TABLES, finding, lift_set, measurement, rep_place, set_place
from backline.pipeline import Analysis
from backline.storage.atomic_file import file_sha256

Make = Callable[..., Analysis]
DAY = date(2026, 1, 5)


def count(store: Store, table: Any) -> int:
    with store.engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def counts(store: Store) -> dict[str, int]:
    return {table.name: count(store, table) for table in TABLES}


def series_files(store: Store) -> list[Path]:
    return sorted((store.folder / "series").glob("*"))


def test_a_set_is_kept_whole(store: Store, make_set: Make) -> None:
    saved = store.save(make_set("a", (8.0, 2.0), cue="squeeze"), "Ada  Lovelace", day=DAY)
    assert (saved.news, saved.lifter, saved.day) == ("set", "Ada Lovelace", DAY)
    assert counts(store) == {
        "lifter": 1, "session": 1, "lift_set": 1, "measurement": 1, "rep": 2,
        "rep_place": 6,  # descent, bottom and top of each rep; the ascent was not seen
        "finding": 1, "set_place": 3, "drill": 0,
    }  # fmt: skip
    with store.engine.connect() as connection:
        row = connection.execute(select(lift_set)).mappings().one()
        top = connection.execute(
            select(set_place).where(set_place.c.place == "lockout")
        ).mappings().one()  # fmt: skip
        document = connection.scalar(select(measurement.c.document))
    assert (row["cue"], row["lift"], row["content"]) == ("squeeze", "squat", "a".ljust(64, "0"))
    assert (top["reps"], top["rounded"], top["sum_deg"], top["max_deg"]) == (2, 1, 10.0, 8.0)
    assert document["schema"] == "backline.analysis/1"
    [file] = series_files(store)
    assert len(pd.read_parquet(file)) == 60


def test_the_same_clip_twice_is_one_set(store: Store, make_set: Make) -> None:
    store.save(make_set("a"), "Ada", day=DAY)
    before = counts(store)
    again = store.save(replace(make_set("a")), "ADA", day=date(2026, 2, 1))
    assert (again.news, again.day) == ("nothing", DAY)
    assert counts(store) == before
    assert len(series_files(store)) == 1


def test_new_numbers_of_a_set_go_beside_the_old_ones(store: Store, make_set: Make) -> None:
    store.save(make_set("a", (8.0, 2.0)), "Ada", day=DAY)
    newer = store.save(make_set("a", (3.0, 2.0)), "Ada", day=DAY)
    assert newer.news == "measurement"
    with store.engine.connect() as connection:
        rows = connection.execute(
            select(measurement.c.number, measurement.c.latest).order_by(measurement.c.number)
        ).all()
        sizes = sorted(
            connection.scalars(select(rep_place.c.size_deg).where(rep_place.c.place == "lockout"))
        )
        top = connection.scalar(select(set_place.c.rounded).where(set_place.c.place == "lockout"))
    assert [tuple(row) for row in rows] == [(1, False), (2, True)]
    assert sizes == [2.0, 2.0, 3.0, 8.0]
    assert top == 0  # totals follow the latest numbers
    assert len(series_files(store)) == 2


def test_a_place_that_was_not_measured_is_no_size_of_zero(store: Store, make_set: Make) -> None:
    hidden = make_set("a", (2.0, 2.0))
    summary = {**hidden.summary, "not_measured": [{"rep": 1, "phase": "lockout", "reason": "x"}]}
    store.save(replace(hidden, summary=summary), "Ada", day=DAY)
    with store.engine.connect() as connection:
        top = select(set_place.c.reps).where(set_place.c.place == "lockout")
        assert connection.scalar(top) == 1


def test_a_refused_clip_is_kept_without_numbers(store: Store, refused_analysis: Analysis) -> None:
    store.save(refused_analysis, "Ada", day=DAY)
    assert (count(store, measurement), count(store, rep_place), count(store, finding)) == (1, 0, 0)


def test_notes_reach_the_latest_set_and_leave_the_rest(store: Store, make_set: Make) -> None:
    store.save(make_set("a"), "Ada", day=DAY, notes=Notes(felt="neutral", tags=("belt",)))
    second = store.save(make_set("b"), "Ada", day=DAY)
    assert store.note("ada", Notes(pain=2, notes="fine")) == second.set_id
    with store.engine.connect() as connection:
        rows = connection.execute(select(lift_set).order_by(lift_set.c.id)).mappings().all()
    assert [(r["felt"], r["pain"], r["tags"]) for r in rows] == [
        ("neutral", None, ["belt"]),
        (None, 2, []),
    ]


@pytest.mark.parametrize("wrong", [{"pain": 11}, {"pain": -1}, {"intended_reps": 0}])
def test_impossible_notes_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="expected"):
        Notes(**wrong)


def test_an_unknown_lifter_is_answered_with_the_nearest_names(store: Store, make_set: Make) -> None:
    with pytest.raises(UsageError, match="the record is empty"):
        store.find("Anna")
    for name in ("Anna", "Hannah", "Bob"):
        store.save(make_set(name), name, day=DAY)
    with pytest.raises(UsageError, match="did you mean 'Anna'"):
        store.find("Ana")
    with pytest.raises(UsageError, match="the record knows 'Anna', 'Bob', 'Hannah'"):
        store.find("Zqx")


def test_a_copied_original_lies_under_its_hash(
    store: Store, make_set: Make, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.MP4"
    clip.write_bytes(b"a lift")
    analysis = make_set("c")
    analysis = replace(analysis, source=replace(analysis.source, path=str(clip)))
    store.save(analysis, "Ada", copy_original=True)
    [copy] = (store.folder / "originals").iterdir()
    assert copy.name == f"{store.mark}-{'c'.ljust(64, '0')}.mp4"
    assert copy.read_bytes() == b"a lift"


def test_the_session_is_the_day_of_the_clip(store: Store, make_set: Make, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"a lift")
    os.utime(clip, (1_700_000_000, 1_700_000_000))
    analysis = make_set("c")
    analysis = replace(analysis, source=replace(analysis.source, path=str(clip)))
    assert store.save(analysis, "Ada").day == date.fromtimestamp(1_700_000_000)


def test_forgetting_removes_rows_and_files_of_one_lifter_only(
    store: Store, make_set: Make, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"a lift")
    mine = make_set("a")
    mine = replace(mine, source=replace(mine.source, path=str(clip)))
    store.save(make_set("b"), "Bob", day=DAY)
    others = counts(store)
    store.save(mine, "Ada", day=DAY, copy_original=True)
    store.save(make_set("a", (1.0,)), "Ada", day=DAY)
    removed = delete_lifter(store, "ada")
    assert (removed.lifter, removed.sessions, removed.sets) == ("Ada", 1, 1)
    assert (removed.measurements, removed.reps, removed.files) == (2, 3, 3)
    assert counts(store) == others
    assert store.lifters() == ["Bob"]
    assert len(series_files(store)) == 1
    assert list((store.folder / "originals").iterdir()) == []
    assert clip.exists()  # the user's own file is the user's


def test_nothing_of_a_forgotten_lifter_stays_in_the_file(
    make_url: Callable[[str], str], make_set: Make, tmp_path: Path
) -> None:
    with Store(make_url("sqlite"), tmp_path / "record") as store:
        store.save(make_set("a", cue="xylophone"), "Zaphod", day=DAY)
        delete_lifter(store, "Zaphod")
        name = str(store.engine.url.database)
    for file in (Path(name), Path(f"{name}-wal")):
        held = file.read_bytes() if file.exists() else b""
        assert b"Zaphod" not in held
        assert b"xylophone" not in held


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_a_backup_is_restored_into_either_database(
    store: Store, make_set: Make, make_url: Callable[[str], str], tmp_path: Path, target: str
) -> None:
    store.save(make_set("a", cue="squeeze"), "Ada", day=DAY, notes=Notes(felt="neutral"))
    store.save(make_set("b"), "Bob", day=DAY)
    backup(store, tmp_path / "all.zip")
    with Store(make_url(target), tmp_path / "other") as other:
        assert restore(other, tmp_path / "all.zip")["files"] == 2
        assert counts(other) == counts(store)
        for table in TABLES:
            told = select(*(c for c in table.c if c.name != "series_file")).order_by(
                *table.primary_key
            )
            with store.engine.connect() as one, other.engine.connect() as two:
                assert one.execute(told).all() == two.execute(told).all()
        assert [f.read_bytes() for f in series_files(other)] == [
            f.read_bytes() for f in series_files(store)
        ]
        assert other.save(make_set("c"), "Ada", day=DAY).news == "set"  # numbers go on


def test_a_backup_never_overwrites_a_record(store: Store, make_set: Make, tmp_path: Path) -> None:
    store.save(make_set("a"), "Ada", day=DAY)
    backup(store, tmp_path / "all.zip")
    before = counts(store)
    with pytest.raises(UsageError, match="not empty, and nothing was restored"):
        restore(store, tmp_path / "all.zip")
    assert counts(store) == before
    assert len(series_files(store)) == 1


@pytest.mark.parametrize("spoil", [lambda b: b[: len(b) // 2], lambda b: b"no zip at all"])
def test_a_spoilt_backup_restores_nothing(
    store: Store,
    make_set: Make,
    make_url: Callable[[str], str],
    tmp_path: Path,
    spoil: Callable[[bytes], bytes],
) -> None:
    store.save(make_set("a"), "Ada", day=DAY)
    file = tmp_path / "all.zip"
    backup(store, file)
    file.write_bytes(spoil(file.read_bytes()))
    with Store(make_url("sqlite"), tmp_path / "other") as other:
        with pytest.raises(UsageError, match="cannot be read as a backup"):
            restore(other, file)
        assert sum(counts(other).values()) == 0
        assert series_files(other) == []


def changed(file: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Write a zip anew with each member changed."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, change(name, content))


def test_a_backup_of_a_newer_backline_restores_nothing(
    store: Store, make_set: Make, make_url: Callable[[str], str], tmp_path: Path
) -> None:
    store.save(make_set("a"), "Ada", day=DAY)
    file = tmp_path / "all.zip"
    backup(store, file)
    newer = b'{"format": "backline.record/1", "schema": "0999", "counts": {}}'
    changed(file, lambda name, content: newer if name == "record.json" else content)
    with Store(make_url("sqlite"), tmp_path / "other") as other:
        with pytest.raises(BacklineError, match="written by a newer Backline"):
            restore(other, file)
        assert sum(counts(other).values()) == 0


def test_a_member_spoilt_within_restores_nothing(
    store: Store, make_set: Make, make_url: Callable[[str], str], tmp_path: Path
) -> None:
    for content in "abc":
        store.save(make_set(content), "Ada", day=DAY)
    file = tmp_path / "all.zip"
    backup(store, file)
    with zipfile.ZipFile(file) as archive:
        last = max(archive.infolist(), key=lambda one: (one.filename[:6] == "series", one.filename))
    spoilt = bytearray(file.read_bytes())
    for place in range(last.header_offset + 120, last.header_offset + 160):
        spoilt[place] ^= 0x5A
    file.write_bytes(spoilt)
    with Store(make_url("sqlite"), tmp_path / "other") as other:
        with pytest.raises(UsageError, match="cannot be read as a backup"):
            restore(other, file)
        assert sum(counts(other).values()) == 0
        assert series_files(other) == []  # those that came before it are gone again


def test_a_restore_that_fails_leaves_the_files_of_another_database_in_the_folder(
    store: Store, make_set: Make, make_url: Callable[[str], str], tmp_path: Path
) -> None:
    # The way from a laptop's SQLite to a gym's PostgreSQL: one folder for the series of both.
    store.save(make_set("a"), "Ada", day=DAY)
    file = tmp_path / "all.zip"
    backup(store, file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("series/z" + 300 * "z", b"a name that no disk takes")
    with Store(make_url("sqlite"), store.folder) as other, pytest.raises(BacklineError):
        restore(other, file)
    assert len(series_files(store)) == 1


def test_two_records_in_one_folder_keep_their_own_files_after_a_restore(
    store: Store, make_set: Make, make_url: Callable[[str], str], tmp_path: Path
) -> None:
    clip = tmp_path / "lift.mp4"
    clip.write_bytes(b"a clip")
    one = make_set("a")
    one = replace(one, source=replace(one.source, path=str(clip), sha256=file_sha256(clip)))
    store.save(one, "Ada", day=DAY, copy_original=True)
    backup(store, tmp_path / "all.zip")
    mine = [*series_files(store), *(store.folder / "originals").glob("*")]
    with Store(make_url("sqlite"), store.folder) as other:
        assert restore(other, tmp_path / "all.zip")["files"] == 2
        theirs = {f for home in ("series", "originals") for f in (store.folder / home).glob("*")}
        theirs -= set(mine)
        assert len(theirs) == 2
        assert all(file.name.startswith(f"{other.mark}-") for file in theirs)
        assert delete_lifter(other, "Ada").files == 2
        assert not any(file.exists() for file in theirs)
    assert all(file.exists() for file in mine)


def test_a_series_that_is_gone_stops_the_backup(
    store: Store, make_set: Make, tmp_path: Path
) -> None:
    store.save(make_set("a"), "Ada", day=DAY)
    series_files(store)[0].unlink()
    with pytest.raises(BacklineError, match="no backup was written"):
        backup(store, tmp_path / "all.zip")
    assert not (tmp_path / "all.zip").exists()


def test_the_record_is_for_its_owner_alone_and_an_open_one_is_shut(
    make_set: Make, tmp_path: Path
) -> None:
    home = tmp_path / "record"
    with Store(folder=home) as store:
        store.save(make_set("a"), "Ada", day=DAY)
        assert stat.S_IMODE(series_files(store)[0].stat().st_mode) == 0o600
    for place in (home, home / "series", home / "backline.sqlite"):
        place.chmod(0o755)
    (home / "cues.toml").touch(0o644)
    with Store(folder=home):
        pass
    for place, mode in ((home, 0o700), (home / "series", 0o700), (home / "cues.toml", 0o600)):
        assert stat.S_IMODE(place.stat().st_mode) == mode, place
    assert stat.S_IMODE((home / "backline.sqlite").stat().st_mode) == 0o600


def test_a_folder_that_all_accounts_share_by_design_stays_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    with Store(folder=tmp_path):
        pass
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777
