"""Angles from stickers in place of the network's where the stickers are visible."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from backline.model.measurement import SecondEstimate
from backline.model.posture import BoolArray, FloatArray, Posture
from backline.settings import Settings
from backline.signals.filters import lowpass
from backline.sources.angles.raw import FULL_BEND_DEG
from backline.sources.fiducials.angles import BackAngles, filled

LOOSE_DEG = 12.0
"""Skin over L3 turns by an angle between those of T12 and S1; beyond that by more than this a
sticker has come loose (judgement: the skin's own share is below 3 degrees)."""
LOOSE_SHARE = 0.1
"""Least share of the frames in which that is so."""
LEAST_SEEN = 0.2
"""Least share of the reference's frames in which a sticker must be visible to have a zero."""
BINDING = ("not_side_on", "no_standing", "too_small", "other_shot")
"""Reasons not to measure that hold for stickers too."""
YAW_SHARE = 0.25
"""A camera that stands off a side view by a (radians) turns an angle by up to this times a
squared, radians (a foreshortened square, first order)."""


@dataclass(frozen=True)
class StickerZero:
    """The standing reference's mean angles, degrees; NaN where not seen."""

    trunk_deg: float
    pelvis_deg: float
    thigh_deg: float
    middle_deg: float

    @property
    def known(self) -> bool:
        """Whether both ends of the low back have a zero."""
        return bool(np.isfinite(self.trunk_deg) and np.isfinite(self.pelvis_deg))


def zero_of(angles: BackAngles, standing: BoolArray) -> StickerZero:
    """Return the mean angles of the standing reference.

    Parameters
    ----------
    angles : BackAngles
        Any zero.
    standing : ndarray of bool, shape (n,)
        Its frames.
    """

    def mean(values: FloatArray) -> float:
        known = values[standing & np.isfinite(values)]
        enough = len(known) >= max(LEAST_SEEN * standing.sum(), 1)
        return float(known.mean()) if enough else float("nan")

    return StickerZero(
        mean(angles.trunk_deg),
        mean(angles.pelvis_deg),
        mean(angles.thigh_deg),
        mean(angles.middle_deg),
    )


def fuse_stickers(
    posture: Posture, angles: BackAngles, zero: StickerZero, yaw_deg: float, settings: Settings
) -> tuple[Posture, SecondEstimate]:
    """Replace the network's estimate by the stickers' angles.

    Where they are not visible the network's estimate stays, shifted by the difference of the two
    in the frames around, so that the series has no step.

    Parameters
    ----------
    posture : Posture
        From the network.
    angles : BackAngles
        From stickers.
    zero : StickerZero
        The standing reference's; known.
    yaw_deg : float
        Deviation of the camera from a side view.
    settings : Settings
        For the cut-off.

    Returns
    -------
    Posture
        With the stickers' angles.
    SecondEstimate
        The network's estimate for the same frames.
    """
    time_s = posture.time_s
    smooth = partial(lowpass, time_s, cutoff_hz=settings.filter_cutoff_hz)
    trunk = smooth(angles.trunk_deg - zero.trunk_deg)
    pelvis = smooth(angles.pelvis_deg - zero.pelvis_deg)
    usable = ~np.isin(posture.reason, BINDING)
    measured = usable & np.isfinite(trunk) & np.isfinite(pelvis)
    trunk, pelvis = (np.where(measured, one, np.nan) for one in (trunk, pelvis))
    trunk_sd, pelvis_sd = _spread(angles, trunk, yaw_deg)
    measurable = posture.measurable | measured
    old_tilt = np.where(posture.measurable, posture.pelvic_tilt_deg, np.nan)
    tilt = filled(time_s, pelvis, old_tilt)
    lean = filled(time_s, trunk, np.where(posture.measurable, posture.trunk_lean_deg, np.nan))
    thigh = smooth(zero.thigh_deg - angles.thigh_deg)
    hip = np.where(measured & np.isfinite(thigh), tilt + thigh, np.nan)
    moved = posture.hip_flexion_deg + np.nan_to_num(tilt - posture.pelvic_tilt_deg)
    carried = replace(
        posture,
        lumbar_flexion_deg=np.where(measurable, lean - tilt, np.nan),
        lumbar_flexion_sd_deg=np.where(
            measured, np.hypot(trunk_sd, pelvis_sd), posture.lumbar_flexion_sd_deg
        ),
        pelvic_tilt_deg=np.where(measurable, tilt, np.nan),
        pelvic_tilt_sd_deg=np.where(measured, pelvis_sd, posture.pelvic_tilt_sd_deg),
        trunk_lean_deg=np.where(np.isfinite(lean), lean, posture.trunk_lean_deg),
        trunk_lean_sd_deg=np.where(measured, trunk_sd, posture.trunk_lean_sd_deg),
        hip_flexion_deg=filled(time_s, hip, moved),
        measurable=measurable,
        reason=np.where(measured, "", posture.reason),
    )
    return carried, SecondEstimate("network", posture.lumbar_flexion_deg, measured)


def _spread(angles: BackAngles, trunk: FloatArray, yaw_deg: float) -> tuple[FloatArray, FloatArray]:
    """Return the standard deviations of thorax and pelvis, degrees."""
    flexion_share = np.clip(np.abs(np.nan_to_num(trunk)) / FULL_BEND_DEG, 0.0, 1.0)
    yaw = np.radians(np.nan_to_num(yaw_deg))
    oblique = np.degrees(YAW_SHARE * yaw**2) * flexion_share
    trunk_sd, pelvis_sd = (
        np.sqrt(still**2 + (full * flexion_share) ** 2 + oblique**2)
        for still, full in (angles.spread.trunk_deg, angles.spread.pelvis_deg)
    )
    return trunk_sd, pelvis_sd


def come_loose(angles: BackAngles, zero: StickerZero) -> bool:
    """Return whether L3 turns by more than lies between its neighbours: one of the three is loose.

    Parameters
    ----------
    angles : BackAngles
        From printed stickers.
    zero : StickerZero
        The standing reference's.
    """
    trunk = angles.trunk_deg - zero.trunk_deg
    pelvis = angles.pelvis_deg - zero.pelvis_deg
    middle = angles.middle_deg - zero.middle_deg
    known = np.isfinite(trunk) & np.isfinite(pelvis) & np.isfinite(middle)
    if not known.any():
        return False
    outside = np.maximum(middle - np.maximum(trunk, pelvis), np.minimum(trunk, pelvis) - middle)
    return bool((outside[known] > LOOSE_DEG).mean() >= LOOSE_SHARE)
