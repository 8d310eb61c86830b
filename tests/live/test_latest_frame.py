"""A live source hands out its newest frame only, at its own speed, and says what is wrong."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from backline.errors import SourceError
from backline.formats.video_writing import VideoWriter
from backline.live.latest_frame import LatestFrames
from tests.deadlines import wait_until, within

FRAMES, RATE = 30, 30.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of pictures, the level of each one telling its number."""
    path = tmp_path_factory.mktemp("live") / "grey.mp4"
    with VideoWriter(path, 64, 48, crf=1) as writer:
        for k in range(FRAMES):
            writer.write(np.full((48, 64, 3), 8 * k, np.uint8), k / RATE)
    return path


def test_slow_taker_gets_the_newest_frame_and_the_rest_is_dropped(clip: Path) -> None:
    with LatestFrames(str(clip), speed=1000.0) as frames:
        wait_until(lambda: frames.read == FRAMES)
        taken = frames.take(1.0)
        assert taken is not None
        assert taken[0].index == FRAMES - 1
        assert frames.take(1.0) is None
    assert frames.ended
    assert (frames.delivered, frames.dropped) == (1, FRAMES - 1)


def test_no_frame_comes_before_its_own_time(clip: Path) -> None:
    began = time.perf_counter()
    came = {}
    with LatestFrames(str(clip)) as frames:
        for _ in within(every_s=0.0):
            if frames.ended:
                break
            taken = frames.take(1.0)
            if taken is not None:
                came[taken[0].index] = time.perf_counter() - began
    assert max(came) == FRAMES - 1, "the last one always comes"
    assert all(came_s >= index / RATE - 1e-6 for index, came_s in came.items())


def test_frames_come_in_the_order_of_time_and_never_twice(clip: Path) -> None:
    seen = []
    with LatestFrames(str(clip), speed=20.0) as frames:
        for _ in within(every_s=0.0):
            if frames.ended:
                break
            taken = frames.take(1.0)
            if taken is not None:
                seen.append(taken[0].index)
    assert seen == sorted(set(seen))
    assert seen[-1] == FRAMES - 1


def test_missing_file_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        LatestFrames(str(tmp_path / "none.mp4"))


def test_a_system_whose_cameras_cannot_be_read_is_told_where_to_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("backline.live.latest_frame.CAMERA_FORMAT", "not a format")
    with pytest.raises(SourceError, match="backline serve"):
        LatestFrames("camera")


def test_camera_that_is_not_there_is_said_and_tried_again() -> None:
    with LatestFrames("camera:97") as frames:
        for _ in within(every_s=0.0):
            if frames.trouble:
                break
            assert frames.take(0.1) is None
        assert "camera:97" in frames.trouble
        assert not frames.ended
