"""Cues: all causes and lifts are answered, never more than two at a time, users' own first."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from backline.errors import UsageError
from backline.findings.cues import AT_ONCE, Focus, Grade, choose, chosen_ids, cue_by_id, cues
from backline.findings.finding import Finding, Kind
from backline.findings.mechanism_causes import Cause
from backline.reps import Lift, Phase

PLACES: tuple[Phase, ...] = ("descent", "bottom", "ascent", "lockout")


def finding(**changes: Any) -> Finding:
    plain = Finding("rounding", "lockout", "", 1, 0, 1, 2, 8.0, 1.5, 0.99, True, "kept")
    return replace(plain, **changes)


def test_there_are_at_least_25_cues_with_every_field_filled() -> None:
    shipped = cues()
    assert len(shipped) >= 25
    assert len({cue.id for cue in shipped}) == len(shipped)
    for cue in shipped:
        for field in ("say", "why", "stop_saying", "drill", "source", "contra"):
            assert getattr(cue, field), (cue.id, field)
        assert cue.focus in get_args(Focus)
        assert cue.grade in get_args(Grade)


def test_cues_name_only_lifts_kinds_places_and_causes_that_exist() -> None:
    for cue in cues():
        assert set(cue.lifts) <= set(get_args(Lift)), cue.id
        assert set(cue.kinds) <= set(get_args(Kind)), cue.id
        assert set(cue.where) <= set(get_args(Phase)), cue.id
        assert set(cue.causes) <= set(get_args(Cause)), cue.id


def test_both_ways_of_pointing_are_there_for_each_lift() -> None:
    for lift in get_args(Lift):
        own = [cue for cue in cues() if lift in cue.lifts or not cue.lifts]
        assert {cue.focus for cue in own} == {"internal", "external"}


@pytest.mark.parametrize(("lift", "where"), [*product(get_args(Lift), PLACES)])
def test_every_cause_of_rounding_that_can_occur_at_a_place_has_a_cue(
    lift: Lift, where: Phase
) -> None:
    causes: list[Cause] = ["loss_of_trunk_extension", "unclear"]
    causes += ["glute_tuck"] if where == "lockout" else []
    causes += ["hip_end_range"] if where == "bottom" else []
    for cause in causes:
        [found] = choose((finding(where=where, mechanism=cause),), lift)
        assert found.cues, (lift, where, cause)


@pytest.mark.parametrize(("lift", "where"), [*product(get_args(Lift), PLACES)])
def test_over_arching_and_drift_have_a_cue(lift: Lift, where: Phase) -> None:
    assert choose((finding(kind="over_extension", where=where),), lift)[0].cues
    assert choose((finding(kind="drift", where=where, mechanism="fatigue"),), lift)[0].cues


def test_the_tuck_at_the_top_is_told_to_hold_and_not_to_squeeze_harder() -> None:
    [found] = choose((finding(mechanism="glute_tuck"),), "squat")
    first = cue_by_id(found.cues[0])
    assert first is not None
    assert "don't tuck" in first.say
    assert "as hard as you can" in first.stop_saying


def test_a_set_with_everything_wrong_still_gets_at_most_two() -> None:
    worst = tuple(
        finding(rep=rep, where=where, mechanism=cause, size_deg=5.0 + rep)
        for rep, (where, cause) in enumerate(product(PLACES, get_args(Cause)))
    )
    given = {cue for f in choose(worst, "squat") for cue in f.cues}
    assert 1 <= len(given) <= AT_ONCE == 2


def test_tuck_and_wink_in_one_set_are_both_answered() -> None:
    tuck = finding(mechanism="glute_tuck", size_deg=9.0)
    wink = finding(where="bottom", mechanism="hip_end_range", size_deg=14.0)
    given = choose((tuck, wink), "squat")
    assert all(len(f.cues) == 1 for f in given)
    assert chosen_ids(given) == [given[1].cues[0], given[0].cues[0]]  # largest first


def test_what_is_uncertain_is_not_cued() -> None:
    assert choose((finding(certain=False, size_deg=3.5),), "squat")[0].cues == ()


def test_what_lies_outside_the_reps_takes_no_cue_from_them() -> None:
    tuck = finding(mechanism="glute_tuck", size_deg=9.0)
    outside = finding(rep=0, where="bottom", size_deg=28.0)
    given = choose((tuck, outside), "squat")
    assert given[1].cues == ()
    assert given[0].cues == choose((tuck,), "squat")[0].cues != ()


def test_no_finding_needs_no_cue() -> None:
    assert choose((), "squat") == ()
    assert chosen_ids(()) == []


def test_a_users_cue_goes_first_and_takes_the_place_of_ours(tmp_path: Path) -> None:
    own = tmp_path / "cues.toml"
    own.write_text('[[cue]]\nid = "stand_tall"\nsay = "Grow."\nwhere = ["lockout"]\n')
    known = cues(own)
    assert [cue.id for cue in known].count("stand_tall") == 1
    assert choose((finding(mechanism="glute_tuck"),), "squat", known)[0].cues == ("stand_tall",)
    assert known[0].say == "Grow."
    assert known[0].grade == "own"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[cue]\n", "no TOML"),
        ('[[cue]]\nid = "x"\n', "needs an id and what to say"),
        ('[[cue]]\nid = "x"\nsay = "y"\nvolume = 3\n', "knows no 'volume'"),
        ('[[cue]]\nid = "x"\nsay = "y"\nfocus = "sideways"\n', "expected internal or external"),
    ],
)
def test_a_wrong_file_of_own_cues_is_told_in_a_sentence(
    tmp_path: Path, text: str, said: str
) -> None:
    own = tmp_path / "cues.toml"
    own.write_text(text)
    with pytest.raises(UsageError, match=said):
        cues(own)
