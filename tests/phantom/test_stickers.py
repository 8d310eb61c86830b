"""Stickers on a phantom sit on its skin, face the camera, and turn as the body does."""

from __future__ import annotations

import numpy as np
import pytest

from backline.phantom.body import pitch
from backline.phantom.kinematics import Angles, Posed, Stance, pose_lifter
from backline.phantom.stickers import Sticker, stick, stick_dots
from backline.sources.fiducials.layout import FEMUR, L3, PELVIS, S1, T12
from tests import rendered

STANCE = Stance(bar="none")


def posed() -> Posed:
    """Standing, and a deep squat with 20 degrees of lumbar flexion."""
    knee, lumbar, none = np.array([1.0, 110.0]), np.array([0.0, 20.0]), np.zeros(2)
    return pose_lifter(rendered.body(), STANCE, Angles(knee, 0.3 * knee, lumbar, none, none))


def placed(stickers: list[Sticker], frame: int) -> list[np.ndarray]:
    body, pose = rendered.body(), posed()
    tilt = float(pose.pelvic_tilt_deg[frame])
    return [one.at(body.rest_vertices, pose.vertices[frame], tilt) for one in stickers]


def turned_deg(before: np.ndarray, after: np.ndarray) -> float:
    """How far a print has turned forward in the sagittal plane (y back, z up)."""
    a, b = ((at - at.mean(axis=0))[:, 1:] for at in (before, after))
    return float(np.degrees(np.arctan2((a[:, 1] * -b[:, 0] + a[:, 0] * b[:, 1]).sum(),
                                       (a * b).sum())))  # fmt: skip


@pytest.mark.parametrize("side", ["left", "right"])
def test_each_lies_on_its_skin_on_the_side_that_is_seen(side: str) -> None:
    body = rendered.body()
    stickers = stick(body, side, 40.0)
    skin = posed().vertices[0]
    for k, at in enumerate(placed(stickers, 0)):
        apart = np.linalg.norm(skin[None] - at.mean(axis=0)[None, None], axis=2).min()
        assert apart < 0.05
        lateral = at[:, 0].mean() * (1.0 if side == "left" else -1.0)
        assert abs(lateral) < 0.02 if k in (T12, L3, S1) else lateral > 0.1
    heights = [at[:, 2].mean() for at in placed(stickers, 0)]
    assert heights[T12] > heights[L3] > heights[S1] > heights[FEMUR]
    assert heights[PELVIS] > heights[FEMUR]


def test_fins_stand_out_of_the_back_in_the_plane_that_the_camera_sees() -> None:
    for k in (T12, L3, S1):
        at = placed(stick(rendered.body(), "right", 40.0), 0)[k]
        assert np.ptp(at[:, 0]) < 0.004
        assert at[:, 1].min() > posed().vertices[0][:, 1].mean()


def test_they_turn_as_thorax_pelvis_and_thigh_do() -> None:
    stickers, pose = stick(rendered.body(), "right", 40.0), posed()
    before, after = placed(stickers, 0), placed(stickers, 1)
    turns = [turned_deg(a, b) for a, b in zip(before, after, strict=True)]
    lean, tilt = np.diff(pose.trunk_lean_deg)[0], np.diff(pose.pelvic_tilt_deg)[0]
    assert turns[T12] == pytest.approx(lean, abs=1.5)  # its skin follows the joint below a little
    assert turns[S1] == pytest.approx(tilt, abs=0.1)
    assert turns[PELVIS] == pytest.approx(tilt, abs=2.0)  # it faces a little to the front
    assert min(lean, tilt) - 15 < turns[L3] < max(lean, tilt) + 3
    assert turns[FEMUR] == pytest.approx(-76.3, abs=6.0)  # thigh: 0.3 * 109 - 109


def test_no_sticker_is_larger_or_smaller_once_posed() -> None:
    for one, at in zip(stick(rendered.body(), "right", 40.0), placed(
        stick(rendered.body(), "right", 40.0), 1
    ), strict=True):  # fmt: skip
        own = np.linalg.norm(one.points - one.points[0], axis=1)
        np.testing.assert_allclose(np.linalg.norm(at - at[0], axis=1), own, atol=1e-9)


def test_three_balls_go_over_t12_l3_and_s1() -> None:
    balls = placed(stick_dots(rendered.body(), "green"), 1)
    prints = placed(stick(rendered.body(), "right", 40.0), 1)
    for ball, one in zip(balls, prints[:3], strict=True):
        assert np.ptp(ball, axis=0) == pytest.approx([0.03] * 3, abs=0.002)
        assert np.linalg.norm(ball.mean(axis=0) - one.mean(axis=0)) < 0.06
    red, green, blue = stick_dots(rendered.body(), "green")[0].colours[0].astype(int)
    assert green > 2 * max(red, blue)


def test_a_patch_that_only_turns_is_turned_exactly() -> None:
    body = rendered.body()
    one = stick(body, "right", 40.0)[T12]
    turned = body.rest_vertices @ pitch(30.0).T
    before, after = (one.at(body.rest_vertices, v, 0.0) for v in (body.rest_vertices, turned))
    np.testing.assert_allclose(after, before @ pitch(30.0).T, atol=1e-9)
