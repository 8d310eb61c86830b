"""Raw angles: what a recording shows before the reference is subtracted; shared by sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.model.posture import BoolArray, FloatArray, WholeBodyMotion


@dataclass(frozen=True)
class Spread:
    """Standard deviations of two segments, from standing to a full bend.

    Parameters
    ----------
    pelvis_deg, trunk_deg : (float, float)
        In the standing posture, and what is added (as a variance) at `FULL_BEND_DEG`.
    source : str
        Where the numbers are from.
    """

    pelvis_deg: tuple[float, float]
    trunk_deg: tuple[float, float]
    source: str


FULL_BEND_DEG = 90.0
"""Trunk lean at which the skin's movement is complete, degrees."""


@dataclass(frozen=True, eq=False)
class RawAngles:
    """Angles of n frames against the vertical or each other, degrees; NaN where not seen.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    pelvis_deg : ndarray, shape (n,)
        Pelvis, + anterior; any zero.
    trunk_deg : ndarray, shape (n,)
        Thorax, + forward; any zero.
    thoracic_deg : ndarray, shape (n,)
        Bend of the thorax, + rounded; any zero.
    curve_deg : ndarray, shape (n,)
        Lumbar curve, + lordotic.
    hip_deg, knee_deg, ankle_deg : ndarray, shape (n,)
        + flexion; knee from a straight leg.
    hip_zero_in_standing : bool
        Whether hip and ankle read zero in the standing posture (they do in a model already).
    motion : WholeBodyMotion
        Where the body is.
    doubtful : ndarray of bool, shape (n,)
        Frames with filled-in values: their standard deviation is doubled.
    blocked : ndarray of str, shape (n,)
        Reason code where the low back must not be measured although there are values, else ``""``.
    missing : str
        Code for frames in which pelvis or trunk is NaN.
    spread : Spread
        Uncertainty.
    """

    time_s: FloatArray
    pelvis_deg: FloatArray
    trunk_deg: FloatArray
    thoracic_deg: FloatArray
    curve_deg: FloatArray
    hip_deg: FloatArray
    knee_deg: FloatArray
    ankle_deg: FloatArray
    hip_zero_in_standing: bool
    motion: WholeBodyMotion
    doubtful: BoolArray
    blocked: NDArray[np.str_]
    missing: str
    spread: Spread

    @property
    def visible(self) -> BoolArray:
        """Frames in which both pelvis and trunk are known."""
        return np.asarray(
            np.isfinite(self.pelvis_deg) & np.isfinite(self.trunk_deg), dtype=np.bool_
        )
