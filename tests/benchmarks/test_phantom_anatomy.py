"""The table of the rendered bodies' anatomy holds what the bodies' joints say."""

from __future__ import annotations

import pytest
from benchmarks.phantom_anatomy import CHECKS, table

from tests import rendered

BY_NAME = {check.name: check for check in CHECKS}


def value(name: str) -> float:
    return BY_NAME[name].of(rendered.body())


def test_the_sacrum_turns_with_the_pelvis_in_the_second_anatomy_alone() -> None:
    turn = "sacrum's turn against the pelvis in a lumbar bend, anatomy {}"
    assert value(turn.format(1)) == pytest.approx(34.0, abs=0.1)  # the lowest joint's share
    assert value(turn.format(2)) == pytest.approx(0.0, abs=0.1)


def test_the_lowest_lumbar_joint_lies_where_people_have_it_in_the_second_anatomy_alone() -> None:
    place = "lowest lumbar joint above the hips, anatomy {}"
    assert value(place.format(1)) < 3
    assert 7 < value(place.format(2)) < 13


def test_skin_over_a_bending_spine_gets_longer() -> None:
    for anatomy in (1, 2):
        assert value(f"its stretch with 40 degrees of flexion, anatomy {anatomy}") > 2


def test_a_row_for_each_check_with_its_unit_and_source() -> None:
    rows = table([rendered.body()]).splitlines()[2:]
    assert len(rows) == len(CHECKS)
    for row, check in zip(rows, CHECKS, strict=True):
        assert row.startswith(f"| {check.name} | ")
        assert f" {check.unit} | {check.published} | {check.source} |" in row
