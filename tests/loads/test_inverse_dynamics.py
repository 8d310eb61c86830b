"""Statics by hand, and dynamics of a body that is accelerated as a whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.loads.bar import PLACES
from backline.loads.body import GRAVITY, Body
from backline.loads.inverse_dynamics import (
    FORWARD_M,
    low_back_direction,
    net_load,
    points_of,
    quasi_static,
)
from backline.loads.sensitivity import Pose, pose_load, pose_net
from backline.model.trial import BarPlace
from tests.simulated import BACK_SQUAT, Plan, simulate, squat_keys

BODY = Body(80.0, 1.80, "male")


def by_hand(lean_deg: float, load_kg: float) -> float:
    """Moment of a straight trunk under a high bar, from the published fractions alone.

    de Leva, a man of 80 kg and 1.80 m: trunk 25.83 kg at 0.505 of 0.4851 m, head 5.55 kg at
    0.4851 + 0.1510 m, arms 7.90 kg at 0.4140 m, bar at 0.4680 m; trunk and head 12 mm forward.
    """
    sin, cos = np.sin(np.radians(lean_deg)), np.cos(np.radians(lean_deg))
    trunk = 25.832 * (0.2450 * sin + 0.012 * cos)
    head = 5.552 * (0.6361 * sin + 0.012 * cos)
    arms = 7.904 * 0.4140 * sin
    return float(9.81 * (trunk + head + arms + load_kg * 0.4680 * sin))


@pytest.mark.parametrize(("lean", "load"), [(40.0, 100.0), (20.0, 60.0), (0.0, 0.0), (75.0, 140.0)])
def test_the_moment_of_a_straight_trunk_is_that_of_pencil_and_paper(
    lean: float, load: float
) -> None:
    found = pose_load(Pose(lean, 0.0, load, BODY, "high_bar"))["l5s1_moment_nm"]
    assert found == pytest.approx(by_hand(lean, load), rel=0.02, abs=0.1)


def test_upright_and_without_load_a_few_newton_metres_remain() -> None:
    moment = pose_load(Pose(0.0, 0.0, 0.0, BODY, "high_bar"))["l5s1_moment_nm"]
    assert moment == pytest.approx(GRAVITY * (BODY.trunk_kg + BODY.head_kg) * FORWARD_M)
    assert 2 < moment < 8


def test_a_bar_in_the_hands_of_a_level_trunk_hangs_just_behind_the_shoulders() -> None:
    points = points_of(np.array([90.0]), np.zeros(1), BODY, "hands", 100.0)
    assert points.x[3, 0] == pytest.approx(BODY.shoulder_m - 0.05, abs=1e-9)
    assert points.y[3, 0] < -0.5


@pytest.mark.parametrize("place", list(PLACES))
def test_each_place_of_the_bar_gives_more_moment_the_further_the_trunk_leans(
    place: BarPlace,
) -> None:
    moments = [
        pose_load(Pose(lean, 0.0, 100.0, BODY, place))["l5s1_moment_nm"]
        for lean in (0.0, 15.0, 30.0, 45.0)
    ]
    assert np.all(np.diff(moments) > 0)


def test_a_low_bar_has_a_shorter_lever_than_a_high_bar_and_the_hands_the_longest_upright() -> None:
    at = {
        place: pose_load(Pose(40.0, 0.0, 100.0, BODY, place))["l5s1_moment_nm"] for place in PLACES
    }
    assert at["low_bar"] < at["high_bar"] < at["front"]
    upright = {
        place: pose_load(Pose(0.0, 0.0, 100.0, BODY, place))["l5s1_moment_nm"] for place in PLACES
    }
    assert max(upright, key=lambda place: upright[place]) == "hands"


def test_the_low_back_points_half_way_between_pelvis_and_thorax() -> None:
    # pelvis 10 degrees, thorax 30 degrees
    assert low_back_direction(np.array([30.0]), np.array([20.0]))[0] == pytest.approx(20.0)


def test_rounding_at_the_same_lean_brings_the_bar_back_over_the_pelvis() -> None:
    straight = pose_load(Pose(40.0, 0.0, 100.0, BODY, "high_bar"))["l5s1_moment_nm"]
    rounded = pose_load(Pose(40.0, 20.0, 100.0, BODY, "high_bar"))["l5s1_moment_nm"]
    assert rounded < straight


def test_the_pelvis_holds_up_the_weight_of_all_that_is_above() -> None:
    net = pose_net(Pose(25.0, 5.0, 60.0, BODY, "high_bar"))
    above = BODY.trunk_kg + BODY.head_kg + BODY.arms_kg + 60.0
    assert net.push_up_n[0] == pytest.approx(above * GRAVITY)
    assert net.push_forward_n[0] == 0


def rising(acceleration: float, rate_hz: float = 60.0):
    """A lifter of fixed lean whose hip rises with a known acceleration, m/s2."""
    posture = simulate(Plan(BACK_SQUAT, ((0.0, 0.0), (3.0, 0.0)), rate_hz=rate_hz))
    t = posture.time_s
    height = acceleration * (t - 1.5) ** 2 / 2 / BODY.leg_m
    motion = replace(posture.motion, hip_height=height, hip_travel=np.zeros_like(t))
    lean = np.full(len(t), 30.0)
    return replace(posture, motion=motion, trunk_lean_deg=lean, pelvic_tilt_deg=lean)


def test_a_body_that_accelerates_upwards_weighs_more_in_proportion() -> None:
    posture = rising(0.981)
    points = points_of(posture.trunk_lean_deg, posture.lumbar_flexion_deg, BODY, "high_bar", 100.0)
    moving = net_load(points, posture, BODY)
    still = quasi_static(points, moving.axis_deg)
    middle = slice(60, 120)
    assert moving.dynamic[middle].all()
    np.testing.assert_allclose(moving.moment_nm[middle] / still.moment_nm[middle], 1.10, rtol=0.005)


def test_below_20_frames_a_second_the_load_is_that_of_weight_alone() -> None:
    posture = rising(0.981, rate_hz=10.0)
    points = points_of(posture.trunk_lean_deg, posture.lumbar_flexion_deg, BODY, "high_bar", 100.0)
    moving = net_load(points, posture, BODY)
    assert not moving.dynamic.any()
    np.testing.assert_allclose(moving.moment_nm, quasi_static(points, moving.axis_deg).moment_nm)


def test_an_implausible_acceleration_is_taken_for_a_tracking_error() -> None:
    posture = rising(20.0)
    points = points_of(posture.trunk_lean_deg, posture.lumbar_flexion_deg, BODY, "high_bar", 100.0)
    moving = net_load(points, posture, BODY)
    assert not moving.dynamic[60:120].any()


@pytest.mark.parametrize(("way_s", "least", "most"), [(3.0, 1.00, 1.10), (1.2, 1.15, 1.45)])
def test_inertia_is_small_in_a_slow_squat_and_not_in_a_fast_one(
    way_s: float, least: float, most: float
) -> None:
    # The hip falls 0.45 m: a half cosine of 1.2 s peaks at 1.5 m/s2, of 3 s at 0.25 m/s2.
    posture = simulate(Plan(BACK_SQUAT, squat_keys(2, down_s=way_s, up_s=way_s)))
    points = points_of(posture.trunk_lean_deg, posture.lumbar_flexion_deg, BODY, "high_bar", 100.0)
    moving = net_load(points, posture, BODY)
    still = quasi_static(points, moving.axis_deg)
    ratio = np.nanmax(moving.moment_nm) / np.nanmax(still.moment_nm)
    assert least < ratio < most
