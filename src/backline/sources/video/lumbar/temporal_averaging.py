"""Temporal averaging: neighbouring frames of one posture, whose mean has less noise.

Off line the frames before and after are averaged; live, `backline.live.causal_estimator` has only
those before. What counts as the same posture is the same in both (`same_posture`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.lumbar.contour_input import contour_of
from backline.sources.video.lumbar.picture_input import frame_of, laid_line

#: Frames within this time, and this distance of their body points (root mean square, trunk
#: lengths), are averaged before the network.
AROUND_S, SAME_POSTURE = 0.105, 0.04


def same_posture(features: NDArray[np.float32], of: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which frames show the posture of one frame.

    Parameters
    ----------
    features : ndarray, shape (n, POINT_FEATURES)
        Body points of the frames.
    of : ndarray, shape (POINT_FEATURES,)
        Body points of the one frame.
    """
    apart = np.sqrt(((features - of) ** 2).mean(axis=1))
    return np.asarray(apart <= SAME_POSTURE, dtype=np.bool_)


def neighbours(
    observations: ClipObservations, index: NDArray[np.int64], start: int, stop: int
) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """Find for some frames the neighbours that show the same posture.

    Their mean has less of
    the pose engine's noise, which differs from frame to frame.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations.
    index : ndarray of int, shape (m,)
        Frames that show the lifter.
    start, stop : int
        The part of ``index`` that is wanted.

    Returns
    -------
    ndarray of int, shape (k,)
        Frames that are needed: those wanted and those around them.
    list of ndarray of int
        For each frame wanted, which of these (as positions) show its posture, itself included.
    """
    time = observations.time_s[index]
    first = np.searchsorted(time, time[start:stop] - AROUND_S)
    last = np.searchsorted(time, time[start:stop] + AROUND_S, side="right")
    around = index[first[0] : last[-1]]
    features = observations.features[around]
    own = []
    for at, low, high in zip(range(start, stop), first, last, strict=True):
        window = np.arange(low, high) - first[0]
        own.append(window[same_posture(features[window], features[at - first[0]])])
    return around, own


def contours_of(
    observations: ClipObservations, index: NDArray[np.int64], trunk_px: float
) -> NDArray[np.float32]:
    """Return the back's contours of some frames as network input.

    Parameters
    ----------
    observations : ClipObservations
        The clip's observations.
    index : ndarray of int, shape (n,)
        Frames that show the lifter.
    trunk_px : float
        Trunk length in the standing posture, pixels.

    Returns
    -------
    ndarray of float32, shape (n, POINTS, 4)
        See :func:`backline.sources.video.lumbar.contour_input.contour_of`.
    """
    facing = observations.facing
    lines = np.stack([
        laid_line(observations.back_line[i], frame_of(observations.points[i], trunk_px, facing))
        for i in index
    ])  # fmt: skip
    return contour_of(
        lines, observations.back_visible[index], observations.back_sd_px[index] / trunk_px
    )
