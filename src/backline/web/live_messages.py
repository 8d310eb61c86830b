"""Live states, replays and drills as JSON for the page; places in the picture run from 0 to 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from backline.live.drill import DrillState
    from backline.live.replay import Replay
    from backline.live.session import LiveState

Size = tuple[int, int]


def _number(value: float, digits: int = 2) -> float | None:
    return None if math.isnan(value) else round(float(value), digits)


def _line(line: NDArray[np.float32] | None, size: Size) -> list[list[float]] | None:
    """Return a line's known points, shares of the picture's width and height."""
    if line is None:
        return None
    share = np.asarray(line, dtype=float) / np.array(size)
    known = share[np.isfinite(share).all(axis=1)]
    return [[round(float(x), 4), round(float(y), 4)] for x, y in known]


def message_of_state(state: LiveState, size: Size) -> dict[str, Any]:
    """Return what the page shows of one frame.

    Parameters
    ----------
    state : LiveState
        From the session.
    size : (int, int)
        Width and height of the picture, pixels.
    """
    estimate, place, cue = state.estimate, state.place, state.cue
    message: dict[str, Any] = {
        "time_s": round(state.time_s, 4),
        "stage": state.stage,
        "text": state.text,
        "countdown": round(state.countdown, 2),
        "lumbar_deg": _number(estimate.lumbar_deg),
        "sd_deg": _number(estimate.lumbar_sd_deg),
        "pelvis_deg": _number(estimate.pelvis_deg),
        "phase": place.phase,
        "rep": place.rep,
        "finished": place.finished,
        "line": _line(state.line, size),
        "ghost": _line(state.ghost, size),
        "cue": None,
    }
    if cue is not None:
        message["cue"] = {
            "time_s": round(cue.time_s, 4),
            "rep": cue.rep,
            "place": cue.place,
            "size_deg": round(cue.size_deg, 1),
            "sd_deg": round(cue.sd_deg, 1),
            "heard": cue.heard,
        }
    return message


def message_of_replay(replay: Replay, size: Size) -> dict[str, Any]:
    """Return what the page needs to play a rep; the pictures follow in a message of their own."""
    return {
        "rep": replay.rep,
        "worst": replay.worst,
        "worst_deg": _number(replay.worst_deg, 1),
        "place": replay.worst_place,
        "bytes": [len(shot.picture) for shot in replay.shots],
        "times_s": [round(shot.state.time_s, 4) for shot in replay.shots],
        "lumbar_deg": [_number(shot.state.estimate.lumbar_deg, 1) for shot in replay.shots],
        "lines": [_line(shot.state.line, size) for shot in replay.shots],
    }


def message_of_drill(state: DrillState) -> dict[str, Any]:
    """Return what the page shows of the drill."""
    message: dict[str, Any] = {
        "kind": state.step.kind if state.step else "over",
        "effort": state.step.effort if state.step else 0,
        "text": state.text,
        "left_s": round(state.left_s, 1),
        "band_deg": [round(one, 1) for one in state.band] if state.band else None,
    }
    if state.result is not None:
        message["score"] = state.result.score
    return message
