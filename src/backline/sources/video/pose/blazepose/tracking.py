"""Tracking from frame to frame: the alignment points, smoothed as MediaPipe does.

The graph smooths them always, also where its points are not smoothed, with a One Euro filter
(Casiez 2012, https://doi.org/10.1145/2207676.2208639), so that the region follows a moving person
at once and does not jitter with a still one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backline.sources.video.pose.blazepose.region import (
    Float32s,
    Region,
    aligned,
    circle_px,
    size_of,
)

STEP_S = 0.033333
"""Time between two pictures, seconds: MediaPipe takes this, whatever the camera's rate."""
LEAST_CUTOFF_HZ = float(np.float32(0.01))
CUTOFF_SLOPE = 10.0
"""Cut-off added for each diameter of the circle around the body that a point moves in a second."""
SPEED_CUTOFF_HZ = 1.0  # cut-off of the speed itself (MediaPipe's derivative cut-off)
_ONE, _TWO = np.float32(1.0), np.float32(2.0)


class RegionTracker:
    """The next picture's region, from the alignment points of the pictures before."""

    def __init__(self) -> None:
        self.region: Region | None = None
        self._last: Float32s | None = None
        self._smooth = np.zeros((2, 2), np.float32)
        self._speed = np.zeros((2, 2), np.float32)

    def follow(self, alignment: Float32s, height_px: int, width_px: int) -> None:
        """Add a picture's alignment points.

        Parameters
        ----------
        alignment : ndarray of float32, shape (2, 2)
            The middle of the hips and the point on the circle, as shares of the picture.
        height_px, width_px : int
            The picture's size.
        """
        size = size_of(height_px, width_px)
        points = alignment * size
        diameter = np.add(*circle_px(alignment, height_px, width_px)) / _TWO
        if self._last is None:
            self._smooth = points
        elif diameter > 0:
            gone = (points.astype(np.float64) - self._last) * np.float64(_ONE / diameter)
            self._speed = _mixed(SPEED_CUTOFF_HZ, gone / STEP_S, self._speed)
            cutoff_hz = LEAST_CUTOFF_HZ + CUTOFF_SLOPE * np.abs(self._speed.astype(np.float64))
            self._smooth = _mixed(cutoff_hz, points, self._smooth)
        self._last = points
        self.region = aligned(self._smooth / size, height_px, width_px)

    def forget(self) -> None:
        """Reset the filters."""
        self.region, self._last = None, None
        self._speed = np.zeros((2, 2), np.float32)


def _mixed(
    cutoff_hz: float | NDArray[np.float64],
    newest: Float32s | NDArray[np.float64],
    before: Float32s,
) -> Float32s:
    """Return the next values of a low pass of first order, kept in single precision."""
    share = np.float32(1.0 / (1.0 + 1.0 / (2 * np.pi * cutoff_hz * STEP_S)))
    new = (share * newest.astype(np.float32)).astype(np.float64)
    old = (1.0 - np.float64(share)) * before.astype(np.float64)
    return np.asarray(new + old, dtype=np.float32)
