"""Writes H.264 video for browsers, each frame at its own time stamp."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from backline.storage.atomic_file import atomic_file

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

TICKS_PER_S = 90_000
"""Resolution of the written times (the clock of MPEG systems): every common rate is exact."""

_NOMINAL_HZ = 30
"""Rate that the encoder plans with; the frames' own times are what is written."""

_BT709, _LIMITED = 1, 1
"""Codes of ITU-T H.273 for BT.709 colours and of FFmpeg for the limited range of video."""
_RED, _BLUE = 0.2126, 0.0722
"""Shares of red and blue in the luma of BT.709."""
_COLOURS = np.array([[_RED, 1 - _RED - _BLUE, _BLUE]] * 3)
_COLOURS[1:] = (np.eye(3)[[2, 0]] - _COLOURS[1:]) / [[2 - 2 * _BLUE], [2 - 2 * _RED]]
_TO_YUV = np.column_stack([_COLOURS * [[219 / 255], [224 / 255], [224 / 255]], [16, 128, 128]])
"""Map (3, 4) from red, green, blue (0 to 255) and 1 to BT.709's Y, Cb, Cr in limited range."""


class VideoWriter:
    """An mp4 (H.264, yuv420p, index in front) in the making; use it in a ``with`` block.

    The file appears only when the block ends without an error. Odd sizes are padded to even
    ones with a copy of the last column or row.

    Parameters
    ----------
    path : str or Path
        The mp4 to write.
    width, height : int
        Size of the pictures in pixels.
    crf : int
        Quality of x264: 0 (lossless) to 51; 18 is visually lossless, 28 small.
    preset : str
        Speed of x264, ``"ultrafast"`` to ``"veryslow"``.
    pictures : tuple of int, optional
        Width and height of the pictures that will be handed in, where they are to be scaled down
        to ``width`` x ``height`` (averaged over area), which then must be even.
    """

    def __init__(
        self,
        path: str | Path,
        width: int,
        height: int,
        *,
        crf: int = 23,
        preset: str = "veryfast",
        pictures: tuple[int, int] | None = None,
    ) -> None:
        if width < 1 or height < 1:
            raise ValueError(f"size: expected at least 1 x 1 pixels, got {width} x {height}")
        if pictures is not None and (width % 2 or height % 2):
            raise ValueError(f"size: expected even numbers, got {width} x {height}")
        self._path = Path(path)
        self._shape = (height, width, 3) if pictures is None else (pictures[1], pictures[0], 3)
        self._size = (width + width % 2, height + height % 2)
        self._scales = pictures is not None
        # No B-frames: with them the mp4's stated length follows the decoding times, which lag
        # behind irregular frame times, and players would stop before the last frames.
        self._options = {"crf": str(crf), "preset": preset, "bf": "0"}
        self._last_ticks: int | None = None

    def __enter__(self) -> Self:
        import av
        from av.video.reformatter import VideoReformatter

        with ExitStack() as stack:
            part = stack.enter_context(atomic_file(self._path))
            self._container = stack.enter_context(
                av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"})
            )
            self._stream = self._container.add_stream(
                "libx264", rate=_NOMINAL_HZ, options=self._options
            )
            self._stream.width, self._stream.height = self._size
            self._stream.pix_fmt = "yuv420p"
            context = self._stream.codec_context
            context.time_base = Fraction(1, TICKS_PER_S)
            context.colorspace = context.color_primaries = context.color_trc = _BT709
            context.color_range = _LIMITED
            self._scaler = VideoReformatter()
            self._stack = stack.pop_all()
        return self

    def write(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """Add a picture.

        Parameters
        ----------
        picture : ndarray of uint8, shape (height, width, 3)
            RGB.
        time_s : float
            When it is shown, seconds from 0, after the picture before.

        Raises
        ------
        ValueError
            If the shape differs from the writer's, or the time does not increase.
        """
        if picture.shape != self._shape:
            raise ValueError(f"picture: expected shape {self._shape}, got {picture.shape}")
        ticks = round(time_s * TICKS_PER_S)
        if ticks < 0 or (self._last_ticks is not None and ticks <= self._last_ticks):
            raise ValueError(f"time_s: expected increasing times from 0, got {time_s}")
        frame = self._to_yuv(picture)
        frame.pts, frame.time_base = ticks, Fraction(1, TICKS_PER_S)
        self._container.mux(self._stream.encode(frame))
        self._last_ticks = ticks

    def _to_yuv(self, picture: NDArray[np.uint8]) -> VideoFrame:
        from av.video.reformatter import Interpolation

        full = yuv_of(picture)
        if not self._scales:
            return full
        width, height = self._size
        return self._scaler.reformat(
            full, width=width, height=height, interpolation=Interpolation.AREA
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack as stack:
            if error is not None:
                stack.__exit__(kind, error, trace)
                return
            if self._last_ticks is None:
                raise ValueError(f"no picture was written to '{self._path}'")
            self._container.mux(self._stream.encode())


def yuv_of(picture: NDArray[np.uint8]) -> VideoFrame:
    """Return a picture as yuv420p, BT.709 in limited range; odd sizes are padded to even ones.

    By OpenCV: FFmpeg's own conversion of RGB takes 2 to 20 times as long, the more the less evenly
    the width divides.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        RGB.
    """
    import cv2
    from av.video.frame import VideoFrame

    height, width = (side + side % 2 for side in picture.shape[:2])
    if picture.shape[:2] != (height, width):
        more = (height - picture.shape[0], width - picture.shape[1])
        picture = np.pad(picture, ((0, more[0]), (0, more[1]), (0, 0)), mode="edge")
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    full, half = cv2.transform(picture, _TO_YUV), cv2.transform(half, _TO_YUV)
    frame = VideoFrame(width, height, "yuv420p")
    for channel, (plane, pixels) in enumerate(zip(frame.planes, (full, half, half), strict=True)):
        lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        cv2.extractChannel(pixels, channel, lines[:, : plane.width])
    return frame
