"""Records a live set, only on request, for the full analysis afterwards."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from backline.errors import SourceError
from backline.formats.frames import Frame
from backline.formats.video_writing import VideoWriter


class Recorder:
    """Writes the processed frames, each at its own time from the first one.

    Parameters
    ----------
    path : Path
        The mp4 to write; it appears only when the block ends without an error.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self._writer: VideoWriter | None = None
        self._first_s = 0.0

    def __enter__(self) -> Self:
        return self

    def time_s(self, live_s: float) -> float:
        """Return a live time on the recording's own clock, seconds."""
        return live_s - self._first_s

    def write(self, frame: Frame) -> None:
        """Add a frame."""
        if self._writer is None:
            height, width = frame.picture.shape[:2]
            self._writer = self._stack.enter_context(VideoWriter(self._path, width, height))
            self._first_s = frame.time_s
        self._writer.write(frame.picture, self.time_s(frame.time_s))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if error is None and self._writer is None:
            raise SourceError(
                f"No picture came, so '{self._path}' was not written: check the camera or address."
            )
