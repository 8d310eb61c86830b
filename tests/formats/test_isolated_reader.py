"""What a reader does to its process stays there: a sentence comes back, or the result."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, SourceError, UsageError
from backline.formats.isolated_reader import GIB, ProcessLimits, read_isolated


def answer(path: Path, factor: float) -> tuple[str, np.ndarray]:
    sys.stdout.write("a library that prints")
    os.write(1, b"and one written in C")
    return str(path), factor * np.arange(1_000_000)


def crash(path: Path) -> None:
    ctypes.string_at(0)


def abort(path: Path) -> None:
    os.abort()


def hoard(path: Path, gib: float) -> int:
    return len(bytearray(int(gib * GIB)))


def sleep(path: Path) -> None:
    time.sleep(60)


def spin(path: Path) -> None:
    while True:
        pass


class Taken:
    """What a child that somebody has taken over may answer."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch taken",)


def taken(path: Path) -> Taken:
    return Taken()


def refuse(path: Path, kind: str) -> None:
    kinds = {"source": SourceError, "usage": UsageError, "measure": NotMeasurableError}
    raise kinds[kind](f"'{path}' is odd: export it again.")


def fail(path: Path) -> None:
    raise KeyError("frames")


def write(path: Path) -> None:
    path.write_bytes(bytes(1 << 22))


def lame(path: Path) -> str:
    """Fail as a library does that cannot load; the second process can."""
    if not path.with_suffix(".tried").exists():
        path.with_suffix(".tried").touch()
        raise ImportError("numpy._core.multiarray failed to import")
    return "read"


def unloadable(path: Path) -> None:
    raise ImportError("no such library")


def call(name: str, path: Path, *arguments: object, limits: ProcessLimits | None = None) -> object:
    target = f"tests.formats.test_isolated_reader:{name}"
    return read_isolated(target, path, *arguments, limits=limits)


def test_a_result_comes_back_whole_whatever_is_printed(tmp_path: Path) -> None:
    name, numbers = call("answer", tmp_path / "a", 2.0)  # type: ignore[misc]
    assert name == str(tmp_path / "a")
    np.testing.assert_array_equal(numbers, 2.0 * np.arange(1_000_000))


@pytest.mark.parametrize(("name", "sign"), [("crash", "SIGSEGV"), ("abort", "SIGABRT")])
def test_a_crash_is_one_sentence(tmp_path: Path, name: str, sign: str) -> None:
    with pytest.raises(SourceError, match=rf"a' cannot be read \(.*{sign}\): it is damaged"):
        call(name, tmp_path / "a")


def test_more_memory_than_allowed_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"more than 1\.5 GiB of memory"):
        call("hoard", tmp_path / "a", 12.6)
    assert call("hoard", tmp_path / "a", 0.1) == int(0.1 * GIB)


def test_the_memory_allowed_grows_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with path.open("wb") as stream:
        os.truncate(stream.fileno(), GIB)  # takes no room on the disk
    assert ProcessLimits().memory_for(path) == pytest.approx(9.5 * GIB)


def test_the_settings_say_how_much_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLINE_MOST_READING_MEMORY_GIB", "0.5")
    with pytest.raises(SourceError, match=r"more than 0\.5 GiB of memory"):
        call("hoard", tmp_path / "a", 0.6)


def test_more_time_than_allowed_is_one_sentence(tmp_path: Path) -> None:
    began = time.monotonic()
    for name in ("sleep", "spin"):
        with pytest.raises(SourceError, match="not read within 1 s"):
            call(name, tmp_path / "a", limits=ProcessLimits(time_s=1.0))
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("kind", "error"),
    [("source", SourceError), ("usage", UsageError), ("measure", NotMeasurableError)],
)
def test_what_the_reader_says_is_said(tmp_path: Path, kind: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="a' is odd: export it again") as caught:
        call("refuse", tmp_path / "a", kind)
    assert type(caught.value) is error


def test_an_error_that_nobody_foresaw_is_damage(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot be read \(KeyError: 'frames'\)"):
        call("fail", tmp_path / "a")


def test_an_answer_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=r"answered with posix\.system"):
        call("taken", tmp_path / "a")
    assert not (tmp_path / "taken").exists()


def test_a_reader_cannot_fill_the_disk(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="File too large"):
        call("write", tmp_path / "a")


def test_it_may_be_called_from_threads(tmp_path: Path) -> None:
    found: list[object] = []

    def work() -> None:
        found.append(call("hoard", tmp_path / "a", 0.01))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert found == [int(0.01 * GIB)] * 3


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")
def test_no_process_is_left_behind(tmp_path: Path) -> None:
    import psutil

    with pytest.raises(SourceError):
        call("sleep", tmp_path / "a", limits=ProcessLimits(time_s=0.5))
    assert not [
        p for p in psutil.Process().children() if "isolated_reader" in " ".join(p.cmdline())
    ]


def test_a_process_that_cannot_load_its_modules_is_started_once_more(tmp_path: Path) -> None:
    assert call("lame", tmp_path / "a.c3d") == "read"


def test_one_that_never_can_is_told_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="ImportError: no such library"):
        call("unloadable", tmp_path / "a.c3d")
