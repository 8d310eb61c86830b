"""A recording of a live set keeps the frames' own times, counted from its first frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backline.errors import SourceError
from backline.formats.frames import Frame
from backline.formats.video import open_clip
from backline.live.recording import Recorder

TIMES = [5.0, 5.03, 5.11, 5.14]  # uneven, since live drops frames


def test_uneven_times_are_kept_from_the_first_frame_on(tmp_path: Path) -> None:
    path = tmp_path / "set.mp4"
    with Recorder(path) as recorder:
        for k, t in enumerate(TIMES):
            recorder.write(Frame(k, t, np.full((48, 64, 3), 40 * k, np.uint8)))
        assert recorder.time_s(5.5) == pytest.approx(0.5)
    with open_clip(path) as clip:
        assert [f.time_s for f in clip.frames()] == pytest.approx(
            [t - 5.0 for t in TIMES], abs=1e-3
        )


def test_no_picture_is_said_and_no_file_is_left(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No picture came"), Recorder(tmp_path / "set.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_error_leaves_no_half_written_file(tmp_path: Path) -> None:
    def unplugged() -> None:
        with Recorder(tmp_path / "set.mp4") as recorder:
            recorder.write(Frame(0, 0.0, np.zeros((48, 64, 3), np.uint8)))
            raise RuntimeError("unplugged")

    with pytest.raises(RuntimeError):
        unplugged()
    assert list(tmp_path.iterdir()) == []
