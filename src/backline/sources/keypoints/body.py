"""From image points to the angles of a body seen from the side.

With points on the pelvis (ASIS and PSIS) the pelvis is the line between them and the trunk the
line from PSIS to C7 (else T6), as for markers. With a spine chain (SpinePose) the pelvis is the
line from the middle of the hips to the lowest point of the chain, the trunk the chain's upper
half. Points of hips and shoulders alone hold no pelvis: a line from hip to shoulder cannot show
the low back's bend from the pelvis' turn, so the low back is not measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from backline.model.measurement import Side
from backline.model.posture import BoolArray, FloatArray, WholeBodyMotion
from backline.sources.angles.axes import Lifter, mean_known
from backline.sources.angles.legs import legs_of
from backline.sources.angles.raw import RawAngles, Spread
from backline.sources.angles.sagittal import lean_deg

VISIBLE_FROM = 0.3
"""Points of less confidence than this count as not visible (OpenPose's and Sports2D's usual)."""
Basis = Literal["pelvis", "spine", "none"]

PELVIS_SPREAD = Spread(
    pelvis_deg=(3.5, 4.0),
    trunk_deg=(1.2, 2.0),
    source="judgement, wide on purpose: no angle error of such points in lifting is published; "
    "two points that scatter by 6.5 mm on a pelvis of 150 mm and a trunk of 450 mm, and cloth "
    "that moves over them by 10 mm in a full bend",
)
SPINE_SPREAD = Spread(
    pelvis_deg=(4.5, 6.0),
    trunk_deg=(2.5, 4.0),
    source="judgement, wide on purpose: no angle error of a spine chain against X-ray or motion "
    "capture is published; two points that scatter by 6.5 mm on 115 mm of pelvis and 210 mm of "
    "chain, and the lowest vertebra that is not the pelvis",
)


@dataclass(frozen=True, eq=False)
class KeypointBody:
    """One person's points in a plane.

    Parameters
    ----------
    at : dict of str to ndarray, shape (n, 3)
        Role to its place: forward, 0, up, in the picture's unit; NaN where not seen.
    side : {"left", "right"}
        The side that faces the camera.
    facing : int
        +1 where the lifter looks towards larger x.
    """

    at: dict[str, FloatArray]
    side: Side
    facing: int

    @property
    def basis(self) -> Basis:
        """The points from which the low back is measured."""
        if self.near("ASIS") and self.near("PSIS") and ({"C7", "T6"} & set(self.at)):
            return "pelvis"
        if {"MIDHIP", "SPINE1", "SPINE3", "SPINE5"} <= set(self.at):
            return "spine"
        return "none"

    def near(self, role: str) -> str:
        """Return the name of a paired point: of the near side, else of none, else of the far."""
        far = "left" if self.side == "right" else "right"
        names = (f"{role}_{self.side}", role, f"{role}_{far}")
        return next((name for name in names if name in self.at), "")


def body_of(track: FloatArray, roles: dict[str, int], asked: str) -> KeypointBody:
    """Turn the points upright and to the front.

    Parameters
    ----------
    track : ndarray, shape (n, k, 3)
        x, y and confidence; y may grow up or down.
    roles : dict of str to int
        Role to its place among the k.
    asked : {"auto", "left", "right"}
        The side that faces the camera, as the user says; auto takes the right side where the
        lifter looks to the right.
    """
    visible = np.where(track[..., 2:] >= VISIBLE_FROM, track[..., :2], np.nan)
    flat = {role: visible[:, i] for role, i in roles.items() if np.isfinite(visible[:, i]).any()}
    low, high = _middle(flat, "ANKLE", "KNEE"), _middle(flat, "SHOULDER", "C7", "HIP")
    down = np.nanmedian(low[:, 1] - high[:, 1]) if np.isfinite(low - high).any() else 1.0
    up = -1.0 if down > 0 else 1.0
    facing = _facing(flat)
    at = {
        role: np.stack([facing * xy[:, 0], np.where(np.isfinite(xy[:, 0]), 0.0, np.nan),
                        up * xy[:, 1]], axis=1)
        for role, xy in flat.items()
    }  # fmt: skip
    side: Side = "right" if facing > 0 else "left"
    if asked in ("left", "right"):
        side = "left" if asked == "left" else "right"
    if "MIDHIP" not in at and {"HIP_left", "HIP_right"} <= set(at):
        at["MIDHIP"] = (at["HIP_left"] + at["HIP_right"]) / 2
    return KeypointBody(_chain_from_below(at), side, facing)


def raw_of(body: KeypointBody, time_s: FloatArray, blocked: str) -> RawAngles:
    """Work out the angles.

    Parameters
    ----------
    body : KeypointBody
        The points.
    time_s : ndarray, shape (n,)
        Seconds.
    blocked : str
        Code of why the low back must not be read, or ``""``.
    """
    n = len(time_s)
    lifter = Lifter(body.at, np.tile([1.0, 0.0, 0.0], (n, 1)), "picture")
    pelvis, trunk, thoracic = _segments(body, lifter)
    hips = {s: body.at[f"HIP_{s}"] for s in ("left", "right") if f"HIP_{s}" in body.at}
    hips = hips or {body.side: np.full((n, 3), np.nan)}
    sided = {name: at for name, at in body.at.items() if name.endswith(("_left", "_right"))}
    side = body.side if body.side in hips else next(iter(hips))
    legs = legs_of(Lifter(sided, lifter.forward, "picture"), hips, side)
    return RawAngles(
        time_s=time_s,
        pelvis_deg=pelvis,
        trunk_deg=trunk,
        thoracic_deg=thoracic,
        curve_deg=np.full(n, np.nan),
        hip_deg=legs.thigh_deg + pelvis,
        knee_deg=legs.knee_deg,
        ankle_deg=legs.ankle_deg,
        hip_zero_in_standing=True,
        motion=WholeBodyMotion(legs.hip_height, legs.hip_travel, _hands(body)),
        doubtful=np.zeros(n, dtype=np.bool_),
        blocked=np.full(n, blocked, dtype="<U24"),
        missing="point_not_seen",
        spread=SPINE_SPREAD if body.basis == "spine" else PELVIS_SPREAD,
    )


def yaw_deg(body: KeypointBody) -> float:
    """Return how far the camera stands off a side view, degrees; NaN where shoulders are unseen."""
    from backline.sources.video.pose.person import POINT_COUNT
    from backline.sources.video.subject.facing_side import estimate_yaw

    roles = {11: "SHOULDER_left", 12: "SHOULDER_right", 23: "HIP_left", 24: "HIP_right"}
    if not all(role in body.at for role in roles.values()):
        return float("nan")
    points = np.full((len(body.at["HIP_left"]), POINT_COUNT, 3), np.nan)
    for index, role in roles.items():
        points[:, index, 0] = body.at[role][:, 0]
        points[:, index, 1] = -body.at[role][:, 2]
    used = points[:, list(roles), :2]
    return estimate_yaw(points[np.isfinite(used).all(axis=(1, 2))])


def _segments(body: KeypointBody, lifter: Lifter) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return pelvis, trunk and thoracic bend, any zero."""
    at, unknown = body.at, np.full(len(lifter.forward), np.nan)
    if body.basis == "spine":
        pelvis = lean_deg(lifter, at["MIDHIP"], at["SPINE1"])
        return pelvis, lean_deg(lifter, at["SPINE3"], at["SPINE5"]), unknown
    if body.basis == "none":
        return unknown, unknown, unknown
    back = at[body.near("PSIS")]
    ahead, rise = lifter.sagittal(at[body.near("ASIS")] - back)
    pelvis = np.degrees(np.arctan2(-rise, ahead))
    top = at["C7"] if "C7" in at else at["T6"]
    thoracic = unknown
    if "T11" in at:
        thoracic = lean_deg(lifter, at["T11"], top) - lean_deg(lifter, back, at["T11"])
    return pelvis, lean_deg(lifter, back, top), thoracic


def _chain_from_below(at: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Return the points with a spine chain numbered from the pelvis up."""
    chain = [f"SPINE{i}" for i in range(1, 6)]
    if "MIDHIP" not in at or not {chain[0], chain[-1]} <= set(at):
        return at
    ends = [np.linalg.norm(at[name] - at["MIDHIP"], axis=1) for name in (chain[0], chain[-1])]
    both: BoolArray = np.isfinite(ends[0]) & np.isfinite(ends[1])
    if not both.any() or np.median(ends[0][both]) <= np.median(ends[1][both]):
        return at
    turned = {name: at[other] for name, other in zip(chain, chain[::-1], strict=True)
              if other in at}  # fmt: skip
    return {**{role: place for role, place in at.items() if role not in chain}, **turned}


def _facing(flat: dict[str, FloatArray]) -> int:
    """Return +1 where the lifter looks towards larger x: toes before heels and so on."""
    votes = 0.0
    for front, back in (("TOE", "HEEL"), ("TOE", "ANKLE"), ("ASIS", "PSIS"), ("NOSE", "EAR"),
                        ("KNEE", "HIP")):  # fmt: skip
        ahead = (_middle(flat, front) - _middle(flat, back))[:, 0]
        known = ahead[np.isfinite(ahead)]
        if len(known):
            votes += float(np.mean(np.sign(known)))
    return 1 if votes >= 0 else -1


def _middle(flat: dict[str, FloatArray], *bases: str) -> FloatArray:
    """Return the middle of the first of these points that is there, shape (n, 2)."""
    for base in bases:
        found = [at for role, at in flat.items() if role.split("_")[0] == base]
        if found:
            return mean_known(found)
    n = len(next(iter(flat.values()))) if flat else 0
    return np.full((n, 2), np.nan)


def _hands(body: KeypointBody) -> FloatArray:
    """Return how far the near wrist hangs below the shoulder, in hip-to-shoulder lengths."""
    names = [body.near(role) for role in ("SHOULDER", "WRIST", "HIP")]
    if not all(names):
        return np.full(len(next(iter(body.at.values()))), np.nan)
    shoulder, wrist, hip = (body.at[name] for name in names)
    trunk = np.linalg.norm(shoulder - hip, axis=1)
    known = trunk[np.isfinite(trunk)]
    length = float(np.median(known)) if len(known) else float("nan")
    return np.asarray((shoulder - wrist)[:, 2] / length)
