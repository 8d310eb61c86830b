"""Motive's, Qualisys', Visual3D's and Anipose's tables give the markers that were put into them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backline.errors import NotMeasurableError, SourceError, UsageError
from backline.formats.marker_tables import (
    MARKER_TABLES,
    read_anipose,
    read_motive,
    read_qualisys,
    read_visual3d,
)
from backline.formats.opensim import Markers
from backline.sources.readers import READERS
from backline.sources.registry import SourceOptions, open_source, reader_of
from tests.sources.mocap.marker_body import body
from tests.sources.mocap.table_writers import anipose, motive, qualisys, visual3d

RATE_HZ = 50
WRITERS: dict[str, Callable[[Path, Markers], Path]] = {
    "motive-csv": lambda d, m: motive(d / "take.csv", m),
    "qualisys-tsv": lambda d, m: qualisys(d / "lift.tsv", m),
    "visual3d-text": lambda d, m: visual3d(d / "lift.txt", m),
    "anipose-csv": lambda d, m: anipose(d / "pose_3d.csv", m),
}
TIMELESS = ("visual3d-text", "anipose-csv")


def small() -> Markers:
    rng = np.random.default_rng(1)
    positions = rng.uniform(-900, 1500, (5, 3, 3))
    positions[2, 1] = np.nan
    return Markers(np.arange(5) / RATE_HZ, ("C7", "LASI", "RASI"), positions, "mm")


def test_every_format_is_tried() -> None:
    assert set(MARKER_TABLES) == set(WRITERS) <= {reader.id for reader in READERS}


@pytest.mark.parametrize("kind", WRITERS)
def test_names_places_times_and_gaps_come_back(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path, small())
    assert reader_of(path).id == kind
    back = MARKER_TABLES[kind](path, RATE_HZ)
    factor = {"m": 1000.0, "mm": 1.0, "": 1.0}[back.unit]
    assert back.names == small().names
    np.testing.assert_allclose(back.positions * factor, small().positions, atol=1e-3)
    np.testing.assert_allclose(back.time_s, small().time_s, atol=1e-6)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_lift_gives_the_planted_angles(tmp_path: Path, kind: str) -> None:
    lifter = body()
    path = WRITERS[kind](tmp_path, lifter.markers())
    assert reader_of(path).id == kind
    source = f"{path}@{RATE_HZ}" if kind in TIMELESS else path
    measured = open_source(source)
    assert measured.quality.verdict == "ok"
    assert measured.source.codec == kind
    np.testing.assert_allclose(measured.posture.lumbar_flexion_deg, 18 * lifter.depth, atol=0.25)
    np.testing.assert_allclose(measured.posture.pelvic_tilt_deg, 40 * lifter.depth, atol=0.25)


@pytest.mark.parametrize("kind", TIMELESS)
def test_frames_a_second_are_asked_for(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path, small())
    with pytest.raises(UsageError, match="@100"):
        open_source(path)


def test_a_quiet_standing_of_another_program_is_taken(tmp_path: Path) -> None:
    lifter = body()
    quiet = motive(tmp_path / "quiet.csv", lifter.markers())
    lift = qualisys(tmp_path / "lift.tsv", lifter.markers())
    posture = open_source(lift, SourceOptions(standing=quiet)).posture
    np.testing.assert_allclose(posture.lumbar_flexion_deg, 18 * lifter.depth, atol=0.25)


def test_qualisys_without_columns_of_time_and_with_a_line_of_columns(tmp_path: Path) -> None:
    path = qualisys(tmp_path / "a.tsv", small(), times=False)
    np.testing.assert_allclose(read_qualisys(path).time_s, small().time_s)
    text = path.read_text().replace("FREQUENCY\t50\n", "")
    path.write_text(text)
    with pytest.raises(SourceError, match="states no FREQUENCY"):
        read_qualisys(path)


def test_motive_leaves_bones_and_bodies_out(tmp_path: Path) -> None:
    assert "Hip" not in read_motive(motive(tmp_path / "a.csv", small())).names


@pytest.mark.parametrize(
    ("read", "write"),
    [
        (read_motive, motive),
        (read_qualisys, qualisys),
        (read_visual3d, visual3d),
        (read_anipose, anipose),
    ],
)
def test_a_broken_number_is_named_by_its_line(
    tmp_path: Path,
    read: Callable[[Path, float | None], Markers],
    write: Callable[[Path, Markers], Path],
) -> None:
    path = write(tmp_path / "a.txt", small())
    lines = path.read_text().splitlines()
    mark = "," if "," in lines[-2] else "\t"
    cells = lines[-2].split(mark)
    cells[4] = "x1"
    lines[-2] = mark.join(cells)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(SourceError, match=rf"line {len(lines) - 1}: 'x1'"):
        read(path, 50.0)


def test_anipose_with_a_column_that_lost_its_name_gives_the_other_points(tmp_path: Path) -> None:
    path = WRITERS["anipose-csv"](tmp_path, small())
    whole = MARKER_TABLES["anipose-csv"](path, RATE_HZ)
    lost = whole.names[0]
    path.write_text(path.read_text().replace(f"{lost}_y", "dizzy", 1))
    assert MARKER_TABLES["anipose-csv"](path, RATE_HZ).names == whole.names[1:]
    path.write_text(path.read_text().replace("fnum", "number", 1))
    with pytest.raises(SourceError, match="no column fnum"):
        MARKER_TABLES["anipose-csv"](path, RATE_HZ)


LOST = slice(150, 165)
"""Frames in which the marker on C7 is lost."""
MARKS = {
    "zeros": "0.000", "nines": "9999999", "a database's": "NULL", "nothing": "",
    "NaN of Microsoft's C": "-nan(ind)", "huge": "1e20",
}  # fmt: skip


def edited(kind: str, folder: Path, edit: Callable[[list[list[str]], int], None]) -> str:
    """Return the source of the planted lift, its cells changed from the first row of numbers on."""
    lifter = body()
    path = WRITERS[kind](folder, lifter.markers())
    mark = "," if path.suffix == ".csv" else "\t"
    rows = [line.split(mark) for line in path.read_text().splitlines()]
    edit(rows, len(rows) - len(lifter.time_s))
    path.write_text("\n".join(mark.join(row) for row in rows) + "\n")
    return f"{path}@{RATE_HZ}" if kind in TIMELESS else str(path)


def columns_of(kind: str, name: str) -> slice:
    """Return where a marker's three cells stand."""
    k = body().markers().names.index(name)
    first = {"motive-csv": 9, "qualisys-tsv": 2, "visual3d-text": 1, "anipose-csv": 0}[kind]
    start = first + (6 if kind == "anipose-csv" else 3) * k
    return slice(start, start + 3)


def check_gap(source: str, reason: str) -> None:
    posture = open_source(source).posture
    assert set(posture.reason[LOST]) == {reason}
    assert posture.measurable.sum() == len(posture) - 15
    others = np.r_[0 : LOST.start, LOST.stop : len(posture)]
    planted = 18 * body().depth
    np.testing.assert_allclose(posture.lumbar_flexion_deg[others], planted[others], atol=0.25)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("kind", WRITERS)
def test_a_lost_marker_is_a_gap_whatever_marks_it(tmp_path: Path, kind: str, mark: str) -> None:
    def lose(rows: list[list[str]], first: int) -> None:
        for row in rows[first + LOST.start : first + LOST.stop]:
            row[columns_of(kind, "C7")] = [MARKS[mark]] * 3

    check_gap(edited(kind, tmp_path, lose), "marker_not_seen")


@pytest.mark.parametrize("kind", WRITERS)
def test_a_marker_that_carries_anothers_data_is_withheld(tmp_path: Path, kind: str) -> None:
    def carry(rows: list[list[str]], first: int) -> None:
        for row in rows[first + LOST.start : first + LOST.stop]:
            row[columns_of(kind, "C7")] = row[columns_of(kind, "CLAV")]

    check_gap(edited(kind, tmp_path, carry), "implausible")


@pytest.mark.parametrize("kind", WRITERS)
def test_two_markers_of_one_name_are_asked_about(tmp_path: Path, kind: str) -> None:
    # the last one of Motive's and the first one of Visual3D's and Anipose's was used unsaid
    def rename(rows: list[list[str]], first: int) -> None:
        for row in rows[:first]:
            row[:] = [cell.replace("RSHO", "LASI") for cell in row]

    with pytest.raises(NotMeasurableError, match="2 channels are called LASI and lie up to"):
        open_source(edited(kind, tmp_path, rename))


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_any_encoding_gives_the_same(tmp_path: Path, kind: str, encoding: str) -> None:
    lifter = body()
    path = WRITERS[kind](tmp_path, lifter.markers())
    path.write_bytes(path.read_text().replace("CLAV", "Schlüsselbein").encode(encoding))
    assert reader_of(path).id == kind
    found = open_source(f"{path}@{RATE_HZ}" if kind in TIMELESS else path).posture
    np.testing.assert_allclose(found.lumbar_flexion_deg, 18 * lifter.depth, atol=0.25)


@pytest.mark.parametrize(
    ("kind", "mark"),
    [("motive-csv", ";"), ("anipose-csv", ";"), ("qualisys-tsv", ";"), ("visual3d-text", ";"),
     ("qualisys-tsv", ","), ("visual3d-text", ",")],
)  # fmt: skip
def test_a_table_saved_by_a_spreadsheet_gives_the_same(
    tmp_path: Path, kind: str, mark: str
) -> None:
    # in countries with a decimal comma it parts the cells by semicolons
    lifter = body()
    path = WRITERS[kind](tmp_path, lifter.markers())
    text = path.read_text().replace("," if path.suffix == ".csv" else "\t", mark)
    if mark == ";":
        first = len(text.splitlines()) - len(lifter.time_s)
        lines = text.splitlines()
        text = "\n".join([*lines[:first], *(line.replace(".", ",") for line in lines[first:])])
    path.write_text(text + "\n")
    assert reader_of(path).id == kind
    found = open_source(f"{path}@{RATE_HZ}" if kind in TIMELESS else path).posture
    np.testing.assert_allclose(found.lumbar_flexion_deg, 18 * lifter.depth, atol=0.25)


def test_qualisys_that_was_cut_off_is_read_and_said(tmp_path: Path) -> None:
    path = qualisys(tmp_path / "a.tsv", body().markers())
    path.write_text(path.read_text()[: len(path.read_text()) * 3 // 4])
    measured = open_source(path)
    assert "truncated" in [reason.code for reason in measured.quality.reasons]
    assert len(measured.posture) < 0.8 * len(body().time_s)


def test_of_motives_rigid_body_the_measured_markers_are_taken(tmp_path: Path) -> None:
    # the places that the body's model gives stand before them under the same names
    path = motive(tmp_path / "a.csv", small())
    lines = path.read_text().splitlines()
    first = len(lines) - len(small().time_s)
    added = {2: ",Rigid Body Marker", 3: ",C7", 4: ",0", 5: ",Position"}
    for i, cell in added.items():
        head = lines[i].split(",")
        lines[i] = ",".join(head[:2]) + 3 * cell + "," + ",".join(head[2:])
    for i in range(first - 1, len(lines)):
        head = lines[i].split(",")
        lines[i] = ",".join([*head[:2], *("XYZ" if i < first else "123"), *head[2:]])
    path.write_text("\n".join(lines) + "\n")
    back = read_motive(path)
    assert back.names == small().names
    np.testing.assert_allclose(back.positions, small().positions, atol=1e-3)


def test_visual3ds_filtered_signals_beside_the_measured_ones_are_left(tmp_path: Path) -> None:
    path = visual3d(tmp_path / "a.txt", small())
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    for i, row in enumerate(lines):
        again = ["PROCESSED"] * (len(row) - 1) if i == 3 else row[1:]
        row += again if i < 5 else ["0.5"] * (len(row) - 1)
    path.write_text("\n".join("\t".join(row) for row in lines) + "\n")
    back = read_visual3d(path, 50.0)
    assert back.names == small().names
    np.testing.assert_allclose(1000 * back.positions, small().positions, atol=1e-3)


def test_visual3ds_long_names_of_files_hide_nothing(tmp_path: Path) -> None:
    lifter = body()
    path = visual3d(tmp_path / "a.txt", lifter.markers())
    long = "C:/Users/Biomechanics Laboratory/Documents/Deadlift study 2026/Subject 07/" * 2
    path.write_text(path.read_text().replace("lift.c3d", f"{long}lift.c3d"))
    assert len(path.read_text().split("ITEM")[0]) > 8192
    assert reader_of(path).id == "visual3d-text"
    found = open_source(f"{path}@{RATE_HZ}").posture
    np.testing.assert_allclose(found.lumbar_flexion_deg, 18 * lifter.depth, atol=0.25)
