"""Measured: the result of every source: a posture, and what it was measured from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backline.formats.opensim import Markers
from backline.model.posture import BoolArray, FloatArray, Posture

Side = Literal["left", "right"]
Verdict = Literal["ok", "limited", "refused"]


@dataclass(frozen=True)
class Reason:
    """Reason why something was not, or only partly, measured.

    Parameters
    ----------
    code : str
        Stable word for programs, for example ``"back_hidden"``.
    text : str
        One plain sentence for people.
    """

    code: str
    text: str


@dataclass(frozen=True)
class Quality:
    """Quality of the measurement.

    Parameters
    ----------
    verdict : {"ok", "limited", "refused"}
        ``"refused"`` means that no low-back number is given at all.
    reasons : tuple of Reason
        Why not everything was measured, most important first.
    measurable_fraction : float
        Share of the frames in which the low back could be measured, 0 to 1.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    measurable_fraction: float


@dataclass(frozen=True)
class View:
    """Direction from which the lifter was filmed.

    Parameters
    ----------
    side : {"left", "right"} or None
        The lifter's side that faces the camera; None where there is no camera.
    yaw_deg : float
        Deviation of the camera from a pure side view, degrees, 0 = side-on; NaN unknown.
    """

    side: Side | None
    yaw_deg: float


@dataclass(frozen=True)
class EngineInfo:
    """The pose engine; the hash identifies the model file."""

    name: str
    version: str
    model_sha256: str


EVERY = "read_every_nth_frame"
"""Key in a measurement's settings: only each n-th frame was read (absent where all were)."""


@dataclass(frozen=True)
class SourceInfo:
    """The source that was read.

    Parameters
    ----------
    path : str
        As the user gave it.
    kind : str
        ``"video"``, ``"images"``, ``"mocap"``, ``"imu"`` or ``"keypoints"``.
    width_px, height_px : int
        Picture size after rotation; 0 where there is no picture.
    frames : int
        Number of frames that were read, or of samples.
    duration_s : float
        Time of the last frame less that of the first, seconds.
    mean_rate_hz : float
        Mean frames a second of the recording, from the frames' own times.
    codec : str
        Video codec; ``""`` where there is none.
    sha256 : str
        Hash of the file's content; ``""`` for a folder.
    """

    path: str
    kind: str
    width_px: int
    height_px: int
    frames: int
    duration_s: float
    mean_rate_hz: float
    codec: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Evidence:
    """Observations in the picture, for drawing. Pixels of the rotated full-size frame.

    Parameters
    ----------
    back_line : ndarray, shape (n, k, 2)
        The back's contour from the neck (index 0) to the buttock (index k - 1), x then y,
        in pixels; NaN where there is none.
    back_visible : ndarray of bool, shape (n, k)
        Whether each point is the lifter's own back (and not something in front of it).
    points : ndarray, shape (n, 33, 3)
        Body points in BlazePose order: x, y in pixels and confidence 0 to 1; NaN where unseen.
    t12_index, s1_index : int
        Where on the back line T12 and S1 lie (index into k).
    by_hand : ndarray of bool, shape (n,), optional
        Frames whose line a person drew, or marked as not visible.
    """

    back_line: NDArray[np.float32]
    back_visible: BoolArray
    points: NDArray[np.float32]
    t12_index: int
    s1_index: int
    by_hand: BoolArray = field(default_factory=lambda: np.empty(0, dtype=np.bool_))

    def __post_init__(self) -> None:
        if len(self.by_hand) != len(self.back_line):
            object.__setattr__(self, "by_hand", np.zeros(len(self.back_line), dtype=np.bool_))


@dataclass(frozen=True)
class SecondEstimate:
    """A second estimate of lumbar flexion, shown next to the one that provides the measurement.

    Parameters
    ----------
    name : str
        What made it, for example ``"network"``.
    lumbar_flexion_deg : ndarray, shape (n,)
        Change from the standing reference, degrees; NaN where unknown.
    compared : ndarray of bool, shape (n,)
        Frames with an independent value of both.
    """

    name: str
    lumbar_flexion_deg: FloatArray
    compared: BoolArray


@dataclass(frozen=True)
class Measured:
    """A measured source.

    Parameters
    ----------
    posture : Posture
        The angle series.
    source : SourceInfo
        What was read.
    view : View
        Side and yaw.
    quality : Quality
        Trust, with reasons.
    engine : EngineInfo
        The engine.
    evidence : Evidence or None
        For drawing; None where there is no picture.
    settings : dict
        What was done (filters, cut-offs), recorded in the result.
    second_estimate : SecondEstimate or None
        A second estimate, where there is one.
    landmarks : Markers or None
        Landmarks of the body in space, metres, in OpenSim's axes (x forward, y up, z right), at the
        posture's times; None where the source holds none.
    """

    posture: Posture
    source: SourceInfo
    view: View
    quality: Quality
    engine: EngineInfo
    evidence: Evidence | None = None
    settings: dict[str, float | str] = field(default_factory=dict)
    second_estimate: SecondEstimate | None = None
    landmarks: Markers | None = None
