"""``backline live`` says what is wrong in one sentence; its gauge is right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backline.cli.app import run
from backline.cli.live import GAUGE_CELLS, gauge
from backline.formats.video_writing import VideoWriter


@pytest.mark.parametrize(
    ("value", "sd", "full", "wide"),
    [(0.0, 0.5, 20, 1), (10.0, 2.0, 30, 5), (-10.0, 4.0, 10, 9), (90.0, 1.0, 40, 1)],
)
def test_gauge_points_to_the_angle_and_is_as_wide_as_its_error(
    value: float, sd: float, full: int, wide: int
) -> None:
    drawn = gauge(value, sd)
    assert len(drawn) == GAUGE_CELLS
    assert drawn.index("█") == full
    assert drawn.count("█") + drawn.count("━") == wide


def test_gauge_shows_no_number_where_none_is_known() -> None:
    assert set(gauge(float("nan"), float("nan"))) == {"·", "|"}


@pytest.mark.parametrize(
    "options", [["--train", "sideways"], ["--schedule", "often"], ["--side", "up"]]
)
def test_unknown_choice_is_wrong_usage(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["live", "camera", *options]) == 2
    assert options[1] in capsys.readouterr().err


def test_missing_file_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["live", str(tmp_path / "none.mp4")]) == 3
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_clip_without_a_person_is_not_measurable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.mp4"
    with VideoWriter(path, 160, 120) as writer:
        for k in range(15):
            writer.write(np.full((120, 160, 3), 90, np.uint8), k / 30)
    assert run(["live", str(path), "--no-sound"]) == 4
    assert "stand still" in capsys.readouterr().err


def test_a_camera_that_is_not_there_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    import time

    begun = time.monotonic()
    assert run(["live", "camera:97"]) == 3
    assert time.monotonic() - begun < 2.0 + SLACK_S
    told = capsys.readouterr().err
    assert "No camera was found as 'camera:97'" in told
    assert told.count("\n") == 1


def test_a_missing_camera_is_told_before_what_measures_is_loaded() -> None:
    code = (
        "import sys; from backline.cli.app import run\n"
        "print(run(['live', 'camera:97']), 'backline.live.session' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.split() == ["3", "False"], done.stderr


SLACK_S = 6.0
"""What a loaded machine may take to import and to start a thread, seconds."""
