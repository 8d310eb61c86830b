"""The lumbar curve from markers along a known line."""

from __future__ import annotations

import numpy as np
import pytest

from backline.sources.angles.axes import Lifter
from backline.sources.mocap.curve import lumbar_curve
from backline.sources.mocap.markersets import SPINE

LENGTH_M = 0.2


def spine(depth: np.ndarray, lean_deg: float = 0.0, names: tuple[str, ...] = SPINE) -> Lifter:
    """Markers on a parabola ``depth`` chord lengths deep (+ lordotic), leaning forward."""
    n = len(depth)
    lean = np.radians(lean_deg)
    at = {}
    for k, role in enumerate(SPINE):
        s = 1 - k / (len(SPINE) - 1)
        front = 4 * depth * s * (1 - s)
        x = LENGTH_M * (s * np.sin(lean) + front * np.cos(lean))
        z = LENGTH_M * (s * np.cos(lean) - front * np.sin(lean))
        if role in names:
            at[role] = np.stack([x, np.zeros(n), z], axis=1)
    forward = np.tile([1.0, 0.0, 0.0], (n, 1))
    return Lifter(at, forward, "+z")


def expected(depth: np.ndarray) -> np.ndarray:
    """The slope of 4 h s (1 - s) is 4 h at its ends."""
    return np.degrees(2 * np.arctan(4 * depth))


DEPTHS = np.array([0.12, 0.05, 0.0, -0.04])


@pytest.mark.parametrize("lean_deg", [0.0, 40.0, 100.0, -20.0])
@pytest.mark.parametrize(
    "names",
    [SPINE, ("T12", "L3", "S1"), ("T12", "L1", "L3", "S1"), ("T12", "L2", "L3", "L4", "S1")],
)
def test_a_parabola_gives_the_angle_between_its_ends(
    lean_deg: float, names: tuple[str, ...]
) -> None:
    found = lumbar_curve(spine(DEPTHS, lean_deg, names))
    np.testing.assert_allclose(found, expected(DEPTHS), atol=1e-6)


def test_lordotic_is_positive_and_rounded_negative() -> None:
    curve = lumbar_curve(spine(np.array([0.1, -0.1])))
    assert curve[0] > 0 > curve[1]


@pytest.mark.parametrize(
    "names", [("T12", "S1"), ("L2", "L3", "S1"), ("T12", "L3", "L4"), (), ("T12", "L1", "L2")]
)
def test_too_few_markers_or_none_at_an_end_give_no_curve(names: tuple[str, ...]) -> None:
    assert np.isnan(lumbar_curve(spine(DEPTHS, names=names))).all()


def test_a_marker_lost_between_is_done_without_and_one_at_an_end_is_not() -> None:
    lifter = spine(np.full(3, 0.08))
    lifter.at["L3"][1] = np.nan
    lifter.at["S1"][2] = np.nan
    curve = lumbar_curve(lifter)
    np.testing.assert_allclose(curve[:2], expected(np.full(2, 0.08)), atol=1e-6)
    assert np.isnan(curve[2])


def test_noise_of_a_millimetre_costs_a_few_degrees() -> None:
    rng = np.random.default_rng(3)
    lifter = spine(np.full(400, 0.08))
    for place in lifter.at.values():
        place += rng.normal(0, 0.001, place.shape)
    curve = lumbar_curve(lifter)
    assert curve.mean() == pytest.approx(expected(np.array([0.08]))[0], abs=0.5)
    assert curve.std() < 5.0
