"""Compression and shear: the hand calculation, and the published bands."""

from __future__ import annotations

import numpy as np
import pytest

from backline.loads.body import GRAVITY, Body
from backline.loads.inverse_dynamics import NetLoad
from backline.loads.sensitivity import Pose, pose_load
from backline.loads.spine import joint_forces, lever_error, spine_load


def net(moment: float, weight: float, axis_deg: float) -> NetLoad:
    one = np.ones(1)
    return NetLoad(moment * one, weight * one, 0 * one, axis_deg * one, np.zeros(1, dtype=bool))


# The derived check of the literature sheet: 80 kg lifter, 53.6 % above, its centre at 0.25 m, a
# bar of 100 kg at 0.40 m, trunk at 40 degrees, arm 6 cm. Shear by obliquity: +901, +436, -25 N.
ABOVE = 0.536 * 80
WEIGHT = (ABOVE + 100) * 9.81
MOMENT = 9.81 * (ABOVE * 0.25 + 100 * 0.40) * np.sin(np.radians(40))


@pytest.mark.parametrize(("obliquity", "shear"), [(0.0, 901.0), (5.0, 436.0), (10.0, -25.0)])
def test_shear_changes_its_sign_with_the_assumed_obliquity(obliquity: float, shear: float) -> None:
    found = joint_forces(net(MOMENT, WEIGHT, 40.0), 0.06, obliquity)[1][0]
    assert found == pytest.approx(shear, abs=2.0)


@pytest.mark.parametrize(("arm", "change"), [(0.05, 0.17), (0.07, -0.12)])
def test_compression_moves_with_the_arm_as_published(arm: float, change: float) -> None:
    at_six = joint_forces(net(MOMENT, WEIGHT, 40.0), 0.06, 5.0)[0][0]
    assert joint_forces(net(MOMENT, WEIGHT, 40.0), arm, 5.0)[0][0] / at_six - 1 == pytest.approx(
        change, abs=0.01
    )


def test_the_centre_is_the_moment_over_six_centimetres_and_the_weight() -> None:
    found = spine_load(net(300.0, 1000.0, 0.0))
    by_hand = 300 / 0.06 * np.cos(np.radians(5)) + 1000
    assert found.compression_n[0] == pytest.approx(by_hand)


def test_the_band_holds_the_centre_and_shear_is_a_band_around_zero() -> None:
    found = spine_load(net(MOMENT, WEIGHT, 40.0))
    assert found.compression_low_n[0] < found.compression_n[0] < found.compression_high_n[0]
    assert found.shear_low_n[0] < 0 < found.shear_high_n[0]


def test_the_band_widens_by_what_the_bar_s_place_may_be_off() -> None:
    body = Body(80.0, 1.78, "male")
    error = lever_error(body, 100.0)
    above = body.trunk_kg + body.head_kg + body.arms_kg
    assert error == pytest.approx(9.81 * (0.03 * 100 + 0.01 * above))
    alone = spine_load(net(100.0, 1000.0, 0.0))
    widened = spine_load(net(100.0, 1000.0, 0.0), error)
    assert widened.compression_n[0] == alone.compression_n[0]
    grown = widened.compression_high_n[0] - alone.compression_high_n[0]
    assert grown == pytest.approx(error / 0.05)


def test_a_moment_the_other_way_is_held_by_the_abdomen_and_still_compresses() -> None:
    found = spine_load(net(-50.0, 400.0, 0.0))
    assert found.compression_n[0] == pytest.approx(400 + 50 / 0.10)


def test_what_is_unknown_stays_unknown() -> None:
    found = spine_load(net(np.nan, 1000.0, 0.0))
    for name in ("compression_n", "compression_low_n", "shear_low_n", "shear_high_n"):
        assert np.isnan(getattr(found, name)[0])


@pytest.mark.parametrize(("bodyweights", "low", "high"), [(0.8, 5.5, 7.0), (1.6, 9.0, 11.5)])
def test_half_squats_give_the_6_to_10_body_weights_of_cappozzo(
    bodyweights: float, low: float, high: float
) -> None:
    body = Body(75.0, 1.76, "male")
    load = pose_load(Pose(35.0, 0.0, bodyweights * 75.0, body, "high_bar"))
    assert low <= load["l5s1_compression_n"] / (75 * GRAVITY) <= high


def test_a_heavy_deadlift_comes_near_1_kilonewton_metre_and_17_kilonewton() -> None:
    load = pose_load(Pose(65.0, 0.0, 230.0, Body(95.0, 1.75, "male"), "hands"))
    assert load["l5s1_moment_nm"] == pytest.approx(988, rel=0.15)
    assert load["l5s1_compression_low_n"] < 17192 < load["l5s1_compression_high_n"]


def test_at_an_upright_lockout_the_load_is_little_more_than_the_weight() -> None:
    body = Body(80.0, 1.78, "male")
    lockout = pose_load(Pose(0.0, 0.0, 100.0, body, "high_bar"))["l5s1_compression_n"]
    bottom = pose_load(Pose(40.0, 0.0, 100.0, body, "high_bar"))["l5s1_compression_n"]
    assert 1300 < lockout < 2200
    assert bottom > 3 * lockout
