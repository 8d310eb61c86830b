"""What is exported comes back as it was, to the precision of the file."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backline.cli.app import run
from backline.errors import MissingExtraError, SourceError, UsageError
from backline.formats.c3d import write_c3d
from backline.formats.opensim import Markers, read_mot, read_trc, write_trc
from backline.formats.table import read_series
from backline.model.posture import FloatArray
from backline.report.export import ENDINGS, dataset, export
from backline.report.result import Result, is_result, load_result
from tests.sources.mocap.marker_body import body


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder, made by the command line from markers."""
    home = tmp_path_factory.mktemp("export")
    write_c3d(home / "lift.c3d", body().c3d())
    assert run(["analyze", str(home / "lift.c3d"), "--out", str(home / "out"), "--quiet"]) == 0
    return home / "out" / "lift"


@pytest.fixture
def result(written: Path) -> Result:
    return load_result(written)


@pytest.fixture
def with_points(written: Path, tmp_path: Path) -> Result:
    """The same with points of a picture, as a video's result has."""
    home = tmp_path / "lift"
    shutil.copytree(written, home)
    series = read_series(home / "series.parquet")
    rng = np.random.default_rng(3)
    places = rng.uniform(0, 900, (len(series), 2, 3))
    places[..., 2] = 0.0
    places[7, 1] = np.nan
    markers = Markers(series["time_s"].to_numpy(), ("nose", "left_hip"), places, "px")
    write_trc(home / "landmarks.trc", markers)
    document = json.loads((home / "analysis.json").read_text())
    document["source"]["height_px"] = 960
    (home / "analysis.json").write_text(json.dumps(document))
    return load_result(home)


def column(result: Result, name: str) -> FloatArray:
    return np.asarray(result.series[name].to_numpy(dtype=float))


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_tables_keep_every_value(result: Result, tmp_path: Path, ending: str) -> None:
    path = export(result, tmp_path / f"a{ending}")
    back = read_series(path)
    assert list(back.columns) == list(result.series.columns)
    for name in ("time_s", "lumbar_flexion_deg", "knee_flexion_deg"):
        found = back[name].to_numpy(dtype=float)
        np.testing.assert_allclose(found, column(result, name), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("ending", [".mot", ".sto"])
def test_opensims_tables_carry_its_signs(result: Result, tmp_path: Path, ending: str) -> None:
    back = read_mot(export(result, tmp_path / f"a{ending}"))
    np.testing.assert_array_equal(
        back.column("lumbar_extension"), -column(result, "lumbar_flexion_deg")
    )
    np.testing.assert_array_equal(back.column("pelvis_tilt"), -column(result, "pelvic_tilt_deg"))
    np.testing.assert_array_equal(back.column("knee_angle_r"), column(result, "knee_flexion_deg"))
    np.testing.assert_array_equal(back.time_s, column(result, "time_s"))


def test_netcdf_has_movements_layout_and_comes_back(with_points: Result, tmp_path: Path) -> None:
    import xarray

    path = export(with_points, tmp_path / "a.nc")
    with xarray.open_dataset(path, engine="h5netcdf") as back:
        assert back["position"].dims == ("time", "space", "keypoints", "individuals")
        assert back["confidence"].dims == ("time", "keypoints", "individuals")
        assert back["space"].to_numpy().tolist() == ["x", "y"]
        assert back["keypoints"].to_numpy().tolist() == ["nose", "left_hip"]
        assert back.attrs["ds_type"] == "poses"
        assert back.attrs["time_unit"] == "seconds"
        # what movement 0.15's ValidPosesInputs asks for, and an opened file is one of poses by
        assert {"time", "space", "keypoints", "individuals"} == set(back["position"].sizes)
        assert back["individuals"].to_numpy().tolist() == ["lifter"]
        assert back.attrs["fps"] > 0
        assert {"position", "confidence"} <= set(back.data_vars)
        assert with_points.points is not None
        raw = with_points.points.positions
        place = back["position"].to_numpy()[..., 0]
        np.testing.assert_array_equal(place[:, 0, 0], raw[:, 0, 0])
        np.testing.assert_array_equal(place[:, 1, 0], 960 - raw[:, 0, 1])  # y down
        assert np.isnan(place[7, :, 1]).all()
        np.testing.assert_array_equal(
            back["lumbar_flexion_deg"].to_numpy(), column(with_points, "lumbar_flexion_deg")
        )
        assert back["lumbar_flexion_deg"].attrs["units"] == "degrees"
        assert "bottom" in set(back["phase"].to_numpy().tolist())


def test_points_of_a_picture_are_none_in_space(with_points: Result, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no landmarks in space"):
        export(with_points, tmp_path / "pose-3d")


def test_without_points_the_dataset_holds_the_angles_alone(result: Result) -> None:
    made = dataset(replace(result, points=None))
    assert "position" not in made
    assert set(made.sizes) == {"time"}


def test_c3d_holds_points_angles_and_the_reps_as_events(
    with_points: Result, tmp_path: Path
) -> None:
    import ezc3d

    back = ezc3d.c3d(str(export(with_points, tmp_path / "a.c3d")))
    labels = back["parameters"]["POINT"]["LABELS"]["value"]
    assert labels[:2] == ["nose", "left_hip"]
    assert back["parameters"]["POINT"]["ANGLES"]["value"] == labels[2:]
    values = back["data"]["points"][:3]
    truth = column(with_points, "lumbar_flexion_deg")
    np.testing.assert_allclose(values[0, labels.index("lumbar_flexion")], truth, atol=1e-5)
    assert with_points.points is not None
    np.testing.assert_allclose(values[:, 0].T, with_points.points.positions[:, 0], rtol=1e-6)
    assert np.isnan(values[:, 1, 7]).all()
    events = back["parameters"]["EVENT"]
    rep = with_points.document["reps"][0]
    assert events["LABELS"]["value"] == ["rep 1 start", "rep 1 bottom", "rep 1 end"]
    seconds = 60 * events["TIMES"]["value"][0] + events["TIMES"]["value"][1]
    assert seconds[1] == pytest.approx(rep["bottom_s"], abs=1e-4)
    assert back["header"]["points"]["frame_rate"] == pytest.approx(50.0)


def test_uneven_times_are_evened_in_a_c3d(result: Result, tmp_path: Path) -> None:
    import ezc3d

    n = 101
    uneven = np.linspace(0, 1, n) ** 1.1 * 4.0
    series = result.series.iloc[:n].copy()
    series["time_s"] = uneven
    series["lumbar_flexion_deg"] = 3.0 * uneven
    made = Result("uneven", {**result.document, "reps": []}, series, None)
    back = ezc3d.c3d(str(export(made, tmp_path / "a.c3d")))
    labels = back["parameters"]["POINT"]["LABELS"]["value"]
    rate = back["header"]["points"]["frame_rate"]
    values = back["data"]["points"][0, labels.index("lumbar_flexion")]
    np.testing.assert_allclose(values, 3.0 * np.arange(n) / rate, atol=1e-3)


def test_points_come_back_from_a_trc(with_points: Result, tmp_path: Path) -> None:
    back = read_trc(export(with_points, tmp_path / "a.trc"))
    assert with_points.points is not None
    np.testing.assert_array_equal(back.positions, with_points.points.positions)


def test_what_cannot_be_written_is_told(result: Result, tmp_path: Path) -> None:
    alone = replace(result, points=None)
    with pytest.raises(UsageError, match="holds no landmarks"):
        export(alone, tmp_path / "a.trc")
    with pytest.raises(UsageError, match="no landmarks in space"):
        export(alone, tmp_path / "pose-3d")
    with pytest.raises(UsageError, match=r"ends in '\.xlsx'") as caught:
        export(result, tmp_path / "a.xlsx")
    assert all(ending in str(caught.value) for ending in ENDINGS)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_result_is_told(tmp_path: Path) -> None:
    assert not is_result(tmp_path)
    with pytest.raises(SourceError, match="no result of Backline"):
        load_result(tmp_path)
    (tmp_path / "analysis.json").write_text("{")
    with pytest.raises(SourceError, match="analyse the lift again"):
        load_result(tmp_path)


def test_the_command_writes_what_is_asked_for(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(tmp_path / name) for name in ("a.c3d", "a.nc", "a.sto")]
    assert run(["export", str(written), *files]) == 0
    assert capsys.readouterr().out.split() == files
    assert all(Path(file).stat().st_size > 0 for file in files)
    assert run(["export", str(written), str(tmp_path / "a.abc")]) == 2
    assert run(["export", str(tmp_path), files[0]]) == 3
    assert "no result of Backline" in capsys.readouterr().err


def test_the_command_writes_nothing_where_one_of_its_files_cannot_be_written(
    written: Path, tmp_path: Path
) -> None:
    assert run(["export", str(written), str(tmp_path / "a.csv"), str(tmp_path / "a.abc")]) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("library", ["xarray", "h5netcdf"])
def test_a_missing_library_of_netcdf_is_told_with_how_to_install_it(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=r"Writing netCDF.*\[files\]"):
        export(result, tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []
