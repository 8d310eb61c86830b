"""Recognises file formats from their first bytes.

Nothing here imports a library, so that asking costs nothing.
"""

from __future__ import annotations

import re


def is_video(head: bytes) -> bool:
    """Recognise a video by its container: MP4 and MOV, Matroska, GIF, MPEG, AVI."""
    starts = (b"\x1a\x45\xdf\xa3", b"GIF8", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")
    avi = head[:4] == b"RIFF" and head[8:12] == b"AVI "
    return (
        head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free") or head.startswith(starts) or avi
    )


PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"MM\0*")
"""How JPEG, PNG, BMP and TIFF begin."""


_BOM = b"\xef\xbb\xbf"
"""Byte order mark that some programs write before UTF-8."""


def plain(head: bytes) -> bytes:
    """Return how a file begins in UTF-8 without a mark; some spreadsheets write UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="ignore").encode()
    return head.removeprefix(_BOM)


def is_c3d(head: bytes) -> bool:
    """Recognise a C3D file: block number of its parameters, key byte, binary counts behind them."""
    return len(head) >= 24 and head[1] == 0x50 and 2 <= head[0] <= 16 and b"\0" in head[:24]


def is_trc(head: bytes) -> bool:
    """Recognise a TRC of markers by its first line."""
    text = head.removeprefix(_BOM)
    return text.startswith(b"PathFileType") and not is_trc_of_a_picture(head)


def is_trc_of_a_picture(head: bytes) -> bool:
    """Recognise a TRC of keypoints by its unit, Sports2D's name in its first line, or its names.

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


def is_keypoints_json(head: bytes) -> bool:
    """Recognise keypoints in JSON by the lists that OpenPose, COCO and MMPose write."""
    words = (b'"keypoints"', b'"pose_keypoints_2d"', b'"instance_info"', b'"annotations"')
    return head.lstrip()[:1] in (b"{", b"[") and any(word in head for word in words)


def is_deeplabcut(head: bytes) -> bool:
    """Recognise DeepLabCut's CSV by its first two lines."""
    return re.match(rb"scorer[,;\t]", head) is not None and b"bodyparts" in head


def is_sleap_csv(head: bytes) -> bool:
    """Recognise SLEAP's CSV by two of its columns."""
    first = re.split(rb"[,;\t]", head.removeprefix(_BOM).split(b"\n", 1)[0].strip())
    return {b"track", b"frame_idx"} <= set(first)


def is_hdf5(head: bytes) -> bool:
    """Recognise HDF5, which netCDF and SLEAP projects are as well."""
    return head.startswith(b"\x89HDF\r\n\x1a\n")


def is_angles(head: bytes) -> bool:
    """Recognise OpenSim's (or SIMM's) table of coordinates, by its header and its columns."""
    if re.search(rb"^\s*endheader[\s,;]*$", head, re.MULTILINE | re.IGNORECASE) is None:
        return False
    return b"pelvis_tilt" in head and b"DataType=Quaternion" not in head


def is_xsens(head: bytes) -> bool:
    """Recognise Xsens DOT's and MT's tables by a column of theirs."""
    return b"PacketCounter" in head


def is_opensense(head: bytes) -> bool:
    """Recognise OpenSense's table of quaternions by its header."""
    return b"DataType=Quaternion" in head and b"endheader" in head


def is_sensor_list(head: bytes) -> bool:
    """Recognise a list of sensors by its table."""
    return re.search(rb"^\s*\[sensors[.\]]", head, re.MULTILINE) is not None


def is_strip(head: bytes) -> bool:
    """Recognise a list of a spine strip's columns by its table."""
    return re.search(rb"^\s*\[strip\]", head, re.MULTILINE) is not None


def is_motive(head: bytes) -> bool:
    """Recognise Motive's CSV by its first cell."""
    return head.removeprefix(_BOM).startswith((b"Format Version,", b"Format Version;"))


def is_qualisys(head: bytes) -> bool:
    """Recognise Qualisys' TSV by its first word and its names of markers."""
    return head.lstrip(b"\xef\xbb\xbf").startswith(b"NO_OF_FRAMES") and b"MARKER_NAMES" in head


def is_visual3d(head: bytes) -> bool:
    """Recognise Visual3D's text by its third line of TARGETs and its fifth of ITEMs."""
    lines = head.splitlines()
    if len(lines) < 5:
        return False
    third, fifth = (re.split(rb"[\s,;]+", lines[i].strip(b"\t ,;")) for i in (2, 4))
    return b"TARGET" in third and fifth[0] == b"ITEM"


def is_anipose(head: bytes) -> bool:
    """Recognise Anipose's 3D table by its names of columns."""
    names = [cell.strip() for cell in re.split(rb"[,;\t]", head.split(b"\n", 1)[0])]
    return b"fnum" in names and any(name.endswith(b"_ncams") for name in names)


def is_netcdf(head: bytes) -> bool:
    """Recognise netCDF, the classic one or (as HDF5) the fourth."""
    return head.startswith(b"CDF") or is_hdf5(head)


def is_kinovea(head: bytes) -> bool:
    """Recognise Kinovea's XML by its root, text by its first line, CSV by its first columns."""
    text = head.removeprefix(_BOM).lstrip()
    if text.startswith(b"#Kinovea Trajectory") or b"<KinoveaVideoAnalysis" in text[:1024]:
        return True
    return re.match(rb'"?Time"?[,;]\s*"?[^",;\r\n]+/[^",;\r\n]*/X"?', text) is not None


def is_nothing(head: bytes) -> bool:
    """Recognise no file: for kinds that are folders."""
    return False
