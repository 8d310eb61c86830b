"""Mechanism: the right cause for lifters whose plan is known, and unclear rather than wrong."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from backline.findings import Finding, find_findings
from backline.findings.mechanism import explain, mechanisms
from backline.findings.mechanism_causes import above, judge_drift
from backline.findings.mechanism_motion import Number, share_of
from backline.loads import load_series
from backline.model.posture import Posture
from backline.reps import Lift, Rep, find_reps
from backline.settings import Settings
from backline.texts import say
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    Bump,
    Plan,
    bottom_times,
    deadlift_keys,
    noisy,
    pull_times,
    simulate,
    squat_keys,
)

KEYS = squat_keys(3)
BOTTOMS = bottom_times(KEYS)
TOPS = [bottom + 1.9 for bottom in BOTTOMS]  # 0.1 s of pause, 1.2 s up, 0.6 s into the lockout
PULLS = deadlift_keys(3)
SEEDS = range(6)
SETTINGS = Settings()
WINK = tuple(Bump(t, 15, hold_s=0.3, flank_s=0.5) for t in BOTTOMS)
TUCK = tuple(Bump(t, 9) for t in TOPS)


def posture_of(plan: Plan, pelvis_part: float) -> Posture:
    """Simulate; of each bump the pelvis makes a part by turning back, the thorax the rest."""
    posture = simulate(plan)
    fell = (1 - pelvis_part) * np.sum([bump(posture.time_s) for bump in plan.bumps], axis=0)
    return replace(
        posture,
        trunk_lean_deg=posture.trunk_lean_deg + fell,
        pelvic_tilt_deg=posture.pelvic_tilt_deg + fell,
        hip_flexion_deg=posture.hip_flexion_deg + fell,
    )


def lift_of(plan: Plan) -> Lift:
    return "deadlift" if plan.style is CONVENTIONAL else "squat"


def found(plan: Plan, pelvis_part: float) -> tuple[Posture, tuple[Rep, ...], tuple[Finding, ...]]:
    posture, lift = posture_of(plan, pelvis_part), lift_of(plan)
    reps = find_reps(posture, lift)
    return posture, reps, find_findings(posture, reps, lift, SETTINGS)


def causes(plan: Plan, pelvis_part: float, where: tuple[str, ...]) -> Counter[str]:
    """Count the causes of the certain roundings at a place, over noisy repetitions."""
    counted: Counter[str] = Counter()
    for seed in SEEDS:
        posture, reps, findings = found(noisy(plan, seed), pelvis_part)
        here = tuple(f for f in findings if f.where in where and f.certain and f.kind == "rounding")
        counted.update(m.judgement.cause for m in mechanisms(here, posture, reps, SETTINGS))
    return counted


CLEAR = {
    # The thigh has arrived, then the pelvis turns back by 9 degrees.
    "tuck at the top of a squat": (Plan(BACK_SQUAT, KEYS, bumps=TUCK), 1.0, "glute_tuck"),
    "tuck at the top of a deadlift": (
        Plan(
            CONVENTIONAL,
            PULLS,
            bumps=tuple(Bump(t + 1.75, 9, hold_s=0.4, flank_s=0.3) for t in pull_times(PULLS)),
        ),
        1.0,
        "glute_tuck",
    ),
    # The pelvis turns back while the thighs near their deepest.
    "butt wink": (Plan(BACK_SQUAT, KEYS, bumps=WINK), 1.0, "hip_end_range"),
    # The thorax falls forward; the pelvis keeps its way.
    "thorax falls on the way up": (
        Plan(
            BACK_SQUAT,
            KEYS,
            bumps=tuple(Bump(t + 0.6, 12, hold_s=0.3, flank_s=0.3) for t in BOTTOMS),
        ),
        0.0,
        "loss_of_trunk_extension",
    ),
    "thorax falls as the bar leaves the floor": (
        Plan(
            CONVENTIONAL,
            PULLS,
            bumps=tuple(Bump(t + 0.45, 12, hold_s=0.3, flank_s=0.35) for t in pull_times(PULLS)),
        ),
        0.0,
        "loss_of_trunk_extension",
    ),
    "thorax falls at the bottom": (Plan(BACK_SQUAT, KEYS, bumps=WINK), 0.0,
                                   "loss_of_trunk_extension"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAR)
def test_nine_in_ten_clear_cases_get_the_right_cause_and_the_rest_is_unclear(name: str) -> None:
    plan, pelvis_part, expected = CLEAR[name]
    places = ("bottom", "ascent", "descent", "lockout")
    counted = causes(plan, pelvis_part, places)
    assert counted.total() >= 10
    assert counted[expected] >= 0.9 * counted.total(), counted
    assert counted[expected] + counted["unclear"] >= 0.97 * counted.total(), counted


def test_only_the_first_pull_of_a_set_has_a_set_up_before_it() -> None:
    keys = deadlift_keys(3)
    bumps = tuple(Bump(t - 0.4, 16, hold_s=1.4, flank_s=0.5) for t in pull_times(keys)[:3])
    posture, reps, findings = found(Plan(CONVENTIONAL, keys, bumps=bumps), 0.5)
    judged = mechanisms(findings, posture, reps)
    asked = {
        m.finding.rep: "set_up" in m.judgement.probabilities for m in judged if m.event is not None
    }
    assert asked == {1: True, 2: False, 3: False}


def test_a_squat_has_no_set_up() -> None:
    posture, reps, findings = found(Plan(BACK_SQUAT, KEYS, bumps=WINK), 1.0)
    assert not any(
        "set_up" in m.judgement.probabilities for m in mechanisms(findings, posture, reps)
    )


def test_a_back_that_is_rounded_before_the_bar_leaves_the_floor_is_a_set_up() -> None:
    keys = deadlift_keys(1)
    pull = pull_times(keys)[0]
    plan = Plan(CONVENTIONAL, keys, bumps=(Bump(pull - 0.9, 16, hold_s=2.6, flank_s=0.5),))
    counted = causes(plan, 0.5, ("bottom", "ascent"))
    assert counted["set_up"] >= 0.9 * counted.total() > 0, counted


def test_pelvis_and_thorax_in_equal_parts_at_the_top_are_unclear_as_a_rule() -> None:
    bumps = tuple(Bump(t, 12, hold_s=0.3, flank_s=0.3) for t in TOPS)
    counted = causes(Plan(BACK_SQUAT, KEYS, bumps=bumps), 0.5, ("lockout",))
    assert counted["unclear"] >= 0.7 * counted.total() > 0, counted


def test_a_pelvis_that_turns_back_in_mid_ascent_has_no_named_cause() -> None:
    bumps = tuple(Bump(t + 0.6, 12, hold_s=0.3, flank_s=0.3) for t in BOTTOMS)
    counted = causes(Plan(BACK_SQUAT, KEYS, bumps=bumps), 1.0, ("ascent",))
    assert set(counted) == {"unclear"}


def test_a_rounding_that_grows_over_the_set_is_fatigue() -> None:
    keys = squat_keys(7)
    bumps = tuple(
        Bump(t, 3 + 2 * k, hold_s=0.3, flank_s=0.5) for k, t in enumerate(bottom_times(keys))
    )
    posture, reps, findings = found(noisy(Plan(BACK_SQUAT, keys, bumps=bumps), 1), 1.0)
    drifts = [m for m in mechanisms(findings, posture, reps) if m.finding.kind == "drift"]
    assert [m.judgement.cause for m in drifts] == ["fatigue"]
    assert any("grew by" in sign.text for sign in drifts[0].judgement.signs["fatigue"])


def test_a_growth_that_is_not_told_from_nothing_stays_unclear() -> None:
    assert judge_drift(-4.0, 4.0, 5).cause == "unclear"
    assert judge_drift(12.0, 2.0, 5).cause == "fatigue"


def test_probabilities_add_up_to_one_and_every_sign_has_words_and_a_support() -> None:
    posture, reps, findings = found(Plan(BACK_SQUAT, KEYS, bumps=TUCK), 1.0)
    for mechanism in mechanisms(findings, posture, reps):
        assert sum(mechanism.judgement.probabilities.values()) == pytest.approx(1)
        for signs in mechanism.judgement.signs.values():
            assert all(sign.text and 0 <= sign.support <= 1 for sign in signs)


def test_a_tuck_on_a_still_thigh_is_all_pelvis_and_its_uncertainty_is_given() -> None:
    posture, reps, findings = found(Plan(BACK_SQUAT, KEYS, bumps=TUCK), 1.0)
    top = [m for m in mechanisms(findings, posture, reps) if m.finding.where == "lockout"]
    assert len(top) == 3
    for mechanism in top:
        assert mechanism.event is not None
        assert mechanism.event.pelvis_share.value == pytest.approx(1.0, abs=0.1)
        assert 0.1 < mechanism.event.pelvis_share.sd < 0.5
        assert mechanism.event.pelvis_part.value == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("pelvis", "thigh", "share"), [(-9.0, 0.0, 1.0), (0.0, 40.0, 0.0), (10.0, 30.0, 0.25)]
)
def test_the_share_is_the_pelvis_s_part_of_the_hip_s_change(
    pelvis: float, thigh: float, share: float
) -> None:
    found = share_of(Number(pelvis, 1.0), Number(thigh, 2.0), SETTINGS)
    assert found.value == pytest.approx(share)
    assert found.sd > 0


def test_the_share_s_uncertainty_is_that_of_many_draws() -> None:
    rng = np.random.default_rng(1)
    pelvis, thigh = rng.normal(10, 1, 20_000), rng.normal(30, 2, 20_000)
    expected = np.std(pelvis / (pelvis + thigh))
    assert share_of(Number(10, 1.0), Number(30, 2.0), SETTINGS).sd == pytest.approx(
        expected, rel=0.05
    )


def test_a_hip_that_hardly_changes_has_no_share() -> None:
    assert math.isnan(share_of(Number(-20, 1), Number(21, 1), SETTINGS).value)


@pytest.mark.parametrize(("pelvis", "thigh"), [(-15.0, 25.0), (-20.0, 15.0)])
def test_a_pelvis_and_a_thigh_that_undo_each_other_have_no_share(
    pelvis: float, thigh: float
) -> None:
    assert math.isnan(share_of(Number(pelvis, 1), Number(thigh, 2), SETTINGS).value)


def test_explain_fills_mechanism_share_and_load_and_says_why() -> None:
    posture, reps, findings = found(Plan(BACK_SQUAT, KEYS, bumps=TUCK), 1.0)
    loads = load_series(posture, load_kg=100, body_mass_kg=80, height_cm=178, lift="squat")
    filled = explain(mechanisms(findings, posture, reps), posture, loads)
    assert len(filled) == len(findings)
    top = next(f for f in filled if f.where == "lockout")
    assert top.mechanism == "glute_tuck"
    assert top.pelvis_share == pytest.approx(1, abs=0.1)
    assert top.load["l5s1_compression_low_n"] < top.load["l5s1_compression_n"]
    assert top.explanation.endswith(say("cause.glute_tuck"))
    assert explain(mechanisms(filled, posture, reps), posture, loads) == filled


def test_a_rounding_before_the_pull_holds_the_load_of_the_moment_the_bar_leaves_the_floor() -> None:
    keys = deadlift_keys(1, setup_s=2.5)
    pull_s = pull_times(keys)[0]
    plan = Plan(CONVENTIONAL, keys, bumps=(Bump(pull_s - 0.6, 15, hold_s=1.0),))
    posture = simulate(plan)
    reps = find_reps(posture, "deadlift")
    loads = load_series(
        posture, load_kg=100, body_mass_kg=80, height_cm=178, lift="deadlift", reps=reps
    )
    peak_s = pull_s - 0.6
    assert not loads.held[posture.index_at(peak_s)]
    rounded = replace(
        find_findings(posture, reps, "deadlift", SETTINGS)[0], peak_s=peak_s, end_s=pull_s + 0.5
    )
    (filled,) = explain(mechanisms((rounded,), posture, reps), posture, loads)
    assert filled.load["l5s1_moment_nm"] > 350  # the body alone: about 150


def test_without_a_load_the_mechanism_still_comes() -> None:
    posture, reps, findings = found(Plan(BACK_SQUAT, KEYS, bumps=TUCK), 1.0)
    empty = load_series(posture, load_kg=None, body_mass_kg=80, height_cm=178, lift="squat")
    for loads in (None, empty):
        top = explain(mechanisms(findings, posture, reps), posture, loads)[0]
        assert top.mechanism == "glute_tuck"
        assert top.load == {}


def test_over_arching_gets_no_named_cause() -> None:
    bumps = tuple(Bump(t, -14) for t in TOPS)
    posture, reps, findings = found(Plan(BACK_SQUAT, KEYS, bumps=bumps), 1.0)
    assert findings
    assert {m.judgement.cause for m in mechanisms(findings, posture, reps)} == {"unclear"}


def test_where_pelvis_and_thigh_are_unknown_the_cause_is_unclear() -> None:
    plan = Plan(BACK_SQUAT, KEYS, bumps=WINK, unknown=frozenset({"hip_flexion_deg"}))
    posture = simulate(plan)
    reps = find_reps(posture, "squat")
    findings = find_findings(posture, reps, "squat", SETTINGS)
    assert findings
    assert {m.judgement.cause for m in mechanisms(findings, posture, reps)} <= {"unclear"}


def test_the_plain_form_holds_cause_evidence_and_shares() -> None:
    posture, reps, findings = found(Plan(BACK_SQUAT, KEYS, bumps=TUCK), 1.0)
    plain = mechanisms(findings, posture, reps)[0].to_dict()
    assert plain["cause"] == "glute_tuck"
    assert "glute_tuck" in {entry["cause"] for entry in plain["evidence"]}
    assert plain["pelvis_share_sd"] > 0


@pytest.mark.parametrize(("value", "expected"), [(0.0, 0.5), (1.645, 0.95), (-1.645, 0.05)])
def test_support_is_the_normal_probability(value: float, expected: float) -> None:
    assert above(Number(value, 1.0), 0.0) == pytest.approx(expected, abs=0.001)


def test_an_unknown_number_supports_neither_side() -> None:
    assert above(Number(math.nan, math.nan), 3.0) == 0.5
