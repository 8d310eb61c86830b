"""A body whose angles are planted, seen from its side by a camera, as points in pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.model.posture import FloatArray
from tests.sources.mocap.marker_body import RATE_HZ, STANDING_LEAN, STANDING_TILT, Plan, body, unit

PIXELS_PER_MM = 0.4
PLAN = Plan(pelvis=40.0, lumbar=18.0, thigh=75.0, shank=25.0)
RATE = RATE_HZ


@dataclass(frozen=True)
class Picture:
    """Points by name, shape (n, 2), pixels, y down; depth 0 standing to 1 at the bottom."""

    time_s: FloatArray
    depth: FloatArray
    at: dict[str, FloatArray]

    def rows(self, names: tuple[str, ...], trust: float = 0.9) -> FloatArray:
        """Return (n, k, 3) in the order of names; zeros for a point that is not drawn."""
        rows = np.zeros((len(self.time_s), len(names), 3))
        for i, name in enumerate(names):
            if name in self.at:
                rows[:, i, :2] = self.at[name]
                rows[:, i, 2] = trust
        return rows


def picture(plan: Plan = PLAN, *, facing: int = 1, aside: float = 0.0) -> Picture:
    """Draw the body; ``aside`` is how much of the width is seen (0 = pure side view)."""
    made = body(plan)
    depth = made.depth
    at: dict[str, FloatArray] = {}

    def put(name: str, place: FloatArray) -> None:
        x = facing * (place[:, 0] + aside * place[:, 1])
        at[name] = np.stack([960 + PIXELS_PER_MM * x, 1000 - PIXELS_PER_MM * place[:, 2]], axis=1)

    def flat(place: FloatArray, y: float = 0.0) -> FloatArray:
        return np.stack([place[:, 0], np.full(len(place), y), place[:, 1]], axis=1)

    shapes = {"KNE": "knee", "ANK": "ankle", "HEE": "heel", "TOE": "big_toe", "SHO": "shoulder",
              "WRA": "wrist"}  # fmt: skip
    for letter, side, out in (("L", "left", 1.0), ("R", "right", -1.0)):
        for short, name in shapes.items():
            put(f"{side}_{name}", made.at[letter + short])
        thigh = 420.0 * unit(-plan.thigh * depth)
        hip = made.at[f"{letter}KNE"][:, [0, 2]] + thigh
        put(f"{side}_hip", flat(hip, out * 87.0))
        put(f"{side[0]}_ASIS", made.at[f"{letter}ASI"])
        put(f"{side[0]}_PSIS", made.at[f"{letter}PSI"])
        put(f"{side[0]}_calc", made.at[f"{letter}HEE"])
    pelvis = STANDING_TILT + plan.pelvis * depth
    lean = STANDING_LEAN + (plan.pelvis + plan.lumbar) * depth
    low = hip + 115.0 * unit(pelvis - 20.0)
    third = low + 160.0 * unit((pelvis + lean) / 2)
    fifth = third + 210.0 * unit(lean)
    middle = {"hip": hip, "spine_01": low, "spine_02": (low + third) / 2, "spine_03": third,
              "spine_04": (third + fifth) / 2, "spine_05": fifth}  # fmt: skip
    for name, place in middle.items():
        put(name, flat(place))
    put("C7", made.at["C7"])
    put("T11", made.at["T10"])
    ahead = np.array([90.0, 0.0, 120.0])
    put("nose", made.at["C7"] + ahead)
    for side in ("left", "right"):
        put(f"{side}_ear", made.at["C7"] + ahead - np.array([80.0, 0.0, -20.0]))
    return Picture(made.time_s, depth, at)
