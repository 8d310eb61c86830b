"""The registry: each kind of file finds its reader, by content before name, without imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backline.errors import SourceError, UsageError
from backline.formats.c3d import write_c3d
from backline.formats.opensim import Motion, write_mot, write_trc
from backline.sources.mocap.opensim_source import read_angles
from backline.sources.mocap.source import read_markers
from backline.sources.registry import READERS, SourceOptions, open_source, reader_of, supported
from tests.deadlines import PATIENCE_S
from tests.sources.mocap.marker_body import body
from tests.sources.mocap.test_opensim import squat


def write(kind: str, path: Path) -> Path:
    if kind == "c3d":
        write_c3d(path, body().c3d())
    elif kind == "trc":
        write_trc(path, body().markers())
    else:
        write_mot(path, squat())
    return path


C3D, TRC, ANGLES = "motion capture, C3D", "motion capture, TRC", "OpenSim joint angles"
VIDEO = "video of a lift"


@pytest.mark.parametrize(
    ("kind", "name", "reader"),
    [
        ("c3d", "a.c3d", C3D),
        ("trc", "a.trc", TRC),
        ("mot", "a.mot", ANGLES),
        ("mot", "a.sto", ANGLES),
        ("c3d", "a.trc", C3D),  # the content wins over a wrong ending
        ("trc", "a.c3d", TRC),
        ("mot", "a.txt", ANGLES),
        ("trc", "a", TRC),
        ("c3d", "A.C3D", C3D),
    ],
)
def test_motion_capture_is_told_by_its_content(
    tmp_path: Path, kind: str, name: str, reader: str
) -> None:
    assert reader_of(write(kind, tmp_path / name)).name == reader


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x20ftypisom", "a.mp4"),
        (b"\0\0\0\x20ftypqt  ", "a.bin"),
        (b"\x1a\x45\xdf\xa3", "a.webm"),
        (b"RIFF\x10\0\0\0AVI LIST", "a.avi"),
        (b"GIF89a", "a.gif"),
        (b"just some words", "a.mp4"),  # so that the video reader can say what is wrong
        (b"\x30\x26\xb2\x75", "a.wmv"),
        (b"anything", "A.MOV"),
    ],
)
def test_videos_are_told_by_header_or_ending(tmp_path: Path, head: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(head + bytes(64))
    assert reader_of(tmp_path / name).name == VIDEO


def test_a_folder_goes_to_the_reader_that_takes_folders(tmp_path: Path) -> None:
    assert reader_of(tmp_path).name == VIDEO
    assert reader_of(f"{tmp_path}@30").name == VIDEO


def test_damaged_files_go_to_the_reader_of_their_ending(tmp_path: Path) -> None:
    for name, told in (("a.c3d", "no C3D file"), ("a.trc", "PathFileType"), ("a.mot", "endheader")):
        (tmp_path / name).write_text("Trial: 3\nsome other program\n" * 5)
        with pytest.raises(SourceError, match=told):
            open_source(tmp_path / name)


def test_what_no_reader_takes_is_told_in_one_line_that_leads_to_the_formats(tmp_path: Path) -> None:
    (tmp_path / "notes.xyz").write_text("squats went well today")
    with pytest.raises(SourceError) as caught:
        reader_of(tmp_path / "notes.xyz")
    sentence = str(caught.value)
    assert len(sentence.removeprefix(f"'{tmp_path}/notes.xyz'")) < 140
    assert "backline formats" in sentence
    assert "\n" not in sentence


def test_a_single_picture_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "lift.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(64))
    with pytest.raises(SourceError, match=r"lift\.jpg' is a single picture; a film"):
        reader_of(tmp_path / "lift.jpg")


def test_sensor_quaternions_are_not_taken_for_angles(tmp_path: Path) -> None:
    (tmp_path / "imu.txt").write_text("DataType=Quaternion\nendheader\ntime pelvis_tilt\n")
    assert reader_of(tmp_path / "imu.txt").name == "inertial sensors, OpenSense"


@pytest.mark.parametrize(
    ("make", "told"),
    [(lambda path: None, "There is no file"), (lambda path: path.touch(), "is empty")],
)
def test_missing_and_empty_files_are_told(tmp_path: Path, make: object, told: str) -> None:
    make(tmp_path / "a.c3d")  # type: ignore[operator]
    with pytest.raises(SourceError, match=told):
        open_source(tmp_path / "a.c3d")


def test_open_source_reads_and_measures(tmp_path: Path) -> None:
    measured = open_source(str(write("mot", tmp_path / "a.mot")), SourceOptions())
    assert measured.source.kind == "mocap"
    assert measured.posture.measurable.all()


def test_every_reader_of_motion_capture_loads_under_its_dotted_name() -> None:
    loaded = {reader.name: reader.load() for reader in READERS if reader.name != VIDEO}
    assert {name: loaded[name] for name in (C3D, TRC, ANGLES)} == {
        C3D: read_markers,
        TRC: read_markers,
        ANGLES: read_angles,
    }
    assert all(callable(function) for function in loaded.values())


def test_the_video_reader_is_where_the_video_source_lies() -> None:
    assert READERS[0].target == "backline.sources.video.source:read_video"


def test_supported_lists_name_endings_and_what_it_gives() -> None:
    listed = supported()
    assert [name for name, _, _ in listed] == [reader.name for reader in READERS]
    for name, endings, gives in listed:
        assert endings or "folder" in name
        assert all(e.startswith(".") and e == e.lower() for e in endings)
        assert gives


def test_listing_what_is_supported_imports_nothing_heavy() -> None:
    code = (
        "import sys, backline.sources.registry as r; r.supported(); "
        "print([m for m in ('numpy', 'scipy', 'ezc3d', 'cv2', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    assert done.stdout.strip() == "[]"


def test_a_table_of_forces_is_no_table_of_angles(tmp_path: Path) -> None:
    table = squat()
    forces = Motion(table.time_s, ("ground_force_vx",), table.values[:, :1])
    write_mot(tmp_path / "a.txt", forces)
    with pytest.raises(SourceError, match="backline formats lists"):
        reader_of(tmp_path / "a.txt")


@pytest.mark.parametrize("name", ["a.mp4", "a.mot"])
def test_a_mapping_for_a_source_that_has_nothing_to_map_is_told(tmp_path: Path, name: str) -> None:
    if name == "a.mot":
        write("mot", tmp_path / name)
    else:
        (tmp_path / name).write_bytes(b"\0\0\0\x20ftypisom" + bytes(64))
    options = SourceOptions(mapping=tmp_path / "names.toml")
    with pytest.raises(UsageError, match="leave --mapping out"):
        open_source(tmp_path / name, options)
