"""What the benchmarks of the pose engine work out, on numbers whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.pose_engines import Differences, told
from benchmarks.pose_regions import Lift, smoothed, wander

from backline.sources.video.pose.blazepose.region import Region

FRAMES = 40
HIP, TRUNK = np.array([200.0, 300.0]), np.array([0.0, -100.0])


def _lift() -> Lift:
    hip = np.tile(HIP, (FRAMES, 1))
    knee = np.where(np.arange(FRAMES) < FRAMES // 2, 0.0, 90.0)
    return Lift(np.zeros((FRAMES, 1, 1, 3), np.uint8), hip, hip + TRUNK, knee)


def _points(hip: np.ndarray, shoulder: np.ndarray) -> np.ndarray:
    points = np.zeros((FRAMES, 33, 2))
    points[:, [23, 24]] = hip[:, None]
    points[:, [11, 12]] = shoulder[:, None]
    return points


def test_points_that_are_always_off_by_the_same_do_not_wander() -> None:
    lift = _lift()
    np.testing.assert_allclose(wander(_points(lift.hip + 7, lift.shoulder + 7), lift), 0, atol=1e-9)


def test_a_hip_that_moves_when_deep_wanders_by_that_share_of_the_trunk() -> None:
    lift = _lift()
    moved = lift.hip + np.where(lift.knee_deg > 0, 6.0, 0.0)[:, None] * (0, 1)
    found = wander(_points(moved, moved + TRUNK), lift)
    # 6 pixels of 100 between the halves: 3 % from the mean in each; the lean stays.
    np.testing.assert_allclose(found[:4], (0, 0, 3, 3), atol=1e-9)


def test_tremble_is_that_of_white_noise() -> None:
    lift, noise = _lift(), np.random.default_rng(3).normal(0, 1.0, (FRAMES, 2))
    found = wander(_points(lift.hip + noise, lift.shoulder + noise), lift)
    assert found[5] == pytest.approx(1.0, rel=0.25)


def test_smoothed_regions_keep_the_path_and_have_one_size() -> None:
    frames = np.arange(60)
    size = np.array([640.0, 480.0], np.float32)
    regions = [
        Region(np.float32([300 + k, 200]) / size, np.float32(400 + 10 * (k % 2)) / size, 0.1)
        for k in frames
    ]
    laid = smoothed(regions, 480, 640, cutoff_hz=2.0, constant=True, every=3)
    sides = np.array([r.sides * size for r in laid])
    np.testing.assert_allclose(sides, 410.0, rtol=1e-5)
    x = np.array([r.centre[0] * size[0] for r in laid])
    np.testing.assert_allclose(x[10:-10], 300 + frames[10:-10], atol=0.5)


def test_the_engines_differences_are_told_in_a_line() -> None:
    assert told(Differences(frames=3)).startswith("nobody in 3 frames")
    some = Differences([0.1, 0.25], [0.0, 0.001], frames=3, disagree=1)
    assert told(some) == (
        "0.2500 px at most in 2 frames; 0.100 % of the mask; 1 seen by one engine only"
    )
