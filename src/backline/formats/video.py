"""Public functions for reading and writing video."""

from __future__ import annotations

import os
from pathlib import Path

from backline.errors import UsageError
from backline.formats.frames import Clip, ClipInfo, Frame
from backline.formats.images import ImageClip
from backline.formats.video_probe import probe
from backline.formats.video_reading import VideoClip
from backline.formats.video_writing import VideoWriter
from backline.storage.atomic_file import file_sha256

__all__ = [
    "Clip",
    "ClipInfo",
    "Frame",
    "VideoWriter",
    "file_sha256",
    "open_clip",
    "split_rate",
]

SLOWEST_HZ, FASTEST_HZ = 0.01, 1_000_000.0
"""Frames a second that are trusted of a camera or a sensor."""


def open_clip(path: str | Path, *, rate_hz: float | None = None) -> Clip:
    """Open a video file, or a folder of numbered images.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rate_hz : float, optional
        Frames a second of a folder of images; a video has times of its own.

    Returns
    -------
    Clip
        Ready to be read, any number of times.

    Raises
    ------
    SourceError
        If it is missing, empty, not a video, or no frame of it can be decoded.
    UsageError
        If a folder comes without a rate, or a video with one.

    Examples
    --------
    >>> with open_clip("squat.mp4") as clip:  # doctest: +SKIP
    ...     for frame in clip.frames(max_side_px=960):
    ...         print(frame.time_s, frame.picture.shape)
    """
    if os.path.isdir(path):
        return ImageClip(path, rate_hz)
    if rate_hz is not None and os.path.exists(path):
        raise UsageError(
            f"'{path}' is a video, whose frames have times of their own: leave out the rate "
            f"of {rate_hz:g}, which is for folders of images."
        )
    probe(path)
    return VideoClip(path)


def split_rate(source: str) -> tuple[Path, float | None]:
    """Split ``FOLDER@RATE`` as given on the command line.

    Parameters
    ----------
    source : str
        A path, with or without ``@`` and frames a second: ``lift.mp4``, ``frames@30``,
        ``frames@29.97``, ``frames@30000/1001``. A path that exists as it stands is not split.

    Returns
    -------
    path : Path
        What to open.
    rate_hz : float or None
        The rate, None where none was given.

    Raises
    ------
    UsageError
        If what follows the ``@`` behind an existing folder or file is no rate of a camera.
    """
    head, at, tail = source.rpartition("@")
    if not at or not head or os.path.exists(source):  # not Path's: it raises for a long name
        return Path(source), None
    rate = _rate(tail)
    if rate is not None:
        return Path(head), rate
    if os.path.exists(head):
        raise UsageError(
            f"'{tail}' after the @ of '{source}' is not a rate: give the frames a second, from "
            f"{SLOWEST_HZ:g} to {FASTEST_HZ:g}, for example '{head}@30'."
        )
    return Path(source), None


def _rate(text: str) -> float | None:
    """Return frames a second of a number or a fraction; None where it is no rate of a camera."""
    over, _, under = text.partition("/")
    try:
        rate = float(over) / float(under or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return rate if SLOWEST_HZ <= rate <= FASTEST_HZ else None
