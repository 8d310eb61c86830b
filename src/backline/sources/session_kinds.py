"""Layouts of OpenCap, Pose2Sim and Sports2D folders, and how each is recognised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FolderKind:
    """What a program's folder holds.

    Parameters
    ----------
    name : str
        The program.
    lifts : tuple of str
        Patterns of the files of a lift, best first: those of the first pattern that fits count.
    still : tuple of str
        Beginnings of the names of files that show a neutral pose, lower case.
    """

    name: str
    lifts: tuple[str, ...]
    still: tuple[str, ...] = ("neutral", "static")


KINDS: tuple[FolderKind, ...] = (
    FolderKind("OpenCap", ("OpenSimData/Kinematics/*.mot", "MarkerData/**/*.trc")),
    FolderKind("Pose2Sim", ("kinematics/*.mot", "pose-3d/*_LSTM.trc", "pose-3d/*.trc")),
    FolderKind("Sports2D", ("*_px_person*.trc",)),
)
"""In the order in which they are tried."""

PATTERNS = tuple(pattern for kind in KINDS for pattern in kind.lifts)
