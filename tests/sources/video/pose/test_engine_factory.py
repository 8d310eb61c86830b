"""The engine interface and MediaPipe behind it."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

from backline.errors import UsageError
from backline.sources.video.pose.engine_factory import make_engine
from backline.sources.video.pose.person import POINT_COUNT, Person
from tests.deadlines import PATIENCE_S


@pytest.fixture(scope="module")
def engine():
    made = make_engine("mediapipe", static=True)
    yield made
    made.close()


def test_an_unknown_engine_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(UsageError, match=r"no pose engine called 'openpose'.*mediapipe"):
        make_engine("openpose")


def test_a_model_that_the_package_lacks_is_refused() -> None:
    from backline.sources.video.pose.mediapipe_engine import MediaPipeEngine

    with pytest.raises(UsageError, match="complexity 2"):
        MediaPipeEngine(complexity=2)


def test_noise_holds_no_person(engine) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (96, 64, 3), dtype=np.uint8)
    assert engine.find(noise) is None
    engine.reset()
    assert engine.find(noise) is None


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((10, 10), np.uint8),  # grey
        np.zeros((10, 10, 4), np.uint8),  # with alpha
        np.zeros((10, 10, 3), np.float32),
    ],
)
def test_other_than_an_rgb_picture_is_refused(engine, picture) -> None:
    with pytest.raises(ValueError, match="uint8 picture"):
        engine.find(picture)


def test_the_record_pins_the_model(engine) -> None:
    assert engine.info.name == "mediapipe"
    assert engine.info.version == "0.10.21"
    assert re.fullmatch(r"[0-9a-f]{64}", engine.info.model_sha256)


def test_a_person_in_a_real_clip_has_points_within_the_picture(engine, shared_file) -> None:
    from backline.formats.video import open_clip

    clip = open_clip(shared_file("clips/back_squat_empty_bar.mp4"))
    (frame,) = clip.sample([2.0])
    person = engine.find(frame.picture)
    height, width = frame.picture.shape[:2]
    assert isinstance(person, Person)
    assert person.points.shape == (POINT_COUNT, 3)
    assert person.world.shape == (POINT_COUNT, 3)
    assert person.mask.shape == (height, width)
    hip, ankle, nose = person.points[24], person.points[28], person.points[0]
    assert nose[1] < hip[1] < ankle[1] < height  # standing
    x, y = hip[:2].round().astype(int)
    assert person.mask[y, x] > 0.5
    assert person.mask[5, 5] < 0.1


def test_nothing_reaches_standard_error(shared_file) -> None:
    clip = shared_file("clips/back_squat_empty_bar.mp4")
    code = f"""
import warnings
warnings.simplefilter("error", UserWarning)
from backline.formats.video import open_clip
from backline.sources.video.pose.engine_factory import make_engine
from tests.deadlines import PATIENCE_S
first, second = make_engine(), make_engine(static=True)
for frame in open_clip({str(clip)!r}).sample([1.0, 2.0]):
    assert first.find(frame.picture) is not None
    assert second.find(frame.picture) is not None
    first.reset()
first.close(); second.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
