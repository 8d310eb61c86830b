"""The rotated square: laid by hand, cut out and put back."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from backline.sources.video.pose.blazepose.region import Region, aligned, cut_out, whole

HEIGHT, WIDTH = 300, 400
SIZE = np.array([WIDTH, HEIGHT], np.float32)


def _shares(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, np.float32) / SIZE


@pytest.mark.parametrize(
    ("rim", "turn_deg"),
    [
        ((200, 100), 0),  # the head is up
        ((250, 150), 90),  # to the right of the picture: turned clockwise
        ((200, 200), -180),  # upside down
        ((150, 150), -90),
        ((200 + 30, 150 - 40), math.degrees(math.atan2(30, 40))),
    ],
)
def test_a_region_lies_about_the_hips_and_turns_with_the_body(rim, turn_deg) -> None:
    region = aligned(_shares((200, 150), rim), HEIGHT, WIDTH)
    assert region is not None
    np.testing.assert_allclose(region.centre * SIZE, (200, 150), atol=1e-4)
    np.testing.assert_allclose(region.sides * SIZE, 1.25 * 2 * 50, atol=1e-3)
    assert math.degrees(region.turn_rad) == pytest.approx(turn_deg, abs=1e-4)


def test_points_that_coincide_or_are_no_numbers_lay_no_region() -> None:
    assert aligned(_shares((200, 150), (200, 150)), HEIGHT, WIDTH) is None
    assert aligned(_shares((200, 150), (np.nan, 150)), HEIGHT, WIDTH) is None


def test_the_middle_of_the_squares_upper_edge_lies_towards_the_head() -> None:
    region = aligned(_shares((200, 150), (250, 150)), HEIGHT, WIDTH)
    assert region is not None
    at = region.to_picture(np.array([(0.5, 0.0), (0.5, 0.5)], np.float32), HEIGHT, WIDTH) * SIZE
    np.testing.assert_allclose(at, [(200 + 62.5, 150), (200, 150)], atol=1e-3)


def test_the_map_agrees_with_the_places() -> None:
    region = aligned(_shares((180, 140), (210, 100)), HEIGHT, WIDTH)
    assert region is not None
    places = np.array([(0.1, 0.2), (0.9, 0.5), (0.5, 1.0)], np.float32)
    pixels = region.to_picture(places, HEIGHT, WIDTH) * SIZE
    back = cv2.perspectiveTransform(pixels[None], region.matrix(256, HEIGHT, WIDTH))[0]
    np.testing.assert_allclose(back / 256, places, atol=1e-5)


def test_a_whole_picture_is_seen_with_margins_that_keep_its_shape() -> None:
    np.testing.assert_allclose(whole().margins(HEIGHT, WIDTH), (0.0, 0.125))
    np.testing.assert_allclose(whole().margins(400, 300), (0.125, 0.0))
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    cut = cut_out(picture, whole().matrix(80, HEIGHT, WIDTH), 80, cv2.BORDER_CONSTANT)
    assert (cut[:9] == 0).all()  # an eighth of 80 rows above, and below
    assert (cut[12:68] == 200).all()
    assert (cut[-9:] == 0).all()


def test_what_lies_beyond_the_picture_repeats_its_edge() -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:, :20] = 90
    region = Region(np.array([0.0, 0.5], np.float32), 100 / SIZE, 0.0)
    cut = cut_out(picture, region.matrix(100, HEIGHT, WIDTH), 100, cv2.BORDER_REPLICATE)
    assert (cut[:, :65] == 90).all()
    assert (cut[:, 75:] == 0).all()
