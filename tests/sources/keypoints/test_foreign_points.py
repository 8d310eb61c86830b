"""Keypoint files with what programs write for "not there", jumps, twins and missing frames."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from backline.errors import MissingExtraError, NotMeasurableError, SourceError
from backline.formats.opensim import Markers, write_trc
from backline.model.measurement import Measured
from backline.sources.keypoints import movement_file, tables
from backline.sources.registry import open_source, reader_of
from tests.sources.keypoints import files
from tests.sources.keypoints.pictured import PLAN, RATE, picture
from tests.sources.keypoints.test_keypoints import NAMED, named
from tests.sources.mocap.marker_body import Body, body

GAP = slice(190, 205)
"""Fifteen frames around the bottom."""
C7 = NAMED.index("C7")


def trc(path: Path, rows: np.ndarray) -> Path:
    places = rows.copy()
    places[..., 2] = 0.0
    write_trc(path, Markers(np.arange(len(rows)) / RATE, NAMED, places, "px"))
    return path


WRITERS: dict[str, Callable[[Path, np.ndarray], Path]] = {
    "COCO": lambda d, rows: files.coco(d / "a.json", rows, NAMED),
    "MMPose": lambda d, rows: files.mmpose(d / "a.json", rows, NAMED),
    "DeepLabCut": lambda d, rows: files.deeplabcut(d / "a.csv", rows, NAMED),
    "DeepLabCut HDF5": lambda d, rows: files.deeplabcut_h5(d / "a.h5", rows, NAMED),
    "SLEAP CSV": lambda d, rows: files.sleap_csv(d / "a.csv", rows, NAMED),
    "SLEAP HDF5": lambda d, rows: files.sleap_h5(d / "a.h5", rows, NAMED),
    "SLEAP project": lambda d, rows: files.sleap_project(d / "a.slp", rows, NAMED),
    "movement": lambda d, rows: files.movement(d / "a.nc", rows, NAMED, RATE),
    "TRC": lambda d, rows: trc(d / "a_px_.trc", rows),
}
MARKS = {
    "zeros": (0.0, 0.0, 0.9),
    "zeros without confidence": (0.0, 0.0, 0.0),
    "minus one": (-1.0, -1.0, 0.9),
    "nines": (9999999.0, 9999999.0, 0.9),
    "NaN": (np.nan, np.nan, 0.9),
}


def measure(path: Path) -> Measured:
    return open_source(path if path.suffix == ".trc" else f"{path}@{RATE}")


def check_gap(measured: Measured, reason: str) -> None:
    """The planted angles everywhere but in the gap, and nothing there."""
    seen, posture = picture(), measured.posture
    assert len(posture) == len(seen.time_s)
    assert np.isnan(posture.lumbar_flexion_deg[GAP]).all()
    assert set(posture.reason[GAP]) == {reason}
    assert posture.measurable.sum() == len(posture) - 15
    others = np.r_[0 : GAP.start, GAP.stop : len(posture)]
    expected = PLAN.lumbar * seen.depth[others]
    np.testing.assert_allclose(posture.lumbar_flexion_deg[others], expected, atol=0.6)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("kind", WRITERS)
def test_a_point_that_was_not_found_is_a_gap(tmp_path: Path, kind: str, mark: str) -> None:
    rows = named(picture())
    rows[GAP, C7] = MARKS[mark]
    check_gap(measure(WRITERS[kind](tmp_path, rows)), "point_not_seen")


@pytest.mark.parametrize("kind", WRITERS)
def test_a_point_that_carries_anothers_data_is_withheld(tmp_path: Path, kind: str) -> None:
    rows = named(picture())
    rows[GAP, C7] = rows[GAP, NAMED.index("RKnee")]
    check_gap(measure(WRITERS[kind](tmp_path, rows)), "implausible")


@pytest.mark.parametrize("kind", WRITERS)
def test_a_point_that_jumps_is_withheld(tmp_path: Path, kind: str) -> None:
    rows = named(picture())
    rows[GAP, C7, 0] += 150.0
    check_gap(measure(WRITERS[kind](tmp_path, rows)), "implausible")


def test_twins_for_the_whole_file_measure_nothing(tmp_path: Path) -> None:
    rows = named(picture())
    rows[:, C7] = rows[:, NAMED.index("RPSIS")]
    measured = measure(files.coco(tmp_path / "a.json", rows, NAMED))
    assert measured.quality.verdict == "refused"
    assert not measured.posture.measurable.any()


def test_missing_files_of_openpose_leave_a_gap_in_time(tmp_path: Path) -> None:
    from backline.sources.keypoints.layouts import SYNTHPOSE

    folder = files.openpose(tmp_path / "o", picture().rows(SYNTHPOSE))
    for i in range(GAP.start, GAP.stop):
        (folder / f"lift_{i:012d}_keypoints.json").unlink()
    check_gap(open_source(f"{folder}@{RATE}"), "point_not_seen")


@pytest.mark.parametrize("kind", ["DeepLabCut", "SLEAP CSV"])
def test_missing_rows_leave_a_gap_in_time(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path, named(picture()))
    head = 3 if kind == "DeepLabCut" else 1
    lines = path.read_text().splitlines()
    del lines[head + GAP.start : head + GAP.stop]
    path.write_text("\n".join(lines))
    check_gap(measure(path), "point_not_seen")


def test_missing_rows_of_deeplabcuts_hdf5_leave_a_gap_in_time(tmp_path: Path) -> None:
    import pandas as pd

    path = files.deeplabcut_h5(tmp_path / "a.h5", named(picture()), NAMED)
    table = pd.read_hdf(path)
    table.drop(index=range(GAP.start, GAP.stop)).to_hdf(
        path, key="df_with_missing", format="table", mode="w"
    )
    check_gap(measure(path), "point_not_seen")


def test_missing_frames_of_movement_leave_a_gap_in_time(tmp_path: Path) -> None:
    import xarray

    path = files.movement(tmp_path / "a.nc", named(picture()), NAMED, None)
    with xarray.open_dataset(path, engine="h5netcdf") as opened:
        whole = opened.load()
    kept = np.delete(np.arange(whole.sizes["time"]), GAP)
    whole.isel(time=kept).to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    check_gap(measure(tmp_path / "b.nc"), "point_not_seen")


def test_columns_given_twice_are_asked_about(tmp_path: Path) -> None:
    rows = named(picture())
    twice = (*NAMED, "C7")
    both = np.concatenate([rows, rows[:, C7 : C7 + 1] + 40.0], axis=1)
    for path in (
        files.deeplabcut(tmp_path / "a.csv", both, twice),
        files.sleap_csv(tmp_path / "b.csv", both, twice),
        files.deeplabcut_h5(tmp_path / "a.h5", both, twice),
    ):
        with pytest.raises(SourceError, match=r"two columns 'C7.*differ"):
            measure(path)
    for path in (
        files.coco(tmp_path / "a.json", both, twice),
        files.mmpose(tmp_path / "b.json", both, twice),
        files.sleap_h5(tmp_path / "b.h5", both, twice),
        files.sleap_project(tmp_path / "b.slp", both, twice),
        files.movement(tmp_path / "b.nc", both, twice, RATE),
    ):
        with pytest.raises(NotMeasurableError, match="two points called 'C7' that differ"):
            measure(path)


def test_a_point_given_twice_alike_is_one(tmp_path: Path) -> None:
    rows = named(picture())
    both = np.concatenate([rows, rows[:, C7 : C7 + 1]], axis=1)
    posture = measure(files.coco(tmp_path / "a.json", both, (*NAMED, "C7"))).posture
    assert posture.measurable.all()
    assert np.nanmax(posture.lumbar_flexion_deg) == pytest.approx(PLAN.lumbar, abs=0.5)


@pytest.mark.parametrize(
    "content",
    [
        {"instance_info": []},
        {"instance_info": [7]},
        {"instance_info": [{"frame_id": 1, "instances": 3}]},
        {"instance_info": [{"frame_id": 1, "instances": [{"keypoints": "1,2,3"}]}]},
        {"instance_info": [{"frame_id": 1, "instances": [{"keypoints": [[1], [2]]}]}]},
        {"instance_info": [{"instances": []}], "meta_info": []},
        {"annotations": [{"image_id": 0, "keypoints": "12 13 0.9"}]},
        {"annotations": [{"image_id": 0, "keypoints": ["a", "b", "c"]}]},
        {"annotations": [{"image_id": [0], "keypoints": [1, 2, 3]}]},
        {"annotations": [{"image_id": 0, "keypoints": [1, 2, 3]}], "images": [3]},
        {"annotations": [{"image_id": 0, "keypoints": [1, 2, 3]}], "categories": [{}]},
        {"annotations": [{"image_id": 10**30, "keypoints": [1, 2, 3]}]},
    ],
)
def test_json_built_in_another_way_is_told_in_one_sentence(tmp_path: Path, content: object) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises((SourceError, NotMeasurableError)) as caught:
        measure(tmp_path / "a.json")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "people", [[[1, 2, 3]], [7], [{}], [{"pose_keypoints_2d": "x"}], [{"pose_keypoints_2d": 4}], 3]
)
def test_openpose_built_in_another_way_is_told_in_one_sentence(
    tmp_path: Path, people: object
) -> None:
    for i in range(3):
        (tmp_path / f"{i}_keypoints.json").write_text(json.dumps({"people": people}))
    with pytest.raises(SourceError) as caught:
        open_source(f"{tmp_path}@30")
    assert "\n" not in str(caught.value)


def test_deeplabcuts_labels_set_by_hand_are_measured(tmp_path: Path) -> None:
    # no likelihood, and the picture's path in three cells
    rows = named(picture())
    lines = [
        ",".join(["scorer,,", *["anna"] * 2 * len(NAMED)]),
        ",".join(["bodyparts,,", *(name for name in NAMED for _ in "xy")]),
        ",".join(["coords,,", *["x", "y"] * len(NAMED)]),
    ]
    for i, row in enumerate(rows):
        cells = map(repr, row[:, :2].ravel().tolist())
        lines.append(",".join(["labeled-data,lift", f"img{i:04d}.png", *cells]))
    path = tmp_path / "CollectedData_anna.csv"
    path.write_text("\n".join(lines))
    posture = measure(path).posture
    assert posture.measurable.all()
    assert np.nanmax(posture.lumbar_flexion_deg) == pytest.approx(PLAN.lumbar, abs=0.5)


def test_deeplabcuts_labels_set_by_hand_in_hdf5_are_measured(tmp_path: Path) -> None:
    # pandas' other layout; rows are called by folder, video and picture, and some have no label
    import pandas as pd

    rows = np.delete(named(picture()), np.r_[GAP], axis=0)
    kept = [i for i in range(len(picture().time_s)) if not GAP.start <= i < GAP.stop]
    columns = pd.MultiIndex.from_product(
        [["anna"], NAMED, ["x", "y"]], names=["scorer", "bodyparts", "coords"]
    )
    pictures = pd.MultiIndex.from_tuples(
        [("labeled-data", "lift", f"img{i:04d}.png") for i in kept]
    )
    table = pd.DataFrame(rows[..., :2].reshape(len(rows), -1), columns=columns, index=pictures)
    path = tmp_path / "CollectedData_anna.h5"
    table.to_hdf(path, key="df_with_missing", mode="w")
    check_gap(measure(path), "point_not_seen")


def test_sleaps_labels_set_by_hand_are_measured(tmp_path: Path) -> None:
    rows = named(picture())
    rows[..., 2] = np.nan
    path = files.sleap_csv(tmp_path / "a.csv", rows, NAMED)
    path.write_text(path.read_text().replace("nan", ""))
    for source in (path, files.sleap_h5(tmp_path / "a.h5", rows, NAMED)):
        posture = measure(source).posture
        assert posture.measurable.all()
        assert np.nanmax(posture.lumbar_flexion_deg) == pytest.approx(PLAN.lumbar, abs=0.5)


@pytest.mark.parametrize(
    ("module", "name", "what"),
    [(tables, "a.h5", "HDF5"), (tables, "a.slp", "HDF5"), (movement_file, "a.nc", "netCDF")],
)
def test_a_missing_library_is_told_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, what: str
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    (tmp_path / name).write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600))
    with pytest.raises(MissingExtraError, match=rf"{what}.*\[files\]"):
        measure(tmp_path / name)


# SLEAP's projects, movement's netCDF, points in space.


def check_planted(measured: Measured) -> None:
    posture = measured.posture
    assert posture.measurable.all()
    np.testing.assert_allclose(posture.lumbar_flexion_deg, PLAN.lumbar * picture().depth, atol=0.5)


@pytest.mark.parametrize("by_hand", [(), tuple(range(0, 400, 20))])
def test_a_project_of_sleap_gives_the_planted_angles(
    tmp_path: Path, by_hand: tuple[int, ...]
) -> None:
    path = files.sleap_project(tmp_path / "a.slp", named(picture()), NAMED, by_hand)
    assert reader_of(path).id == "hdf5"
    check_planted(measure(path))


def test_a_project_of_several_videos_is_asked_about(tmp_path: Path) -> None:
    import h5py

    path = files.sleap_project(tmp_path / "a.slp", named(picture())[:9], NAMED)
    with h5py.File(path, "r+") as file:
        frames = file["frames"][:]
        frames["video"][4:] = 1
        file["frames"][:] = frames
    with pytest.raises(SourceError, match="labels of 2 videos"):
        measure(path)


@pytest.mark.parametrize("singular", [False, True])
@pytest.mark.parametrize("rate", [RATE, None])
def test_movements_netcdf_gives_the_planted_angles(
    tmp_path: Path, rate: float | None, singular: bool
) -> None:
    path = files.movement(tmp_path / "a.nc", named(picture()), NAMED, rate, singular=singular)
    check_planted(open_source(path if rate else f"{path}@{RATE}"))


def test_another_netcdf_is_told(tmp_path: Path) -> None:
    import xarray

    xarray.Dataset({"rain": ("time", [1.0, 2.0])}).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with pytest.raises(SourceError, match="without a variable 'position'"):
        open_source(tmp_path / "a.nc")
    (tmp_path / "b.nc").write_bytes((tmp_path / "a.nc").read_bytes()[:900])
    with pytest.raises(SourceError, match="no whole netCDF"):
        open_source(tmp_path / "b.nc")


def in_space() -> tuple[Body, np.ndarray, tuple[str, ...]]:
    lifter = body()
    return lifter, np.stack(list(lifter.at.values()), axis=1), tuple(lifter.at)


@pytest.mark.parametrize("unit", ["mm", "m", "cm"])
def test_movements_points_in_space_are_markers(tmp_path: Path, unit: str) -> None:
    lifter, at, names = in_space()
    at = at * {"mm": 1.0, "m": 0.001, "cm": 0.1}[unit]
    rows = np.concatenate([at[..., :2], np.ones((*at.shape[:2], 1))], axis=-1)
    path = files.movement(tmp_path / "a.nc", rows, names, 50.0, depth=at[..., 2])
    measured = open_source(path)
    assert measured.source.kind == "mocap"
    assert measured.settings["unit"] == unit
    # movement's files state no unit: nothing is called wrong
    assert (measured.quality.verdict, measured.quality.reasons) == ("ok", ())
    np.testing.assert_allclose(measured.posture.lumbar_flexion_deg, 18 * lifter.depth, atol=0.25)


def test_deeplabcuts_points_in_space_are_markers(tmp_path: Path) -> None:
    lifter, at, names = in_space()
    lines = [
        ",".join(["scorer", *["DLC_3D"] * 3 * len(names)]),
        ",".join(["bodyparts", *(name for name in names for _ in "xyz")]),
        ",".join(["coords", *"xyz" * len(names)]),
        *(",".join([str(i), *map(repr, row.ravel().tolist())]) for i, row in enumerate(at)),
    ]
    path = tmp_path / "a_DLC_3D.csv"
    path.write_text("\n".join(lines))
    measured = open_source(f"{path}@50")
    assert measured.source.kind == "mocap"
    np.testing.assert_allclose(measured.posture.lumbar_flexion_deg, 18 * lifter.depth, atol=0.25)


@pytest.mark.parametrize("kind", ["DeepLabCut", "SLEAP CSV"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_semicolons_decimal_commas_and_encodings_give_the_same(
    tmp_path: Path, kind: str, encoding: str
) -> None:
    path = WRITERS[kind](tmp_path, named(picture()))
    head = 3 if kind == "DeepLabCut" else 1
    lines = path.read_text().replace(",", ";").replace("DLC_resnet50", "DLC_Hüfte").split("\n")
    lines[head:] = [line.replace(".", ",") for line in lines[head:]]
    path.write_bytes("\n".join(lines).encode(encoding))
    check_planted(measure(path))


@pytest.mark.parametrize("kind", ["COCO", "TRC"])
@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_json_and_trc_in_any_encoding_give_the_same(
    tmp_path: Path, kind: str, encoding: str
) -> None:
    path = WRITERS[kind](tmp_path, named(picture()))
    path.write_bytes(path.read_text().replace("RWrist", "RHandgelenkü").encode(encoding))
    check_planted(measure(path))
