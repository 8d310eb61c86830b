"""Top against bottom, and the sourced evidence."""

from __future__ import annotations

import pytest

from backline.findings.evidence import evidence
from backline.findings.top_bottom import top_against_bottom
from backline.loads import load_series
from backline.reps import find_reps
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    Bump,
    Plan,
    bottom_times,
    deadlift_keys,
    pull_times,
    simulate,
    squat_keys,
)

KEYS = squat_keys(3)
BUMPS = tuple(
    bump for t in bottom_times(KEYS) for bump in (Bump(t, 6, hold_s=0.3), Bump(t + 1.9, 9))
)
POSTURE = simulate(Plan(BACK_SQUAT, KEYS, bumps=BUMPS))
REPS = find_reps(POSTURE, "squat")
LOADS = load_series(POSTURE, load_kg=100, body_mass_kg=80, height_cm=178, lift="squat", reps=REPS)


def test_both_ends_show_what_was_planted() -> None:
    found = top_against_bottom(POSTURE, REPS, LOADS)
    assert found is not None
    assert found.bottom.reps == found.top.reps == 3
    assert found.bottom.flexion_deg == pytest.approx(6, abs=0.3)
    assert found.top.flexion_deg == pytest.approx(9, abs=0.3)


def test_the_bottom_carries_more_and_the_sentence_says_both_without_a_verdict() -> None:
    found = top_against_bottom(POSTURE, REPS, LOADS)
    assert found is not None
    low, high = (end.load["l5s1_compression_n"] for end in (found.bottom, found.top))
    assert low > 2 * high
    assert "6° more flexed" in found.sentence
    assert "9° more flexed" in found.sentence
    assert "larger at the bottom" in found.sentence
    assert f"{low / 1000:.1f} kN" in found.sentence
    assert not any(word in found.sentence for word in ("danger", "safe", "worse", "injur"))


def test_a_set_up_that_is_most_rounded_before_the_pull_still_carries_the_bar() -> None:
    keys = deadlift_keys(2, setup_s=2.5)
    early = tuple(Bump(t - 0.8, 15, hold_s=0.3) for t in pull_times(keys))
    posture = simulate(Plan(CONVENTIONAL, keys, bumps=early))
    reps = find_reps(posture, "deadlift")
    loads = load_series(
        posture, load_kg=100, body_mass_kg=80, height_cm=178, lift="deadlift", reps=reps
    )
    found = top_against_bottom(posture, reps, loads)
    assert found is not None
    assert found.bottom.flexion_deg == pytest.approx(15, abs=0.5)
    assert found.bottom.load["l5s1_moment_nm"] > 350  # the body alone: about 150
    assert "larger at the bottom" in found.sentence


def test_without_a_load_the_angles_alone_are_compared() -> None:
    found = top_against_bottom(POSTURE, REPS)
    assert found is not None
    assert found.bottom.load == {}
    assert "kN" not in found.sentence
    assert found.to_dict()["lockout"]["lumbar_flexion_deg"] == pytest.approx(9, abs=0.3)


def test_a_hidden_bottom_gives_no_comparison() -> None:
    hidden = tuple((t - 1.0, t + 1.0, "back_hidden") for t in bottom_times(KEYS))
    posture = simulate(Plan(BACK_SQUAT, KEYS, bumps=BUMPS, hidden=hidden))
    assert top_against_bottom(posture, REPS) is None


def test_what_was_measured_here_comes_first_and_both_sides_follow() -> None:
    found = top_against_bottom(POSTURE, REPS, LOADS)
    assert found is not None
    assert found.entries[0].grade == "measured here"
    assert {entry.side for entry in found.entries} == {"top", "bottom", "both"}
    assert {entry.grade for entry in found.entries} == {
        "measured here",
        "published",
        "argued",
        "unknown",
    }


def test_every_entry_has_a_text_and_a_source() -> None:
    for entry in evidence():
        assert len(entry.text) > 40, entry.key
        assert len(entry.source) > 10, entry.key
        assert entry.side in ("top", "bottom", "both")
        assert entry.grade in ("published", "argued", "unknown")


@pytest.mark.parametrize("side", ["top", "bottom"])
def test_each_side_of_the_debate_has_its_argument_and_something_published(side: str) -> None:
    grades = {entry.grade for entry in evidence() if entry.side == side}
    assert {"argued", "published"} <= grades


def test_no_entry_pronounces_a_verdict() -> None:
    for entry in evidence():
        assert not any(word in entry.text.lower() for word in ("dangerous", "is safe", "3400"))
