"""The terminal's sitting: it ends with the drill, tells what came of it, and saves it if asked."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backline.cli.app import run
from backline.cli.live import Sitting, after_the_drill
from backline.errors import NotMeasurableError
from backline.formats.frames import Frame
from backline.library import Store, drills
from backline.live.causal_estimator import LiveEstimate
from backline.live.cueing import GivenCue
from backline.live.drill import STEPS, Drill, DrillState
from backline.live.phases import BodyPlace
from backline.live.session import LiveState

STEP_S = 0.5
ENDS = [sum(s.length_s for s in STEPS[: i + 1]) for i in range(len(STEPS))]
ANGLES = {"posterior": 8.0, "anterior": -6.0, "hold": 1.0}


class ScriptedFrames:
    """A source of as many empty frames as are asked for, which goes missing once."""

    trouble = "The camera has stopped sending."

    def __init__(self, count: int) -> None:
        self.count, self.given = count, 0
        self.waited = 0

    @property
    def ended(self) -> bool:
        return self.given >= self.count

    def take(self, timeout_s: float) -> tuple[Frame, float] | None:
        if self.given == 1 and not self.waited:
            self.waited += 1
            return None
        self.given += 1
        picture = np.zeros((4, 4, 3), np.uint8)
        return Frame(self.given, (self.given - 1) * STEP_S, picture), 0.0


class ScriptedSession:
    """A lifter who does what the drill says; with a cue and a rep at ten seconds."""

    def __init__(self, stage: str = "live") -> None:
        self.stage: Any = stage
        self.reps = 0

    def step(self, frame: Frame) -> LiveState:
        now = frame.time_s
        step = next((s for s, end in zip(STEPS, ENDS, strict=True) if now < end), STEPS[-1])
        estimate = LiveEstimate(ANGLES.get(step.kind, 0.0), 1.0, 0.0, 0.0, "")
        self.reps = int(now >= 10.0)
        cue = GivenCue(now, 1, "top", 7.0, 1.5, True) if now == 10.0 else None
        place = BodyPlace("standing", 1, math.nan, self.reps)
        return LiveState(now, self.stage, "", 1.0, estimate, place, cue)


def sit(count: int, *, drill: bool, stage: str = "live") -> tuple[Sitting, ScriptedFrames]:
    frames: Any = ScriptedFrames(count)
    session: Any = ScriptedSession(stage)
    sitting = Sitting(session, None, Drill() if drill else None, sound=False)
    sitting.watch(frames)
    return sitting, frames


def test_the_window_closes_at_the_drill_s_end_and_tells_the_score() -> None:
    sitting, frames = sit(10_000, drill=True)
    assert frames.given == round(ENDS[-1] / STEP_S) + 1
    assert frames.waited == 1, "a camera that was away for a moment did not end it"
    told = after_the_drill(sitting.drilled, None)
    assert "Tuck range -6 to +8 degrees" in told
    assert "score 100" in told
    assert "--lifter" in told


def test_a_drill_with_a_name_is_saved_in_the_record() -> None:
    sitting, _ = sit(10_000, drill=True)
    assert "Saved in the record of Terminal Ada." in after_the_drill(
        sitting.drilled, " Terminal  Ada"
    )
    with Store() as store:
        ((_, result),) = drills(store, "terminal ada")
    assert (result.anterior_deg, result.posterior_deg, result.score) == (-6.0, 8.0, 100)


@pytest.mark.parametrize("count", [0, 20])
def test_a_drill_that_was_broken_off_is_not_saved(count: int) -> None:
    sitting, _ = sit(count, drill=True)
    with pytest.raises(NotMeasurableError, match="not finished"):
        after_the_drill(sitting.drilled, "Nobody")
    with Store() as store:
        assert "Nobody" not in store.lifters()


def test_a_drill_without_a_range_says_to_do_it_again() -> None:
    with pytest.raises(NotMeasurableError, match="do it again"):
        after_the_drill(DrillState(None, "Not seen: do it again.", 0.0, None), "Nobody")


def test_a_set_counts_its_reps_and_lists_its_cues() -> None:
    sitting, frames = sit(30, drill=False)
    assert frames.given == 30
    assert sitting.summary() == "Reps: 1\nRep 1: rounded 7 ± 2 degrees at the top"


def test_cues_are_silent_in_the_drill_which_asks_for_a_tuck() -> None:
    sitting, _ = sit(10_000, drill=True)
    assert "No cue" in sitting.summary()


def test_a_set_without_own_standing_is_not_measurable() -> None:
    sitting, _ = sit(5, drill=False, stage="framing")
    with pytest.raises(NotMeasurableError, match="stand still"):
        sitting.check_measured("lift.mp4")


@pytest.mark.parametrize("options", [["--lifter", "Ada"], ["--drill", "--lifter", " "]])
def test_a_name_without_a_drill_or_an_empty_one_is_wrong_usage(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["live", str(tmp_path / "none.mp4"), *options]) == 2
    assert "--drill" in capsys.readouterr().err
