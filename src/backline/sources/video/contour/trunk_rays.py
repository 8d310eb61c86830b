"""Rays from the trunk's axis through the back: body-fixed coordinates of its contour.

A ray starts on the line from the hip to the neck and points to the back; around the hip the rays
fan out from "behind the trunk" to "behind the thigh", so that they meet the buttock at a right
angle in standing and in the deepest squat. Ray ``i`` thus meets the same point of the body in
every frame, whatever the posture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

TRUNK_RAYS = 46  # from neck to hip: 1.3 cm apart
FAN_RAYS = 14  # about the hip
THIGH_RAYS = 4  # below it
RAY_COUNT = TRUNK_RAYS + FAN_RAYS + THIGH_RAYS

# C7 in shoulder-to-hip lengths above the hip: cervicale, acromion and trochanter stand at 0.865,
# 0.82 and 0.53 of body height (ANSUR, Gordon 1989); pose engines mark the shoulder's joint, about
# 0.01 below the acromion: (0.865 - 0.53) / (0.81 - 0.53) = 1.2. A little less keeps off the hair.
NECK_END = 1.15
# The fold under the buttock lies about a seventh of the thigh below the hip joint (same survey:
# gluteal furrow at 0.47, trochanter at 0.53, knee at 0.28 of body height: 0.06 / 0.25 = 0.24
# below the trochanter; the hip joint is a little higher). The fold itself is left out.
FOLD_END = 0.15
MAX_FAN_DEG = 150.0
"""Largest hip flexion that the fan of rays around the hip opens to, degrees."""


@dataclass(frozen=True)
class TrunkRays:
    """Rays of one frame.

    Parameters
    ----------
    origins, directions : ndarray, shape (RAY_COUNT, 2)
        Start in pixels and unit direction (to the back) of each ray, neck first.
    trunk_px : float
        Distance from hip to shoulder, pixels.
    hip_flexion_deg : float
        Angle between trunk and thigh, 0 standing, never negative.
    """

    origins: NDArray[np.float64]
    directions: NDArray[np.float64]
    trunk_px: float
    hip_flexion_deg: float

    def at(self, depth_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the positions (RAY_COUNT, 2) at ``depth_px`` along each ray, pixels."""
        return self.origins + self.directions * depth_px[:, None]

    def moved(self, x0: float, y0: float) -> TrunkRays:
        """Return the same rays in a crop whose top left pixel is (x0, y0)."""
        return replace(self, origins=self.origins - (x0, y0))


def dorsal_normal(up: NDArray[np.float64], facing: int) -> NDArray[np.float64]:
    """Return the unit normal that points to the back of a segment.

    Parameters
    ----------
    up : ndarray, shape (2,)
        Unit direction along the segment towards the head, pixels (y down).
    facing : int
        +1 where the lifter looks to the right of the picture, -1 to the left.
    """
    return np.asarray(facing * np.array([up[1], -up[0]]), dtype=float)


def trunk_rays(
    shoulder: NDArray[np.floating[Any]],
    hip: NDArray[np.floating[Any]],
    knee: NDArray[np.floating[Any]],
    facing: int,
    trunk_px: float | None = None,
) -> TrunkRays:
    """Construct the rays of one posture.

    Parameters
    ----------
    shoulder, hip, knee : ndarray, shape (2,)
        Of the side that faces the camera, pixels.
    facing : int
        +1 where the lifter looks to the right of the picture, -1 to the left.
    trunk_px : float, optional
        The lifter's usual hip-to-shoulder distance, steadier than this frame's own.

    Raises
    ------
    ValueError
        If hip and shoulder, or hip and knee, coincide.
    """
    up, seen_px = _unit(np.asarray(shoulder, float) - np.asarray(hip, float))
    thigh_up, thigh_px = _unit(np.asarray(hip, float) - np.asarray(knee, float))
    length = trunk_px or seen_px
    behind = dorsal_normal(up, facing)
    behind_thigh = dorsal_normal(thigh_up, facing)
    # Flexion turns the thigh's back from behind the trunk to below it.
    flexion = -facing * np.arctan2(
        behind[0] * behind_thigh[1] - behind[1] * behind_thigh[0], behind @ behind_thigh
    )
    fan_rad = float(np.clip(flexion, 0.0, np.radians(MAX_FAN_DEG)))
    heights = np.linspace(NECK_END, 0.0, TRUNK_RAYS) * length
    turns = -facing * np.linspace(0.0, fan_rad, FAN_RAYS + 1)[1:]
    fan = np.stack(
        [
            behind[0] * np.cos(turns) - behind[1] * np.sin(turns),
            behind[0] * np.sin(turns) + behind[1] * np.cos(turns),
        ],
        axis=1,
    )
    down_thigh = np.linspace(0.0, FOLD_END, THIGH_RAYS + 1)[1:] * thigh_px
    hip_xy = np.asarray(hip, float)
    origins = np.concatenate(
        [
            hip_xy + heights[:, None] * up,
            np.repeat(hip_xy[None], FAN_RAYS, axis=0),
            hip_xy - down_thigh[:, None] * thigh_up,
        ]
    )
    directions = np.concatenate(
        [np.repeat(behind[None], TRUNK_RAYS, axis=0), fan, np.repeat(fan[-1:], THIGH_RAYS, axis=0)]
    )
    return TrunkRays(origins, directions, float(length), float(np.degrees(fan_rad)))


def unfold(
    picture: NDArray[np.uint8] | NDArray[np.float32],
    rays: TrunkRays,
    depths_px: NDArray[np.float64],
    scale: float = 1.0,
) -> NDArray[np.float32]:
    """Sample a picture along the rays: a straightened strip of the back.

    Parameters
    ----------
    picture : ndarray, shape (h, w) or (h, w, c)
        Any picture; it is read between pixels (bilinear), and held constant beyond its border.
    rays : TrunkRays
        In pixels of the full picture.
    depths_px : ndarray, shape (d,) or (RAY_COUNT, d)
        Positions along each ray, pixels.
    scale : float
        Pixels of ``picture`` for each pixel of the full picture.

    Returns
    -------
    ndarray, shape (RAY_COUNT, d) or (RAY_COUNT, d, c)
        float32.
    """
    return sampled(picture, *places_along(rays, depths_px, scale)).astype(np.float32, copy=False)


def places_along(
    rays: TrunkRays, depths_px: NDArray[np.float64], scale: float = 1.0
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return x and y of the places along the rays, for several pictures; see :func:`unfold`."""
    x, y = (
        ((start[:, None] + way[:, None] * depths_px + 0.5) * scale - 0.5).astype(np.float32)
        for start, way in zip(rays.origins.T, rays.directions.T, strict=True)
    )
    return x, y


def sampled(
    picture: NDArray[np.uint8] | NDArray[np.float32],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
) -> NDArray[Any]:
    """Return a picture's values at places, in its own type; see :func:`unfold`."""
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _unit(vector: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    length = float(np.hypot(vector[0], vector[1]))
    if not length > 0.0:
        raise ValueError("expected two different body points, got twice the same place")
    return vector / length, length
