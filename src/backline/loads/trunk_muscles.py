"""The second spinal model: forces of the MyoSim trunk muscles by optimisation.

In every frame the muscles must balance the moment at all five lumbar levels at once. Of all
ways to do so, the one with the least sum of squared stress is the centre; the band holds
the least sum of squared forces too, abdominal pressure, the passive tissues, and where bar and body
are. Muscles that work against each other beyond that need would raise it.

The model's back extensors are far too weak for a heavy bar, so their strength is not a limit here:
how many times stronger they would have to be is reported (`MuscleLoad.strength`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from backline.loads.body import Body
from backline.loads.full_body import MODEL_HEIGHT_M, TrunkTable, between, muscles
from backline.loads.inverse_dynamics import NetLoad
from backline.model.posture import FloatArray

PASSIVE_MOST_NM = 60.0
"""Most that ligaments and stretched muscle hold in most lifts, N m (Potvin et al. 1991)."""
PASSIVE_FROM_DEG = 26.0
FULL_FLEXION_DEG = 52.0
"""The passive moment rises exponentially from half of the way to full flexion (Adams and Dolan);
full lumbar flexion is 52 degrees from standing (Pearcy et al. 1984)."""
PASSIVE_STEEPNESS = 3.0  # e-folds over that half: an eighth of the most at 0.4 of it
PASSIVE_ARM_M = 0.04
"""Arm of the passive tissues behind the joint, metres (judgement: between the ligaments at the
joint and those at the spines)."""

PRESSURE_KPA = 10.0
"""Abdominal pressure of a braced lift (Stokes et al. 2010 study 5 and 10 kPa)."""
PRESSURE_FROM_NM, PRESSURE_FULL_NM = 54.0, 108.0
"""It rises from a moment of 54 N m on (Marras and Mirka 1996); full at twice that (judgement)."""
DIAPHRAGM_M2 = 0.0243
"""Area that the pressure lifts, square metres (after McGill and Norman 1987)."""
PRESSURE_ARM_M = 0.05
"""Its arm in front of L5/S1, metres (judgement)."""

Objective = Literal["stress", "force"]
TOLERANCE = 1e-4
"""Of the solver, in hundreds of N m."""
SCALE_NM = 100.0  # the unit the solver works in, near 1 for a lift


@dataclass(frozen=True)
class MuscleLoad:
    """Forces between L5 and S1 from the muscles one by one; NaN where unknown.

    Parameters
    ----------
    compression_n, compression_low_n, compression_high_n : ndarray, shape (n,)
        Along the axis of the low back, newtons: centre and band.
    shear_n, shear_low_n, shear_high_n : ndarray, shape (n,)
        Across it, newtons, + where the upper body slides forward: centre and band.
    strength : ndarray, shape (n,)
        Moment over the most that the model's back extensors could give: above 1, how many times
        stronger than the model the lifter must be.
    """

    compression_n: FloatArray
    compression_low_n: FloatArray
    compression_high_n: FloatArray
    shear_n: FloatArray
    shear_low_n: FloatArray
    shear_high_n: FloatArray
    strength: FloatArray


def muscle_load(
    net: NetLoad,
    pelvic_tilt_deg: FloatArray,
    lumbar_flexion_deg: FloatArray,
    body: Body,
    lever_error_nm: float | FloatArray = 0.0,
) -> MuscleLoad:
    """Distribute the load over the muscles of the trunk.

    Parameters
    ----------
    net : NetLoad
        What must be carried.
    pelvic_tilt_deg, lumbar_flexion_deg : ndarray, shape (n,)
        Change from the standing reference, degrees.
    body : Body
        The lifter: arms scale by stature.
    lever_error_nm : float or ndarray, shape (n,)
        How far the moment may be off, see `backline.loads.spine.lever_error`.

    Returns
    -------
    MuscleLoad
        Bands over the objective, abdominal pressure, passive tissues and the moment's error.
    """
    asked = level_moments(net, pelvic_tilt_deg, body)
    error = np.broadcast_to(np.asarray(lever_error_nm, dtype=np.float64), net.moment_nm.shape)
    passive, pressed = passive_moment(lumbar_flexion_deg), pressure(net.moment_nm)
    none = np.zeros_like(passive)
    cases: list[tuple[Objective, FloatArray, FloatArray, FloatArray]] = [
        ("stress", none, passive, none),
        ("stress", none, none, none),
        ("stress", none, passive, pressed),
        ("stress", error, none, none),
        ("stress", -error, passive, pressed),
        ("force", error, none, none),
        ("force", -error, passive, pressed),
    ]
    solver = {kind: _Solver(body, lumbar_flexion_deg, kind) for kind in ("stress", "force")}
    found = [_one_case(solver[kind], net, asked, *case) for kind, *case in cases]
    squeeze = np.stack([one[0] for one in found])
    slide = np.stack([one[1] for one in found])
    return MuscleLoad(
        compression_n=squeeze[0],
        compression_low_n=squeeze.min(axis=0),
        compression_high_n=squeeze.max(axis=0),
        shear_n=slide[0],
        shear_low_n=slide.min(axis=0),
        shear_high_n=slide.max(axis=0),
        strength=np.maximum(net.moment_nm, 0.0) / solver["stress"].most_nm,
    )


def level_moments(net: NetLoad, pelvic_tilt_deg: FloatArray, body: Body) -> FloatArray:
    """Return the moment about each lumbar level, L5/S1 first, N m, shape (n, 5).

    The levels sit as in the model at the body's size, and in the standing posture straight above
    each other, as the chain of `backline.loads.inverse_dynamics` does; the little weight between
    L5/S1 and a level is counted as above it.
    """
    table = muscles().trunk
    scale = body.height_m / MODEL_HEIGHT_M
    flexion = 2 * (net.axis_deg - pelvic_tilt_deg)  # the axis is half way to the thorax
    up = scale * between(table.flexion_deg, table.level_up_m, flexion)
    straight = table.level_forward_m[int(np.argmin(np.abs(table.flexion_deg)))]
    forward = scale * between(table.flexion_deg, table.level_forward_m - straight, flexion)
    tilt = np.radians(pelvic_tilt_deg)[:, None]
    x = forward * np.cos(tilt) + up * np.sin(tilt)
    y = up * np.cos(tilt) - forward * np.sin(tilt)
    force_up, force_forward = net.push_up_n[:, None], net.push_forward_n[:, None]
    return np.asarray(net.moment_nm[:, None] - x * force_up + y * force_forward)


def passive_moment(lumbar_flexion_deg: FloatArray) -> FloatArray:
    """Return the passive moment of stretched tissues at a flexion, N m, + extends."""
    way = (lumbar_flexion_deg - PASSIVE_FROM_DEG) / (FULL_FLEXION_DEG - PASSIVE_FROM_DEG)
    part = np.expm1(PASSIVE_STEEPNESS * np.clip(way, 0.0, 1.0)) / np.expm1(PASSIVE_STEEPNESS)
    return np.asarray(PASSIVE_MOST_NM * part)


def pressure(moment_nm: FloatArray) -> FloatArray:
    """Return the abdominal pressure of a braced lifter at a moment, kPa."""
    way = (moment_nm - PRESSURE_FROM_NM) / (PRESSURE_FULL_NM - PRESSURE_FROM_NM)
    return np.asarray(PRESSURE_KPA * np.clip(way, 0.0, 1.0))


def _one_case(
    solver: _Solver,
    net: NetLoad,
    asked: FloatArray,
    error: FloatArray,
    passive: FloatArray,
    pressed: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return compression and shear under one set of assumptions."""
    lifted = 1000 * pressed * DIAPHRAGM_M2
    held = np.minimum(passive, np.maximum(net.moment_nm, 0.0))
    help_nm = held + lifted * PRESSURE_ARM_M
    along, across = solver.solve(asked + error[:, None] - help_nm[:, None])
    weight, slide = net.along_and_across_n()
    squeeze = weight + along + held / PASSIVE_ARM_M - lifted
    return squeeze, slide + across


class _Solver:
    """Least squares over the muscles, frame by frame, for one objective."""

    def __init__(self, body: Body, lumbar_flexion_deg: FloatArray, objective: Objective) -> None:
        table: TrunkTable = muscles().trunk
        steps = table.flexion_deg
        self.flexion = lumbar_flexion_deg
        self.force = between(steps, table.force_n, lumbar_flexion_deg)
        self.along = between(steps, table.along, lumbar_flexion_deg)
        self.across = between(steps, table.across, lumbar_flexion_deg)
        arm = between(steps, table.arm_m, lumbar_flexion_deg)
        # both sides pull alike
        scale = 2 * body.height_m / MODEL_HEIGHT_M / SCALE_NM
        self.lever = scale * arm * self.force[:, :, None]
        self.most_nm = SCALE_NM * np.sum(np.maximum(self.lever[:, :, 0], 0.0), axis=1)
        self.weight = np.ones(len(table.names))
        if objective == "force":
            middle = table.force_n[int(np.argmin(np.abs(steps)))]
            self.weight = (middle / middle.mean()) ** 2
        self._problem: Any = None

    def solve(self, moments_nm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return compression and shear by the muscles, shape (n,)."""
        known = np.isfinite(moments_nm).all(axis=1) & np.isfinite(self.flexion)
        out = np.full((2, len(moments_nm)), np.nan)
        for index in np.flatnonzero(known):
            activation = self._frame(self.lever[index], moments_nm[index] / SCALE_NM)
            if activation is None:
                continue
            pull = 2 * self.force[index] * activation
            out[0, index] = self.along[index] @ pull
            out[1, index] = self.across[index] @ pull
        return out[0], out[1]

    def _frame(self, lever: FloatArray, moment: FloatArray) -> FloatArray | None:
        """Return the activations of one frame, None where none was found."""
        count = len(self.weight)
        low = np.concatenate([moment, np.zeros(count)])
        high = np.concatenate([moment, np.full(count, np.inf)])
        if self._problem is None:
            self._problem = self._set_up(lever, low, high)
        else:
            self._problem.update(Ax=_column_values(lever), l=low, u=high)
        result = self._problem.solve(raise_error=False)
        if result.info.status not in ("solved", "solved inaccurate"):
            return None
        return np.maximum(np.asarray(result.x, dtype=np.float64), 0.0)

    def _set_up(self, lever: FloatArray, low: FloatArray, high: FloatArray) -> Any:
        import osqp
        from scipy import sparse

        count = len(self.weight)
        # by columns: the five levels, then the muscle's own bound
        rows = np.concatenate([[0, 1, 2, 3, 4, 5 + k] for k in range(count)])
        starts = np.arange(0, 6 * count + 1, 6)
        bounds = sparse.csc_matrix((_column_values(lever), rows, starts), shape=(5 + count, count))
        problem = osqp.OSQP()
        problem.setup(
            sparse.diags(self.weight, format="csc"),
            np.zeros(count),
            bounds,
            low,
            high,
            verbose=False,
            eps_abs=TOLERANCE,
            eps_rel=TOLERANCE,
            max_iter=20000,
        )
        return problem


def _column_values(lever: FloatArray) -> FloatArray:
    """Return the matrix's values by columns: five arms, then a one."""
    return np.asarray(np.hstack([lever, np.ones((len(lever), 1))]).ravel())
