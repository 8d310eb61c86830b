"""``backline live``: guidance while the lift happens, in the terminal."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from backline.errors import NotMeasurableError, SourceError, UsageError

if TYPE_CHECKING:
    from rich.panel import Panel

    from backline.formats.frames import Frame
    from backline.live.cueing import Schedule, Trained
    from backline.live.drill import Drill, DrillState
    from backline.live.latest_frame import LatestFrames
    from backline.live.recording import Recorder
    from backline.live.session import LiveSession, LiveState

GAUGE_DEG = 20.0
"""Reach of the gauge to both sides, degrees."""
GAUGE_CELLS = 41  # characters: one a degree, and the middle
POLL_S = 0.05  # seconds: one and a half frames of a usual camera
NO_FRAME_S = 2.0
"""After this long without a frame a message is shown, seconds."""


def live(
    source: Annotated[
        str, typer.Argument(help="camera, camera:1, rtsp://..., http://..., or a video file.")
    ] = "camera",
    train: Annotated[str, typer.Option(help="Where cues are given: top, bottom or all.")] = "all",
    schedule: Annotated[
        str, typer.Option(help="fading (100, 50, 20 % of reps), always, or silent (retention).")
    ] = "fading",
    side: Annotated[str, typer.Option(help="auto, left or right.")] = "auto",
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE.mp4", help="Record the set, and analyse it in full after."),
    ] = None,
    sound: Annotated[bool, typer.Option(help="Ring the terminal's bell at a cue.")] = True,
    drill: Annotated[
        bool, typer.Option("--drill", help="The guided drill of two minutes instead of a set.")
    ] = False,
    lifter: Annotated[
        str | None, typer.Option(metavar="NAME", help="Save the drill in this lifter's record.")
    ] = None,
) -> int:
    """Show the low back's angle live, and ring when it rounds in the phase that is trained."""
    _check_choices(train, schedule, side)
    if lifter is not None and not (drill and lifter.strip()):
        raise UsageError("--lifter says whose drill is saved: give it with --drill, and a name.")
    from backline.live.latest_frame import LatestFrames

    with ExitStack() as stack:
        frames = stack.enter_context(LatestFrames(source))
        _check_camera(frames)  # before the modules that measure, which take a second to load
        from backline.live.cueing import CueGiver
        from backline.live.drill import Drill
        from backline.live.recording import Recorder
        from backline.live.session import start_session

        recorder = stack.enter_context(Recorder(keep)) if keep else None
        giver = CueGiver(cast("Trained", train), cast("Schedule", schedule))
        session = start_session(side=side, cues=giver)
        stack.callback(session.close)
        sitting = Sitting(session, recorder, Drill() if drill else None, sound=sound and not drill)
        sitting.watch(frames)
    sitting.check_measured(source)
    sitting.say(after_the_drill(sitting.drilled, lifter) if drill else sitting.summary())
    sitting.say(f"Frames shown {frames.delivered}, dropped {frames.dropped}.")
    if keep is not None:
        sitting.say(_after_the_set(keep, sitting.states, session.lag_s))
    return 0


def _check_camera(frames: LatestFrames) -> None:
    """Raise `SourceError` where a camera gives no picture at the start.

    A stream may start later and is waited for.
    """
    if not frames.source.startswith("camera"):
        return
    until = time.monotonic() + NO_FRAME_S
    while time.monotonic() < until and not frames.read:
        if frames.trouble:
            raise SourceError(
                f"No camera was found as '{frames.source}': plug it in, close the program that "
                "holds it, or name another one, such as camera:1."
            )
        time.sleep(POLL_S)


class Sitting:
    """One live session in the terminal's window.

    Parameters
    ----------
    session : LiveSession
        Measures the frames.
    recorder : Recorder or None
        Where a recording was asked for.
    drill : Drill or None
        Where the drill was asked for; the window closes at its end.
    sound : bool
        Ring the bell at a cue.
    """

    def __init__(
        self, session: LiveSession, recorder: Recorder | None, drill: Drill | None, *, sound: bool
    ) -> None:
        from rich.console import Console

        self.states: list[LiveState] = []
        self.drilled: DrillState | None = None
        self._session, self._recorder, self._drill = session, recorder, drill
        self._sound = sound
        self._console = Console()
        self._cues: list[str] = []
        self._stage = ""

    def watch(self, frames: LatestFrames) -> None:
        """Show the frames until their end, the drill's end, or until somebody stops it."""
        from rich.live import Live

        try:
            with Live(console=self._console, refresh_per_second=15, transient=True) as window:
                while not frames.ended and not (self.drilled and self.drilled.step is None):
                    taken = frames.take(NO_FRAME_S)
                    if taken is None:
                        window.update(frames.trouble or "Waiting for a picture.")
                    else:
                        window.update(self._measured(taken[0]))
        except KeyboardInterrupt:
            self._console.print("Stopped.")

    def _measured(self, frame: Frame) -> Panel:
        """Measure a frame; return what to show."""
        state = self._session.step(frame)
        self._stage = state.stage
        if self._recorder is not None:
            self._recorder.write(frame)
            self.states.append(replace(state, time_s=self._recorder.time_s(state.time_s)))
        if self._drill is not None:
            if state.stage == "live":
                self.drilled = self._drill.push(state.time_s, state.estimate)
                state = replace(state, text=_drill_line(self.drilled), cue=None)
        elif state.cue is not None:
            self._cues.append(_cue_line(state))
            if self._sound and state.cue.heard:
                self._console.bell()
        return _panel(state, self._cues)

    def check_measured(self, source: str) -> None:
        """Raise `NotMeasurableError` where the standing reference was never taken."""
        if self._stage != "live" and self._session.reps == 0:
            raise NotMeasurableError(
                f"No standing reference was taken from '{source}': stand still, side-on and wholly "
                "in the picture for a second before the first rep."
            )

    def summary(self) -> str:
        """Return the reps and cues in words."""
        text = "\n".join(self._cues) or "No cue: the low back stayed within its bounds."
        return f"Reps: {self._session.reps}\n{text}"

    def say(self, words: str) -> None:
        """Print some words, below the window."""
        self._console.print(words)


def _drill_line(state: DrillState) -> str:
    return f"{state.text} {state.left_s:.0f} s" if state.step else state.text


def after_the_drill(state: DrillState | None, lifter: str | None) -> str:
    """Print the drill's result, and save it where a lifter was named."""
    if state is None or state.step is not None:
        raise NotMeasurableError(
            "The drill was not finished: stand side-on, wholly in the picture, for two minutes."
        )
    if state.result is None:
        raise NotMeasurableError(state.text)
    if lifter is None:
        return f"{state.text}\nNot saved: name the lifter with --lifter."
    from backline.library import Store, save_drill

    with Store() as store:
        save_drill(store, lifter, state.result)
    return f"{state.text}\nSaved in the record of {' '.join(lifter.split())}."


def _check_choices(train: str, schedule: str, side: str) -> None:
    _check("--train", train, ("top", "bottom", "all"))
    _check("--schedule", schedule, ("fading", "always", "silent"))
    _check("--side", side, ("auto", "left", "right"))


def _after_the_set(clip: Path, states: list[LiveState], lag_s: float) -> str:
    """Analyse the recording, and print its agreement with the live angles."""
    from backline.live.agreement import agreement
    from backline.pipeline import analyze

    cues = [replace(s.cue, time_s=s.time_s) for s in states if s.cue is not None]
    analysis = analyze(clip)
    agreed = agreement(states, cues, analysis, lag_s)
    return f"{analysis.summary['headline']}\n{agreed.sentence()}\nThe recording is {clip}."


def _check(option: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise UsageError(f"{option} is '{given}': use one of {', '.join(known)}.")


def _cue_line(state: LiveState) -> str:
    from backline.findings.sentences import shown_sd

    cue = state.cue
    assert cue is not None
    where = {"top": "at the top", "bottom": "at the bottom", "way": "on the way"}[cue.place]
    quiet = "" if cue.heard else " (not sounded)"
    size = f"{cue.size_deg:.0f} ± {shown_sd(cue.sd_deg):.0f} degrees"
    return f"Rep {cue.rep}: rounded {size} {where}{quiet}"


def gauge(value: float, sd: float) -> str:
    """Return a line of text: the reference in the middle, the angle as wide as its error.

    Parameters
    ----------
    value, sd : float
        Lumbar flexion and its standard deviation, degrees; + (rounded) to the right.
    """
    middle, step = GAUGE_CELLS // 2, 2 * GAUGE_DEG / (GAUGE_CELLS - 1)
    cells = ["·"] * GAUGE_CELLS
    cells[middle] = "|"
    if value == value:
        for cell in range(GAUGE_CELLS):
            if abs((cell - middle) * step - value) <= max(sd, step / 2):
                cells[cell] = "━"
        cells[min(max(middle + round(value / step), 0), GAUGE_CELLS - 1)] = "█"
    return "".join(cells)


def _panel(state: LiveState, cues: list[str]) -> Panel:
    from rich.panel import Panel
    from rich.text import Text

    from backline.findings.sentences import shown_sd

    estimate, place = state.estimate, state.place
    sd = shown_sd(estimate.lumbar_sd_deg)
    text = "—" if estimate.reason else f"{estimate.lumbar_deg:+.0f} ± {sd:.0f}°"
    wait = "█" * round(20 * state.countdown) if state.stage != "live" else ""
    lines = [
        f"arched {gauge(estimate.lumbar_deg, estimate.lumbar_sd_deg)} rounded   {text}",
        f"rep {place.rep}   {place.phase}   finished {place.finished}",
        state.text or wait,
        *cues[-3:],
    ]
    kind: Literal["green", "yellow"] = "green" if state.stage == "live" else "yellow"
    return Panel(Text("\n".join(lines)), title="Backline live", border_style=kind)
