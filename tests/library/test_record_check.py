"""A record is looked through without a change: what is whole, damaged, missing, left over."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from backline.cli.app import run
from backline.errors import BacklineError
from backline.library import Store
from backline.library.database import engine_of, plain_errors
from backline.library.record_check import check_record
from tests.library.saver import analysis_of


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record of three sets, its database closed."""
    with Store(folder=tmp_path) as store:
        for number in range(3):
            store.save(analysis_of(number), "Ada")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_a_whole_record_is_whole_and_is_not_changed(record: Path) -> None:
    before = contents(record)
    found = check_record(folder=record)
    assert found.whole
    assert (found.counts["lifter"], found.counts["lift_set"], found.files) == (1, 3, 3)
    assert (found.damage, found.lost, found.orphans) == ((), (), ())
    assert {k: v for k, v in contents(record).items() if "sqlite-" not in k} == before


def test_missing_and_damaged_files_and_leftovers_are_told(record: Path) -> None:
    with Store(folder=record) as store:
        mark = store.mark
    first, second, _ = sorted((record / "series").iterdir())
    first.unlink()
    second.write_bytes(second.read_bytes()[:-7])
    (record / "series" / f"{mark}-left.parquet").write_bytes(b"x")
    found = check_record(folder=record)
    assert not found.whole
    assert found.files == 1
    assert [line.partition(": ")[2] for line in found.lost] == [
        "it is missing", "it is damaged or cut off"
    ]  # fmt: skip
    assert found.orphans == (f"series/{mark}-left.parquet",)


def spoil_pages(file: Path) -> None:
    """Overwrite every page but the first."""
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))


def test_a_damaged_database_is_told_with_the_way_back(
    record: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKLINE_DATA", str(record))
    assert run(["record", "check"]) == 0
    assert "All of it is whole" in capsys.readouterr().out
    spoil_pages(record / "backline.sqlite")
    assert run(["record", "check"]) == 1
    said = capsys.readouterr()
    assert "Damaged database:" in said.out
    assert "backline restore FILE" in said.err
    assert run(["history", "Ada"]) == 1
    told = capsys.readouterr().err
    assert "nothing was lost" not in told
    assert "is not known" in told
    assert "backline record check" in told
    assert "backline restore FILE" in told


@pytest.mark.parametrize(
    ("what", "said", "not_said"),
    [
        ("database disk image is malformed", "backline record check", "unchanged"),
        ("file is not a database", "backline record check", "unchanged"),
        ("database or disk is full", "unchanged", "record check"),
        ("database is locked", "unchanged", "record check"),
    ],
)
def test_only_what_is_known_is_said(tmp_path: Path, what: str, said: str, not_said: str) -> None:
    engine = engine_of(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with pytest.raises(BacklineError) as told, plain_errors(engine):
        raise DatabaseError("SELECT 1", {}, sqlite3.DatabaseError(what))
    assert said in str(told.value)
    assert not_said not in str(told.value)
    assert "nothing was lost" not in str(told.value)


def test_a_record_that_is_not_there_is_no_whole_one(tmp_path: Path) -> None:
    found = check_record(folder=tmp_path / "none")
    assert not found.whole
    assert not (tmp_path / "none").exists()
