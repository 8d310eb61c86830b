"""Log of live output for a recorded set, kept until the full analysis is done."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backline.errors import SourceError
from backline.live.causal_estimator import LiveEstimate
from backline.live.cueing import GivenCue
from backline.live.phases import BodyPlace
from backline.live.session import LiveState
from backline.storage.atomic_file import atomic_file

if TYPE_CHECKING:
    from backline.live.agreement import LiveAgreement
    from backline.pipeline import Analysis

DIGITS = 4
"""Of times (a tenth of a millisecond) and angles."""


class LiveLog:
    """The live numbers of one recorded set, on the recording's own clock.

    Parameters
    ----------
    lag_s : float
        Delay of the live angles behind the picture, seconds.
    states : list of LiveState
        In the order of time; only times, angle, rep and cue of them are kept.
    """

    def __init__(self, lag_s: float = 0.0, states: list[LiveState] | None = None) -> None:
        self.lag_s = lag_s
        self.states = states or []

    def add(self, state: LiveState, time_s: float, lag_s: float) -> None:
        """Add a frame's state.

        Parameters
        ----------
        state : LiveState
            The angles.
        time_s : float
            Its time in the recording, seconds.
        lag_s : float
            Delay of the angles behind the picture, seconds; NaN before the standing reference.
        """
        self.lag_s = self.lag_s if math.isnan(lag_s) else lag_s
        cue = state.cue and replace(state.cue, time_s=time_s)
        self.states.append(replace(state, time_s=time_s, cue=cue, line=None, ghost=None))

    @property
    def cues(self) -> list[GivenCue]:
        """The cues, sounded or not."""
        return [state.cue for state in self.states if state.cue is not None]

    def agreement(self, analysis: Analysis) -> LiveAgreement:
        """Return its agreement with the full analysis of the recording."""
        from backline.live.agreement import agreement

        return agreement(self.states, self.cues, analysis, self.lag_s)

    def save(self, path: Path) -> None:
        """Write it into one file, atomically."""
        rows = [
            [
                round(state.time_s, DIGITS),
                _plain(state.estimate.lumbar_deg),
                _plain(state.estimate.lumbar_sd_deg),
                state.place.rep,
                state.place.finished,
            ]
            for state in self.states
        ]
        document = {"lag_s": self.lag_s, "rows": rows, "cues": [asdict(cue) for cue in self.cues]}
        with atomic_file(path) as part:
            text = json.dumps(document, allow_nan=False, default=float)  # numpy's numbers too
            part.write_text(text, encoding="utf-8")


def load_log(path: Path) -> LiveLog:
    """Read a log back.

    Raises
    ------
    SourceError
        If the file is missing or damaged.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        cues = [GivenCue(**one) for one in document["cues"]]
        at = {round(cue.time_s, DIGITS): cue for cue in cues}
        return LiveLog(float(document["lag_s"]), [_state(row, at) for row in document["rows"]])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SourceError(
            "What was said live of this set is not kept any more: only the full analysis is shown."
        ) from error


def _state(row: list[Any], cues: dict[float, GivenCue]) -> LiveState:
    time_s, lumbar, sd, rep, finished = row
    nan = math.nan
    estimate = LiveEstimate(
        nan if lumbar is None else lumbar, nan if sd is None else sd, nan, nan, ""
    )  # fmt: skip
    place = BodyPlace("standing", rep, nan, finished)
    return LiveState(time_s, "live", "", 1.0, estimate, place, cues.get(time_s))


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), DIGITS)
