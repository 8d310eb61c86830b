"""Sagittal kinematics of a squat or deadlift: feet flat, bar over mid-foot.

Given the legs and the bend of the back, the lean of the trunk follows from balance: the
bar (or, without a bar, the neck) stays over the middle of the foot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from backline.phantom.body import (
    NECK_BONES,
    Array,
    PhantomBody,
    swing,
)
from backline.phantom.body import pitch as rx
from backline.phantom.body import yaw as rz

BarPlace = Literal["high_bar", "low_bar", "front", "hands", "overhead", "goblet", "none"]
#: Where the low back bends, see `Stance`.
Anatomy = Literal[1, 2]
#: From the wrist to the bar in the grip, metres.
GRIP_M = 0.07
#: Mid-foot, from the ankle to the second toe's base, 0 to 1.
MID_FOOT = 0.45
SPINE = ("root", "spine05", "spine04", "spine03", "spine02", "spine01")


@dataclass(frozen=True)
class Stance:
    """How this lifter stands and where the bar rests (constant over a clip).

    Parameters
    ----------
    bar : str
        Where the bar is.
    turnout_deg : float
        Legs and feet turned out, degrees.
    standing_lumbar_deg, standing_thoracic_deg : float
        The standing reference's bend against the body's rest, degrees (flexion).
    lumbar_split : tuple of float
        Shares of the lumbar bend by level, lowest first; they add up to 1.
    thoracic_split : tuple of float
        Shares of the thoracic bend (anatomy 1 alone; anatomy 2 bends at one joint).
    balance_m : float
        How far in front of mid-foot the bar is carried, metres.
    upper_arm, forearm : tuple of float
        What is added to the usual direction of each (unit: about their length; outwards, to the
        back, up), so that lifters hold their elbows differently.
    anatomy : {1, 2}
        Where the low back bends. 1: at the bones spine05, spine04 and spine03, so that a third of
        the bend turns the sacrum and the skin over it against the hips; kept as a frozen benchmark.
        2: above the sacrum, as in people, at joints near L5/S1, L3/L4 and L1/L2 (spine04, spine03,
        spine02), the sacrum (spine05) being part of the pelvis (``benchmarks.phantom_anatomy``).
    """

    bar: BarPlace = "high_bar"
    turnout_deg: float = 15.0
    standing_lumbar_deg: float = 0.0
    standing_thoracic_deg: float = 0.0
    lumbar_split: tuple[float, ...] = (0.4, 0.35, 0.25)
    thoracic_split: tuple[float, ...] = (0.5, 0.5)
    balance_m: float = 0.0
    upper_arm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    forearm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    anatomy: Anatomy = 2


@dataclass(frozen=True)
class Angles:
    """Angles of n frames, degrees; lumbar and thoracic as change from the standing reference.

    ``shank_deg`` is the shank's forward lean, ``knee_deg`` flexion, ``neck_deg`` flexion.
    """

    knee_deg: Array
    shank_deg: Array
    lumbar_deg: Array
    thoracic_deg: Array
    neck_deg: Array

    def __len__(self) -> int:
        return len(self.knee_deg)


@dataclass(frozen=True)
class Posed:
    """Surfaces and truth of n frames.

    Parameters
    ----------
    vertices : ndarray, shape (n, v, 3)
        World metres: x to the lifter's left, y to the back, z up, floor at 0, mid-foot at y = 0.
    bar : ndarray, shape (n, 3)
        Centre of the bar, metres; NaN without a bar.
    trunk_lean_deg, pelvic_tilt_deg : ndarray, shape (n,)
        World pitch of thorax and pelvis, as change from the body's rest (NOT from standing).
    joints : dict
        Bone name to positions, shape (n, 3), world metres.
    """

    vertices: Array
    bar: Array
    trunk_lean_deg: Array
    pelvic_tilt_deg: Array
    joints: dict[str, Array]


def solve_lean(body: PhantomBody, stance: Stance, angles: Angles) -> tuple[Array, Array]:
    """Find trunk lean and pelvis pitch that keep the bar over mid-foot.

    Returns
    -------
    lean, pelvis : ndarray, shape (n,)
        World pitch of thorax and pelvis in degrees, against the body's rest.
    """
    lumbar = angles.lumbar_deg + stance.standing_lumbar_deg
    low = np.full(len(angles), -25.0)
    high = np.full(len(angles), 100.0)
    for _ in range(18):
        middle = (low + high) / 2
        ahead = _bar_ahead(body, stance, angles, middle - lumbar)
        low = np.where(ahead > stance.balance_m, low, middle)
        high = np.where(ahead > stance.balance_m, middle, high)
    lean = (low + high) / 2
    return lean, lean - lumbar


def _bar_ahead(body: PhantomBody, stance: Stance, angles: Angles, pelvis: Array) -> Array:
    """How far the carried point is in front of mid-foot, metres."""
    hip_y = _hip_behind_foot(body, stance, angles)
    thorax = _spine_pitches(stance, angles, pelvis)
    y = np.zeros(len(angles))
    chain = [*SPINE, "neck01"]
    for child, bone in zip(chain[1:], chain[:-1], strict=True):
        offset = body.heads[child] - body.heads[bone]
        y += _turned(offset, thorax[bone])[1]
    top = thorax["spine01"]
    back, up = carried_point(stance.bar)
    share = 0.45 if stance.bar in ("front", "goblet", "none") else 1.0
    y += _turned(np.array([0.0, share * back, up]), top)[1]
    hip = (body.heads["upperleg01.L"] - body.heads["root"]) * [0, 1, 1]
    y -= _turned(hip, thorax["root"])[1]
    return -(hip_y + y)


def carried_point(bar: BarPlace) -> tuple[float, float]:
    """Return where the bar rests against C7 as (back, up) metres in the thorax's frame."""
    places: dict[BarPlace, tuple[float, float]] = {
        "high_bar": (0.045, -0.005),
        "low_bar": (0.075, -0.065),
        "front": (-0.13, -0.06),
        "goblet": (-0.20, -0.16),
        "hands": (-0.01, -0.09),
        "overhead": (0.0, 0.5),
        "none": (-0.06, -0.12),
    }
    return places[bar]


def _turned(offset: Array, angle_deg: Array) -> tuple[Array, Array, Array]:
    a = np.radians(angle_deg)
    y = np.cos(a) * offset[1] - np.sin(a) * offset[2]
    z = np.sin(a) * offset[1] + np.cos(a) * offset[2]
    return np.full_like(y, offset[0]), y, z


def _spine_pitches(stance: Stance, angles: Angles, pelvis: Array) -> dict[str, Array]:
    """World pitch of each spine bone."""
    lumbar = angles.lumbar_deg + stance.standing_lumbar_deg
    thoracic = angles.thoracic_deg + stance.standing_thoracic_deg
    pitches = {"root": pelvis}
    current = pelvis
    bends = [lumbar * share for share in stance.lumbar_split]
    if stance.anatomy == 1:
        bends += [thoracic * share for share in stance.thoracic_split]
    else:
        bends = [np.zeros_like(lumbar), *bends, thoracic]
    for bone, bend in zip(SPINE[1:], bends, strict=True):
        current = current + bend
        pitches[bone] = current
    return pitches


def _hip_behind_foot(body: PhantomBody, stance: Stance, angles: Angles) -> Array:
    """How far the hip joint is behind mid-foot, metres."""
    heads = body.heads
    thigh = heads["lowerleg01.L"] - heads["upperleg01.L"]
    shank = heads["foot.L"] - heads["lowerleg01.L"]
    turn = rz(stance.turnout_deg)
    down = rx(angles.shank_deg - angles.knee_deg) @ thigh + rx(angles.shank_deg) @ shank
    middle = (heads["toe2-1.L"] - heads["foot.L"]) * MID_FOOT
    return np.asarray(-(down @ turn.T)[:, 1] - (turn @ middle)[1])


def pose_lifter(body: PhantomBody, stance: Stance, angles: Angles) -> Posed:
    """Pose a body through n frames of a lift.

    Parameters
    ----------
    body : PhantomBody
        Who.
    stance : Stance
        How they stand, where the bar is.
    angles : Angles
        What they do.

    Returns
    -------
    Posed
        Surfaces, bar, and the world pitch of thorax and pelvis.
    """
    n = len(angles)
    lean, pelvis = solve_lean(body, stance, angles)
    world = _spine_pitches(stance, angles, pelvis)
    rotations: dict[str, Array] = {"root": rx(pelvis)}
    for bone, parent in zip(SPINE[1:], SPINE[:-1], strict=True):
        rotations[bone] = rx(world[bone] - world[parent])
    for bone in NECK_BONES:
        rotations[bone] = rx(angles.neck_deg / len(NECK_BONES))
    _turn_legs(rotations, stance, angles, pelvis)
    _reach(body, stance, rotations, world["spine01"])
    joints = _joints(body, rotations, n)
    shift = _ground(body, joints)
    vertices = body.pose(rotations, n) + shift[:, None]
    joints = {name: at + shift for name, at in joints.items()}
    bar = _bar_centre(stance, joints, world["spine01"])
    return Posed(vertices, bar, lean, pelvis, joints)


def _turn_legs(rotations: dict[str, Array], stance: Stance, angles: Angles, pelvis: Array) -> None:
    thigh = angles.shank_deg - angles.knee_deg
    for side, sign in (("L", 1.0), ("R", -1.0)):
        turn = rz(np.full(len(angles), sign * stance.turnout_deg))
        rotations[f"upperleg01.{side}"] = rx(-pelvis) @ turn @ rx(thigh)
        rotations[f"lowerleg01.{side}"] = rx(angles.knee_deg)
        rotations[f"foot.{side}"] = rx(-angles.shank_deg)


def _reach(body: PhantomBody, stance: Stance, rotations: dict[str, Array], thorax: Array) -> None:
    """Point the arms at where this lift holds them; directions are in the thorax's frame."""
    aims: dict[BarPlace, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
        "high_bar": ((0.45, 0.25, -0.85), (0.10, 0.15, 1.0)),
        "low_bar": ((0.55, 0.45, -0.70), (0.05, -0.10, 1.0)),
        "front": ((0.30, -1.0, -0.10), (-0.35, 0.55, 0.75)),
        "goblet": ((0.15, -0.45, -0.9), (-0.45, -0.35, 0.8)),
        "overhead": ((0.45, 0.05, 1.0), (0.20, 0.05, 1.0)),
        "hands": ((0.10, 0.0, -1.0), (0.10, 0.0, -1.0)),
        "none": ((0.10, -1.0, -0.25), (-0.10, -1.0, -0.05)),
    }
    usual = zip(aims[stance.bar], (stance.upper_arm, stance.forearm), strict=True)
    upper, lower = (np.asarray(aim) + own for aim, own in usual)
    frame = rx(thorax) if stance.bar not in ("hands", "none", "overhead") else np.eye(3)[None]
    for side, sign in (("L", 1.0), ("R", -1.0)):
        flip = np.array([sign, 1.0, 1.0])
        heads = body.heads
        arm = heads[f"lowerarm01.{side}"] - heads[f"upperarm01.{side}"]
        forearm = heads[f"wrist.{side}"] - heads[f"lowerarm01.{side}"]
        up = np.broadcast_to(frame @ (upper * flip), (len(thorax), 3))
        down = np.broadcast_to(frame @ (lower * flip), (len(thorax), 3))
        world_upper, world_lower = swing(arm, up), swing(forearm, down)
        rotations[f"upperarm01.{side}"] = rx(-thorax) @ world_upper
        rotations[f"lowerarm01.{side}"] = np.swapaxes(world_upper, 1, 2) @ world_lower


def _joints(body: PhantomBody, rotations: dict[str, Array], n: int) -> dict[str, Array]:
    """Positions of the bones' heads with the root at the origin, where Anny puts it."""
    parents, eye = body.parents(), np.broadcast_to(np.eye(3), (n, 3, 3))
    turns: list[Array] = []
    places: list[Array] = []
    for i, name in enumerate(body.labels):
        local, parent = rotations.get(name, eye), int(parents[i])
        if parent < 0:
            turns.append(np.asarray(local))
            places.append(np.zeros((n, 3)))
            continue
        offset = body.heads[name] - body.heads[body.labels[parent]]
        places.append(places[parent] + turns[parent] @ offset)
        turns.append(turns[parent] @ local)
    return dict(zip(body.labels, places, strict=True))


def _ground(body: PhantomBody, joints: dict[str, Array]) -> Array:
    """Shift that stands the feet on the floor with mid-foot at y = 0."""
    ankle = (joints["foot.L"] + joints["foot.R"]) / 2
    toe = (joints["toe2-1.L"] + joints["toe2-1.R"]) / 2
    middle = ankle + MID_FOOT * (toe - ankle)
    sole = body.rest_vertices[:, 2].min() - body.heads["foot.L"][2]
    return np.stack([-middle[:, 0], -middle[:, 1], -(ankle[:, 2] + sole)], axis=1)


def _bar_centre(stance: Stance, joints: dict[str, Array], thorax: Array) -> Array:
    if stance.bar == "none":
        return np.full((len(thorax), 3), np.nan)
    if stance.bar in ("hands", "overhead"):
        wrist = (joints["wrist.L"] + joints["wrist.R"]) / 2
        direction = wrist - (joints["lowerarm01.L"] + joints["lowerarm01.R"]) / 2
        length = np.linalg.norm(direction, axis=1, keepdims=True)
        return np.asarray(wrist + GRIP_M * direction / length)
    back, up = carried_point(stance.bar)
    x, y, z = _turned(np.array([0.0, back, up]), thorax)
    return np.asarray(joints["neck01"] + np.stack([x, y, z], axis=1))
