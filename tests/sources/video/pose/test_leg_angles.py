"""Leg angles and body position from body points at known angles."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.pose.leg_angles import FEET_STAY_S, legs_of
from tests.sources.video.sights import RATE_HZ, SHANK, THIGH, TRUNK, points_of, sight_of

CUTOFF_HZ = 6.0
N = 60
KNEE = 60.0 - 60.0 * np.cos(np.linspace(0, 2 * np.pi, N))  # 0, 120 in the middle, 0
SHANK_LEAN = 0.25 * KNEE
LEAN = 0.4 * KNEE


@pytest.mark.parametrize("facing", [1, -1])
def test_still_angles_are_read_exactly_from_either_side(facing: int) -> None:
    for knee, shank in ((0.0, 0.0), (90.0, 25.0), (125.0, 38.0), (40.0, -5.0)):
        points = points_of(np.full(10, knee), shank, 0.3 * knee, facing)
        legs = legs_of(sight_of(points, facing), CUTOFF_HZ)
        np.testing.assert_allclose(legs.knee_deg, knee, atol=0.01)
        np.testing.assert_allclose(legs.shank_deg, shank, atol=0.01)
        np.testing.assert_allclose(legs.thigh_deg, knee - shank, atol=0.01)


@pytest.mark.parametrize("facing", [1, -1])
def test_a_moving_knee_is_followed_without_delay(facing: int) -> None:
    legs = legs_of(sight_of(points_of(KNEE, SHANK_LEAN, LEAN, facing), facing), CUTOFF_HZ)
    inside = slice(8, -8)
    np.testing.assert_allclose(legs.knee_deg[inside], KNEE[inside], atol=1.5)
    assert abs(int(np.argmax(legs.knee_deg)) - int(np.argmax(KNEE))) <= 1


def test_the_hips_height_is_one_standing_and_falls_as_geometry_says() -> None:
    motion = legs_of(sight_of(points_of(KNEE, SHANK_LEAN, LEAN)), CUTOFF_HZ).motion
    assert motion.hip_height[0] == pytest.approx(1.0, abs=0.03)
    knee, shank = np.radians(120.0), np.radians(30.0)
    deep = (SHANK * np.cos(shank) + THIGH * np.cos(knee - shank)) / (SHANK + THIGH)
    assert motion.hip_height.min() == pytest.approx(deep, abs=0.03)


@pytest.mark.parametrize("facing", [1, -1])
def test_hip_travel_is_positive_to_the_lifters_front(facing: int) -> None:
    points = points_of(np.zeros(N), 0.0, 0.0, facing)
    points[N // 2 :, :, 0] += facing * 60.0  # a step forward
    travel = legs_of(sight_of(points, facing), CUTOFF_HZ).motion.hip_travel
    step = travel[-5:].mean() - travel[:5].mean()
    assert step == pytest.approx(60.0 / (THIGH + SHANK), rel=0.05)


def test_hands_below_the_shoulders_are_told_in_trunk_lengths() -> None:
    points = points_of(np.zeros(10), 0.0, 0.0)
    hanging = legs_of(sight_of(points), CUTOFF_HZ).motion.hands_below_shoulders
    assert hanging == pytest.approx(150.0 / TRUNK)
    points[:, 15:17, 1] = points[:, 11:13, 1] - 60.0
    overhead = legs_of(sight_of(points), CUTOFF_HZ).motion.hands_below_shoulders
    assert overhead == pytest.approx(-60.0 / TRUNK)


def test_frames_without_the_lifter_stay_unknown() -> None:
    points = points_of(KNEE, SHANK_LEAN, LEAN)
    points[20:50] = np.nan
    legs = legs_of(sight_of(points), CUTOFF_HZ)
    assert np.isnan(legs.knee_deg[25:45]).all()
    assert np.isfinite(legs.knee_deg[:20]).all()


def test_a_clip_without_anybody_gives_nothing_and_no_error() -> None:
    legs = legs_of(sight_of(np.full((5, 33, 3), np.nan)), CUTOFF_HZ)
    assert np.isnan(legs.knee_deg).all()
    assert np.isnan(legs.motion.hip_height).all()


def test_one_frame_is_enough() -> None:
    legs = legs_of(sight_of(points_of(50.0, 10.0, 0.0)), CUTOFF_HZ)
    assert legs.knee_deg == pytest.approx([50.0], abs=0.01)


def test_a_knee_that_jumps_for_one_frame_is_put_back() -> None:
    points = points_of(np.full(N, 30.0), 8.0, 0.0)
    points[30, 25:27, :2] += [80.0, -60.0]
    knee = legs_of(sight_of(points), CUTOFF_HZ).knee_deg
    assert np.abs(knee - 30.0).max() < 0.5


def test_an_ankle_behind_a_plate_is_taken_from_where_the_feet_stand() -> None:
    points = points_of(KNEE, SHANK_LEAN, LEAN)
    guessed = slice(20, 40)
    points[guessed, 27:29, :2] += [90.0, 40.0]
    points[guessed, 27:29, 2] = 0.1
    assert 20 / RATE_HZ < FEET_STAY_S
    knee = legs_of(sight_of(points), CUTOFF_HZ).knee_deg
    np.testing.assert_allclose(knee[24:36], KNEE[24:36], atol=2.0)


@pytest.mark.parametrize("shown", [0.5, 0.65])
def test_a_thigh_that_looks_much_too_short_gives_no_angle(shown: float) -> None:
    """The engine puts a knee that it cannot see onto the hand or the plate, near the hip."""
    points = points_of(np.full(N, 40.0), 8.0, 20.0)
    guessed = slice(20, 50)
    hip, knee = points[guessed, 23:25, :2], points[guessed, 25:27, :2]
    points[guessed, 25:27, :2] = hip + shown * (knee - hip)
    legs = legs_of(sight_of(points), CUTOFF_HZ)
    assert np.isnan(legs.thigh_deg[30:40]).all()
    np.testing.assert_allclose(legs.thigh_deg[:14], 32.0, atol=1.0)


def test_a_doubtful_ankle_is_used_and_a_doubtful_knee_is_not() -> None:
    """At a confidence of 0.55 the hip's height above the feet is still known, the knee is not."""
    points = points_of(KNEE, SHANK_LEAN, LEAN)
    points[:, 25:29, 2] = 0.55
    legs = legs_of(sight_of(points), CUTOFF_HZ)
    assert np.isnan(legs.thigh_deg).all()
    assert np.isfinite(legs.motion.hip_height).all()


def test_a_thigh_turned_out_by_forty_degrees_is_believed() -> None:
    points = points_of(np.full(N, 40.0), 8.0, 20.0)
    hip, knee = points[20:50, 23:25, :2], points[20:50, 25:27, :2]
    points[20:50, 25:27, :2] = hip + np.cos(np.radians(40.0)) * (knee - hip)
    assert np.isfinite(legs_of(sight_of(points), CUTOFF_HZ).thigh_deg).all()


def test_only_the_visible_sides_points_count() -> None:
    points = points_of(np.full(10, 70.0), 20.0, 30.0)
    points[:, [23, 25, 27], :2] += 200.0  # the left leg, which is hidden
    legs = legs_of(sight_of(points), CUTOFF_HZ)
    np.testing.assert_allclose(legs.knee_deg, 70.0, atol=0.01)
