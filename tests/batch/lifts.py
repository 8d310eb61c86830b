"""Lifts that cost milliseconds: tables of joint angles with a planted low back."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backline.formats.opensim import Motion, write_mot
from tests.sources.mocap.marker_body import go

LEG_M = 0.85


def lift(path: Path, lumbar_deg: float = 15.0, top_deg: float = 0.0) -> Path:
    """Write one squat in OpenSim's signs; it rounds at the bottom, and at the top after it."""
    time_s, depth = go(hold_s=1.0)  # the bottom is held: its mean is what is planted
    top = top_deg * np.clip((time_s - time_s[-1] + 1.8) / 0.3, 0, 1)
    knee, shank = np.radians(100 * depth), np.radians(30 * depth)
    sink = LEG_M * (1 - 0.5 * np.cos(shank) - 0.5 * np.cos(knee - shank))
    columns = {
        "pelvis_tilt": -2 - 35 * depth + top,
        "pelvis_tx": 0.1 * depth,
        "pelvis_ty": 0.95 - sink,
        "lumbar_extension": -5 - lumbar_deg * depth - top,
        **{f"hip_flexion_{s}": 110 * depth for s in "rl"},
        **{f"knee_angle_{s}": 100 * depth for s in "rl"},
        **{f"ankle_angle_{s}": 30 * depth for s in "rl"},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_mot(path, Motion(time_s, tuple(columns), np.stack(list(columns.values()), axis=1)))
    return path


def lifts(folder: Path, count: int) -> list[Path]:
    """Write lifts that differ from each other."""
    return [lift(folder / f"lift{k:03d}.mot", 10 + 0.25 * k) for k in range(count)]
