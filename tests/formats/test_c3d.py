"""C3D: what is written comes back, gaps stay gaps, bad files are told in one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from backline.errors import SourceError
from backline.formats.c3d import C3d, C3dEvent, read_c3d, write_c3d
from backline.formats.opensim import Markers
from tests.sources.mocap.marker_body import body


def recording(n: int = 12, first_s: float = 0.0) -> C3d:
    rng = np.random.default_rng(1)
    positions = rng.uniform(-900, 1500, (n, 3, 3))
    positions[4, 1] = np.nan
    markers = Markers(first_s + np.arange(n) / 50, ("C7", "LASI", "RASI"), positions, "mm")
    return C3d(markers, (C3dEvent("Lift", "General", 0.1), C3dEvent("Foot Off", "Left", 75.5)))


def test_positions_names_times_and_events_come_back(tmp_path: Path) -> None:
    write_c3d(tmp_path / "a.c3d", recording())
    found = read_c3d(tmp_path / "a.c3d")
    assert found.markers.names == ("C7", "LASI", "RASI")
    assert found.markers.unit == "mm"
    np.testing.assert_allclose(found.markers.positions, recording().markers.positions, rtol=1e-6)
    np.testing.assert_allclose(found.markers.time_s, recording().markers.time_s, atol=1e-6)
    assert [e.label for e in found.events] == ["Lift", "Foot Off"]
    assert [e.context for e in found.events] == ["General", "Left"]
    assert [e.time_s for e in found.events] == pytest.approx([0.1, 75.5], abs=1e-4)
    assert not found.truncated


def test_a_lost_marker_is_nan_and_nothing_else(tmp_path: Path) -> None:
    write_c3d(tmp_path / "a.c3d", recording())
    lost = np.isnan(read_c3d(tmp_path / "a.c3d").markers.positions)
    assert lost[4, 1].all()
    assert lost.sum() == 3


def test_a_marker_at_exactly_zero_is_lost(tmp_path: Path) -> None:
    given = recording()
    given.markers.positions[2, 0] = 0.0
    write_c3d(tmp_path / "a.c3d", given)
    positions = read_c3d(tmp_path / "a.c3d").markers.positions
    assert np.isnan(positions[2, 0]).all()
    assert np.isfinite(positions[3, 0]).all()


def test_the_files_own_time_is_kept(tmp_path: Path) -> None:
    write_c3d(tmp_path / "a.c3d", recording(first_s=12.4))
    assert read_c3d(tmp_path / "a.c3d").markers.time_s[0] == pytest.approx(12.4, abs=0.001)


def test_labels_are_made_unique_and_without_blanks(tmp_path: Path) -> None:
    import ezc3d

    whole = ezc3d.c3d()
    whole["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    whole["parameters"]["POINT"]["UNITS"]["value"] = ["cm"]
    whole["parameters"]["POINT"]["LABELS"]["value"] = ["left knee", "C7", "C7"]
    whole["data"]["points"] = np.full((4, 3, 5), 50.0)
    whole.write(str(tmp_path / "a.c3d"))
    markers = read_c3d(tmp_path / "a.c3d").markers
    assert markers.names == ("left_knee", "C7", "C7_2")
    assert markers.unit == "m"
    assert markers.positions[0, 0, 0] == pytest.approx(0.5)


def test_a_unit_that_is_none_is_refused(tmp_path: Path) -> None:
    import ezc3d

    whole = ezc3d.c3d()
    whole["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    whole["parameters"]["POINT"]["UNITS"]["value"] = ["furlong"]
    whole["parameters"]["POINT"]["LABELS"]["value"] = ["C7"]
    whole["data"]["points"] = np.ones((4, 1, 5))
    whole.write(str(tmp_path / "a.c3d"))
    with pytest.raises(SourceError, match="unit as 'furlong'"):
        read_c3d(tmp_path / "a.c3d")


def test_a_cut_file_is_read_as_far_as_it_goes_and_says_so(tmp_path: Path) -> None:
    write_c3d(tmp_path / "a.c3d", recording(400))
    content = (tmp_path / "a.c3d").read_bytes()
    (tmp_path / "b.c3d").write_bytes(content[: len(content) * 2 // 3])
    found = read_c3d(tmp_path / "b.c3d")
    assert found.frames_stated == 400
    assert 100 < len(found.markers.time_s) < 400
    assert found.truncated
    whole = recording(400).markers.positions[: len(found.markers.time_s)]
    np.testing.assert_allclose(found.markers.positions, whole, rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"PathFileType\t4\t(X/Y/Z)\ta.trc\n" * 40, "second byte is 97, not 80"),
        (b"\x02", "second byte is missing"),
        (b"\x02\x50" + bytes(40), "cannot be read"),  # a header, and nothing behind it
        (b"\x02\x50" + b"\xff" * 4000, "cannot be read|markers in"),
    ],
)
def test_what_is_no_c3d_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a.c3d").write_bytes(content)
    with pytest.raises(SourceError, match=told):
        read_c3d(tmp_path / "a.c3d")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="check its name"):
        read_c3d(tmp_path / "none.c3d")


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a.c3d").open("wb") as stream:
        stream.write(b"\x02\x50")
        os.truncate(stream.fileno(), 2 * 1024**3 + 1)  # takes no room on the disk
    with pytest.raises(SourceError, match="at most 2 GiB"):
        read_c3d(tmp_path / "a.c3d")


@pytest.mark.parametrize(("at", "value"), [(540, 128), (1073, 255)])
def test_one_byte_that_crashes_the_library_is_one_sentence(
    tmp_path: Path, at: int, value: int
) -> None:
    """In this process each ends Python itself (ezc3d 1.7.2, a segmentation fault)."""
    write_c3d(tmp_path / "a.c3d", body().c3d())
    content = bytearray((tmp_path / "a.c3d").read_bytes())
    content[at] = value
    (tmp_path / "a.c3d").write_bytes(content)
    with pytest.raises(SourceError, match=r"crash, SIGSEGV\): it is damaged; copy or export"):
        read_c3d(tmp_path / "a.c3d")
