"""Gluteus maximus through a lift whose plan is known: what it does, and when it moves no thigh."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.loads import Body, Pose, load_series
from backline.loads.full_body import MODEL_HEIGHT_M, muscles
from backline.loads.glutes import DEAD_BAND, actions, glute_series, standing_hip, whole_length
from backline.loads.hip_need import hip_moment, hip_needs, needed_activation
from backline.loads.sensitivity import pose_net
from backline.model.posture import Posture
from backline.reps import Rep, find_reps
from tests.simulated import BACK_SQUAT, Bump, Plan, bottom_times, noisy, simulate, squat_keys

KEYS = squat_keys(2)
TOPS = [bottom + 1.9 for bottom in bottom_times(KEYS)]
PLAIN = simulate(Plan(BACK_SQUAT, KEYS))
TUCKED = simulate(Plan(BACK_SQUAT, KEYS, bumps=tuple(Bump(t, 9) for t in TOPS)))


def reps_of(posture: Posture) -> tuple[Rep, ...]:
    return find_reps(posture, "squat")


def share(posture: Posture, rep: Rep, phase: str, action: str, margin: float = 0.15) -> float:
    """Return how much of a phase, without its ends, is one action."""
    start, end = rep.phases[phase]
    inside = (posture.time_s > start + margin) & (posture.time_s < end - margin)
    return float(np.mean(glute_series(posture).action[inside] == action))


def test_going_down_it_lengthens_and_coming_up_it_shortens() -> None:
    for rep in reps_of(PLAIN):
        assert share(PLAIN, rep, "descent", "lengthening") > 0.95
        assert share(PLAIN, rep, "ascent", "shortening") > 0.95


def test_standing_still_it_holds_also_with_the_noise_of_video() -> None:
    for posture in (PLAIN, simulate(noisy(Plan(BACK_SQUAT, KEYS), 4))):
        still = (posture.time_s > 0.3) & (posture.time_s < posture.standing.end_s - 0.3)
        assert np.mean(glute_series(posture).action[still] == "holding") > 0.85


def test_its_length_is_one_in_own_standing_and_a_third_more_in_a_deep_squat() -> None:
    length = glute_series(PLAIN).length
    still = PLAIN.time_s < PLAIN.standing.end_s
    assert np.mean(length[still]) == pytest.approx(1, abs=0.005)
    assert 1.25 < length.max() < 1.45


def test_the_length_is_the_model_s_at_the_hip_s_angle() -> None:
    own = whole_length(np.array([standing_hip(PLAIN, PLAIN.hip_flexion_deg)]))[0]
    expected = whole_length(PLAIN.hip_flexion_deg) / own
    np.testing.assert_allclose(glute_series(PLAIN).length, expected, rtol=0.01)


@pytest.mark.parametrize(
    ("speed", "said"),
    [
        (DEAD_BAND * 1.01, "lengthening"),
        (DEAD_BAND * 0.99, "holding"),
        (0.0, "holding"),
        (-DEAD_BAND * 1.01, "shortening"),
        (np.nan, ""),
    ],
)
def test_slower_than_the_dead_band_is_holding(speed: float, said: str) -> None:
    assert actions(np.array([speed]))[0] == said


def test_arms_grow_with_the_lifter() -> None:
    small, tall = (glute_series(PLAIN, height).part_arm_m[0] for height in (160.0, 200.0))
    np.testing.assert_allclose(tall / small, 1.25)


def test_frames_that_cannot_be_measured_hold_nothing() -> None:
    plan = Plan(BACK_SQUAT, KEYS, hidden=((3.0, 4.0, "back_hidden"),))
    posture = simulate(plan)
    glutes = glute_series(posture)
    hidden = ~posture.measurable
    assert hidden.any()
    assert np.isnan(glutes.length[hidden]).all()
    assert set(glutes.action[hidden]) == {""}


def test_a_hip_that_is_never_measured_gives_nothing_of_the_same_length() -> None:
    posture = replace(PLAIN, hip_flexion_deg=np.full(len(PLAIN), np.nan))
    glutes = glute_series(posture)
    assert not glutes
    assert len(glutes.length) == len(posture)
    assert hip_needs(posture, reps_of(PLAIN)) == ()


def test_a_tuck_on_a_still_thigh_is_shortening_that_moves_no_femur() -> None:
    plain, tucked = hip_needs(PLAIN, reps_of(PLAIN)), hip_needs(TUCKED, reps_of(TUCKED))
    assert len(plain) == len(tucked) == 2
    for one, other in zip(plain, tucked, strict=True):
        assert other.pelvis_back_deg - one.pelvis_back_deg == pytest.approx(9, abs=0.6)
        assert other.beyond - one.beyond == pytest.approx(0.047, abs=0.01)
        assert other.raising == pytest.approx(one.raising, abs=0.01)
        assert np.isnan(other.needed_low)


def test_the_hips_carry_l5s1_s_moment_and_the_weight_at_its_distance() -> None:
    # By hand: 100 kg bar, upright; L5/S1 lies behind the hips, so its weight holds them open.
    body = Body(80, MODEL_HEIGHT_M, "male")
    net = pose_net(Pose(0, 0, 100, body, "high_bar"))
    x = muscles().l5s1_forward_m
    above = 9.81 * (100 + body.trunk_kg + body.head_kg + body.arms_kg)
    pelvis = 0.1117 * 80 * 9.81 * 0.6 * x
    expected = float(net.moment_nm[0]) + above * x + pelvis
    assert float(hip_moment(net, np.zeros(1), body)[0]) == pytest.approx(expected, abs=0.1)


def test_the_needed_activation_is_moment_over_strength_and_none_below_zero() -> None:
    hip = muscles().hip
    straight = int(np.argmin(np.abs(hip.flexion_deg)))
    alone = 2 * float(hip.arm_m[straight] @ hip.force_n[straight])
    asked = np.array([0.5 * alone, -20.0])
    low, high = needed_activation(asked, np.zeros(2), MODEL_HEIGHT_M)
    assert high[0] == pytest.approx(0.5)
    assert 0 < low[0] < high[0]
    assert (low[1], high[1]) == (0.0, 0.0)


def test_a_lockout_under_a_bar_needs_little_of_the_glutes() -> None:
    posture, reps = TUCKED, reps_of(TUCKED)
    loads = load_series(
        posture, load_kg=100, body_mass_kg=80, height_cm=178, lift="squat", reps=reps
    )
    for need in hip_needs(posture, reps, loads.hip_moment_nm, 1.78):
        assert need.moment_nm < 100
        assert 0 <= need.needed_low <= need.needed_high < 0.3
