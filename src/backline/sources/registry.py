"""Which reader takes a source: inferred from how the file begins, else from its ending.

A reader is named by a dotted path and imported only when it is used, so that asking what is
supported costs nothing. A new one is one more line in `READERS`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from backline.errors import SourceError, UsageError

if TYPE_CHECKING:
    from backline.progress import ProgressCallback
    from backline.settings import Settings
    from backline.sources.measured import Measured

TABLE_ENDINGS = (".csv", ".tsv")
"""Endings that say nothing of a table's kind."""
HEAD_BYTES = 8192
"""How much of a file is looked at to tell what it is."""


@dataclass(frozen=True)
class SourceOptions:
    """What the user said about a source; each reader takes what concerns it.

    Parameters
    ----------
    side : {"auto", "left", "right"}
        The side that faces the camera; in motion capture, the leg that is measured (auto:
        the mean of both).
    engine : str
        Pose engine for videos.
    standing : Path, (float, float) or None
        Own standing: another recording of the same person, or start and end in seconds.
    settings : Settings or None
        Thresholds and filters; None takes the defaults.
    progress : callable or None
        Told how far the work is.
    mapping : Path or None
        TOML file that says what the file's own markers or columns are.
    stickers : str
        In a video: ``"auto"`` looks for printed stickers, ``"none"`` for nothing, the name of a
        colour for three dots of it.
    video : Path or None
        For keypoints: the video that they were found in.
    meanwhile : tuple of callable
        Slow tasks that have nothing to do with the source, to be done beside it where it takes
        its time (see `backline.formats.prefetch.beside`).
    """

    side: Literal["auto", "left", "right"] = "auto"
    engine: str = "mediapipe"
    standing: Path | tuple[float, float] | None = None
    settings: Settings | None = None
    progress: ProgressCallback | None = None
    mapping: Path | None = None
    stickers: str = "auto"
    video: Path | None = None
    meanwhile: tuple[Callable[[], object], ...] = ()


ReadSource: TypeAlias = "Callable[[Path, SourceOptions], Measured]"


@dataclass(frozen=True)
class Reader:
    """One kind of source.

    Parameters
    ----------
    name : str
        What people call it.
    extensions : tuple of str
        Usual endings, lower case, with the dot.
    gives : str
        What is measured from it, in plain words.
    target : str
        ``"module:function"`` with the signature ``(Path, SourceOptions) -> Measured``.
    wanted : str
        How such a file begins, in words, for the message when none fits.
    begins : callable
        Tells from the first `HEAD_BYTES` bytes whether this is such a file.
    folders : bool
        Whether it takes folders too.
    inside : tuple of str
        Patterns of the files that a folder of its kind holds; empty for any folder.
    mapped : bool
        Whether it heeds a mapping file.
    """

    name: str
    extensions: tuple[str, ...]
    gives: str
    target: str
    wanted: str
    begins: Callable[[bytes], bool]
    folders: bool = False
    inside: tuple[str, ...] = ()
    mapped: bool = True

    def load(self) -> ReadSource:
        """Import and return the function that reads."""
        module, function = self.target.split(":")
        return cast("ReadSource", getattr(importlib.import_module(module), function))


def _is_video(head: bytes) -> bool:
    starts = (b"\x1a\x45\xdf\xa3", b"GIF8", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")
    avi = head[:4] == b"RIFF" and head[8:12] == b"AVI "
    return (
        head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free") or head.startswith(starts) or avi
    )


_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"MM\0*")
"""How JPEG, PNG, BMP and TIFF begin."""


_BOM = b"\xef\xbb\xbf"
"""Mark that some programs write before UTF-8."""


def _is_c3d(head: bytes) -> bool:
    """Tell a C3D file: block number of its parameters, key byte, binary counts behind them."""
    return len(head) >= 24 and head[1] == 0x50 and 2 <= head[0] <= 16 and b"\0" in head[:24]


def _is_trc(head: bytes) -> bool:
    text = head.removeprefix(_BOM)
    return text.startswith(b"PathFileType") and not _is_trc_of_a_picture(head)


def _is_trc_of_a_picture(head: bytes) -> bool:
    """Tell a TRC of keypoints by its unit, by Sports2D's name in its first line, or by its names.

    Pose2Sim and Sports2D write metres too, with Halpe's toes and neck and no marker on a pelvis.
    """
    lines = head.removeprefix(_BOM).splitlines()
    if len(lines) < 3 or not lines[0].startswith(b"PathFileType"):
        return False
    names = set(lines[3].lower().split()) if len(lines) > 3 else set()
    halpe = {b"rbigtoe", b"lbigtoe", b"rhip", b"lhip"} <= names
    bony = any(b"asi" in name or b"psi" in name or name == b"c7" for name in names)
    pixels = b"_px_" in lines[0] or bool({b"px", b"pixels"} & set(lines[2].lower().split()))
    return pixels or (halpe and not bony)


def _is_keypoints_json(head: bytes) -> bool:
    words = (b'"keypoints"', b'"pose_keypoints_2d"', b'"instance_info"', b'"annotations"')
    return head.lstrip()[:1] in (b"{", b"[") and any(word in head for word in words)


def _is_deeplabcut(head: bytes) -> bool:
    return re.match(rb"scorer[,;\t]", head) is not None and b"bodyparts" in head


def _is_sleap_csv(head: bytes) -> bool:
    first = re.split(rb"[,;\t]", head.removeprefix(_BOM).split(b"\n", 1)[0].strip())
    return {b"track", b"frame_idx"} <= set(first)


def _is_hdf5(head: bytes) -> bool:
    return head.startswith(b"\x89HDF\r\n\x1a\n")


def _is_angles(head: bytes) -> bool:
    """Tell OpenSim's (or SIMM's) table of coordinates, by its header and its columns."""
    if re.search(rb"^\s*endheader[\s,;]*$", head, re.MULTILINE | re.IGNORECASE) is None:
        return False
    return b"pelvis_tilt" in head and b"DataType=Quaternion" not in head


def _is_xsens(head: bytes) -> bool:
    return b"PacketCounter" in head


def _is_opensense(head: bytes) -> bool:
    return b"DataType=Quaternion" in head and b"endheader" in head


def _is_sensor_list(head: bytes) -> bool:
    return re.search(rb"^\s*\[sensors[.\]]", head, re.MULTILINE) is not None


# Those of phones and cameras first; FFmpeg reads the others as well.
_VIDEO_ENDINGS = (
    *(".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".gif", ".mts", ".3gp"),
    *(".m2ts", ".ts", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".mjpeg"),
)

_KEYPOINTS = "backline.sources.keypoints.source:read_keypoints"
_FROM_POINTS = (
    "knee and ankle; the low back only with points on pelvis or spine; as PATH@RATE without times"
)

_SENSORS = "backline.sources.imu.source:read_sensors"
_FROM_SENSORS = "low back from sensors on sacrum and T12, hip with one on a thigh"

READERS: tuple[Reader, ...] = (
    Reader(
        "video of a lift",
        _VIDEO_ENDINGS,
        "low back, hip, knee and ankle from the picture; also a folder of images as FOLDER@RATE",
        "backline.sources.video.source:read_video",
        "the header of a video",
        _is_video,
        folders=True,
        mapped=False,
    ),
    Reader(
        "motion capture, C3D",
        (".c3d",),
        "low back, and hip, knee, ankle where the legs carry markers",
        "backline.sources.mocap.source:read_markers",
        "a C3D header (second byte 80)",
        _is_c3d,
    ),
    Reader(
        "motion capture, TRC",
        (".trc",),
        "low back, and hip, knee, ankle where the legs carry markers",
        "backline.sources.mocap.source:read_markers",
        "'PathFileType' in line 1",
        _is_trc,
    ),
    Reader(
        "OpenSim joint angles",
        (".mot", ".sto"),
        "low back, hip, knee and ankle as OpenSim's inverse kinematics gave them",
        "backline.sources.mocap.opensim_source:read_angles",
        "a line 'endheader' and a column pelvis_tilt",
        _is_angles,
        mapped=False,
    ),
    *(
        Reader(name, endings, _FROM_POINTS, _KEYPOINTS, wanted, begins, folders, inside)
        for name, endings, wanted, begins, folders, inside in (
            (
                "keypoints, JSON",
                (".json",),
                "'people' (a folder of OpenPose), 'annotations' (COCO, Halpe) or 'instance_info' "
                "(MMPose)",
                _is_keypoints_json,
                True,
                ("*.json",),
            ),
            ("keypoints, DeepLabCut", (".csv",), "'scorer' in line 1", _is_deeplabcut, False, ()),
            ("keypoints, SLEAP CSV", (".csv",), "'track,frame_idx'", _is_sleap_csv, False, ()),
            (
                "keypoints, DeepLabCut or SLEAP",
                (".h5", ".slp"),
                "an HDF5 header",
                _is_hdf5,
                False,
                (),
            ),
            (
                "keypoints, TRC of a picture",
                (".trc",),
                "a TRC in px, or of Halpe's points",
                _is_trc_of_a_picture,
                False,
                (),
            ),
        )
    ),
    *(
        Reader(name, endings, _FROM_SENSORS, _SENSORS, wanted, begins, bool(inside), inside)
        for name, endings, wanted, begins, inside in (
            (
                "inertial sensors, a folder of Xsens DOT or MT files",
                (".csv",),
                "a column PacketCounter",
                _is_xsens,
                ("*.csv", "*.txt"),
            ),
            ("inertial sensors, OpenSense", (".sto",), "DataType=Quaternion", _is_opensense, ()),
            ("inertial sensors, a list", (".toml",), "a table [sensors]", _is_sensor_list, ()),
        )
    ),
)
"""All kinds of source, in the order in which they are tried."""


def supported() -> list[tuple[str, tuple[str, ...], str]]:
    """Return name, endings and what it gives of every kind of source; nothing is imported."""
    return [(reader.name, reader.extensions, reader.gives) for reader in READERS]


def reader_of(path: str | Path) -> Reader:
    """Return the reader that takes a source.

    How the file begins decides; where that fits no reader, its ending does, so that the reader
    can say what is wrong with a damaged file of its kind.

    Raises
    ------
    SourceError
        If there is nothing at the path, the file is empty, or no reader takes it; the sentence
        says what each one missed.
    """
    place = Path(path)
    if not place.exists() and "@" in str(path):
        place = Path(str(path).rpartition("@")[0])
    if place.is_dir() or (place != Path(path) and not place.exists()):
        return _reader_of_folder(place)
    ending = place.suffix.lower()
    named = [reader for reader in READERS if ending in reader.extensions]
    head = _head(place)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16, as some spreadsheets write tables
        head = head[: len(head) // 2 * 2].decode("utf-16", errors="ignore").encode()
    fitting = [reader for reader in READERS if reader.begins(head)]
    unnamed = [] if ending in TABLE_ENDINGS else named
    for reader in [*(r for r in fitting if r in named), *fitting, *unnamed]:
        return reader
    if ending in TABLE_ENDINGS:
        raise SourceError(_unknown_table(place, head))
    if head.startswith(_PICTURES):
        raise SourceError(
            f"'{path}' is a single picture; a film, or a folder of numbered pictures as "
            "FOLDER@RATE, was expected: give one of those."
        )
    missed = "; ".join(f"{reader.name}: {reader.wanted}" for reader in READERS)
    raise SourceError(
        f"'{path}' is of no kind that can be read; what each would have had: {missed}. Check "
        "that it is the right file, or export it as one of these."
    )


def _unknown_table(path: Path, head: bytes) -> str:
    """Say of a table of no kind that is known what it holds, and what each kind would have."""
    line = next(iter(head.decode("utf-8", errors="replace").splitlines()), "")
    shown = "".join(c if c.isprintable() else "?" for c in line)[:80]
    kinds = "; ".join(
        f"{r.name}: {r.wanted}" for r in READERS if set(TABLE_ENDINGS) & {*r.extensions}
    )
    return (
        f"'{path}' is a table that begins with '{shown}', which is of no kind that is known "
        f"({kinds}): export one of these, or, for a sensor's, write a .toml that names its columns."
    )


def _reader_of_folder(folder: Path) -> Reader:
    """Return the reader of what lies in a folder; one of any folder where nothing tells."""
    takers = [reader for reader in READERS if reader.folders]
    fitting = (r for r in takers if any(next(folder.glob(p), None) for p in r.inside))
    return next(fitting, None) or next(reader for reader in takers if not reader.inside)


def open_source(path: str | Path, options: SourceOptions | None = None) -> Measured:
    """Read and measure a source of any kind.

    Parameters
    ----------
    path : str or Path
        A file, or a folder of images as ``FOLDER@RATE``.
    options : SourceOptions, optional
        What the user said about it.

    Raises
    ------
    SourceError
        If it cannot be read.
    NotMeasurableError
        If it was read but lacks what a measurement needs; the sentence names it.
    UsageError
        If a mapping file is given for a source that has nothing to map.
    """
    options = options or SourceOptions()
    reader = reader_of(path)
    if options.mapping is not None and not reader.mapped:
        raise UsageError(
            f"'{path}' was taken as {reader.name}, which has nothing for the mapping file "
            f"'{options.mapping}' to name: leave --mapping out, or give motion capture, keypoints "
            "or sensors."
        )
    if options.video is not None and not reader.name.startswith("keypoints"):
        raise UsageError(
            f"'{path}' was taken as {reader.name}, which --video does not go with: give the file "
            "of keypoints first, and with --video the clip that they were found in."
        )
    return reader.load()(Path(path), options)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise SourceError(f"There is no file '{path}': check its name.") from error
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be opened ({error.strerror}): check that it is a file that you "
            "may read."
        ) from error
    if not head:
        raise SourceError(f"'{path}' is empty (0 bytes): copy, record or export it again.")
    return head
