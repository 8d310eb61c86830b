"""Live sources: camera, stream, or a file played in real time; only the newest frame is kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from backline.errors import BacklineError, SourceError
from backline.formats.frames import Frame

STREAM_SCHEMES = ("rtsp://", "rtsps://", "http://", "https://")
RETRY_S = 1.0
"""A camera or stream that is gone is tried again this often, seconds."""
CAMERA_FORMAT = "v4l2"
"""FFmpeg's name for the cameras of Linux."""
TIMEOUT_S = 5.0
"""A stream that sends nothing for so long counts as gone, seconds."""


class LatestFrames:
    """Reads a live source in its own thread and keeps only its latest frame.

    A slow caller misses frames; there is no queue, so the lag does not grow. A camera or stream
    that disappears is reopened until it is back.

    Parameters
    ----------
    source : str
        ``camera`` or ``camera:N``, an address that begins with rtsp:// or http://, or a file.
    max_side_px : int
        Longer side that pictures are reduced to, pixels.
    speed : float
        For a file: how fast it is played, 1 is its own speed.

    Raises
    ------
    SourceError
        If the file is not there or is no video, or if this system's cameras cannot be read.
    """

    def __init__(self, source: str, *, max_side_px: int = 720, speed: float = 1.0) -> None:
        self.source = source
        self.is_file = not (source.split(":")[0] == "camera" or source.startswith(STREAM_SCHEMES))
        self.max_side_px = max_side_px
        self.trouble = ""
        self.delivered = 0
        self.read = 0
        self._speed = speed
        self._slot: tuple[Frame, float] | None = None
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._ended = False
        self._error: BacklineError | None = None
        if source.split(":")[0] == "camera":
            _check_system(source)
        if self.is_file:
            from backline.formats.video import open_clip

            open_clip(Path(source)).close()  # raises at once if the file cannot be read
        self._thread = threading.Thread(target=self._run, name="backline-live", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading and wait for the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2 * TIMEOUT_S)

    @property
    def dropped(self) -> int:
        """Frames that were replaced by a newer one before they were taken."""
        return self.read - self.delivered - (self._slot is not None)

    def take(self, timeout_s: float) -> tuple[Frame, float] | None:
        """Wait for a frame newer than the last one taken.

        Parameters
        ----------
        timeout_s : float
            How long, seconds.

        Returns
        -------
        (Frame, float) or None
            The frame and when it arrived (``time.perf_counter``); None where none arrived in time,
            or the source has ended (see `ended`).

        Raises
        ------
        SourceError
            If a file turned out unreadable.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._slot is not None or self._ended, timeout_s)
            taken, self._slot = self._slot, None
            self.delivered += taken is not None
        if taken is None and self._error is not None:
            raise self._error
        return taken

    @property
    def ended(self) -> bool:
        """Whether the source has come to its end and its last frame was taken."""
        return self._ended and self._slot is None

    def _put(self, frame: Frame) -> None:
        with self._changed:
            self._slot = (frame, time.perf_counter())
            self.read += 1
            self.trouble = ""
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            if self.is_file:
                self._play()
            else:
                self._keep_open()
        except BacklineError as error:
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _play(self) -> None:
        """Deliver a file's frames at their own times."""
        from backline.formats.video import open_clip

        began = time.perf_counter()
        with open_clip(Path(self.source)) as clip:
            for frame in clip.frames(max_side_px=self.max_side_px):
                wait = began + frame.time_s / self._speed - time.perf_counter()
                if self._stop.wait(max(wait, 0.0)):
                    return
                self._put(frame)

    def _keep_open(self) -> None:
        """Read a camera or stream; reopen it whenever it disappears."""
        began = time.perf_counter()
        while not self._stop.is_set():
            try:
                for picture in _pictures(self.source, self.max_side_px):
                    self._put(Frame(self.read, time.perf_counter() - began, picture))
                    if self._stop.is_set():
                        return
                self.trouble = f"'{self.source}' has stopped sending: waiting for it to come back."
            except SourceError as error:
                self.trouble = str(error)
            self._stop.wait(RETRY_S)


def _check_system(source: str) -> None:
    """Raise `SourceError` where the command line has no way to this system's cameras."""
    from av.format import ContainerFormat

    try:
        ContainerFormat(CAMERA_FORMAT, "r")
    except ValueError as error:
        raise SourceError(
            f"The camera '{source}' cannot be read from the command line on this system: open the "
            "page Live of backline serve, or give an address that begins with rtsp:// or http://."
        ) from error


def _pictures(source: str, max_side_px: int) -> Iterator[NDArray[np.uint8]]:
    """Yield the pictures of a camera or stream as they arrive.

    Raises
    ------
    SourceError
        If it cannot be opened, or breaks off.
    """
    import av

    place, options, kind = source, {"fflags": "nobuffer", "flags": "low_delay"}, None
    if source.split(":")[0] == "camera":
        number = source.partition(":")[2] or "0"
        place, kind = f"/dev/video{number}", CAMERA_FORMAT
    if source.startswith("rtsp"):
        options["rtsp_transport"] = "tcp"
    try:
        with av.open(place, format=kind, options=options, timeout=TIMEOUT_S) as container:
            for picture in container.decode(video=0):
                share = min(1.0, max_side_px / max(picture.width, picture.height))
                width, height = round(picture.width * share), round(picture.height * share)
                small = picture.reformat(width=width, height=height, format="rgb24")
                yield np.asarray(small.to_ndarray(), dtype=np.uint8)
    except (av.error.FFmpegError, OSError, IndexError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SourceError(
            f"The live source '{source}' cannot be read ({reason}): plug the camera in, allow its "
            "use or check the address; it is tried again every second."
        ) from error
