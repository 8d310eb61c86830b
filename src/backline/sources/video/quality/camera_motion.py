"""Tracks the camera's own motion, from the part of the picture outside the lifter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.sources.video.pose.person import grey_of

TRACK_SIDE_PX = 480
"""The longer side of the reduced picture that is tracked, pixels."""
MAX_CORNERS = 90  # tracked at a time: enough for a median, fast enough for each frame
MIN_CORNERS = 12
"""With fewer consistent corners than this the camera's position is unknown."""
PLACE_LIMIT = 0.06
"""Camera movement over the clip that can be compensated, as a share of the picture's diagonal."""
PER_FRAME_LIMIT = 0.01
"""The same from frame to frame: beyond it motion blur and rolling shutter distort the picture."""
ZOOM_LIMIT, ZOOM_PERCENTILES = 0.1, (2.0, 98.0)
"""Change of the picture's scale over the clip, as a share, that is a camera that zooms or walks,
and the percentiles that it is taken between (20 real clips: 0.01 at most)."""
LOST_LIMIT = 0.25
"""Share of frames with unknown camera position from which the clip counts as moving."""
CHAIN_FROM = 0.15
"""Once the picture has moved by this share of its longer side, frames that cannot be registered to
the reference are registered to the last registered frame: the reference leaves the view. For
smaller movements the cause is another one, and corners of the last frame may be the lifter's."""
STILL_LIMIT = 0.005
"""A camera whose known positions stay within this share of the diagonal is still: the other frames
only lack corners to track."""

Affine = NDArray[np.float64]


@dataclass(frozen=True)
class CameraMotion:
    """How the camera moved over a clip.

    Parameters
    ----------
    per_frame_px : float
        95th percentile of the picture's shift from frame to frame, pixels.
    total_px : float
        Largest displacement of the picture from its median position, pixels.
    span_px : float
        From one end of the movement to the other, pixels.
    lost : float
        Share of the frames with unknown camera position, 0 to 1.
    moving : bool
        Whether the movement is beyond what can be compensated.
    """

    per_frame_px: float
    total_px: float
    span_px: float
    lost: float
    moving: bool


class CameraTracker:
    """Finds the affine map from a reference picture to each further picture.

    Parameters
    ----------
    reference : ndarray of uint8, shape (h, w, 3)
        A picture of the clip, best one near its middle.
    people : ndarray, shape (h, w), optional
        Probability of a person; corners are searched for elsewhere.
    """

    def __init__(
        self, reference: NDArray[np.uint8], people: NDArray[np.float32] | None = None
    ) -> None:
        height, width = reference.shape[:2]
        self._scale = min(1.0, TRACK_SIDE_PX / max(height, width))
        self._reference = self._reduced(reference)
        allowed = np.full(self._reference.shape, 255, np.uint8)
        if people is not None:
            size = (self._reference.shape[1], self._reference.shape[0])
            person = (cv2.resize(people, size) > 0.3).astype(np.uint8)
            allowed[cv2.dilate(person, np.ones((15, 15), np.uint8)) > 0] = 0
        self._corners = _corners_of(self._reference, allowed)
        self._last = self._corners.copy()
        self._placed: tuple[NDArray[np.uint8], Affine] | None = None

    def place(self, picture: NDArray[np.uint8]) -> Affine | None:
        """Return the map (2, 3) from reference to this picture, full-size pixels; None unknown.

        The picture may be grey (h, w).
        """
        reduced = self._reduced(picture)
        matrix = _followed(self._reference, reduced, self._corners, self._last)
        if matrix is not None:
            self._last = cv2.transform(self._corners, matrix).astype(np.float32)
        else:
            matrix = self._chained(reduced)
        if matrix is None:
            return None
        self._placed = (reduced, matrix)
        full = matrix.copy()
        full[:, 2] /= self._scale
        return full

    def _chained(self, reduced: NDArray[np.uint8]) -> Affine | None:
        """Register a picture to the last registered one, where the camera has turned away."""
        if self._placed is None:
            return None
        last, place = self._placed
        height, width = last.shape
        centre = np.array([width / 2.0, height / 2.0])
        if np.linalg.norm(place[:, :2] @ centre + place[:, 2] - centre) < CHAIN_FROM * max(
            width, height
        ):
            return None
        corners = _corners_of(last, None)
        step = _followed(last, reduced, corners, corners)
        if step is None:
            return None
        return np.asarray((np.vstack([step, [0, 0, 1]]) @ np.vstack([place, [0, 0, 1]]))[:2])

    def _reduced(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        grey = grey_of(picture)
        if self._scale == 1.0:
            return grey
        small = cv2.resize(grey, None, fx=self._scale, fy=self._scale, interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.uint8)


def _corners_of(grey: NDArray[np.uint8], allowed: NDArray[np.uint8] | None) -> NDArray[np.float32]:
    """Return corners that can be tracked, shape (n, 1, 2)."""
    corners = cv2.goodFeaturesToTrack(
        grey, MAX_CORNERS, qualityLevel=0.02, minDistance=12, mask=allowed
    )
    none = np.zeros((0, 1, 2), np.float32)
    return none if corners is None else np.asarray(corners, dtype=np.float32)


def _followed(
    before: NDArray[np.uint8],
    now: NDArray[np.uint8],
    corners: NDArray[np.float32],
    guess: NDArray[np.float32],
) -> Affine | None:
    """Return the map from one reduced picture to another by its corners; None unknown."""
    if len(corners) < MIN_CORNERS:
        return None
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        before,
        now,
        corners,
        guess.copy(),
        winSize=(15, 15),
        maxLevel=2,
        criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 12, 0.02),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    good = found.ravel() == 1
    if good.sum() < MIN_CORNERS:
        return None
    matrix, inliers = cv2.estimateAffinePartial2D(
        corners[good], moved[good], method=cv2.RANSAC, ransacReprojThreshold=1.0
    )
    if matrix is None or inliers.sum() < max(MIN_CORNERS, 0.35 * len(corners)):
        return None
    return np.asarray(matrix, dtype=float)


def camera_motion(places: Sequence[Affine | None], width_px: int, height_px: int) -> CameraMotion:
    """Summarise the camera's motion.

    Parameters
    ----------
    places : sequence of (2, 3) arrays or None
        Map from the reference to each frame in order of time, None where unknown.
    width_px, height_px : int
        Picture size.
    """
    diagonal = float(np.hypot(width_px, height_px))
    centre = np.array([width_px / 2.0, height_px / 2.0, 1.0])
    seen = np.array([np.full(2, np.nan) if p is None else p @ centre for p in places])
    seen = seen.reshape(-1, 2)
    known = np.isfinite(seen[:, 0])
    lost = 1.0 - float(known.mean()) if len(known) else 1.0
    if not known.any():
        # The reference is one of the frames: unknown everywhere means that it has no corners to
        # track, such as a plain wall, and says nothing about movement.
        nothing = float("nan")
        return CameraMotion(nothing, nothing, nothing, lost, moving=False)
    total = float(np.linalg.norm(seen[known] - np.median(seen[known], axis=0), axis=1).max())
    scale = np.array([np.hypot(*p[:, 0]) for p in places if p is not None])
    zoom = float(np.ptp(np.percentile(scale, ZOOM_PERCENTILES)))
    span = float(np.hypot(*np.ptp(seen[known], axis=0)))
    if zoom > ZOOM_LIMIT:
        span = max(span, zoom * diagonal / 2)  # that is how far the corners move
    steps = np.linalg.norm(np.diff(seen, axis=0), axis=1)
    steps = steps[np.isfinite(steps)]
    per_frame = float(np.percentile(steps, 95)) if len(steps) else 0.0
    moving = (
        total > PLACE_LIMIT * diagonal
        or zoom > ZOOM_LIMIT
        or per_frame > PER_FRAME_LIMIT * diagonal
        or (lost > LOST_LIMIT and total > STILL_LIMIT * diagonal)
    )
    return CameraMotion(per_frame, total, span, lost, moving)
