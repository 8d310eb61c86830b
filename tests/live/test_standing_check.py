"""The standing reference that the tops of the reps speak against is taken anew, once."""

from __future__ import annotations

import math

import pytest

from backline.live.causal_estimator import LiveEstimate, unmeasured
from backline.live.phases import BodyPlace
from backline.live.standing_check import StandingCheck


def told(tops_deg: list[float], sd_deg: float = 2.0) -> list[int]:
    """The reps at whose descent the check speaks."""
    check, spoke = StandingCheck(), []
    for rep, top in enumerate(tops_deg, start=1):
        for phase, lumbar in (("descent", 3.0), ("bottom", 15.0), ("ascent", 4.0)):
            place = BodyPlace(phase, rep, 0.5, rep - 1)
            if check.push(place, LiveEstimate(lumbar, sd_deg, 0.0, 0.0, "")):
                spoke.append(rep)
        for _ in range(5):
            estimate = unmeasured("back_hidden")
            if math.isfinite(top):
                estimate = LiveEstimate(top, sd_deg, 0.0, 0.0, "")
            assert not check.push(BodyPlace("lockout", rep, 0.0, rep), estimate)
    return spoke


@pytest.mark.parametrize(
    ("tops", "spoke"),
    [
        ([0.0, 1.0, -2.0, 0.5], []),  # quiet standing
        ([9.0, 8.0, 9.0], []),  # tucks at the top: the lifter's, not the zero's
        ([-9.0, -8.0, -9.0, -9.0], [3]),  # stood tucked by 8 or 9; said once
        ([-9.0, 0.0, -9.0, 0.0], []),  # one leaned-back top at a time
        ([math.nan, -8.0, math.nan, -8.0, 0.0], [5]),  # tops that were not seen say nothing
    ],
)
def test_two_arched_tops_in_a_row_speak_against_it(tops: list[float], spoke: list[int]) -> None:
    assert told(tops) == spoke


def test_tops_within_what_can_be_told_do_not_speak() -> None:
    assert told([-7.0, -7.0, -7.0], sd_deg=6.0) == []
