"""Reads video: each frame with its own time stamp, upright, streamed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, islice, pairwise
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING

from backline.errors import SourceError
from backline.formats.frames import Clip, ClipInfo, Frame, check_side
from backline.formats.picture_orientation import Painter, Stored
from backline.formats.video_opening import nothing_decoded
from backline.formats.video_pass import FIRST_FRAMES, PassState, stated_length_s

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    Timed = tuple[float, VideoFrame]

SEEK_MARGINS_S = (0.5, 5.0)
"""How far before a wanted time is sought, seconds: indexes hold decoding times, which run
ahead of the shown ones by up to some 16 frames. If the second is not enough, reading starts
at the beginning."""

AHEAD_S = 0.5
"""Of two frames in the wrong order, the first has the wrong time if it is ahead by more than this,
seconds, else the second (judgement: the time of some frames)."""


class VideoClip(Clip):
    """A video file.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    SourceError
        If it cannot be read, or not one frame of it can be decoded.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        with PassState(self._path) as state:
            begin = list(islice(state.good_frames(), FIRST_FRAMES))
            if not begin:
                raise nothing_decoded(self._path, state.stream)
            first = begin[0]
            # A first frame with a later time than those after it has the wrong time.
            stamps = [frame.pts for frame in begin if frame.pts is not None]
            self._origin = min(stamps) if first.pts is not None else None
            self._rate = state.stream.average_rate or state.stream.guessed_rate
            if self._origin is None and not self._rate:
                raise SourceError(
                    f"'{path}' says neither when its frames were taken nor at what rate: "
                    "put it into an mp4 and try again."
                )
            self._stored = Stored.of(first, state.stream.sample_aspect_ratio)
            described = _describe(str(path), state, first, self._stored)
            super().__init__(described, self._usual_rate_hz(state, stamps))

    def frames(
        self,
        start_s: float | None = None,
        end_s: float | None = None,
        max_side_px: int | None = None,
    ) -> Iterator[Frame]:
        """Read the frames one after the other; see :meth:`Clip.frames`."""
        check_side(max_side_px)
        self.damaged = self.dropped = 0
        painter = Painter(self._stored, max_side_px)
        with PassState(self._path) as state:
            index, last = 0, -1
            for time_s, raw in self._from(state, start_s or 0.0):
                if end_s is not None and time_s >= end_s:
                    break
                slot = self._slot(time_s) if self.every > 1 else last + 1
                before, last = last, slot
                if slot == before or (start_s is not None and time_s < start_s):
                    continue
                self.damaged, self.dropped = state.damaged, state.dropped
                yield Frame(index, time_s, painter.paint(raw))
                index += 1
            else:
                self.truncated = self.truncated or state.ended_early()
            self.damaged, self.dropped = state.damaged, state.dropped

    def sample(self, times: Sequence[float], max_side_px: int | None = None) -> Iterator[Frame]:
        """Read the frames on screen at the given times; see :meth:`Clip.sample`."""
        check_side(max_side_px)
        painter = Painter(self._stored, max_side_px)
        with PassState(self._path) as state:
            stretch: Iterator[Timed] = iter(())
            shown: Timed | None = None
            ahead: Timed | None = None
            for index, wanted in enumerate(times):
                if shown is None or wanted < shown[0] or self._key_between(state, shown, wanted):
                    stretch, ahead = self._from(state, wanted), None
                    shown = next(stretch)
                while (ahead := ahead or next(stretch, None)) and ahead[0] <= wanted:
                    shown, ahead = ahead, None
                yield Frame(index, shown[0], painter.paint(shown[1]))

    def _from(self, state: PassState, start_s: float) -> Iterator[Timed]:
        """Yield times and frames from at or before a time on (from the start if unsure)."""
        if self._origin is not None and start_s > SEEK_MARGINS_S[0]:
            for margin_s in SEEK_MARGINS_S:
                if not state.seek(self._ticks(state, start_s - margin_s)):
                    break
                timed = self._timed(state)
                first = next(timed, None)
                if first is not None and first[0] <= start_s:
                    return chain([first], timed)
            state.reopen()
        elif state.started:
            state.reopen()
        return self._timed(state)

    def _timed(self, state: PassState) -> Iterator[Timed]:
        """Yield strictly increasing times, seconds from the clip's first frame, and frames."""
        last_s = float("-inf")
        held: Timed | None = None  # until the next one shows that its time is not too late
        for frame in state.good_frames():
            time_s = self._time_s(frame, state)
            if time_s is None or time_s <= last_s or time_s < 0:
                state.dropped += 1
                continue
            if not self._stored.fits(frame):
                state.damaged += 1
                continue
            if held is not None and time_s <= held[0]:
                state.dropped += 1
                if held[0] - time_s < AHEAD_S:
                    continue
            elif held is not None:
                last_s = held[0]
                yield held
            held = time_s, frame
        if held is not None:
            yield held

    def _time_s(self, frame: VideoFrame, state: PassState) -> float | None:
        """Return a frame's time in seconds, None where it alone holds none."""
        if self._origin is None:
            rate = self._rate or Fraction(1)
            return state.decoded * rate.denominator / rate.numerator
        if frame.pts is None:
            return None
        base = frame.time_base or state.time_base
        return (frame.pts - self._origin) * base.numerator / base.denominator

    def _usual_rate_hz(self, state: PassState, stamps: list[int]) -> float:
        """Return frames a second as the file states them, or its first frames: what is less."""
        steps = [later - one for one, later in pairwise(sorted(stamps)) if later > one]
        seen_hz = float(1 / (median_low(steps) * state.time_base)) if steps else math.inf
        return min(float(self._rate), seen_hz) if self._rate else 0.0

    def _ticks(self, state: PassState, time_s: float) -> int:
        """Return a time from the first frame as a time stamp of the stream."""
        return (self._origin or 0) + round(max(time_s, 0.0) / state.time_base)

    def _key_between(self, state: PassState, shown: Timed, wanted_s: float) -> bool:
        """Return whether seeking gets nearer to a later time than decoding on."""
        if self._origin is None:
            return False
        entries = state.stream.index_entries
        found = entries.search_timestamp(self._ticks(state, wanted_s)) if len(entries) > 1 else -1
        if found < 0:
            return wanted_s - shown[0] > SEEK_MARGINS_S[1]
        ticks = self._ticks(state, shown[0] + SEEK_MARGINS_S[0])
        return entries[found].timestamp > ticks


def _describe(path: str, state: PassState, first: VideoFrame, stored: Stored) -> ClipInfo:
    """Collect what is known of a clip from its header and its first frame."""
    stream = state.stream
    width, height = stored.shown_size()
    length_s = stated_length_s(state)
    rate = stream.average_rate
    frames = stream.frames or (round(length_s * rate) if length_s and rate else None)
    return ClipInfo(
        path=path,
        kind="video",
        width_px=width,
        height_px=height,
        codec=stream.codec_context.codec.canonical_name,
        pixel_format=stream.codec_context.pix_fmt or first.format.name,
        rotation_deg=stored.turn.clockwise_deg,
        frames_hint=frames or None,
        duration_hint_s=length_s,
        rate_hint_hz=float(rate) if rate else None,
    )
