"""Video in and out: the front door to everything that is read or written as moving pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from backline.errors import UsageError
from backline.formats.frames import Clip, ClipInfo, Frame
from backline.formats.images import ImageClip
from backline.formats.prefetch import prefetch
from backline.formats.video_reading import VideoClip
from backline.formats.video_writing import VideoWriter
from backline.formats.whole_file import file_sha256

__all__ = [
    "Clip",
    "ClipInfo",
    "Frame",
    "VideoWriter",
    "file_sha256",
    "open_clip",
    "prefetch",
    "split_rate",
]


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
    if Path(path).is_dir():
        return ImageClip(path, rate_hz)
    if rate_hz is not None and Path(path).exists():
        raise UsageError(
            f"'{path}' is a video, whose frames have times of their own: leave out the rate "
            f"of {rate_hz:g}, which is for folders of images."
        )
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
        If what follows the ``@`` behind an existing folder or file is no rate above 0.
    """
    head, at, tail = source.rpartition("@")
    if not at or not head or Path(source).exists():
        return Path(source), None
    try:
        rate = Fraction(tail)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if rate > 0:
        return Path(head), float(rate)
    if Path(head).exists():
        raise UsageError(
            f"'{tail}' after the @ of '{source}' is not a rate: give the frames a second, "
            f"for example '{head}@30'."
        )
    return Path(source), None
