"""Bars and plates have the sizes of the rule book."""

from __future__ import annotations

import numpy as np
import pytest

from backline.phantom.equipment import (
    BAR_LENGTH_M,
    COLLAR_M,
    PLATE_RADIUS_M,
    SHAFT_RADIUS_M,
    EquipmentPart,
    Loading,
    parts,
    surface,
)

RED = (0.7, 0.1, 0.1)


def volume(part: EquipmentPart, sides: int = 200) -> float:
    """Volume inside a closed surface, by the divergence theorem."""
    at, faces = surface(part, sides)
    a, b, c = (at[faces[:, i]] for i in range(3))
    return abs(float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6)


def test_an_empty_bar_is_a_shaft_and_two_sleeves() -> None:
    found = parts(Loading("none", 0.0, 0.1, RED))
    assert len(found) == 3
    assert found[0].x == (-BAR_LENGTH_M / 2, BAR_LENGTH_M / 2)
    assert found[0].radius == (SHAFT_RADIUS_M, SHAFT_RADIUS_M)


def test_plates_sit_at_the_collars_on_both_sides() -> None:
    found = parts(Loading("450", PLATE_RADIUS_M, 0.08, RED))
    plates = [part for part in found if part.colour == RED]
    assert sorted(max(p.x, key=abs) for p in plates) == pytest.approx(
        [-COLLAR_M - 0.08, COLLAR_M + 0.08]
    )
    assert all(min(np.abs(p.x)) == pytest.approx(COLLAR_M) for p in plates)
    assert all(max(p.radius) == PLATE_RADIUS_M for p in plates)


def test_a_plate_has_the_volume_of_a_disc() -> None:
    plate = EquipmentPart((0.1, 0.1, 0.2, 0.2), (0.025, 0.225, 0.225, 0.025), RED)
    assert volume(plate) == pytest.approx(np.pi * 0.225**2 * 0.1, rel=0.01)


def test_a_surface_is_closed_and_within_its_radius() -> None:
    part = EquipmentPart((-1.0, 1.0), (0.03, 0.03), RED)
    at, faces = surface(part, sides=12)
    assert np.hypot(at[:, 1], at[:, 2]).max() == pytest.approx(0.03)
    assert faces.max() < len(at)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    rims = 2 * 12  # the pin holes on the axis, 0.1 mm wide
    assert (uses == 1).sum() == rims
    assert set(uses) == {1, 2}


@pytest.mark.parametrize("plates", ["none", "small", "450"])
def test_drawn_plates_have_the_size_of_their_name(plates) -> None:
    drawn = [Loading.random(np.random.default_rng(s), plates) for s in range(30)]
    low, high = {"none": (0, 0), "small": (0.08, 0.16), "450": (0.225, 0.225)}[plates]
    assert all(low <= d.radius_m <= high for d in drawn)
    assert len({d.colour for d in drawn}) == 4
    assert all(0.03 <= d.stack_m <= 0.12 for d in drawn)
