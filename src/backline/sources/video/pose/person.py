"""One person in one picture: body points in BlazePose order and mask; the engine interface."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, Self, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.model.measurement import EngineInfo

# Body points of BlazePose, and the index of each.
POINT_COUNT = 33
NOSE = 0
LEFT_EAR, RIGHT_EAR = 7, 8
LEFT_SHOULDER, RIGHT_SHOULDER = 11, 12
LEFT_ELBOW, RIGHT_ELBOW = 13, 14
LEFT_WRIST, RIGHT_WRIST = 15, 16
LEFT_PINKY, RIGHT_PINKY = 17, 18
LEFT_INDEX, RIGHT_INDEX = 19, 20
LEFT_HIP, RIGHT_HIP = 23, 24
LEFT_KNEE, RIGHT_KNEE = 25, 26
LEFT_ANKLE, RIGHT_ANKLE = 27, 28
LEFT_HEEL, RIGHT_HEEL = 29, 30
LEFT_TOE, RIGHT_TOE = 31, 32


Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class PlacedMask:
    """A small mask that covers a rotated part of a picture; only what is read of it is computed.

    Parameters
    ----------
    values : ndarray of float32, shape (h, w)
        Probability 0 to 1 of the person.
    matrix : ndarray, shape (2, 3)
        Map from the picture's pixels to those of ``values``.
    width, height : int
        The picture's size, pixels.
    part : tuple of int
        x0, y0, x1, y1: the part of the picture that was searched, pixels; beyond it nobody is.
    """

    values: NDArray[np.float32]
    matrix: NDArray[np.float64]
    width: int
    height: int
    part: tuple[int, int, int, int]

    def within(self, box: Box) -> NDArray[np.float32]:
        """Return the mask, shape (height, width), computed within x0, y0, x1, y1; 0 elsewhere."""
        full = np.zeros((self.height, self.width), np.float32)
        low = np.clip(np.maximum(np.floor(box[:2]), self.part[:2]), 0, None).astype(int)
        high = np.minimum(np.minimum(np.ceil(box[2:]), self.part[2:]), full.shape[::-1]).astype(int)
        if (low < high).all():
            matrix = self.matrix.copy()
            matrix[:, 2] += matrix[:, :2] @ low
            part = full[low[1] : high[1], low[0] : high[0]]
            how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            cv2.warpAffine(self.values, matrix, part.shape[::-1], part, how)
        return full

    def moved(self, x0: int, y0: int, width: int, height: int) -> Self:
        """Return the mask in a larger picture, in which this one begins at (x0, y0)."""
        left, top, right, bottom = self.part
        matrix = self.matrix.copy()
        matrix[:, 2] -= matrix[:, :2] @ (x0, y0)
        part = (left + x0, top + y0, right + x0, bottom + y0)
        return replace(self, matrix=matrix, width=width, height=height, part=part)


@dataclass(frozen=True)
class Person:
    """One person in one picture.

    Parameters
    ----------
    points : ndarray, shape (33, 3)
        Body points in BlazePose order: x and y in pixels of the given picture (the centre of
        the top left pixel is (0, 0)), and confidence 0 to 1 that the point is seen.
    silhouette : ndarray, shape (h, w), or PlacedMask
        Probability 0 to 1 that a pixel of the given picture belongs to the person; read it as
        `mask` or with `mask_within`.
    world : ndarray, shape (33, 3), or None
        The same points in metres about the middle of the hips: x right and y down in the
        picture, z away from the camera; None where the engine does not say depth.
    mask_scale : float
        Mask pixels for each picture pixel; 1 where the mask has the picture's size.
    """

    points: NDArray[np.float32]
    silhouette: NDArray[np.float32] | PlacedMask
    world: NDArray[np.float32] | None = None
    mask_scale: float = 1.0

    @cached_property
    def mask(self) -> NDArray[np.float32]:
        """The mask of the whole picture, at ``mask_scale`` of its size."""
        return self.mask_within((-np.inf, -np.inf, np.inf, np.inf))

    def mask_within(self, box: Box) -> NDArray[np.float32]:
        """Return the mask, at least within x0, y0, x1, y1 of the picture, pixels."""
        if not isinstance(self.silhouette, PlacedMask):
            return self.silhouette
        x0, y0, x1, y1 = ((side + 0.5) * self.mask_scale - 0.5 for side in box)
        return self.silhouette.within((x0 - 1, y0 - 1, x1 + 2, y1 + 2))


def check_picture(picture: NDArray[np.uint8]) -> None:
    """Raise `ValueError` if a picture is no RGB one, of shape (h, w, 3) and type uint8."""
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(
            f"expected a uint8 picture of shape (h, w, 3), got {picture.dtype} {picture.shape}"
        )


def grey_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the grey levels (h, w) of a picture; one that is grey is returned as it is."""
    if picture.ndim == 2:
        return picture
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


class PoseEngine(Protocol):
    """Finds one person in a picture. May track from frame to frame: call in order of time."""

    @property
    def info(self) -> EngineInfo:
        """Name, version and model hash, for the result's record."""
        ...

    def find(self, picture: NDArray[np.uint8]) -> Person | None:
        """Return the most prominent person of an RGB picture (h, w, 3), or None."""
        ...

    def reset(self) -> None:
        """Reset the tracking, so that the next picture is searched anew."""
        ...

    def close(self) -> None:
        """Free what the engine holds; it cannot be used afterwards."""
        ...


@runtime_checkable
class RegionPoseEngine(PoseEngine, Protocol):
    """A pose engine that also accepts the region to search."""

    def find_in(
        self,
        picture: NDArray[np.uint8],
        centre: tuple[float, float],
        side_px: float,
        turn_rad: float = 0.0,
    ) -> Person | None:
        """Return the person in a square of an RGB picture, or None; track them on.

        ``centre`` is the middle of the square, x and y in pixels: a person's hips. ``turn_rad`` is
        how far it is turned clockwise, the lean of their trunk.
        """
        ...
