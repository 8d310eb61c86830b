"""A sticker that cannot be read for some frames is followed; one that is gone is not."""

from __future__ import annotations

import numpy as np

from backline.sources.fiducials.layout import PLACES
from backline.sources.fiducials.sticker_detection import turn_deg
from backline.sources.fiducials.sticker_flow import follow
from tests.sources.fiducials.printed import Laid, picture_of


def grey(laid: list[Laid]) -> np.ndarray:
    return np.ascontiguousarray(picture_of(laid, noise=1.0)[..., 0])


def test_a_sticker_is_followed_through_a_move_and_a_turn() -> None:
    before, after = Laid(PLACES[2], 100, 120), Laid(PLACES[2], 104.6, 115.2, turn=5.0)
    moved = follow(grey([before]), grey([after]), before.corners)
    assert moved is not None
    assert np.abs(moved - after.corners).max() < 0.4
    assert abs(float(turn_deg(moved)) - 5.0) < 0.5


def test_what_has_gone_is_not_followed() -> None:
    before = Laid(PLACES[2], 100, 120)
    assert follow(grey([before]), grey([]), before.corners) is None
