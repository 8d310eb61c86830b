"""Coloured dots are found to a fraction of a pixel, and only on the lifter's back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from backline.model.posture import FloatArray
from backline.sources.fiducials.clip_fiducials import stickers_of
from backline.sources.fiducials.dot_tracking import find_dots, track_dots
from backline.sources.fiducials.layout import COLOURS
from tests.sources.fiducials.test_sticker_tracking import Shown, lifter

SLOPE = np.array([1.0, 0.3])
BACK = np.array([[70.3, 60.6], [74.8, 110.2], [66.1, 150.9]])


def wall(dots: FloatArray, colour: str, radius: float = 6.0, noise: float = 3.0) -> np.ndarray:
    """A grey wall with round dots, averaged from a finer drawing, noisy."""
    hue = np.array([[[COLOURS[colour], 220, 210]]], np.uint8)
    paint = cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0].tolist()
    fine = np.full((320 * 8, 240 * 8, 3), 120, np.uint8)
    for x, y in dots:
        at = (round((x + 0.5) * 8 - 0.5), round((y + 0.5) * 8 - 0.5))
        cv2.circle(fine, at, round(radius * 8), paint, -1)
    coarse = cv2.resize(fine, (240, 320), interpolation=cv2.INTER_AREA).astype(np.float32)
    rng = np.random.default_rng(len(dots))
    return np.clip(coarse + rng.normal(0, noise, coarse.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", COLOURS)
def test_dots_of_every_colour_are_found_between_the_pixels(colour: str) -> None:
    found = find_dots(wall(BACK, colour), (0, 0, 240, 320), colour, 300.0)
    assert len(found) == 3
    ordered = found[np.argsort(found[:, 1])]
    assert np.abs(ordered - BACK).max() < 0.25


def test_other_colours_and_shapes_are_no_dots() -> None:
    picture = wall(BACK, "green")
    assert len(find_dots(picture, (0, 0, 240, 320), "blue", 300.0)) == 0
    picture[200:204, 20:60] = picture[60, 70]  # a green stripe
    picture[250:310, 120:190] = picture[60, 70]  # a green plate
    assert len(find_dots(picture, (0, 0, 240, 320), "green", 300.0)) == 3


def test_they_are_tracked_from_above_though_a_fourth_lies_about() -> None:
    turns = np.linspace(0, 12, 8)
    pictures = [wall(np.vstack([BACK + t * SLOPE, [[200.0, 290.0]]]), "green") for t in turns]
    found = track_dots(Shown(pictures), lifter(8), "green", max_side_px=1920)
    for t, three in zip(turns, found, strict=True):
        assert np.abs(three - (BACK + t * SLOPE)).max() < 0.3


def test_a_frame_that_hides_one_of_them_tells_nothing() -> None:
    pictures = [wall(BACK if i != 3 else BACK[:2], "red") for i in range(6)]
    found = track_dots(Shown(pictures), lifter(6), "red", max_side_px=1920)
    assert np.isnan(found[3]).all()
    assert np.isfinite(found[[0, 1, 2, 4, 5]]).all()


def test_what_is_asked_for_is_what_is_looked_for() -> None:
    clip, observations = Shown([wall(BACK, "pink")] * 4), lifter(4)
    assert stickers_of(clip, observations, "none", max_side_px=1920) is None
    assert stickers_of(clip, observations, "auto", max_side_px=1920) is None
    assert stickers_of(clip, observations, "blue", max_side_px=1920) is None
    angles = stickers_of(clip, observations, "pink", max_side_px=1920)
    assert angles is not None
    assert angles.visible.all()
