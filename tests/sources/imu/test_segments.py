"""Theia3D's C3D holds rotations of segments and no markers; they give the planted angles."""

from __future__ import annotations

from pathlib import Path

import ezc3d
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backline.errors import NotMeasurableError, SourceError
from backline.sources.imu.segments import has_back
from backline.sources.registry import SourceOptions, open_source
from tests.sources.imu.sensors import Y_UP, Lift, lift
from tests.sources.imu.test_sensors import part, worst


def theia(
    path: Path, made: Lift, world: Rotation, names: tuple[str, ...] = ("pelvis", "thorax")
) -> Path:
    """Segments that lean about the laboratory's y at a heading of 25 degrees."""
    whole = ezc3d.c3d()
    n = len(made.time_s)
    point = whole["parameters"]["POINT"]
    point["RATE"]["value"] = [60.0]
    point["LABELS"]["value"] = ["dummy"]
    whole["data"]["points"] = np.ones((4, 1, n))
    turned = np.zeros((4, 4, len(names) + 1, n))
    turned[3, 3] = 1.0
    for k, lean in enumerate([made.pelvis, made.trunk, made.thigh][: len(names)]):
        heading = Rotation.from_euler("z", 25.0, degrees=True)
        lab = world * heading * Rotation.from_euler("y", (5.0 + lean)[:, None], degrees=True)
        turned[:3, :3, k] = lab.as_matrix().transpose(1, 2, 0)
    turned[:3, :3, -1] = np.eye(3)[..., None]
    labels = [f"{name}_4X4" for name in names]
    whole.add_parameter("ROTATION", "LABELS", [*labels, "worldbody_4X4"])
    whole["data"]["rotations"] = turned
    whole.write(str(path))
    return path


@pytest.mark.parametrize("world", [Rotation.identity(), Y_UP], ids=["z up", "y up"])
def test_theias_segments_give_the_planted_angles(tmp_path: Path, world: Rotation) -> None:
    made = lift()
    measured = open_source(theia(tmp_path / "a.c3d", made, world))
    assert max(worst(measured, made).values()) < 1.0
    assert measured.posture.measurable.all()


def test_seconds_may_be_named_as_own_standing(tmp_path: Path) -> None:
    made = lift()
    path = theia(tmp_path / "a.c3d", made, Rotation.identity(), ("pelvis", "thorax", "l_thigh"))
    measured = open_source(path, SourceOptions(standing=(0.5, 2.5)))
    assert worst(measured, made)["lumbar"] < 1.0
    hip = measured.posture.hip_flexion_deg - (made.thigh + made.pelvis)
    assert np.nanmax(np.abs(hip)) < 1.5


def test_a_quiet_recording_of_its_own_is_own_standing(tmp_path: Path) -> None:
    made = lift()
    quiet = theia(tmp_path / "quiet.c3d", part(made, made.time_s < 2.5), Rotation.identity())
    bent = part(made, (made.time_s > 4.0) & (made.time_s < 17.0))
    path = theia(tmp_path / "lift.c3d", bent, Rotation.identity())
    assert worst(open_source(path, SourceOptions(standing=quiet)), bent)["lumbar"] < 1.0


def test_segments_without_a_thorax_are_no_back(tmp_path: Path) -> None:
    assert not has_back(("pelvis_4X4", "l_thigh_4X4"))
    assert has_back(("pelvis_4X4", "torso_4X4", "pelvis_shifted_4X4"))
    path = theia(tmp_path / "a.c3d", lift(), Rotation.identity(), ("pelvis", "head"))
    with pytest.raises(NotMeasurableError, match="no marker for ASIS_left"):
        open_source(path)


def test_two_segments_of_one_name_are_asked_about(tmp_path: Path) -> None:
    names = ("pelvis", "thorax", "thorax")
    path = theia(tmp_path / "a.c3d", lift(), Rotation.identity(), names)
    with pytest.raises(SourceError, match="two segments called thorax_4X4"):
        open_source(path)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_rotation_that_is_not_there_is_a_gap(tmp_path: Path, value: float) -> None:
    made = lift()
    path = theia(tmp_path / "a.c3d", made, Rotation.identity())
    whole = ezc3d.c3d(str(path))
    whole["data"]["rotations"][:, :, 1, 400:430] = value
    whole.write(str(path))
    measured = open_source(path)
    assert set(measured.posture.reason[402:428]) == {"sensor_gap"}
    assert worst(measured, made)["lumbar"] < 1.0
