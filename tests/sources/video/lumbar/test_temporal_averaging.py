"""Which frames are averaged before they are read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.lumbar.temporal_averaging import AROUND_S, SAME_POSTURE, neighbours
from tests.sources.video.sights import RATE_HZ, points_of, sight_of

N = 30
REACH = int(AROUND_S * RATE_HZ)  # frames to each side


def still() -> ClipObservations:
    """Nobody moves."""
    return sight_of(points_of(np.zeros(N), 0.0, 0.0))


def test_a_still_lifter_s_frames_are_averaged_with_those_before_and_after() -> None:
    around, own = neighbours(still(), np.arange(N), 0, N)
    np.testing.assert_array_equal(around, np.arange(N))
    np.testing.assert_array_equal(own[10], np.arange(10 - REACH, 10 + REACH + 1))
    np.testing.assert_array_equal(own[0], np.arange(REACH + 1))  # none before the first
    np.testing.assert_array_equal(own[-1], np.arange(N - 1 - REACH, N))


def test_a_part_of_the_frames_takes_its_neighbours_from_outside_the_part() -> None:
    around, own = neighbours(still(), np.arange(N), 10, 12)
    np.testing.assert_array_equal(around, np.arange(10 - REACH, 12 + REACH))
    np.testing.assert_array_equal(around[own[0]], np.arange(10 - REACH, 10 + REACH + 1))
    np.testing.assert_array_equal(around[own[1]], np.arange(11 - REACH, 11 + REACH + 1))


def test_frames_of_a_moving_lifter_stay_alone() -> None:
    observations = still()
    features = observations.features + (np.arange(N) * 1.5 * SAME_POSTURE)[:, None].astype(
        np.float32
    )
    around, own = neighbours(replace(observations, features=features), np.arange(N), 5, 9)
    assert [list(around[k]) for k in own] == [[5], [6], [7], [8]]


def test_the_frames_on_this_side_of_a_sudden_move_are_kept() -> None:
    observations = still()
    features = observations.features.copy()
    features[15:] += 1.0
    _, own = neighbours(replace(observations, features=features), np.arange(N), 0, N)
    assert own[14].max() == 14
    assert own[15].min() == 15


def test_frames_without_the_lifter_are_no_neighbours() -> None:
    index = np.delete(np.arange(N), [9, 11])
    around, own = neighbours(still(), index, 0, len(index))
    at = int(np.flatnonzero(index == 10)[0])
    expected = [k for k in range(10 - REACH, 10 + REACH + 1) if k not in (9, 11)]
    np.testing.assert_array_equal(around[own[at]], expected)


def test_each_frame_is_its_own_neighbour_whatever_the_gaps() -> None:
    index = np.array([0, 12, 29])
    around, own = neighbours(still(), index, 0, 3)
    assert [list(around[k]) for k in own] == [[0], [12], [29]]
