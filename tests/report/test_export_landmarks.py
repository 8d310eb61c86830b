"""Landmarks of motion capture are written in space, and measured again they give the same lift."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backline.cli.app import run
from backline.formats.c3d import write_c3d
from backline.formats.opensim import read_trc, write_trc
from backline.model.measurement_file import load_measured, save_measured
from backline.pipeline import analyze
from backline.report.export import export
from backline.report.result import Result, load_result
from backline.sources.mocap.landmarks import marker_name
from backline.sources.mocap.markersets import ROLES, assign
from backline.sources.registry import SourceOptions, open_source
from tests.sources.mocap.marker_body import UPRIGHT, body, yaw

STOOP, STILL = "stoop1_t169_f620f800", "neu_t169_f250f350"
TURN_DEG = 35.0
"""The lifter of the example looks so far off the laboratory's x axis."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder of a planted lift, in millimetres, y up, seen askew."""
    home = tmp_path_factory.mktemp("landmarks")
    made = body().moved(UPRIGHT["+y"] @ yaw(TURN_DEG))
    write_c3d(home / "lift.c3d", made.c3d())
    assert run(["analyze", str(home / "lift.c3d"), "--out", str(home / "out"), "--quiet"]) == 0
    return home / "out" / "lift"


@pytest.fixture
def result(written: Path) -> Result:
    return load_result(written)


def test_they_stand_in_metres_and_in_opensims_axes(result: Result) -> None:
    points = result.points
    assert points is not None
    assert points.unit == "m"
    truth = body()  # faces +x, its left is +y, z up
    for role, name in (("ASIS_left", "LASI"), ("PSIS_right", "RPSI"), ("C7", "C7")):
        x, y, z = truth.at[name].T / 1000.0
        place = points.positions[:, points.names.index(role)]
        np.testing.assert_allclose(place, np.stack([x, z, -y], axis=1), atol=1e-6)


@pytest.mark.parametrize("name", ["a.trc", "a.c3d", "a.nc", "pose-3d", "kinematics"])
def test_measured_again_they_give_the_same_lift(result: Result, tmp_path: Path, name: str) -> None:
    again = analyze(export(result, tmp_path / name))
    first = result.series["lumbar_flexion_deg"].to_numpy(dtype=float)
    assert np.nanmax(first) > 15.0
    # single precision in a C3D; OpenSim's angles are smoothed a second time
    tolerance = {"kinematics": 0.3, "a.c3d": 0.01}.get(name, 1e-6)
    np.testing.assert_allclose(again.posture.lumbar_flexion_deg, first, atol=tolerance)
    assert [f.where for f in again.findings] == [f["where"] for f in result.document["findings"]]


def test_a_pose2sim_project_gets_its_names_and_is_read_as_one(
    result: Result, tmp_path: Path
) -> None:
    trc, mot = (export(result, tmp_path / name) for name in ("pose-3d", "kinematics"))
    n = len(result.series)
    assert trc == tmp_path / "pose-3d" / f"lift_0-{n}_LSTM.trc"
    assert mot == tmp_path / "kinematics" / f"lift_0-{n}_LSTM.mot"
    names = set(read_trc(trc).names)
    assert {"r.ASIS_study", "L.PSIS_study", "L_knee_study", "r_calc_study", "C7_study"} <= names
    assert open_source(tmp_path).quality.verdict == "ok"


def test_what_was_not_seen_or_not_believed_stays_empty(tmp_path: Path) -> None:
    write_c3d(tmp_path / "lift.c3d", body().hidden("C7", slice(40, 60)).c3d())
    landmarks = open_source(tmp_path / "lift.c3d").landmarks
    assert landmarks is not None
    unseen = ~np.isfinite(landmarks.positions[:, landmarks.names.index("C7")]).all(axis=1)
    assert np.flatnonzero(unseen).tolist() == list(range(40, 60))


def test_every_landmarks_name_is_known_when_it_is_read_again() -> None:
    names = [marker_name(role) for role in ROLES]
    assert assign(names, {}) == dict(zip(ROLES, names, strict=True))


def test_they_are_kept_with_what_was_measured(tmp_path: Path) -> None:
    write_c3d(tmp_path / "lift.c3d", body().c3d())
    measured = open_source(tmp_path / "lift.c3d")
    save_measured(measured, tmp_path / "kept.zip")
    kept = load_measured(tmp_path / "kept.zip").landmarks
    assert kept is not None
    assert measured.landmarks is not None
    assert (kept.names, kept.unit) == (measured.landmarks.names, "m")
    np.testing.assert_array_equal(kept.positions, measured.landmarks.positions)


def test_the_real_stoop_comes_back_from_its_landmarks(
    shared_file: Callable[[str], Path], tmp_path: Path
) -> None:
    files = [shared_file(f"mocap/{name}.c3d") for name in (STOOP, STILL)]
    for file in files:
        landmarks = open_source(file).landmarks
        assert landmarks is not None
        write_trc(tmp_path / f"{file.stem}.trc", landmarks)
    first, again = (
        open_source(lift, SourceOptions(standing=still)).posture.lumbar_flexion_deg
        for lift, still in (files, [tmp_path / f"{file.stem}.trc" for file in files])
    )
    assert np.nanmax(first) > 25.0
    np.testing.assert_allclose(again, first, atol=1e-6)
