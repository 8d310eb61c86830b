"""``backline live``: guidance while the lift happens, in the terminal."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from backline.errors import NotMeasurableError, UsageError

if TYPE_CHECKING:
    from rich.panel import Panel

    from backline.live.cueing import Schedule, Trained
    from backline.live.session import LiveState

GAUGE_DEG = 20.0
"""Reach of the gauge to both sides, degrees."""
GAUGE_CELLS = 41
NO_FRAME_S = 2.0
"""After this long without a frame it is said, seconds."""


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
) -> int:
    """Show the low back's angle live, and ring when it rounds in the phase that is trained."""
    _check_choices(train, schedule, side)
    from rich.console import Console
    from rich.live import Live

    from backline.live.cueing import CueGiver
    from backline.live.newest import NewestFrames
    from backline.live.recording import Recorder
    from backline.live.session import start_session

    console = Console()
    cues: list[str] = []
    states: list[LiveState] = []
    with ExitStack() as stack:
        frames = stack.enter_context(NewestFrames(source))
        recorder = stack.enter_context(Recorder(keep)) if keep else None
        giver = CueGiver(cast("Trained", train), cast("Schedule", schedule))
        session = start_session(side=side, cues=giver)
        stage = ""
        try:
            with Live(console=console, refresh_per_second=15, transient=True) as window:
                while not frames.ended:
                    taken = frames.take(NO_FRAME_S)
                    if taken is None:
                        window.update(frames.trouble or "Waiting for a picture.")
                        continue
                    state = session.step(taken[0])
                    stage = state.stage
                    if recorder is not None:
                        recorder.write(taken[0])
                        states.append(replace(state, time_s=recorder.time_s(state.time_s)))
                    if state.cue is not None:
                        cues.append(_cue_line(state))
                        if sound and state.cue.heard:
                            console.bell()
                    window.update(_panel(state, cues))
        except KeyboardInterrupt:
            console.print("Stopped.")
        finally:
            session.close()
    _check_measured(source, stage, session.reps)
    told = "\n".join(cues) or "No cue: the low back stayed within its bounds."
    counts = f"Frames shown {frames.delivered}, dropped {frames.dropped}."
    console.print(f"Reps: {session.reps}\n{told}\n{counts}")
    if keep is not None:
        console.print(_after_the_set(keep, states, session.lag_s))
    return 0


def _check_measured(source: str, stage: str, reps: int) -> None:
    if stage != "live" and reps == 0:
        raise NotMeasurableError(
            f"No own standing was taken from '{source}': stand still, side-on and wholly in the "
            "picture for a second before the first rep."
        )


def _check_choices(train: str, schedule: str, side: str) -> None:
    _check("--train", train, ("top", "bottom", "all"))
    _check("--schedule", schedule, ("fading", "always", "silent"))
    _check("--side", side, ("auto", "left", "right"))


def _after_the_set(clip: Path, states: list[LiveState], lag_s: float) -> str:
    """Put the recording through the full analysis, and tell how well live agreed."""
    from backline.analysis import analyze
    from backline.live.agreement import agreement

    cues = [replace(s.cue, time_s=s.time_s) for s in states if s.cue is not None]
    analysis = analyze(clip)
    told = agreement(states, cues, analysis, lag_s)
    return f"{analysis.summary['headline']}\n{told.sentence()}\nThe recording is {clip}."


def _check(option: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise UsageError(f"{option} is '{given}': use one of {', '.join(known)}.")


def _cue_line(state: LiveState) -> str:
    cue = state.cue
    assert cue is not None
    where = {"top": "at the top", "bottom": "at the bottom", "way": "on the way"}[cue.place]
    quiet = "" if cue.heard else " (not sounded)"
    return f"Rep {cue.rep}: rounded {cue.size_deg:.0f} ± {cue.sd_deg:.0f} degrees {where}{quiet}"


def gauge(value: float, sd: float) -> str:
    """Return a line of text with own standing in the middle, and the angle as wide as its error.

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

    reading, place = state.reading, state.place
    told = "—" if reading.reason else f"{reading.lumbar_deg:+.0f} ± {reading.lumbar_sd_deg:.0f}°"
    wait = "█" * round(20 * state.countdown) if state.stage != "live" else ""
    lines = [
        f"arched {gauge(reading.lumbar_deg, reading.lumbar_sd_deg)} rounded   {told}",
        f"rep {place.rep}   {place.phase}   finished {place.finished}",
        state.text or wait,
        *cues[-3:],
    ]
    kind: Literal["green", "yellow"] = "green" if state.stage == "live" else "yellow"
    return Panel(Text("\n".join(lines)), title="Backline live", border_style=kind)
