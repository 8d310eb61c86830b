"""Visibility over time: what one frame alone calls visible is not."""

from __future__ import annotations

import numpy as np

from backline.sources.video.contour.visibility import AROUND_S, steadily_visible

RATE_HZ, N, POINTS = 30.0, 30, 48


def times(rate_hz: float = RATE_HZ, n: int = N) -> np.ndarray:
    return np.arange(n) / rate_hz


def kept(visible: np.ndarray, found: np.ndarray | None = None, rate_hz: float = RATE_HZ):
    everywhere = np.ones(len(visible), np.bool_)
    at = times(rate_hz, len(visible))
    return steadily_visible(at, visible, everywhere if found is None else found)


def test_one_frame_on_a_plate_is_hidden_and_what_is_always_seen_stays() -> None:
    visible = np.zeros((N, POINTS), np.bool_)
    visible[:, 20:] = True
    visible[14, 5:15] = True
    expected = visible.copy()
    expected[14, 5:15] = False
    np.testing.assert_array_equal(kept(visible), expected)


def test_a_gap_of_one_frame_costs_only_that_frame() -> None:
    visible = np.ones((N, POINTS), np.bool_)
    visible[10, :24] = False
    np.testing.assert_array_equal(kept(visible), visible)


def test_a_back_that_comes_into_view_is_visible_from_its_first_frame_on() -> None:
    """Of seven frames at 30 frames a second four must agree: this one and the three after it."""
    visible = np.zeros((N, POINTS), np.bool_)
    visible[12:] = True
    np.testing.assert_array_equal(kept(visible), visible)


def test_two_frames_of_seven_are_too_few() -> None:
    visible = np.zeros((N, POINTS), np.bool_)
    visible[12:14] = True
    assert not kept(visible).any()


def test_frames_without_a_line_do_not_count_against_their_neighbours() -> None:
    visible = np.zeros((N, POINTS), np.bool_)
    found = np.zeros(N, np.bool_)
    found[[12, 14, 15]] = True
    visible[found] = True
    np.testing.assert_array_equal(kept(visible, found), visible)


def test_where_the_frames_are_far_apart_nothing_is_compared() -> None:
    rate_hz = 0.9 / AROUND_S
    visible = np.zeros((N, POINTS), np.bool_)
    visible[::2] = True
    np.testing.assert_array_equal(kept(visible, rate_hz=rate_hz), visible)


def test_points_are_judged_apart() -> None:
    rng = np.random.default_rng(1)
    visible = rng.random((N, POINTS)) < 0.6
    whole = kept(visible)
    for k in (0, 7, 47):
        np.testing.assert_array_equal(kept(visible[:, [k]])[:, 0], whole[:, k])


def test_no_frames_give_no_frames() -> None:
    assert kept(np.zeros((0, POINTS), np.bool_)).shape == (0, POINTS)
