"""Results are written whole or not at all, each source into its own folder."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from backline.cli.results import RESULT_FILES, check_out, result_folders, write_results
from backline.errors import UsageError
from backline.storage import atomic_folder as atomic_folder_module
from tests.deadlines import PATIENCE_S


class Saves:
    """Stands for an Analysis: writes the named files, then does what it is told."""

    def __init__(self, text: str, names: tuple[str, ...] = RESULT_FILES, then=lambda: None):
        self.text, self.names, self.then = text, names, then

    def save(self, folder: Path, progress=None) -> dict[str, Path]:
        for name in self.names:
            (folder / name).write_text(self.text)
        self.then()
        return {name: folder / name for name in self.names}


def raise_(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (["a.mp4"], ["a"]),
        (["a.mp4", "b.mp4"], ["a", "b"]),
        (["a.mp4", "x/a.mov"], ["a", "a-2"]),
        (["a.mp4", "x/a.mp4", "y/a.mp4"], ["a", "a-2", "a-3"]),
        (["a.mp4", "a-2.mp4", "x/a.mp4"], ["a", "a-2", "a-3"]),  # the next name is taken
        (["A.mp4", "x/a.mp4"], ["A", "a-2"]),  # one folder on some disks
        (["lift.2026.mp4"], ["lift.2026"]),  # only the ending goes
        (["dir/../b.mp4"], ["b"]),
        (["...mp4"], ["result"]),  # its stem is "..", the folder above
        (["nul.mp4"], ["_nul"]),
        (["tab\there.mp4"], ["tab_here"]),
    ],
)
def test_each_source_has_its_own_folder(sources: list[str], names: list[str]) -> None:
    folders = result_folders([Path(source) for source in sources], Path("out"))
    assert folders == [Path("out") / name for name in names]


def test_a_folder_of_pictures_keeps_its_whole_name(tmp_path: Path) -> None:
    (tmp_path / "set.3").mkdir()
    assert result_folders([tmp_path / "set.3"], Path("out")) == [Path("out/set.3")]


@pytest.mark.parametrize("rate", ["30", "29.97", "30000/1001"])
def test_the_rate_of_a_folder_of_pictures_is_no_part_of_its_name(tmp_path: Path, rate: str) -> None:
    (tmp_path / "set.3").mkdir()
    folders = result_folders([Path(f"{tmp_path / 'set.3'}@{rate}")], Path("out"))
    assert folders == [Path("out/set.3")]


def test_a_rate_that_is_none_is_left_to_the_reader_to_refuse(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    assert len(result_folders([Path(f"{tmp_path / 'set'}@fast")], Path("out"))) == 1


def test_the_present_folder_has_a_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "frames").mkdir()
    monkeypatch.chdir(tmp_path / "frames")
    assert result_folders([Path(".")], Path("out")) == [Path("out/frames")]


def test_the_folder_of_all_results_is_made(tmp_path: Path) -> None:
    check_out(tmp_path / "deep" / "out", [])
    assert (tmp_path / "deep" / "out").is_dir()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(UsageError, match="cannot be made a folder"):
        check_out(tmp_path / "out", [])


def test_a_file_in_the_place_of_one_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lift").touch()
    with pytest.raises(UsageError, match="is a file"):
        check_out(tmp_path, [tmp_path / "lift"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written"):
        check_out(tmp_path, [])


def test_all_files_arrive_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_results(Saves("new"), tmp_path / "lift")
    assert [entry.name for entry in tmp_path.iterdir()] == ["lift"]
    assert {entry.name for entry in (tmp_path / "lift").iterdir()} == set(RESULT_FILES)


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt(), ValueError("x")])
def test_a_failure_leaves_nothing_behind(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        write_results(Saves("new", then=lambda: raise_(error)), tmp_path / "lift")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_older_result_as_it_was(tmp_path: Path) -> None:
    write_results(Saves("old"), tmp_path / "lift")
    with pytest.raises(KeyboardInterrupt):
        write_results(Saves("new", then=lambda: raise_(KeyboardInterrupt())), tmp_path / "lift")
    assert {entry.read_text() for entry in (tmp_path / "lift").iterdir()} == {"old"}


def test_a_new_result_replaces_an_older_one_whole(tmp_path: Path) -> None:
    write_results(Saves("old"), tmp_path / "lift")
    write_results(Saves("new", names=("analysis.json",)), tmp_path / "lift")
    left = {entry.name: entry.read_text() for entry in (tmp_path / "lift").iterdir()}
    assert left == {"analysis.json": "new"}


def test_files_of_the_user_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "lift").mkdir()
    (tmp_path / "lift" / "notes.txt").write_text("mine")
    write_results(Saves("new"), tmp_path / "lift")
    assert (tmp_path / "lift" / "notes.txt").read_text() == "mine"
    assert (tmp_path / "lift" / "report.html").read_text() == "new"


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    stale = tmp_path / ".lift.partial"
    stale.mkdir()
    (stale / "overlay.mp4").write_text("half")
    write_results(Saves("new", names=("analysis.json",)), tmp_path / "lift")
    assert not stale.exists()
    assert [entry.name for entry in (tmp_path / "lift").iterdir()] == ["analysis.json"]


def test_ctrl_c_while_files_are_moved_waits_until_all_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A shell's background jobs start with Ctrl-C ignored; here it must count.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    write_results(Saves("old"), tmp_path / "lift")
    put = atomic_folder_module._put

    def put_and_interrupt(*folders: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        put(*folders)

    monkeypatch.setattr(atomic_folder_module, "_put", put_and_interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            write_results(Saves("new"), tmp_path / "lift")
        after = signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert {entry.read_text() for entry in (tmp_path / "lift").iterdir()} == {"new"}
    assert after is signal.default_int_handler


def test_results_can_be_written_from_another_thread(tmp_path: Path) -> None:
    thread = threading.Thread(target=write_results, args=(Saves("new"), tmp_path / "lift"))
    thread.start()
    thread.join(PATIENCE_S)
    assert (tmp_path / "lift" / "analysis.json").read_text() == "new"
