"""Sensitivity of the load to small input errors, as intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from backline.loads.body import Body
from backline.loads.inverse_dynamics import (
    JointPoints,
    NetLoad,
    low_back_direction,
    points_of,
    quasi_static,
)
from backline.loads.spine import BAR_ERROR_M, lever_error, spine_load
from backline.loads.trunk_muscles import MuscleLoad, muscle_load
from backline.model.trial import BarPlace

ANGLE_DEG = 2.0  # what a camera can tell at best (design rule 2)
MASS_KG = 5.0  # judgement: accuracy with which people know their mass
Cause = Literal["trunk_lean", "lumbar_flexion", "load", "body_mass", "bar_place", "model"]


@dataclass(frozen=True)
class Pose:
    """One still posture under a bar.

    Parameters
    ----------
    trunk_lean_deg, lumbar_flexion_deg : float
        Change from the standing reference, degrees.
    load_kg : float
        The bar.
    body : Body
        The lifter.
    place : str
        Where the bar is.
    bar_forward_m : float
        Moves the bar forward, metres.
    """

    trunk_lean_deg: float
    lumbar_flexion_deg: float
    load_kg: float
    body: Body
    place: BarPlace
    bar_forward_m: float = 0.0

    def points(self) -> JointPoints:
        """Return the places of the masses above L5/S1 (arrays of one)."""
        lean, flexion = np.array([self.trunk_lean_deg]), np.array([self.lumbar_flexion_deg])
        forward = self.bar_forward_m
        return points_of(lean, flexion, self.body, self.place, self.load_kg, bar_forward_m=forward)


@dataclass(frozen=True)
class Interval:
    """Effect of one error on moment and compression.

    Parameters
    ----------
    moment_nm, compression_n : (float, float)
        Lowest and highest value within the error.
    """

    moment_nm: tuple[float, float]
    compression_n: tuple[float, float]


def pose_load(pose: Pose) -> dict[str, float]:
    """Return the load of a still posture: the contract's columns.

    Returns
    -------
    dict
        ``l5s1_moment_nm``, ``l5s1_compression_n`` with ``_low_n`` and ``_high_n``,
        ``l5s1_shear_low_n``, ``l5s1_shear_high_n``.
    """
    net = pose_net(pose)
    spine = spine_load(net, lever_error(pose.body, pose.load_kg))
    return {
        "l5s1_moment_nm": float(net.moment_nm[0]),
        "l5s1_compression_n": float(spine.compression_n[0]),
        "l5s1_compression_low_n": float(spine.compression_low_n[0]),
        "l5s1_compression_high_n": float(spine.compression_high_n[0]),
        "l5s1_shear_low_n": float(spine.shear_low_n[0]),
        "l5s1_shear_high_n": float(spine.shear_high_n[0]),
    }


def pose_net(pose: Pose) -> NetLoad:
    """Return the net load of a still posture (arrays of one)."""
    lean, flexion = np.array([pose.trunk_lean_deg]), np.array([pose.lumbar_flexion_deg])
    return quasi_static(pose.points(), low_back_direction(lean, flexion))


def pose_muscles(pose: Pose) -> MuscleLoad:
    """Return the second model's load of a still posture (arrays of one)."""
    flexion = np.array([pose.lumbar_flexion_deg])
    tilt = np.array([pose.trunk_lean_deg]) - flexion
    error = lever_error(pose.body, pose.load_kg)
    return muscle_load(pose_net(pose), tilt, flexion, pose.body, error)


def sensitivity(pose: Pose) -> dict[Cause, Interval]:
    """Return the effects of 2 degrees, 5 kg and 3 cm on the load of a posture.

    Returns
    -------
    dict
        For each input the interval within its error, and for ``"model"`` the band over the
        extensor's arm and obliquity (which leaves the moment alone).
    """
    heavier = pose.body.mass_kg + MASS_KG, max(pose.body.mass_kg - MASS_KG, 20.0)
    varied: dict[Cause, tuple[Pose, Pose]] = {
        "trunk_lean": (
            replace(pose, trunk_lean_deg=pose.trunk_lean_deg - ANGLE_DEG),
            replace(pose, trunk_lean_deg=pose.trunk_lean_deg + ANGLE_DEG),
        ),
        "lumbar_flexion": (
            replace(pose, lumbar_flexion_deg=pose.lumbar_flexion_deg - ANGLE_DEG),
            replace(pose, lumbar_flexion_deg=pose.lumbar_flexion_deg + ANGLE_DEG),
        ),
        "load": (
            replace(pose, load_kg=max(pose.load_kg - MASS_KG, 0.0)),
            replace(pose, load_kg=pose.load_kg + MASS_KG),
        ),
        "body_mass": (
            replace(pose, body=replace(pose.body, mass_kg=heavier[1])),
            replace(pose, body=replace(pose.body, mass_kg=heavier[0])),
        ),
        "bar_place": (
            replace(pose, bar_forward_m=pose.bar_forward_m - BAR_ERROR_M),
            replace(pose, bar_forward_m=pose.bar_forward_m + BAR_ERROR_M),
        ),
    }
    found = {cause: _interval(pose, pair) for cause, pair in varied.items()}
    net = pose_net(pose)
    model, moment = spine_load(net), float(net.moment_nm[0])
    found["model"] = Interval(
        (moment, moment),
        (float(model.compression_low_n[0]), float(model.compression_high_n[0])),
    )
    return found


def _interval(pose: Pose, pair: tuple[Pose, Pose]) -> Interval:
    """Return the range of the load over a posture and two variations of it."""
    loads = [pose_load(one) for one in (pose, *pair)]
    moments = [load["l5s1_moment_nm"] for load in loads]
    squeezes = [load["l5s1_compression_n"] for load in loads]
    return Interval((min(moments), max(moments)), (min(squeezes), max(squeezes)))
