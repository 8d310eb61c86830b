"""The lumbar curve from markers on the spinous processes."""

from __future__ import annotations

import numpy as np

from backline.model.posture import FloatArray
from backline.sources.angles.axes import Lifter
from backline.sources.mocap.markersets import SPINE

UPPER, LOWER = ("T12", "L1"), ("S1", "L5")
"""One of each must be marked: the ends whose tangents are compared."""
CUBIC_FROM = 5
"""Markers from which a cubic is fitted (as to a flexicurve, see docs/references.md)."""


def lumbar_curve(lifter: Lifter) -> FloatArray:
    """Return the angle between the back's tangents at the ends of the marked lumbar spine.

    A polynomial through the markers (a parabola; a cubic from `CUBIC_FROM` markers on) over the
    chord from the lowest to the highest one gives the tangents.

    Parameters
    ----------
    lifter : Lifter
        Landmarks.

    Returns
    -------
    ndarray, shape (n,)
        Degrees, + lordotic; NaN with fewer than three markers, without one at each end, or in
        frames in which one of those at the ends is not seen.
    """
    n = len(lifter.forward)
    spine = [role for role in SPINE if role in lifter.at]
    top = next((role for role in UPPER if role in spine), None)
    low = next((role for role in LOWER if role in spine), None)
    if top is None or low is None or len(spine) < 3:
        return np.full(n, np.nan)
    inside = spine[spine.index(top) : spine.index(low) + 1]
    chord = lifter.sagittal(lifter.at[top] - lifter.at[low])
    length = np.hypot(*chord)
    along, across = [], []
    for role in inside:
        ahead, rise = lifter.sagittal(lifter.at[role] - lifter.at[low])
        along.append((ahead * chord[0] + rise * chord[1]) / length**2)
        across.append((ahead * chord[1] - rise * chord[0]) / length**2)
    s, y = np.stack(along, axis=1), np.stack(across, axis=1)
    ends = np.isfinite(y[:, 0]) & np.isfinite(y[:, -1])
    return _bend(s, y, ends)


def _bend(s: FloatArray, y: FloatArray, usable: FloatArray) -> FloatArray:
    """Return the angle between the fitted tangents at s = 0 and s = 1, shape (n,).

    ``y`` is the distance in front of the chord, both in chord lengths, shape (n, k).
    """
    known = np.isfinite(y)
    degree = 3 if y.shape[1] >= CUBIC_FROM else 2
    usable = usable & (known.sum(axis=1) > degree)
    out = np.full(len(y), np.nan)
    if not usable.any():
        return out
    powers = np.arange(degree + 1)
    weight = known[usable].astype(np.float64)
    x = np.where(known, s, 0.0)[usable][..., None] ** powers * weight[..., None]
    fit = np.linalg.pinv(x) @ (np.where(known, y, 0.0)[usable] * weight)[..., None]
    slope_low = fit[:, 1, 0]
    slope_top = (fit[:, 1:, 0] * powers[1:]).sum(axis=1)
    # going up, a lordotic back leads to the front above the sacrum and back again to T12
    out[usable] = np.degrees(np.arctan(slope_low) - np.arctan(slope_top))
    return out
