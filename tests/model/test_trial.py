"""One table of possible values, and one object of what is known of a trial, for every caller."""

from __future__ import annotations

import math

import pytest

from backline.batch import manifest
from backline.errors import UsageError
from backline.model.trial import (
    BODY_MASS_KG,
    HEIGHT_CM,
    LOAD_KG,
    RANGES,
    Range,
    Trial,
    check_choice,
    sex_of,
)
from backline.web import upload


@pytest.mark.parametrize("value", [0.0, 700.0, 142.5, None])
def test_a_possible_load_is_taken(value: float | None) -> None:
    LOAD_KG.check(value)


@pytest.mark.parametrize(
    ("bounds", "value", "said"),
    [
        (LOAD_KG, 701, "The load is 701 kg, expected 0 to 700 kg: give it again in kilograms."),
        (
            HEIGHT_CM,
            1.8,
            "The height is 1.8 cm, expected 90 to 250 cm: give it again in centimetres.",
        ),
        (BODY_MASS_KG, math.nan, "The body mass is not a number, expected 20 to 350 kg"),
        (BODY_MASS_KG, math.inf, "The body mass is not a number"),
    ],
)
def test_an_impossible_value_is_told_with_what_was_expected(
    bounds: Range, value: float, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        bounds.check(value)


def test_manifest_and_web_app_use_the_one_table() -> None:
    assert manifest.RANGES is RANGES
    assert upload.RANGES is RANGES


@pytest.mark.parametrize(
    "wrong",
    [
        {"lift": "press"},
        {"sex": "m"},
        {"bar_place": "neck"},
        {"load_kg": -1.0},
        {"body_mass_kg": 8000.0},
        {"height_cm": 1.75},
    ],
)
def test_a_trial_with_one_impossible_value_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Trial(**wrong).check()  # type: ignore[arg-type]


def test_what_was_asked_is_kept_by_its_contract_names() -> None:
    trial = Trial(lift="squat", load_kg=100.0, lifter="Ada", cue="brace").check()
    assert trial.asked() == {
        "lift_asked": "squat", "load_kg": 100.0, "body_mass_kg": None, "height_cm": None,
        "lifter": "Ada",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sex"),
    [
        ("F", "female"), (" Woman ", "female"), ("m", "male"), ("Male", "male"),
        ("", None), (None, None), ("not stated", None),
    ],
)  # fmt: skip
def test_a_table_names_a_sex_in_several_ways(words: str | None, sex: str | None) -> None:
    assert sex_of(words) == sex


def test_a_choice_that_is_none_names_the_ones_there_are() -> None:
    with pytest.raises(UsageError, match="side is 'up', expected one of 'left', 'right'"):
        check_choice("side", "up", ("left", "right"))
