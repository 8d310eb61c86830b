"""A body of markers whose angles are planted: a stiff chain of foot, shank, thigh, pelvis, spine.

It stands, goes down and comes up. It faces +x, its left is +y, up is +z, in millimetres. The hip
joints lie where Harrington's regression puts them for this pelvis, so the leg's angles are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from backline.formats.c3d import C3d, C3dEvent
from backline.formats.opensim import Markers
from backline.model.posture import FloatArray

RATE_HZ = 50.0
WIDTH, DEPTH = 240.0, 155.0
STANDING_TILT = 9.0
STANDING_LEAN = -4.0
PIG = {"side": ("L", "R"), "ASIS": "ASI", "PSIS": "PSI", "KNEE": "KNE", "ANKLE": "ANK",
       "HEEL": "HEE", "TOE": "TOE", "SHOULDER": "SHO", "WRIST": "WRA"}  # fmt: skip


def unit(angle_deg: FloatArray) -> FloatArray:
    """Direction from the vertical, + forward, as (n, 2) forward and up."""
    rad = np.radians(angle_deg)
    return np.stack([np.sin(rad), np.cos(rad)], axis=1)


def go(
    stand_s: float = 2.0, down_s: float = 2.0, hold_s: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Times, and depth from 0 standing to 1 at the bottom and back."""
    time_s = np.arange(0.0, 2 * stand_s + 2 * down_s + hold_s, 1 / RATE_HZ)
    up_s = stand_s + down_s + hold_s
    down = np.clip((time_s - stand_s) / down_s, 0, 1)
    back = np.clip((time_s - up_s) / down_s, 0, 1)
    return time_s, (1 - np.cos(np.pi * (down - back))) / 2


@dataclass(frozen=True)
class Plan:
    """Angles at full depth, degrees, as change from standing."""

    pelvis: float = 40.0
    lumbar: float = 18.0
    thoracic: float = 0.0
    thigh: float = 75.0
    shank: float = 25.0
    stand_s: float = 2.0
    left_knee_extra: float = 0.0


@dataclass(frozen=True)
class Body:
    """Markers by name, shape (n, 3), millimetres."""

    time_s: FloatArray
    depth: FloatArray
    plan: Plan
    at: dict[str, FloatArray] = field(default_factory=dict)

    def without(self, *names: str) -> Body:
        return replace(self, at={k: v for k, v in self.at.items() if k not in names})

    def renamed(self, names: dict[str, str]) -> Body:
        return replace(self, at={names.get(k, k): v for k, v in self.at.items()})

    def moved(self, turn: FloatArray, factor: float = 1.0) -> Body:
        return replace(self, at={k: factor * v @ turn.T for k, v in self.at.items()})

    def hidden(self, name: str, frames: slice) -> Body:
        place = self.at[name].copy()
        place[frames] = np.nan
        return replace(self, at={**self.at, name: place})

    def markers(self, unit: str = "mm") -> Markers:
        positions = np.stack(list(self.at.values()), axis=1)
        return Markers(self.time_s, tuple(self.at), positions, unit)  # type: ignore[arg-type]

    def c3d(self, unit: str = "mm", events: tuple[C3dEvent, ...] = ()) -> C3d:
        return C3d(self.markers(unit), events)


def body(plan: Plan | None = None) -> Body:
    """Make a body in Plug-in Gait's names."""
    plan = plan or Plan()
    time_s, depth = go(plan.stand_s)
    at: dict[str, FloatArray] = {}

    def put(name: str, place: FloatArray, aside: float = 0.0) -> None:
        at[name] = np.stack([place[:, 0], np.full(len(place), aside), place[:, 1]], axis=1)

    pelvis = STANDING_TILT + plan.pelvis * depth
    hips = {}
    for side, aside in (("L", 1.0), ("R", -1.0)):
        out = aside * (0.33 * WIDTH + 7.3)
        ankle = np.tile([0.0, 85.0], (len(depth), 1))
        knee = ankle + 400.0 * unit(plan.shank * depth)
        hips[side] = knee + 420.0 * unit(-plan.thigh * depth)
        if side == "L":  # a left shank that leans further, its hip where the right one is
            knee = knee + 400.0 * (unit(plan.shank * depth + plan.left_knee_extra * depth) - 0.0)
            knee = knee - 400.0 * unit(plan.shank * depth)
        put(f"{side}ANK", ankle, out)
        put(f"{side}KNE", knee, out)
        put(f"{side}HEE", ankle + np.array((-60.0, -75.0)), out)
        put(f"{side}TOE", ankle + np.array((190.0, -60.0)), out)
    x, y = unit(90.0 + pelvis), unit(pelvis)
    front = hips["R"] + (0.24 * DEPTH + 9.9) * x + (0.30 * WIDTH + 10.9) * y
    back = front - DEPTH * x
    for side, aside in (("L", 1.0), ("R", -1.0)):
        put(f"{side}ASI", front, aside * WIDTH / 2)
        put(f"{side}PSI", back, aside * 50.0)
    low = STANDING_LEAN + plan.pelvis * depth + plan.lumbar * depth
    upper = low + 14.0 + plan.thoracic * depth
    t10 = back + 230.0 * unit(low)
    c7 = t10 + 220.0 * unit(upper)
    put("T10", t10)
    put("C7", c7)
    put("STRN", t10 + 200.0 * unit(upper + 90.0))
    put("CLAV", c7 + 120.0 * unit(upper + 90.0))
    for side, aside in (("L", 190.0), ("R", -190.0)):
        put(f"{side}SHO", c7 + np.array((10.0, -60.0)), aside)
        put(f"{side}WRA", c7 + np.array((60.0, -560.0)), aside)
    return Body(time_s, depth, plan, at)


OPENCAP = {
    **{f"{s}{a}": f"{o}{b}" for s, o in (("L", "L"), ("R", "r")) for a, b in (
        ("ASI", ".ASIS_study"), ("PSI", ".PSIS_study"), ("KNE", "_knee_study"),
        ("ANK", "_ankle_study"), ("HEE", "_calc_study"), ("TOE", "_toe_study"),
        ("SHO", "_shoulder_study"), ("WRA", "_lwrist_study"))},
    "C7": "C7_study",
}  # fmt: skip
"""Plug-in Gait's names to OpenCap's augmented ones."""


def yaw(angle_deg: float) -> FloatArray:
    """Rotation about the vertical."""
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


UPRIGHT = {
    "+z": np.eye(3),
    "-z": np.diag([1.0, -1.0, -1.0]),
    "+y": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "-y": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
    "+x": np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]]),
    "-x": np.array([[0, 0, -1.0], [-1, 0, 0], [0, 1, 0]]),
}
"""Rotations that take this body's up to another axis of the laboratory."""
