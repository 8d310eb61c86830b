"""The series as a table: empty where unmeasured, whole numbers whole, nothing lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backline.errors import SourceError
from backline.formats.table import read_series, write_series


def series() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "frame": [0, 1, 2],
            "time_s": [0.0, 1001 / 30000, 3600.123456789],
            "rep": [np.nan, 1.0, 2.0],
            "phase": ["standing", "descent", None],
            "measurable": [True, True, False],
            "lumbar_flexion_deg": [1 / 3, -1e-9, np.nan],
        }
    )


def test_csv_is_written_as_the_contract_says(tmp_path: Path) -> None:
    csv, _ = write_series(series(), tmp_path)
    assert csv.name == "series.csv"
    assert csv.read_bytes().decode().split("\n") == [
        "frame,time_s,rep,phase,measurable,lumbar_flexion_deg",
        "0,0.0,,standing,1,0.333333",
        "1,0.033366667,1,descent,1,0.0",  # no negative zero
        "2,3600.123456789,2,,0,",  # not measurable: empty, never zero
        "",
    ]


def test_parquet_holds_every_digit_and_nulls(tmp_path: Path) -> None:
    _, parquet = write_series(series(), tmp_path)
    assert parquet.name == "series.parquet"
    back = pd.read_parquet(parquet)
    assert back["time_s"].tolist() == series()["time_s"].tolist()
    assert back["lumbar_flexion_deg"][0] == 1 / 3
    assert back["lumbar_flexion_deg"].isna().tolist() == [False, False, True]
    assert [str(back[c].dtype) for c in ("frame", "rep", "measurable")] == ["Int64"] * 3
    assert back["rep"].isna().tolist() == [True, False, False]
    assert back["measurable"].tolist() == [1, 1, 0]


@pytest.mark.parametrize("which", [0, 1])
def test_either_file_is_read_back(tmp_path: Path, which: int) -> None:
    back = read_series(write_series(series(), tmp_path)[which])
    assert list(back.columns) == list(series().columns)
    assert back["rep"].dtype == "Int64"
    assert back["rep"].isna().tolist() == [True, False, False]
    assert back["lumbar_flexion_deg"].to_numpy() == pytest.approx(
        [1 / 3, 0, np.nan], nan_ok=True, abs=1e-6
    )
    assert back["time_s"].to_numpy() == pytest.approx(series()["time_s"].to_numpy(), abs=1e-9)


def test_rep_zero_means_no_rep(tmp_path: Path) -> None:
    csv, _ = write_series(pd.DataFrame({"frame": [0, 1], "rep": [0, 1]}), tmp_path)
    assert csv.read_text() == "frame,rep\n0,\n1,1\n"


def test_a_column_that_is_wholly_unmeasured_is_empty(tmp_path: Path) -> None:
    csv, parquet = write_series(
        pd.DataFrame({"frame": [0, 1], "rep": [None, None], "x_deg": [np.nan, np.nan]}), tmp_path
    )
    assert csv.read_text() == "frame,rep,x_deg\n0,,\n1,,\n"
    assert pd.read_parquet(parquet)["x_deg"].isna().all()


def test_a_foreign_index_is_left_out(tmp_path: Path) -> None:
    frame = series().set_index(pd.Index([7, 8, 9]))
    csv, parquet = write_series(frame, tmp_path)
    assert csv.read_text().startswith("frame,")
    assert list(pd.read_parquet(parquet).index) == [0, 1, 2]


def test_the_given_table_is_not_changed(tmp_path: Path) -> None:
    given, before = series(), series()
    write_series(given, tmp_path)
    pd.testing.assert_frame_equal(given, before)


def test_half_a_rep_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rep: expected whole numbers"):
        write_series(pd.DataFrame({"rep": [1.5]}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_made(tmp_path: Path) -> None:
    csv, parquet = write_series(series(), tmp_path / "results" / "squat")
    assert sorted(p.name for p in csv.parent.iterdir()) == [csv.name, parquet.name]


@pytest.mark.parametrize("name", ["series.parquet", "series.csv"])
def test_what_is_no_series_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="cannot be read as a series"):
        read_series(tmp_path / name)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(SourceError, match="cannot be read as a series"):
        read_series(tmp_path / name)
