"""What live said of a recorded set comes back from its file, and agrees as it did before."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backline.errors import SourceError
from backline.live.agreement import agreement
from backline.live.causal_estimator import LiveEstimate, unmeasured
from backline.live.cueing import GivenCue
from backline.live.log import LiveLog, load_log
from backline.live.phases import BodyPlace
from backline.live.session import LiveState
from backline.pipeline import Analysis

LAG_S = 0.1


def state(time_s: float, angle: float, cue: GivenCue | None = None) -> LiveState:
    estimate = unmeasured("dark") if math.isnan(angle) else LiveEstimate(angle, 2.0, 0.0, 0.0, "")
    line = np.zeros((3, 2), dtype=np.float32)
    return LiveState(
        time_s, "live", "", 1.0, estimate, BodyPlace("ascent", 1, 0.5, 1), cue, line, line
    )


def logged(analysis: Analysis) -> LiveLog:
    """Angles off by two degrees, one frame in the dark, and a cue; on a clock that began at 100."""
    log = LiveLog()
    times = analysis.posture.time_s
    full = np.interp(times - LAG_S, times, analysis.posture.lumbar_flexion_deg)
    for index, (now, angle) in enumerate(zip(times, full, strict=True)):
        cue = GivenCue(100.0 + now, 1, "bottom", 12.0, 2.0, heard=True) if index == 30 else None
        value = math.nan if index == 5 else angle + 2.0
        log.add(state(100.0 + now, value, cue), now, math.nan if index == 0 else LAG_S)
    return log


def test_it_comes_back_as_it_was_on_the_recording_s_own_clock(
    make_analysis: Callable[..., Analysis], tmp_path: Path
) -> None:
    analysis = make_analysis()
    log = logged(analysis)
    log.save(tmp_path / "live.json")
    back = load_log(tmp_path / "live.json")
    assert back.lag_s == LAG_S
    assert [s.time_s for s in back.states] == pytest.approx(analysis.posture.time_s, abs=1e-4)
    assert math.isnan(back.states[5].estimate.lumbar_deg)
    assert [(c.rep, c.place, c.heard) for c in back.cues] == [(1, "bottom", True)]
    assert back.cues[0].time_s == pytest.approx(analysis.posture.time_s[30])
    assert back.states[0].line is None, "pictures and lines are not kept"


def test_its_agreement_is_that_of_the_states_themselves(
    make_analysis: Callable[..., Analysis], tmp_path: Path
) -> None:
    analysis = make_analysis()
    log = logged(analysis)
    log.save(tmp_path / "live.json")
    told = load_log(tmp_path / "live.json").agreement(analysis)
    direct = agreement(log.states, log.cues, analysis, LAG_S)
    assert told.sentence() == direct.sentence()
    assert told.mean_deg == pytest.approx(direct.mean_deg, abs=1e-3)
    assert told.frames == direct.frames


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", '{"lag_s": 0, "rows": [[1]], "cues": []}']
)
def test_a_damaged_file_is_said_plainly(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "live.json").write_text(content)
    with pytest.raises(SourceError, match="full analysis"):
        load_log(tmp_path / "live.json")
