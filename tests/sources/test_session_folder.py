"""Folders of OpenCap, Pose2Sim and Sports2D: the lift in them is found, its neutral pose used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, UsageError
from backline.formats.opensim import Markers, Motion, write_mot, write_trc
from backline.sources.registry import open_source, reader_of
from tests.sources.keypoints.pictured import PLAN, picture
from tests.sources.mocap.marker_body import OPENCAP, body
from tests.sources.mocap.test_opensim import DEPTH, squat


def put(table: Motion, path: Path, frames: slice = slice(None)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_mot(path, Motion(table.time_s[frames], table.columns, table.values[frames]))


def test_an_opencap_sessions_lift_is_measured_from_its_neutral_pose(tmp_path: Path) -> None:
    folder = tmp_path / "OpenCapData_1a2b"
    put(squat(), folder / "OpenSimData/Kinematics/neutral.mot", slice(0, 60))
    put(squat(), folder / "OpenSimData/Kinematics/squats1.mot", slice(100, 300))
    (folder / "sessionMetadata.yaml").write_text("subjectID: s1\n")
    assert reader_of(folder).id == "session-folder"
    measured = open_source(folder)
    assert measured.settings["standing_from"] == "neutral.mot"
    flexion = measured.posture.lumbar_flexion_deg
    np.testing.assert_allclose(flexion, 15 * DEPTH[100:300], atol=0.25)


def test_several_lifts_are_asked_about_by_name(tmp_path: Path) -> None:
    for name in ("squats1", "squats2", "neutral"):
        put(squat(), tmp_path / f"OpenSimData/Kinematics/{name}.mot")
    with pytest.raises(UsageError, match=r"2 lifts \(squats1\.mot, squats2\.mot\).*squats1\.mot\."):
        open_source(tmp_path)


def test_a_session_without_a_lift_is_told(tmp_path: Path) -> None:
    put(squat(), tmp_path / "OpenSimData/Kinematics/neutral.mot")
    with pytest.raises(NotMeasurableError, match="neutral pose"):
        open_source(tmp_path)


def test_an_opencap_session_before_its_kinematics_gives_its_markers(tmp_path: Path) -> None:
    lifter = body().renamed(OPENCAP)
    path = tmp_path / "MarkerData" / "PostAugmentation" / "squats1.trc"
    path.parent.mkdir(parents=True)
    write_trc(path, lifter.markers())
    posture = open_source(tmp_path).posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 18 * lifter.depth, atol=0.25)


def test_a_pose2sim_project_gives_its_kinematics(tmp_path: Path) -> None:
    put(squat(), tmp_path / "kinematics" / "lift.mot")
    (tmp_path / "Config.toml").write_text("[project]\n")
    flexion = open_source(tmp_path).posture.lumbar_flexion_deg
    np.testing.assert_allclose(flexion, 15 * DEPTH, atol=0.25)


def test_sports2ds_results_give_their_points(tmp_path: Path) -> None:
    seen = picture()
    names = ("l_ASIS", "r_ASIS", "l_PSIS", "r_PSIS", "C7", "right_hip", "right_knee", "right_ankle")
    rows = seen.rows(names)
    rows[..., 2] = 0.0
    write_trc(tmp_path / "lift_Sports2D_px_person00.trc", Markers(seen.time_s, names, rows, "px"))
    (tmp_path / "lift_Sports2D_angles_person00.mot").write_text("angles\nendheader\ntime\tknee\n")
    measured = open_source(tmp_path)
    assert measured.source.kind == "keypoints"
    flexion = measured.posture.lumbar_flexion_deg
    np.testing.assert_allclose(flexion, PLAN.lumbar * seen.depth, atol=0.5)
