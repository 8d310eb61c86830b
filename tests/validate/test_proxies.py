"""The rules of others, on stick figures whose angles are known."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.video.pose.person import LEFT_EAR, LEFT_HIP, LEFT_KNEE, LEFT_SHOULDER
from backline.validate.proxies import (
    PROXIES,
    ear_angle_deg,
    hip_angle_deg,
    lean_deg,
    proxy_scores,
)


def figure(lean: float, hip: float, neck: float = 0.0, right: bool = False) -> np.ndarray:
    """One frame: trunk leaning forward (right), thigh at ``hip`` degrees from it, head bowed."""
    points = np.full((33, 3), np.nan, np.float32)
    side = int(right)

    def toward(angle: float) -> np.ndarray:  # 0 is up, + turns to the right of the picture
        return np.array([np.sin(np.radians(angle)), -np.cos(np.radians(angle))])

    at = np.array([200.0, 300.0])
    points[LEFT_HIP + side, :2] = at
    points[LEFT_SHOULDER + side, :2] = at + 100 * toward(lean)
    points[LEFT_KNEE + side, :2] = at + 90 * toward(lean + hip)
    points[LEFT_EAR + side, :2] = at + 100 * toward(lean) + 30 * toward(lean + neck)
    return points


def frames(*some: np.ndarray) -> np.ndarray:
    return np.stack(some)


@pytest.mark.parametrize("hip", [180.0, 90.0, 55.0])
@pytest.mark.parametrize("lean", [0.0, 40.0])
def test_the_hip_angle_does_not_see_the_lean(hip: float, lean: float) -> None:
    assert hip_angle_deg(frames(figure(lean, hip)), "left") == pytest.approx([hip], abs=1e-3)


def test_lean_and_ear_angles_are_those_drawn() -> None:
    drawn = frames(figure(30.0, 80.0, neck=25.0), figure(-10.0, 170.0, neck=-5.0))
    assert lean_deg(drawn, "left") == pytest.approx([30.0, 10.0], abs=1e-3)
    assert ear_angle_deg(drawn, "left") == pytest.approx([25.0, 5.0], abs=1e-3)


def test_the_side_that_is_seen_is_used() -> None:
    drawn = frames(figure(20.0, 100.0, right=True))
    assert hip_angle_deg(drawn, "right") == pytest.approx([100.0], abs=1e-3)
    assert np.isnan(hip_angle_deg(drawn, "left")).all()


def deep_squat() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ten frames of descent from 175 to 60 degrees of hip angle, then two of bottom at 55."""
    going = [figure(4.0 * k, 175.0 - 12.0 * k) for k in range(10)]
    down = [figure(40.0, 55.0, neck=10.0)] * 2
    descent = np.arange(12) < 10
    return frames(*going, *down), descent, ~descent


def test_a_deep_squat_with_a_stiff_trunk_sets_off_the_rules_of_depth() -> None:
    points, descent, bottom = deep_squat()
    scores = proxy_scores(points, "left", descent, bottom)
    limits = {proxy.name: proxy.threshold_deg for proxy in PROXIES}
    assert scores["hip_angle"] == pytest.approx(-55.0, abs=1e-3)
    assert scores["hip_angle"] > limits["hip_angle"]  # just depth, called rounding
    # the first 30 % of 12 frames are 4: angles 175, 163, 151, 139, mean 157
    assert scores["hip_change"] == pytest.approx(157.0 - 55.0, abs=1e-3)
    # the descent leans 0, 4 .. 36, mean 18
    assert scores["lean_change"] == pytest.approx(22.0, abs=1e-3)
    assert scores["ear_angle"] == pytest.approx(10.0, abs=1e-3)


def test_a_bowed_head_sets_off_the_rule_of_the_ear() -> None:
    points = frames(figure(0, 175), figure(20, 90, neck=50.0))
    scores = proxy_scores(points, "left", np.array([True, False]), np.array([False, True]))
    assert scores["ear_angle"] == pytest.approx(50.0, abs=1e-3)
    assert scores["ear_angle"] > 45.0


def test_unseen_points_give_no_score() -> None:
    points = np.full((3, 33, 3), np.nan, np.float32)
    scores = proxy_scores(points, "left", np.array([1, 1, 0], bool), np.array([0, 0, 1], bool))
    assert np.isnan(list(scores.values())).all()
    assert set(scores) == {proxy.name for proxy in PROXIES}
