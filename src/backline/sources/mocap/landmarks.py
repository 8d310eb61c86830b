"""Landmarks of a recording of markers, to be written: named by role, in OpenSim's axes."""

from __future__ import annotations

import numpy as np

from backline.formats.opensim import Markers
from backline.model.posture import FloatArray
from backline.sources.angles.axes import Lifter


def landmarks_of(lifter: Lifter, time_s: FloatArray) -> Markers:
    """Return the landmarks in metres: x to where the pelvis faces, y up, z to the lifter's right.

    The axes are the laboratory's, turned about the vertical by one angle for the whole recording;
    the origin stays where it was. What was withheld is NaN, as what was not seen.

    Parameters
    ----------
    lifter : Lifter
        Landmarks with the third coordinate up.
    time_s : ndarray, shape (n,)
        Seconds.
    """
    ahead = np.nansum(lifter.forward, axis=0)
    length = float(np.hypot(ahead[0], ahead[1]))
    x = np.array([ahead[0], ahead[1], 0.0]) / length if length > 0 else np.array([1.0, 0.0, 0.0])
    up = np.array([0.0, 0.0, 1.0])
    axes = np.stack([x, up, np.cross(x, up)])
    positions = np.stack([place @ axes.T for place in lifter.at.values()], axis=1)
    return Markers(time_s, tuple(marker_name(role) for role in lifter.at), positions, "m")


def marker_name(role: str) -> str:
    """Return what a landmark is called in files: its role, hip joint centres as ``HJC``.

    Read again, each name is the same landmark; "hip" alone is another program's hip.
    """
    return role.replace("HIP_", "HJC_")
