"""One extractor: live and off line get the same features from the same picture and person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from backline.formats.frames import Frame
from backline.live.live_frame import LiveExtractor
from backline.sources.video.clip_observations import CROP_SHAPE
from backline.sources.video.frame_features import FeatureExtractor
from backline.sources.video.lumbar.picture_input import POINT_FEATURES, trunk_length_px
from backline.sources.video.pose.engine_factory import make_engine
from backline.sources.video.pose.person import LEFT_HIP, LEFT_KNEE, Person, PoseEngine
from tests import rendered


@pytest.fixture(scope="module")
def engine() -> Iterator[PoseEngine]:
    made = make_engine()
    yield made
    made.close()


@pytest.fixture(scope="module")
def person(engine: PoseEngine) -> Person:
    found = engine.find(rendered.squat().pictures[3])
    assert found is not None
    return found


def test_a_standing_lifter_gives_cut_points_and_contour(person: Person) -> None:
    trunk_px = trunk_length_px(person.points)
    seen = FeatureExtractor("right", 1, trunk_px).extract(rendered.squat().pictures[3], person)
    assert seen is not None
    assert seen.crop.shape == CROP_SHAPE
    assert seen.points.shape == (POINT_FEATURES,)
    assert np.isfinite(seen.line).all()
    assert seen.visible.mean() > 0.9  # nothing stands before a bare lifter's back
    assert abs(seen.frame.lean_deg) < 12
    assert np.isnan(seen.plate).all()  # no bar, no plate


def test_points_with_the_knees_above_the_hips_are_no_lifter(person: Person) -> None:
    trunk_px = trunk_length_px(person.points)
    points = person.points.copy()
    points[LEFT_KNEE : LEFT_KNEE + 2, 1] = points[LEFT_HIP, 1] - 0.8 * trunk_px
    turned = replace(person, points=points)
    picture = rendered.squat().pictures[3]
    assert FeatureExtractor("right", 1, trunk_px).extract(picture, turned) is None


def test_live_sees_in_a_frame_what_the_analysis_sees(engine: PoseEngine) -> None:
    extractor, pictures = LiveExtractor(engine, "right"), rendered.squat().pictures
    engine.reset()
    for k in range(12):
        extractor.extract(Frame(k, k / rendered.RATE_HZ, pictures[k % 4]))
    assert extractor.fix()
    own = FeatureExtractor("right", extractor.facing, extractor.trunk_px)
    for k in (12, 14, 16):
        live = extractor.extract(Frame(k, k / rendered.RATE_HZ, pictures[k]))
        assert live.person is not None
        seen = own.extract(pictures[k], live.person)
        assert seen is not None
        assert live.line is not None
        np.testing.assert_array_equal(live.line, seen.line)
        np.testing.assert_array_equal(live.features, seen.points)
        assert live.lean_deg == seen.frame.lean_deg
