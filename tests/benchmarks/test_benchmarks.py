"""What the benchmarks work out, apart from what they time."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.clips import looped, table
from benchmarks.validity import PAGE, PICTURES, publish

from backline.formats.video import VideoWriter, open_clip
from backline.validate.report import TITLES
from benchmarks import memory, real_lifts, speed  # noqa: F401 - by its name below


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """Five frames that grow brighter, 10 a second."""
    path = tmp_path / "ramp.mp4"
    with VideoWriter(path, 32, 32, crf=0) as video:
        for k in range(5):
            video.write(np.full((32, 32, 3), 40 * k + 20, np.uint8), k / 10)
    return path


def test_a_looped_clip_goes_forth_and_back_without_a_jump(ramp: Path, tmp_path: Path) -> None:
    path = looped(ramp, tmp_path / "long.mp4", 1.6)
    with open_clip(path) as clip:
        frames = list(clip.frames())
    levels = [round((float(frame.picture.mean()) - 20) / 40) for frame in frames]
    assert levels == [0, 1, 2, 3, 4, 3, 2, 1] * 2
    assert frames[-1].time_s == pytest.approx(1.5)


def test_a_clip_of_one_frame_cannot_be_looped(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "one.mp4", 32, 32) as video:
        video.write(np.zeros((32, 32, 3), np.uint8), 0.0)
    with pytest.raises(ValueError, match="at least 2 frames"):
        looped(tmp_path / "one.mp4", tmp_path / "out.mp4", 1.0)


def test_rows_become_a_table() -> None:
    assert table([("a", "1", "2")]).splitlines()[-1] == "| a | 1 | 2 |"


def test_cpu_time_of_a_sleeping_process_is_not_its_wall_time() -> None:
    idle = speed.cpu_s("-c", "import time; time.sleep(0.4)")
    assert idle < speed.cpu_s("-c", "sum(range(20_000_000))")


def test_peak_memory_grows_with_what_a_process_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    hold = "import sys\nx = bytes([1]) * (int(sys.argv[1]) << 20)\n"
    monkeypatch.setattr(memory, "WORK", hold + memory.WORK.strip().splitlines()[-1])
    little, much = memory.peak_mib(Path("1")), memory.peak_mib(Path("200"))
    assert much - little == pytest.approx(199, abs=30)


# --- the page -------------------------------------------------------------------------------


def test_the_page_has_a_place_for_everything_that_is_published(tmp_path: Path) -> None:
    out, assets = tmp_path / "out", tmp_path / "docs" / "assets" / "validity"
    out.mkdir()
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "validity.md"
    page.write_text(PAGE.read_text())
    for name in TITLES:
        (out / f"{name}.md").write_text(f"| table of {name} |\n")
        (out / f"{name}.csv").write_text("a\n1\n")
    for name in PICTURES:
        (out / f"{name}.png").write_bytes(b"png")
    publish(out, assets, page, "200 clips.")
    text = page.read_text()
    assert "Not run yet" not in text
    assert "200 clips." in text
    assert "Rendered bodies are not flesh" in text
    for name in TITLES:
        assert f"| table of {name} |" in text
        assert (assets / f"{name}.csv").exists()
    for name in PICTURES:
        assert f"(assets/validity/{name}.png)" in text
        assert (assets / f"{name}.png").exists()
    assert not list(assets.glob("*.md"))  # a page of its own each, to the documentation


@pytest.mark.parametrize("name", ["validity", "speed", "memory", "real_lifts"])
def test_every_benchmark_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = sys.modules[f"benchmarks.{name}"]
    with pytest.raises(SystemExit) as left:
        module.main(["--help"])
    assert left.value.code == 0
    assert "usage" in capsys.readouterr().out
