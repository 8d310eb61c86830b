"""A film is opened first in a process of its own; what it does to that one stays there."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backline.cli.app import run
from backline.errors import SourceError
from backline.formats import video_probe
from backline.formats.isolated_reader import GIB, ProcessLimits, read_isolated
from backline.formats.video import open_clip
from backline.formats.video_opening import VideoLimits
from tests.formats.conftest import make_film

Hurt = Callable[[str], None]


def crash(path: Path, limits: VideoLimits) -> None:
    ctypes.string_at(0)


def hoard(path: Path, limits: VideoLimits) -> None:
    bytearray(4 * GIB)


def hang(path: Path, limits: VideoLimits) -> None:
    time.sleep(60)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_film(tmp_path / "lift.mp4")


@pytest.fixture
def opened_by(monkeypatch: pytest.MonkeyPatch) -> Hurt:
    """Let a function of this module stand for an FFmpeg that the film brings down."""

    def choose(name: str) -> None:
        def stand_in(target: str, path: Path, *arguments: Any, limits: ProcessLimits) -> object:
            target = f"tests.formats.test_video_probe:{name}"
            return read_isolated(target, path, *arguments, limits=limits)

        monkeypatch.setattr(video_probe, "read_isolated", stand_in)

    return choose


@pytest.mark.parametrize(
    ("name", "said"),
    [("crash", "makes the program that reads it crash, SIGSEGV"),
     ("hoard", r"asks for more than 3\.0 GiB of memory"),
     ("hang", "was not read within 1 s")],
)  # fmt: skip
def test_what_a_film_does_to_its_process_is_one_sentence(
    film: Path, opened_by: Hurt, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    if name == "hang":
        monkeypatch.setattr(video_probe, "LIMITS", ProcessLimits(time_s=1.0))
    opened_by(name)
    for _ in range(2):  # the second time from memory
        with pytest.raises(SourceError, match=said):
            open_clip(film)


@pytest.mark.parametrize("verb", [["analyze"], ["live"]])
def test_a_film_that_crashes_ffmpeg_ends_no_command(
    film: Path, opened_by: Hurt, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    opened_by("crash")
    out = ["--out", str(film.parent / "out"), "--quiet"] if verb == ["analyze"] else []
    assert run([*verb, str(film), *out]) == 3
    said = capsys.readouterr().err
    assert "SIGSEGV" in said
    assert said.count("\n") == 1


def test_a_film_is_probed_once_and_again_after_a_change(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Path] = []
    monkeypatch.setattr(video_probe, "read_isolated", lambda t, p, *a, limits: calls.append(p))
    for _ in range(3):
        open_clip(film).close()
    assert calls == [film]
    os.utime(film, (1, 1))
    open_clip(film).close()
    assert calls == [film, film]


def test_what_the_probe_finds_wrong_is_said_as_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = make_film(tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 3])
    make_film(tmp_path / "thin.mov", "png", pixel_format="rgb24", size=(1, 64))
    for name in ("cut.mp4", "thin.mov"):
        said = []
        for probed in ("1", "0"):
            monkeypatch.setenv(video_probe.PROBE, probed)
            with pytest.raises(SourceError) as caught:
                open_clip(tmp_path / name)
            said.append(str(caught.value))
        assert said[0] == said[1]


def test_a_worker_of_a_batch_opens_films_itself(
    film: Path, opened_by: Hurt, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backline.batch.isolated_worker import _ONE_THREAD

    monkeypatch.setenv(video_probe.PROBE, _ONE_THREAD[video_probe.PROBE])
    opened_by("crash")
    open_clip(film).close()


def test_the_process_loads_little() -> None:
    code = (
        "import sys, backline.formats.isolated_reader, backline.formats.video_probe, av\n"
        "print(sorted({'numpy', 'pydantic', 'cv2', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_it_costs_an_analysis_less_than_the_third_of_a_second(film: Path) -> None:
    before = os.times()
    video_probe.probe(film)
    after = os.times()
    spent = after.children_user + after.children_system
    assert spent - before.children_user - before.children_system < 0.3
