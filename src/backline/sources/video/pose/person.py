"""One person in one picture: body points in BlazePose order and mask; the engine interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

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


@dataclass(frozen=True)
class Person:
    """One person in one picture.

    Parameters
    ----------
    points : ndarray, shape (33, 3)
        Body points in BlazePose order: x and y in pixels of the given picture (the centre of
        the top left pixel is (0, 0)), and confidence 0 to 1 that the point is seen.
    mask : ndarray, shape (h, w)
        Probability 0 to 1 that a pixel of the given picture belongs to the person.
    world : ndarray, shape (33, 3), or None
        The same points in metres about the middle of the hips: x right and y down in the
        picture, z away from the camera; None where the engine does not say depth.
    mask_scale : float
        Mask pixels for each picture pixel; 1 where the mask has the picture's size.
    """

    points: NDArray[np.float32]
    mask: NDArray[np.float32]
    world: NDArray[np.float32] | None = None
    mask_scale: float = 1.0


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
    """A pose engine that can also be told where to look."""

    def find_in(
        self, picture: NDArray[np.uint8], centre: tuple[float, float], side_px: float
    ) -> Person | None:
        """Return the person in an upright square of an RGB picture, or None; track them on.

        ``centre`` is the middle of the square, x and y in pixels: a person's hips.
        """
        ...
