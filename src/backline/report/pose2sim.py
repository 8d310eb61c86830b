"""A result in the folders and names of a Pose2Sim project, as its OpenSim step takes them.

Layout: Pose2Sim's documentation, "Kinematics": markers in ``pose-3d/``, those of its marker
augmentation in files ending in ``_LSTM.trc`` under OpenCap's names; angles in ``kinematics/``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from backline.formats.opensim import Markers

TRC_FOLDER, MOT_FOLDER = "pose-3d", "kinematics"

_NAMES = {
    "ASIS": "{}.ASIS_study", "PSIS": "{}.PSIS_study", "HJC": "{}HJC_study",
    "KNEE": "{}_knee_study", "KNEE_MEDIAL": "{}_mknee_study", "ANKLE": "{}_ankle_study",
    "ANKLE_MEDIAL": "{}_mankle_study", "HEEL": "{}_calc_study", "TOE": "{}_toe_study",
    "SHOULDER": "{}_shoulder_study", "WRIST": "{}_lwrist_study",
    "WRIST_MEDIAL": "{}_mwrist_study",
}  # fmt: skip
"""Landmark to OpenCap's augmented marker, without its side."""


def augmented(points: Markers) -> Markers:
    """Return landmarks under OpenCap's names; those that it has no name for keep their own."""
    return replace(points, names=tuple(_name(name) for name in points.names))


def file_of(folder: Path, name: str, frames: int) -> Path:
    """Return the file of a lift in a project's folder of markers or of angles."""
    stem = f"{name}_0-{frames}_LSTM"
    return folder / f"{stem}{'.trc' if folder.name == TRC_FOLDER else '.mot'}"


def _name(landmark: str) -> str:
    if landmark == "C7":
        return "C7_study"
    role, _, side = landmark.rpartition("_")
    if role not in _NAMES or side not in ("left", "right"):
        return landmark
    letter = "L" if side == "left" else "R" if role == "HJC" else "r"
    return _NAMES[role].format(letter)
