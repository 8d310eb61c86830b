"""OpenSim's text formats: exact headers, exact numbers, errors that name the line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backline.errors import BacklineError, SourceError
from backline.formats.opensim import Markers, Motion, read_mot, read_trc, write_mot, write_trc

DOUBLES = st.one_of(st.just(np.nan), st.floats(-9000, 9000).filter(lambda x: x != 0))
"""Whatever is measured; zeros in all of a marker's coordinates, and nines, mark a lost one."""


def motion() -> Motion:
    values = np.array([[1.0, -0.5], [2.25, np.nan], [1 / 3, 1e-17]])
    return Motion(np.array([0.0, 0.1, 0.2]), ("lumbar_extension", "hip_flexion_r"), values)


def markers() -> Markers:
    positions = np.arange(1, 19, dtype=float).reshape(3, 2, 3) / 7
    positions[1, 1] = np.nan
    return Markers(np.array([0.0, 0.02, 0.04]), ("C7", "S1"), positions)


def test_mot_has_the_header_that_opensim_reads(tmp_path: Path) -> None:
    write_mot(tmp_path / "a.mot", motion())
    lines = (tmp_path / "a.mot").read_bytes().decode().split("\n")
    assert lines[:8] == [
        "Coordinates",
        "version=1",
        "nRows=3",
        "nColumns=3",
        "inDegrees=yes",
        "",
        "endheader",
        "time\tlumbar_extension\thip_flexion_r",
    ]
    assert lines[8] == "0.0\t1.0\t-0.5"
    assert lines[9] == "0.1\t2.25\tnan"
    assert lines[11:] == [""]


def test_trc_has_the_header_that_opensim_reads(tmp_path: Path) -> None:
    write_trc(tmp_path / "walk.trc", markers())
    lines = (tmp_path / "walk.trc").read_bytes().decode().split("\n")
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\twalk.trc"
    assert lines[1].split("\t") == [
        "DataRate",
        "CameraRate",
        "NumFrames",
        "NumMarkers",
        "Units",
        "OrigDataRate",
        "OrigDataStartFrame",
        "OrigNumFrames",
    ]
    assert lines[2] == "50.0\t50.0\t3\t2\tm\t50.0\t1\t3"
    assert lines[3] == "Frame#\tTime\tC7\t\t\tS1\t\t"
    assert lines[4] == "\t\tX1\tY1\tZ1\tX2\tY2\tZ2"
    assert lines[5] == ""
    assert lines[6].split("\t")[:3] == ["1", "0.0", repr(1 / 7)]
    # Frame, time and three cells a marker in every row, seen or not.
    assert {len(line.split("\t")) for line in (lines[3], lines[4], *lines[6:9])} == {8}
    assert lines[7].split("\t")[5:] == ["nan", "nan", "nan"]
    assert lines[9:] == [""]


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (4, 3), elements=DOUBLES))
def test_every_double_comes_back_the_same_from_mot(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("mot") / "a.sto"
    times = np.arange(4) * 1001 / 30000
    write_mot(path, Motion(times, ("a", "b", "c"), values, "x", in_degrees=False))
    back = read_mot(path)
    np.testing.assert_array_equal(back.values, values)
    np.testing.assert_array_equal(back.time_s, times)
    assert (back.columns, back.name, back.in_degrees) == (("a", "b", "c"), "x", False)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (3, 2, 3), elements=DOUBLES), st.sampled_from(["m", "mm", "px"]))
def test_every_double_comes_back_the_same_from_trc(
    tmp_path_factory: pytest.TempPathFactory, positions: np.ndarray, unit: str
) -> None:
    path = tmp_path_factory.mktemp("trc") / "a.trc"
    times = np.array([0.0, 1 / 30, 0.1])
    write_trc(path, Markers(times, ("A", "B"), positions, unit))  # type: ignore[arg-type]
    back = read_trc(path)
    seen = np.isfinite(positions).all(axis=2, keepdims=True)
    np.testing.assert_array_equal(back.positions, np.where(seen, positions, np.nan))
    np.testing.assert_array_equal(back.time_s, times)
    assert (back.names, back.unit) == (("A", "B"), unit)


def test_one_sample_and_none_come_back(tmp_path: Path) -> None:
    for n in (0, 1):
        write_mot(tmp_path / "a.mot", Motion(np.zeros(n), ("a",), np.zeros((n, 1))))
        assert read_mot(tmp_path / "a.mot").values.shape == (n, 1)
        write_trc(tmp_path / "a.trc", Markers(np.zeros(n), ("a",), np.zeros((n, 1, 3))))
        assert read_trc(tmp_path / "a.trc").positions.shape == (n, 1, 3)


def test_simm_header_is_read(tmp_path: Path) -> None:
    text = (
        "name squat.mot\ndatacolumns 3\ndatarows 2\notherdata 1\nrange 0.0 0.1\nendheader\n"
        "time a b\n 0.0 1 2\n 0.1 3 4\n"
    )
    (tmp_path / "a.mot").write_text(text)
    back = read_mot(tmp_path / "a.mot")
    assert (back.name, back.columns) == ("squat.mot", ("a", "b"))
    assert back.in_degrees  # SIMM's motions are in degrees
    assert back.values.tolist() == [[1, 2], [3, 4]]
    assert back.column("b").tolist() == [2, 4]


def test_windows_line_ends_and_blank_lines_are_read(tmp_path: Path) -> None:
    text = "x\r\nversion=1\r\nnRows = 1\r\nnColumns = 2\r\ninDegrees = no\r\nendheader\r\n\r\n"
    (tmp_path / "a.sto").write_bytes((text + "time\ta\r\n0\t1.5\r\n\r\n").encode())
    back = read_mot(tmp_path / "a.sto")
    assert back.values.tolist() == [[1.5]]
    assert not back.in_degrees


def test_empty_cells_of_a_trc_are_markers_not_seen(tmp_path: Path) -> None:
    head = "PathFileType\t4\t(X/Y/Z)\ta.trc\nDataRate\tUnits\tNumMarkers\n60\tmm\t2\n"
    labels = "Frame#\tTime\tA\t\t\tB\t\t\t\n\t\tX1\tY1\tZ1\tX2\tY2\tZ2\t\n\n"
    rows = "1\t0.0\t\t\t\t4\t5\t6\n2\t0.1\t1\t2\t3\n3\t0.2\t1\t2\t3\t4\t5\t6\t\t\n"
    (tmp_path / "a.trc").write_text(head + labels + rows)
    back = read_trc(tmp_path / "a.trc")
    assert back.unit == "mm"
    assert np.isnan(back.positions[0, 0]).all()
    assert np.isnan(back.positions[1, 1]).all()
    assert back.positions[2].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_irregular_times_give_their_mean_rate() -> None:
    times = np.array([0.0, 0.01, 0.05, 0.1])
    assert Markers(times, (), np.zeros((4, 0, 3))).rate_hz == pytest.approx(30)


BROKEN_MOT = [
    # change to the text; what the sentence must name
    (("endheader\n", ""), "no line 'endheader'"),
    (("0.1\t2.25\tnan", "0.1\t2.25"), "line 10: 2 values were found and 3 were expected"),
    (("2.25", "two"), "line 10: 'two' was found where a number"),
    (("time\t", "frame\t"), "line 8: a line of column names"),
]


@pytest.mark.parametrize(("change", "named"), BROKEN_MOT)
def test_a_broken_mot_is_refused_with_its_line(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    path = tmp_path / "a.mot"
    write_mot(path, motion())
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(SourceError, match=named):
        read_mot(path)


BROKEN_TRC = [
    (("PathFileType", "Something"), "line 1: 'PathFileType' was expected"),
    (("\tm\t", "\tfurlong\t"), "line 3: the unit is 'furlong'"),
    (("0.02", "soon"), "line 8: 'soon' was found where a number"),
    (("2\t0.02\t", "2\t0.02\t9\t9\t"), "line 8: 10 values were found and 8 were expected"),
]


@pytest.mark.parametrize(("change", "named"), BROKEN_TRC)
def test_a_broken_trc_is_refused_with_its_line(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    path = tmp_path / "a.trc"
    write_trc(path, markers())
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(SourceError, match=named):
        read_trc(path)


@pytest.mark.parametrize(
    "change",
    [("nRows=3", "nRows=some"), ("nRows=3", "nRows=2"), ("nColumns=3", "nColumns=9")],
)
def test_what_is_there_counts_where_a_mot_states_another_number(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    path = tmp_path / "a.mot"
    write_mot(path, motion())
    path.write_text(path.read_text().replace(*change))
    np.testing.assert_array_equal(read_mot(path).values, motion().values)


@pytest.mark.parametrize("stated", ["3\t4", "2\t2", "3\t1", "x\ty"])
def test_what_is_there_counts_where_a_trc_states_another_number(
    tmp_path: Path, stated: str
) -> None:
    path = tmp_path / "a.trc"
    write_trc(path, markers())
    text = path.read_text()
    path.write_text(text.replace("50.0\t50.0\t3\t2", f"50.0\t50.0\t{stated}"))
    np.testing.assert_array_equal(read_trc(path).positions, markers().positions)


def cut_in_its_second_row(path: Path, mark: bytes, kept: int) -> None:
    """Cut a file off so many bytes behind a number of its second row."""
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(mark) + kept])


@pytest.mark.parametrize("kept", [2, 3, 4])  # within 2.25 and 0.02: what is left is a number still
def test_of_a_file_cut_through_a_number_the_whole_rows_are_read(tmp_path: Path, kept: int) -> None:
    write_mot(tmp_path / "a.mot", motion())
    write_trc(tmp_path / "a.trc", markers())
    cut_in_its_second_row(tmp_path / "a.mot", b"2.25", kept)
    cut_in_its_second_row(tmp_path / "a.trc", b"0.02", kept)
    table, points = read_mot(tmp_path / "a.mot"), read_trc(tmp_path / "a.trc")
    np.testing.assert_array_equal(table.values, motion().values[: len(table.time_s)])
    np.testing.assert_array_equal(points.positions, markers().positions[:1])
    assert table.rows_stated == points.frames_stated == 3
    assert 0 < len(table.time_s) < 3


def test_a_last_row_that_lost_a_value_is_left_out(tmp_path: Path) -> None:
    write_mot(tmp_path / "a.mot", motion())
    whole = (tmp_path / "a.mot").read_text().rstrip("\n")
    (tmp_path / "a.mot").write_text(whole[: whole.rindex("\t")])
    np.testing.assert_array_equal(read_mot(tmp_path / "a.mot").values, motion().values[:2])


def test_a_whole_file_without_a_last_line_end_is_read_whole(tmp_path: Path) -> None:
    write_mot(tmp_path / "a.mot", motion())
    write_trc(tmp_path / "a.trc", markers())
    for name in ("a.mot", "a.trc"):
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes().rstrip(b"\n"))
    np.testing.assert_array_equal(read_mot(tmp_path / "a.mot").values, motion().values)
    np.testing.assert_array_equal(read_trc(tmp_path / "a.trc").positions, markers().positions)


def test_a_trc_that_ends_within_its_header_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.trc").write_text("PathFileType\t4\t(X/Y/Z)\ta.trc\nDataRate\tUnits\n60\tmm\n")
    with pytest.raises(SourceError, match="ends after line 3, within its header"):
        read_trc(tmp_path / "a.trc")


@pytest.mark.parametrize("read", [read_mot, read_trc])
def test_missing_and_binary_files_are_refused(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(SourceError, match="cannot be read"):
        read(tmp_path / "gone")
    (tmp_path / "a").write_bytes(b"\xff\xfe\x80\x81" * 40)
    with pytest.raises(SourceError, match="not a text file"):
        read(tmp_path / "a")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(SourceError, match="endheader"):
        read_mot(tmp_path / "a")
    with pytest.raises(SourceError, match="PathFileType"):
        read_trc(tmp_path / "a")


def test_names_that_would_break_the_table_are_refused() -> None:
    with pytest.raises(ValueError, match="without blanks"):
        Motion(np.zeros(1), ("hip flexion",), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="each name once"):
        Markers(np.zeros(1), ("A", "A"), np.zeros((1, 2, 3)))
    with pytest.raises(ValueError, match=r"expected shape \(1, 1\)"):
        Motion(np.zeros(1), ("a",), np.zeros((2, 1)))
    with pytest.raises(KeyError, match="no column 'x'"):
        motion().column("x")


def test_nothing_is_left_where_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BacklineError, match="cannot be written"):
        write_mot(tmp_path / "file" / "a.mot", motion())
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_real_opensim_motion_is_read(shared_dir: Path) -> None:
    back = read_mot(shared_dir / "mocap" / "squats1_videoAndMocap.mot")
    assert (len(back.time_s), len(back.columns) + 1) == (801, 36)
    assert back.in_degrees
    assert np.diff(back.time_s) == pytest.approx(np.full(800, 0.01), abs=1e-6)
    # Five squats; the README gives the times of deepest knee bend.
    knee = back.column("knee_angle_r")
    for peak_s in (0.95, 2.46, 3.97, 5.56, 7.18):
        near = np.abs(back.time_s - peak_s) < 0.5
        assert back.time_s[near][knee[near].argmax()] == pytest.approx(peak_s, abs=0.1)
