"""Points refined on heat maps whose middle is known."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.pose.blazepose.landmarks import refined, turned

CELLS, POINTS = 64, 39
COLD = -30.0


def _heat(x: float, y: float, hottest: float = 3.0) -> np.ndarray:
    """Log odds of a spot three cells wide about (x, y), cells, for every point."""
    row, column = np.indices((CELLS, CELLS))
    near = np.hypot(column - x, row - y) < 1.1
    return np.repeat(np.where(near, hottest, COLD)[..., None], POINTS, axis=2).astype(np.float32)


def _all_at(x: float, y: float) -> np.ndarray:
    return np.tile(np.array([x, y], np.float32) / CELLS, (POINTS, 1))


def test_a_point_goes_to_the_middle_of_the_heat_nearby() -> None:
    moved = refined(_all_at(31.4, 20.7), _heat(33, 21))
    np.testing.assert_allclose(moved * CELLS, np.tile((33, 21), (POINTS, 1)), atol=1e-4)


def test_heat_further_off_does_not_count() -> None:
    places = _all_at(31.4, 20.7)
    np.testing.assert_array_equal(refined(places, _heat(40, 21)), places)


def test_where_the_heat_map_is_unsure_a_point_stays() -> None:
    places = _all_at(31.4, 20.7)
    np.testing.assert_array_equal(refined(places, _heat(32, 21, hottest=-0.1)), places)


def test_at_the_edge_only_the_cells_that_exist_are_averaged() -> None:
    moved = refined(_all_at(0.2, 63.5), _heat(0, 63))
    # Of the spot's five cells, (0, 63), (1, 63) and (0, 62) lie within.
    np.testing.assert_allclose(moved[0] * CELLS, (1 / 3, 62 + 2 / 3), atol=1e-4)


@pytest.mark.parametrize("place", [(-3.0, 20.0), (70.0, 20.0), (20.0, -5.0), (20.0, 80.0)])
def test_a_point_outside_the_region_stays(place) -> None:
    places = _all_at(*place)
    np.testing.assert_array_equal(refined(places, _heat(20, 20)), places)


def test_metres_turn_with_the_region() -> None:
    up = np.array([(0.0, -1.0, 0.3)], np.float32)  # towards the head, in the region
    np.testing.assert_allclose(turned(up, np.pi / 2), [(1.0, 0.0, 0.3)], atol=1e-6)
