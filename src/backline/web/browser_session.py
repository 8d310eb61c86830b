"""One live session of a browser's camera: pictures in, answers out; writes only a recording."""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from backline.live.cueing import CueGiver, Schedule, Trained
from backline.live.drill import Drill, DrillResult
from backline.live.log import LiveLog
from backline.live.replay import DELAY_S, ReplayBuffer
from backline.live.session import LiveSession, start_session
from backline.model.measurement import Side
from backline.web.live_messages import message_of_drill, message_of_replay, message_of_state
from backline.web.texts import say
from backline.web.upload import Refused

if TYPE_CHECKING:
    from backline.formats.frames import Frame
    from backline.live.recording import Recorder
    from backline.live.session import LiveState

LARGEST_PICTURE = 2 << 20
"""Bytes of one picture; a JPEG of 640 pixels has about 40,000."""
LARGEST_SIDE_PX = 1280  # of one picture; the page sends 640
LATEST_S, LONGEST_GAP_S = 1e7, 600.0
"""A browser's clock counts from when the page was opened, so no picture is later than that (four
months), nor so long after the one before: the session has been closed by then."""
DELAY_RANGE_S = (0.0, 10.0)  # of the start, as the page offers it
LONGEST_NAME = 80  # characters of a lifter's name
_PAGE_ID = re.compile(r"[0-9a-f]{32}")
HEAD = struct.Struct("<d")
"""In front of each picture: its time on the browser's clock, seconds."""


@dataclass(frozen=True)
class LiveOptions:
    """Options of a live session, as the page sends them.

    Parameters
    ----------
    page_id : str
        32 random hexadecimal digits; a page that reconnects is recognised by them.
    train : {"top", "bottom", "all"}
        Where cues are given.
    schedule : {"fading", "always", "silent"}
        In which reps.
    side : {"auto", "left", "right"}
        That faces the camera.
    delay_s : float
        From the end of a rep to its replay, seconds.
    keep : bool
        Whether to record, and to analyse the recording afterwards.
    drill : bool
        The guided drill instead of a set.
    lifter : str
        Whose record the drill and the recording go into, ``""`` for nobody's.
    """

    page_id: str
    train: Trained = "all"
    schedule: Schedule = "fading"
    side: str = "auto"
    delay_s: float = DELAY_S
    keep: bool = False
    drill: bool = False
    lifter: str = ""


def read_live_options(fields: Any) -> LiveOptions:
    """Return the options that a page sent, checked.

    Raises
    ------
    Refused
        If a value is impossible.
    """
    if not isinstance(fields, Mapping) or not _PAGE_ID.fullmatch(str(fields.get("room"))):
        raise Refused(422, say("live.not_understood"))
    known = {
        "train": get_args(Trained),
        "schedule": get_args(Schedule),
        "side": ("auto", *get_args(Side)),
    }
    chosen = {key: fields.get(key, getattr(LiveOptions, key)) for key in known}
    delay, lifter = fields.get("delay_s", DELAY_S), " ".join(str(fields.get("lifter", "")).split())
    low, high = DELAY_RANGE_S
    if (
        any(chosen[key] not in known[key] for key in known)
        or not isinstance(delay, int | float)
        or not low <= delay <= high
        or len(lifter) > LONGEST_NAME
        or not lifter.isprintable()
    ):
        raise Refused(422, say("live.not_understood"))
    return LiveOptions(
        page_id=str(fields["room"]),
        train=cast("Trained", chosen["train"]),
        schedule=cast("Schedule", chosen["schedule"]),
        side=str(chosen["side"]),
        delay_s=float(delay),
        keep=fields.get("keep") is True,
        drill=fields.get("drill") is True,
        lifter=lifter,
    )


@dataclass(frozen=True)
class Answer:
    """The answer to one picture.

    Parameters
    ----------
    content : dict
        For the page, as JSON.
    pictures : bytes
        Of the replay that is due, one JPEG after the other; empty where none is.
    """

    content: dict[str, Any]
    pictures: bytes = b""


class BrowserSession:
    """One live session; `take` and `close` must run in its own ``thread``.

    Parameters
    ----------
    options : LiveOptions
        As the page sent them.
    clip : Path
        Path of the recording, if one is asked for.
    make_session : callable
        Makes the session.
    """

    def __init__(
        self,
        options: LiveOptions,
        clip: Path,
        make_session: Callable[..., LiveSession] = start_session,
    ) -> None:
        self.options, self.clip = options, clip
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="backline-live")
        self.result: DrillResult | None = None
        self.log = LiveLog()
        self._make_session = make_session
        self._session: LiveSession | None = None
        self._buffer = ReplayBuffer(options.delay_s)
        self._drill = Drill() if options.drill else None
        self._recorder: Recorder | None = None
        self._last_s = -math.inf
        self._frames = 0
        self._shape: tuple[int, ...] = ()

    def take(self, message: bytes) -> Answer:
        """Process a picture.

        Raises
        ------
        Refused
            If it is no picture.
        """
        frame = self._frame(message)
        if frame is None:
            return Answer({"late": True})
        if self._session is None:
            cues = CueGiver(self.options.train, self.options.schedule)
            self._session = self._make_session(side=self.options.side, cues=cues)
        state = self._session.step(frame)
        if self.options.keep:
            self._record(frame, state, self._session.lag_s)
        height, width = frame.picture.shape[:2]
        content = message_of_state(state, (width, height))
        if self._drill is not None:
            if state.stage == "live":
                now = self._drill.push(state.time_s, state.estimate)
                self.result = now.result
                content["drill"], content["cue"] = message_of_drill(now), None
            return Answer(content)
        lag_s = self._session.lag_s
        replay = self._buffer.push(state, message[HEAD.size :], 0.0 if math.isnan(lag_s) else lag_s)
        if replay is None:
            return Answer(content)
        content["replay"] = message_of_replay(replay, (width, height))
        return Answer(content, b"".join(shot.picture for shot in replay.shots))

    def close(self) -> bool:
        """End the session; return whether a recording lies at ``clip``."""
        if self._session is not None:
            self._session.close()
            self._session = None
        if self._recorder is None:
            return False
        self._recorder.__exit__(None, None, None)
        self._recorder = None
        return True

    def _record(self, frame: Frame, state: LiveState, lag_s: float) -> None:
        if self._recorder is None:
            from backline.live.recording import Recorder

            self.clip.parent.mkdir(parents=True, exist_ok=True)
            self._recorder = Recorder(self.clip)
        self._recorder.write(frame)
        self.log.add(state, self._recorder.time_s(frame.time_s), lag_s)

    def _frame(self, message: bytes) -> Frame | None:
        """Return the frame of a message, None where it is not later than the one before."""
        from backline.formats.frames import Frame

        if not HEAD.size < len(message) <= LARGEST_PICTURE:
            raise Refused(422, say("live.no_picture"))
        (time_s,) = HEAD.unpack_from(message)
        if not self._last_s < time_s < math.inf:
            return None
        if abs(time_s) > LATEST_S or (self._frames and time_s - self._last_s > LONGEST_GAP_S):
            raise Refused(422, say("live.no_time"))
        picture = decoded(message[HEAD.size :])
        if self._recorder is not None and picture.shape != self._shape:
            raise Refused(422, say("live.other_size"))
        self._shape = picture.shape
        self._last_s = time_s
        self._frames += 1
        return Frame(self._frames, time_s, picture)


def decoded(jpeg: bytes) -> NDArray[np.uint8]:
    """Return the picture of a JPEG; its size is known before anything is decoded.

    Raises
    ------
    Refused
        If it is no JPEG, or too large.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
            if max(opened.size) > LARGEST_SIDE_PX:
                raise Refused(422, say("live.no_picture"))
            return np.asarray(opened.convert("RGB"), dtype=np.uint8)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Refused(422, say("live.no_picture")) from None
