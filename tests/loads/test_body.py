"""The body above L5/S1, against the published tables."""

from __future__ import annotations

import math

import pytest

from backline.errors import UsageError
from backline.loads.body import TABLES, Body


def test_de_leva_men_hold_49_percent_of_body_mass_above_the_omphalion() -> None:
    body = Body(100.0, 1.80, "male")
    assert body.trunk_kg + body.head_kg + body.arms_kg == pytest.approx(49.1, abs=0.1)


def test_de_leva_women_hold_46_percent_of_body_mass_above_the_omphalion() -> None:
    body = Body(100.0, 1.70, "female")
    assert body.trunk_kg + body.head_kg + body.arms_kg == pytest.approx(45.8, abs=0.1)


def test_winter_holds_54_percent_of_body_mass_above_l4_l5() -> None:
    table = TABLES["winter"]["male"]
    above = table.trunk_mass + table.head_mass + table.arms_mass
    assert above == pytest.approx(0.536)


def test_an_unknown_sex_lies_half_way_between_both() -> None:
    man, woman, either = (Body(80, 1.75, sex) for sex in ("male", "female", None))
    assert either.trunk_kg == pytest.approx((man.trunk_kg + woman.trunk_kg) / 2)
    assert either.trunk_m == pytest.approx((man.trunk_m + woman.trunk_m) / 2)


def test_mass_scales_masses_and_height_scales_lengths() -> None:
    small, large = Body(50, 1.5), Body(100, 1.8)
    assert large.trunk_kg == pytest.approx(2 * small.trunk_kg)
    assert large.shoulder_m == pytest.approx(1.2 * small.shoulder_m)
    assert large.leg_m == pytest.approx(0.491 * 1.8)


def test_the_trunk_of_a_man_of_177_cm_is_477_mm_long() -> None:
    assert Body(80, 1.77, "male").trunk_m == pytest.approx(0.477)


@pytest.mark.parametrize("sex", ["male", "female"])
def test_the_shoulder_lies_below_c7_and_the_head_above_it(sex: str) -> None:
    body = Body(70, 1.70, sex)  # type: ignore[arg-type]
    assert 0 < body.shoulder_m < body.trunk_m
    assert 0.10 < body.head_above_m < 0.20


@pytest.mark.parametrize(
    ("mass", "height"), [(0.0, 1.8), (800.0, 1.8), (80.0, 0.17), (80.0, 178.0), (math.nan, 1.8)]
)
def test_an_impossible_body_is_refused_in_one_sentence(mass: float, height: float) -> None:
    with pytest.raises(UsageError, match="expected .* to .*: give it again"):
        Body(mass, height)


def test_an_unknown_table_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="'plagenhoef', expected one of de_leva, winter, dumas"):
        Body(80, 1.8, None, "plagenhoef")  # type: ignore[arg-type]


def test_an_unknown_sex_word_is_refused() -> None:
    with pytest.raises(UsageError, match="'man'"):
        Body(80, 1.8, "man")  # type: ignore[arg-type]
