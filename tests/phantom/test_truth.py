"""What is true of a posed lifter: the lumbar curve on the skin, and what hides it."""

from __future__ import annotations

import numpy as np
import pytest

from backline.phantom.body import pitch
from backline.phantom.camera import Camera
from backline.phantom.equipment import COLLAR_M, PLATE_RADIUS_M, Loading
from backline.phantom.kinematics import Angles, Posed, Stance, pose_lifter
from backline.phantom.truth import back_midline, hidden_share, lumbar_curve_deg
from tests import rendered

BLACK = (0.1, 0.1, 0.1)
BIG = Loading("450", PLATE_RADIUS_M, 0.05, BLACK)


def standing(lumbar_deg: list[float], thoracic_deg: float = 0.0) -> Posed:
    zeros = np.zeros(len(lumbar_deg))
    bend = Angles(zeros, zeros, np.array(lumbar_deg), zeros + thoracic_deg, zeros)
    return pose_lifter(rendered.body(), Stance(bar="none"), bend)


def curve(posed: Posed) -> np.ndarray:
    return lumbar_curve_deg(rendered.body(), posed.vertices)


def test_the_middle_line_runs_up_the_back_in_the_middle() -> None:
    body = rendered.body()
    line = body.rest_vertices[back_midline(body)]
    assert len(line) > 20
    assert np.abs(line[:, 0]).max() < 0.02
    assert (np.diff(line[:, 2]) >= 0).all()
    belly = body.heads["spine03"][1]
    assert (line[:, 1] > belly).all()


def test_a_body_at_rest_is_lordotic() -> None:
    assert 10 < curve(standing([0.0]))[0] < 70


def test_the_curve_falls_about_one_for_one_with_lumbar_flexion() -> None:
    bend = [-10.0, 0.0, 10.0, 20.0, 30.0]
    found = curve(standing(bend))
    assert (np.diff(found) < 0).all()
    slope = np.polyfit(bend, found, 1)[0]
    assert -1.4 < slope < -0.6


def test_thoracic_bend_hardly_changes_the_lumbar_curve() -> None:
    change = curve(standing([0.0], thoracic_deg=15.0)) - curve(standing([0.0]))
    assert abs(change[0]) < 6.0


def test_the_curve_does_not_depend_on_how_the_body_leans() -> None:
    body = rendered.body()
    upright = body.rest_vertices[None]
    leaning = upright @ pitch(50.0).T
    assert lumbar_curve_deg(body, leaning) == pytest.approx(lumbar_curve_deg(body, upright))


def low_back_at() -> tuple[Posed, np.ndarray]:
    posed = standing([0.0])
    return posed, posed.joints["spine04"] + np.array([0.0, 0.03, 0.0])


def hidden(bar: np.ndarray, loading: Loading | None, camera: Camera | None = None) -> float:
    posed, _ = low_back_at()
    share = hidden_share(
        rendered.body(), posed.vertices, bar, loading, camera or Camera(), stature_m=1.75
    )
    return float(share[0])


@pytest.mark.parametrize("loading", [None, Loading("none", 0.0, 0.05, BLACK)])
def test_nothing_is_hidden_where_there_are_no_plates(loading: Loading | None) -> None:
    _, at = low_back_at()
    assert hidden(at, loading) == 0.0


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_big_plate_before_the_low_back_hides_it_from_either_side(side: str) -> None:
    _, at = low_back_at()
    assert hidden(at, BIG, Camera(side=side)) > 0.9


def test_a_plate_at_the_shoulders_or_the_shins_does_not_hide_the_low_back() -> None:
    posed, _ = low_back_at()
    assert hidden(posed.joints["neck01"], BIG) == 0.0
    assert hidden(posed.joints["lowerleg01.L"] * [0, 1, 1], BIG) == 0.0


def test_a_smaller_plate_hides_less() -> None:
    _, at = low_back_at()
    small = hidden(at, Loading("small", 0.1, 0.05, BLACK))
    assert 0.1 < small < hidden(at, BIG)


def test_the_plate_that_counts_is_the_one_nearer_to_the_camera() -> None:
    _, at = low_back_at()
    shifted = at + np.array([COLLAR_M, 0.0, 0.0])  # the bar pushed to the lifter's left
    quarter = Camera(side="left", yaw_deg=35.0)
    assert hidden(shifted, BIG, quarter) != hidden(shifted, BIG, Camera(side="right", yaw_deg=35.0))
