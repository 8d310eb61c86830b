"""The bar's place on the body, and following one that hangs from the arms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.loads import load_series
from backline.loads.bar import (
    FARTHEST_M,
    KNOWN_SHARE,
    PLACES,
    STATURES_A_TRUNK,
    followed_ahead_m,
)
from backline.loads.body import GRAVITY
from backline.model.posture import FloatArray, Posture
from backline.texts import say
from tests.simulated import CONVENTIONAL, Plan, deadlift_keys, simulate

PULL = simulate(Plan(CONVENTIONAL, deadlift_keys(2), rate_hz=10))  # slow: weight alone
HEIGHT_M = 1.78
HELD = np.ones(len(PULL), dtype=bool)
LIFTER = {"load_kg": 100.0, "body_mass_kg": 80.0, "height_cm": 178.0}


def seen(ahead: FloatArray) -> Posture:
    """The pull with the bar so far in front of the shoulder, trunk lengths."""
    return replace(PULL, motion=replace(PULL.motion, bar_ahead=ahead))


def metres(trunks: float) -> float:
    return trunks * STATURES_A_TRUNK * HEIGHT_M


def bowed() -> FloatArray:
    """0 standing, 1 with the trunk at its lowest."""
    lean = PULL.trunk_lean_deg
    return np.clip((lean - 20.0) / (np.max(lean) - 20.0), 0.0, 1.0)


def test_only_the_change_counts_and_standing_is_where_the_place_says() -> None:
    for zero in (0.0, 0.7, -2.0):  # a plate nearer to the camera is shifted by a constant
        ahead = followed_ahead_m(seen(zero - 0.2 * bowed()), "hands", HELD, HEIGHT_M)
        assert ahead is not None
        upright = np.abs(PULL.trunk_lean_deg) < 10.0
        np.testing.assert_allclose(ahead[upright], PLACES["hands"].upright_m, atol=1e-9)
        lowest = int(np.argmax(PULL.trunk_lean_deg))
        assert ahead[lowest] == pytest.approx(PLACES["hands"].upright_m - metres(0.2))


def test_a_bar_that_drifts_away_adds_its_weight_times_the_way() -> None:
    near = load_series(seen(np.zeros(len(PULL))), **LIFTER, lift="deadlift")
    far = load_series(seen(0.1 * bowed()), **LIFTER, lift="deadlift")
    more = far.columns["l5s1_moment_nm"] - near.columns["l5s1_moment_nm"]
    # The arms' own weight goes half the way with the bar.
    weight = GRAVITY * (100.0 + far.body.arms_kg / 2)
    np.testing.assert_allclose(more, weight * metres(0.1) * bowed(), rtol=1e-6, atol=1e-6)


def test_following_is_said_and_so_is_nothing_where_it_was_not_seen() -> None:
    followed = load_series(seen(np.zeros(len(PULL))), **LIFTER, lift="deadlift")
    assert say("load_note.followed") in followed.notes
    unseen = load_series(seen(np.full(len(PULL), np.nan)), **LIFTER, lift="deadlift")
    plain = load_series(PULL, **LIFTER, lift="deadlift")
    assert say("load_note.followed") not in unseen.notes
    np.testing.assert_array_equal(unseen.columns["l5s1_moment_nm"], plain.columns["l5s1_moment_nm"])


def test_a_bar_on_the_trunk_is_not_followed() -> None:
    posture = seen(np.linspace(0.0, 0.5, len(PULL)))
    for place in ("high_bar", "low_bar", "front"):
        assert followed_ahead_m(posture, place, HELD, HEIGHT_M) is None


def test_a_bar_seen_too_seldom_is_not_followed() -> None:
    ahead = np.zeros(len(PULL))
    ahead[: round((1.05 - KNOWN_SHARE) * len(PULL))] = np.nan
    assert followed_ahead_m(seen(ahead), "hands", HELD, HEIGHT_M) is None


def test_a_bar_never_seen_in_standing_has_no_zero() -> None:
    bent = replace(PULL, trunk_lean_deg=np.full(len(PULL), 40.0))
    posture = replace(bent, motion=replace(PULL.motion, bar_ahead=np.zeros(len(PULL))))
    assert followed_ahead_m(posture, "hands", HELD, HEIGHT_M) is None


def test_a_jump_of_the_tracker_is_bridged_and_short_gaps_are_filled() -> None:
    ahead = np.zeros(len(PULL))
    ahead[10] = 2.0 * FARTHEST_M / metres(1.0)
    ahead[20:23] = np.nan
    followed = followed_ahead_m(seen(ahead), "hands", HELD, HEIGHT_M)
    assert followed is not None
    np.testing.assert_allclose(followed, PLACES["hands"].upright_m)
