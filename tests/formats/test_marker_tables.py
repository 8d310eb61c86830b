"""Motive's, Qualisys', Visual3D's and Anipose's tables give the markers that were put into them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backline.errors import SourceError, UsageError
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
