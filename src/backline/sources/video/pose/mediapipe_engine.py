"""MediaPipe's pose and person mask behind the engine interface.

The wheel of mediapipe 0.10.21 carries both models it needs, so nothing is fetched. Smoothing is
off: MediaPipe's is causal and rounds off peaks; a zero-phase filter comes later.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.errors import BacklineError, UsageError
from backline.model.measurement import EngineInfo
from backline.sources.video.pose.native_log_filter import quiet_native_logs
from backline.sources.video.pose.person import Person, check_picture

_MODELS = (
    "modules/pose_detection/pose_detection.tflite",
    "modules/pose_landmark/pose_landmark_full.tflite",
)
_BUNDLED_COMPLEXITY = 1  # the "full" model: the one that the wheel carries
# The graph logs on its own threads when it starts and on the first picture with a person.
_NOISY_FINDS = 2


class MediaPipeEngine:
    """MediaPipe Pose, one person, with its mask.

    Parameters
    ----------
    static : bool
        True for pictures that do not follow each other in time.
    complexity : int
        Which of MediaPipe's models; only 1 is carried by its wheel.

    Raises
    ------
    UsageError
        If ``complexity`` is not 1.
    BacklineError
        If the installed mediapipe carries no model.
    """

    def __init__(self, static: bool = False, complexity: int = _BUNDLED_COMPLEXITY) -> None:
        if complexity != _BUNDLED_COMPLEXITY:
            raise UsageError(
                f"MediaPipe's pose model of complexity {complexity} is not part of its package: "
                f"use complexity {_BUNDLED_COMPLEXITY}."
            )
        os.environ.setdefault("GLOG_minloglevel", "2")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        with quiet_native_logs(), _quiet_protobuf():
            import mediapipe
            from mediapipe.python.solutions.pose import Pose

            self._info = EngineInfo(
                name="mediapipe",
                version=str(mediapipe.__version__),
                model_sha256=_models_sha256(Path(mediapipe.__file__).parent),
            )
            self._pose: Any = Pose(
                static_image_mode=static,
                model_complexity=complexity,
                enable_segmentation=True,
                smooth_landmarks=False,
                smooth_segmentation=False,
            )
            self._start_up()
        self._noisy = _NOISY_FINDS

    @property
    def info(self) -> EngineInfo:
        """Name, version and hash of both model files together."""
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
        found = self._process(np.ascontiguousarray(picture))
        if found.pose_landmarks is None or found.segmentation_mask is None:
            return None
        height, width = picture.shape[:2]
        points = np.array(
            [(p.x * width, p.y * height, p.visibility) for p in found.pose_landmarks.landmark],
            dtype=np.float32,
        )
        points[:, :2] -= 0.5  # MediaPipe's 0 is the picture's edge, ours the first pixel's centre
        world = np.array(
            [(p.x, p.y, p.z) for p in found.pose_world_landmarks.landmark], dtype=np.float32
        )
        return Person(points=points, silhouette=np.asarray(found.segmentation_mask), world=world)

    def reset(self) -> None:
        """Reset the tracking."""
        with quiet_native_logs(), _quiet_protobuf():
            self._pose.reset()
            self._start_up()
        self._noisy = _NOISY_FINDS

    def close(self) -> None:
        """Stop the graph and its threads."""
        with quiet_native_logs():
            self._pose.close()

    def _start_up(self) -> None:
        """Wait until the graph's threads, which log as they start, have all started."""
        self._pose.process(np.zeros((64, 64, 3), dtype=np.uint8))

    def _process(self, picture: NDArray[np.uint8]) -> Any:
        with _quiet_protobuf():
            if not self._noisy:
                return self._pose.process(picture)
            with quiet_native_logs():
                found = self._pose.process(picture)
        if found.pose_landmarks is not None:
            self._noisy -= 1
        return found


def _models_sha256(package: Path) -> str:
    digest = hashlib.sha256()
    for name in _MODELS:
        try:
            digest.update((package / name).read_bytes())
        except FileNotFoundError:
            raise BacklineError(
                "The installed mediapipe carries no pose model (from 0.10.30 on it does not): "
                "run  pip install mediapipe==0.10.21  and try again."
            ) from None
    return digest.hexdigest()


@contextmanager
def _quiet_protobuf() -> Iterator[None]:
    """Silence protobuf's note that MediaPipe still calls a deprecated function."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*GetPrototype\(\) is deprecated")
        yield
