"""Features of a frame whose person is known: crop, body points, contour; live and off line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.model.measurement import Side
from backline.sources.video.contour.background import Background
from backline.sources.video.contour.outline import POINTS, OutlineFinder, tangent_curve
from backline.sources.video.contour.part_network import PartNetwork
from backline.sources.video.lumbar.picture_input import (
    RIM,
    Frame2D,
    crop_trunk,
    frame_of,
    middle,
    point_features,
)
from backline.sources.video.pose.person import LEFT_KNEE, RIGHT_KNEE, Person
from backline.sources.video.quality.camera_motion import Affine

LEANS_DEG = (-50.0, 120.0)
"""Possible lean of the hip-to-shoulder line, degrees; other values are errors of the engine (a
person detected upside down in the rack)."""
KNEE_ABOVE_HIP = 0.5
"""Largest height of the knee above the hip, trunk lengths (deepest squats: 0.3)."""


@dataclass(frozen=True)
class FrameFeatures:
    """Features of the lifter in one frame.

    Parameters
    ----------
    frame : Frame2D
        The trunk's own frame: hip, lean and scale.
    crop : ndarray of uint8, shape CROP_SHAPE
        Mask and grey level about the trunk, with a rim.
    points : ndarray, shape (POINT_FEATURES,)
        Body points in the crop's frame.
    line : ndarray, shape (POINTS, 2)
        The back's contour, pixels of the picture; NaN where there is none.
    visible : ndarray of bool, shape (POINTS,)
        Whether each of its points is the lifter's own back.
    sd_px : ndarray, shape (POINTS,)
        One standard deviation of each point across the contour, pixels.
    curve_deg : float
        Angle between the contour's tangents over T12 and S1, degrees, + lordotic; NaN unknown.
    plate : (float, float)
        Middle of the plate that faces the camera, pixels; NaN where there is none.
    """

    frame: Frame2D
    crop: NDArray[np.uint8]
    points: NDArray[np.float32]
    line: NDArray[np.float32]
    visible: NDArray[np.bool_]
    sd_px: NDArray[np.float32]
    curve_deg: float
    plate: tuple[float, float]


class FeatureExtractor:
    """Extracts features of frames in order of time; the plate is tracked.

    Parameters
    ----------
    side : {"left", "right"}
        The lifter's side that faces the camera.
    facing : int
        +1 where the lifter looks to the right, -1 to the left.
    trunk_px : float
        Scale of the crops: trunk length, pixels.
    background : Background, optional
        The picture without the lifter, where it is known.
    """

    def __init__(
        self,
        side: Side,
        facing: int,
        trunk_px: float,
        background: Background | None = None,
    ) -> None:
        self._facing, self._trunk_px = facing, trunk_px
        self._outline = OutlineFinder(side, facing, background, PartNetwork())

    def extract(
        self,
        picture: NDArray[np.uint8],
        person: Person,
        place: Affine | None = None,
        grey: NDArray[np.uint8] | None = None,
    ) -> FrameFeatures | None:
        """Return a picture's features; None where the body points cannot be a lifter's.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            RGB.
        person : Person
            The lifter, from the pose engine.
        place : Affine, optional
            Camera motion since the background's frame.
        grey : ndarray of uint8, shape (h, w), optional
            The picture's grey levels, where they are known.
        """
        frame = frame_of(person.points, self._trunk_px, self._facing)
        if not _is_plausible(person, frame, self._trunk_px):
            return None
        outline = self._outline.find(picture, person, place)
        found = self._outline.plate
        return FrameFeatures(
            frame=frame,
            crop=crop_trunk(picture if grey is None else grey, person, frame, rim=RIM),
            points=point_features(person.points, frame),
            line=np.full((POINTS, 2), np.nan, np.float32) if outline is None else outline.line,
            visible=np.zeros(POINTS, np.bool_) if outline is None else outline.visible,
            sd_px=np.full(POINTS, np.nan, np.float32) if outline is None else outline.edge_sd_px,
            curve_deg=float("nan") if outline is None else tangent_curve(outline),
            plate=(float("nan"), float("nan")) if found is None else (found.x, found.y),
        )


def _is_plausible(person: Person, frame: Frame2D, trunk_px: float) -> bool:
    """Return whether body points are plausible: not upside down, knees not far above the hips."""
    knee = middle(person.points, (LEFT_KNEE, RIGHT_KNEE))
    upright = LEANS_DEG[0] <= frame.lean_deg <= LEANS_DEG[1]
    return bool(upright and knee[1] > frame.hip[1] - KNEE_ABOVE_HIP * trunk_px)
