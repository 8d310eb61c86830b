"""The interface of a clip: pictures with their own time stamps, from any file."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from backline.errors import UsageError


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a clip.

    Parameters
    ----------
    index : int
        Number in the order of this reading, from 0.
    time_s : float
        The frame's own time less that of the clip's first frame, seconds.
    picture : ndarray of uint8, shape (h, w, 3)
        RGB, upright, with square pixels.
    """

    index: int
    time_s: float
    picture: NDArray[np.uint8]


@dataclass(frozen=True)
class ClipInfo:
    """What is known of a clip before it is read.

    Parameters
    ----------
    path : str
        As the user gave it.
    kind : {"video", "images"}
        A video file, or a folder of numbered images.
    width_px, height_px : int
        Full size of the pictures as :class:`Frame` gives them: upright, square pixels.
    codec, pixel_format : str
        As stored, for example ``"hevc"`` and ``"yuv420p10le"``.
    rotation_deg : int
        Clockwise turn that makes the stored pictures upright: 0, 90, 180 or 270.
    frames_hint : int or None
        Number of frames that the file states, for a progress bar; None where it states none.
    duration_hint_s : float or None
        Length that the file states, seconds.
    rate_hint_hz : float or None
        Mean rate that the file states, frames a second. Never used for times unless the
        file holds none.
    """

    path: str
    kind: Literal["video", "images"]
    width_px: int
    height_px: int
    codec: str
    pixel_format: str
    rotation_deg: int
    frames_hint: int | None
    duration_hint_s: float | None
    rate_hint_hz: float | None = None


class Clip(ABC):
    """A readable clip. Every reading opens the file anew, so it can be read more than once.

    Attributes
    ----------
    info : ClipInfo
        What is known before reading.
    truncated : bool
        True once a reading met an end before the one that the file states.
    damaged : int
        Packets or pictures of the latest reading that could not be decoded, or that had
        another shape than the first one; they are left out, so their time is a gap.
    dropped : int
        Frames of the latest reading left out because their time did not increase.
    every : int
        :meth:`frames` gives only each n-th frame, with its own time; see :meth:`thin`.
    """

    def __init__(self, info: ClipInfo, rate_hz: float = 0.0) -> None:
        self.info = info
        self.truncated = False
        self.damaged = 0
        self.dropped = 0
        self.every = 1
        self._rate_hz = rate_hz

    def thin(self, least_hz: float) -> None:
        """Set ``every`` as large as a least frame rate allows.

        Parameters
        ----------
        least_hz : float
            Least number of frames a second that remain; a slower clip is read whole.
        """
        self.every = max(1, int(self._rate_hz / least_hz))

    def _slot(self, time_s: float) -> int:
        """Return the number of the interval of ``every`` frames; its first frame is read.

        It depends on the time alone, so that every pass gives the same frames, wherever it starts.
        An interval begins half a frame before its first frame, since phones' clocks jitter.
        """
        return math.floor((time_s * self._rate_hz + 0.5) / self.every)

    @abstractmethod
    def frames(
        self,
        start_s: float | None = None,
        end_s: float | None = None,
        max_side_px: int | None = None,
    ) -> Iterator[Frame]:
        """Read the frames one after the other; memory does not grow with length.

        Parameters
        ----------
        start_s, end_s : float, optional
            Only frames with ``start_s <= time_s < end_s``, seconds.
        max_side_px : int, optional
            Pictures are scaled down so that their longer side is at most this, pixels.

        Yields
        ------
        Frame
            In the order of strictly increasing time; every frame, or those that :meth:`thin` left.
        """

    @abstractmethod
    def sample(self, times: Sequence[float], max_side_px: int | None = None) -> Iterator[Frame]:
        """Read the frames on screen at the given times, without reading all between them.

        Parameters
        ----------
        times : sequence of float
            Seconds, best in increasing order. A time before the start gives the first frame,
            a time after the end the last.
        max_side_px : int, optional
            As in :meth:`frames`.

        Yields
        ------
        Frame
            One for each time: the last frame whose ``time_s`` is not after it.
        """

    def close(self) -> None:  # noqa: B027 - not every kind of clip holds something
        """Free what the clip itself holds; a reading frees its own when it ends."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def check_side(max_side_px: int | None) -> None:
    """Raise :class:`UsageError` if a largest side in pixels is not positive."""
    if max_side_px is not None and max_side_px < 1:
        raise UsageError(f"The largest side of a picture is {max_side_px}: give 1 pixel or more.")
