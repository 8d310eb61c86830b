"""The drill leads through its steps by the clock, and scores what is known beforehand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from backline.live.causal_estimator import LiveEstimate, unmeasured
from backline.live.drill import (
    BAND_LEAST_DEG,
    EFFORTS,
    SETTLE_S,
    STEPS,
    Drill,
    DrillState,
    Step,
    half_width,
)

RATE = 10
POSTERIOR, ANTERIOR = 9.0, -7.0
MIDDLE, HALF = 1.0, 4.0
"""Half way between the ends, and a quarter of the 16 degrees between them."""

Lifter = Callable[[Step, float], float]


def run(lifter: Lifter, begin_s: float = 100.0) -> list[DrillState]:
    """Lead a lifter through: an angle for each step and time in it, NaN where not seen."""
    drill, told = Drill(), []
    ends = [sum(s.length_s for s in STEPS[: i + 1]) for i in range(len(STEPS))]
    for k in range(round(ends[-1] * RATE) + 2):
        since = k / RATE
        i = next((i for i, end in enumerate(ends) if since < end), len(STEPS) - 1)
        angle = lifter(STEPS[i], since - (ends[i] - STEPS[i].length_s))
        seen = unmeasured("back_hidden") if math.isnan(angle) else None
        told.append(drill.push(begin_s + since, seen or LiveEstimate(angle, 1.0, 0.0, 0.0, "")))
    return told


def steady(step: Step, _: float) -> float:
    return {"posterior": POSTERIOR, "anterior": ANTERIOR, "hold": MIDDLE}.get(step.kind, 0.0)


def test_the_drill_lasts_about_two_minutes_and_holds_at_each_effort() -> None:
    assert 110 <= sum(step.length_s for step in STEPS) <= 130
    assert [s.effort for s in STEPS if s.kind == "hold"] == list(EFFORTS) == [30, 60, 90]
    kinds = [s.kind for s in STEPS]
    assert kinds.index("posterior") < kinds.index("anterior") < kinds.index("hold")


def test_steps_follow_the_clock_and_the_time_left_runs_down() -> None:
    told = run(steady)
    seen = [s.step for s in told if s.step]
    assert [s for i, s in enumerate(seen) if i == 0 or s is not seen[i - 1]] == list(STEPS)
    posterior = [s for s in told if s.step is STEPS[1]]
    assert posterior[0].left_s == pytest.approx(STEPS[1].length_s)
    assert posterior[-1].left_s == pytest.approx(1 / RATE)
    assert all(s.text for s in told)


def test_a_lifter_who_holds_the_middle_gets_all_points() -> None:
    result = run(steady)[-1].result
    assert result is not None
    assert (result.posterior_deg, result.anterior_deg) == (POSTERIOR, ANTERIOR)
    assert (result.middle_deg, result.band_deg) == (MIDDLE, HALF)
    assert [hold.inside for hold in result.holds] == [1.0, 1.0, 1.0]
    assert result.score == 100


def test_who_tucks_as_the_effort_grows_loses_those_holds() -> None:
    def tucking(step: Step, since_s: float) -> float:
        if step.kind == "hold" and step.effort == 60:
            late = since_s >= SETTLE_S + (step.length_s - SETTLE_S) / 2
            return MIDDLE + (HALF + 0.5 if late else 0.0)
        if step.kind == "hold" and step.effort == 90:
            return POSTERIOR
        return steady(step, since_s)

    result = run(tucking)[-1].result
    assert result is not None
    assert [hold.inside for hold in result.holds] == pytest.approx([1.0, 0.5, 0.0], abs=0.01)
    assert result.holds[2].mean_deg == pytest.approx(POSTERIOR - MIDDLE)
    assert result.holds[2].sd_deg == pytest.approx(0.0)
    assert result.score == 50
    assert "score 50" in result.sentence()


def test_finding_the_middle_at_the_start_of_a_hold_costs_nothing() -> None:
    def slow(step: Step, since_s: float) -> float:
        late = step.kind == "hold" and since_s < SETTLE_S - 0.05
        return POSTERIOR if late else steady(step, since_s)

    result = run(slow)[-1].result
    assert result is not None
    assert result.score == 100


def test_one_wild_frame_is_no_end_of_the_range() -> None:
    def wild(step: Step, since_s: float) -> float:
        return 40.0 if step.kind == "posterior" and since_s == 0.0 else steady(step, since_s)

    result = run(wild)[-1].result
    assert result is not None
    assert result.posterior_deg == POSTERIOR


def test_the_band_is_shown_once_both_ends_are_known() -> None:
    told = run(steady)
    for state in told[:-2]:
        assert state.step is not None
        shown = state.step.kind in ("rest", "hold")
        assert state.band == ((MIDDLE - HALF, MIDDLE + HALF) if shown else None)


@pytest.mark.parametrize(
    ("posterior", "anterior", "half"),
    [(9.0, -7.0, 4.0), (20.0, -20.0, 10.0), (3.0, -2.0, BAND_LEAST_DEG)],
)
def test_the_band_is_a_quarter_of_the_range_but_never_below_what_can_be_told(
    posterior: float, anterior: float, half: float
) -> None:
    assert half_width(posterior, anterior) == half


@pytest.mark.parametrize("angle", [0.0, math.nan])
def test_who_did_not_move_or_was_not_seen_gets_no_result_but_a_sentence(angle: float) -> None:
    last = run(lambda step, since_s: angle)[-1]
    assert last.step is None
    assert last.result is None
    assert "do it again" in last.text


def test_a_hold_that_was_hidden_gives_no_score_and_the_others_stay() -> None:
    def hidden(step: Step, since_s: float) -> float:
        return math.nan if step.effort == 90 and step.kind == "hold" else steady(step, since_s)

    result = run(hidden)[-1].result
    assert result is not None
    assert result.score is None
    assert [hold.inside for hold in result.holds[:2]] == [1.0, 1.0]
    assert "90 %: not seen" in result.sentence()
    assert "no score" in result.sentence()
