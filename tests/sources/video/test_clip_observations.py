"""The spool of crops, and small questions to a sight."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.clip_observations import CROP_SHAPE, CropSpool
from backline.sources.video.pose.person import LEFT_KNEE
from tests.sources.video.sights import points_of, sight_of


def crop(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, CROP_SHAPE, dtype=np.uint8)


def test_cuts_come_back_as_they_went_in_and_in_any_order() -> None:
    spool = CropSpool()
    rows = [spool.add(crop(seed)) for seed in range(5)]
    assert rows == [0, 1, 2, 3, 4]
    assert len(spool) == 5
    back = spool.rows(np.array([3, 0, 3]))
    np.testing.assert_array_equal(back, [crop(3), crop(0), crop(3)])
    spool.close()


def test_adding_goes_on_after_reading() -> None:
    spool = CropSpool()
    spool.add(crop(0))
    spool.add(crop(1))
    spool.rows(np.array([0]))
    row = spool.add(crop(2))
    np.testing.assert_array_equal(spool.rows(np.array([row, 1])), [crop(2), crop(1)])
    spool.close()


def test_a_view_of_a_larger_array_is_stored_right() -> None:
    wide = np.random.default_rng(0).integers(0, 255, (*CROP_SHAPE, 2), dtype=np.uint8)
    spool = CropSpool()
    spool.add(wide[..., 1])
    np.testing.assert_array_equal(spool.rows(np.array([0]))[0], wide[..., 1])
    spool.close()


def test_no_rows_are_no_cuts() -> None:
    spool = CropSpool()
    assert spool.rows(np.array([], int)).shape == (0, *CROP_SHAPE)
    spool.close()


def test_a_cut_of_another_shape_is_refused() -> None:
    spool = CropSpool()
    with pytest.raises(ValueError, match=r"expected shape .* got \(2, 3, 4\)"):
        spool.add(np.zeros((2, 3, 4), np.uint8))
    spool.close()


@pytest.mark.parametrize(("facing", "index"), [(1, LEFT_KNEE + 1), (-1, LEFT_KNEE)])
def test_a_joint_is_that_of_the_visible_side(facing: int, index: int) -> None:
    points = points_of([20.0, 40.0], 5.0, 10.0, facing)
    points[:, LEFT_KNEE, 0] += 7.0
    found = sight_of(points, facing).joint(LEFT_KNEE)
    np.testing.assert_allclose(found, points[:, index, :2])


def test_found_says_in_which_frames_the_lifter_is() -> None:
    observations = sight_of(points_of(np.zeros(3), 0, 0), crop_row=np.array([0, -1, 1]))
    assert observations.found.tolist() == [True, False, True]
