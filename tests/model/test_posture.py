"""What changes are measured from, as posture and reference say it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from backline.model.posture import ELSEWHERE, Reference, Standing, reference_from
from tests.simulated import BACK_SQUAT, Plan, simulate, squat_keys

POSTURE = simulate(Plan(BACK_SQUAT, squat_keys(1)))


def test_a_reference_holds_the_frames_of_all_its_spans_both_ends_included() -> None:
    reference = Reference("lockouts", ((0.2, 0.4), (0.8, 0.8)))
    inside = reference.frames(np.arange(10) / 10)
    assert np.flatnonzero(inside).tolist() == [2, 3, 4, 8]
    assert (reference.start_s, reference.end_s) == (0.2, 0.8)


def test_a_reference_that_no_frame_shows_has_no_time() -> None:
    reference = Reference("record")
    assert not reference.frames(np.arange(5.0)).any()
    assert math.isnan(reference.start_s)
    assert math.isnan(reference.end_s)
    assert not reference.within_reps
    assert Reference("none").within_reps


@pytest.mark.parametrize(
    ("standing", "kind", "spans"),
    [
        (Standing(0.5, 2.5, "before_first_rep"), "quiet_standing", ((0.5, 2.5),)),
        (Standing(0.5, 2.5, "after_last_rep"), "quiet_standing", ((0.5, 2.5),)),
        (Standing(0.5, 2.5, "given"), "given", ((0.5, 2.5),)),
        (ELSEWHERE, "given", ()),
        (Standing(math.nan, math.nan, "none"), "none", ()),
    ],
)
def test_where_no_reference_is_stated_it_is_the_standing(
    standing: Standing, kind: str, spans: tuple[tuple[float, float], ...]
) -> None:
    reference = reference_from(standing)
    assert (reference.kind, reference.spans, reference.sd_deg) == (kind, spans, 0.0)


def test_a_posture_without_a_stated_reference_has_its_standing_as_one() -> None:
    assert POSTURE.reference == reference_from(POSTURE.standing)
    stated = replace(POSTURE, reference=Reference("lockouts", ((1.0, 1.2),), 4.0))
    assert stated.reference.kind == "lockouts"


def test_a_posture_without_an_outline_has_an_unknown_one_of_its_length() -> None:
    assert POSTURE.back_bulge.shape == (len(POSTURE),)
    assert np.isnan(POSTURE.back_bulge).all()
    with pytest.raises(ValueError, match="back_bulge: expected shape"):
        replace(POSTURE, back_bulge=np.zeros(3))


def test_a_part_of_a_posture_keeps_reference_and_outline() -> None:
    whole = replace(POSTURE, back_bulge=POSTURE.time_s.copy())
    part = whole.between(1.0, 2.0)
    np.testing.assert_array_equal(part.back_bulge, part.time_s)
    assert part.reference == whole.reference
