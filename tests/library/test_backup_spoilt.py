"""A backup that is not all there, or that was made to do harm, is refused before any use of it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backline.errors import BacklineError, UsageError
from backline.library import Store, backup, restore
from tests.library.saver import analysis_of

Members = dict[str, bytes]
Change = Callable[[Members], Members | None]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A backup of one lifter with four sets."""
    file = tmp_path / "record.zip"
    with Store(folder=tmp_path / "record") as store:
        for number in range(4):
            store.save(analysis_of(number), "Ada")
        backup(store, file)
    return file


def again(file: Path, change: Change, *, listed: bool) -> None:
    """Write a backup anew with other members; ``listed``: its list of hashes fits them."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    head = json.loads(members.pop("record.json"))
    members = change(members) or members
    if listed:
        head.pop("members")  # as an older Backline wrote it, or whoever left the list out
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("record.json", json.dumps(head))


def refused(file: Path, folder: Path) -> str:
    with Store(folder=folder) as store:
        before = {one.relative_to(folder) for one in folder.rglob("*")}
        with pytest.raises(UsageError, match="nothing was restored") as told:
            restore(store, file)
        assert store.lifters() == []
        assert {one.relative_to(folder) for one in folder.rglob("*")} == before
    return str(told.value)


def series(members: Members) -> list[str]:
    return [name for name in members if name.startswith("series/")]


def drop(count: int) -> Change:
    def change(members: Members) -> None:
        for name in series(members)[:count]:
            del members[name]

    return change


def rename(pattern: str) -> Change:
    """Give the first series another name, in its row too."""

    def change(members: Members) -> Members:
        old = series(members)[0]
        new = pattern.format(old.partition("/")[2])
        rows = "tables/measurement.jsonl"
        text = members[rows].decode().replace(json.dumps(old), json.dumps(new))
        moved = {new if name == old else name: content for name, content in members.items()}
        return {**moved, rows: text.encode()}

    return change


def cut_row(members: Members) -> None:
    lines = members["tables/rep.jsonl"].splitlines(keepends=True)
    members["tables/rep.jsonl"] = b"".join(lines[:-1])


def other_number(members: Members) -> None:
    members["tables/rep_place.jsonl"] = members["tables/rep_place.jsonl"].replace(b"7.0", b"1.0")


def no_series(members: Members) -> None:
    for name in series(members):
        members[name] = b""


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        drop(4), drop(2), cut_row, no_series,
        lambda members: members.pop("tables/finding.jsonl") and None,
        lambda members: members.update({"series/more.parquet": b"PAR1PAR1"}),
    ],
    ids=["no series", "half of them", "a row less", "empty series", "a table less", "one more"],
)  # fmt: skip
def test_a_backup_that_is_not_all_there_is_refused(
    saved: Path, tmp_path: Path, change: Change, listed: bool
) -> None:
    again(saved, change, listed=listed)
    refused(saved, tmp_path / "other")


def test_a_changed_number_is_noticed(saved: Path, tmp_path: Path) -> None:
    again(saved, other_number, listed=False)
    assert "not as it was written" in refused(saved, tmp_path / "other")


@pytest.mark.parametrize(
    "pattern",
    ["series\\{}", "series/..\\..\\{}", "../{}", "/tmp/{}", "series/sub/{}", "series/.{}",
     "originals/\n{}", "series/../../{}", "else/{}"],
)  # fmt: skip
def test_a_file_that_would_lie_elsewhere_is_refused(
    saved: Path, tmp_path: Path, pattern: str
) -> None:
    again(saved, rename(pattern), listed=True)
    refused(saved, tmp_path / "other")


def test_a_backup_of_older_backlines_without_hashes_is_taken(saved: Path, tmp_path: Path) -> None:
    again(saved, lambda members: None, listed=True)
    with Store(folder=tmp_path / "other") as store:
        assert restore(store, saved)["files"] == 4


def test_every_member_is_listed_with_its_length_and_hash(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        listed: dict[str, list[Any]] = json.loads(archive.read("record.json"))["members"]
        assert set(listed) == set(archive.namelist()) - {"record.json"}
        for name, (size, digest) in listed.items():
            content = archive.read(name)
            assert (size, digest) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_pipe_is_no_backup(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "no regular file" in refused(tmp_path / "pipe", tmp_path / "other")


def test_more_than_the_disk_has_is_refused_before_anything_is_written(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with (
        Store(folder=tmp_path / "other") as store,
        pytest.raises(BacklineError, match="make room"),
    ):
        restore(store, saved)
    assert not (tmp_path / "other" / "series").exists()


def bomb(file: Path, row: int, rows: int) -> None:
    """Let the table of reps unpack to so many rows of so many bytes of nothing."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    head = json.loads(members["record.json"])
    del head["members"]
    head["counts"]["rep"] = rows
    members["record.json"] = json.dumps(head).encode()
    del members["tables/rep.jsonl"]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        with archive.open("tables/rep.jsonl", "w") as stream:
            for _ in range(rows):
                stream.write(b" " * row + b"\n")


WORK = """
import resource, sys
from pathlib import Path
from backline.library import Store, restore
with Store(folder=Path(sys.argv[1])) as store:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        restore(store, Path(sys.argv[2]))
    except Exception as error:
        print(type(error).__name__)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(("row", "rows"), [(250_000_000, 1), (100_000, 2500)])
def test_a_bomb_is_refused_and_takes_no_memory(
    saved: Path, tmp_path: Path, row: int, rows: int
) -> None:
    bomb(saved, row, rows)
    assert saved.stat().st_size < 5_000_000
    done = subprocess.run(
        [sys.executable, "-c", WORK, str(tmp_path / "other"), str(saved)],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    said = done.stdout.split()
    assert said[0] == "UsageError", done.stderr
    assert int(said[1]) < 150  # MiB; it unpacks to 250


@pytest.mark.parametrize("spoil", [b"", b"PAR1 cut off", b"not a table"])
def test_a_damaged_series_is_not_taken_into_a_backup(tmp_path: Path, spoil: bytes) -> None:
    with Store(folder=tmp_path / "record") as store:
        store.save(analysis_of(1), "Ada")
        next((tmp_path / "record" / "series").iterdir()).write_bytes(spoil)
        with pytest.raises(BacklineError, match="no backup was written"):
            backup(store, tmp_path / "record.zip")
    assert not (tmp_path / "record.zip").exists()


def test_a_record_of_nobody_replaces_no_earlier_backup(saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    with (
        Store(folder=tmp_path / "mistyped") as store,
        pytest.raises(UsageError, match="holds nobody.*BACKLINE_DATA"),
    ):
        backup(store, saved)
    assert saved.read_bytes() == before
