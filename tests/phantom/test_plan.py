"""Plans: what is planted stands in the timeline, where and as large as told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backline.phantom.plan import (
    STANDING_KNEE_DEG,
    STANDING_SHANK_DEG,
    LiftPlan,
    RepPlan,
    Timeline,
    unroll,
)

REP = RepPlan(descent_s=1.0, bottom_s=0.4, ascent_s=1.2, lockout_s=0.9)


def still(*reps: RepPlan, **changes: Any) -> Timeline:
    """A set without sway, 100 frames a second, standing from 0 to 2 s."""
    return unroll(LiftPlan(reps, sway_deg=0.0, rate_hz=100.0, **changes))


def span(line: Timeline, rep: int, phase: str) -> tuple[float, float]:
    at = line.time_s[(line.rep == rep) & (line.phase == phase)]
    return float(at[0]), float(at[-1])


def during(line: Timeline, rep: int, phase: str) -> np.ndarray:
    return line.angles.lumbar_deg[(line.rep == rep) & (line.phase == phase)]


def test_times_are_even_and_the_set_is_as_long_as_its_parts() -> None:
    line = still(REP, REP)
    np.testing.assert_allclose(np.diff(line.time_s), 0.01)
    assert len(line.time_s) == pytest.approx((2.0 + 2 * 3.5 + 0.8) * 100, abs=1.1)


@pytest.mark.parametrize("rate_hz", [10.0, 25.0, 30.0, 60.0])
def test_no_frame_is_lost_to_rounding(rate_hz: float) -> None:
    for frames in range(1, 200, 7):
        plan = LiftPlan((), standing_s=2.0, after_s=0.8 + frames / rate_hz, rate_hz=rate_hz)
        assert len(unroll(plan).time_s) == round(2.8 * rate_hz) + frames


def test_phases_follow_each_other_with_the_planned_tempo() -> None:
    line = still(REP, replace(REP, descent_s=2.0))
    assert span(line, 1, "descent") == pytest.approx((2.0, 2.99))
    assert span(line, 1, "bottom") == pytest.approx((3.0, 3.39))
    assert span(line, 1, "ascent") == pytest.approx((3.4, 4.59))
    assert span(line, 1, "lockout") == pytest.approx((4.6, 5.49))
    assert span(line, 2, "descent") == pytest.approx((5.5, 7.49))
    outside = line.rep == 0
    assert set(line.phase[outside]) == {"standing"}
    assert (line.time_s[outside] < 2.0).sum() == 200
    assert line.bottoms_s == pytest.approx([3.2, 7.7])


def test_the_knee_and_shank_are_deepest_at_the_bottom_and_nearly_straight_at_the_top() -> None:
    line = still(replace(REP, knee_deg=110.0, shank_ratio=0.3))
    bottom = line.phase == "bottom"
    np.testing.assert_allclose(line.angles.knee_deg[bottom], 110 + STANDING_KNEE_DEG)
    np.testing.assert_allclose(line.angles.shank_deg[bottom], 33 + STANDING_SHANK_DEG)
    assert line.angles.knee_deg[line.phase == "standing"] == pytest.approx(STANDING_KNEE_DEG)
    assert (np.diff(line.angles.knee_deg[line.phase == "descent"]) >= 0).all()


def test_a_clean_rep_keeps_the_back_still() -> None:
    assert not still(REP).angles.lumbar_deg.any()


def test_rounding_at_the_top_is_in_the_lockout_only() -> None:
    line = still(replace(REP, top_deg=9.0), REP)
    assert during(line, 1, "lockout").max() == pytest.approx(9.0)
    assert np.median(during(line, 1, "lockout")) == pytest.approx(9.0)
    assert during(line, 1, "bottom").max() == during(line, 1, "descent").max() == 0
    assert during(line, 2, "lockout").max() == 0


def test_a_butt_wink_is_at_the_bottom_and_gone_half_way_up() -> None:
    line = still(replace(REP, bottom_deg=14.0))
    np.testing.assert_allclose(during(line, 1, "bottom"), 14.0)
    assert during(line, 1, "lockout").max() == 0
    half_way = np.searchsorted(line.time_s, 3.4 + 0.6)
    assert line.angles.lumbar_deg[half_way] == pytest.approx(0.0, abs=1e-9)


def test_rounding_in_the_ascent_peaks_in_its_middle() -> None:
    line = still(replace(REP, ascent_deg=11.0))
    peak = int(np.argmax(line.angles.lumbar_deg))
    assert line.time_s[peak] == pytest.approx(4.0)
    assert line.angles.lumbar_deg[peak] == pytest.approx(11.0)
    assert during(line, 1, "bottom").max() < 0.5


def test_coupled_flexion_comes_and_goes_with_depth() -> None:
    line = still(replace(REP, coupled_deg=6.0))
    np.testing.assert_allclose(during(line, 1, "bottom"), 6.0)
    depth = (line.angles.knee_deg - STANDING_KNEE_DEG) / REP.knee_deg
    np.testing.assert_allclose(line.angles.lumbar_deg, 6.0 * depth, atol=1e-9)


def test_a_negative_size_arches() -> None:
    assert during(still(replace(REP, top_deg=-10.0)), 1, "lockout").min() == pytest.approx(-10.0)


def test_thorax_and_neck_bend_below_and_leave_the_low_back_alone() -> None:
    line = still(replace(REP, thoracic_deg=18.0, neck_deg=25.0))
    assert line.angles.thoracic_deg.max() == pytest.approx(18.0)
    assert line.angles.neck_deg.max() == pytest.approx(25.0)
    assert not line.angles.lumbar_deg.any()
    assert not line.angles.thoracic_deg[line.phase == "standing"].any()


def test_sway_is_as_large_as_told_slow_and_repeats_by_seed() -> None:
    plan = LiftPlan((), standing_s=200.0, sway_deg=0.5, seed=4)
    sway = unroll(plan).angles.lumbar_deg
    assert sway.std() == pytest.approx(0.5, rel=0.5)
    assert np.abs(np.diff(sway)).max() * plan.rate_hz < 0.5 * 3 * 2 * np.pi * 0.5  # below 0.5 Hz
    np.testing.assert_array_equal(unroll(plan).angles.lumbar_deg, sway)
    assert not np.array_equal(unroll(replace(plan, seed=5)).angles.lumbar_deg, sway)
