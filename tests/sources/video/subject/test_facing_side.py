"""Which side faces the camera, and how far the camera stands off."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.subject.facing_side import (
    HIP_WIDTH,
    SHOULDER_WIDTH,
    estimate_yaw,
    visible_side,
)

TRUNK = 100.0


def _points(n: int, facing: int, yaw_deg: float = 0.0, seed: int = 0) -> np.ndarray:
    """Standing lifters: nose, toes and knees ahead; widths as the yaw shows them."""
    rng = np.random.default_rng(seed)
    points = np.zeros((n, 33, 3))
    points[..., 2] = 0.8
    yaw = np.radians(yaw_deg)
    for left, y, width in ((11, 0.0, SHOULDER_WIDTH), (23, TRUNK, HIP_WIDTH)):
        half = 0.5 * width * TRUNK * np.sin(yaw)
        points[:, left, 0], points[:, left + 1, 0] = 200 + half, 200 - half
        points[:, [left, left + 1], 1] = y
    ahead = facing * np.cos(yaw)
    points[:, 0, 0] = 200 + 18 * ahead
    points[:, [7, 8], 0] = 200
    points[:, [25, 26], 0] = 200 + 4 * ahead
    points[:, [29, 30], 0] = 200 - 8 * ahead
    points[:, [31, 32], 0] = 200 + 20 * ahead
    near = [12, 24, 26, 14] if facing > 0 else [11, 23, 25, 13]
    points[:, near, 2] = 0.98
    points[..., :2] += rng.normal(0.0, 1.5, points[..., :2].shape)
    return points


def _world(n: int, facing: int, yaw_deg: float) -> np.ndarray:
    """Metres: the near side has the smaller z."""
    world = np.zeros((n, 33, 3))
    yaw = np.radians(yaw_deg)
    for left, width in ((11, 0.36), (23, 0.21)):
        z = 0.5 * width * np.cos(yaw) * facing
        world[:, left, 2], world[:, left + 1, 2] = z, -z
        world[:, left, 0], world[:, left + 1, 0] = (s * 0.5 * width * np.sin(yaw) for s in (1, -1))
    return world


@pytest.mark.parametrize(("facing", "side"), [(1, "right"), (-1, "left")])
def test_a_lifter_who_looks_right_shows_the_right_side(facing, side) -> None:
    found = visible_side(_points(40, facing), _world(40, facing, 0.0))
    assert (found.side, found.facing) == (side, facing)
    assert found.confidence > 0.95


def test_a_third_of_the_frames_swapped_by_the_engine_do_not_turn_the_side() -> None:
    points = _points(40, 1)
    points[:13] = _points(13, -1, seed=1)
    assert visible_side(points).facing == 1


def test_a_lifter_who_looks_over_the_shoulder_all_the_time_keeps_their_side() -> None:
    points = _points(40, 1)
    points[:, 0, 0] = 200 - 18
    assert visible_side(points).facing == 1


def test_frames_without_a_person_are_left_out() -> None:
    points = _points(10, -1)
    points[3:6] = np.nan
    assert visible_side(points).side == "left"


def test_more_agreeing_frames_make_it_surer() -> None:
    few, many = visible_side(_points(2, 1)), visible_side(_points(50, 1))
    assert 0.5 < few.confidence < many.confidence <= 1.0


def test_no_frame_with_a_person_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        visible_side(np.full((4, 33, 3), np.nan))


@pytest.mark.parametrize("yaw", [0.0, 15.0, 30.0, 45.0])
def test_the_yaw_is_read_from_the_apparent_widths(yaw) -> None:
    assert estimate_yaw(_points(60, 1, yaw)) == pytest.approx(yaw, abs=6.0)
    assert estimate_yaw(_points(60, 1, yaw), _world(60, 1, yaw)) == pytest.approx(yaw, abs=5.0)


def test_without_an_upright_frame_the_yaw_is_unknown() -> None:
    points = _points(10, 1)
    points[..., :2] = points[..., [1, 0]]  # lying
    assert np.isnan(estimate_yaw(points))
