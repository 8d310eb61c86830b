"""Biomechanical loads: inverse dynamics, and the load on L5/S1 with its bands."""

from backline.loads.body import Body
from backline.loads.exposure import Exposure, exposure
from backline.loads.l5s1_load import LoadSeries, load_series
from backline.loads.sensitivity import Pose, pose_load, sensitivity
from backline.loads.what_if import WhatIf, what_if

__all__ = [
    "Body",
    "Exposure",
    "LoadSeries",
    "Pose",
    "WhatIf",
    "exposure",
    "load_series",
    "pose_load",
    "sensitivity",
    "what_if",
]
