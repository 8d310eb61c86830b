"""The camera: its position, and the projection of points in space into its picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.phantom.body import Array


@dataclass(frozen=True)
class Camera:
    """Where the camera stands.

    Parameters
    ----------
    yaw_deg : float
        Off a pure side view, degrees; + looks from the front quarter.
    side : {"left", "right"}
        Which side of the lifter it sees.
    distance_m, height_m : float
        From the lifter's mid-foot, and above the floor.
    fill : float
        Share of the picture's height that the standing lifter takes.
    roll_deg : float
        Camera roll, degrees.
    width_px, height_px : int
        Picture size.
    offset : tuple of float
        Where the lifter stands off the picture's middle, shares of width and height.
    """

    yaw_deg: float = 0.0
    side: str = "right"
    distance_m: float = 4.0
    height_m: float = 1.0
    fill: float = 0.72
    roll_deg: float = 0.0
    width_px: int = 540
    height_px: int = 720
    offset: tuple[float, float] = (0.0, 0.0)

    def basis(self) -> tuple[Array, Array]:
        """Return the camera's place (3,) and its axes right, up, towards-the-scene (3, 3)."""
        sign = -1.0 if self.side == "right" else 1.0
        a = np.radians(self.yaw_deg)
        place = self.distance_m * np.array([sign * np.cos(a), -np.sin(a), 0.0])
        place[2] = self.height_m
        target = np.array([0.0, 0.0, 0.9])
        ahead = (target - place) / np.linalg.norm(target - place)
        right = np.cross(ahead, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        up = np.cross(right, ahead)
        r = np.radians(self.roll_deg)
        right, up = np.cos(r) * right + np.sin(r) * up, np.cos(r) * up - np.sin(r) * right
        return place, np.stack([right, up, ahead])

    def focal_px(self, stature_m: float) -> float:
        """Focal length in pixels at which a lifter of this stature fills the picture."""
        return self.fill * self.height_px * self.distance_m / stature_m

    def project(self, points: Array, stature_m: float) -> Array:
        """Project world points (..., 3) to pixels (..., 2), x right and y down."""
        place, axes = self.basis()
        local = (points - place) @ axes.T
        f = self.focal_px(stature_m)
        x = self.width_px * (0.5 + self.offset[0]) + f * local[..., 0] / local[..., 2]
        y = self.height_px * (0.5 + self.offset[1]) - f * local[..., 1] / local[..., 2]
        return np.stack([x, y], axis=-1)
