"""Compression and shear across L5/S1, as bands from the single equivalent extensor.

One muscle represents all extensors of the back: it pulls at an arm of 5 to 7 cm, and its line runs
0 to 10 degrees behind the axis of the low back. The centre, 6 cm and 5 degrees, is that of
Cholewicki, McGill and Norman 1991. Compression depends on the arm; shear changes its SIGN with the
assumed direction of pull, so it is only ever a band.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from backline.loads.body import GRAVITY, Body
from backline.loads.inverse_dynamics import NetLoad
from backline.model.posture import FloatArray

ARM_M = 0.06
ARM_BAND_M = (0.05, 0.07)
"""Arm of the extensors, metres (centre: Cholewicki 1991; 5 cm: usual in ergonomics)."""
OBLIQUITY_DEG = 5.0
OBLIQUITY_BAND_DEG = (0.0, 10.0)
"""How far the line of pull runs behind the axis, degrees (centre: Cholewicki 1991)."""
FLEXOR_ARM_M = 0.10
"""Arm of the abdominal wall where the moment is the other way, metres (judgement: half of
the depth of the trunk)."""

BAR_ERROR_M = 0.03
"""How far the bar's lever may be off, metres: where on the back it lies, and how far in front of
L5/S1 it is in the standing posture."""
BODY_ERROR_M = 0.01
"""How far the upper body's lever may be off, metres (the tables differ by that much)."""


@dataclass(frozen=True)
class SpineLoad:
    """Forces between L5 and S1. Shear: + where the upper body slides forward on the pelvis.

    Parameters
    ----------
    compression_n, compression_low_n, compression_high_n : ndarray, shape (n,)
        Along the axis of the low back, newtons: centre and band.
    shear_n, shear_low_n, shear_high_n : ndarray, shape (n,)
        Across it, newtons: centre (not for reports) and band.
    """

    compression_n: FloatArray
    compression_low_n: FloatArray
    compression_high_n: FloatArray
    shear_n: FloatArray
    shear_low_n: FloatArray
    shear_high_n: FloatArray


def joint_forces(net: NetLoad, arm_m: float, obliquity_deg: float) -> tuple[FloatArray, FloatArray]:
    """Return compression and shear for one assumed extensor.

    Parameters
    ----------
    net : NetLoad
        What must be carried.
    arm_m : float
        Arm of the extensors, metres.
    obliquity_deg : float
        Angle of their pull behind the axis, degrees.

    Returns
    -------
    (ndarray, ndarray)
        Compression and shear, newtons, shape (n,).
    """
    pull = np.radians(obliquity_deg)
    extensor = np.where(net.moment_nm >= 0, net.moment_nm / arm_m, 0.0)
    flexor = np.where(net.moment_nm < 0, -net.moment_nm / FLEXOR_ARM_M, 0.0)
    along, across = net.along_and_across_n()
    known = np.isfinite(net.moment_nm)
    compression = along + extensor * np.cos(pull) + flexor
    shear = across - extensor * np.sin(pull)
    return np.where(known, compression, np.nan), np.where(known, shear, np.nan)


def lever_error(body: Body, load_kg: float | FloatArray) -> float | FloatArray:
    """Return how far the moment may be off because of where bar and body are, N m."""
    above_kg = body.trunk_kg + body.head_kg + body.arms_kg
    return GRAVITY * (BAR_ERROR_M * load_kg + BODY_ERROR_M * above_kg)


def spine_load(net: NetLoad, lever_error_nm: float | FloatArray = 0.0) -> SpineLoad:
    """Return compression and shear with their bands.

    Parameters
    ----------
    net : NetLoad
        What must be carried.
    lever_error_nm : float or ndarray, shape (n,)
        How far the moment may be off because of where bar and body are (see `lever_error`);
        0 gives the band of the muscle model alone.

    Returns
    -------
    SpineLoad
        Bands over the extensor's arm and obliquity, and over the moment's error.
    """
    compression, shear = joint_forces(net, ARM_M, OBLIQUITY_DEG)
    size = np.maximum(np.abs(net.moment_nm) - lever_error_nm, 0.0)
    moments = (
        net.moment_nm,
        net.moment_nm - lever_error_nm,
        net.moment_nm + lever_error_nm,
        np.sign(net.moment_nm) * size,  # the smallest in reach: zero may lie within the error
    )
    corners = [
        joint_forces(replace(net, moment_nm=moment), arm, ob)
        for moment in moments
        for arm in ARM_BAND_M
        for ob in OBLIQUITY_BAND_DEG
    ]
    squeezes = np.stack([corner[0] for corner in corners])
    slides = np.stack([corner[1] for corner in corners])
    return SpineLoad(
        compression_n=compression,
        compression_low_n=squeezes.min(axis=0),
        compression_high_n=squeezes.max(axis=0),
        shear_n=shear,
        shear_low_n=slides.min(axis=0),
        shear_high_n=slides.max(axis=0),
    )
