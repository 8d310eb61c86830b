"""Drawn clips: what was wished is kept, the rest is drawn from the seed."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from backline.phantom.random_clip import Wishes, base_rep, draw_scene, make_plan


def scene(seed: int = 1, **wishes):
    return draw_scene(Wishes(**wishes), np.random.default_rng(seed), seed)


def test_every_wish_is_kept() -> None:
    drawn = scene(
        bar="front", plates="small", fit="loose", yaw_deg=7.0, height_px=480, shake_px=2.0,
        roll_deg=0.0,
    )  # fmt: skip
    assert drawn.stance.bar == "front"
    assert drawn.loading is not None
    assert drawn.loading.plates == "small"
    assert drawn.outfit.fit == "loose"
    assert (drawn.camera.yaw_deg, drawn.camera.roll_deg) == (7.0, 0.0)
    assert (drawn.camera.width_px, drawn.camera.height_px) == (360, 480)
    assert drawn.recording.shake_px == 2.0


@pytest.mark.parametrize("height_px", [240, 250, 479, 720, 1080])
def test_the_width_is_even_as_video_wants_it(height_px: int) -> None:
    width = scene(height_px=height_px).camera.width_px
    assert width % 2 == 0
    assert width == pytest.approx(0.75 * height_px, abs=2)


def test_a_deadlift_is_pulled_by_the_hands_with_full_plates() -> None:
    drawn = scene(lift="deadlift")
    assert drawn.stance.bar == "hands"
    assert drawn.loading is not None
    assert drawn.loading.plates == "450"


@pytest.mark.parametrize("bar", ["none", "goblet"])
def test_without_a_bar_there_are_no_plates(bar) -> None:
    assert scene(bar=bar, plates="450").loading is None


def test_the_rest_is_drawn_and_repeats_by_seed() -> None:
    many = [scene(seed) for seed in range(30)]
    assert scene(3) == many[3]
    assert len({s.stance.bar for s in many}) == 5
    assert {s.camera.side for s in many} == {"left", "right"}
    assert {s.outfit.fit for s in many} == {"tight", "normal"}
    assert max(abs(s.camera.yaw_deg) for s in many) <= 12
    assert len({tuple(asdict(s.shape).values()) for s in many}) == 30
    for s in many:
        assert sum(s.stance.lumbar_split) == pytest.approx(1.0)
        assert sum(s.stance.thoracic_split) == pytest.approx(1.0)


def test_a_drawn_rep_is_clean_and_a_deadlift_bends_the_knee_less() -> None:
    squats = [base_rep(Wishes(), np.random.default_rng(s)) for s in range(20)]
    pulls = [base_rep(Wishes(lift="deadlift"), np.random.default_rng(s)) for s in range(20)]
    for rep in [*squats, *pulls]:
        assert rep.top_deg == rep.bottom_deg == rep.ascent_deg == rep.coupled_deg == 0.0
    assert min(r.knee_deg for r in squats) >= max(r.knee_deg for r in pulls)
    assert max(r.shank_ratio for r in pulls) < min(r.shank_ratio for r in squats)


def test_a_plan_holds_its_reps_and_has_standing_before_them() -> None:
    rng = np.random.default_rng(0)
    reps = [base_rep(Wishes(), rng) for _ in range(3)]
    plan = make_plan(reps, rng, rate_hz=24.0)
    assert plan.reps == tuple(reps)
    assert plan.rate_hz == 24.0
    assert 1.8 <= plan.standing_s <= 2.6
