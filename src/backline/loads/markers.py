"""The net L5/S1 moment from motion-capture markers, top-down, in three dimensions.

* L5/S1: 26.4 % (men; women 28.9 %) of the ASIS width behind the middle of the ASIS and 12.6 %
  (17.2 %) above it (Reed, Manary and Schneider 1999), along the line from PSIS to ASIS and its
  normal. The other published choice, 33.5 % behind and 3.2 % below (Dumas and Wojtusch 2018), can
  be selected; on the shared stoop lift it gives 10 % more.
* C7/T1 and the shoulder joints: Reed et al. 1999, from C7, sternal notch and acromion.
* Masses, and the height of the trunk's centre of mass, from the body's table; the parts of the
  arm, the head and how far the trunk's centre lies behind its line from Dumas et al. 2007. On the
  shared stoop lift, Reed with de Leva gives the published moment within 3 N m (RMSE).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backline.errors import SourceError
from backline.loads.body import GRAVITY, Body
from backline.loads.inverse_dynamics import TRUNK_GYRATION
from backline.model.posture import FloatArray
from backline.model.trial import LOAD_KG
from backline.signals.filters import lowpass

Regression = Literal["reed", "dumas"]
L5S1: dict[Regression, dict[str, tuple[float, float]]] = {
    "reed": {"male": (-0.264, 0.126), "female": (-0.289, 0.172)},
    "dumas": {"male": (-0.335, -0.032), "female": (-0.340, 0.049)},
}
"""L5/S1 from the middle of the ASIS in ASIS widths: forward, up."""
C7T1_DEG, C7T1_SHARE = 8.0, 0.55
"""C7/T1 from C7: turned up from the line to the sternal notch, in lengths of that line."""
SHOULDER_DEG, SHOULDER_SHARE = -67.0, 0.42
"""Shoulder joint from the acromion, likewise."""
TORSO_BEHIND = {"male": -0.036, "female": -0.016}
"""Torso's centre of mass behind the line L5/S1 to C7/T1, in its lengths (Dumas et al. 2007)."""
HEAD_SHARE = 0.536 * 0.277 / 0.477
"""Head's centre of mass above C7/T1 in lengths of the torso (Dumas et al. 2007)."""
ARM_COM = (0.452, 0.417, 0.839)
"""Centres of mass of upper arm, forearm and hand from their upper ends (Dumas et al. 2007)."""
ARM_LENGTHS = (0.186, 0.146, 0.05)
"""Upper arm, forearm and half a hand in statures (Winter 2009), where they bear no markers."""
CUTOFF_HZ = 4.0
"""Zero-phase low-pass of the markers before they are differentiated, Hz."""

NEEDED = ("LASI", "RASI", "LPSI", "RPSI", "C7", "CLAV")
HEAD = ("LFHD", "RFHD", "LBHD", "RBHD")
Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class BodyPart:
    """One mass above L5/S1: kilograms, and where it is, metres, shape (n, 3)."""

    mass_kg: float
    at: Vectors


def marker_moment(
    markers: Mapping[str, Vectors],
    time_s: FloatArray,
    body: Body,
    *,
    load_kg: float = 0.0,
    held: FloatArray | None = None,
    regression: Regression = "reed",
) -> FloatArray:
    """Return the net moment about L5/S1 from marker positions.

    Parameters
    ----------
    markers : mapping of str to ndarray, shape (n, 3)
        Positions in metres, the third axis up, by Plug-in Gait name. Needed: `NEEDED`. Used where
        present: the head's four, and per side SHO, ELB, WRA, WRB, FIN. An arm without markers
        hangs straight down from the shoulder (from C7/T1 where there is none).
    time_s : ndarray, shape (n,)
        Seconds, evenly spaced.
    body : Body
        The lifter, with a table of masses.
    load_kg : float
        What is in the hands, kg.
    held : ndarray, shape (n,), optional
        Part of the load that the hands carry, 0 to 1; throughout where left out.
    regression : {"reed", "dumas"}
        Where L5/S1 lies.

    Returns
    -------
    ndarray, shape (n,)
        N m, + where the extensors must pull, about the pelvis's own left-right axis. NaN where a
        needed marker is missing.

    Raises
    ------
    SourceError
        If a needed marker is not there at all.
    UsageError
        If the load is impossible.
    """
    LOAD_KG.check(load_kg)
    _check_needed(markers)
    at = {name: _smooth(time_s, np.asarray(track, float)) for name, track in markers.items()}
    left, forward, up = _pelvis_axes(at)
    l5s1 = _l5s1(at, forward, up, body, regression)
    spine = _Trunk.of(at, l5s1)
    parts = [*_trunk_parts(at, spine, body), *_arm_parts(at, spine, body)]
    hands = _hands(at, spine, body)
    share = np.ones(len(time_s)) if held is None else np.clip(held, 0.0, 1.0)
    moment = np.zeros(len(time_s))
    for part in parts:
        moment += _about(part.mass_kg, part.at, l5s1, left, time_s)
    moment += share * _about(load_kg, hands, l5s1, left, time_s)
    lean = np.arctan2(_dot(spine.along, _level(forward)), spine.along[:, 2])
    inertia = body.trunk_kg * (TRUNK_GYRATION * spine.length_m) ** 2
    return np.asarray(moment - inertia * _second(lean, time_s), dtype=np.float64)


def _check_needed(markers: Mapping[str, Vectors]) -> None:
    """Raise where a needed marker is not there."""
    missing = [name for name in NEEDED if name not in markers]
    if missing:
        raise SourceError(
            f"The markers {', '.join(missing)} are missing, which the L5/S1 moment needs as "
            f"well as the rest of {', '.join(NEEDED)}: record or map them."
        )


def taken_up(time_s: FloatArray, ground_n: FloatArray, load_kg: float) -> FloatArray:
    """Return the part of a load that the hands carry, from the force it leaves on the ground.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    ground_n : ndarray, shape (n,)
        Vertical force of the load on its own force plate, newtons, + up; its first value is
        that of the whole load at rest (a plate zeroed with the load on it starts at 0 and
        falls).
    load_kg : float
        The load.

    Returns
    -------
    ndarray, shape (n,)
        0 on the ground to 1 in the hands.
    """
    LOAD_KG.check(load_kg)
    if len(time_s) != len(ground_n):
        raise ValueError(f"ground_n: expected shape ({len(time_s)},), got {ground_n.shape}")
    lost = ground_n[0] - np.asarray(ground_n, float)
    return np.clip(lost / (load_kg * GRAVITY), 0.0, 1.0) if load_kg > 0 else np.zeros(len(lost))


@dataclass(frozen=True)
class _Trunk:
    """The line of the trunk: from L5/S1 to C7/T1, and the chest's frame."""

    l5s1: Vectors
    c7t1: Vectors
    along: Vectors
    chest_forward: Vectors
    chest_up: Vectors
    chest_m: float
    length_m: float

    @classmethod
    def of(cls, at: dict[str, Vectors], l5s1: Vectors) -> _Trunk:
        chest = at["CLAV"] - at["C7"]
        chest_m = float(np.nanmean(np.linalg.norm(chest, axis=1)))
        forward = _unit(chest)
        up = _unit(_without(at["C7"] - l5s1, forward))
        c7t1 = at["C7"] + _turned(forward, up, C7T1_DEG, C7T1_SHARE * chest_m)
        line = c7t1 - l5s1
        length = float(np.nanmean(np.linalg.norm(line, axis=1)))
        return cls(l5s1, c7t1, _unit(line), forward, up, chest_m, length)


def _pelvis_axes(at: dict[str, Vectors]) -> tuple[Vectors, Vectors, Vectors]:
    """Return the pelvis's left, forward and up."""
    left = _unit(at["LASI"] - at["RASI"])
    front, back = (at["LASI"] + at["RASI"]) / 2, (at["LPSI"] + at["RPSI"]) / 2
    forward = _unit(_without(front - back, left))
    return left, forward, np.cross(forward, left)


def _l5s1(
    at: dict[str, Vectors],
    forward: Vectors,
    up: Vectors,
    body: Body,
    regression: Regression,
) -> Vectors:
    """Return where L5/S1 is."""
    width = float(np.nanmean(np.linalg.norm(at["LASI"] - at["RASI"], axis=1)))
    both = L5S1[regression]
    sexes = ("male", "female") if body.sex is None else (body.sex,)
    ahead, above = np.mean([both[sex] for sex in sexes], axis=0)
    return np.asarray((at["LASI"] + at["RASI"]) / 2 + width * (ahead * forward + above * up))


def _trunk_parts(at: dict[str, Vectors], spine: _Trunk, body: Body) -> list[BodyPart]:
    """Return torso and head."""
    sexes = ("male", "female") if body.sex is None else (body.sex,)
    behind = float(np.mean([TORSO_BEHIND[sex] for sex in sexes]))
    front = _unit(_without(spine.chest_forward, spine.along))
    torso = spine.l5s1 + spine.length_m * (body.trunk_com * spine.along + behind * front)
    shown = [at[name] for name in HEAD if name in at]
    toward = _unit(np.mean(shown, axis=0) - spine.c7t1) if len(shown) == len(HEAD) else spine.along
    head = spine.c7t1 + HEAD_SHARE * spine.length_m * toward
    return [BodyPart(body.trunk_kg, torso), BodyPart(body.head_kg, head)]


def _arm_joints(at: dict[str, Vectors], spine: _Trunk, body: Body, side: str) -> list[Vectors]:
    """Return shoulder, elbow, wrist and fingers of one side."""
    down = np.array([0.0, 0.0, -1.0])
    if f"{side}SHO" in at:
        drop = _turned(
            spine.chest_forward, spine.chest_up, SHOULDER_DEG, SHOULDER_SHARE * spine.chest_m
        )
        shoulder = at[f"{side}SHO"] + drop
    else:
        shoulder = spine.c7t1
    elbow = at.get(f"{side}ELB", shoulder + ARM_LENGTHS[0] * body.height_m * down)
    if f"{side}WRA" in at and f"{side}WRB" in at:
        wrist = (at[f"{side}WRA"] + at[f"{side}WRB"]) / 2
    else:
        wrist = elbow + ARM_LENGTHS[1] * body.height_m * down
    fingers = at.get(f"{side}FIN", wrist + ARM_LENGTHS[2] * body.height_m * down)
    return [shoulder, elbow, wrist, fingers]


def _arm_parts(at: dict[str, Vectors], spine: _Trunk, body: Body) -> list[BodyPart]:
    """Return upper arm, forearm and hand of both sides."""
    parts = []
    for side in "LR":
        joints = _arm_joints(at, spine, body, side)
        for k, mass in enumerate(body.arm_parts_kg):
            parts.append(BodyPart(mass, joints[k] + ARM_COM[k] * (joints[k + 1] - joints[k])))
    return parts


def _hands(at: dict[str, Vectors], spine: _Trunk, body: Body) -> Vectors:
    """Return the point between the fingers."""
    ends = [_arm_joints(at, spine, body, side)[-1] for side in "LR"]
    return np.asarray((ends[0] + ends[1]) / 2)


def _about(
    mass_kg: float, at: Vectors, l5s1: Vectors, left: Vectors, time_s: FloatArray
) -> FloatArray:
    """Return the bending moment of one mass, weight and inertia, about L5/S1's side axis."""
    force = mass_kg * (np.array([0.0, 0.0, -GRAVITY]) - _second(at, time_s))
    return _dot(np.cross(at - l5s1, force), left)


def _second(values: FloatArray, time_s: FloatArray) -> FloatArray:
    once = np.gradient(values, time_s, axis=0)
    return np.asarray(np.gradient(once, time_s, axis=0), dtype=np.float64)


def _smooth(time_s: FloatArray, track: Vectors) -> Vectors:
    return np.stack([lowpass(time_s, track[:, k], CUTOFF_HZ) for k in range(3)], axis=1)


def _dot(a: Vectors, b: Vectors) -> FloatArray:
    return np.asarray(np.sum(a * b, axis=1), dtype=np.float64)


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1)[:, None], dtype=np.float64)


def _without(vectors: Vectors, direction: Vectors) -> Vectors:
    return vectors - _dot(vectors, direction)[:, None] * direction


def _level(forward: Vectors) -> Vectors:
    """Return a direction's horizontal part, as a unit vector that never flips over."""
    mean = np.nanmean(forward * np.array([1.0, 1.0, 0.0]), axis=0)
    return np.broadcast_to(mean / np.linalg.norm(mean), forward.shape)


def _turned(forward: Vectors, up: Vectors, angle_deg: float, length_m: float) -> Vectors:
    angle = np.radians(angle_deg)
    return np.asarray(length_m * (np.cos(angle) * forward + np.sin(angle) * up))
