"""A live session, frame by frame: set-up, the standing reference, angles, phase, cues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backline.formats.frames import Frame
from backline.live.causal_estimator import LiveEstimate, LiveReader, unmeasured
from backline.live.cueing import CueGiver, GivenCue
from backline.live.framing import Framing, check_framing
from backline.live.live_frame import LiveExtractor, LiveFrame
from backline.live.phases import BodyPlace, DepthMeter, PhaseTracker
from backline.live.same_person import SamePerson
from backline.live.standing_check import StandingCheck
from backline.live.standing_recorder import StandingCalibrator
from backline.parallel import one_blas_thread
from backline.reasons import sentence
from backline.settings import Settings
from backline.sources import DEFAULT_ENGINE
from backline.sources.video.contour.outline import S1_INDEX, T12_INDEX
from backline.sources.video.lumbar.network import LumbarNetwork

Stage = Literal["framing", "stand_still", "live"]

STILL_DEG = 3.0
"""Most that the low back may move within the quiet second, degrees: the smallest change that is
reported (`Settings.uncertain_from_deg`)."""
RETURN_S = 10.0
"""After a longer absence the standing reference is recorded again, seconds: the camera may have
been moved, or another person may step in."""


@dataclass(frozen=True)
class LiveState:
    """The display of one frame.

    Parameters
    ----------
    time_s : float
        The frame's time.
    stage : {"framing", "stand_still", "live"}
        How far the set-up is.
    text : str
        One sentence for the lifter, ``""`` where nothing is to be said.
    countdown : float
        Share of the quiet second passed, 0 to 1, before the standing reference is taken.
    estimate : LiveEstimate
        The angles.
    place : BodyPlace
        Phase and rep.
    cue : GivenCue or None
        A cue due in this frame.
    line : ndarray, shape (POINTS, 2), or None
        The back's contour, pixels, for drawing.
    ghost : ndarray, shape (k, 2), or None
        The low back of the standing reference, drawn on the pelvis of this frame, T12 first,
        pixels; None where the low back is not measured.
    """

    time_s: float
    stage: Stage
    text: str
    countdown: float
    estimate: LiveEstimate
    place: BodyPlace
    cue: GivenCue | None = None
    line: NDArray[np.float32] | None = None
    ghost: NDArray[np.float32] | None = None


class LiveSession:
    """Turns live frames into states; one thread, in the order of time.

    Parameters
    ----------
    extractor : LiveExtractor
        Extracts features of the frames.
    network : LumbarNetwork
        The lumbar network.
    cues : CueGiver, optional
        When to give cues; on the fading schedule, everywhere, where left out.
    settings : Settings, optional
        Limits.
    """

    def __init__(
        self,
        extractor: LiveExtractor,
        network: LumbarNetwork,
        cues: CueGiver | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.cues = cues or CueGiver()
        self._extractor = extractor
        self._network = network
        self._settings = settings or Settings()
        self._taker = self._new_taker()
        self._same = SamePerson()
        self._reader: LiveReader | None = None
        self._meter: DepthMeter | None = None
        self._tracker = PhaseTracker()
        self._check = StandingCheck()
        self._refused = ""
        self._own: NDArray[np.float32] | None = None
        self._seen_s = 0.0

    @property
    def lag_s(self) -> float:
        """Delay of the smoothed angles behind their frame, seconds; NaN without a reference."""
        return self._reader.lag_s if self._reader else float("nan")

    @property
    def reps(self) -> int:
        """Reps finished."""
        return self._tracker.finished

    def stand_again(self) -> None:
        """Record the standing reference again; the count of reps continues."""
        self._reader, self._taker, self._same = None, self._new_taker(), SamePerson()

    def _new_taker(self) -> StandingCalibrator:
        return StandingCalibrator(self._settings.gating)

    def close(self) -> None:
        """Free the pose engine."""
        self._extractor.close()

    def step(self, frame: Frame) -> LiveState:
        """Process a frame; frames come in order of time."""
        with one_blas_thread():
            return self._step(frame)

    def _step(self, frame: Frame) -> LiveState:
        live = self._extractor.extract(frame)
        if self._reader is None or self._meter is None:
            return self._set_up(live)
        other = self._same.is_other(live)
        if other:
            live = replace(live, person=None, crops=None, features=None, contour=None, line=None)
        elif live.person is not None:
            self._seen_s = live.time_s
        if live.person is None and live.time_s - self._seen_s > RETURN_S:
            self.stand_again()
            return self._set_up(live)
        return self._measure(live, self._reader, self._meter, "other_person" if other else "")

    def _set_up(self, live: LiveFrame) -> LiveState:
        framing = check_framing(live, self._settings.gating)
        if framing.good and not self._extractor.fixed:
            self._extractor.fix()
        frames = self._taker.push(live)
        reader = self._reader_of(frames) if frames is not None else None
        if frames is not None and reader is not None:
            self._reader, self._refused = reader, ""
            self._meter = DepthMeter(frames)
            self._own, self._seen_s = _own_line(frames), live.time_s
            return self._measure(live, self._reader, self._meter)
        stage: Stage = "stand_still" if framing.good else "framing"
        return self._state(live, stage, framing, unmeasured("no_standing"))

    def _reader_of(self, frames: list[LiveFrame]) -> LiveReader | None:
        """Return an estimator for a second of standing; None where the low back moved in it."""
        reader = LiveReader(frames, self._network, self._extractor.trunk_px, self._settings.gating)
        if reader.moved_deg <= STILL_DEG:
            return reader
        self._taker, self._refused = self._new_taker(), sentence("standing_moves", "live")
        return None

    def _state(
        self, live: LiveFrame, stage: Stage, framing: Framing, estimate: LiveEstimate
    ) -> LiveState:
        place = BodyPlace(
            self._tracker.phase, self._tracker.rep, float("nan"), self._tracker.finished
        )
        return LiveState(
            live.time_s,
            stage,
            self._refused if framing.good and self._refused else framing.text,
            self._taker.progress,
            estimate,
            place,
            line=live.line,
        )

    def _measure(
        self, live: LiveFrame, reader: LiveReader, meter: DepthMeter, why: str = ""
    ) -> LiveState:
        estimate = reader.read(live)
        if why:
            estimate = unmeasured(why)
        if reader.yaw_deg > self._settings.yaw_limit_deg:
            estimate = unmeasured("not_side_on")
        if check_framing(live, self._settings.gating).code == "dark":
            estimate = unmeasured("dark")
        place = self._tracker.push(live.time_s, meter.movement(live))
        cue = self.cues.push(live.time_s, place, estimate)
        if self._check.push(place, estimate):
            self._refused = sentence("standing_tucked", "live")
            self.stand_again()
        return LiveState(
            time_s=live.time_s,
            stage="live",
            text=sentence(estimate.reason, "lifting") if estimate.reason else "",
            countdown=1.0,
            estimate=estimate,
            place=place,
            cue=cue,
            line=live.line,
            ghost=_laid(self._own, live, self._extractor.facing * estimate.pelvis_deg),
        )


def _own_line(frames: Sequence[LiveFrame]) -> NDArray[np.float32] | None:
    """Return the low back in standing, T12 first, S1 at the origin; None where not seen."""
    outlines = [f.line[T12_INDEX : S1_INDEX + 1] for f in frames if f.line is not None]
    lines = [line - line[-1] for line in outlines if np.isfinite(line).all()]
    return np.median(np.stack(lines), axis=0).astype(np.float32) if lines else None


def _laid(
    own: NDArray[np.float32] | None, live: LiveFrame, turn_deg: float
) -> NDArray[np.float32] | None:
    """Return the low back in standing on a frame's pelvis, turned by its tilt on the screen."""
    if own is None or live.line is None or not np.isfinite(turn_deg):
        return None
    cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    turned = own @ np.array([[cos, sin], [-sin, cos]])  # clockwise where y points down
    return np.asarray(turned + live.line[S1_INDEX], dtype=np.float32)


def start_session(
    engine: str = DEFAULT_ENGINE, side: str = "auto", cues: CueGiver | None = None
) -> LiveSession:
    """Make a session with the shipped network; close it with `LiveSession.close`."""
    from backline.sources.video.pose.engine_factory import make_engine

    return LiveSession(LiveExtractor(make_engine(engine), side), LumbarNetwork(threads=1), cues)
