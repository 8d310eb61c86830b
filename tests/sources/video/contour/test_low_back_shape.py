"""The bulge of the low back's outline: curves whose height over their chord is known."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.contour.low_back_shape import (
    FIRST_INDEX,
    LAST_INDEX,
    LOW_INDEX,
    MOST_ROUGH,
    outline_shape,
)

POINTS = 48
SEEN = np.ones((1, POINTS), bool)


def back_bulge(line: np.ndarray, visible: np.ndarray, facing: int) -> np.ndarray:
    return outline_shape(line, visible, facing).bulge


def back(
    bulge: float, *, facing: int = 1, lean_deg: float = 0.0, length_px: float = 200.0
) -> np.ndarray:
    """A back line whose part between the two indices is a parabola; behind is away from facing.

    It is walked from the neck down, as the picture's y grows.
    """
    along = (np.arange(POINTS) - FIRST_INDEX) / (LAST_INDEX - FIRST_INDEX)
    behind = 4.0 * bulge * along * (1.0 - along)
    x, y = -facing * behind * length_px, along * length_px
    turn = np.radians(lean_deg) * facing  # leaning forward moves the neck to where they look
    turned = [np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y]
    return (np.stack(turned, axis=-1) + 300.0)[None].astype(np.float32)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("bulge", [0.08, 0.03, 0.0, -0.05])
@pytest.mark.parametrize("lean_deg", [0.0, 40.0, 85.0])
def test_a_parabola_s_height_is_read_with_its_sign(
    bulge: float, facing: int, lean_deg: float
) -> None:
    line = back(bulge, facing=facing, lean_deg=lean_deg)
    assert back_bulge(line, SEEN, facing)[0] == pytest.approx(bulge, abs=1e-4)


def test_it_is_a_share_whatever_the_size_of_the_picture() -> None:
    small, large = (back(0.05, length_px=px) for px in (40.0, 900.0))
    assert back_bulge(small, SEEN, 1)[0] == pytest.approx(back_bulge(large, SEEN, 1)[0], abs=1e-4)


def test_an_arc_of_57_degrees_stands_out_by_an_eighth() -> None:
    """A circle's arc of 1 rad: the turn of its parabola is 1 rad along the chord, about."""
    angle = np.linspace(-0.5, 0.5, LAST_INDEX - FIRST_INDEX + 1)
    line = np.zeros((1, POINTS, 2), np.float32)
    line[0, FIRST_INDEX : LAST_INDEX + 1] = np.stack(
        [-300 * np.cos(angle), 300 * np.sin(angle)], axis=1
    )
    assert back_bulge(line, SEEN, 1)[0] == pytest.approx(0.125, abs=0.005)


def test_points_that_are_not_the_back_have_no_say() -> None:
    line, visible = back(0.05), SEEN.copy()
    visible[0, 20:24] = False
    line[0, 20:24] += 80.0  # an elbow
    assert back_bulge(line, visible, 1)[0] == pytest.approx(0.05, abs=1e-4)
    unknown = line.copy()
    unknown[0, 20:24] = np.nan
    assert back_bulge(unknown, SEEN, 1)[0] == pytest.approx(0.05, abs=1e-4)


def test_where_too_little_is_seen_nothing_is_said() -> None:
    visible = SEEN.copy()
    visible[0, FIRST_INDEX : FIRST_INDEX + 6] = False  # 6 of 25 points
    line = np.concatenate([back(0.05)] * 3)
    shown = np.concatenate([SEEN, visible, ~SEEN])
    found = back_bulge(line, shown, 1)
    assert np.isfinite(found).tolist() == [True, False, False]


def test_a_frame_without_a_line_and_one_with_a_point_for_a_line_say_nothing() -> None:
    none = np.full((1, POINTS, 2), np.nan, np.float32)
    point = np.full((1, POINTS, 2), 5.0, np.float32)
    both = np.concatenate([none, point])
    assert np.isnan(back_bulge(both, np.ones((2, POINTS), bool), 1)).all()


def test_noise_of_half_a_pixel_hardly_moves_it() -> None:
    rng = np.random.default_rng(3)
    lines = np.repeat(back(0.04), 200, axis=0) + rng.normal(0, 0.5, (200, POINTS, 2))
    found = back_bulge(lines, np.repeat(SEEN, 200, axis=0), 1)
    assert found.mean() == pytest.approx(0.04, abs=0.001)
    assert found.std() < 0.003


def test_a_line_that_runs_round_an_elbow_is_no_back() -> None:
    line = back(0.05)
    line[0, 20:27, 0] -= 60.0  # 0.3 of the chord behind the back
    found = outline_shape(np.concatenate([line, back(0.05)]), np.repeat(SEEN, 2, axis=0), 1)
    assert found.rough.tolist() == [True, False]
    assert not found.broken[1]
    assert np.isnan(found.bulge[0])
    assert found.bulge[1] == pytest.approx(0.05, abs=1e-4)


def test_a_back_that_is_rounded_above_and_hollow_below_is_still_a_back() -> None:
    """An S of half the roughness that is allowed: a sine of one period, root mean square."""
    along = (np.arange(POINTS) - FIRST_INDEX) / (LAST_INDEX - FIRST_INDEX)
    line = back(0.0)
    line[0, :, 0] += 200.0 * 0.5 * MOST_ROUGH * np.sqrt(2.0) * np.sin(2 * np.pi * along)
    found = outline_shape(line, SEEN, 1)
    assert not found.rough[0]
    assert found.bulge[0] == pytest.approx(0.0, abs=0.005)


def test_an_elbow_behind_the_ribs_spoils_the_shape_and_not_the_low_back() -> None:
    line = back(0.05)
    line[0, FIRST_INDEX + 2 : LOW_INDEX, 0] -= 60.0
    found = outline_shape(line, SEEN, 1)
    assert (found.rough[0], found.broken[0]) == (True, False)


def test_a_line_that_jumps_to_a_plate_below_the_ribs_is_broken() -> None:
    line = back(0.05)
    line[0, LOW_INDEX + 5 : LAST_INDEX - 4, 0] -= 60.0
    assert outline_shape(line, SEEN, 1).broken[0]


def test_what_is_not_seen_is_not_called_rough() -> None:
    line = np.full((1, POINTS, 2), np.nan, np.float32)
    found = outline_shape(line, ~SEEN, 1)
    assert not found.rough[0]
    assert not found.broken[0]
