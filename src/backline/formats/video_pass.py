"""One pass through a video file: its good frames, and a count of damaged ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from backline.errors import SourceError
from backline.formats.video_opening import VideoLimits, open_container, video_stream_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FIRST_FRAMES = 3
"""Frames whose times decide where the clip begins, so that one wrong time has no effect."""
END_TOLERANCE_S = 0.25
"""A video that ends this much before its stated length does not count as truncated, seconds
(containers round, sound is slightly longer)."""


_STATE_LENGTH = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi"})
"""Containers whose header states a length; of others it is an estimate."""


class PassState:
    """One pass through an opened file; counts what went wrong in it.

    Attributes
    ----------
    stream : VideoStream
        The video stream.
    damaged : int
        Packets and frames that could not be decoded.
    dropped : int
        Frames left out by the caller because their time did not increase.
    decoded : int
        Number of the frame that was decoded last, from 0, damaged ones counted.
    """

    def __init__(self, path: Path, limits: VideoLimits | None = None) -> None:
        self._path, self._limits = path, limits
        self.damaged = self.dropped = 0
        self._open()

    def _open(self) -> None:
        self._container: InputContainer = open_container(self._path)
        try:
            self.stream: VideoStream = video_stream_of(self._container, self._path, self._limits)
        except SourceError:
            self._container.close()
            raise
        self.started = False
        self.decoded = -1
        self._broken = False
        self._first_s = float("inf")
        self._last_s = float("-inf")
        self._video_first_s, self._video_s = float("inf"), float("-inf")
        self._longest_gap_s = 0.0

    @property
    def container(self) -> InputContainer:
        """The opened container."""
        return self._container

    @property
    def time_base(self) -> Fraction:
        """Seconds of one tick of the video's time stamps."""
        return self.stream.time_base or Fraction(1, 1)

    def reopen(self) -> None:
        """Start again from the first packet."""
        self.close()
        self._open()

    def seek(self, ticks: int) -> bool:
        """Go to the last key frame not after a time stamp; False where that is impossible."""
        import av

        try:
            self._container.seek(ticks, stream=self.stream)
        except av.error.FFmpegError:
            return False
        self.started = True
        return True

    def good_frames(self) -> Iterator[VideoFrame]:
        """Decode from here on; damaged packets and frames are counted and left out."""
        import av

        self.started = True
        for packet in self._packets():
            if packet.is_corrupt:
                # Cut short by the end of the file. Decoding it would also cost the frames that
                # other decoder threads still hold, since the error ends their collection.
                self.damaged += 1
                self._broken = True
                continue
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self.damaged += 1
                self._broken = True
                continue
            for frame in frames:
                self.decoded += 1
                self._broken = frame.is_corrupt
                if frame.is_corrupt or frame.width < 1 or frame.height < 1:
                    self.damaged += 1
                else:
                    yield frame

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        """Yield the video's packets; note how far the file reaches, sound included.

        Phones and action cameras add tracks of other kinds (time code, position, subtitles); only
        the video is decoded. The packets that end each stream hold no index of their own, so
        that a packet is known by its stream.
        """
        import av

        try:
            for packet in self._container.demux(self.stream, *self._container.streams.audio):
                self._note(packet)
                if packet.stream is self.stream:
                    yield cast("Packet[VideoStream]", packet)
        except av.error.FFmpegError:
            self._broken = True

    def _note(self, packet: Packet[Stream]) -> None:
        if packet.pts is None or packet.is_discard or not packet.time_base:
            return
        start_s = float(packet.pts * packet.time_base)
        end_s = start_s + float((packet.duration or 0) * packet.time_base)
        self._first_s = min(self._first_s, start_s)
        if packet.stream is self.stream:
            if self._video_s > float("-inf"):
                self._longest_gap_s = max(self._longest_gap_s, start_s - self._video_s)
            self._video_first_s = min(self._video_first_s, start_s)
            self._video_s = max(self._video_s, end_s)
        self._last_s = max(self._last_s, end_s)

    def ended_early(self) -> bool:
        """Return, at the end of the file, whether it states more than it held."""
        if self._broken:
            return True
        if self._container.format.name not in _STATE_LENGTH:
            return False
        own_s = _video_length_s(self)
        stated_s, first_s, last_s = own_s, self._video_first_s, self._video_s
        if own_s is None:
            stated_s, first_s, last_s = stated_length_s(self), self._first_s, self._last_s
        if stated_s is None:
            return False
        slack_s = max(END_TOLERANCE_S, 1.5 * self._longest_gap_s)
        first_s = min(first_s, _video_start_s(self))  # also where reading began later
        held_s = last_s - first_s
        if "matroska" in self._container.format.name:  # cut out of a longer video it counts from 0
            held_s = max(held_s, last_s)
        return held_s < stated_s - slack_s

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def stated_length_s(state: PassState) -> float | None:
    """Return the length that a file states, seconds; None where it states none.

    It is the video's own, where that is stated: sound and subtitles may run on for long.
    """
    whole = state.container.duration
    return _video_length_s(state) or (whole / 1_000_000 if whole else None)


def _video_length_s(state: PassState) -> float | None:
    """Return the length that a file states for its video alone, seconds; None where it does not."""
    stream = state.stream
    lengths = [float(stream.duration * state.time_base)] if stream.duration else []
    if state.container.format.name == "avi" and stream.frames and stream.average_rate:
        lengths.append(float(stream.frames / stream.average_rate))
    ends = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if ends:  # Matroska: the time at which the video ends
        hours, minutes, seconds = (float(part) for part in ends.groups())
        end_s, start_s = 3600 * hours + 60 * minutes + seconds, _video_start_s(state)
        lengths.append(end_s - start_s if start_s < end_s else end_s)
    return max(lengths, default=None) or None


def _video_start_s(state: PassState) -> float:
    """Return the time of the video's first frame on the file's clock, seconds."""
    start = state.stream.start_time
    return float("inf") if start is None else float(start * state.time_base)
