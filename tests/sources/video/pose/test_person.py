"""A person's mask is read at the same places, however it is stored."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from backline.sources.video.pose.blazepose.region import aligned, cut_out
from backline.sources.video.pose.person import Person, PlacedMask

HEIGHT, WIDTH = 300, 400
POINTS = np.zeros((33, 3), np.float32)


@pytest.fixture
def picture() -> np.ndarray:
    """Return a bright spot about (230, 120)."""
    drawn = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    cv2.circle(drawn, (230, 120), 8, (255, 255, 255), -1)
    return drawn


@pytest.fixture
def placed(picture: np.ndarray) -> PlacedMask:
    """Return the spot as a mask of a turned square about it."""
    shares = np.array([(200, 150), (230, 100)], np.float32) / (WIDTH, HEIGHT)
    region = aligned(shares.astype(np.float32), HEIGHT, WIDTH)
    assert region is not None
    matrix = region.matrix(256, HEIGHT, WIDTH)
    values = cut_out(picture, matrix, 256, cv2.BORDER_REPLICATE)[..., 0].astype(np.float32) / 255
    return PlacedMask(values, matrix[:2], WIDTH, HEIGHT, (0, 0, WIDTH, HEIGHT))


def centre(mask: np.ndarray) -> tuple[float, float]:
    y, x = np.average(np.indices(mask.shape).reshape(2, -1), axis=1, weights=mask.ravel())
    return float(x), float(y)


def test_a_placed_mask_lies_where_it_was_cut_from(picture: np.ndarray, placed: PlacedMask) -> None:
    whole = Person(POINTS, placed).mask
    assert whole.shape == (HEIGHT, WIDTH)
    assert centre(whole) == pytest.approx((230, 120), abs=0.05)
    assert whole.sum() == pytest.approx(picture[..., 0].sum() / 255, rel=0.02)


@pytest.mark.parametrize("box", [(210, 100, 250, 140), (-9, -9, 235, 125), (225, 115, 999, 999)])
def test_a_part_of_it_is_the_same_as_in_the_whole(
    placed: PlacedMask, box: tuple[int, int, int, int]
) -> None:
    person = Person(POINTS, placed)
    x0, y0, x1, y1 = np.maximum(box, 0)
    within, whole = (mask[y0:y1, x0:x1] for mask in (person.mask_within(box), person.mask))
    assert whole.any()
    assert np.abs(within - whole).max() < 0.02  # OpenCV reads at 1/32 pixel


def test_a_mask_found_in_a_part_of_a_picture_moves_with_it(placed: PlacedMask) -> None:
    moved = Person(POINTS, placed.moved(40, 20, 1000, 800)).mask
    assert moved.shape == (800, 1000)
    assert centre(moved) == pytest.approx((270, 140), abs=0.05)


def test_nobody_is_beyond_the_part_that_was_searched(placed: PlacedMask) -> None:
    everywhere = replace(placed, values=np.ones_like(placed.values), part=(190, 90, 210, 200))
    row = Person(POINTS, everywhere).mask[150]
    assert row[[189, 190, 209, 210]].tolist() == [0.0, 1.0, 1.0, 0.0]
    assert not everywhere.within((0, 0, 190, 300)).any()


def test_a_mask_of_a_reduced_picture_is_asked_for_in_pixels_of_the_full_one(
    placed: PlacedMask,
) -> None:
    person = Person(POINTS, placed, mask_scale=0.5)  # the spot is about (460, 240)
    near, far = person.mask_within((440, 220, 480, 260)), person.mask_within((0, 0, 300, 300))
    assert near.shape == (HEIGHT, WIDTH)
    assert centre(near) == pytest.approx((230, 120), abs=0.05)
    assert not far.any()
