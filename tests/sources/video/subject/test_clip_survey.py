"""The first look at a clip: who lifts, which way they face, how large they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from backline.formats.video import open_clip
from backline.model.measurement import EngineInfo
from backline.sources.video.pose.engine_factory import make_engine
from backline.sources.video.pose.person import PoseEngine
from backline.sources.video.subject.clip_survey import ClipSurvey, survey
from tests import rendered


@pytest.fixture(scope="module")
def engine() -> Iterator[PoseEngine]:
    engine = make_engine(static=True)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def surveyed(engine: PoseEngine) -> ClipSurvey:
    with open_clip(rendered.squat_clip()) as clip:
        found = survey(clip, engine, (0.0, 3.8), "auto", 1920)
    assert found is not None
    return found


def test_the_visible_side_and_the_facing_are_found(surveyed: ClipSurvey) -> None:
    assert (surveyed.side, surveyed.facing) == ("right", 1)


def test_the_trunk_is_as_long_as_it_was_rendered(surveyed: ClipSurvey) -> None:
    body, scene = rendered.body(), rendered.scene()
    stature = float(np.ptp(body.rest_vertices[:, 2]))
    hip, shoulder = body.heads["upperleg01.R"][2], body.heads["upperarm01.R"][2]
    expected = (shoulder - hip) / stature * scene.camera.fill * scene.camera.height_px
    assert surveyed.trunk_px == pytest.approx(expected, rel=0.15)


def test_one_lifter_is_seen_in_a_still_room(surveyed: ClipSurvey) -> None:
    assert surveyed.subject.others == 0
    assert len(surveyed.subject.detections) >= 10
    assert surveyed.background is not None
    place = surveyed.camera.place(rendered.squat().pictures[3])
    assert place is not None
    np.testing.assert_allclose(place, [[1, 0, 0], [0, 1, 0]], atol=0.5)


def test_the_users_word_on_the_side_counts(engine: PoseEngine) -> None:
    with open_clip(rendered.squat_clip()) as clip:
        found = survey(clip, engine, (0.0, 3.8), "left", 1920)
    assert found is not None
    assert (found.side, found.facing) == ("left", -1)


class Blind:
    """An engine that never finds anybody."""

    info = EngineInfo("blind", "1", "")

    def find(self, picture: np.ndarray) -> None:
        return None

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def test_where_nobody_is_found_there_is_nothing_to_watch() -> None:
    with open_clip(rendered.squat_clip()) as clip:
        assert survey(clip, Blind(), (0.0, 3.8), "auto", 1920) is None
