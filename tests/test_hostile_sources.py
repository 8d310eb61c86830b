"""What would keep a reader waiting or eat the machine is refused at once, with the right status."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from benchmarks.fault_jobs import squat

from backline.cli.app import run
from backline.errors import SourceError
from backline.formats.c3d import write_c3d
from backline.formats.video import open_clip
from backline.storage.atomic_file import file_sha256
from backline.storage.regular_files import check_entries, check_regular
from tests.deadlines import PATIENCE_S
from tests.sources.mocap.marker_body import body

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``backline`` and return its exit status and what it said of the failure."""

    def call(verb: str, *arguments: object) -> tuple[int, str]:
        status = run([verb, *map(str, arguments), "--out", str(tmp_path / "out"), "--quiet"])
        said = capsys.readouterr().err
        assert said.count("\n") == 1, said
        assert "did not expect" not in said
        return status, said

    return call


def pipe(place: Path) -> Path:
    os.mkfifo(place)
    return place


def bound(place: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(place))
    return place


def device(place: Path) -> Path:
    place.symlink_to("/dev/zero")
    return place


def film(place: Path, width: int, height: int, frames: int = 3, rate: int = 30) -> Path:
    with av.open(str(place), "w") as container:
        stream = container.add_stream("png", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "gray"
        for number in range(frames):
            grey = np.full((height, width), number, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="gray")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return place


@pytest.mark.parametrize("make", [pipe, bound, device])
@pytest.mark.parametrize("name", ["lift.mp4", "lift.c3d", "lift"])
def test_what_is_no_regular_file_is_refused(
    tmp_path: Path, told: Run, make: Callable[[Path], Path], name: str
) -> None:
    status, said = told("analyze", make(tmp_path / name))
    assert status == 3
    assert "not a regular file" in said


@pytest.mark.parametrize("make", [pipe, bound, device])
@pytest.mark.parametrize("name", ["002.png", "p2.json", "s2.csv"])
def test_nor_is_one_inside_a_folder(
    tmp_path: Path, told: Run, make: Callable[[Path], Path], name: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    film_name = name.replace("2", "1")
    (folder / film_name).write_bytes(b"{}")
    make(folder / name)
    for source in (folder, f"{folder}@30"):
        status, said = told("analyze", source)
        assert (status, "not a regular file" in said) == (3, True), said


def test_a_batch_ends_neither_with_a_crash_nor_at_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    squat(tmp_path / "in" / "lift.mot")
    pipe(tmp_path / "in" / "pipe.mp4")
    write_c3d(tmp_path / "in" / "crash.c3d", body().c3d())
    content = bytearray((tmp_path / "in" / "crash.c3d").read_bytes())
    content[540] = 128  # ends the process that reads it, see tests/formats/test_c3d.py
    (tmp_path / "in" / "crash.c3d").write_bytes(content)
    command = [sys.executable, "-m", "backline", "batch", "--timeout-s", "60", "--workers", "1"]
    done = subprocess.run(
        [*command, str(tmp_path / "in"), "--out", str(tmp_path / "out")],
        capture_output=True, text=True, timeout=2 * PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 3
    assert "not a regular file" in done.stderr
    assert "SIGSEGV" in done.stderr
    assert "1 done, 2 failed" in done.stdout


def test_a_pipe_is_no_manifest_no_standing_and_has_no_hash(tmp_path: Path, told: Run) -> None:
    table = pipe(tmp_path / "manifest.csv")
    assert told("batch", table)[0] == 3
    with pytest.raises(SourceError, match="not a regular file"):
        file_sha256(table)
    squat(tmp_path / "lift.mot")
    assert told("analyze", tmp_path / "lift.mot", "--standing", table)[0] in (2, 3)


@pytest.mark.parametrize(
    ("limit", "value", "found"),
    [("MOST_PICTURE_PIXELS", "2000", "pictures of 64 x 48 pixels"),
     ("MOST_FRAMES", "2", "3 frames"), ("MOST_DURATION_S", "0.05", "a length of")],
)  # fmt: skip
def test_a_film_beyond_a_limit_is_refused_before_it_is_decoded(
    tmp_path: Path, told: Run, monkeypatch: pytest.MonkeyPatch, limit: str, value: str, found: str
) -> None:
    clip = film(tmp_path / "lift.mov", 64, 48)
    with open_clip(clip) as opened:
        assert opened.info.width_px == 64
    monkeypatch.setenv(f"BACKLINE_{limit}", value)
    status, said = told("analyze", clip)
    assert status == 3
    assert found in said


def test_a_huge_film_takes_neither_memory_nor_time(tmp_path: Path) -> None:
    clip = film(tmp_path / "lift.mov", 7000, 6000, frames=1)
    code = (
        "import sys; from backline.cli.app import run\n"
        "status = run(['analyze', sys.argv[1], '--out', sys.argv[2]])\n"
        # its own peak: getrusage counts that of its parent before it was started, too
        "[line] = [one for one in open('/proc/self/status') if one.startswith('VmHWM')]\n"
        "print(status, int(line.split()[1]) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(clip), str(tmp_path / "out")],
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    status, peak_mib = map(int, done.stdout.split())
    assert status == 3
    assert peak_mib < 900  # 42 million pixels: each decoded frame alone has 120 MiB as RGB


def test_a_huge_picture_in_a_folder_is_refused(
    tmp_path: Path, told: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    (tmp_path / "frames").mkdir()
    for number in range(3):
        Image.new("RGB", (64, 48)).save(tmp_path / "frames" / f"{number}.png")
    monkeypatch.setenv("BACKLINE_MOST_PICTURE_PIXELS", "2000")
    status, said = told("analyze", f"{tmp_path / 'frames'}@30")
    assert status == 3
    assert "million pixels" in said


def test_a_film_of_one_pixel_is_a_source_that_cannot_be_read(tmp_path: Path, told: Run) -> None:
    status, said = told("analyze", film(tmp_path / "lift.mov", 1, 1))
    assert status == 3
    assert "1 x 1 pixels" in said


@pytest.mark.parametrize("rate", ["1e400", "1e99999999", "-1e400", "nan", "1e-300", "1/0", "x"])
def test_a_rate_that_no_camera_has_is_wrong_usage(tmp_path: Path, told: Run, rate: str) -> None:
    (tmp_path / "imgs").mkdir()
    (tmp_path / "imgs" / "1.png").touch()
    status, said = told("analyze", f"{tmp_path / 'imgs'}@{rate}")
    assert status == 2
    assert "is not a rate" in said


def test_a_loop_of_links_and_a_name_too_long_have_a_status_of_their_own(
    tmp_path: Path, told: Run
) -> None:
    (tmp_path / "a.mp4").symlink_to(tmp_path / "b.mp4")
    (tmp_path / "b.mp4").symlink_to(tmp_path / "a.mp4")
    for source in (tmp_path / "a.mp4", "x" * 300, f"{'x' * 300}@30", f"{tmp_path}/{'y' * 256}.mp4"):
        assert told("analyze", source)[0] in (2, 3), source
    assert told("analyze", tmp_path / "a.mp4")[0] == 3


@pytest.mark.parametrize("option", ["--standing", "--mapping", "--video", "--lifter", "--cue"])
def test_a_value_too_long_is_wrong_usage(tmp_path: Path, told: Run, option: str) -> None:
    squat(tmp_path / "lift.mot")
    assert told("analyze", tmp_path / "lift.mot", option, "x" * 300)[0] == 2


def test_a_folder_without_permission_is_a_source_that_cannot_be_read(
    tmp_path: Path, told: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(place: object) -> Any:
        raise PermissionError(13, "Permission denied", str(place))

    monkeypatch.setattr(os, "scandir", refuse)  # root may look into every folder
    status, said = told("analyze", f"{tmp_path}@30")
    assert status == 3
    assert "Permission denied" in said


def test_files_folders_and_dead_links_are_no_oddities(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    pipe(tmp_path / ".hidden")
    check_entries(tmp_path)
    check_regular(tmp_path / "file")
    check_regular(tmp_path / "nothing")


def stamped(place: Path, late: int) -> Path:
    """Write 45 frames, of which one is stamped half a minute too late."""
    with av.open(str(place), "w") as container:
        stream = container.add_stream("mpeg2video", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.gop_size = 1
        packets = []
        for number in range(45):
            grey = np.full((48, 64, 3), 5 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts = number
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for number, packet in enumerate(packets):
            packet.pts = (packet.pts or 0) + (900 if number == late else 0)
            container.mux(packet)
    return place


@pytest.mark.parametrize("late", [0, 20, 44])
def test_one_frame_stamped_far_too_late_costs_no_other(tmp_path: Path, late: int) -> None:
    with open_clip(stamped(tmp_path / "lift.ts", late)) as clip:
        times = [frame.time_s for frame in clip.frames()]
        assert len(times) + clip.dropped == 45
    if late < 44:
        assert clip.dropped == 1
        assert times == sorted(times)
        assert max(np.diff(times)) < 0.1
        assert times[-1] - times[0] == pytest.approx(43 / 30 if late == 0 else 44 / 30, abs=0.01)
