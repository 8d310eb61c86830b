"""A folder is exchanged at one moment, by one writer at a time, and nothing of others is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from backline.errors import BacklineError, UsageError
from backline.storage import atomic_folder, temporary_files
from backline.storage.atomic_file import atomic_file
from backline.storage.atomic_folder import locked_folder, recover_all
from backline.storage.temporary_files import hidden_name, private_folder, remove_left_over
from tests.deadlines import PATIENCE_S

OWN = ("a", "b")


def write(folder: Path, text: str, names: tuple[str, ...] = OWN) -> None:
    with atomic_folder.atomic_folder(folder, OWN) as made:
        for name in names:
            (made / name).write_text(text)


def texts(folder: Path) -> dict[str, str]:
    return {entry.name: entry.read_text() for entry in folder.iterdir()}


def of_a_dead_process(name: str, kind: str, ending: str = "") -> str:
    """A hidden name as a process that is gone has left it."""
    code = (
        "from backline.storage.temporary_files import hidden_name; import sys;"
        "print(hidden_name(*sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, name, kind, ending]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_S)
    return done.stdout.strip()


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_new_folder_replaces_the_old_one_and_keeps_what_is_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanges: bool
) -> None:
    if not exchanges:  # as on a file system that cannot exchange two names
        monkeypatch.setattr(atomic_folder, "_exchange", lambda *_: False)
    write(tmp_path / "f", "old")
    (tmp_path / "f" / "mine").write_text("mine")
    (tmp_path / "f" / "sub").mkdir()
    write(tmp_path / "f", "new", names=("a",))
    assert sorted(entry.name for entry in (tmp_path / "f").iterdir()) == ["a", "mine", "sub"]
    assert (tmp_path / "f" / "a").read_text() == "new"
    assert os.listdir(tmp_path) == ["f"]


def test_a_second_writer_is_told_at_once_and_the_first_goes_on(tmp_path: Path) -> None:
    told: list[str] = []

    def second() -> None:
        try:
            write(tmp_path / "f", "second")
        except UsageError as error:
            told.append(str(error))

    with locked_folder(tmp_path / "f"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(30)
        write(tmp_path / "f", "first")  # who holds it may enter again
    assert "another process is writing" in told[0]
    assert texts(tmp_path / "f") == {"a": "first", "b": "first"}
    assert os.listdir(tmp_path) == ["f"]
    write(tmp_path / "f", "third")


def test_another_process_is_told_too(tmp_path: Path) -> None:
    code = (
        "import sys; from backline.storage.atomic_folder import locked_folder\n"
        "try:\n    locked_folder(sys.argv[1]).__enter__()\n"
        "except Exception as error:\n    print(type(error).__name__)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "f")]
    with locked_folder(tmp_path / "f"):
        busy = subprocess.run(command, capture_output=True, text=True, timeout=60)
    free = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (busy.stdout, free.stdout) == ("UsageError\n", "")


def test_a_folder_behind_a_link_is_written_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    write(tmp_path / "disk" / "f", "old")
    (tmp_path / "f").symlink_to(tmp_path / "disk" / "f")
    write(tmp_path / "f", "new")
    assert (tmp_path / "f").is_symlink()
    assert texts(tmp_path / "disk" / "f") == {"a": "new", "b": "new"}


def test_where_nothing_can_be_made_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BacklineError, match="cannot be written"):
        write(tmp_path / "file" / "f", "new")


def test_a_result_put_aside_by_a_killed_process_comes_back(tmp_path: Path) -> None:
    old = tmp_path / of_a_dead_process("f", temporary_files.ASIDE)
    old.mkdir()
    (old / "a").write_text("old")
    recover_all(tmp_path, OWN)
    assert texts(tmp_path / "f") == {"a": "old"}
    assert os.listdir(tmp_path) == ["f"]


def test_what_killed_processes_left_goes_but_for_what_is_others(tmp_path: Path) -> None:
    half = tmp_path / of_a_dead_process("f", temporary_files.FOLDER)
    half.mkdir()
    for name in ("a", "mine", of_a_dead_process("b", temporary_files.PART, ".mp4")):
        (half / name).write_text(name)
    (tmp_path / f".f.{temporary_files.LOCK}").touch()
    (tmp_path / of_a_dead_process("export", temporary_files.PART, ".c3d")).touch()
    recover_all(tmp_path, OWN)
    assert os.listdir(tmp_path) == ["f"]
    assert texts(tmp_path / "f") == {"mine": "mine"}


def test_what_living_processes_write_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / hidden_name("f", temporary_files.PART, ".mp4")
    mine.touch()
    elsewhere = tmp_path / mine.name.replace(temporary_files._host(), "0" * 8)  # on another machine
    elsewhere.touch()
    assert remove_left_over(tmp_path) == 0
    assert mine.exists()
    assert elsewhere.exists()


def test_a_file_removes_what_a_killed_process_left_beside_it(tmp_path: Path) -> None:
    dead = tmp_path / of_a_dead_process("a", temporary_files.PART, ".json")
    dead.write_text("half")
    with atomic_file(tmp_path / "a.json") as part:
        part.write_text("whole")
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_private_folder_goes_with_its_block_or_with_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    code = (
        "import os, signal; from backline.storage.temporary_files import private_folder\n"
        "with private_folder() as folder:\n"
        "    (folder / 'clip.mp4').touch(); os.kill(os.getpid(), {})"
    )
    command = [sys.executable, "-c", code.format(int(signal.SIGKILL))]
    assert subprocess.run(command, timeout=60).returncode == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) == 1
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    temporary_files._sweep_private.cache_clear()
    with private_folder() as folder:
        assert os.listdir(tmp_path) == [folder.name]
    assert os.listdir(tmp_path) == []


def test_a_very_long_name_still_has_room_for_its_hidden_ones(tmp_path: Path) -> None:
    write(tmp_path / ("ü" * 95), "new")
    with atomic_file(tmp_path / ("x" * 247 + ".parquet")) as part:
        part.write_text("whole")
    assert len(os.listdir(tmp_path)) == 2


def test_hidden_names_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".editor.lock").touch()
    (tmp_path / ".download.partial").mkdir()
    (tmp_path / ".download.partial" / "film").touch()
    (tmp_path / ".notes.part").touch()
    recover_all(tmp_path, OWN)
    assert sorted(os.listdir(tmp_path)) == [".download.partial", ".editor.lock", ".notes.part"]
    assert (tmp_path / ".download.partial" / "film").exists()


def test_a_file_of_somebody_else_is_there_the_moment_the_folders_are_exchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill right after the exchange lost it from view until the next run there."""
    write(tmp_path / "f", "old")
    (tmp_path / "f" / "mine").write_text("mine")
    seen: list[str] = []
    discard = atomic_folder._discard

    def look(old: Path, place: Path, own: tuple[str, ...]) -> None:
        seen.extend(sorted(os.listdir(place)))
        discard(old, place, own)

    monkeypatch.setattr(atomic_folder, "_discard", look)
    write(tmp_path / "f", "new")
    assert seen == ["a", "b", "mine"]
    assert os.listdir(tmp_path) == ["f"]
    assert (tmp_path / "f" / "mine").read_text() == "mine"
