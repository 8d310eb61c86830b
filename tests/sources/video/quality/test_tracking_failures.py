"""Tracking failures of the pose engine, found in constructed tracks."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from backline.model.posture import FloatArray
from backline.sources.video.pose.person import LEFT_HIP, LEFT_SHOULDER, POINT_COUNT
from backline.sources.video.quality.tracking_failures import failed_tracking

RATE_HZ = 30.0
N = 300
TIME_S = np.arange(N) / RATE_HZ


def track(trunk_px: FloatArray) -> NDArray[np.float32]:
    """Body points of an upright lifter whose trunk has the given length in each frame."""
    points = np.ones((len(trunk_px), POINT_COUNT, 3), np.float32)
    points[:, [LEFT_HIP, LEFT_HIP + 1], 1] = 600.0
    points[:, [LEFT_SHOULDER, LEFT_SHOULDER + 1], 1] = (600.0 - trunk_px)[:, None]
    points[np.isnan(trunk_px)] = np.nan
    return points


@pytest.mark.parametrize("size", [0.5, 1.6], ids=["a plate", "somebody nearer"])
def test_a_short_jump_to_another_size_is_a_slip(size: float) -> None:
    trunk = np.full(N, 180.0)
    trunk[150:180] *= size
    failed = failed_tracking(TIME_S, track(trunk))
    assert failed[152:178].all()
    assert not failed[:148].any()
    assert not failed[182:].any()


def test_a_short_odd_stretch_between_gaps_is_a_slip() -> None:
    trunk = np.full(N, 180.0)
    trunk[100:200] = np.nan
    trunk[140:160] = 100.0
    failed = failed_tracking(TIME_S, track(trunk))
    assert np.flatnonzero(failed).tolist() == list(range(140, 160))


def test_a_trunk_that_shortens_as_slowly_as_a_descent_is_the_lifter() -> None:
    depth = 0.5 - 0.5 * np.cos(2 * np.pi * TIME_S / 2.5)
    assert not failed_tracking(TIME_S, track(180.0 * (1.0 - 0.4 * depth))).any()


def test_a_lifter_who_walks_up_to_the_camera_is_no_slip() -> None:
    assert not failed_tracking(TIME_S, track(np.linspace(120.0, 300.0, N))).any()


def test_scatter_of_the_engine_is_no_slip() -> None:
    noise = np.random.default_rng(1).normal(0.0, 6.0, N)
    assert not failed_tracking(TIME_S, track(180.0 + noise)).any()


def test_nobody_is_no_slip() -> None:
    assert not failed_tracking(TIME_S, track(np.full(N, np.nan))).any()
