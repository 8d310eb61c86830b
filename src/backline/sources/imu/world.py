"""World axes of sensor orientations: which axis is vertical, and the order of the quaternion.

Sensors write quaternions w, x, y, z against a world whose z is up; OpenSim turns its own to y up,
and many programs write x, y, z, w. Nothing in the file says so. A forward bend shows it: its axis
is horizontal, so in the correct convention almost none of the turn is about the vertical, in every
sensor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from backline.errors import NotMeasurableError, UsageError
from backline.model.measurement import Reason
from backline.model.posture import FloatArray
from backline.reasons import sentence
from backline.sources.imu.stream import Stream

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

Order = Literal["wxyz", "xyzw"]
Up = Literal["z", "y"]
STEP_S = 0.1
"""Turns are taken over this time, seconds, so that noise is small compared with them."""
TURNING_DEG_S = 15.0
"""Least speed of leaning in a forward bend, degrees/s."""
LEAST_STEPS = 10
"""Steps of a forward bend that are needed: one second's."""
LEVEL = 0.03
"""Largest share of a bend's turn (squared) about the vertical in the correct convention: the axis
is off by 10 degrees at most, from twisting and drifting headings."""
DOUBTFUL = 0.15
"""With a larger share, an axis off by more than 23 degrees, no convention is accepted."""


@dataclass(frozen=True)
class World:
    """Convention of orientations.

    Parameters
    ----------
    order : {"wxyz", "xyzw"}
        Of a quaternion's four numbers.
    up : {"z", "y"}
        The world's vertical axis.
    """

    order: Order = "wxyz"
    up: Up = "z"

    def __str__(self) -> str:
        return f"quaternions {', '.join(self.order)}, {self.up} up"


STATED = World()
OTHERS = (World("wxyz", "y"), World("xyzw", "z"), World("xyzw", "y"))


def given_world(table: dict[str, object], path: object) -> World | None:
    """Return the world that the user names under ``[orientation]``; None where nothing is said.

    Raises
    ------
    UsageError
        If a line is not known.
    """
    if not table:
        return None
    order, up = table.get("order", "wxyz"), table.get("up", "z")
    found = [w for w in (STATED, *OTHERS) if (w.order, w.up) == (order, up)]
    if not found or set(table) - {"order", "up"}:
        raise UsageError(
            f'\'{path}\', table [orientation]: order = "wxyz" or "xyzw" and up = "z" or "y" '
            "were expected: correct it."
        )
    return found[0]


def in_one_world(
    streams: dict[str, Stream], given: World | None, name: str, *, ordered: bool = False
) -> tuple[dict[str, Stream], World, tuple[Reason, ...]]:
    """Return the streams as w, x, y, z against a world with z up, and how they were read.

    Parameters
    ----------
    streams : dict of str to Stream
        By place.
    given : World or None
        As the user gave it; None determines it from the forward bend.
    name : str
        For messages.
    ordered : bool
        Whether w, x, y, z is known, so that only up is unknown.

    Raises
    ------
    NotMeasurableError
        If no convention makes the bend's axis horizontal.
    """
    if given is not None:
        return _turned(streams, given), given, ()
    others = [world for world in OTHERS if not ordered or world.order == STATED.order]
    cost = {world: _off_level(streams, world) for world in (STATED, *others)}
    if not cost[STATED] > LEVEL:  # NaN where there is no forward bend, which is reported later
        return _turned(streams, STATED), STATED, ()
    fitting = [world for world in others if cost[world] <= LEVEL]
    if len(fitting) == 1:
        text = sentence("orientation_told", "fitting", world=fitting[0])
        return _turned(streams, fitting[0]), fitting[0], (Reason("orientation_told", text),)
    if cost[STATED] <= DOUBTFUL and not fitting:
        text = sentence("orientation_told", "twisted")
        return _turned(streams, STATED), STATED, (Reason("orientation_told", text),)
    raise NotMeasurableError(
        f"'{name}': the axis of the forward bend is horizontal neither with z nor with y up, in "
        "neither order of the quaternions, so it is not known how they were written: write order = "
        '"wxyz" (or "xyzw") and up = "z" (or "y") under [orientation] in a mapping file.'
    )


def _turned(streams: dict[str, Stream], world: World) -> dict[str, Stream]:
    if world == STATED:
        return streams
    return {
        place: replace(s, values=_as_stated(s.values, world)) if s.kind == "quaternion" else s
        for place, s in streams.items()
    }


def _as_stated(values: FloatArray, world: World) -> FloatArray:
    w, x, y, z = (values[:, [3, 0, 1, 2]] if world.order == "xyzw" else values).T
    if world.up == "y":  # turned by +90 degrees about x, which takes y to z
        h = np.sqrt(0.5)
        w, x, y, z = h * (w - x), h * (x + w), h * (y - z), h * (z + y)
    return np.stack([w, x, y, z], axis=1)


def _off_level(streams: dict[str, Stream], world: World) -> float:
    """Return the largest share of the bend's turn about the vertical among the sensors."""
    shares = [
        _vertical_share(*turned)
        for s in streams.values()
        if (turned := _rotation(s, world)) is not None
    ]
    known = [share for share in shares if np.isfinite(share)]
    return max(known, default=float("nan"))


def _rotation(stream: Stream, world: World) -> tuple[FloatArray, Rotation] | None:
    """Return the times of the samples that are known, and sensor to world for each."""
    from scipy.spatial.transform import Rotation

    known = np.isfinite(stream.values).all(axis=1)
    if stream.kind == "euler" and world == STATED and known.any():
        angles = stream.values[known]
        return stream.time_s[known], Rotation.from_euler("xyz", angles, degrees=True)
    if stream.kind != "quaternion":
        return None
    v = _as_stated(stream.values, world)
    known &= np.abs(np.linalg.norm(v, axis=1) - 1) < 0.05
    if not known.any():
        return None
    return stream.time_s[known], Rotation.from_quat(v[known][:, [1, 2, 3, 0]])


def _vertical_share(time_s: FloatArray, turned: Rotation) -> float:
    after = np.searchsorted(time_s, time_s + STEP_S)
    before = np.flatnonzero(after < len(time_s))
    after = after[before]
    step = time_s[after] - time_s[before]
    close = step < 2 * STEP_S
    before, after, step = before[close], after[close], step[close]
    if len(before) < LEAST_STEPS:
        return float("nan")
    spin = np.degrees((turned[after] * turned[before].inv()).as_rotvec()) / step[:, None]
    lean = np.linalg.norm(spin[:, :2], axis=1)
    # a jump between two samples is no forward bend
    bending = (lean > TURNING_DEG_S) & (lean < 1000.0)
    if bending.sum() < LEAST_STEPS:
        return float("nan")
    return float((spin[bending, 2] ** 2).sum() / (spin[bending] ** 2).sum())
