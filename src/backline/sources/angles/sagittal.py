"""From markers to angles in the lifter's sagittal plane.

Pelvis: the line from the middle of the PSIS to the middle of the ASIS. Trunk: the line from the
middle of the PSIS to C7. C7 is chosen because every set has it, because it lies at the far end (1
mm of skin on a line of 450 mm is 0.13 degrees, on the 200 mm up to T10 0.3), and because the
reference data are computed so. Its drawback: it includes thoracic flexion, which is therefore
measured too: the bend at T10 between the lines PSIS-T10 and T10-C7, the latter averaged with the
breast bone (STRN to CLAV, the same rigid rib cage seen from the front) where that is marked.
"""

from __future__ import annotations

import numpy as np

from backline.model.posture import FloatArray, WholeBodyMotion
from backline.sources.angles.axes import Lifter, mean_known
from backline.sources.angles.legs import legs_of
from backline.sources.angles.raw import RawAngles, Spread
from backline.sources.mocap.curve import lumbar_curve
from backline.sources.mocap.pelvis import fill_pelvis, hip_joints, pelvis_line

MARKER_SPREAD = Spread(
    pelvis_deg=(0.7, 2.3),
    trunk_deg=(0.7, 0.8),
    source="standing: marker error below 1 degree against X-ray (doi:10.3233/BMR-169750), shared "
    "by two segments; full bend: skin shifts over the spine by 10.2 +- 6.1 mm between "
    "flexed and extended (Zemp 2014), here as 6.1 mm on 150 mm of pelvis and on 450 mm "
    "of trunk",
)
"""Skin over bone, for markers that stay on the same skin from the standing reference on."""


def raw_angles(lifter: Lifter, time_s: FloatArray, side: str) -> RawAngles:
    """Work out the angles of a recording.

    Parameters
    ----------
    lifter : Lifter
        Landmarks in the lifter's axes.
    time_s : ndarray, shape (n,)
        Seconds.
    side : {"auto", "left", "right"}
        Leg that is measured; auto takes the mean of both.

    Returns
    -------
    RawAngles
        NaN where a marker that is needed is not seen.
    """
    n = len(time_s)
    at, filled = fill_pelvis(lifter.at)
    lifter = Lifter(at, lifter.forward, lifter.up_axis)
    front, back = pelvis_line(at)
    ahead, rise = lifter.sagittal(front - back)
    pelvis = np.degrees(np.arctan2(-rise, ahead))
    unknown = np.full(n, np.nan)
    trunk = lean_deg(lifter, back, at["C7"]) if "C7" in at else unknown
    legs = legs_of(lifter, hip_joints(at), side)
    return RawAngles(
        time_s=time_s,
        pelvis_deg=pelvis,
        trunk_deg=trunk,
        thoracic_deg=_thoracic(lifter, back),
        curve_deg=lumbar_curve(lifter),
        hip_deg=legs.thigh_deg + pelvis,
        knee_deg=legs.knee_deg,
        ankle_deg=legs.ankle_deg,
        hip_zero_in_standing=True,
        motion=WholeBodyMotion(legs.hip_height, legs.hip_travel, _hands(lifter)),
        doubtful=filled,
        blocked=np.full(n, "", dtype="<U16"),
        missing="marker_not_seen",
        spread=MARKER_SPREAD,
    )


def lean_deg(lifter: Lifter, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the lean of a line from the vertical, degrees, + forward."""
    ahead, rise = lifter.sagittal(high - low)
    return np.asarray(np.degrees(np.arctan2(ahead, rise)))


def _thoracic(lifter: Lifter, pelvis_back: FloatArray) -> FloatArray:
    """Return the bend at T10, + rounded; NaN without C7 and T10."""
    at = lifter.at
    if "T10" not in at or "C7" not in at:
        return np.full(len(pelvis_back), np.nan)
    upper = lean_deg(lifter, at["T10"], at["C7"])
    if "STRN" in at and "CLAV" in at:
        front = lean_deg(lifter, at["STRN"], at["CLAV"])
        apart = front - upper
        known = apart[np.isfinite(apart)]
        if len(known):  # the breast bone's own slope is subtracted before the two are averaged
            upper = mean_known([upper, front - float(np.median(known))])
    return upper - lean_deg(lifter, pelvis_back, at["T10"])


def _hands(lifter: Lifter) -> FloatArray:
    """Return how far the wrists hang below the shoulders, in trunk lengths."""
    shoulder = lifter.mean("SHOULDER_left", "SHOULDER_right")
    wrist = lifter.mean("WRIST_left", "WRIST_right", "WRIST_MEDIAL_left", "WRIST_MEDIAL_right")
    unknown = np.full(len(lifter.forward), np.nan)
    if shoulder is None or wrist is None:
        return unknown
    trunk = np.linalg.norm(shoulder - mean_known(list(hip_joints(lifter.at).values())), axis=1)
    known = trunk[np.isfinite(trunk)]
    if len(known) == 0:
        return unknown
    return np.asarray((shoulder - wrist)[:, 2] / float(np.median(known)))
