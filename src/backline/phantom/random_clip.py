"""Draws random scenes and plans for validation and tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from backline.phantom.body import Shape
from backline.phantom.camera import Camera
from backline.phantom.capture import CameraRecording
from backline.phantom.clip import Scene
from backline.phantom.equipment import Loading, Plates
from backline.phantom.kinematics import Anatomy, BarPlace, Stance
from backline.phantom.plan import LiftPlan, RepPlan
from backline.phantom.scene import Light
from backline.phantom.wardrobe import Fit, Outfit

LiftKind = Literal["squat", "deadlift"]

#: Parameters of the Dirichlet distribution of the lumbar joints' shares, lowest first, by anatomy.
#: Anatomy 2 on average as in people: flexion of 9 + 13, 12 + 10 and 8 degrees at L5/S1 and L4/5,
#: L3/4 and L2/3, L1/2 (Pearcy, Portek and Shepherd 1984).
LUMBAR_SPLIT: dict[Anatomy, tuple[float, ...]] = {1: (4.0, 4.0, 4.0), 2: (4.8, 4.2, 3.0)}


@dataclass(frozen=True)
class Wishes:
    """What a user fixes about a rendered clip; None is drawn at random.

    Parameters
    ----------
    lift : {"squat", "deadlift"}
        The lift.
    bar : str or None
        Where the bar is; from the lift by default.
    plates : str or None
        "none", "small" or "450".
    fit : str or None
        "tight", "normal" or "loose".
    yaw_deg : float or None
        Camera yaw, degrees.
    height_px : int
        Picture height; the width is three quarters of it.
    shake_px : float
        Hand shake, pixels.
    roll_deg : float or None
        Camera roll, degrees.
    anatomy : {1, 2}
        Where the low back bends, see `backline.phantom.kinematics.Stance`.
    """

    lift: LiftKind = "squat"
    bar: BarPlace | None = None
    plates: Plates | None = None
    fit: Fit | None = None
    yaw_deg: float | None = None
    height_px: int = 960
    shake_px: float = 0.0
    roll_deg: float | None = None
    anatomy: Anatomy = 2


def draw_scene(wishes: Wishes, rng: np.random.Generator, seed: int) -> Scene:
    """Draw a lifter, outfit, bar, room and camera around what the user fixed."""
    squat_bars: list[BarPlace] = ["high_bar", "low_bar", "front", "goblet", "none"]
    bar = wishes.bar or ("hands" if wishes.lift == "deadlift" else squat_bars[int(rng.integers(5))])
    pull = bar == "hands"
    stance = Stance(
        bar=bar,
        turnout_deg=float(rng.uniform(5, 28)),
        standing_lumbar_deg=float(rng.normal(0, 6)),
        standing_thoracic_deg=float(rng.normal(0, 5)),
        lumbar_split=tuple(rng.dirichlet(LUMBAR_SPLIT[wishes.anatomy])),
        thoracic_split=tuple(rng.dirichlet([4, 4])),
        anatomy=wishes.anatomy,
        balance_m=float(rng.uniform(0.0, 0.06) if pull else rng.uniform(-0.02, 0.05)),
    )
    sizes: list[Plates] = ["none", "small", "450"]
    plates = wishes.plates or (sizes[2] if pull else sizes[int(rng.integers(0, 2))])
    loading = None if bar in ("none", "goblet") else Loading.random(rng, plates)
    yaw = float(rng.uniform(-12, 12)) if wishes.yaw_deg is None else wishes.yaw_deg
    camera = Camera(
        yaw_deg=yaw,
        side=str(rng.choice(["left", "right"])),
        distance_m=float(rng.uniform(2.8, 5.0)),
        height_m=float(rng.uniform(0.6, 1.3)),
        fill=float(rng.uniform(0.62, 0.8)),
        roll_deg=float(rng.normal(0, 1)) if wishes.roll_deg is None else wishes.roll_deg,
        width_px=wishes.height_px * 3 // 8 * 2,
        height_px=wishes.height_px,
    )
    lamp: Any = tuple(rng.normal(0, 0.7, 3) + np.array([0, 0.8, -0.7]))
    fits: list[Fit] = ["tight", "normal"]
    outfit = Outfit.random(rng, wishes.fit or fits[int(rng.integers(2))])
    recording = CameraRecording(
        float(rng.uniform(0.4, 1.0)), float(rng.choice([0.5, 2.0, 4.0])),
        float(rng.uniform(0.9, 1.2)), jpeg_quality=100, shake_px=wishes.shake_px,
    )  # fmt: skip
    light = Light(lamp, float(rng.uniform(0.4, 0.75)), float(rng.uniform(0.4, 0.65)))
    return Scene(Shape.random(rng), stance, outfit, loading, camera, light, recording, seed)


def base_rep(wishes: Wishes, rng: np.random.Generator) -> RepPlan:
    """Draw depth and tempo of a clean rep."""
    pull = wishes.lift == "deadlift"
    return RepPlan(
        knee_deg=float(rng.uniform(60, 95) if pull else rng.uniform(95, 125)),
        shank_ratio=float(rng.uniform(0.05, 0.13) if pull else rng.uniform(0.2, 0.33)),
        descent_s=float(rng.uniform(1.1, 1.8)),
        bottom_s=float(rng.uniform(0.15, 0.5)),
        ascent_s=float(rng.uniform(1.0, 1.7)),
        lockout_s=float(rng.uniform(0.9, 1.4)),
    )


def make_plan(reps: list[RepPlan], rng: np.random.Generator, rate_hz: float = 30.0) -> LiftPlan:
    """Join reps to a set with its standing reference and sway."""
    return LiftPlan(
        tuple(reps), standing_s=float(rng.uniform(1.8, 2.6)), rate_hz=rate_hz,
        seed=int(rng.integers(0, 2**31)),
    )  # fmt: skip
