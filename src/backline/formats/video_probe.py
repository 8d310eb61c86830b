"""Opens a video in a child process first, so that a fault in FFmpeg ends that process alone.

It reads what a faulty file breaks first: the container's header and index, its streams, and the
first frames. A video that passed is opened in this process.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from threading import Lock

from backline.errors import SourceError
from backline.formats.isolated_reader import GIB, ProcessLimits, read_isolated
from backline.formats.video_opening import VideoLimits
from backline.formats.video_pass import FIRST_FRAMES, PassState

PROBE = "BACKLINE_PROBE"
"""Environment variable: with 0 videos are opened without the probe, in processes that are isolated
themselves, such as workers of a batch."""
LIMITS = ProcessLimits(memory_bytes=3 * GIB, memory_for_each_byte=0.0, time_s=50.0)
"""Of the largest pictures that are allowed, 36 million pixels, a decoder may hold 17 before the
first comes out: 2 GiB at 10 bits. Nothing is kept of the rest of the file."""

_Key = tuple[str, int, int, int, int]
_tried: dict[_Key, SourceError | None] = {}
_trying = Lock()


def probe(path: str | Path) -> None:
    """Open a video in a separate process, once in the life of this process.

    Parameters
    ----------
    path : str or Path
        The video. One that is not there is left to the caller that opens it.

    Raises
    ------
    SourceError
        If it cannot be opened, or crashes or exhausts the process that opens it.
    """
    place = Path(path)
    if os.environ.get(PROBE, "1") == "0" or not os.path.isfile(place):
        return
    with _trying:
        key = _key(place)
        if key not in _tried:
            _tried[key] = _failure(place)
        failure = _tried[key]
    if failure is not None:
        raise SourceError(str(failure))


def _key(path: Path) -> _Key:
    """Distinguish a file from any other, and from itself after it was changed."""
    known = path.stat()
    return str(path), known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns


def _failure(path: Path) -> SourceError | None:
    target = f"{__name__}:probe_here"
    try:
        read_isolated(target, path, VideoLimits.of_settings(), limits=LIMITS)
    except SourceError as error:
        return error
    return None


def probe_here(path: str | Path, limits: VideoLimits) -> None:
    """Open a video and decode its first frames in this process."""
    with PassState(Path(path), limits) as state:
        for _ in islice(state.good_frames(), FIRST_FRAMES):
            pass
