"""Bends planted in a set: which rep gets which, and which events its truth names."""

from __future__ import annotations

from typing import Any

from backline.phantom.plan import LiftPlan, RepPlan, events_of
from backline.phantom.planted import Planted, plant

REP = RepPlan(knee_deg=100.0)


def planted(**changes: Any) -> Planted:
    sizes = dict.fromkeys(
        ("top_deg", "bottom_deg", "ascent_deg", "thoracic_deg", "neck_deg", "drift_deg"), 0.0
    )
    every = frozenset({1, 2, 3})
    return Planted(**{**sizes, "top_reps": every, "bottom_reps": every, **changes})


def planted_set(
    rep: RepPlan, reps: int, what: Planted
) -> tuple[list[RepPlan], list[dict[str, Any]]]:
    """Return the reps of a set, and the events that its truth names."""
    planned = plant(rep, reps, what)
    return planned, events_of(LiftPlan(tuple(planned)))


def test_a_clean_set_repeats_its_rep_and_plants_nothing() -> None:
    reps, events = planted_set(REP, 3, planted())
    assert reps == [REP, REP, REP]
    assert events == []


def test_sizes_go_to_the_reps_that_were_named() -> None:
    reps, events = planted_set(
        REP, 3, planted(top_deg=9.0, top_reps=frozenset({2}), bottom_deg=15.0,
                        bottom_reps=frozenset({1, 3}))
    )  # fmt: skip
    assert [r.top_deg for r in reps] == [0.0, 9.0, 0.0]
    assert [r.bottom_deg for r in reps] == [15.0, 0.0, 15.0]
    assert [(e["rep"], e["where"], e["size_deg"]) for e in events] == [
        (1, "bottom", 15.0), (2, "lockout", 9.0), (3, "bottom", 15.0),
    ]  # fmt: skip


def test_drift_grows_with_every_rep() -> None:
    reps, events = planted_set(REP, 3, planted(bottom_deg=4.0, drift_deg=3.0))
    assert [r.bottom_deg for r in reps] == [4.0, 7.0, 10.0]
    assert [e["size_deg"] for e in events] == [4.0, 7.0, 10.0]


def test_arching_is_told_as_over_extension_with_a_positive_size() -> None:
    _, events = planted_set(REP, 1, planted(top_deg=-12.0))
    assert events == [{"rep": 1, "where": "lockout", "kind": "over_extension", "size_deg": 12.0}]


def test_upper_back_neck_and_ascent_are_in_every_rep() -> None:
    reps, events = planted_set(REP, 2, planted(thoracic_deg=18.0, neck_deg=30.0, ascent_deg=8.0))
    assert {(r.thoracic_deg, r.neck_deg, r.ascent_deg) for r in reps} == {(18.0, 30.0, 8.0)}
    assert [e["where"] for e in events] == ["ascent", "ascent"]  # silence is asked of the others
