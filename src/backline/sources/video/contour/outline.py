"""The back's contour from neck to buttock, and which of its points are visible."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.model.measurement import Side
from backline.model.posture import BoolArray
from backline.signals.filters import runs_of
from backline.sources.video.contour.back_edge import person_edge, place_edge
from backline.sources.video.contour.background import Background
from backline.sources.video.contour.occluders import Disc, PlateFinder
from backline.sources.video.contour.part_network import PartNetwork, part_strip
from backline.sources.video.contour.trunk_rays import RAY_COUNT, TRUNK_RAYS, TrunkRays, trunk_rays
from backline.sources.video.pose.person import (
    LEFT_EAR,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    Person,
)
from backline.sources.video.quality.camera_motion import Affine

POINTS = 48  # on the contour, evenly spaced
BACK_POINTS = 38
"""Points 0 to 37 run from the neck (C7) to the level of the hip, the rest round the buttock."""

# C7 to hip joint is 0.335 of body height standing (cervicale 0.865, trochanter 0.53, Gordon 1989).
# L5/S1 lies about 0.055 of body height above the hip joints (de Leva 1996; Reynolds 1982 gives
# 95 mm), its spinous process and the skin over it lower: 0.12 of the distance. The lumbar spine
# with its discs is about 0.105 of body height long (Gordon 1989; 180 mm), which puts T12's
# spinous process at about 0.45. ASSUMPTION: the same shares of the contour's length hold in
# every posture and lifter; the skin in fact stretches more over the low back than above it.
T12_SHARE, S1_SHARE = 0.45, 0.12
T12_INDEX = round((BACK_POINTS - 1) * (1.0 - T12_SHARE))
S1_INDEX = round((BACK_POINTS - 1) * (1.0 - S1_SHARE))

TANGENT_HALF = 3
"""A tangent is fitted over this many points to each side (about 0.08 of C7 to hip each)."""
TANGENT_HIDDEN = 2
"""At most this many of a tangent's points may be hidden."""
TRUNK_KEPT = 45
"""The trunk's length is the median of so many frames (1.5 s at 30 frames a second)."""
LEAST_TRUNK_PX = 4.0
"""Least distance of hip and shoulder, pixels; below it the points are wrong."""
LEAST_THIGH = 0.1
"""Hip and knee nearer to each other than this give no direction of the thigh, trunk lengths."""
REACH = 0.72
"""The background is compared to this depth from the hip-shoulder line, trunk lengths (a large
buttock: 0.5)."""
MIN_RUN = 4
"""Shorter stretches of visible rays between hidden ones are hidden too."""
LEAST_ON_PERSON = 0.5
"""Least share of the rays that must start on the person mask; else the points are not the
lifter's."""


@dataclass(frozen=True)
class BackOutline:
    """The back's contour in one frame.

    Parameters
    ----------
    line : ndarray of float32, shape (48, 2)
        x and y in pixels, from the neck (0) to the fold under the buttock (47).
    visible : ndarray of bool, shape (48,)
        Whether the point is the lifter's visible back, and not something in front of it.
    edge_sd_px : ndarray of float32, shape (48,)
        One standard deviation of the point across the line, pixels.
    facing : int
        +1 where the lifter looks to the right of the picture, -1 to the left.
    t12_index, s1_index : int
        Where T12 and S1 lie on the line.
    """

    line: NDArray[np.float32]
    visible: BoolArray
    edge_sd_px: NDArray[np.float32]
    facing: int
    t12_index: int = T12_INDEX
    s1_index: int = S1_INDEX

    @property
    def low_back_visible(self) -> float:
        """Share of the points from T12 to S1 that are visible, 0 to 1."""
        return float(self.visible[self.t12_index : self.s1_index + 1].mean())


class OutlineFinder:
    """Finds the back's contour frame by frame, in order of time.

    Parameters
    ----------
    side : {"left", "right"}
        The lifter's side that faces the camera.
    facing : int
        +1 where the lifter looks to the right of the picture, -1 to the left.
    background : Background, optional
        The static background.
    parts : PartNetwork, optional
        Distinguishes the back from what covers it; by default the shipped one.
    """

    def __init__(
        self,
        side: Side,
        facing: int,
        background: Background | None = None,
        parts: PartNetwork | None = None,
    ) -> None:
        self._parts = parts or PartNetwork()
        self._offset = 0 if side == "left" else 1
        self._facing = facing
        self._background = background
        self._plates = PlateFinder()
        self._plate: Disc | None = None
        self._lengths: deque[float] = deque(maxlen=TRUNK_KEPT)

    @property
    def plate(self) -> Disc | None:
        """The plate in the latest frame."""
        return self._plate

    def find(
        self, picture: NDArray[np.uint8], person: Person, place: Affine | None = None
    ) -> BackOutline | None:
        """Return the back's contour, or None where it cannot be determined at all.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            The full-resolution frame.
        person : Person
            The lifter in it.
        place : ndarray, shape (2, 3), optional
            Map from the background's frame to this one; None where unknown.
        """
        points = {
            name: person.points[index + self._offset, :2].astype(float)
            for name, index in _JOINTS.items()
        }
        length = float(np.hypot(*(points["shoulder"] - points["hip"])))
        if length < LEAST_TRUNK_PX:
            return None
        self._lengths.append(length)
        trunk_px = float(np.median(self._lengths))
        if np.hypot(*(points["hip"] - points["knee"])) < LEAST_THIGH * trunk_px:
            return None
        rays = trunk_rays(points["shoulder"], points["hip"], points["knee"], self._facing, trunk_px)
        anchors = np.stack([points["wrist"], points["shoulder"]])
        self._plate = self._plates.find(picture, anchors, points["ear"], trunk_px)
        odds, corner = self._odds(picture, rays, place)
        strip = part_strip(picture, person, rays, background=odds, background_corner=corner)
        if np.isfinite(person_edge(strip)).mean() < LEAST_ON_PERSON:
            return None
        edge = place_edge(picture, rays, strip, self._parts.read(strip))
        line = rays.at(edge.depth_px)
        shown = edge.shown & _within(line, picture.shape)
        if (
            self._plate is not None
        ):  # a plate's rim is curved like a back; the detected circle is more reliable
            shown &= ~self._plate.covers(line)
        if self._background is not None:
            shown &= ~self._background.along_edge(line, place)
        return resampled(line, _without_short_runs(shown), edge.sd_px, self._facing)

    def _odds(
        self, picture: NDArray[np.uint8], rays: TrunkRays, place: Affine | None
    ) -> tuple[NDArray[np.float32] | None, tuple[int, int]]:
        """Return log odds of "not the background" round the rays, and their top left pixel."""
        x0, y0, x1, y1 = _box_around(rays, picture.shape)
        if self._background is None:
            return None, (x0, y0)
        return self._background.odds(picture, place, (x0, y0, x1, y1)), (x0, y0)


def tangent_curve(outline: BackOutline) -> float:
    """Return the angle between the back's tangents over T12 and S1, degrees, + lordotic.

    NaN where more than `TANGENT_HIDDEN` of the points of either tangent are hidden.
    """
    angles = []
    for index in (outline.t12_index, outline.s1_index):
        part = slice(index - TANGENT_HALF, index + TANGENT_HALF + 1)
        shown = outline.visible[part]
        if np.count_nonzero(~shown) > TANGENT_HIDDEN:
            return float("nan")
        points = outline.line[part][shown].astype(float)
        way = np.linalg.svd(points - points.mean(axis=0))[2][0]
        way *= np.sign(way @ (points[-1] - points[0]))
        angles.append(float(np.arctan2(way[1], way[0])))
    turn = (angles[1] - angles[0] + np.pi) % (2.0 * np.pi) - np.pi
    # Walking down the back of a lifter who faces right, a hollow low back turns the tangent
    # towards the back: from "down" towards -x, clockwise on the screen, a growing angle.
    return float(np.degrees(turn)) * outline.facing


_JOINTS = {
    "ear": LEFT_EAR,
    "shoulder": LEFT_SHOULDER,
    "wrist": LEFT_WRIST,
    "hip": LEFT_HIP,
    "knee": LEFT_KNEE,
}


def _box_around(rays: TrunkRays, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the part of the picture that the rays search: x0, y0, x1, y1."""
    ends = np.concatenate([rays.origins, rays.at(np.full(RAY_COUNT, REACH * rays.trunk_px))])
    size = np.array([shape[1], shape[0]])
    low = np.clip(np.floor(ends.min(axis=0)), 0, size - 2).astype(int)
    high = np.clip(np.ceil(ends.max(axis=0)) + 1, low + 2, size).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _within(line: NDArray[np.float64], shape: tuple[int, ...]) -> BoolArray:
    """Return which points are within the picture, not on its border."""
    height, width = shape[:2]
    inside = (line > 1.0).all(axis=1) & (line[:, 0] < width - 2) & (line[:, 1] < height - 2)
    return np.asarray(inside)


def _without_short_runs(shown: BoolArray) -> BoolArray:
    """Hide stretches of fewer than `MIN_RUN` visible rays."""
    out = shown.copy()
    for start, end in runs_of(shown):
        if end - start < MIN_RUN:
            out[start:end] = False
    return out


def resampled(
    line: NDArray[np.float64], shown: BoolArray, sd_px: NDArray[np.float64], facing: int
) -> BackOutline:
    """Space the points evenly along the contour, the back and the buttock each on its own."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    hip = along[TRUNK_RAYS - 1]
    wanted = np.concatenate(
        [
            np.linspace(0.0, hip, BACK_POINTS),
            np.linspace(hip, along[-1], POINTS - BACK_POINTS + 1)[1:],
        ]
    )
    places = np.stack([np.interp(wanted, along, line[:, axis]) for axis in (0, 1)], axis=1)
    visible = np.interp(wanted, along, shown.astype(float)) > 0.99
    return BackOutline(
        line=places.astype(np.float32),
        visible=visible,
        edge_sd_px=np.interp(wanted, along, sd_px).astype(np.float32),
        facing=facing,
    )
