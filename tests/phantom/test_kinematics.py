"""Posed lifters: the angles found again in the joints are the angles that were planned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backline.phantom.kinematics import (
    MID_FOOT,
    Angles,
    Posed,
    Stance,
    carried_point,
    pose_lifter,
    solve_lean,
)
from tests import rendered

KNEE = np.array([0.0, 40.0, 80.0, 115.0])
LUMBAR = np.array([0.0, -8.0, 12.0, 25.0])


def angles(**changes: Any) -> Angles:
    series = {
        "knee_deg": KNEE,
        "shank_deg": 0.3 * KNEE,
        "lumbar_deg": LUMBAR,
        "thoracic_deg": np.zeros(4),
        "neck_deg": np.zeros(4),
    }
    return Angles(**{**series, **changes})


def posed(stance: Stance, **changes: Any) -> Posed:
    return pose_lifter(rendered.body(), stance, angles(**changes))


def pitch_of(segment: np.ndarray) -> np.ndarray:
    """Sagittal direction of (n, 3) segments, degrees, + where the upper end is in front."""
    return np.degrees(np.arctan2(-segment[:, 1], segment[:, 2]))


def turned(at: dict[str, np.ndarray], low: str, high: str) -> np.ndarray:
    """How far a segment is pitched forward from the body's rest, degrees."""
    heads = rendered.body().heads
    return pitch_of(at[high] - at[low]) - pitch_of((heads[high] - heads[low])[None])


def heads_apart(bone: str) -> np.ndarray:
    heads = rendered.body().heads
    return (heads[bone] - heads["root"])[None]


def skin_turn(posed: Posed, *bones: str) -> np.ndarray:
    """How far the skin over bones is pitched forward from the first frame, degrees (Kabsch)."""
    skin = posed.vertices[:, np.isin(rendered.body().bone_of_vertex, bones)]
    skin = skin - skin.mean(axis=1, keepdims=True)
    u, _, vt = np.linalg.svd(np.einsum("vi,nvj->nij", skin[0], skin))
    turns = np.swapaxes(vt, 1, 2) @ np.swapaxes(u, 1, 2)
    return np.degrees(np.arctan2(turns[:, 2, 1], turns[:, 1, 1]))


@pytest.fixture(scope="module")
def straight() -> Posed:
    return posed(Stance(turnout_deg=0.0, standing_lumbar_deg=4.0))


def test_the_knee_bends_as_planned(straight: Posed) -> None:
    thigh = turned(straight.joints, "lowerleg01.L", "upperleg01.L")
    shank = turned(straight.joints, "foot.L", "lowerleg01.L")
    np.testing.assert_allclose(shank, 0.3 * KNEE, atol=1e-6)
    np.testing.assert_allclose(shank - thigh, KNEE, atol=1e-6)


def test_the_hip_bends_by_pelvis_and_thigh_together(straight: Posed) -> None:
    joints = {**straight.joints}
    joints["hips"] = (joints["upperleg01.L"] + joints["upperleg01.R"]) / 2
    heads = rendered.body().heads
    rest = (heads["upperleg01.L"] + heads["upperleg01.R"]) / 2
    pelvis = pitch_of(joints["root"] - joints["hips"]) - pitch_of((heads["root"] - rest)[None])
    thigh = turned(joints, "lowerleg01.L", "upperleg01.L")
    planned = straight.pelvic_tilt_deg - (0.3 * KNEE - KNEE)
    np.testing.assert_allclose(pelvis - thigh, planned, atol=1e-6)


def test_pelvic_tilt_is_trunk_lean_less_lumbar_flexion(straight: Posed) -> None:
    lumbar = LUMBAR + 4.0
    np.testing.assert_allclose(straight.trunk_lean_deg - straight.pelvic_tilt_deg, lumbar)


def test_the_trunk_above_the_low_back_leans_as_told(straight: Posed) -> None:
    for low, high in (("spine02", "spine01"), ("spine01", "neck01")):
        np.testing.assert_allclose(
            turned(straight.joints, low, high), straight.trunk_lean_deg, atol=1e-6
        )


def pelvis_of(at: dict[str, np.ndarray]) -> np.ndarray:
    return pitch_of(at["upperleg01.L"] - at["root"]) - pitch_of(heads_apart("upperleg01.L"))


def test_the_low_back_bends_above_the_sacrum_which_turns_with_the_pelvis() -> None:
    at = posed(Stance(turnout_deg=0.0, lumbar_split=(0.5, 0.2, 0.3), anatomy=2)).joints
    sacrum, low, middle, high = (turned(at, f"spine0{k}", f"spine0{k - 1}") for k in (5, 4, 3, 2))
    np.testing.assert_allclose(sacrum, pelvis_of(at), atol=1e-6)
    np.testing.assert_allclose(low - sacrum, 0.5 * LUMBAR, atol=1e-6)
    np.testing.assert_allclose(middle - low, 0.2 * LUMBAR, atol=1e-6)
    np.testing.assert_allclose(high - middle, 0.3 * LUMBAR, atol=1e-6)


def test_in_the_first_anatomy_a_share_of_the_bend_turns_the_sacrum() -> None:
    at = posed(Stance(turnout_deg=0.0, lumbar_split=(0.5, 0.2, 0.3), anatomy=1)).joints
    low = turned(at, "spine05", "spine04") - pelvis_of(at)
    middle = turned(at, "spine04", "spine03") - turned(at, "spine05", "spine04")
    np.testing.assert_allclose(low, 0.5 * LUMBAR, atol=1e-6)
    np.testing.assert_allclose(middle, 0.2 * LUMBAR, atol=1e-6)


def test_the_low_back_begins_a_hand_above_the_hips() -> None:
    """L5/S1 lies 0.06 of stature above the hips' centres (`backline.loads.body`): 10 to 11 cm."""
    heads = rendered.body().heads
    assert 0.07 < heads["spine04"][2] - heads["upperleg01.L"][2] < 0.13


@pytest.mark.parametrize("anatomy", [1, 2])
def test_thoracic_bend_leaves_the_lumbar_segments_as_they_are(anatomy: Any) -> None:
    thoracic = np.full(4, 18.0)
    bent = posed(Stance(turnout_deg=0.0, anatomy=anatomy), thoracic_deg=thoracic)
    below = "spine03" if anatomy == 1 else "spine02"
    above = f"spine0{int(below[-1]) - 1}"
    low = turned(bent.joints, below, above) - bent.pelvic_tilt_deg
    top = turned(bent.joints, "spine01", "neck01") - turned(bent.joints, below, above)
    np.testing.assert_allclose(low, LUMBAR, atol=1e-6)
    np.testing.assert_allclose(top, thoracic, atol=1e-6)


@pytest.mark.parametrize("bar", ["high_bar", "low_bar"])
@pytest.mark.parametrize("balance_m", [0.0, 0.04])
@pytest.mark.parametrize("turnout_deg", [0.0, 25.0])
def test_a_bar_on_the_back_stays_over_mid_foot(
    bar: Any, balance_m: float, turnout_deg: float
) -> None:
    lifter = posed(Stance(bar=bar, balance_m=balance_m, turnout_deg=turnout_deg))
    at = lifter.joints
    toes = (at["toe2-1.L"] + at["toe2-1.R"]) / 2
    ankles = (at["foot.L"] + at["foot.R"]) / 2
    middle = ankles + MID_FOOT * (toes - ankles)
    np.testing.assert_allclose(middle[:, :2], 0.0, atol=1e-9)
    np.testing.assert_allclose(lifter.bar[:, 1], -balance_m, atol=1e-3)


def test_a_bar_in_the_hands_hangs_near_mid_foot_in_a_deadlift() -> None:
    knee = np.array([0.0, 30.0, 70.0])
    pull = Angles(knee, 0.1 * knee, *(np.zeros(3) for _ in range(3)))
    lifter = pose_lifter(rendered.body(), Stance(bar="hands"), pull)
    assert np.abs(lifter.bar[:, 1]).max() < 0.08
    assert (np.diff(lifter.bar[:, 2]) < -0.1).all()  # lower the deeper
    assert (lifter.bar[:, 2] > 0.1).all()


def test_deeper_squats_lean_further_and_a_front_bar_leans_less() -> None:
    plain = angles(lumbar_deg=np.zeros(4))
    back, _ = solve_lean(rendered.body(), Stance(bar="low_bar"), plain)
    front, _ = solve_lean(rendered.body(), Stance(bar="front"), plain)
    assert (np.diff(back[:3]) > 3).all()
    assert (front < back - 5).all()


def test_feet_stand_flat_on_the_floor(straight: Posed) -> None:
    sole = np.char.startswith(rendered.body().bone_of_vertex, "foot")
    lowest = straight.vertices[:, sole, 2].min(axis=1)
    np.testing.assert_allclose(lowest, 0.0, atol=0.01)
    for name in ("foot.L", "toe2-1.L", "toe2-1.R"):
        assert np.ptp(straight.joints[name], axis=0).max() < 1e-3


def test_feet_turned_out_point_outwards() -> None:
    lifter = posed(Stance(turnout_deg=25.0))
    for side, sign in (("L", 1), ("R", -1)):
        foot = lifter.joints[f"toe2-1.{side}"] - lifter.joints[f"foot.{side}"]
        assert (sign * foot[:, 0] > 0.05).all()


def test_the_skin_turns_as_the_bones_do(straight: Posed) -> None:
    thigh = skin_turn(straight, "upperleg02.L")
    shank = skin_turn(straight, "lowerleg01.L", "lowerleg02.L")
    thorax, head = skin_turn(straight, "spine01"), skin_turn(straight, "head")
    np.testing.assert_allclose(shank - thigh, KNEE, atol=4.0)  # the skin over the knee stretches
    np.testing.assert_allclose(shank, 0.3 * KNEE, atol=2.0)
    lean = straight.trunk_lean_deg - straight.trunk_lean_deg[0]
    np.testing.assert_allclose(thorax, lean, atol=1.0)
    np.testing.assert_allclose(head, lean, atol=0.5)


def test_the_skin_stays_with_the_joints(straight: Posed) -> None:
    body = rendered.body()
    for bone in ("upperarm01.L", "lowerleg01.R", "head"):
        at = straight.vertices[:, body.bone_of_vertex == bone]
        rest = body.rest_vertices[body.bone_of_vertex == bone] - body.heads[bone]
        away = np.linalg.norm(at.mean(1) - straight.joints[bone], axis=1)
        assert away == pytest.approx(np.linalg.norm(rest.mean(0)), abs=0.03)


def test_overhead_the_bar_is_above_the_head_and_without_one_it_is_unknown() -> None:
    over = posed(Stance(bar="overhead"), lumbar_deg=np.zeros(4))
    assert (over.bar[:, 2] > over.joints["head"][:, 2] + 0.2).all()
    assert np.isnan(posed(Stance(bar="none")).bar).all()


def test_own_standing_is_part_of_the_stance_and_not_of_the_change() -> None:
    plain, bent = Stance(), replace(Stance(), standing_lumbar_deg=10.0)
    lean, pelvis = solve_lean(rendered.body(), bent, angles(lumbar_deg=np.zeros(4)))
    np.testing.assert_allclose(lean - pelvis, 10.0)
    lean, pelvis = solve_lean(rendered.body(), plain, angles(lumbar_deg=np.zeros(4)))
    np.testing.assert_allclose(lean - pelvis, 0.0)


def test_a_low_bar_rests_lower_and_further_back_than_a_high_one() -> None:
    (high_back, high_up), (low_back, low_up) = carried_point("high_bar"), carried_point("low_bar")
    assert low_back > high_back > 0 > carried_point("front")[0]
    assert low_up < high_up
