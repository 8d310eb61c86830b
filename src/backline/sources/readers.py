"""The list of readers: kinds of source, and how each file begins.

A reader is named by a dotted path and imported only when it is used, so that asking what is
supported costs nothing. A new one is one more entry in `READERS`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from backline.formats import signatures
from backline.sources.session_kinds import PATTERNS

if TYPE_CHECKING:
    from backline.model.measurement import Measured
    from backline.sources.options import SourceOptions

TABLE_ENDINGS = (".csv", ".tsv", ".txt")
"""Endings that say nothing of a table's kind."""
HEAD_BYTES = 65536
"""How much of a file is read to recognise it: Visual3D names its file three times a marker."""

ReadSource: TypeAlias = "Callable[[Path, SourceOptions], Measured]"


@dataclass(frozen=True)
class Reader:
    """One kind of source.

    Parameters
    ----------
    id : str
        Short name, stable.
    name : str
        What people call it.
    extensions : tuple of str
        Usual endings, lower case, with the dot.
    wanted : str
        How such a file begins, in words, for the message when none fits.
    begins : callable
        Says from the first `HEAD_BYTES` bytes whether this is such a file.
    sample : str
        What is given on the command line.
    gives : str
        What is measured from it, in plain words.
    target : str
        ``"module:function"`` with the signature ``(Path, SourceOptions) -> Measured``.
    inside : tuple of str or None
        Patterns of the files that a folder of its kind holds, empty for any folder; None where it
        takes no folder.
    mapped : bool
        Whether it uses a mapping file.
    limits : str
        What the recording must contain.
    extra : str
        Extra that must be installed; empty for none.
    """

    id: str
    name: str
    extensions: tuple[str, ...]
    wanted: str
    begins: Callable[[bytes], bool]
    sample: str
    gives: str
    target: str
    inside: tuple[str, ...] | None = None
    mapped: bool = True
    limits: str = ""
    extra: str = ""

    def load(self) -> ReadSource:
        """Import and return the function that reads."""
        module, function = self.target.split(":")
        return cast("ReadSource", getattr(importlib.import_module(module), function))


# Those of phones and cameras first; FFmpeg reads the others as well.
_VIDEO_ENDINGS = (
    *(".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".gif", ".mts", ".3gp"),
    *(".m2ts", ".ts", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".mjpeg"),
)

_NEEDS_PELVIS = "both ASIS, and both PSIS or the sacrum; C7 for the low back"
_markers = partial(
    Reader,
    gives="low back, and hip, knee, ankle where the legs carry markers",
    target="backline.sources.mocap.source:read_markers",
    limits=_NEEDS_PELVIS,
)
_points = partial(
    Reader,
    gives="knee and ankle; the low back only with points on pelvis or spine; as PATH@RATE without "
    "times",
    target="backline.sources.keypoints.source:read_keypoints",
    limits="times by @RATE; one lifter, the largest",
)
_sensors = partial(
    Reader,
    gives="low back from sensors on sacrum and T12, hip with one on a thigh",
    target="backline.sources.imu.source:read_sensors",
    limits="one sensor on the sacrum, one on T12, a forward bend of 15 degrees",
)

PHONE_FILES = tuple(f"*/{name}.csv" for name in ("Gravity", "Gyroscope"))
"""What folders in a folder of phones' logs hold."""

READERS: tuple[Reader, ...] = (
    Reader(
        "video",
        "video of a lift",
        _VIDEO_ENDINGS,
        "the header of a video",
        signatures.is_video,
        "my_lift.mp4",
        "low back, hip, knee and ankle from the picture; also a folder of images as FOLDER@RATE",
        "backline.sources.video.source:read_video",
        inside=(),
        mapped=False,
        limits="from the side, the back in view",
    ),
    _markers("c3d", "motion capture, C3D", (".c3d",), "a C3D header (second byte 80)",
             signatures.is_c3d, "lift.c3d",
             limits=f"{_NEEDS_PELVIS}; or Theia3D's rotations of pelvis and thorax"),
    _markers("trc", "motion capture, TRC", (".trc",), "'PathFileType' in line 1",
             signatures.is_trc, "lift.trc"),
    _markers("motive-csv", "motion capture, Motive CSV", (".csv",), "'Format Version' in line 1",
             signatures.is_motive, "take.csv"),
    _markers("qualisys-tsv", "motion capture, Qualisys TSV", (".tsv",), "'NO_OF_FRAMES' in line 1",
             signatures.is_qualisys, "lift.tsv"),
    _markers("visual3d-text", "motion capture, Visual3D text", (".txt",),
             "'TARGET' in line 3 and 'ITEM' in line 5", signatures.is_visual3d, "lift.txt@100",
             limits=f"{_NEEDS_PELVIS}; times by @RATE"),
    _markers("anipose-csv", "motion capture, Anipose CSV", (".csv",),
             "columns such as C7_x, C7_ncams and fnum", signatures.is_anipose, "pose_3d.csv@60",
             limits=f"{_NEEDS_PELVIS}; times by @RATE"),
    Reader(
        "opensim-angles",
        "OpenSim joint angles",
        (".mot", ".sto"),
        "a line 'endheader' and a column pelvis_tilt",
        signatures.is_angles,
        "ik.mot",
        "low back, hip, knee and ankle as OpenSim's inverse kinematics gave them",
        "backline.sources.mocap.opensim_source:read_angles",
        mapped=False,
        limits="lumbar_extension, flex_extension, or one column a lumbar joint",
    ),
    Reader(
        "session-folder",
        "a folder of OpenCap, Pose2Sim or Sports2D",
        (),
        "kinematics or points as these programs lay them out",
        signatures.is_nothing,
        "OpenCapData_1a2b/",
        "what the lift's own file in it gives; a neutral pose in it is the standing reference",
        "backline.sources.session_folder:read_session",
        inside=PATTERNS,
        limits="one lift in it, else the lift's file",
    ),
    _points("keypoints-json", "keypoints, JSON", (".json",),
            "'people' (a folder of OpenPose), 'annotations' (COCO, Halpe) or 'instance_info' "
            "(MMPose)", signatures.is_keypoints_json, "openpose_json@30", inside=("*.json",)),
    _points("deeplabcut-csv", "keypoints, DeepLabCut", (".csv",), "'scorer' in line 1",
            signatures.is_deeplabcut, "liftDLC.csv@30"),
    _points("sleap-csv", "keypoints, SLEAP CSV", (".csv",), "'track,frame_idx'",
            signatures.is_sleap_csv, "lift.csv@30"),
    _points("hdf5", "keypoints, DeepLabCut or SLEAP; sensors, APDM", (".h5", ".hdf5", ".slp"),
            "an HDF5 header", signatures.is_hdf5, "lift.slp@30", extra="files"),
    _points("movement-netcdf", "keypoints or markers, movement's netCDF", (".nc",),
            "a netCDF header", signatures.is_netcdf, "lift.nc", limits="one lifter, the largest",
            extra="files"),
    _points("kinovea", "keypoints, Kinovea", (".kva", ".txt", ".csv"),
            "Kinovea's XML, '#Kinovea Trajectory' in line 1 or columns such as C7/0/X",
            signatures.is_kinovea, "lift.kva",
            limits="points named as in a mapping file; times by @RATE where they are no seconds"),
    _points("trc-picture", "keypoints, TRC of a picture", (".trc",),
            "a TRC in px, or of Halpe's points", signatures.is_trc_of_a_picture,
            "lift_px_person00.trc", limits="one lifter, the largest"),
    _sensors("xsens", "inertial sensors, a folder of Xsens DOT or MT files", (".csv",),
             "a column PacketCounter", signatures.is_xsens, "my_sensors/",
             inside=("*.csv", "*.txt")),
    _sensors("phone-log", "inertial sensors, phones' logs in a folder", (), "a column of gravity",
             signatures.is_nothing, "phones/", inside=PHONE_FILES,
             limits="one log for each phone, named by its place (sacrum, T12)"),
    _sensors("opensense-sto", "inertial sensors, OpenSense", (".sto",), "DataType=Quaternion",
             signatures.is_opensense, "orientations.sto"),
    _sensors("sensor-list", "inertial sensors, a list", (".toml",), "a table [sensors]",
             signatures.is_sensor_list, "sensors.toml"),
    Reader("spine-strip", "strip along the spine (FlexTail), a list", (".toml",),
           "a table [strip]", signatures.is_strip, "strip.toml",
           "low back from the bend of a strip and the inclination of its base on the sacrum",
           "backline.sources.imu.strip:read_strip", mapped=False,
           limits="angles, not raw readings; which way they grow; a forward bend of 15 degrees"),
)  # fmt: skip
"""All kinds of source, in the order in which they are tried."""
