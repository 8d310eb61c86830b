"""The region follows a person who moves and lies still with one who does not."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.pose.blazepose.region import aligned
from backline.sources.video.pose.blazepose.tracking import RegionTracker

HEIGHT, WIDTH = 480, 360
SIZE = np.array([WIDTH, HEIGHT], np.float32)
BODY = np.array([(180, 260), (180, 80)], np.float32)


def _follow(tracker: RegionTracker, points: np.ndarray) -> np.ndarray:
    tracker.follow(points.astype(np.float32) / SIZE, HEIGHT, WIDTH)
    assert tracker.region is not None
    return tracker.region.centre * SIZE


def test_the_first_region_is_that_of_the_points_themselves() -> None:
    tracker = RegionTracker()
    assert tracker.region is None
    _follow(tracker, BODY)
    first = aligned(BODY / SIZE, HEIGHT, WIDTH)
    assert first is not None
    assert tracker.region is not None
    np.testing.assert_array_equal(tracker.region.centre, first.centre)
    assert tracker.region.turn_rad == first.turn_rad


def test_the_regions_of_a_still_person_hardly_tremble() -> None:
    rng = np.random.default_rng(1)
    tracker = RegionTracker()
    _follow(tracker, BODY)
    centres = [_follow(tracker, BODY + rng.normal(0, 1.0, (2, 2))) for _ in range(200)]
    assert np.std(centres[50:], axis=0).max() < 0.25  # of 1 pixel's tremble


def test_a_moving_person_is_followed() -> None:
    tracker = RegionTracker()
    for k in range(60):
        points = BODY + np.array([0.0, 2.0 * k])  # 60 pixels a second
        centre = _follow(tracker, points)
    assert centre[1] == pytest.approx(points[0, 1], abs=8.0)


def test_what_was_forgotten_has_no_effect() -> None:
    used, fresh = RegionTracker(), RegionTracker()
    for k in range(5):
        _follow(used, BODY + k)
    used.forget()
    assert used.region is None
    for k in range(5):
        moved = BODY - 2 * k
        np.testing.assert_array_equal(_follow(used, moved), _follow(fresh, moved))
