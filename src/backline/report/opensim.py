"""The result in OpenSim's words: joint coordinates for a .mot, body points for a .trc."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backline.formats.opensim import Markers, Motion

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

POINTS: tuple[str, ...] = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
    "right_eye_outer", "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky",
    "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb", "left_hip",
    "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel",
    "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""Names of the body points in BlazePose order (MediaPipe's own names)."""


def motion(analysis: LiftAnalysis) -> Motion:
    """Return the angles as coordinates of OpenSim's full-body model (Rajagopal 2016).

    There, turning about the axis that points to the right is positive when the front goes
    up: ``pelvis_tilt`` is + posterior and ``lumbar_extension`` + extension, the negatives of
    pelvic tilt and lumbar flexion. Hip, knee and ankle are + flexion as here. Pelvis and low
    back stay changes from the standing reference. Leg coordinates carry the side that was seen
    (right where there is no camera).

    Parameters
    ----------
    analysis : LiftAnalysis
        The result.

    Returns
    -------
    Motion
        Degrees; NaN in frames that cannot be measured.
    """
    posture, leg = analysis.posture, "l" if analysis.view.side == "left" else "r"
    columns = {
        "pelvis_tilt": -posture.pelvic_tilt_deg,
        "lumbar_extension": -posture.lumbar_flexion_deg,
        f"hip_flexion_{leg}": posture.hip_flexion_deg,
        f"knee_angle_{leg}": posture.knee_flexion_deg,
        f"ankle_angle_{leg}": posture.ankle_dorsiflexion_deg,
    }
    values = np.stack(list(columns.values()), axis=1)
    values = np.where(posture.measurable[:, None], values, np.nan)
    return Motion(time_s=posture.time_s, columns=tuple(columns), values=values, name="backline")


def markers(analysis: LiftAnalysis) -> Markers | None:
    """Return the landmarks in space, else the body points of the picture, else None.

    Returns
    -------
    Markers or None
        In space: metres, x forward, y up, z right. Of a picture: pixels, x to the right and y UP
        from its lower edge, z 0. NaN where unseen.
    """
    evidence = analysis.evidence
    if evidence is None:
        return analysis.landmarks
    pixels = np.asarray(evidence.points, dtype=np.float64)
    positions = np.zeros_like(pixels)
    positions[..., 0] = pixels[..., 0]
    positions[..., 1] = analysis.source.height_px - pixels[..., 1]
    positions[~np.isfinite(pixels[..., :2]).all(axis=-1)] = np.nan
    return Markers(time_s=analysis.posture.time_s, names=POINTS, positions=positions, unit="px")
