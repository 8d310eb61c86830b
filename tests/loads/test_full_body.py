"""The MyoSim full body as tables: anatomy that is known beforehand, and no trace left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backline.loads.full_body import GLUTEUS_PARTS, LEVEL_SHARES, between, muscles
from tests.deadlines import PATIENCE_S


def at(flexion: float, steps: np.ndarray, table: np.ndarray) -> np.ndarray:
    return between(steps, table, np.array([flexion]))[0]


def test_the_gluteus_is_longer_in_a_flexed_hip_part_by_part_up_to_a_right_angle() -> None:
    hip = muscles().hip
    lengths = hip.length_m[(hip.flexion_deg >= -15) & (hip.flexion_deg <= 90)]
    assert lengths.shape[1] == len(GLUTEUS_PARTS)
    assert (np.diff(lengths, axis=0) > 0).all()


def test_an_arm_is_how_fast_the_length_changes_with_the_angle() -> None:
    # Virtual work: arm = change of length over change of angle, in radians.
    hip = muscles().hip
    slope = np.gradient(hip.length_m, np.radians(hip.flexion_deg), axis=0)
    assert np.abs(slope - hip.arm_m)[1:-1].max() < 0.002


def test_the_gluteus_s_arm_agrees_with_the_published_one_straight_and_at_30_degrees() -> None:
    # OpenSim Gait2392, weighted by strength: 5.8 cm at 0 and 5.0 cm at 30 degrees.
    hip = muscles().hip
    for flexion, published_m in ((0.0, 0.058), (30.0, 0.050)):
        arm, force = (at(flexion, hip.flexion_deg, t) for t in (hip.arm_m, hip.force_n))
        assert float(arm @ force / force.sum()) == pytest.approx(published_m, abs=0.008)


def test_back_muscles_extend_and_the_straight_abdominal_flexes_every_level() -> None:
    trunk = muscles().trunk
    straight = at(0.0, trunk.flexion_deg, trunk.arm_m)
    for name, arm in zip(trunk.names, straight, strict=True):
        if name.startswith("IL_"):
            assert arm[0] > 0.01, name
        if name.startswith("LTpT"):  # some end above a level and do not cross it
            assert ((arm > 0.01) | (np.abs(arm) < 1e-9)).all(), name
        if name.startswith("rect_abd"):
            assert (arm < -0.03).all(), name


def test_every_muscle_presses_l5_on_s1_by_no_more_than_its_force() -> None:
    trunk = muscles().trunk
    size = np.hypot(trunk.along, trunk.across)
    assert size.max() <= 1 + 1e-6
    extenders = [k for k, name in enumerate(trunk.names) if name.startswith("IL_")]
    assert (trunk.along[:, extenders] >= -1e-6).all()


def test_the_levels_stand_above_each_other_and_their_shares_make_one() -> None:
    trunk = muscles().trunk
    assert (np.diff(trunk.level_up_m, axis=1) > 0.02).all()
    assert sum(LEVEL_SHARES) == pytest.approx(1)


def test_flexing_carries_the_upper_levels_forward() -> None:
    trunk = muscles().trunk
    forward = trunk.level_forward_m[:, -1]
    assert (np.diff(forward) > 0).all()


def test_l5s1_lies_above_and_behind_the_hips() -> None:
    found = muscles()
    assert 0.08 < found.l5s1_up_m < 0.20
    assert -0.08 < found.l5s1_forward_m < 0.0


def test_between_steps_is_linear_beyond_them_the_end_and_nan_stays_nan() -> None:
    steps, table = np.array([0.0, 10.0, 20.0]), np.array([[0.0], [1.0], [4.0]])
    read = between(steps, table, np.array([-5.0, 5.0, 15.0, 99.0, np.nan]))
    np.testing.assert_allclose(read[:, 0], [0.0, 0.5, 2.5, 4.0, np.nan])


def test_loading_says_nothing_and_leaves_no_file(tmp_path: Path) -> None:
    code = "from backline.loads.full_body import muscles; muscles()"
    ended = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_the_body_loads_in_another_thread_without_a_word_and_without_a_file(tmp_path: Path) -> None:
    """While the first thread changes the list of warnings, as the pose engine does each frame."""
    program = """
import threading, warnings
from backline.loads.full_body import muscles, muscles_for_thread
loading = threading.Thread(target=muscles_for_thread())
loading.start()
while loading.is_alive():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="something else")
        loading.join(0.002)
print(len(muscles().hip.flexion_deg))
"""
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", program],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert int(done.stdout) == len(muscles().hip.flexion_deg)
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
