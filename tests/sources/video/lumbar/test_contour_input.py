"""The back's contour as the network takes it."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.contour.outline import POINTS
from backline.sources.video.lumbar.contour_input import (
    CONTOUR_SHAPE,
    UNKNOWN_SD,
    _middle,
    contour_of,
    mean_contour,
)
from backline.sources.video.lumbar.picture_input import trunk_length_px
from backline.sources.video.lumbar.temporal_averaging import contours_of
from tests.sources.video.sights import points_of, sight_of

LINE = np.stack([np.linspace(-0.2, -0.3, POINTS), np.linspace(-1.1, 0.2, POINTS)], axis=1)
SEEN = np.ones(POINTS, bool)
SD = np.full(POINTS, 0.002)


def test_a_contour_tells_place_visibility_and_sd_of_each_point() -> None:
    told = contour_of(LINE, SEEN, SD)
    assert told.shape == CONTOUR_SHAPE
    assert told.dtype == np.float32
    np.testing.assert_allclose(told[:, :2], LINE, atol=1e-6)
    np.testing.assert_array_equal(told[:, 2], 1.0)
    np.testing.assert_allclose(told[:, 3], 0.002, rtol=1e-5)


def test_what_was_not_found_is_neither_visible_nor_a_number_that_is_none() -> None:
    told = contour_of(np.full_like(LINE, np.nan), SEEN, np.full(POINTS, np.nan))
    np.testing.assert_array_equal(told[:, :3], 0.0)
    np.testing.assert_allclose(told[:, 3], UNKNOWN_SD)


def test_a_wild_sd_is_told_as_not_known() -> None:
    assert contour_of(LINE, SEEN, SD * 1000)[:, 3] == pytest.approx(UNKNOWN_SD)


def test_hidden_points_keep_their_guessed_place() -> None:
    hidden = SEEN.copy()
    hidden[10:20] = False
    told = contour_of(LINE, hidden, SD)
    np.testing.assert_allclose(told[10:20, 0], LINE[10:20, 0], atol=1e-6)
    assert told[:, 2].sum() == POINTS - 10


def test_the_mean_of_standing_takes_each_point_from_the_frames_that_show_it() -> None:
    frames = np.stack([contour_of(LINE + np.array([k * 0.01, 0.0]), SEEN, SD) for k in range(5)])
    frames[4, 7, 0], frames[4, 7, 2] = 9.0, 0.0  # an arm in front of point 7 in one frame
    mean = mean_contour(frames)
    assert mean[7, 0] == pytest.approx(LINE[7, 0] + 0.015, abs=1e-5)  # median of 0 to 0.03
    assert mean[8, 0] == pytest.approx(LINE[8, 0] + 0.02, abs=1e-5)
    assert mean[:, 2].all()


def test_a_point_that_most_frames_hide_is_hidden_in_the_mean() -> None:
    frames = np.stack([contour_of(LINE, SEEN, SD)] * 3)
    frames[:2, 5, 2] = 0.0
    frames[:, 6, 2] = 0.0
    mean = mean_contour(frames)
    assert mean[5, 2] == 0.0
    assert mean[6, 2] == 0.0
    assert mean[6, 0] == pytest.approx(LINE[6, 0], abs=1e-6)  # still the guess
    assert mean[4, 2] == 1.0


def test_frames_without_a_contour_do_not_pull_the_mean() -> None:
    none = contour_of(np.full_like(LINE, np.nan), SEEN, SD)
    mean = mean_contour(np.stack([none, contour_of(LINE, SEEN, SD), none]))
    np.testing.assert_allclose(mean[:, :2], LINE, atol=1e-6)
    empty = mean_contour(np.stack([none, none]))
    np.testing.assert_array_equal(empty, none)


@pytest.mark.parametrize("facing", [1, -1])
def test_a_clip_s_contours_are_told_from_the_hip_in_trunk_lengths_facing_right(facing: int) -> None:
    points = points_of(np.zeros(4), 0.0, 0.0, facing)
    hip = points[0, [23, 24], :2].mean(axis=0)
    trunk = trunk_length_px(points[0])
    line = np.zeros((4, POINTS, 2), np.float32)
    line[..., 0] = hip[0] - facing * 0.25 * trunk  # behind the hip by a quarter of the trunk
    line[..., 1] = hip[1] + trunk * np.linspace(-1, 0, POINTS)
    observations = sight_of(points, facing, back_line=line)
    told = contours_of(observations, np.array([0, 3]), trunk)
    assert told.shape == (2, *CONTOUR_SHAPE)
    np.testing.assert_allclose(told[..., 0], -0.25, atol=0.02)
    np.testing.assert_allclose(told[..., 1], [np.linspace(-1, 0, POINTS)] * 2, atol=0.02)
    np.testing.assert_allclose(told[..., 3], 0.4 / trunk, rtol=1e-4)


def test_the_middle_of_what_is_known_is_numpy_s_own() -> None:
    values = np.random.default_rng(0).normal(size=(7, 48, 2)).astype(np.float32)
    values[np.random.default_rng(1).random(values.shape) < 0.4] = np.nan
    values[:, 3] = np.nan
    values[1:, 4] = np.nan
    with pytest.warns(RuntimeWarning, match="All-NaN"):
        expected = np.nanmedian(values, axis=0)
    np.testing.assert_allclose(_middle(values), expected, rtol=1e-6)
    np.testing.assert_allclose(_middle(values[:1]), values[0], rtol=0)
