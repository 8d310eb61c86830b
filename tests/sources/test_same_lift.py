"""One lift through every way in gives the same numbers, planted and real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backline.analysis import Analysis, analyze
from backline.formats.c3d import write_c3d
from backline.posture import FloatArray
from backline.sources.mocap.axes import orient
from backline.sources.mocap.recording import load
from backline.sources.registry import SourceOptions, open_source
from tests.sources.imu.sensors import SACRUM, T12, write_dot
from tests.sources.keypoints import files
from tests.sources.keypoints.pictured import PLAN, RATE, picture
from tests.sources.mocap.marker_body import body

STOOP, STANDING = "mocap/stoop1_t169_f620f800.c3d", "mocap/neu_t169_f250f350.c3d"


def sensors(folder: Path, time_s: FloatArray, pelvis: FloatArray, trunk: FloatArray) -> Path:
    folder.mkdir()
    write_dot(folder / "sacrum.csv", time_s, pelvis, SACRUM)
    write_dot(folder / "t12.csv", time_s, trunk, T12)
    return folder


def test_markers_sensors_and_keypoints_of_one_lift_give_the_same_finding(tmp_path: Path) -> None:
    made, seen = body(PLAN), picture(PLAN)
    write_c3d(tmp_path / "lift.c3d", made.c3d())
    worn = sensors(
        tmp_path / "worn",
        made.time_s,
        PLAN.pelvis * made.depth,
        (PLAN.pelvis + PLAN.lumbar) * made.depth,
    )
    names = tuple(name for name in seen.at if not name.startswith("spine"))
    points = files.deeplabcut(tmp_path / "points.csv", seen.rows(names), names)
    results: list[Analysis] = [
        analyze(source, lift="squat")
        for source in (tmp_path / "lift.c3d", worn, f"{points}@{RATE}")
    ]
    for result in results:
        assert len(result.reps) == 1
        rounding = [f for f in result.findings if f.kind == "rounding"]
        assert [f.where for f in rounding] == ["bottom"]
        assert rounding[0].size_deg == pytest.approx(results[0].findings[0].size_deg, abs=1.5)
        assert rounding[0].peak_s == pytest.approx(results[0].findings[0].peak_s, abs=0.1)


def test_a_real_stoop_seen_as_keypoints_and_worn_as_sensors_gives_the_markers_angles(
    tmp_path: Path, shared_file: Callable[[str], Path]
) -> None:
    path, still = shared_file(STOOP), shared_file(STANDING)
    truth = open_source(path, SourceOptions(standing=still)).posture

    def pictured(source: Path, name: str) -> Path:
        """Write the markers as a camera from the side would have them, in pixels."""
        lifter = orient(load(source, None))
        front = np.nanmean(lifter.forward, axis=0)
        wanted = ("ASIS", "PSIS", "KNEE", "ANKLE", "HEEL", "TOE", "SHOULDER", "WRIST")
        roles = [r for r in lifter.at if r == "C7" or r.split("_")[0] in wanted]
        rows = np.full((len(lifter.forward), len(roles), 3), 0.9)
        for i, role in enumerate(roles):
            rows[:, i, 0] = 900 + 400 * (lifter.at[role] @ front)
            rows[:, i, 1] = 1000 - 400 * lifter.at[role][:, 2]
        rows[~np.isfinite(rows).all(axis=2)] = np.nan
        return files.deeplabcut(tmp_path / name, rows, tuple(roles))

    rate = (len(truth) - 1) / (truth.time_s[-1] - truth.time_s[0])
    mapping = tmp_path / "rate.toml"
    mapping.write_text(f"[keypoints]\nrate_hz = {rate!r}\n")
    seen = open_source(
        pictured(path, "lift.csv"),
        SourceOptions(standing=pictured(still, "still.csv"), mapping=mapping),
    ).posture
    both = truth.measurable & seen.measurable
    assert both.mean() > 0.9
    error = (seen.lumbar_flexion_deg - truth.lumbar_flexion_deg)[both]
    assert np.sqrt(np.mean(error**2)) < 2.0
    assert np.nanmax(seen.pelvic_tilt_deg) == pytest.approx(60.7, abs=3.0)

    known = truth.measurable
    stood = np.arange(-200, 0) / rate  # two seconds of own standing before it
    time_s = np.concatenate([stood, truth.time_s[known] - truth.time_s[known][0]]) - stood[0]
    pelvis = np.concatenate([np.zeros(200), truth.pelvic_tilt_deg[known]])
    trunk = np.concatenate([np.zeros(200), truth.trunk_lean_deg[known]])
    worn = open_source(
        sensors(tmp_path / "worn", time_s, pelvis, trunk), SourceOptions(standing=(0.3, 1.5))
    ).posture
    inner = slice(230, -30)
    error = worn.lumbar_flexion_deg[inner] - (trunk - pelvis)[inner]
    assert np.abs(error).max() < 1.0
