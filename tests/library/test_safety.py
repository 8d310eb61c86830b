"""Nothing is lost or half-kept: killed processes, two at once, old schemas, bad databases."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import OperationalError

from backline.errors import BacklineError, UsageError
from backline.library import Store, delete_lifter, sweep
from backline.library.database import engine_of, migrate, plain_errors, revision, writing
from backline.library.schema import TABLES, lift_set, measurement, metadata, rep, rep_place
from tests.deadlines import PATIENCE_S, line_of, lines_of, running
from tests.library.saver import REPS, analysis_of

ROOT = Path(__file__).resolve().parents[2]
KILLS = {"sqlite": 25, "postgresql": 10}
"""How often a process is killed; BACKLINE_KILLS in the environment sets another number."""


def saver(folder: Path, first: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.library.saver", str(folder), str(first), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def whole_sets(store: Store) -> int:
    """Return the number of sets, after seeing that each is whole."""
    with store.engine.connect() as connection:
        total = int(connection.scalar(select(func.count()).select_from(lift_set)) or 0)
        counted = (
            select(lift_set.c.id, func.count(rep_place.c.id.distinct()))
            .outerjoin(measurement)
            .outerjoin(rep)
            .outerjoin(rep_place)
            .group_by(lift_set.c.id)
        )
        for _, places in connection.execute(counted):
            assert places == 3 * REPS  # descent, bottom and top of each rep
        for name in connection.scalars(select(measurement.c.series_file)):
            assert (store.folder / name).is_file()
    return total


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_process_killed_at_any_moment_leaves_whole_sets(
    make_url: Callable[[str], str], tmp_path: Path, kind: str
) -> None:
    url = make_url(kind)
    Store(url, tmp_path).close()
    rng = random.Random(1)
    told = 0
    command = [sys.executable, "-m", "tests.library.saver", url, str(tmp_path)]
    with running(command, cwd=ROOT, stdin=subprocess.PIPE, bufsize=1) as nurse:
        assert nurse.stdin is not None
        for kill in range(int(os.environ.get("BACKLINE_KILLS", KILLS[kind]))):
            nurse.stdin.write(f"{1000 * kill}\n")
            word, child = line_of(nurse).split()
            assert word == "pid"
            assert line_of(nurse) == "kept\n"  # and the next set is on its way
            told += 1
            time.sleep(rng.uniform(0, 0.06))
            os.kill(int(child), signal.SIGKILL)
            while (line := line_of(nurse)) == "kept\n":
                told += 1
            assert line == "ended\n"
            with Store(url, tmp_path) as store:
                assert whole_sets(store) >= told  # what was told to be kept is there
        nurse.stdin.close()
    with Store(url, tmp_path) as store:
        assert_only_named_files(store)
        if kind == "sqlite":
            with store.engine.connect() as connection:
                found = connection.execute(text("PRAGMA integrity_check")).scalar()
            assert found == "ok"


def assert_only_named_files(store: Store) -> None:
    """See that a sweep takes what no set names, and nothing else."""
    there = len(list((store.folder / "series").iterdir()))
    total = whole_sets(store)
    assert sweep(store) == there - total
    assert whole_sets(store) == total == len(list((store.folder / "series").iterdir()))


def leave_over(store: Store) -> list[Path]:
    """Write what killed saves leave behind: two series, one of them half-written, and a copy."""
    names = (f"series/{store.mark}-0.parquet", f"series/.{store.mark}-1.9.part.parquet")
    files = [store.folder / name for name in (*names, f"originals/{store.mark}-2.mp4")]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"left over")
    return files


def test_what_killed_saves_left_behind_is_swept_up(tmp_path: Path) -> None:
    with Store(folder=tmp_path) as store:
        store.save(analysis_of(1), "Ada")
        whole, half, copy = leave_over(store)
        assert sweep(store) == 2
        assert (whole.exists(), half.exists()) == (False, False)
        assert copy.exists()  # young: another process may be copying it
        os.utime(copy, (0, 0))
        assert sweep(store) == 1
        assert not copy.exists()
        assert whole_sets(store) == 1


def test_the_files_of_another_database_in_the_same_folder_are_left_alone(
    make_url: Callable[[str], str], tmp_path: Path
) -> None:
    with Store(make_url("sqlite"), tmp_path) as one, Store(make_url("sqlite"), tmp_path) as other:
        one.save(analysis_of(1), "Ada")
        other.save(analysis_of(2), "Ada")
        assert delete_lifter(other, "Ada").left_over == 0
        assert sweep(other) == 0
        assert whole_sets(one) == 1


def test_forgetting_a_lifter_takes_what_is_left_over_too(tmp_path: Path) -> None:
    with Store(folder=tmp_path) as store:
        store.save(analysis_of(1), "Ada")
        leave_over(store)
        gone = delete_lifter(store, "Ada")
        assert (gone.files, gone.left_over) == (1, 2)
        assert list((tmp_path / "series").iterdir()) == []


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    processes = [saver(tmp_path, first, 12) for first in (0, 1000)]
    for process in processes:
        assert process.stdout is not None
        lines = "".join(lines_of(process)).split()
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 0
        assert len(lines) == 13
    with Store(f"sqlite:///{tmp_path}/backline.sqlite", tmp_path) as store:
        assert whole_sets(store) == 24
        assert store.lifters() == ["Lifter 0", "Lifter 1", "Lifter 2"]


def test_twenty_savers_at_once_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.library.saver", str(tmp_path), "0", "4", "20"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    with Store(f"sqlite:///{tmp_path}/backline.sqlite", tmp_path) as store:
        assert whole_sets(store) == 80
        assert store.lifters() == ["Lifter 0", "Lifter 1", "Lifter 2"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_first_schema_becomes_todays_and_keeps_its_numbers(
    make_url: Callable[[str], str], tmp_path: Path, kind: str
) -> None:
    url = make_url(kind)
    with Store(url, tmp_path) as store:
        store.save(analysis_of(1), "Ada", day=date(2026, 1, 5))
        with store.engine.connect() as connection:
            today = connection.execute(text("SELECT place, reps, rounded, sum_deg, max_deg "
                                            "FROM set_place ORDER BY place")).all()  # fmt: skip
        with writing(store.engine) as connection:
            connection.execute(text("DROP TABLE set_place"))
            connection.execute(text("DROP TABLE drill"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with Store(url, tmp_path) as store, store.engine.connect() as connection:
        filled = connection.execute(text("SELECT place, reps, rounded, sum_deg, max_deg "
                                         "FROM set_place ORDER BY place")).all()  # fmt: skip
        assert filled == today
        assert revision(connection) == "0003"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migrations_make_what_the_tables_say(make_url: Callable[[str], str], kind: str) -> None:
    engine = engine_of(make_url(kind))
    with writing(engine) as connection:
        migrate(connection, "0001")
        migrate(connection)
    seen = inspect(engine)
    assert set(seen.get_table_names()) == {t.name for t in TABLES} | {"alembic_version"}
    for table in metadata.tables.values():
        made = {c["name"]: bool(c["nullable"]) for c in seen.get_columns(table.name)}
        assert made == {c.name: bool(c.nullable) for c in table.c}, table.name
        indexes = {str(i.name) for i in table.indexes}
        assert indexes <= {str(i["name"]) for i in seen.get_indexes(table.name)}
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_newer_record_is_left_alone(
    make_url: Callable[[str], str], tmp_path: Path, kind: str
) -> None:
    url = make_url(kind)
    with Store(url, tmp_path) as store, writing(store.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(BacklineError, match="written by a newer Backline"):
        Store(url, tmp_path)


def test_a_half_copied_record_is_told_and_not_touched(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path}/a.sqlite", tmp_path) as store:
        store.save(analysis_of(1), "Ada")
    half = tmp_path / "half.sqlite"
    whole = (tmp_path / "a.sqlite").read_bytes()
    half.write_bytes(whole[: len(whole) // 2])
    before = half.read_bytes()
    with pytest.raises(BacklineError, match="no whole database"):
        Store(f"sqlite:///{half}", tmp_path)
    assert half.read_bytes() == before


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    other = tmp_path / "b.sqlite"
    other.write_text("my diary " * 100)
    with pytest.raises(BacklineError, match="no whole database"):
        Store(f"sqlite:///{other}", tmp_path)


def test_a_postgresql_that_is_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(BacklineError, match="cannot be reached"):
        Store("postgresql://backline@127.0.0.1:1/nobody", tmp_path)


@pytest.mark.parametrize("url", ["mysql://a@b/c", "no url", "sqlite+nothing:///x"])
def test_another_kind_of_url_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected sqlite:///FILE or postgresql"):
        Store(url, tmp_path)


def save_many(store: Store, count: int) -> None:
    for number in range(2, count):
        store.save(analysis_of(number), "Ada")


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path}/a.sqlite", tmp_path) as store:
        store.save(analysis_of(1), "Ada")
        with store.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            connection.rollback()  # the pool uses this connection again, with its limit
        with pytest.raises(BacklineError, match="no room left on its disk"):
            save_many(store, 200)
        kept = whole_sets(store)
        assert len(list((tmp_path / "series").iterdir())) == kept >= 1


def test_a_log_that_cannot_grow_is_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A disk without one free page: SQLite then says "disk I/O error" and no more.
    with Store(folder=tmp_path) as store:
        for free, said in ((0, "no room left on its disk"), (1 << 30, "gave an error")):
            monkeypatch.setattr(
                "shutil.disk_usage", lambda folder, free=free: SimpleNamespace(free=free)
            )
            with pytest.raises(BacklineError, match=said), plain_errors(store.engine):
                raise OperationalError("SELECT 1", {}, sqlite3.OperationalError("disk I/O error"))


def test_a_folder_for_the_series_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path}/a.sqlite", tmp_path / "record") as store:
        (tmp_path / "record" / "series").write_text("a file")
        with pytest.raises(BacklineError, match="record's folder .* cannot be written") as told:
            store.save(analysis_of(1), "Ada")
        assert "--out" not in str(told.value)
        assert whole_sets(store) == 0


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BacklineError, match="cannot be opened"):
        Store(folder=tmp_path / "file" / "record")


def test_a_read_only_folder_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with Store(folder=tmp_path / "r") as store:
        store.save(analysis_of(1), "Ada")
    shutil.copytree(tmp_path / "r", tmp_path / "copy")
    database = tmp_path / "copy" / "backline.sqlite"
    # Root may write anywhere, so SQLite itself is told that the file is read-only.
    url = f"sqlite:///file:{database}?mode=ro&uri=true"
    with Store(url, tmp_path / "copy") as store:
        assert store.lifters() == ["Ada"]  # what is there can be read
        with pytest.raises(BacklineError, match="cannot be written"):
            store.save(analysis_of(2), "Ada")
        assert whole_sets(store) == 1
        assert len(list((tmp_path / "copy" / "series").iterdir())) == 1
