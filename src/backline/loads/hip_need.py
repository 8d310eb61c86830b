"""Glute shortening needed for lockout, and the excess that only tilts the pelvis.

Coming up, the gluteus maximus shortens and extends the hip: that raises the body. Once the hip is
extended, shortening can only turn the pelvis back: the femur does not move. The hip moment of the
bar there shows how little is needed. How hard a lifter really squeezes cannot be determined from a
video: several muscles share the moment, muscles can work against each other, and in standing muscle
activity does not follow the degrees of tilt (Grill et al. 2013).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from backline.loads.body import GRAVITY, Body
from backline.loads.full_body import MODEL_HEIGHT_M, between, muscles
from backline.loads.glutes import standing_hip, whole_length
from backline.loads.inverse_dynamics import NetLoad
from backline.model.posture import FloatArray, Posture
from backline.reps import Rep
from backline.signals.filters import lowpass, moving_mean

ARRIVED_DEG = 5.0
"""The thigh has arrived within this of its angle in the lockout, degrees (judgement: twice the
error of its direction)."""
CUTOFF_HZ = 4.0
"""Zero-phase low-pass of thigh and pelvis, Hz (as of the angle series)."""
WINDOW_S = 0.2
"""The furthest tuck is the mean over this time, seconds (as a finding's peak)."""
PELVIS_MASS = 0.1117
"""Lower trunk as a share of body mass (de Leva 1996, men; women 0.1247)."""
LOWER_TRUNK_UP = 0.6
"""Its centre of mass on the way from the hips to L5/S1 (de Leva 1996: 61 % down from the
navel, which lies a little above L5/S1; rounded)."""


@dataclass(frozen=True)
class HipNeed:
    """One rep's lockout.

    Parameters
    ----------
    rep : int
        Which rep.
    raising : float
        Shortening of the gluteus maximus from the bottom until the thigh had arrived, in
        standing lengths: the part that raises the body.
    beyond : float
        Shortening after that by the pelvis turning back, in standing lengths: it
        moves no femur.
    pelvis_back_deg, pelvis_back_sd_deg : float
        How far the pelvis turned back in that time, and its standard deviation, degrees.
    moment_nm : float
        Hip extending moment, both sides, where the pelvis was turned back furthest; NaN
        without a load.
    needed_low, needed_high : float
        Activation of the gluteus that gives it: all hip extensors alike, and the gluteus alone, as
        a share of the model's strength; NaN without a load.
    """

    rep: int
    raising: float
    beyond: float
    pelvis_back_deg: float
    pelvis_back_sd_deg: float
    moment_nm: float
    needed_low: float
    needed_high: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain Python values."""
        return asdict(self)


def hip_moment(net: NetLoad, pelvic_tilt_deg: FloatArray, body: Body) -> FloatArray:
    """Return the moment that the hips' extensors must hold, both sides together.

    Parameters
    ----------
    net : NetLoad
        What L5/S1 carries.
    pelvic_tilt_deg : ndarray, shape (n,)
        Pelvic tilt, change from the standing reference.
    body : Body
        The lifter; L5/S1 sits above the hips as in the MyoSim body, scaled by stature.

    Returns
    -------
    ndarray, shape (n,)
        N m, + where the extensors must pull.
    """
    found = muscles()
    scale = body.height_m / MODEL_HEIGHT_M
    tilt = np.radians(pelvic_tilt_deg)
    x = scale * (found.l5s1_forward_m * np.cos(tilt) + found.l5s1_up_m * np.sin(tilt))
    y = scale * (found.l5s1_up_m * np.cos(tilt) - found.l5s1_forward_m * np.sin(tilt))
    pelvis = PELVIS_MASS * body.mass_kg * GRAVITY * LOWER_TRUNK_UP * x
    return np.asarray(net.moment_nm + net.push_up_n * x - net.push_forward_n * y + pelvis)


def needed_activation(
    moment_nm: FloatArray, hip_flexion_deg: FloatArray, height_m: float
) -> tuple[FloatArray, FloatArray]:
    """Return the activation that holds a hip moment, at the model's strength.

    Parameters
    ----------
    moment_nm : ndarray, shape (n,)
        Both sides, + where the extensors must pull; what the flexors hold needs none.
    hip_flexion_deg : ndarray, shape (n,)
        Hip flexion, the knee near straight.
    height_m : float
        Stature; arms scale by it.

    Returns
    -------
    (ndarray, ndarray)
        With all hip extensors alike, and with the gluteus alone.
    """
    table = muscles().hip
    arms = np.maximum(between(table.flexion_deg, table.arm_m, hip_flexion_deg), 0.0)
    forces = between(table.flexion_deg, table.force_n, hip_flexion_deg)
    scale = 2 * height_m / MODEL_HEIGHT_M
    gluteus = scale * np.sum(arms * forces, axis=1)
    others = scale * between(table.flexion_deg, table.other_moment_nm, hip_flexion_deg)
    asked = np.maximum(moment_nm, 0.0)
    return asked / (gluteus + others), asked / gluteus


def hip_needs(
    posture: Posture,
    reps: tuple[Rep, ...],
    moment_nm: FloatArray | None = None,
    height_m: float = MODEL_HEIGHT_M,
) -> tuple[HipNeed, ...]:
    """Compare what each lockout needs with what the gluteus does beyond it.

    Parameters
    ----------
    posture : Posture
        The clip.
    reps : tuple of Rep
        Its reps.
    moment_nm : ndarray, shape (n,), optional
        From `hip_moment`; without it the needed activation stays NaN.
    height_m : float
        Stature.

    Returns
    -------
    tuple of HipNeed
        Of the reps whose bottom and lockout were measured.
    """
    shown = posture.measurable

    def smooth(values: FloatArray) -> FloatArray:
        passed = lowpass(posture.time_s, np.where(shown, values, np.nan), CUTOFF_HZ)
        return moving_mean(posture.time_s, passed, WINDOW_S)

    hip, tilt = smooth(posture.hip_flexion_deg), smooth(posture.pelvic_tilt_deg)
    if not np.isfinite(hip).any():
        return ()
    own = float(whole_length(np.array([standing_hip(posture, hip)]))[0])
    found = []
    for rep in reps:
        frames = _lockout(posture.time_s, hip, tilt, rep)
        if frames is None:
            continue
        bottom, arrived, tucked = frames
        pelvis = max(0.0, float(tilt[arrived] - tilt[tucked]))
        # the pelvis's own part of the hip's change: the thigh stays where it arrived
        at = np.array([hip[bottom], hip[arrived], hip[arrived] - pelvis])
        deep, there, beyond = (float(length) / own for length in whole_length(at))
        moment, low, high = np.nan, np.nan, np.nan
        if moment_nm is not None:
            moment = float(moment_nm[tucked])
            both = needed_activation(np.array([moment]), hip[tucked : tucked + 1], height_m)
            low, high = float(both[0][0]), float(both[1][0])
        sd = float(posture.pelvic_tilt_sd_deg[tucked])
        found.append(
            HipNeed(rep.index, deep - there, there - beyond, pelvis, sd, moment, low, high)
        )
    return tuple(found)


def _lockout(
    time_s: FloatArray, hip: FloatArray, tilt: FloatArray, rep: Rep
) -> tuple[int, int, int] | None:
    """Return the frames of the bottom, of the thigh's arrival, and of the furthest tuck after."""
    if not {"bottom", "lockout"} <= rep.phases.keys():
        return None
    known = np.isfinite(hip + tilt)
    start, end = rep.phases["lockout"]
    top = np.flatnonzero(known & (time_s >= start) & (time_s <= end))
    way = np.flatnonzero(known & (time_s >= rep.bottom_s) & (time_s <= end))
    if len(top) == 0 or len(way) < 2:
        return None
    thigh = hip - tilt
    rest = float(np.median(thigh[top]))
    arrived = int(way[np.argmax(thigh[way] <= rest + ARRIVED_DEG)])
    after = way[way >= arrived]
    return int(way[0]), arrived, int(after[np.argmin(tilt[after])])
