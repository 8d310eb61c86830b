"""Inverse dynamics in the side view, from the top down: the net moment about L5/S1.

The trunk is a chain of two links: the low back, which points half way between pelvis and
thorax, and the thorax. With the arms, the head and the bar it is a handful of point masses
about L5/S1; the trunk has its own moment of inertia. All angles are changes from the standing
reference, in which the chain is taken to be upright.

Signs: x forward, y up, metres; angles + forward; moments in N m, + where the back's extensors
must pull.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from backline.loads.bar import PLACES
from backline.loads.body import GRAVITY, LUMBAR_SHARE, Body
from backline.model.posture import BoolArray, FloatArray, Posture
from backline.model.trial import BarPlace
from backline.signals.filters import lowpass, median_step

FORWARD_M = 0.012
"""The upper body's centre of mass lies this far in front of L5/S1 in quiet standing, metres: a
bottom-up moment of 5 N m in a man of 81 kg (the shared stoop lift), over 390 N."""
TRUNK_GYRATION = 0.28
"""Radius of gyration of the trunk about its own centre, in trunk lengths (Dumas et al. 2007)."""
LEAST_RATE_HZ = 20.0
"""Slower than this, accelerations are not computed: five samples of a 4 Hz movement."""
ACCELERATION_CUTOFF_HZ = 2.5
"""Zero-phase low-pass before a position is differentiated twice, Hz. Noise grows with the square
of frequency, and lifts of about 2 s hold nothing above (Bazrgari 2007: inertia is small)."""
ARM_REACH = 0.33
"""Shoulder to grip in statures (Winter 2009: upper arm 0.186, forearm 0.146)."""
LARGEST_ACCELERATION = 6.0
"""Accelerations beyond this count as tracking errors, m/s2 (0.6 g)."""

Spot = tuple[FloatArray, FloatArray]
Along = Callable[[float], Spot]


@dataclass(frozen=True)
class JointPoints:
    """Where the masses above L5/S1 are, relative to it.

    Parameters
    ----------
    mass_kg : ndarray, shape (k,) or (k, n)
        The masses (the bar's may change in time).
    x, y : ndarray, shape (k, n)
        Metres, forward and up.
    lean : ndarray, shape (n,)
        Direction of the trunk's line, radians from upright, + forward.
    """

    mass_kg: FloatArray
    x: FloatArray
    y: FloatArray
    lean: FloatArray


@dataclass(frozen=True)
class NetLoad:
    """The load across L5/S1.

    Parameters
    ----------
    moment_nm : ndarray, shape (n,)
        Net moment, + where the extensors must pull; NaN where unknown.
    push_up_n, push_forward_n : ndarray, shape (n,)
        Force that the pelvis gives the upper body, newtons.
    axis_deg : ndarray, shape (n,)
        Direction of the low back, degrees forward of upright.
    dynamic : ndarray of bool, shape (n,)
        Whether own accelerations are included; False is quasi-static.
    """

    moment_nm: FloatArray
    push_up_n: FloatArray
    push_forward_n: FloatArray
    axis_deg: FloatArray
    dynamic: BoolArray

    def along_and_across_n(self) -> tuple[FloatArray, FloatArray]:
        """Return that force along the low back's axis and across it, newtons, each shape (n,)."""
        up, forward = self.push_up_n, self.push_forward_n
        sin, cos = np.sin(np.radians(self.axis_deg)), np.cos(np.radians(self.axis_deg))
        return up * cos + forward * sin, up * sin - forward * cos


def low_back_direction(trunk_lean_deg: FloatArray, lumbar_flexion_deg: FloatArray) -> FloatArray:
    """Return the direction of the low back, degrees forward: mean of pelvis and thorax."""
    return np.asarray(trunk_lean_deg - lumbar_flexion_deg / 2, dtype=np.float64)


def points_of(
    trunk_lean_deg: FloatArray,
    lumbar_flexion_deg: FloatArray,
    body: Body,
    place: BarPlace,
    load_kg: float | FloatArray,
    *,
    bar_forward_m: float = 0.0,
    bar_ahead_m: FloatArray | None = None,
) -> JointPoints:
    """Place the masses above L5/S1.

    Parameters
    ----------
    trunk_lean_deg, lumbar_flexion_deg : ndarray, shape (n,)
        Change from the standing reference, degrees.
    body : Body
        The lifter.
    place : str
        Where the bar is.
    load_kg : float or ndarray, shape (n,)
        The bar, kg.
    bar_forward_m : float
        Moves the bar forward in space (for the sensitivity), metres.
    bar_ahead_m : ndarray, shape (n,), optional
        How far a bar in the arms is in front of the shoulder, metres, where it was followed in
        the video; by default as its place says.

    Returns
    -------
    JointPoints
        Trunk, head, arms and bar, in that order.
    """
    thorax = np.radians(trunk_lean_deg)
    low = np.radians(low_back_direction(trunk_lean_deg, lumbar_flexion_deg))
    along = _along_trunk(thorax, low, LUMBAR_SHARE * body.trunk_m)
    ahead = FORWARD_M * np.cos(thorax), -FORWARD_M * np.sin(thorax)
    top = along(body.trunk_m)
    shoulder = along(body.shoulder_m)
    bar = _bar(place, body, thorax, along, bar_ahead_m)
    bar = bar[0] + bar_forward_m, bar[1]
    carried = (shoulder[0] + bar[0]) / 2, (shoulder[1] + bar[1]) / 2
    arms = carried if PLACES[place].hangs else shoulder
    head = along(body.trunk_m + body.head_above_m)
    spots = [
        (body.trunk_com * top[0] + ahead[0], body.trunk_com * top[1] + ahead[1]),
        (head[0] + ahead[0], head[1] + ahead[1]),
        arms,
        bar,
    ]
    masses = (body.trunk_kg, body.head_kg, body.arms_kg, load_kg)
    return JointPoints(
        mass_kg=np.stack([np.broadcast_to(mass, thorax.shape) for mass in masses]),
        x=np.stack([spot[0] for spot in spots]),
        y=np.stack([spot[1] for spot in spots]),
        lean=np.arctan2(top[0], top[1]),
    )


def _along_trunk(thorax: FloatArray, low: FloatArray, lumbar_m: float) -> Along:
    """Return a function from a height in standing, metres, to a point on the trunk's two links."""

    def along(height_m: float) -> Spot:
        rest = height_m - lumbar_m
        return (
            lumbar_m * np.sin(low) + rest * np.sin(thorax),
            lumbar_m * np.cos(low) + rest * np.cos(thorax),
        )

    return along


def _bar(
    place: BarPlace, body: Body, thorax: FloatArray, along: Along, ahead_m: FloatArray | None
) -> Spot:
    """Return where the bar is."""
    spec = PLACES[place]
    x, y = along(spec.up * body.height_m)
    cos, sin = np.cos(thorax), np.sin(thorax)
    if not spec.hangs:
        return x + spec.upright_m * cos, y - spec.upright_m * sin
    arm_m = ARM_REACH * body.height_m
    drop = -arm_m if place == "hands" else arm_m
    if ahead_m is None:
        ahead_m = spec.upright_m * cos + spec.level_m * sin
    return x + ahead_m, y + drop


def quasi_static(points: JointPoints, axis_deg: FloatArray) -> NetLoad:
    """Return the quasi-static load, of weight alone."""
    none = np.zeros_like(points.x)
    return _net(points, none, none, np.zeros_like(points.lean), axis_deg, 0.0)


def net_load(points: JointPoints, posture: Posture, body: Body) -> NetLoad:
    """Return the load with own accelerations wherever they can be computed.

    The hip's own movement comes from the posture's motion. Elsewhere (rate below
    `LEAST_RATE_HZ`, gaps, implausible values) the frame is quasi-static.
    """
    axis = low_back_direction(posture.trunk_lean_deg, posture.lumbar_flexion_deg)
    step = median_step(posture.time_s)
    still = quasi_static(points, axis)
    if not step <= 1 / LEAST_RATE_HZ:
        return still
    time_s = posture.time_s
    hip_x = _acceleration(time_s, posture.motion.hip_travel * body.leg_m)
    hip_y = _acceleration(time_s, posture.motion.hip_height * body.leg_m)
    ax = np.stack([_acceleration(time_s, x) for x in points.x]) + hip_x
    ay = np.stack([_acceleration(time_s, y) for y in points.y]) + hip_y
    turning = _acceleration(time_s, points.lean)
    with np.errstate(invalid="ignore"):
        usable = np.all((np.abs(ax) < LARGEST_ACCELERATION), axis=0)
        usable &= np.all((np.abs(ay) < LARGEST_ACCELERATION), axis=0) & np.isfinite(turning)
    inertia = body.trunk_kg * (TRUNK_GYRATION * body.trunk_m) ** 2
    moving = _net(
        points,
        np.where(usable, ax, 0.0),
        np.where(usable, ay, 0.0),
        np.where(usable, turning, 0.0),
        axis,
        inertia,
    )
    return replace(moving, dynamic=usable)


def _net(
    points: JointPoints,
    ax: FloatArray,
    ay: FloatArray,
    turning: FloatArray,
    axis_deg: FloatArray,
    inertia: float,
) -> NetLoad:
    """Sum over the masses (Newton and Euler in the plane)."""
    m = points.mass_kg
    moment = np.sum(m * (points.x * (GRAVITY + ay) - points.y * ax), axis=0) - inertia * turning
    return NetLoad(
        moment_nm=moment,
        push_up_n=np.sum(m * (GRAVITY + ay), axis=0),
        push_forward_n=np.sum(m * ax, axis=0),
        axis_deg=axis_deg,
        dynamic=np.zeros(len(moment), dtype=bool),
    )


def _acceleration(time_s: FloatArray, values: FloatArray) -> FloatArray:
    """Return the second time derivative of the smoothed series; NaN where unknown."""
    if len(values) < 3:
        return np.full(len(values), np.nan)
    smooth = lowpass(time_s, values, ACCELERATION_CUTOFF_HZ)
    return np.asarray(np.gradient(np.gradient(smooth, time_s), time_s), dtype=np.float64)
