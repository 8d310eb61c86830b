"""Following the bar: the plate's middle or the fist, and how far it is in front of the shoulder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.pose.bar_position import SHARE, bar_ahead, bar_place
from backline.sources.video.pose.leg_angles import legs_of
from tests.sources.video.sights import TRUNK, points_of, sight_of

N = 40
KNUCKLES = [17, 18, 19, 20]
CUTOFF_HZ = 6.0


def pulled(facing: int = 1, drift_px: float = 0.0, sure: float = 0.9) -> ClipObservations:
    """Somebody who stands; the fist 10 pixels in front of the shoulder, then ``drift_px`` more."""
    points = points_of(np.zeros(N), 0.0, 0.0, facing)
    points[:, KNUCKLES, :2] = points[:, 11:12, :2] + [facing * 10.0, 150.0]
    points[:, KNUCKLES, 0] += facing * np.linspace(0.0, drift_px, N)[:, None]
    points[:, KNUCKLES, 2] = sure
    return sight_of(points, facing)


def with_plate(observations: ClipObservations, x: float, share: float = 1.0) -> ClipObservations:
    """The same with a plate in the first frames, its middle at a place."""
    plate = np.full((N, 2), np.nan)
    plate[: round(share * N)] = [x, 600.0]
    return replace(observations, plate_px=plate)


@pytest.mark.parametrize("facing", [1, -1])
def test_a_fist_that_drifts_away_is_read_in_trunk_lengths_from_either_side(facing: int) -> None:
    ahead = bar_ahead(pulled(facing, drift_px=0.2 * TRUNK), CUTOFF_HZ)
    assert ahead[0] == pytest.approx(10.0 / TRUNK, abs=0.01)
    assert ahead[-1] - ahead[0] == pytest.approx(0.2, abs=0.02)


def test_the_bar_stays_under_the_shoulder_of_a_trunk_that_bows() -> None:
    points = points_of(np.zeros(N), 0.0, np.linspace(0.0, 60.0, N))
    points[:, KNUCKLES, :2] = points[:, 11:12, :2] + [0.0, 150.0]
    np.testing.assert_allclose(bar_ahead(sight_of(points), CUTOFF_HZ), 0.0, atol=1e-3)


def test_a_plate_is_followed_rather_than_the_hand_that_it_hides() -> None:
    observations = with_plate(pulled(), x=345.0)
    np.testing.assert_array_equal(bar_place(observations), observations.plate_px)


def test_a_plate_seen_now_and_then_is_not_mixed_with_the_hand() -> None:
    observations = with_plate(pulled(), x=345.0, share=SHARE / 2)
    place = bar_place(observations)
    np.testing.assert_allclose(place, observations.points[:, 19, :2], atol=1e-3)


def test_a_hand_that_the_engine_guesses_is_no_bar() -> None:
    assert np.isnan(bar_place(pulled(sure=0.2))).all()
    assert np.isnan(bar_ahead(pulled(sure=0.2), CUTOFF_HZ)).all()


def test_frames_without_the_lifter_hold_no_bar() -> None:
    observations = with_plate(pulled(), x=345.0)
    observations.crop_row[:5] = -1
    assert np.isnan(bar_place(observations)[:5]).all()
    assert np.isfinite(bar_place(observations)[5:]).all()


def test_the_motion_of_a_clip_carries_the_bar() -> None:
    motion = legs_of(pulled(drift_px=0.1 * TRUNK), CUTOFF_HZ).motion
    assert motion.bar_ahead[-1] - motion.bar_ahead[0] == pytest.approx(0.1, abs=0.02)
