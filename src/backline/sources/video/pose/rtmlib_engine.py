"""RTMPose (Halpe26) through rtmlib behind the engine interface.

RTMPose finds points, not outlines, so that MediaPipe finds the person and the mask, and RTMPose
the points inside. Its weights are installed by the user: in the models folder, next to a file with
their SHA-256. Nothing is downloaded.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.errors import BacklineError, MissingExtraError, UsageError
from backline.model.measurement import EngineInfo
from backline.sources.video.pose.mediapipe_engine import MediaPipeEngine
from backline.sources.video.pose.person import Person
from backline.user_dirs import MODELS_VARIABLE, models_folder

MODEL = "rtmpose-halpe26.onnx"
"""Name of the weights in the models folder; their hash is in a .sha256 file next to them."""
POINTS = 26  # of Halpe26

TO_BLAZEPOSE = {
    0: 0, 1: 2, 2: 5, 3: 7, 4: 8, 5: 11, 6: 12, 7: 13, 8: 14, 9: 15, 10: 16, 11: 23, 12: 24,
    13: 25, 14: 26, 15: 27, 16: 28, 20: 31, 21: 32, 24: 29, 25: 30,
}  # fmt: skip
"""Halpe26's points to BlazePose's; the others stay as MediaPipe found them."""


class RtmlibEngine:
    """RTMPose's points on MediaPipe's person.

    Parameters
    ----------
    static : bool
        True for pictures that do not follow each other in time.
    folder : Path, optional
        Where the weights lie; the models folder by default.

    Raises
    ------
    MissingExtraError
        If rtmlib is not installed.
    UsageError
        If the weights or their hash are missing or do not belong together.
    BacklineError
        If the weights are no RTMPose model of 26 points.
    """

    def __init__(self, static: bool = False, folder: Path | None = None) -> None:
        try:
            import rtmlib
            from rtmlib.tools.pose_estimation.rtmpose import RTMPose
        except ImportError:
            raise MissingExtraError("The engine rtmlib", "engines") from None
        path, digest = _weights(folder or models_folder())
        wide, tall = _input_size(path)
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what it loads
            self._pose: Any = RTMPose(
                str(path), model_input_size=(wide, tall), backend="onnxruntime", device="cpu"
            )
        self._person = MediaPipeEngine(static=static)
        version = getattr(rtmlib, "__version__", "") or _version()
        self._info = EngineInfo("rtmlib", str(version), digest)

    @property
    def info(self) -> EngineInfo:
        """Name, version and hash of the weights."""
        return self._info

    def find(self, picture: NDArray[np.uint8]) -> Person | None:
        """Return the most prominent person of an RGB picture (h, w, 3), or None."""
        person = self._person.find(picture)
        if person is None:
            return None
        seen = person.points[:, :2]
        box = np.concatenate([seen.min(axis=0), seen.max(axis=0)]).tolist()
        found, trust = self._pose(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [box])
        points = person.points.copy()
        for own, theirs in TO_BLAZEPOSE.items():
            points[theirs, :2] = found[0, own]
            points[theirs, 2] = np.clip(trust[0, own], 0.0, 1.0)
        return replace(person, points=points)

    def reset(self) -> None:
        """Reset the tracking."""
        self._person.reset()

    def close(self) -> None:
        """Free what the engines hold."""
        self._person.close()


def _weights(folder: Path) -> tuple[Path, str]:
    """Return the weights and their SHA-256, checked against the file next to them."""
    path = folder / MODEL
    beside = folder / f"{MODEL}.sha256"
    if not path.is_file():
        raise UsageError(
            f"The engine rtmlib needs RTMPose's weights as '{path}', which is not there: put an "
            f"RTMPose model of Halpe's 26 points there (ONNX), or name another folder with the "
            f"environment variable {MODELS_VARIABLE}. Nothing is fetched."
        )
    if not beside.is_file():
        raise UsageError(
            f"The weights '{path}' have no hash beside them: write the SHA-256 that their "
            f"publisher gives into '{beside}' (as sha256sum does), so that another file is noticed."
        )
    wanted = (beside.read_text(encoding="utf-8", errors="replace").split() or [""])[0].lower()
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != wanted:
        raise UsageError(
            f"The weights '{path}' have the SHA-256 {found}, and '{beside}' says {wanted or 'none'}"
            ": they are not the ones that were meant; put the right file there."
        )
    return path, found


def _input_size(path: Path) -> tuple[int, int]:
    """Return the width and height that a model takes; refuse one of other than 26 points."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        model = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        _, channels, tall, wide = model.get_inputs()[0].shape
        across, along = (output.shape for output in model.get_outputs())
        fits = channels == 3 and across[1] == along[1] == POINTS
    except _unusable() as error:
        raise BacklineError(
            f"The weights '{path}' cannot be used ({error}): an RTMPose model in ONNX was expected."
        ) from error
    if not fits:
        raise BacklineError(
            f"The weights '{path}' give {across[1]} points, and Halpe's {POINTS} were expected: "
            "take the model that is called halpe26."
        )
    return int(wide), int(tall)


def _unusable() -> tuple[type[Exception], ...]:
    """Return the exceptions raised for a file that is no model, or one of another shape."""
    from onnxruntime.capi import onnxruntime_pybind11_state as native

    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile")
    raised: list[type[Exception]] = [getattr(native, n) for n in names if hasattr(native, n)]
    return (ValueError, IndexError, *raised)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("rtmlib")
    except PackageNotFoundError:
        return ""
