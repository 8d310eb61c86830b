"""Made-up detections of a lifter: body points at known angles, a reading with known numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from backline.sources.video.clip_observations import ClipObservations, CropSpool
from backline.sources.video.lumbar.network import LumbarEstimate
from backline.sources.video.lumbar.picture_input import POINT_FEATURES

#: Lengths in pixels of a lifter 470 pixels tall (shares of stature: literature's usual ones).
THIGH, SHANK, TRUNK, ARM = 115.0, 115.0, 140.0, 150.0
ANKLE = np.array([300.0, 700.0])
RATE_HZ = 20.0


def points_of(
    knee_deg: Any, shank_deg: Any, lean_deg: Any, facing: int = 1, shoulders_px: float = 0.0
) -> np.ndarray:
    """Body points (n, 33, 3) of a lifter on fixed feet; ``shoulders_px`` spreads the shoulders."""
    knee, shank, lean = (
        np.radians(np.atleast_1d(a).astype(float)) for a in (knee_deg, shank_deg, lean_deg)
    )
    n = max(len(knee), len(shank), len(lean))
    thigh = knee - shank  # forward swing of the thigh: the knee this far in front of the hip

    def place(angle: np.ndarray, length: float) -> np.ndarray:
        out = np.stack([facing * np.sin(angle), -np.cos(angle)], axis=-1) * length
        return np.broadcast_to(out, (n, 2))

    ankle = np.broadcast_to(ANKLE, (n, 2))
    knees = ankle + place(shank, SHANK)
    hip = knees + place(-thigh, THIGH)
    shoulder = hip + place(lean, TRUNK)
    wrist = shoulder + np.array([0.0, ARM])
    points = np.full((n, 33, 3), 1.0)
    pairs = {11: shoulder, 13: (shoulder + wrist) / 2, 15: wrist, 23: hip, 25: knees, 27: ankle}
    pairs |= {
        7: shoulder - np.array([0.0, 40.0]),
        29: ankle + np.array([-15, 10]),
        31: ankle + np.array([45 * facing, 12]),
    }
    for left, at in pairs.items():
        points[:, left, :2] = points[:, left + 1, :2] = at
    points[:, 11, 0] += shoulders_px / 2
    points[:, 12, 0] -= shoulders_px / 2
    return points.astype(np.float32)


def spent() -> CropSpool:
    """A spool that is closed already, for tests that read no crops."""
    spool = CropSpool()
    spool.close()
    return spool


def sight_of(points: np.ndarray, facing: int = 1, **changes: Any) -> ClipObservations:
    """What a camera beside the lifter saw: everything visible, nothing wrong."""
    n = len(points)
    line = np.stack([np.linspace(280, 280, 48), np.linspace(300, 480, 48)], axis=1)
    observations = ClipObservations(
        time_s=np.arange(n) / RATE_HZ,
        points=points.astype(np.float32),
        lean_deg=np.zeros(n),
        features=np.zeros((n, POINT_FEATURES), np.float32),
        crop_row=np.arange(n),
        crops=spent(),
        back_line=np.repeat(line[None], n, axis=0).astype(np.float32),
        back_visible=np.ones((n, 48), bool),
        back_sd_px=np.full((n, 48), 0.4, np.float32),
        curve_deg=np.full(n, 35.0),
        plate_px=np.full((n, 2), np.nan),
        trunk_px=TRUNK,
        facing=facing,
        side="right" if facing > 0 else "left",
        camera_moving=False,
        camera_moved_px=0.0,
        width_px=720,
        height_px=960,
        brightness=np.full(n, 120.0),
    )
    return replace(observations, **changes)


def estimate_of(n: int, **changes: Any) -> LumbarEstimate:
    """A plain reading: nothing rounds, nothing hides, the camera square on; numbers or series."""
    plain = dict.fromkeys(
        ("lumbar_deg", "trunk_deg", "curve_deg", "thoracic_deg", "yaw_deg", "hidden", "loose"), 0.0
    )
    plain |= dict.fromkeys(("lumbar_sd_deg", "trunk_sd_deg", "pelvis_sd_deg", "curve_sd_deg"), 2.0)
    plain |= {"oddness": 1.0, **changes}
    return LumbarEstimate(**{k: np.broadcast_to(v, (n,)).astype(float) for k, v in plain.items()})
