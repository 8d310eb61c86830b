"""The second spinal model: equilibrium, known limits, and what it may not do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.loads import Body, Pose
from backline.loads.full_body import muscles
from backline.loads.inverse_dynamics import NetLoad
from backline.loads.sensitivity import pose_net
from backline.loads.spine import lever_error, spine_load
from backline.loads.trunk_muscles import (
    DIAPHRAGM_M2,
    PASSIVE_MOST_NM,
    PRESSURE_KPA,
    _Solver,
    level_moments,
    muscle_load,
    passive_moment,
    pressure,
)

BODY = Body(80, 1.75, "male")


def load_of(lean: float, flexion: float, bar: float, place: str = "high_bar"):
    net = pose_net(Pose(lean, flexion, bar, BODY, place))
    tilt = np.array([lean - flexion])
    return muscle_load(net, tilt, np.array([flexion]), BODY, lever_error(BODY, bar)), net


@pytest.mark.parametrize(("lean", "flexion"), [(0.0, 0.0), (40.0, 0.0), (40.0, 20.0), (70.0, 35.0)])
@pytest.mark.parametrize("objective", ["stress", "force"])
def test_the_muscles_balance_the_moment_at_all_five_levels(
    lean: float, flexion: float, objective: str
) -> None:
    net = pose_net(Pose(lean, flexion, 100, BODY, "high_bar"))
    asked = level_moments(net, np.array([lean - flexion]), BODY)
    solver = _Solver(BODY, np.array([flexion]), objective)
    activation = solver._frame(solver.lever[0], asked[0] / 100)
    assert activation is not None
    assert (activation >= 0).all()
    np.testing.assert_allclose(100 * activation @ solver.lever[0], asked[0], atol=0.5)


def test_level_moments_begin_with_l5s1_s_and_fall_upwards_when_leaning() -> None:
    net = pose_net(Pose(40, 0, 100, BODY, "high_bar"))
    levels = level_moments(net, np.array([40.0]), BODY)[0]
    assert levels[0] == pytest.approx(float(net.moment_nm[0]))
    assert (np.diff(levels) < 0).all()


def test_in_own_standing_all_levels_carry_the_same_moment() -> None:
    net = pose_net(Pose(0, 0, 100, BODY, "high_bar"))
    levels = level_moments(net, np.zeros(1), BODY)[0]
    np.testing.assert_allclose(levels, levels[0], atol=1e-6)


def test_both_models_agree_within_a_half_and_the_band_holds_the_centre() -> None:
    for lean, flexion in ((20.0, 0.0), (40.0, 0.0), (40.0, 20.0)):
        found, net = load_of(lean, flexion, 100)
        one = float(spine_load(net).compression_n[0])
        assert 1.0 < float(found.compression_n[0]) / one < 1.5
        assert found.compression_low_n[0] <= found.compression_n[0] <= found.compression_high_n[0]
        assert found.shear_low_n[0] <= found.shear_n[0] <= found.shear_high_n[0]


def test_twice_the_bar_presses_about_twice_as_hard_beyond_the_body_s_own_part() -> None:
    none, half, full = (float(load_of(40, 0, bar)[0].compression_n[0]) for bar in (0, 80, 160))
    assert full - none == pytest.approx(2 * (half - none), rel=0.03)


def test_a_lockout_is_a_small_part_of_a_bottom() -> None:
    top, bottom = (float(load_of(lean, 0, 100)[0].compression_n[0]) for lean in (0, 40))
    assert top < 0.25 * bottom


def test_a_heavy_deadlift_asks_for_more_strength_than_the_model_has() -> None:
    assert float(load_of(65, 20, 230, "hands")[0].strength[0]) > 3
    assert float(load_of(0, 0, 0)[0].strength[0]) < 0.2


def test_passive_tissues_hold_nothing_up_to_half_flexion_and_sixty_at_the_end() -> None:
    held = passive_moment(np.array([-20.0, 0.0, 26.0, 39.0, 52.0, 80.0]))
    np.testing.assert_allclose(held[:3], 0)
    assert 0 < held[3] < 0.3 * PASSIVE_MOST_NM
    np.testing.assert_allclose(held[4:], PASSIVE_MOST_NM)


def test_abdominal_pressure_rises_with_the_moment_and_takes_load_off_the_low_end() -> None:
    np.testing.assert_allclose(pressure(np.array([0.0, 54.0, 81.0, 500.0])), [0, 0, 5, 10])
    found, _ = load_of(40, 0, 100)
    lifted = 1000 * PRESSURE_KPA * DIAPHRAGM_M2
    assert found.compression_n[0] - found.compression_low_n[0] > lifted


def test_unknown_frames_stay_unknown() -> None:
    net = pose_net(Pose(40, 0, 100, BODY, "high_bar"))
    two = NetLoad(
        *(np.repeat(getattr(net, name), 2) for name in
          ("moment_nm", "push_up_n", "push_forward_n", "axis_deg", "dynamic"))
    )  # fmt: skip
    two = replace(two, moment_nm=np.array([float(net.moment_nm[0]), np.nan]))
    found = muscle_load(two, np.full(2, 40.0), np.zeros(2), BODY)
    assert np.isfinite(found.compression_n[0])
    assert np.isnan([found.compression_n[1], found.shear_high_n[1], found.strength[1]]).all()


def test_ninety_four_muscles_a_side_take_part() -> None:
    names = muscles().trunk.names
    assert len(names) == len(set(names)) == 94
    assert not any(name.lower().startswith(("ps_", "psoas", "lat")) for name in names)
