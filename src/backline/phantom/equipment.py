"""Bar and plates of real sizes, as surfaces that occlude what real ones do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backline.phantom.body import Array

Plates = Literal["none", "small", "450"]

#: Radius of a 20 kg competition plate and length of an Olympic bar, metres (IWF rules).
PLATE_RADIUS_M, BAR_LENGTH_M, SHAFT_RADIUS_M = 0.225, 2.2, 0.014
#: Distance of the collars from the middle of the bar, metres (1.31 m between them).
COLLAR_M = 0.655


@dataclass(frozen=True)
class Loading:
    """What hangs on the bar: plate radius and stack width on each side, metres."""

    plates: Plates
    radius_m: float
    stack_m: float
    colour: tuple[float, float, float]

    @classmethod
    def random(cls, rng: np.random.Generator, plates: Plates) -> Loading:
        """Draw plates of the named size."""
        radius = {"none": 0.0, "small": float(rng.uniform(0.08, 0.16)), "450": PLATE_RADIUS_M}
        hue = rng.choice([0, 1, 2, 3])
        colour = [(0.08, 0.08, 0.08), (0.7, 0.1, 0.1), (0.1, 0.2, 0.6), (0.75, 0.65, 0.1)][hue]
        return cls(plates, radius[plates], float(rng.uniform(0.03, 0.12)), colour)


@dataclass(frozen=True)
class EquipmentPart:
    """A surface of revolution about x: rings of radius at x, with one colour."""

    x: tuple[float, ...]
    radius: tuple[float, ...]
    colour: tuple[float, float, float]


def parts(loading: Loading) -> list[EquipmentPart]:
    """Return the parts of a loaded bar, centred at the origin, along x."""
    steel = (0.55, 0.55, 0.57)
    half = BAR_LENGTH_M / 2
    out = [EquipmentPart((-half, half), (SHAFT_RADIUS_M,) * 2, steel)]
    for sign in (-1.0, 1.0):
        sleeve = (sign * COLLAR_M, sign * half)
        out.append(EquipmentPart(sleeve, (0.025, 0.025), steel))
        if loading.radius_m > 0:
            a, b = sign * COLLAR_M, sign * (COLLAR_M + loading.stack_m)
            r = loading.radius_m
            out.append(EquipmentPart((a, a, b, b), (0.025, r, r, 0.025), loading.colour))
            out.append(EquipmentPart((b, b + sign * 0.004), (0.08, 0.08), (0.5, 0.5, 0.5)))
    return out


def surface(part: EquipmentPart, sides: int = 40) -> tuple[Array, NDArray[np.int64]]:
    """Triangulate a part; return vertices (v, 3) and faces (f, 3)."""
    t = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    xs, rs = [part.x[0], *part.x, part.x[-1]], [1e-4, *part.radius, 1e-4]
    rings = [
        np.stack([np.full(sides, x), r * np.cos(t), r * np.sin(t)], 1)
        for x, r in zip(xs, rs, strict=True)
    ]
    i = np.arange(sides)
    k = (i + 1) % sides
    faces = []
    for ring in range(len(rings) - 1):
        a, b = ring * sides, (ring + 1) * sides
        faces += [np.stack([a + i, a + k, b + i], 1), np.stack([a + k, b + k, b + i], 1)]
    return np.concatenate(rings), np.concatenate(faces)
