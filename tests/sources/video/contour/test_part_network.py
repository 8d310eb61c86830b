"""The part network: what it is given, and what the shipped weights say of a rendered lifter."""

from __future__ import annotations

import numpy as np
import pytest

from backline.phantom.body import PhantomBody
from backline.phantom.capture import record, room
from backline.phantom.equipment import Loading
from backline.phantom.kinematics import Angles, Stance, pose_lifter
from backline.phantom.part_labels import OWN_BACK, body_labels, labelled_mesh, paint_labels
from backline.phantom.scene import Renderer
from backline.phantom.wardrobe import dress
from backline.sources.video.contour.background import OTHER_ODDS, SAME_ODDS
from backline.sources.video.contour.outline import S1_INDEX, T12_INDEX, OutlineFinder
from backline.sources.video.contour.part_network import (
    COVERS,
    MASK,
    STRIP_DEPTHS,
    ZERO_ODDS,
    PartNetwork,
    part_strip,
)
from backline.sources.video.contour.trunk_rays import RAY_COUNT, trunk_rays
from backline.sources.video.pose.engine_factory import make_engine
from backline.sources.video.pose.person import Person
from tests import rendered
from tests.sources.video.drawn_lifter import draw


def test_the_strip_holds_picture_mask_and_background_along_the_rays() -> None:
    rays = trunk_rays(
        np.array([100.0, 60.0]), np.array([100.0, 120.0]), np.array([100.0, 170.0]), 1
    )
    picture = np.full((200, 200, 3), (10, 20, 30), np.uint8)
    mask = np.zeros((100, 100), np.float32)
    mask[:, 45:] = 1.0  # half the picture's size: the lifter lies from column 90 on
    person = Person(np.zeros((33, 3), np.float32), mask, mask_scale=0.5)
    odds = np.full((200, 200), OTHER_ODDS, np.float32)
    odds[:, :60] = SAME_ODDS
    strip = part_strip(picture, person, rays, background=odds)
    assert (strip[..., :3] == (10, 20, 30)).all()
    middle = strip[20]
    column = int(np.abs(STRIP_DEPTHS - 10 / 60).argmin())
    assert (middle[: column - 3, MASK] == 255).all()
    assert (middle[column + 3 :, MASK] == 0).all()
    assert middle[0, 4] == 255
    assert middle[-1, 4] == 0
    assert (part_strip(picture, person, rays)[..., 4] == ZERO_ODDS).all()


def test_answers_are_probabilities_for_each_ray() -> None:
    drawn = draw(seed=41)
    told = PartNetwork().read(part_strip(drawn.picture, drawn.person, drawn.rays))
    np.testing.assert_allclose(np.exp(told.log_place).sum(axis=1), 1.0, atol=1e-4)
    np.testing.assert_allclose(told.cover.sum(axis=1), 1.0, atol=1e-4)
    assert told.cover.shape == (RAY_COUNT, len(COVERS))


@pytest.fixture(scope="module")
def squatter() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A rendered lifter with a bar on the back, half way down.

    Their body without arms, and where it is in view.
    """
    scene = rendered.scene(width_px=480, height_px=640)
    body: PhantomBody = rendered.body()
    one = np.ones(1)
    angles = Angles(60 * one, 15 * one, 5 * one, 0 * one, 0 * one)
    loading = Loading("small", 0.1, 0.05, (0.1, 0.1, 0.1))
    posed = pose_lifter(body, Stance(bar="high_bar"), angles)
    rng = np.random.default_rng(5)
    clothed, colours = dress(body, scene.outfit, posed.vertices, rng)
    stature = float(np.ptp(body.rest_vertices[:, 2]))
    painter = Renderer(body, colours, loading, scene.camera, scene.light, stature)
    lifter, cover = painter.draw(clothed[0], posed.bar[0])
    painter.close()
    wall = room(480, 640, 500.0, rng, clutter=3)
    mesh = labelled_mesh(body, clothed[0], posed.bar[0], loading, body_labels(body))
    size = (480, 640)
    bare = paint_labels(mesh, scene.camera, stature, np.eye(2, 3), size, OWN_BACK) > 0
    labels = paint_labels(mesh, scene.camera, stature, np.eye(2, 3), size)
    return record(lifter, cover, wall, scene.recording, rng), bare, np.isin(labels, OWN_BACK)


def test_with_a_bar_on_the_back_visible_points_lie_on_the_body_without_its_arms(squatter) -> None:
    picture, bare, in_view = squatter
    engine = make_engine(static=True)
    person = engine.find(picture)
    engine.close()
    assert person is not None
    outline = OutlineFinder("right", 1, parts=PartNetwork()).find(picture, person)
    assert outline is not None
    trunk = float(np.hypot(*(person.points[12, :2] - person.points[24, :2])))
    rows = np.rint(outline.line[:38, 1]).astype(int)
    rim = np.array([np.flatnonzero(bare[y])[0] if bare[y].any() else -99 for y in rows])
    away = np.abs(outline.line[:38, 0] - rim) / trunk
    seen = outline.visible[:38]
    assert seen.sum() >= 12
    assert (away[seen] < 0.025).mean() > 0.9  # along the row; across the line it is less
    shown = in_view[rows, np.clip(rim + 4, 0, in_view.shape[1] - 1)]
    low = np.arange(T12_INDEX, S1_INDEX + 1)
    low = low[shown[low]]
    assert len(low) >= 6
    assert outline.visible[low].mean() > 0.85
    covered = np.flatnonzero(~shown[4:T12_INDEX]) + 4
    assert len(covered) >= 4
    assert outline.visible[covered].mean() < 0.2  # elbow and forearm
