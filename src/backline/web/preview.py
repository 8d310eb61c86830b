"""A small H.264 copy of a clip that browsers may be unable to play."""

from __future__ import annotations

from pathlib import Path

from backline.formats.video import VideoWriter, open_clip
from backline.report.pictures import fitted, resized

PREVIEW = "preview.mp4"
"""Name of the copy in the lift's view folder, and in its address."""
PLAYABLE = frozenset({("h264", "yuv420p"), ("h264", "yuvj420p"), ("vp9", "yuv420p")})
"""Codec and pixel format that all current browsers decode inside an mp4."""
SIDE_PX = 640
"""Longest side of the copy, pixels: enough to find the lifter and a moment."""


def write_preview(clip: Path, copy: Path) -> bool:
    """Write a small copy of a clip unless all browsers can play the clip itself.

    Phones film in HEVC, which most browsers on a computer do not decode; without a picture nobody
    can point at the lifter of a clip that was not measured.

    Parameters
    ----------
    clip : Path
        The clip as uploaded.
    copy : Path
        Where the copy goes; its times are the clip's.

    Returns
    -------
    bool
        Whether a copy was written.

    Raises
    ------
    SourceError
        If the clip cannot be read.
    """
    with clip.open("rb") as stream:
        in_mp4 = stream.read(8)[4:] == b"ftyp"
    with open_clip(clip) as opened:
        info = opened.info
        if in_mp4 and (info.codec, info.pixel_format) in PLAYABLE:
            return False
        size = fitted(info.width_px, info.height_px, SIDE_PX)
        copy.parent.mkdir(parents=True, exist_ok=True)
        with VideoWriter(copy, *size, preset="ultrafast") as writer:
            for frame in opened.frames(max_side_px=SIDE_PX):
                writer.write(resized(frame.picture, size), frame.time_s)
    return True
