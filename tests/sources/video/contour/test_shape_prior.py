"""What the lifter's earlier frames lead to expect."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.contour.shape_prior import MIN_FRAMES, PER_BIN, OwnShape, aligned
from backline.sources.video.contour.trunk_rays import RAY_COUNT, trunk_rays


def _rays(flexion_deg: float, trunk=100.0):
    a = np.radians(flexion_deg)
    knee = np.array([200.0, 200.0]) + 90 * np.array([np.sin(a), np.cos(a)])
    return trunk_rays(np.array([200.0, 100.0]), np.array([200.0, 200.0]), knee, 1, trunk)


ALL = np.ones(RAY_COUNT, bool)


def test_nothing_is_expected_from_too_few_frames() -> None:
    shape = OwnShape()
    for _ in range(MIN_FRAMES - 1):
        shape.learn(_rays(10.0), np.full(RAY_COUNT, 25.0), ALL)
    assert shape.expect(_rays(10.0)) is None


def test_the_expectation_scales_with_the_trunk() -> None:
    shape = OwnShape()
    for _ in range(5):
        shape.learn(_rays(10.0), np.full(RAY_COUNT, 25.0), ALL)
    assert shape.expect(_rays(10.0, trunk=200.0)).depth_px == pytest.approx(50.0)


def test_one_bad_frame_does_not_move_it_and_hidden_rays_teach_nothing() -> None:
    shape = OwnShape()
    for i in range(9):
        trusted = ALL.copy()
        trusted[10] = i >= 6  # seen in three frames only
        depth = np.full(RAY_COUNT, 60.0 if i == 4 else 25.0)
        shape.learn(_rays(10.0), depth, trusted)
    expected = shape.expect(_rays(10.0)).depth_px
    assert np.isnan(expected[10])
    assert np.delete(expected, 10) == pytest.approx(25.0)


def test_each_posture_remembers_its_own_shape() -> None:
    shape = OwnShape()
    for _ in range(5):
        shape.learn(_rays(5.0), np.full(RAY_COUNT, 25.0), ALL)
        shape.learn(_rays(100.0), np.full(RAY_COUNT, 35.0), ALL)
    assert shape.expect(_rays(5.0)).depth_px == pytest.approx(25.0)
    assert shape.expect(_rays(100.0)).depth_px == pytest.approx(35.0)


def test_the_further_the_posture_the_more_slack() -> None:
    shape = OwnShape()
    for _ in range(5):
        shape.learn(_rays(5.0), np.full(RAY_COUNT, 25.0), ALL)
    near, far = shape.expect(_rays(5.0)), shape.expect(_rays(95.0))
    assert np.all(far.slack_px > near.slack_px + 5.0)


def test_long_standing_does_not_grow_the_memory_and_wrong_memories_fade() -> None:
    shape = OwnShape()
    for _ in range(PER_BIN):
        shape.learn(_rays(5.0), np.full(RAY_COUNT, 60.0), ALL)
    for _ in range(2 * PER_BIN):
        shape.learn(_rays(5.0), np.full(RAY_COUNT, 25.0), ALL)
    assert len(shape) == PER_BIN
    assert shape.expect(_rays(5.0)).depth_px == pytest.approx(25.0)


def _bulging() -> np.ndarray:
    return 25.0 + 6.0 * np.sin(np.arange(RAY_COUNT) / 8.0)


def _expected():
    shape = OwnShape()
    for _ in range(5):
        shape.learn(_rays(10.0), _bulging(), ALL)
    return shape.expect(_rays(10.0))


@pytest.mark.parametrize("shift", [0.0, 9.0, -9.0])
def test_a_trunk_line_that_wandered_takes_the_shape_with_it(shift) -> None:
    assert aligned(_expected(), _bulging() + shift, 100.0).depth_px == pytest.approx(
        _bulging() + shift
    )


def test_a_tilted_trunk_line_tilts_the_shape() -> None:
    tilt = np.linspace(-11.0, 11.0, RAY_COUNT)
    fitted = aligned(_expected(), _bulging() + tilt, 100.0)
    assert np.abs(fitted.depth_px - _bulging() - tilt).max() < 6.0


def test_somebody_behind_the_upper_back_does_not_shift_the_shape() -> None:
    mask = _bulging()
    mask[:14] += 30.0
    assert aligned(_expected(), mask, 100.0).depth_px == pytest.approx(_bulging(), abs=0.5)


@pytest.mark.parametrize(
    "mask",
    [
        _bulging() + 25.0,  # further off than the engine ever is
        25.0 + 25.0 * np.sin(np.arange(RAY_COUNT) / 3.0),  # another shape altogether
        np.full(RAY_COUNT, np.nan),
    ],
)
def test_a_mask_that_contradicts_the_shape_all_along_gives_it_up(mask) -> None:
    assert aligned(_expected(), mask, 100.0) is None
