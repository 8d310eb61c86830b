"""Segments whose orientation a file holds: Theia3D's C3D, one rotation per frame and segment.

They are read as sensors are: how far pelvis and thorax turn in the plane of the forward bend, from
the vertical in their own axes. Theia finds them in videos without markers; its pelvis and thorax
are a model's, not skin's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from backline.errors import NotMeasurableError
from backline.model.posture import FloatArray
from backline.sources.imu.session import Session
from backline.sources.imu.stream import Stream

SEGMENTS = {
    "sacrum": r"pelvis",
    "t12": r"thorax|torso|trunk",
    "thigh": r"[lr]_?thigh|(?:left|right)_?thigh",
}
"""Place of a sensor to the names of the segment that it stands for."""


def has_back(names: Mapping[str, object] | tuple[str, ...]) -> bool:
    """Return whether pelvis and thorax are among the segments."""
    return {"sacrum", "t12"} <= set(_placed(tuple(names)))


def session_of(path: Path, time_s: FloatArray, rotations: dict[str, FloatArray]) -> Session:
    """Return a session of segments.

    Parameters
    ----------
    path : Path
        For messages.
    time_s : ndarray, shape (n,)
        Seconds.
    rotations : dict of str to ndarray, shape (n, 3, 3)
        Segment to its rotation to the laboratory; NaN where not known.

    Raises
    ------
    NotMeasurableError
        If pelvis or thorax is missing.
    """
    placed = _placed(tuple(rotations))
    if not {"sacrum", "t12"} <= set(placed):
        raise NotMeasurableError(
            f"'{path}' holds the segments {', '.join(rotations) or 'none'}, and pelvis and thorax "
            "were expected: export them with it."
        )
    streams = {
        place: Stream(f"{path}, {name}", time_s, "quaternion", _quaternions(rotations[name]))
        for place, name in placed.items()
    }
    return Session(streams, False, ordered=True)


def _placed(names: tuple[str, ...]) -> dict[str, str]:
    """Return place to segment, of the two thighs the first; exact names before longer ones."""
    placed = {}
    for place, pattern in SEGMENTS.items():
        fitting = [n for n in names if re.match(rf"(?:{pattern})(?:_4x4)?$", n, re.IGNORECASE)]
        if fitting:
            placed[place] = fitting[0]
    return placed


def _quaternions(turned: FloatArray) -> FloatArray:
    """Return w, x, y, z; NaN where the matrix is no rotation."""
    from scipy.spatial.transform import Rotation

    whole = np.isfinite(turned).all(axis=(1, 2))
    whole[whole] = np.abs(np.linalg.det(turned[whole]) - 1) < 0.05
    out = np.full((len(turned), 4), np.nan)
    if whole.any():
        out[whole] = Rotation.from_matrix(turned[whole]).as_quat()[:, [3, 0, 1, 2]]
    return out
