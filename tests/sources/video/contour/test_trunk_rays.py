"""Rays are body-fixed: the same ray meets the same place of the body in any posture."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.contour.trunk_rays import (
    FAN_RAYS,
    NECK_END,
    RAY_COUNT,
    TRUNK_RAYS,
    dorsal_normal,
    trunk_rays,
    unfold,
)

UPRIGHT = {"shoulder": np.array([50.0, 0.0]), "hip": np.array([50.0, 100.0])}


@pytest.mark.parametrize(
    ("facing", "behind"),
    [(1, [-1.0, 0.0]), (-1, [1.0, 0.0])],  # looks right: the back is at the left
)
def test_the_back_lies_opposite_to_the_facing_direction(facing, behind) -> None:
    assert dorsal_normal(np.array([0.0, -1.0]), facing) == pytest.approx(behind)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("flexion", [0.0, 30.0, 90.0, 120.0])
def test_hip_flexion_is_the_angle_between_trunk_and_thigh(facing, flexion) -> None:
    a = np.radians(flexion)
    knee = UPRIGHT["hip"] + 90.0 * np.array([facing * np.sin(a), np.cos(a)])
    rays = trunk_rays(**UPRIGHT, knee=knee, facing=facing)
    assert rays.hip_flexion_deg == pytest.approx(flexion, abs=1e-6)


def test_extension_beyond_straight_does_not_turn_the_fan_backwards() -> None:
    rays = trunk_rays(**UPRIGHT, knee=np.array([30.0, 190.0]), facing=1)
    assert rays.hip_flexion_deg == 0.0
    assert np.allclose(rays.directions, [-1.0, 0.0])


def test_in_a_deep_squat_the_last_rays_point_below_the_thigh() -> None:
    rays = trunk_rays(**UPRIGHT, knee=np.array([140.0, 100.0]), facing=1)
    assert rays.directions[0] == pytest.approx([-1.0, 0.0])
    assert rays.directions[-1] == pytest.approx([0.0, 1.0], abs=1e-9)
    turned = np.degrees(np.arccos(np.clip(rays.directions @ [-1.0, 0.0], -1, 1)))
    assert np.all(np.diff(turned[TRUNK_RAYS - 1 : TRUNK_RAYS + FAN_RAYS]) > 0)


def test_rays_run_from_the_neck_to_below_the_hip() -> None:
    rays = trunk_rays(**UPRIGHT, knee=np.array([50.0, 200.0]), facing=1)
    assert len(rays.origins) == RAY_COUNT
    assert rays.origins[0] == pytest.approx([50.0, 100.0 - NECK_END * 100.0])
    assert rays.origins[TRUNK_RAYS - 1] == pytest.approx([50.0, 100.0])
    assert rays.origins[-1, 1] > 100.0


def test_turning_the_whole_body_turns_the_rays_with_it() -> None:
    turn = np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    knee = np.array([100.0, 150.0])
    still = trunk_rays(**UPRIGHT, knee=knee, facing=1)
    turned = trunk_rays(turn @ UPRIGHT["shoulder"], turn @ UPRIGHT["hip"], turn @ knee, 1)
    depth = np.linspace(10.0, 40.0, RAY_COUNT)
    assert np.allclose(turned.at(depth), still.at(depth) @ turn.T)


def test_unfold_reads_between_pixels() -> None:
    ramp = np.tile(np.arange(200, dtype=np.float32), (250, 1))  # value = x
    rays = trunk_rays(UPRIGHT["shoulder"] + 50, UPRIGHT["hip"] + 50, np.array([100.0, 250.0]), 1)
    strip = unfold(ramp, rays, np.array([0.0, 10.25]))
    assert strip[5] == pytest.approx([100.0, 89.75], abs=0.04)


def test_unfold_of_a_reduced_picture_reads_the_same_places() -> None:
    ramp = np.tile(np.arange(50, dtype=np.float32) * 4 + 1.5, (60, 1))  # a ramp reduced 4 times
    rays = trunk_rays(UPRIGHT["shoulder"] + 50, UPRIGHT["hip"] + 50, np.array([100.0, 250.0]), 1)
    assert unfold(ramp, rays, np.array([20.0]), scale=0.25)[5, 0] == pytest.approx(80.0, abs=0.2)


def test_coinciding_points_are_refused() -> None:
    with pytest.raises(ValueError, match="twice the same place"):
        trunk_rays(UPRIGHT["hip"], UPRIGHT["hip"], np.array([0.0, 0.0]), 1)
