"""Clothes: how far they stand off, what they cover, and their colours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.phantom.wardrobe import BELT_M, STANDOFF_M, Fit, Outfit, dress
from tests import rendered

FITS: tuple[Fit, ...] = ("tight", "normal", "loose")


def worn(outfit: Outfit, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """How far each vertex of the body at rest moves when dressed, metres; and the colours."""
    skin = rendered.body().rest_vertices[None]
    clothed, colours = dress(rendered.body(), outfit, skin, np.random.default_rng(seed))
    return np.linalg.norm(clothed[0] - skin[0], axis=1), colours


def on(*bones: str) -> np.ndarray:
    return np.isin(rendered.body().bone_of_vertex, bones)


def test_looser_clothes_stand_further_off() -> None:
    off = [
        worn(replace(rendered.OUTFIT, fit=fit, standoff_m=STANDOFF_M[fit][1]))[0] for fit in FITS
    ]
    torso = on("spine04", "spine03", "spine02")
    means = [float(o[torso].mean()) for o in off]
    assert means[0] < 0.006 < means[1] < means[2]
    assert means[2] > 0.02


def test_clothes_point_outwards() -> None:
    body = rendered.body()
    clothed, _ = dress(
        body,
        replace(rendered.OUTFIT, standoff_m=0.02),
        body.rest_vertices[None],
        np.random.default_rng(0),
    )
    waist = np.abs(body.rest_vertices[:, 2] - body.heads["spine04"][2]) < 0.03
    waist &= on("spine05", "spine04", "spine03")
    middle = body.rest_vertices[waist, :2].mean(0)
    skin = np.linalg.norm(body.rest_vertices[waist, :2] - middle, axis=1)
    cloth = np.linalg.norm(clothed[0, waist, :2] - middle, axis=1)
    assert np.median(cloth - skin) == pytest.approx(0.02, abs=0.006)
    assert (cloth > skin - 0.002).mean() > 0.95


def test_head_hands_and_shins_stay_bare() -> None:
    off, _ = worn(replace(rendered.OUTFIT, fit="loose", standoff_m=0.03))
    assert off[on("head", "wrist.L", "wrist.R")].max() < 0.001
    ankle = rendered.body().heads["foot.L"][2] + 0.1
    assert not off[rendered.body().rest_vertices[:, 2] < ankle].any()
    assert np.median(off[on("spine03")]) > 0.015


def test_a_bare_torso_is_skin_and_wears_nothing_above_the_hips() -> None:
    bare = replace(rendered.OUTFIT, shirt=rendered.OUTFIT.skin, mottle=0.0)
    off, colours = worn(bare)
    chest = on("spine01", "clavicle.L", "clavicle.R")
    assert not off[chest].any()
    shown = colours[on("clavicle.L")]
    np.testing.assert_allclose(shown.mean(0), np.array(bare.skin) * 255, atol=2)


def test_each_part_has_its_colour() -> None:
    _, colours = worn(replace(rendered.OUTFIT, mottle=0.0))
    shirt, shorts = (np.array(c) * 255 for c in (rendered.OUTFIT.shirt, rendered.OUTFIT.shorts))
    np.testing.assert_allclose(np.median(colours[on("spine02")], axis=0), shirt, atol=1.5)
    np.testing.assert_allclose(np.median(colours[on("spine05")], axis=0), shorts, atol=1.5)
    assert colours.dtype == np.uint8


def test_a_belt_is_a_dark_band_of_its_width_around_the_waist() -> None:
    light = replace(rendered.OUTFIT, shirt=(0.9, 0.9, 0.9), shorts=(0.9, 0.9, 0.9), mottle=0.0)
    _, plain = worn(light)
    _, belted = worn(replace(light, belt=True))
    changed = (plain != belted).any(axis=1)
    heights = rendered.body().rest_vertices[changed, 2]
    assert np.ptp(heights) == pytest.approx(BELT_M, abs=0.02)
    assert belted[changed].max() < 40


def test_sleeves_cover_the_upper_arm_and_long_shorts_the_lower_thigh() -> None:
    def moved(*bones: str, **changes: bool) -> float:
        return float(
            (worn(replace(rendered.OUTFIT, standoff_m=0.01, **changes))[0][on(*bones)] > 0).mean()
        )

    assert moved("upperarm02.L", sleeves=True) > moved("upperarm02.L", sleeves=False)
    assert moved("upperleg02.L", long_shorts=True) > moved("upperleg02.L", long_shorts=False)


def test_the_pattern_repeats_by_seed() -> None:
    spotted = replace(rendered.OUTFIT, mottle=0.3)
    np.testing.assert_array_equal(worn(spotted, 1)[1], worn(spotted, 1)[1])
    assert (worn(spotted, 1)[1] != worn(spotted, 2)[1]).any()


@pytest.mark.parametrize("fit", FITS)
def test_drawn_outfits_keep_to_the_wanted_fit_and_repeat_by_seed(fit: Fit) -> None:
    drawn = [Outfit.random(np.random.default_rng(seed), fit) for seed in range(40)]
    low, high = STANDOFF_M[fit]
    assert all(o.fit == fit and low <= o.standoff_m <= high for o in drawn)
    colours = np.array([[*o.shirt, *o.shorts, *o.legs, *o.shoes, *o.skin] for o in drawn])
    assert colours.min() >= 0
    assert colours.max() <= 1
    assert {o.sleeves for o in drawn} == {True, False}
    assert drawn[5] == Outfit.random(np.random.default_rng(5), fit)


def test_without_a_wish_every_fit_is_drawn() -> None:
    assert {Outfit.random(np.random.default_rng(s)).fit for s in range(60)} == set(FITS)
