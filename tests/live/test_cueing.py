"""Cues come where the low back passes the bound in the phase trained, and only there."""

from __future__ import annotations

import math

import pytest

from backline.live.causal_estimator import LiveEstimate, unmeasured
from backline.live.cueing import CueGiver, GivenCue, Schedule, Trained, sounded
from backline.live.phases import BodyPlace
from backline.reps.types import Phase

STRAIGHT, HOLLOW, ROUNDED, HIDDEN = 0.005, -0.06, 0.06, math.nan


def estimate(value: float, sd: float = 2.0, bulge: float = ROUNDED) -> LiveEstimate:
    return LiveEstimate(value, sd, -value, 0.0, "", bulge)


def give(
    giver: CueGiver, phase: Phase, value: float, *, rep: int = 1, at: float = 0.0, sd: float = 2.0
) -> list[GivenCue]:
    """Hold an angle for half a second in a phase, after a descent at zero."""
    giver.push(at, BodyPlace("descent", rep, 0.3, rep - 1), estimate(0.0, sd))
    place = BodyPlace(phase, rep, 0.0, rep)
    seen = [giver.push(at + 0.1 + k / 30, place, estimate(value, sd)) for k in range(15)]
    return [cue for cue in seen if cue is not None]


def test_tuck_at_the_top_gives_exactly_one_cue() -> None:
    (cue,) = give(CueGiver(schedule="always"), "lockout", 9.0)
    assert (cue.place, cue.rep, cue.heard) == ("top", 1, True)
    assert cue.size_deg == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("value", "sd"),
    [
        (4.5, 0.5),  # below 5 degrees
        (8.0, 6.0),  # large, but too uncertain
        (-12.0, 2.0),  # arched, not rounded
        (math.nan, 2.0),  # not measured
    ],
)
def test_what_passes_no_bound_gives_no_cue(value: float, sd: float) -> None:
    assert give(CueGiver(schedule="always"), "lockout", value, sd=sd) == []


def test_hidden_back_gives_no_cue() -> None:
    giver = CueGiver(schedule="always")
    place = BodyPlace("lockout", 1, 0.0, 1)
    assert all(giver.push(k / 30, place, unmeasured("back_hidden")) is None for k in range(30))


def test_single_wild_frame_gives_no_cue() -> None:
    giver = CueGiver(schedule="always")
    place = BodyPlace("lockout", 1, 0.0, 1)
    values = [0.0] * 10 + [20.0] + [0.0] * 10
    assert all(giver.push(k / 30, place, estimate(v)) is None for k, v in enumerate(values))


@pytest.mark.parametrize(
    ("trained", "phase", "cues"),
    [
        ("top", "lockout", 1),
        ("top", "bottom", 0),
        ("bottom", "bottom", 1),
        ("bottom", "lockout", 0),
        ("all", "bottom", 1),
        ("all", "ascent", 1),
    ],
)
def test_only_the_phase_trained_is_cued(trained: Trained, phase: Phase, cues: int) -> None:
    assert len(give(CueGiver(trained, "always"), phase, 12.0)) == cues


def test_bottom_is_measured_from_the_most_extended_point_of_the_descent() -> None:
    giver = CueGiver("bottom", "always")
    for k in range(10):
        giver.push(k / 30, BodyPlace("descent", 1, 0.3, 0), estimate(-8.0))
    cues = [
        giver.push(1 + k / 30, BodyPlace("bottom", 1, 0.9, 0), estimate(2.0)) for k in range(10)
    ]
    (cue,) = [c for c in cues if c]
    assert cue.size_deg == pytest.approx(10.0)


def test_a_doubtful_start_of_the_turn_back_is_weighed_against_own_standing() -> None:
    giver = CueGiver("bottom", "always")
    for k in range(10):
        giver.push(k / 30, BodyPlace("descent", 1, 0.3, 0), estimate(-8.0, 4.0))
    cues = [
        giver.push(1 + k / 30, BodyPlace("bottom", 1, 0.9, 0), estimate(8.0, 4.0)) for k in range(9)
    ]
    (cue,) = [c for c in cues if c]
    # Variance 15.4 (1.0 random, 14.4 shared), 6.25 of it trusted, a spread of 3 about standing:
    # the start counts 9 / (9 + 9.15) of its -8 degrees.
    assert cue.size_deg == pytest.approx(8.0 + 8.0 * 9.0 / 18.15)
    assert cue.sd_deg == pytest.approx(3.79, abs=0.01)


@pytest.mark.parametrize(
    ("value", "bulge", "cues"),
    [
        (12.0, ROUNDED, 1),
        (12.0, HOLLOW, 0),  # flat backs of real squats turn back by 8 to 16 degrees
        (22.0, HOLLOW, 0),
        (12.0, HIDDEN, 0),
        (22.0, HIDDEN, 1),  # beyond what flat backs turn
    ],
)
@pytest.mark.parametrize("phase", ["bottom", "ascent"])
def test_a_turn_back_is_cued_only_where_the_outline_is_no_longer_hollow(
    phase: Phase, value: float, bulge: float, cues: int
) -> None:
    giver = CueGiver(schedule="always")
    giver.push(0.0, BodyPlace("descent", 1, 0.3, 0), estimate(0.0, 2.0, bulge))
    place = BodyPlace(phase, 1, 0.0, 1)
    given = [giver.push(0.1 + k / 30, place, estimate(value, 2.0, bulge)) for k in range(15)]
    assert sum(cue is not None for cue in given) == cues


@pytest.mark.parametrize(("phase", "cues"), [("bottom", 1), ("ascent", 0)])
def test_a_straight_outline_is_enough_at_the_bottom_and_not_on_the_way(
    phase: Phase, cues: int
) -> None:
    """A flat-backed deadlift bends by 10 degrees on its way, and is set straight at the floor."""
    giver = CueGiver(schedule="always")
    giver.push(0.0, BodyPlace("descent", 1, 0.3, 0), estimate(0.0, 2.0, STRAIGHT))
    place = BodyPlace(phase, 1, 0.0, 1)
    given = [giver.push(0.1 + k / 30, place, estimate(12.0, 2.0, STRAIGHT)) for k in range(15)]
    assert sum(cue is not None for cue in given) == cues


def test_a_tuck_at_the_top_needs_no_outline() -> None:
    giver = CueGiver(schedule="always")
    place = BodyPlace("lockout", 1, 0.0, 1)
    given = [giver.push(k / 30, place, estimate(9.0, 2.0, HIDDEN)) for k in range(15)]
    assert sum(cue is not None for cue in given) == 1


@pytest.mark.parametrize(
    ("schedule", "heard"),
    [
        ("always", list(range(1, 21))),
        ("silent", []),
        ("fading", [1, 2, 3, 4, 5, 6, 8, 10, 11, 16]),  # 5 of 5, 3 of 5, 2 of 10
    ],
)
def test_schedule_fades_as_stated(schedule: Schedule, heard: list[int]) -> None:
    assert [rep for rep in range(1, 21) if sounded(schedule, rep)] == heard


def test_retention_check_records_what_it_does_not_sound() -> None:
    (cue,) = give(CueGiver(schedule="silent"), "lockout", 9.0)
    assert not cue.heard


def test_one_wink_that_begins_on_the_way_down_is_told_once() -> None:
    giver = CueGiver(schedule="always")
    told = give(giver, "descent", 14.0)
    for at, phase in enumerate(("bottom", "ascent"), start=1):
        place = BodyPlace(phase, 1, 0.0, 0)
        told += [c for k in range(15) if (c := giver.push(at + k / 30, place, estimate(14.0)))]
    assert len(told) == 1
    (tuck,) = give(giver, "lockout", 14.0, at=4.0)
    assert tuck.place == "top", "the top is another event"
