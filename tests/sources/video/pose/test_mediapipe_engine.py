"""MediaPipe's own graph gives the points that it has given since it was this project's engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backline.errors import UsageError
from backline.formats.video import open_clip
from backline.sources.video.pose.engine_factory import make_engine
from backline.sources.video.pose.mediapipe_engine import MediaPipeEngine
from backline.sources.video.pose.person import POINT_COUNT

#: Points of every 15th frame of the example's first five seconds, pixels, two decimals, as the
#: engine of commit a1f2543 gives them, when it was the project's only one.
FIRST = Path(__file__).with_name("mediapipe_points.json")
EVERY, END_S = 15, 5.0
SAME_PX = 0.5


@pytest.fixture(scope="module")
def engine() -> Iterator[MediaPipeEngine]:
    made = make_engine("mediapipe")
    assert isinstance(made, MediaPipeEngine)
    yield made
    made.close()


def test_the_engine_of_the_first_version_gave_these_points(
    engine: MediaPipeEngine, repo_root: Path
) -> None:
    clip = repo_root / "examples" / "top_tuck_and_wink.mp4"
    if not clip.is_file():
        pytest.skip("needs examples/top_tuck_and_wink.mp4, which is not there")
    first = np.array(json.loads(FIRST.read_text(encoding="utf-8")))
    with open_clip(clip) as opened:
        pictures = [
            f.picture for f in opened.frames(end_s=END_S, max_side_px=720) if f.index % EVERY == 0
        ]
    found = [engine.find(picture) for picture in pictures]
    assert len(first) == len(found)
    for was, person in zip(first, found, strict=True):
        assert person is not None
        assert person.points.shape == (POINT_COUNT, 3)
        np.testing.assert_allclose(person.points[:, :2], was, atol=SAME_PX)


def test_an_empty_picture_shows_nobody(engine: MediaPipeEngine) -> None:
    engine.reset()
    assert engine.find(np.full((240, 320, 3), 128, np.uint8)) is None


def test_a_model_that_the_package_does_not_carry_is_refused() -> None:
    with pytest.raises(UsageError, match="complexity 2 is not part of its package"):
        MediaPipeEngine(complexity=2)
