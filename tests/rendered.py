"""Tiny rendered lifts whose truth is known, made once and shared by the tests."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backline.formats.video import VideoWriter, open_clip
from backline.phantom.body import PhantomBody, Shape
from backline.phantom.camera import Camera
from backline.phantom.capture import CameraRecording
from backline.phantom.clip import Scene, shoot
from backline.phantom.kinematics import Stance
from backline.phantom.plan import LiftPlan, RepPlan, unroll
from backline.phantom.scene import Light
from backline.phantom.wardrobe import Outfit
from backline.pipeline import Analysis, analyze
from backline.sources.registry import SourceOptions
from backline.sources.video import source
from backline.sources.video.clip_observations import ClipObservations
from tests.seen import once

Picture = NDArray[np.uint8]

#: One squat without a bar, 39 frames: standing, and a rep of 2.5 s.
RATE_HZ = 10.0
SQUAT = LiftPlan(
    (RepPlan(knee_deg=100, descent_s=0.9, bottom_s=0.2, ascent_s=0.9, lockout_s=0.5),),
    standing_s=1.2,
    after_s=0.2,
    rate_hz=RATE_HZ,
    sway_deg=0.0,
)
OUTFIT = Outfit(
    fit="tight",
    shirt=(0.15, 0.3, 0.6),
    shorts=(0.1, 0.1, 0.12),
    legs=(0.8, 0.62, 0.5),
    shoes=(0.9, 0.9, 0.9),
    skin=(0.8, 0.62, 0.5),
    hair=(0.2, 0.12, 0.08),
    standoff_m=0.003,
)


def scene(**changes: object) -> Scene:
    """A lifter seen from the right side, 360x480; ``changes`` are fields of the camera."""
    camera = {"width_px": 360, "height_px": 480, "fill": 0.75, **changes}
    return Scene(
        shape=Shape(gender=0.1, muscle=0.6, weight=0.45),
        stance=Stance(bar="none"),
        outfit=OUTFIT,
        loading=None,
        camera=Camera(**camera),  # type: ignore[arg-type]
        light=Light(),
        recording=CameraRecording(jpeg_quality=100),
        seed=1,
    )


@functools.cache
def body() -> PhantomBody:
    """The body that the tests pose."""
    return PhantomBody(scene().shape)


@dataclass(frozen=True)
class Film:
    """A rendered clip in memory: pictures (n, h, w, 3), times (n,) and its truth."""

    pictures: NDArray[np.uint8]
    time_s: NDArray[np.float64]
    truth: pd.DataFrame


@functools.cache
def squat() -> Film:
    """The squat of `SQUAT`, rendered once."""
    return _film(scene(), SQUAT)


def standing(yaw_deg: float) -> Film:
    """Its 12 frames of standing, from a camera off the side view."""
    return _film(scene(yaw_deg=yaw_deg), replace(SQUAT, reps=(), after_s=0.01))


def _film(scene: Scene, plan: LiftPlan) -> Film:
    film = once(f"film {scene} {plan}", "backline.phantom.clip", lambda: _shot(scene, plan))
    film.pictures.flags.writeable = False
    return film


def _shot(scene: Scene, plan: LiftPlan) -> Film:
    shots = list(shoot(scene, unroll(plan)))
    pictures = np.stack([shot.picture for shot in shots])
    times = np.array([shot.time_s for shot in shots])
    return Film(pictures, times, pd.DataFrame([shot.truth for shot in shots]))


def write(
    path: Path, pictures: NDArray[np.uint8], time_s: NDArray[np.float64] | None = None
) -> Path:
    """Write pictures as H.264; the squat's own times where none are given."""
    times = squat().time_s if time_s is None else time_s
    height, width = pictures[0].shape[:2]
    with VideoWriter(path, width, height, crf=18) as video:
        for picture, time in zip(pictures, times, strict=False):
            video.write(np.ascontiguousarray(picture), float(time))
    return path


@functools.cache
def squat_clip() -> Path:
    """The squat as a file that lives as long as the tests run."""
    folder = tempfile.mkdtemp(prefix="backline-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return write(Path(folder) / "squat.mp4", squat().pictures)


#: The same lifter with stickers on, who rounds at the bottom; large ones, in a small picture.
WORN = replace(
    SQUAT,
    reps=(
        replace(
            SQUAT.reps[0], knee_deg=105, descent_s=1.3, bottom_s=0.5, ascent_s=1.3, bottom_deg=16.0
        ),
    ),
)


def worn_scene() -> Scene:
    """Who wears them, 480x640."""
    return replace(scene(width_px=480, height_px=640, fill=0.8), stickers_mm=60.0)


@functools.cache
def worn() -> Film:
    """The squat of `WORN`, rendered once."""
    return _film(worn_scene(), WORN)


@functools.cache
def worn_clip() -> Path:
    """It as a file that lives as long as the tests run."""
    folder = tempfile.mkdtemp(prefix="backline-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return write(Path(folder) / "worn.mp4", worn().pictures, worn().time_s)


@functools.cache
def worn_analysis() -> Analysis:
    """It analysed the whole way, carried by its stickers."""
    return analyze(worn_clip(), lift="squat")


@functools.cache
def squat_sight() -> ClipObservations:
    """The squat as the video source sees it; its spool stays open as long as the tests run."""
    with open_clip(squat_clip()) as clip:
        observations, _ = source.observe(clip, SourceOptions())
    assert observations is not None
    atexit.register(observations.crops.close)
    return observations


@functools.cache
def squat_analysis() -> Analysis:
    """The squat analysed the whole way."""
    return analyze(squat_clip())
