"""Which part each pixel shows: as the renderer draws, parts where they are, what hides what."""

from __future__ import annotations

import numpy as np
import pytest

from backline.phantom.camera import Camera
from backline.phantom.equipment import Loading
from backline.phantom.kinematics import Angles, Posed, Stance, pose_lifter
from backline.phantom.part_labels import (
    OWN_BACK,
    PartLabel,
    body_labels,
    labelled_mesh,
    paint_labels,
)
from backline.phantom.scene import Light, Renderer
from tests import rendered

SIZE = (360, 480)
CAMERA = Camera(width_px=SIZE[0], height_px=SIZE[1], fill=0.75)
PLATES = Loading("450", 0.225, 0.05, (0.1, 0.1, 0.1))
AS_SEEN = np.eye(2, 3)


def standing(bar: str) -> Posed:
    zero = np.zeros(1)
    angles = Angles(zero, zero, zero, zero, zero)
    return pose_lifter(rendered.body(), Stance(bar=bar), angles)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def stature() -> float:
    return float(np.ptp(rendered.body().rest_vertices[:, 2]))


def painted(posed: Posed, loading: Loading | None, stature: float, **more: object) -> np.ndarray:
    body = rendered.body()
    mesh = labelled_mesh(body, posed.vertices[0], posed.bar[0], loading, body_labels(body))
    return paint_labels(mesh, CAMERA, stature, AS_SEEN, SIZE, **more)  # type: ignore[arg-type]


def at(posed: Posed, joint: str, stature: float) -> tuple[int, int]:
    x, y = CAMERA.project(posed.joints[joint][0], stature) - 0.5
    return round(float(y)), round(float(x))


def test_labels_cover_what_the_renderer_covers(stature: float) -> None:
    posed = standing("high_bar")
    labels = painted(posed, PLATES, stature)
    colours = np.full((len(rendered.body().rest_vertices), 3), 200, np.uint8)
    painter = Renderer(rendered.body(), colours, PLATES, CAMERA, Light(), stature)
    _, cover = painter.draw(posed.vertices[0], posed.bar[0])
    painter.close()
    apart = (labels > 0) != (cover > 0.5)
    assert apart.sum() < 0.03 * (cover > 0.5).sum()  # half a pixel along the rim


def test_parts_lie_where_their_bones_are(stature: float) -> None:
    posed = standing("none")
    labels = painted(posed, None, stature)
    assert labels[at(posed, "spine03", stature)] == PartLabel.TRUNK
    assert labels[at(posed, "upperleg02.R", stature)] == PartLabel.THIGH
    assert labels[at(posed, "foot.R", stature)] == PartLabel.SHANK
    assert labels[at(posed, "lowerarm01.R", stature)] == PartLabel.ARM
    assert labels[at(posed, "head", stature)] == PartLabel.HEAD
    assert labels[0, 0] == PartLabel.NOTHING


def test_a_plate_before_the_lifter_hides_them_and_can_be_left_out(stature: float) -> None:
    posed = standing("high_bar")
    shoulder = at(posed, "upperarm01.R", stature)
    assert painted(posed, PLATES, stature)[shoulder] == PartLabel.PLATE
    bare = painted(posed, PLATES, stature, only=OWN_BACK)
    assert set(np.unique(bare)) <= {0, *OWN_BACK}
    assert (bare > 0).sum() > 0.5 * (painted(posed, None, stature) > 0).sum()


def test_the_far_arm_is_hidden_by_the_trunk(stature: float) -> None:
    posed = standing("hands")
    assert painted(posed, None, stature)[at(posed, "spine02", stature)] in (
        PartLabel.TRUNK, PartLabel.ARM,
    )  # fmt: skip
    left_only = (painted(posed, None, stature, only=[PartLabel.ARM]) > 0).sum()
    assert (painted(posed, None, stature) == PartLabel.ARM).sum() <= left_only
