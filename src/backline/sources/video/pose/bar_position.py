"""Position of the bar in the picture: the centre of its plate, or the hand that grips it."""

from __future__ import annotations

import numpy as np

from backline.model.posture import FloatArray
from backline.signals.filters import lowpass
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.pose.person import LEFT_INDEX, LEFT_PINKY, LEFT_SHOULDER

#: Confidence below which a knuckle is not used (hidden by the plate or the thigh).
TRUSTED = 0.5
#: Share of the frames with the lifter that must show a plate, or a hand, for it to be tracked.
SHARE = 0.5


def bar_place(observations: ClipObservations) -> FloatArray:
    """Return the bar's position, pixels, shape (n, 2); NaN where it is not visible.

    The bar runs along the camera's line of sight, so that it shows as a point: the middle of the
    plate that faces the camera or, without plates, the fist. One of the two is used for a whole
    clip: a change between them would look like a movement.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations.
    """
    found = max(int(np.count_nonzero(observations.found)), 1)
    nothing = np.full((len(observations.time_s), 2), np.nan)
    for place in (np.asarray(observations.plate_px, dtype=np.float64), _fist(observations)):
        seen = np.isfinite(place[:, 0]) & observations.found
        if np.count_nonzero(seen) >= SHARE * found:
            return np.where(seen[:, None], place, nothing)
    return nothing


def bar_ahead(observations: ClipObservations, cutoff_hz: float) -> FloatArray:
    """Return how far the bar is in front of the shoulder, trunk lengths, shape (n,).

    Only its change means something: a plate is nearer to the camera than the lifter, and a camera
    that is not quite side-on shifts it by a constant.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations.
    cutoff_hz : float
        Zero-phase low-pass, Hz.
    """
    ahead = (
        (bar_place(observations) - observations.joint(LEFT_SHOULDER))[:, 0]
        * observations.facing
        / observations.trunk_px
    )
    return lowpass(observations.time_s, ahead, cutoff_hz)


def _fist(observations: ClipObservations) -> FloatArray:
    """Return the middle between the knuckles of index and little finger of the visible side."""
    knuckles = [n + (observations.side == "right") for n in (LEFT_INDEX, LEFT_PINKY)]
    middle = np.asarray(observations.points[:, knuckles, :2].mean(axis=1), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        sure = (observations.points[:, knuckles, 2] >= TRUSTED).all(axis=1)
    return np.where(sure[:, None], middle, np.nan)
