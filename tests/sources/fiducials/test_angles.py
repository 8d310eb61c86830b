"""Turns of stickers and places of dots become angles of the back, planted on paper."""

from __future__ import annotations

import numpy as np
import pytest

from backline.model.posture import FloatArray
from backline.sources.fiducials.angles import (
    circle_tangents,
    filled,
    from_dots,
    from_stickers,
    joined,
)
from backline.sources.fiducials.layout import FEMUR, L3, PELVIS, S1, T12
from tests.sources.fiducials.printed import SQUARE

N = 60
TIME_S = np.arange(N) / 30
DEPTH = np.sin(np.pi * np.arange(N) / (N - 1)) ** 2


def corners_of(turns: FloatArray) -> FloatArray:
    """Corners (n, 5, 4, 2) of stickers turned clockwise in the picture by ``turns`` (n, 5)."""
    a = np.radians(turns)
    turn = np.stack(
        [np.stack([np.cos(a), -np.sin(a)], -1), np.stack([np.sin(a), np.cos(a)], -1)], -2
    )
    return 20 * np.einsum("nkij,mj->nkmi", turn, SQUARE) + 200.0


@pytest.mark.parametrize("facing", [1, -1])
def test_planted_turns_come_back_however_the_stickers_were_stuck_on(facing: int) -> None:
    stuck = np.array([10.0, 170.0, -95.0, 33.0, -179.0])
    wanted = np.zeros((N, 5))
    wanted[:, T12], wanted[:, L3] = 40 * DEPTH, 32 * DEPTH
    wanted[:, S1] = wanted[:, PELVIS] = 25 * DEPTH
    wanted[:, FEMUR] = -90 * DEPTH
    found = from_stickers(TIME_S, corners_of(stuck + facing * wanted), facing)
    trunk, pelvis = found.trunk_deg - found.trunk_deg[0], found.pelvis_deg - found.pelvis_deg[0]
    np.testing.assert_allclose(trunk, 40 * DEPTH, atol=1e-9)
    np.testing.assert_allclose(pelvis, 25 * DEPTH, atol=1e-9)
    np.testing.assert_allclose(found.thigh_deg - found.thigh_deg[0], -90 * DEPTH, atol=1e-9)
    np.testing.assert_allclose(found.middle_deg - found.middle_deg[0], 32 * DEPTH, atol=1e-9)
    assert found.visible.all()


def test_the_pelvis_needs_one_of_its_two_stickers() -> None:
    turns = np.tile(DEPTH[:, None] * 30, (1, 5))
    turns[10:20, S1] = np.nan
    turns[40:50, PELVIS] = np.nan
    found = from_stickers(TIME_S, corners_of(turns), 1)
    np.testing.assert_allclose(found.pelvis_deg, 30 * DEPTH, atol=1e-9)
    turns[:, [S1, PELVIS]] = np.nan
    assert not from_stickers(TIME_S, corners_of(turns), 1).visible.any()


def circle(curve_deg: float, lean_deg: float, at: tuple[float, ...]) -> FloatArray:
    """Points (k, 2) at shares of an arc from the lower end, y down, forward to the right.

    The tangent leans by ``lean_deg`` at the lower end and by ``lean_deg + curve_deg`` at the upper.
    """
    s = np.linspace(0, 1, 20001)
    lean = np.radians(lean_deg + curve_deg * s)
    x = np.concatenate([[0], np.cumsum((np.sin(lean[1:]) + np.sin(lean[:-1])) / 2)]) / 20000
    y = np.concatenate([[0], np.cumsum((np.cos(lean[1:]) + np.cos(lean[:-1])) / 2)]) / 20000
    rows = [np.searchsorted(s, one) for one in at]
    return 100 * np.stack([x[rows], -y[rows]], axis=1)


@pytest.mark.parametrize("middle", [0.35, 0.5, 0.6])
@pytest.mark.parametrize(("curve", "lean"), [(-30.0, 15.0), (25.0, 50.0), (0.0, -5.0)])
def test_three_points_of_a_circle_give_its_tangents(
    curve: float, lean: float, middle: float
) -> None:
    low, mid, top = circle(curve, lean, (0.0, middle, 1.0))[:, None]
    found = circle_tangents(top, mid, low, 1)
    assert [float(one[0]) for one in found] == pytest.approx([lean + curve, lean], abs=0.1)
    mirrored = circle_tangents(*(one * [-1.0, 1.0] for one in (top, mid, low)), -1)
    assert [float(one[0]) for one in mirrored] == pytest.approx([lean + curve, lean], abs=0.1)


def test_dots_give_the_change_of_the_circles_ends() -> None:
    places = np.stack([circle(-30 + 20 * d, 20 * d, (1.0, 0.5, 0.0)) for d in DEPTH])
    found = from_dots(places, 1)
    trunk, pelvis = found.trunk_deg - found.trunk_deg[0], found.pelvis_deg - found.pelvis_deg[0]
    np.testing.assert_allclose(trunk, 40 * DEPTH, atol=0.2)
    np.testing.assert_allclose(pelvis, 20 * DEPTH, atol=0.2)
    assert found.spread.pelvis_deg[1] > 4.0


def test_a_gap_is_filled_without_a_step() -> None:
    best, other = 10 * DEPTH, 10 * DEPTH + 3.0 + 2.0 * TIME_S
    best = best.copy()
    best[20:35] = np.nan
    np.testing.assert_allclose(filled(TIME_S, best, other), 10 * DEPTH, atol=1e-9)


def test_series_that_never_meet_are_not_moved() -> None:
    best, other = np.full(N, np.nan), np.ones(N)
    assert filled(TIME_S, best, other).tolist() == other.tolist()
    assert np.isnan(joined(TIME_S, best, best)).all()
    assert joined(TIME_S, best, other).tolist() == other.tolist()
