"""Keypoints and their video: the outline gives the low back that the points do not hold."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

from backline.errors import UsageError
from backline.pipeline import Analysis, analyze
from backline.sources.keypoints.layouts import COCO
from backline.sources.registry import SourceOptions, open_source
from tests import rendered
from tests.sources.keypoints import files

#: COCO's points in BlazePose's order.
BLAZEPOSE = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
POINTS = ("ASIS", "PSIS", "C7", *COCO[5:])


def coco_points() -> np.ndarray:
    """What another engine found in the rendered squat, shape (n, 17, 3)."""
    return np.nan_to_num(rendered.squat_sight().points[:, BLAZEPOSE].astype(float))


def write_coco(folder: Path, rows: np.ndarray | None = None) -> Path:
    return files.coco(folder / "coco.json", coco_points() if rows is None else rows)


@functools.cache
def joined(folder: Path) -> Analysis:
    return analyze(write_coco(folder), lift="squat", video=rendered.squat_clip())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("points")


def test_the_outline_of_the_video_gives_the_low_back(folder: Path) -> None:
    result, alone = joined(folder), rendered.squat_analysis()
    assert result.quality.verdict != "refused"
    np.testing.assert_allclose(
        result.posture.lumbar_flexion_deg, alone.posture.lumbar_flexion_deg, atol=0.1
    )
    assert "no point lies on the pelvis" in str(result.settings["low_back_from"])
    assert result.source.kind == "video"
    assert result.evidence is not None
    assert len(result.reps) == 1


def test_the_points_give_the_legs(folder: Path) -> None:
    rows = coco_points()
    bent = rows.copy()
    bent[:, [13, 14], 0] += 8.0  # another engine, that sees the knees further in front
    moved = open_source(write_coco(folder, bent), SourceOptions(video=rendered.squat_clip()))
    plain = joined(folder).posture
    apart = moved.posture.knee_flexion_deg - plain.knee_flexion_deg
    assert np.nanmean(apart) > 3.0


def test_points_on_pelvis_and_neck_carry_and_the_network_is_shown_beside(folder: Path) -> None:
    truth, observations = rendered.squat().truth, rendered.squat_sight()
    lumbar = 12.0 * np.sin(np.radians(truth["knee_flexion_deg"]))  # other than the outline says
    tilt = np.radians(truth["pelvic_tilt_deg"] + 8.0)
    lean = np.radians(truth["pelvic_tilt_deg"] + lumbar)
    hip = observations.points[:, 24, :2].astype(float)
    rows = np.concatenate([np.ones((len(hip), 3, 3)), coco_points()[:, 5:]], axis=1)
    rows[:, 1, :2] = hip - np.array([20.0, 10.0])
    rows[:, 0, :2] = rows[:, 1, :2] + 30 * np.stack([np.cos(tilt), np.sin(tilt)], axis=1)
    rows[:, 2, :2] = rows[:, 1, :2] + 90 * np.stack([np.sin(lean), -np.cos(lean)], axis=1)
    path = files.deeplabcut(folder / "pelvis.csv", rows, POINTS)
    result = open_source(path, SourceOptions(video=rendered.squat_clip()))
    planted = lumbar - lumbar[truth["phase"] == "standing"].mean()
    error = result.posture.lumbar_flexion_deg - planted
    assert np.sqrt(np.nanmean(error**2)) < 1.0
    assert result.second_estimate is not None
    assert "points of the keypoint file" in str(result.settings["low_back_from"])
    assert result.quality.verdict == "limited"


def test_points_and_a_video_of_other_lengths_need_a_rate(folder: Path) -> None:
    path = write_coco(folder, coco_points()[::3])
    with pytest.raises(UsageError, match=r"13 frames and its video 39.*@30"):
        open_source(path, SourceOptions(video=rendered.squat_clip()))


def test_what_does_not_go_with_a_video_is_told(folder: Path, tmp_path: Path) -> None:
    clip = rendered.squat_clip()
    with pytest.raises(UsageError, match="--video does not go with"):
        open_source(clip, SourceOptions(video=clip))
    with pytest.raises(UsageError, match="START:END"):
        open_source(write_coco(folder), SourceOptions(video=clip, standing=tmp_path / "x.json"))
