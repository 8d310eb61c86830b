"""ClipObservations: per-frame observations of a clip, before any angle is computed."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.model.measurement import Side
from backline.model.posture import BoolArray, FloatArray
from backline.sources.video.lumbar.picture_input import CROP_HEIGHT, CROP_WIDTH, RIM

DRAWN, LEFT_OUT = 1, 2
"""Codes: the back line was drawn by hand; a person marked the back as not visible."""
CROP_SHAPE = (2, CROP_HEIGHT + 2 * RIM, CROP_WIDTH + 2 * RIM)


class CropSpool:
    """Crops of a whole clip on disk, so that memory does not grow with the clip's length."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="backline-cuts-")  # noqa: SIM115 - close()
        self._count = 0

    def add(self, crop: NDArray[np.uint8]) -> int:
        """Append a crop of shape CROP_SHAPE; return its row."""
        if crop.shape != CROP_SHAPE:
            raise ValueError(f"crop: expected shape {CROP_SHAPE}, got {crop.shape}")
        self._file.seek(0, os.SEEK_END)  # reading moves the file position
        self._file.write(np.ascontiguousarray(crop).tobytes())
        self._count += 1
        return self._count - 1

    def rows(self, index: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Read rows back; shape (len(index), *CROP_SHAPE)."""
        self._file.flush()
        size = int(np.prod(CROP_SHAPE))
        out = np.empty((len(index), *CROP_SHAPE), np.uint8)
        for k, row in enumerate(index):
            self._file.seek(int(row) * size)
            out[k] = np.frombuffer(self._file.read(size), np.uint8).reshape(CROP_SHAPE)
        return out

    def close(self) -> None:
        """Delete the file."""
        self._file.close()

    def __len__(self) -> int:
        return self._count


@dataclass(frozen=True)
class ClipObservations:
    """Per-frame observations of a clip, n frames.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Each frame's own time, seconds.
    points : ndarray, shape (n, 33, 3)
        Body points: pixels and confidence; NaN where no person was found.
    lean_deg : ndarray, shape (n,)
        Forward lean of the hip-to-shoulder line in the picture, NaN where no person was found.
    features : ndarray, shape (n, POINT_FEATURES)
        Point features at the scale ``trunk_px``; NaN where no person was found.
    crop_row : ndarray of int, shape (n,)
        Row of each frame's crop in ``crops``, -1 where no person was found.
    crops : CropSpool
        The crops, at the scale ``trunk_px``.
    back_line : ndarray, shape (n, 48, 2)
        The back's contour, pixels; NaN where there is none.
    back_visible : ndarray of bool, shape (n, 48)
        Whether each of its points is the lifter's own back.
    back_sd_px : ndarray, shape (n, 48)
        One standard deviation of each point across the contour, pixels; NaN where there is none.
    curve_deg : ndarray, shape (n,)
        Angle between the contour's tangents over T12 and S1, + lordotic; NaN unknown.
    plate_px : ndarray, shape (n, 2)
        Middle of the plate that faces the camera, pixels; NaN where there is none.
    trunk_px : float
        The scale of the crops: trunk length, pixels.
    facing : int
        +1 if the lifter looks to the right, -1 to the left.
    side : {"left", "right"}
        The lifter's side that faces the camera.
    camera_moving : bool
        Whether the camera moved beyond what can be compensated.
    camera_moved_px : float
        Largest displacement of the picture from its median position, pixels.
    width_px, height_px : int
        Picture size.
    brightness : ndarray, shape (n,)
        Mean grey level of the lifter's crop, 0 to 255.
    rivals : int
        Other people of about the lifter's size who lift in the picture too.
    shot : ndarray of int, shape (n,), optional
        Number of the shot that each frame belongs to (see `backline.sources.video.shots`); all
        0 where left out.
    measured_shot : int
        Number of the one that is measured.
    by_hand : ndarray of int8, shape (n,), optional
        `DRAWN` or `LEFT_OUT` where a person corrected the frame, else 0; all 0 where left out.
    hand_sd_deg : ndarray, shape (n,), optional
        Uncertainty of lumbar flexion from drawing by hand, one standard deviation, degrees.
    """

    time_s: FloatArray
    points: NDArray[np.float32]
    lean_deg: FloatArray
    features: NDArray[np.float32]
    crop_row: NDArray[np.int64]
    crops: CropSpool
    back_line: NDArray[np.float32]
    back_visible: BoolArray
    back_sd_px: NDArray[np.float32]
    curve_deg: FloatArray
    plate_px: FloatArray
    trunk_px: float
    facing: int
    side: Side
    camera_moving: bool
    camera_moved_px: float
    width_px: int
    height_px: int
    brightness: FloatArray
    rivals: int = 0
    shot: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    measured_shot: int = 0
    by_hand: NDArray[np.int8] = field(default_factory=lambda: np.empty(0, np.int8))
    hand_sd_deg: FloatArray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        if len(self.by_hand) != len(self.time_s):
            object.__setattr__(self, "by_hand", np.zeros(len(self.time_s), dtype=np.int8))
        if len(self.hand_sd_deg) != len(self.time_s):
            object.__setattr__(self, "hand_sd_deg", np.zeros(len(self.time_s)))
        if len(self.shot) != len(self.time_s):
            object.__setattr__(self, "shot", np.zeros(len(self.time_s), dtype=np.int64))

    @property
    def in_shot(self) -> BoolArray:
        """Whether the frame belongs to the shot that is measured, shape (n,)."""
        return np.asarray(self.shot == self.measured_shot, dtype=np.bool_)

    @property
    def found(self) -> BoolArray:
        """Whether the lifter was found, shape (n,)."""
        return self.crop_row >= 0

    def joint(self, left: int) -> FloatArray:
        """Return a joint of the visible side, pixels, shape (n, 2); ``left`` is its left index."""
        return np.asarray(self.points[:, left + (self.side == "right"), :2], dtype=np.float64)


def stretch_of(observations: ClipObservations, start_s: float, end_s: float) -> ClipObservations:
    """Return a clip's observations of one stretch; the spool of crops stays the whole clip's.

    Parameters
    ----------
    observations : ClipObservations
        The whole clip's.
    start_s, end_s : float
        First and last moment of the stretch, seconds.
    """
    inside = (observations.time_s >= start_s) & (observations.time_s <= end_s)
    parts: dict[str, Any] = {
        item.name: value[inside]
        for item in fields(ClipObservations)
        if isinstance(value := getattr(observations, item.name), np.ndarray)
    }
    return replace(observations, **parts)
