"""Rotations of the body's axes: x to its left, y to its back, z up."""

from __future__ import annotations

import numpy as np
import pytest

from backline.phantom.body import pitch, swing, yaw

UP, LEFT, BACK = np.eye(3)[2], np.eye(3)[0], np.eye(3)[1]


def test_a_pitch_of_90_degrees_lays_what_is_up_to_the_front() -> None:
    np.testing.assert_allclose(pitch(90.0) @ UP, -BACK, atol=1e-12)
    np.testing.assert_allclose(pitch(90.0) @ BACK, UP, atol=1e-12)
    np.testing.assert_allclose(pitch(90.0) @ LEFT, LEFT, atol=1e-12)


def test_a_yaw_of_90_degrees_turns_the_left_to_the_back() -> None:
    np.testing.assert_allclose(yaw(90.0) @ LEFT, BACK, atol=1e-12)
    np.testing.assert_allclose(yaw(90.0) @ UP, UP, atol=1e-12)


@pytest.mark.parametrize("turn", [pitch, yaw])
def test_turns_about_one_axis_add_up(turn) -> None:
    np.testing.assert_allclose(turn(20.0) @ turn(35.0), turn(55.0), atol=1e-12)
    np.testing.assert_allclose(turn(20.0) @ turn(-20.0), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("turn", [pitch, yaw])
def test_series_of_angles_give_series_of_matrices(turn) -> None:
    angles = np.array([[0.0, 30.0], [-60.0, 180.0]])
    many = turn(angles)
    assert many.shape == (2, 2, 3, 3)
    np.testing.assert_array_equal(many[1, 0], turn(-60.0))


def test_a_swing_brings_the_start_to_each_end_by_a_pure_rotation() -> None:
    ends = np.array([[0.0, 0.0, 2.0], [0.0, -3.0, 0.0], [1.0, 1.0, 1.0], [-0.3, 0.2, -0.9]])
    start = np.array([0.4, -0.1, -1.5])
    turned = swing(start, ends)
    reached = turned @ (start / np.linalg.norm(start))
    np.testing.assert_allclose(
        reached, ends / np.linalg.norm(ends, axis=1, keepdims=True), atol=1e-6
    )
    np.testing.assert_allclose(turned @ turned.transpose(0, 2, 1), [np.eye(3)] * 4, atol=1e-6)
    np.testing.assert_allclose(np.linalg.det(turned), 1.0, atol=1e-6)


def test_a_swing_turns_no_further_than_it_must() -> None:
    end = pitch(40.0) @ UP
    np.testing.assert_allclose(swing(UP, end[None])[0], pitch(40.0), atol=1e-8)
    np.testing.assert_allclose(swing(UP, UP[None])[0], np.eye(3), atol=1e-8)
