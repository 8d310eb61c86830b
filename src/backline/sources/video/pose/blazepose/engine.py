"""BlazePose as a pose engine: MediaPipe's models without MediaPipe's graph.

Both models are files in the wheel of mediapipe 0.10.21. Points and mask depend on a picture and a
region alone; only the region of the next picture is tracked, in
:class:`~backline.sources.video.pose.blazepose.tracking.RegionTracker`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from backline.errors import BacklineError
from backline.model.measurement import EngineInfo
from backline.sources.video.pose.blazepose import detection, landmarks
from backline.sources.video.pose.blazepose.region import (
    Region,
    aligned,
    cut_out,
    size_of,
    whole,
    without,
)
from backline.sources.video.pose.blazepose.runtime import Model, file_of
from backline.sources.video.pose.blazepose.tracking import RegionTracker
from backline.sources.video.pose.person import POINT_COUNT, Person, PlacedMask, check_picture

MODELS = (
    "modules/pose_detection/pose_detection.tflite",
    "modules/pose_landmark/pose_landmark_full.tflite",
)
# Colours from 0 to 255 as the models want them, -1 to 1 and 0 to 1, with one rounding.
_TWO_PARTS, _PART = float(np.float32(2 / 255)), np.float32(1 / 255)


@dataclass(frozen=True)
class PoseReading:
    """Output of the landmark model for a region.

    Parameters
    ----------
    person : Person
        Points, mask and points in metres.
    alignment : ndarray of float32, shape (2, 2)
        Middle of the hips and the point on the circle around the body, as shares of the picture.
    """

    person: Person
    alignment: NDArray[np.float32]


class BlazePose:
    """Both models and their decoding, without state; may be used by several threads.

    Raises
    ------
    BacklineError
        If the installed mediapipe carries no model.
    """

    def __init__(self) -> None:
        contents = [_content(name) for name in MODELS]
        self.sha256 = hashlib.sha256(b"".join(contents)).hexdigest()
        self._detection, self._landmarks = map(Model, contents)

    def detect(self, picture: NDArray[np.uint8]) -> Region | None:
        """Return the region of the most probable person of an RGB picture (h, w, 3), or None."""
        size = picture.shape[:2]
        matrix = whole().matrix(detection.INPUT_PX, *size)
        cut = cut_out(picture, matrix, detection.INPUT_PX, cv2.BORDER_CONSTANT)
        boxes, logits = self._detection.run((cut * _TWO_PARTS - 1.0).astype(np.float32))
        places = detection.best_alignment(boxes, logits[:, 0])
        if places is None:
            return None
        return aligned(without(whole().margins(*size), places), *size)

    def read(self, picture: NDArray[np.uint8], region: Region) -> PoseReading | None:
        """Return points and mask of the person in a region of a picture; None where nobody is.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            Red, green, blue.
        region : Region
            From :meth:`detect`, or from the picture before.
        """
        height, width = picture.shape[:2]
        matrix = region.matrix(landmarks.INPUT_PX, height, width)
        cut = cut_out(picture, matrix, landmarks.INPUT_PX, cv2.BORDER_REPLICATE)
        values, presence, mask, heat, metres = self._landmarks.run(cut.astype(np.float32) * _PART)
        if presence[0] <= landmarks.LEAST_PRESENCE:
            return None
        marks = values.reshape(-1, 5)  # x, y, z, visibility, presence
        places = landmarks.refined(marks[:, :2] / np.float32(landmarks.INPUT_PX), heat)
        at = region.to_picture(places, height, width)
        # The models' 0 is the picture's edge, ours the first pixel's centre.
        points = np.empty((POINT_COUNT, 3), np.float32)
        points[:, :2] = at[:POINT_COUNT] * size_of(height, width) - np.float32(0.5)
        points[:, 2] = expit(marks[:POINT_COUNT, 3])
        person = Person(
            points=points,
            silhouette=PlacedMask(
                _probability(mask[..., 0]), matrix[:2], width, height, (0, 0, width, height)
            ),
            world=landmarks.turned(metres.reshape(-1, 3)[:POINT_COUNT], region.turn_rad),
        )
        return PoseReading(person, at[landmarks.ALIGNMENT])


def _probability(log_odds: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return probabilities; five times as fast as SciPy's ``expit``, to one rounding the same."""
    odds_against = np.asarray(cv2.exp(-log_odds), dtype=np.float32)
    odds_against += 1
    return np.divide(1, odds_against, out=odds_against)


class BlazePoseEngine:
    """BlazePose for one person, with their mask.

    Parameters
    ----------
    static : bool
        True for pictures that do not follow each other in time: each is searched without tracking,
        and several threads may call at once.
    """

    def __init__(self, static: bool = False) -> None:
        self._models = BlazePose()
        self._tracker = None if static else RegionTracker()
        self._size = (0, 0)
        self._info = EngineInfo(
            name="blazepose",
            version=f"mediapipe {version('mediapipe')}, ai-edge-litert {version('ai-edge-litert')}",
            model_sha256=self._models.sha256,
        )

    @property
    def info(self) -> EngineInfo:
        """Name, versions and hash of both model files together."""
        return self._info

    def find(self, picture: NDArray[np.uint8]) -> Person | None:
        """Return the most prominent person of an RGB picture, or None.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            Red, green, blue.

        Raises
        ------
        ValueError
            If the picture has another shape or type.
        """
        check_picture(picture)
        if self._tracker is None:
            region = self._models.detect(picture)
            reading = None if region is None else self._models.read(picture, region)
            return None if reading is None else reading.person
        return self._follow(picture, self._tracker)

    def _follow(self, picture: NDArray[np.uint8], tracker: RegionTracker) -> Person | None:
        if (
            picture.shape[:2] != self._size
        ):  # another picture size: tracked positions are meaningless
            tracker.forget()
            self._size = (picture.shape[0], picture.shape[1])
        region = tracker.region or self._models.detect(picture)
        reading = None if region is None else self._models.read(picture, region)
        if reading is None:
            tracker.forget()
            return None
        tracker.follow(reading.alignment, *self._size)
        return reading.person

    def find_in(
        self,
        picture: NDArray[np.uint8],
        centre: tuple[float, float],
        side_px: float,
        turn_rad: float = 0.0,
    ) -> Person | None:
        """Return the person in a square of an RGB picture, or None.

        The detection model is not asked: it looks for a face and the whole body, and misses a
        lifter behind a big plate whom the landmark model finds.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            Red, green, blue.
        centre : (float, float)
            Middle of the square, x and y in pixels; a person's hips.
        side_px : float
            Its side, pixels.
        turn_rad : float
            How far it is turned clockwise, radians: the lean of the person's trunk in the picture.
        """
        size = size_of(*picture.shape[:2])
        side = np.float32(side_px) / size
        region = Region(np.array(centre, np.float32) / size, side, turn_rad)
        reading = self._models.read(picture, region)
        if reading is None:
            return None
        if self._tracker is not None:
            self._tracker.forget()
            self._size = (picture.shape[0], picture.shape[1])
            self._tracker.follow(reading.alignment, *self._size)
        return reading.person

    def reset(self) -> None:
        """Reset the tracking."""
        if self._tracker is not None:
            self._tracker.forget()

    def close(self) -> None:
        """Do nothing: the models are freed with the engine."""


def _content(name: str) -> bytes:
    path = file_of("mediapipe", name)
    if path is None:
        raise BacklineError(
            "The installed mediapipe carries no pose model (from 0.10.30 on it does not): "
            "run  pip install mediapipe==0.10.21  and try again."
        )
    return path.read_bytes()
