"""Cameras and the renderer: what lies where in the picture."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from backline.phantom.camera import Camera
from backline.phantom.equipment import Loading
from backline.phantom.scene import Light, Renderer
from tests import rendered

STATURE_M = 1.75
CAMERAS = [
    Camera(width_px=120, height_px=160),
    Camera(width_px=160, height_px=120, side="left", yaw_deg=25.0, height_m=1.4),
    Camera(width_px=120, height_px=160, yaw_deg=-30.0, roll_deg=8.0),
    Camera(width_px=120, height_px=160, offset=(0.1, -0.05), fill=0.6, distance_m=2.5),
]


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_cameras_axes_are_square_and_right_handed(camera: Camera) -> None:
    _, axes = camera.basis()
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    right, up, ahead = axes
    np.testing.assert_allclose(np.cross(right, ahead), up, atol=1e-12)


@pytest.mark.parametrize("camera", CAMERAS)
def test_what_the_camera_looks_at_is_in_the_middle_but_for_the_offset(camera: Camera) -> None:
    at = camera.project(np.array([0.0, 0.0, 0.9]), STATURE_M)
    middle = np.array([0.5, 0.5]) + camera.offset
    np.testing.assert_allclose(at, middle * [camera.width_px, camera.height_px])


def test_the_standing_lifter_fills_the_told_share_of_the_height() -> None:
    camera = Camera(fill=0.7, height_m=0.9, distance_m=5.0)
    feet, head = camera.project(np.array([[0, 0, 0.0], [0, 0, STATURE_M]]), STATURE_M)
    assert feet[1] - head[1] == pytest.approx(0.7 * camera.height_px, rel=0.01)
    assert feet[1] > head[1]  # y runs down


@pytest.mark.parametrize(("side", "sign"), [("right", 1), ("left", -1)])
def test_the_front_is_to_the_right_when_the_right_side_is_seen(side: str, sign: int) -> None:
    back, front = Camera(side=side).project(np.array([[0, 0.3, 1.0], [0, -0.3, 1.0]]), STATURE_M)
    assert sign * (front[0] - back[0]) > 50


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_positive_yaw_stands_at_the_front_quarter_of_the_side(side: str) -> None:
    place, _ = Camera(side=side, yaw_deg=20.0).basis()
    assert place[1] < 0  # to the front
    assert place[0] * (1 if side == "left" else -1) > 0


def test_a_roll_turns_the_picture() -> None:
    level, rolled = Camera(), Camera(roll_deg=10.0)
    post = np.array([[0, 0, 0.4], [0, 0, 1.4]])
    low, high = rolled.project(post, STATURE_M)
    lean = np.degrees(np.arctan2(high[0] - low[0], low[1] - high[1]))
    assert abs(lean) == pytest.approx(10.0, abs=0.5)
    low, high = level.project(post, STATURE_M)
    assert high[0] == pytest.approx(low[0])


@pytest.fixture(params=CAMERAS, ids=["right", "left", "rolled", "near"])
def ball(request: pytest.FixtureRequest) -> Iterator[tuple[Camera, Any, Renderer]]:
    """A bright ball of 3 cm in place of a lifter."""
    import pyvista

    sphere = pyvista.Sphere(radius=0.03, theta_resolution=12, phi_resolution=12)
    faces = sphere.faces.reshape(-1, 4)[:, 1:]
    body: Any = SimpleNamespace(rest_vertices=np.asarray(sphere.points), faces=faces)
    white = np.full((sphere.n_points, 3), 255, np.uint8)
    painter = Renderer(body, white, None, request.param, Light(room=1.0), STATURE_M)
    yield request.param, body.rest_vertices, painter
    painter.close()


def test_a_small_bright_thing_lands_where_it_is_projected(ball) -> None:
    camera, sphere, painter = ball
    rows, columns = np.mgrid[0 : camera.height_px, 0 : camera.width_px]
    for place in ([0, 0, 1.0], [0.1, -0.25, 1.3], [-0.2, 0.2, 0.5]):
        _, cover = painter.draw(sphere + place, np.zeros(3))
        found = np.array([(columns * cover).sum(), (rows * cover).sum()]) / cover.sum()
        # The centre of the first pixel is 0 in the picture and 0.5 in the projection.
        expected = camera.project(np.array(place), STATURE_M) - 0.5
        assert np.linalg.norm(found - expected) < 1.0


@pytest.fixture(scope="module")
def lifter() -> Iterator[Renderer]:
    body = rendered.body()
    colours = np.full((len(body.rest_vertices), 3), 200, np.uint8)
    bar = Loading("450", 0.225, 0.05, (0.7, 0.1, 0.1))
    painter = Renderer(body, colours, bar, Camera(width_px=120, height_px=160), Light(), STATURE_M)
    yield painter
    painter.close()


def test_cover_is_a_share_and_the_picture_is_black_without_it(lifter: Renderer) -> None:
    picture, cover = lifter.draw(rendered.body().rest_vertices, np.array([0, 9.0, 0]))
    assert picture.shape == (160, 120, 3)
    assert picture.dtype == np.uint8
    assert cover.shape == (160, 120)
    assert cover.dtype == np.float32
    assert cover.min() == 0.0
    assert cover.max() == 1.0
    assert not picture[cover == 0].any()
    assert 0.03 < cover.mean() < 0.4


def test_the_bar_is_drawn_where_it_is_put(lifter: Renderer) -> None:
    vertices = rendered.body().rest_vertices
    without, _ = lifter.draw(vertices, np.array([0, 9.0, 0]))  # out of sight
    low, _ = lifter.draw(vertices, np.array([0, -0.1, 0.3]))
    high, _ = lifter.draw(vertices, np.array([0, 0.1, 1.4]))
    rows = [
        np.flatnonzero((np.abs(a.astype(int) - without) > 30).any(axis=(1, 2))).mean()
        for a in (low, high)
    ]
    assert rows[1] < rows[0] - 40


def test_drawing_the_same_again_gives_the_same_picture(lifter: Renderer) -> None:
    vertices, bar = rendered.body().rest_vertices, np.array([0, 0.1, 1.4])
    first, _ = lifter.draw(vertices, bar)
    lifter.draw(vertices + 0.2, bar)
    again, _ = lifter.draw(vertices, bar)
    np.testing.assert_array_equal(first, again)
