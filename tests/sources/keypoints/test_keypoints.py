"""Keypoint files of other engines come back as the angles that were planted, or are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, SourceError, UsageError
from backline.formats.opensim import Markers, write_trc
from backline.model.measurement import Measured
from backline.pipeline import analyze
from backline.sources.keypoints.layouts import (
    COCO,
    HALPE,
    LAYOUTS,
    OPENPOSE_18,
    OPENPOSE_25,
    SPINEPOSE,
    SYNTHPOSE,
)
from backline.sources.registry import SourceOptions, open_source, reader_of
from tests.sources.keypoints import files
from tests.sources.keypoints.pictured import PLAN, RATE, Picture, picture

NAMED = ("LASIS", "RASIS", "LPSIS", "RPSIS", "C7", "RHip", "RKnee", "RAnkle", "RHeel", "RBigToe",
         "RShoulder", "RWrist")  # fmt: skip
SYNONYMS = {"LASIS": "l_ASIS", "RASIS": "r_ASIS", "LPSIS": "l_PSIS", "RPSIS": "r_PSIS", "C7": "C7",
            "RHip": "right_hip", "RKnee": "right_knee", "RAnkle": "right_ankle",
            "RHeel": "right_heel", "RBigToe": "right_big_toe", "RShoulder": "right_shoulder",
            "RWrist": "right_wrist"}  # fmt: skip


def named(seen: Picture) -> np.ndarray:
    return np.stack([seen.rows((SYNONYMS[name],))[:, 0] for name in NAMED], axis=1)


def measure(path: str | Path, mapping: Path | None = None) -> Measured:
    return open_source(path, SourceOptions(mapping=mapping))


def bottom(measured: Measured, seen: Picture) -> dict[str, float]:
    i = int(np.argmax(seen.depth))
    p = measured.posture
    return {
        "lumbar": float(p.lumbar_flexion_deg[i]),
        "pelvis": float(p.pelvic_tilt_deg[i]),
        "knee": float(p.knee_flexion_deg[i]),
    }


MAKERS: dict[str, Callable[[Path, Picture], str]] = {
    "SynthPose, OpenPose's JSON": lambda d, s: (
        f"{files.openpose(d / 'o', s.rows(SYNTHPOSE))}@{RATE}"
    ),
    "SynthPose, COCO results": lambda d, s: f"{files.coco(d / 'a.json', s.rows(SYNTHPOSE))}@{RATE}",
    "COCO with its own names": lambda d, s: f"{files.coco(d / 'a.json', named(s), NAMED)}@{RATE}",
    "MMPose": lambda d, s: f"{files.mmpose(d / 'a.json', s.rows(SYNTHPOSE), SYNTHPOSE)}@{RATE}",
    "DeepLabCut": lambda d, s: f"{files.deeplabcut(d / 'a.csv', named(s), NAMED)}@{RATE}",
    "DeepLabCut HDF5": lambda d, s: f"{files.deeplabcut_h5(d / 'a.h5', named(s), NAMED)}@{RATE}",
    "SLEAP CSV": lambda d, s: f"{files.sleap_csv(d / 'a.csv', named(s), NAMED)}@{RATE}",
    "SLEAP HDF5": lambda d, s: f"{files.sleap_h5(d / 'a.h5', named(s), NAMED)}@{RATE}",
}


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("kind", MAKERS)
def test_points_on_pelvis_and_back_give_the_planted_angles(
    tmp_path: Path, kind: str, facing: int
) -> None:
    seen = picture(facing=facing)
    if facing < 0 and kind not in ("SynthPose, COCO results", "MMPose"):
        return  # the way the lifter faces does not depend on the file
    measured = measure(MAKERS[kind](tmp_path, seen))
    found = bottom(measured, seen)
    assert found["lumbar"] == pytest.approx(PLAN.lumbar, abs=0.5)
    assert found["pelvis"] == pytest.approx(PLAN.pelvis, abs=0.5)
    assert found["knee"] == pytest.approx(PLAN.thigh + PLAN.shank, abs=0.5)
    assert measured.source.kind == "keypoints"
    assert measured.view.side == ("right" if facing > 0 else "left")
    assert measured.quality.verdict == "limited"


def test_the_uncertainty_of_guessed_points_is_wide_and_grows_with_the_bend(tmp_path: Path) -> None:
    seen = picture()
    posture = measure(MAKERS["MMPose"](tmp_path, seen)).posture
    sd = posture.lumbar_flexion_sd_deg
    assert 3.0 < sd[0] < 5.0
    assert sd[int(np.argmax(seen.depth))] > sd[0] + 0.5


@pytest.mark.parametrize("reverse", [False, True])
def test_a_spine_chain_gives_the_planted_angles_whichever_end_it_counts_from(
    tmp_path: Path, reverse: bool
) -> None:
    seen = picture()
    if reverse:
        turned = {f"spine_0{i}": seen.at[f"spine_0{6 - i}"] for i in range(1, 6)}
        seen = Picture(seen.time_s, seen.depth, {**seen.at, **turned})
    measured = measure(f"{files.openpose(tmp_path / 'o', seen.rows(SPINEPOSE))}@{RATE}")
    assert bottom(measured, seen)["lumbar"] == pytest.approx(PLAN.lumbar, abs=0.5)
    assert measured.settings["low_back_from"] == "spine"
    assert measured.posture.lumbar_flexion_sd_deg[0] > 5.0


@pytest.mark.parametrize(
    ("names", "layout"),
    [
        (COCO, "COCO"),
        (HALPE, "Halpe26"),
        (OPENPOSE_18, "OpenPose 18"),
        (OPENPOSE_25, "OpenPose 25"),
    ],
)
def test_hips_and_shoulders_alone_are_refused_for_the_low_back(
    tmp_path: Path, names: tuple[str, ...], layout: str
) -> None:
    seen = picture()
    measured = measure(f"{files.openpose(tmp_path / 'o', seen.rows(names))}@{RATE}")
    assert measured.quality.verdict == "refused"
    assert measured.quality.reasons[0].code == "no_pelvis_points"
    assert layout in measured.quality.reasons[0].text
    assert not measured.posture.measurable.any()
    assert np.isnan(measured.posture.lumbar_flexion_deg).all()
    knee = measured.posture.knee_flexion_deg[int(np.argmax(seen.depth))]
    assert knee == pytest.approx(PLAN.thigh + PLAN.shank, abs=0.5)


def test_no_two_layouts_have_as_many_points() -> None:
    counts = [len(names) for names in LAYOUTS.values()]
    assert counts == [17, 18, 25, 26, 37, 52]
    assert all(len(set(names)) == len(names) for names in LAYOUTS.values())


def test_a_trc_in_pixels_brings_its_own_times(tmp_path: Path) -> None:
    seen = picture()
    rows = named(seen)
    rows[..., 1] = 2000 - rows[..., 1]  # y up, as some write it
    places = np.concatenate([rows[..., :2], np.zeros((*rows.shape[:2], 1))], axis=2)
    path = tmp_path / "lift_px_person00.trc"
    write_trc(path, Markers(seen.time_s, NAMED, places, "px"))
    assert reader_of(path).name == "keypoints, TRC of a picture"
    measured = measure(path)
    assert bottom(measured, seen)["lumbar"] == pytest.approx(PLAN.lumbar, abs=0.5)
    assert measured.posture.time_s == pytest.approx(seen.time_s)


def test_sports2ds_pixels_under_a_header_of_metres_are_told_by_their_name(tmp_path: Path) -> None:
    seen = picture()
    places = np.concatenate([named(seen)[..., :2], np.zeros((len(seen.time_s), len(NAMED), 1))], 2)
    path = tmp_path / "lift_px_person00.trc"
    write_trc(path, Markers(seen.time_s, NAMED, places, "m"))
    assert reader_of(path).name == "keypoints, TRC of a picture"


def test_the_larger_of_two_people_is_followed_and_said(tmp_path: Path) -> None:
    seen = picture()
    rows = seen.rows(SYNTHPOSE)
    small = rows.copy()
    small[..., :2] = np.where(rows[..., 2:] > 0, 0.4 * rows[..., :2] + (900.0, 100.0), 0.0)
    measured = measure(f"{files.openpose(tmp_path / 'o', rows, small)}@{RATE}")
    assert bottom(measured, seen)["lumbar"] == pytest.approx(PLAN.lumbar, abs=0.5)
    assert "several_people" in [reason.code for reason in measured.quality.reasons]


def test_frames_without_the_person_and_unsure_points_stay_gaps(tmp_path: Path) -> None:
    seen = picture()
    rows = seen.rows(SYNTHPOSE)
    gone, unsure = slice(100, 150), slice(200, 230)
    rows[unsure, SYNTHPOSE.index("r_PSIS"), 2] = 0.1
    folder = files.openpose(tmp_path / "o", rows)
    for i in range(gone.start, gone.stop):
        (folder / f"lift_{i:012d}_keypoints.json").write_text('{"people": []}')
    posture = measure(f"{folder}@{RATE}").posture
    for part in (gone, unsure):
        assert np.isnan(posture.lumbar_flexion_deg[part]).all()
        assert set(posture.reason[part]) == {"point_not_seen"}


def test_missing_frames_of_coco_leave_a_gap_in_time(tmp_path: Path) -> None:
    seen = picture()
    path = files.coco(tmp_path / "a.json", seen.rows(SYNTHPOSE))
    kept = [row for row in json.loads(path.read_text()) if not 120 <= row["image_id"] < 140]
    path.write_text(json.dumps(kept))
    posture = measure(f"{path}@{RATE}").posture
    assert len(posture) == len(seen.time_s)
    assert np.isnan(posture.lumbar_flexion_deg[120:140]).all()


def test_a_camera_off_the_side_is_refused(tmp_path: Path) -> None:
    seen = picture(aside=1.0)
    measured = measure(f"{files.openpose(tmp_path / 'o', seen.rows(SYNTHPOSE))}@{RATE}")
    assert measured.view.yaw_deg > 30
    assert measured.quality.verdict == "refused"
    assert measured.quality.reasons[0].code == "not_side_on"


def test_own_standing_may_come_from_another_file(tmp_path: Path) -> None:
    seen = picture()
    rows = seen.rows(SYNTHPOSE)
    still = files.mmpose(tmp_path / "still.json", rows[:90], SYNTHPOSE)
    lift = files.mmpose(tmp_path / "lift.json", rows[90:], SYNTHPOSE)
    mapping = tmp_path / "rate.toml"
    mapping.write_text(f"[keypoints]\nrate_hz = {RATE}\n")
    measured = open_source(lift, SourceOptions(standing=still, mapping=mapping))
    i = int(np.argmax(seen.depth)) - 90
    assert measured.posture.standing.elsewhere
    assert measured.posture.lumbar_flexion_deg[i] == pytest.approx(PLAN.lumbar, abs=0.5)


def never_still() -> tuple[np.ndarray, np.ndarray]:
    """Reps of 1.8 s without a pause: the depth, and the points of each frame."""
    seen = picture()
    bottom = int(np.argmax(seen.depth))
    depth = np.sin(np.pi * np.arange(0.0, 15.0, 1 / RATE) / 1.8) ** 2
    down = np.unique(seen.depth[: bottom + 1], return_index=True)
    rows = named(seen)[down[1]].reshape(len(down[0]), -1)
    at = np.stack([np.interp(depth, down[0], column) for column in rows.T], axis=1)
    return depth, at.reshape(len(depth), len(NAMED), 3)


@pytest.mark.parametrize("kind", ["DeepLabCut", "MMPose", "SLEAP HDF5"])
def test_a_lifter_who_is_never_still_is_measured_from_the_lockouts(
    tmp_path: Path, kind: str
) -> None:
    write = {"DeepLabCut": files.deeplabcut, "MMPose": files.mmpose, "SLEAP HDF5": files.sleap_h5}
    ending = {"DeepLabCut": "csv", "MMPose": "json", "SLEAP HDF5": "h5"}[kind]
    depth, rows = never_still()
    measured = measure(f"{write[kind](tmp_path / f'a.{ending}', rows, NAMED)}@{RATE}")
    reference = measured.posture.reference
    assert measured.quality.verdict == "limited"
    assert "reference_lockouts" in [r.code for r in measured.quality.reasons]
    assert (reference.kind, measured.posture.standing.method) == ("lockouts", "none")
    assert len(reference.spans) >= 3
    error = measured.posture.lumbar_flexion_deg - PLAN.lumbar * depth
    assert np.abs(error).max() < 2.0
    found = [f for f in analyze(tmp_path / f"a.{ending}@{RATE}").findings if f.certain]
    assert {(f.kind, f.where) for f in found} == {("rounding", "bottom")}


def test_a_mapping_file_names_points_that_are_not_known(tmp_path: Path) -> None:
    seen = picture()
    strange = tuple(f"p{i}" for i in range(len(NAMED)))
    path = files.deeplabcut(tmp_path / "a.csv", named(seen), strange)
    roles = ("ASIS_left", "ASIS_right", "PSIS_left", "PSIS_right", "C7", "HIP_right", "KNEE_right",
             "ANKLE_right", "HEEL_right", "TOE_right", "SHOULDER_right", "WRIST_right")  # fmt: skip
    lines = [f'{role} = "p{i}"' for i, role in enumerate(roles)]
    mapping = tmp_path / "m.toml"
    mapping.write_text("\n".join(["[keypoints]", f"rate_hz = {RATE}", *lines]))
    found = bottom(measure(path, mapping), seen)
    assert found["lumbar"] == pytest.approx(PLAN.lumbar, abs=0.5)
    with pytest.raises(NotMeasurableError, match="mapping file"):
        measure(f"{path}@{RATE}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[keypoints]\nELBOW = 'RHip'", "not known"),
        ("[keypoints]\nC7 = 'neck'", "does not hold"),
        ("[keypoints]\nrate_hz = -3", "rate_hz"),
        ("[markers]\nC7 = 'C7'", r"table \[keypoints\]"),
        ("[keypoints", "cannot be read"),
    ],
)
def test_a_wrong_mapping_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = files.deeplabcut(tmp_path / "a.csv", named(picture())[:5], NAMED)
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(UsageError, match=told):
        measure(path, tmp_path / "m.toml")


def test_without_times_and_rate_the_rate_is_asked_for(tmp_path: Path) -> None:
    path = files.coco(tmp_path / "a.json", picture().rows(COCO))
    with pytest.raises(UsageError, match="@30"):
        measure(path)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", '{"annotations": [', "no whole JSON"),
        ("a.json", '{"weather": "fine"}', "neither 'annotations'"),
        ("a.json", '{"people": []}', "FOLDER@30"),
        ("a.json", '[{"image_id": 0, "keypoints": [1, 2]}]', "in threes"),
        ("a.json", '[{"image_id": 0, "keypoints": [1, 2, 3]}]', "holds 1 points"),
        ("a.json", '[{"image_id": 0, "keypoints": []}]', "nobody"),
        ("a.csv", "scorer,a\nbodyparts,C7\n", "coords"),
        ("a.csv", "scorer,a\nbodyparts,C7\ncoords,x\n0,5\n1,x\n", "line 5: 'x'"),
        ("a.csv", "scorer,a\nbodyparts,C7\ncoords,x\n0,5\n1\n", "line 5: 1 values"),
        ("a.csv", "track,frame_idx,C7.x,C7.y,C7.score\n", "no point"),
        ("a.h5", "\x7fnot hdf", "of no kind|line 1"),
    ],
)
def test_bad_files_are_told_in_one_sentence(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError, match=told) as caught:
        measure(f"{tmp_path / name}@30")
    assert "\n" not in str(caught.value)


def test_an_hdf5_file_that_is_not_sleaps_analysis_is_told(tmp_path: Path) -> None:
    import h5py

    with h5py.File(tmp_path / "a.slp", "w") as file:
        file["frames"] = np.zeros(3)
    with pytest.raises(SourceError, match="Export Analysis HDF5"):
        measure(f"{tmp_path / 'a.slp'}@30")
    whole = files.sleap_h5(tmp_path / "b.h5", named(picture()), NAMED).read_bytes()
    (tmp_path / "b.h5").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(SourceError, match="no whole HDF5"):
        measure(f"{tmp_path / 'b.h5'}@30")


def test_a_planted_rounding_goes_through_the_whole_analysis(tmp_path: Path) -> None:
    seen = picture()
    result = analyze(MAKERS["MMPose"](tmp_path, seen), lift="squat")
    assert len(result.reps) == 1
    assert [f.where for f in result.findings if f.kind == "rounding"] == ["bottom"]
    assert result.save(tmp_path / "out")["report.html"].is_file()
