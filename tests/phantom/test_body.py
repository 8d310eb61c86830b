"""Bodies: where their parts are, and how they follow their bones."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest

from backline.errors import MissingExtraError
from backline.phantom.body import PhantomBody, Shape, load_anny, pitch
from backline.phantom.kinematics import SPINE
from tests import rendered


@pytest.fixture
def body() -> PhantomBody:
    return rendered.body()


def test_x_is_left_y_is_back_and_z_is_up(body: PhantomBody) -> None:
    assert body.heads["upperleg01.L"][0] > 0.05 > -0.05 > body.heads["upperleg01.R"][0]
    assert body.heads["toe2-1.L"][1] < body.heads["foot.L"][1]  # toes to the front
    assert body.heads["head"][2] > body.heads["root"][2] > body.heads["foot.L"][2]


def test_the_spine_rises_from_the_pelvis_to_the_neck(body: PhantomBody) -> None:
    chain = [*SPINE, "neck01"]
    heights = [body.heads[bone][2] for bone in chain]
    assert heights == sorted(heights)


def test_the_left_half_mirrors_the_right(body: PhantomBody) -> None:
    for bone in ("upperleg01", "lowerleg01", "foot", "upperarm01", "wrist"):
        left, right = body.heads[f"{bone}.L"], body.heads[f"{bone}.R"]
        np.testing.assert_allclose(left * [-1, 1, 1], right, atol=1e-3)


def test_stature_is_that_of_a_grown_up(body: PhantomBody) -> None:
    assert 1.5 < np.ptp(body.rest_vertices[:, 2]) < 2.1


def test_faces_and_bones_fit_the_vertices(body: PhantomBody) -> None:
    assert body.faces.shape[1] == 3
    assert body.faces.max() < len(body.rest_vertices) == len(body.bone_of_vertex)
    knee = body.heads["lowerleg01.L"]
    near = np.linalg.norm(body.rest_vertices - knee, axis=1) < 0.12
    assert {b.partition("0")[0] for b in body.bone_of_vertex[near]} == {"upperleg", "lowerleg"}


def test_without_rotations_the_body_is_near_its_rest_in_every_frame(body: PhantomBody) -> None:
    still = body.pose({}, 2)
    np.testing.assert_array_equal(still[0], still[1])
    shift = still[0] - body.rest_vertices
    # Anny turns bones from its own reference, which is a degree or two off a given body's rest.
    assert np.linalg.norm(shift - np.median(shift, axis=0), axis=1).max() < 0.04


def test_more_frames_than_one_batch_are_posed_like_few(body: PhantomBody) -> None:
    angles = np.linspace(0, 40, 18)
    many = body.pose({"root": pitch(angles)}, 18)
    last = body.pose({"root": pitch(angles[-1:])}, 1)
    np.testing.assert_allclose(many[-1], last[0], atol=1e-9)


def test_a_bend_of_the_lowest_bone_of_the_spine_moves_the_head_and_not_the_feet(
    body: PhantomBody,
) -> None:
    bent = body.pose({"spine05": pitch(np.array([0.0, 30.0]))}, 2)
    moved = np.linalg.norm(bent[1] - bent[0], axis=1)
    assert moved[np.char.startswith(body.bone_of_vertex, "foot")].max() < 1e-9
    head = body.bone_of_vertex == "head"
    reach = np.linalg.norm((body.heads["head"] - body.heads["spine05"])[1:])
    assert moved[head].mean() == pytest.approx(2 * reach * np.sin(np.radians(15)), rel=0.2)
    assert (bent[1] - bent[0])[head, 1].mean() < 0  # to the front


def test_the_smoother_is_a_mean_of_each_vertex_and_its_neighbours(body: PhantomBody) -> None:
    soft = body.smoother
    assert soft.shape == (len(body.rest_vertices),) * 2
    np.testing.assert_allclose(np.asarray(soft.sum(1)).ravel(), 1.0)
    vertex = int(body.faces[0, 0])
    ahead = body.faces[:, [1, 2, 0]][body.faces == vertex]  # by each edge's own direction
    expected = body.rest_vertices[np.unique([vertex, *ahead])].mean(0)
    np.testing.assert_allclose((soft @ body.rest_vertices)[vertex], expected)
    assert body.smoother is soft


def test_drawn_shapes_lie_within_what_the_model_knows_and_repeat_by_seed() -> None:
    shapes = [Shape.random(np.random.default_rng(seed)) for seed in range(60)]
    values = np.array([dataclasses.astuple(shape) for shape in shapes])
    assert values.min() >= 0
    assert values.max() <= 1
    assert len({shape.gender > 0.5 for shape in shapes}) == 2
    assert values.std(0).min() > 0.03
    assert Shape.random(np.random.default_rng(7)) == shapes[7]


@pytest.mark.parametrize("absent", ["anny", "warp"])
def test_without_the_extra_the_error_says_how_to_get_it(
    absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(MissingExtraError, match=r"python -m pip install .*\[phantom\]'"):
        load_anny.__wrapped__()
