"""Printed stickers are found where they are, and their turn within a fraction of a degree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.sources.fiducials.layout import NAMES, PLACES
from backline.sources.fiducials.sticker_detection import StickerFinder, turn_deg
from tests.sources.fiducials.printed import Laid, all_five, picture_of

BOX = (0, 0, 240, 320)
TRUNK_PX = 300.0


def off(turn: float, wanted: float) -> float:
    return float((turn - wanted + 180.0) % 360.0 - 180.0)


@pytest.mark.parametrize("turn", [0.0, 17.0, -63.0, 100.0, 179.0])
def test_all_five_are_found_at_their_places_with_their_turn(turn: float) -> None:
    laid = all_five(turn)
    found = StickerFinder(TRUNK_PX).find(picture_of(laid), BOX)
    for one, corners in zip(laid, found, strict=True):
        assert np.abs(corners.mean(axis=0) - (one.x, one.y)).max() < 0.5
        assert abs(off(float(turn_deg(corners)), turn)) < 0.6


@pytest.mark.parametrize(("side", "most_deg"), [(16.0, 0.6), (24.0, 0.35), (40.0, 0.2)])
def test_the_turn_of_a_sticker_of_few_pixels_is_sub_pixel(side: float, most_deg: float) -> None:
    errors = []
    for k in range(12):
        one = Laid(PLACES[k % 5], 110 + 0.09 * k, 160 - 0.07 * k, side, turn=31.0 * k - 150)
        found = StickerFinder(side / 0.07).find(picture_of([one]), BOX)
        errors.append(off(float(turn_deg(found[k % 5])), one.turn))
    assert np.sqrt(np.mean(np.square(errors))) < most_deg


def test_only_what_is_there_is_found() -> None:
    laid = [all_five()[0], all_five()[3]]
    found = StickerFinder(TRUNK_PX).find(picture_of(laid), BOX)
    assert [name for name, one in zip(NAMES, found, strict=True) if np.isfinite(one).all()] == [
        "t12", "pelvis",
    ]  # fmt: skip
    noise = np.random.default_rng(0).integers(0, 255, (320, 240, 3), dtype=np.uint8)
    assert np.isnan(StickerFinder(TRUNK_PX).find(noise, BOX)).all()


def test_corners_are_in_pixels_of_the_whole_picture_whatever_the_box() -> None:
    laid, finder = all_five(), StickerFinder(TRUNK_PX)
    whole = finder.find(picture_of(laid), BOX)
    part = finder.find(picture_of(laid), (40, 30, 200, 280))
    assert np.abs(part - whole).max() < 0.3


@pytest.mark.parametrize("changed", [{"side": 90.0}, {"squeeze": 0.25}])
def test_what_can_be_no_sticker_of_this_lifter_is_left_out(changed: dict[str, float]) -> None:
    one = replace(Laid(PLACES[0], 120, 160, 40.0), **changed)
    assert np.isnan(StickerFinder(300.0).find(picture_of([one]), BOX)).all()


def test_of_two_with_one_number_the_larger_is_taken() -> None:
    large, small = Laid(PLACES[1], 80, 80, 30.0), Laid(PLACES[1], 160, 220, 18.0)
    found = StickerFinder(TRUNK_PX).find(picture_of([large, small]), BOX)
    assert np.abs(found[1].mean(axis=0) - (80, 80)).max() < 0.5


def test_a_box_outside_or_too_small_holds_nothing() -> None:
    finder = StickerFinder(TRUNK_PX)
    assert np.isnan(finder.find(picture_of(all_five()), (0, 0, 8, 8))).all()


def test_the_turn_of_a_square_is_exact_and_unknown_stays_unknown() -> None:
    one = Laid(PLACES[0], 50.0, 60.0, 20.0, turn=33.3)
    turns = turn_deg(np.stack([one.corners, np.full((4, 2), np.nan)]))
    assert turns[0] == pytest.approx(33.3)
    assert np.isnan(turns[1])
