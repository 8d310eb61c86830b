"""Simulates image capture: background, shake, blur, noise, compression."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.phantom.body import Array
from backline.phantom.scene import Picture


@dataclass(frozen=True)
class CameraRecording:
    """How a phone records.

    Parameters
    ----------
    blur_px : float
        Standard deviation of the lens's blur, pixels.
    noise : float
        Standard deviation of the sensor's noise, grey levels of 255.
    gain, gamma : float
        Exposure.
    tint : tuple of float
        White balance, factor a channel.
    jpeg_quality : int
        Quality of an intra-frame compression, 100 = none.
    shake_px : float
        Standard deviation of the hand's shake, pixels.
    """

    blur_px: float = 0.6
    noise: float = 2.0
    gain: float = 1.0
    gamma: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    jpeg_quality: int = 90
    shake_px: float = 0.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> CameraRecording:
        """Draw a phone, a light and a compression."""
        return cls(
            float(rng.uniform(0.3, 1.4)),
            float(rng.choice([0.5, 2.0, 5.0, 10.0])),
            float(rng.uniform(0.8, 1.25)),
            float(rng.uniform(0.75, 1.3)),
            (float(rng.uniform(0.85, 1.15)), 1.0, float(rng.uniform(0.85, 1.15))),
            int(rng.choice([35, 60, 80, 95])),
        )


def room(
    width_px: int, height_px: int, floor_row: float, rng: np.random.Generator, clutter: int = 18
) -> Picture:
    """Paint a gym-like background.

    Parameters
    ----------
    width_px, height_px : int
        Picture size.
    floor_row : float
        Row where wall meets floor, pixels.
    rng : numpy.random.Generator
        Source of all choices.
    clutter : int
        Number of things standing about.

    Returns
    -------
    ndarray of uint8, shape (height_px, width_px, 3)
    """
    wall, floor = rng.uniform(25, 235, 3), rng.uniform(20, 200, 3)
    if rng.random() < 0.85:
        wall, floor = wall.mean() + rng.normal(0, 8, 3), floor.mean() + rng.normal(0, 8, 3)
    picture = np.empty((height_px, width_px, 3), np.float32)
    rows = np.arange(height_px)[:, None, None]
    picture[:] = np.where(rows < floor_row, wall, floor)
    picture *= rng.uniform(0.75, 1.1) + rng.uniform(-0.25, 0.25) * rows / height_px
    for _ in range(int(rng.integers(0, clutter + 1))):
        _thing(picture, floor_row, rng)
    picture += _texture((height_px, width_px), rng)[..., None] * rng.choice([0.0, 3.0, 8.0])
    soft = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.6, 3.5)))
    return np.clip(soft, 0, 255).astype(np.uint8)


def _thing(picture: NDArray[np.float32], floor_row: float, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    colour = tuple(float(c) for c in rng.uniform(0, 255) + rng.normal(0, 15, 3))
    x, y = int(rng.integers(0, width)), int(rng.integers(0, max(int(floor_row * 1.15), 1)))
    size = int(height * rng.uniform(0.02, 0.18))
    kind = rng.integers(0, 4)
    if kind == 0:
        wide = int(size * rng.uniform(0.3, 3))
        cv2.rectangle(picture, (x, y), (x + wide, y + size), colour, -1)
    elif kind == 1:
        cv2.circle(picture, (x, y), size // 2, colour, int(rng.choice([-1, 4, 10])))
    elif kind == 2:
        thick = int(rng.integers(2, max(3, width // 40)))
        cv2.line(picture, (x, 0), (x + int(rng.normal(0, 12)), int(floor_row)), colour, thick)
    else:
        end = (x + int(rng.normal(0, width / 3)), y + int(rng.normal(0, height / 25)))
        cv2.line(picture, (x, y), end, colour, int(rng.integers(1, max(2, width // 60))))


def _texture(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    coarse = rng.normal(0, 1, (shape[0] // 12 + 1, shape[1] // 12 + 1)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC))


def record(
    lifter: Picture,
    cover: NDArray[np.float32],
    background: Picture,
    recording: CameraRecording,
    rng: np.random.Generator,
    shift_px: Array | None = None,
) -> Picture:
    """Compose a lifter onto a background and pass the picture through the phone.

    Parameters
    ----------
    lifter : ndarray of uint8, shape (h, w, 3)
        The drawn lifter on black.
    cover : ndarray of float32, shape (h, w)
        Share of each pixel that the lifter covers.
    background : ndarray of uint8, shape (h, w, 3)
        The room.
    recording : CameraRecording
        The phone.
    rng : numpy.random.Generator
        For the sensor's noise.
    shift_px : ndarray, shape (2,), optional
        The hand's shake in this frame, pixels right and down.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
    """
    rest = cv2.merge([1.0 - cover] * 3)
    behind = cv2.multiply(rest, background.astype(np.float32))
    picture = cv2.add(lifter, behind, dtype=cv2.CV_8U)
    if shift_px is not None:
        move = np.array([[1, 0, shift_px[0]], [0, 1, shift_px[1]]], np.float32)
        size = (picture.shape[1], picture.shape[0])
        picture = cv2.warpAffine(picture, move, size, borderMode=cv2.BORDER_REPLICATE)
    picture = cv2.GaussianBlur(picture, (0, 0), recording.blur_px)
    picture = cv2.LUT(picture, _exposure(recording))
    grain = _grain((cover.shape[0], cover.shape[1]), recording.noise, rng)
    picture = cv2.add(picture, grain, dtype=cv2.CV_8U)
    if recording.jpeg_quality >= 100:
        return np.asarray(picture)
    _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, recording.jpeg_quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))


def _exposure(recording: CameraRecording) -> NDArray[np.uint8]:
    """Table from linear to recorded grey levels, shape (1, 256, 3)."""
    level = 255.0 * np.clip(np.arange(256) * recording.gain / 255.0, 0, 1) ** recording.gamma
    table = level[:, None] * np.asarray(recording.tint)
    return np.asarray(np.clip(table, 0, 255).astype(np.uint8)[None])


def _grain(shape: tuple[int, int], noise: float, rng: np.random.Generator) -> NDArray[np.int16]:
    """Sensor noise: a random window of one fixed field of grain."""
    field = _grain_field(noise)
    y, x = rng.integers(0, field.shape[0], 2)
    tall, wide = shape[0] // field.shape[0] + 2, shape[1] // field.shape[1] + 2
    tiled = np.tile(field, (tall, wide, 1))
    return np.ascontiguousarray(tiled[y : y + shape[0], x : x + shape[1]])


@functools.lru_cache(maxsize=64)
def _grain_field(noise: float) -> NDArray[np.int16]:
    return np.random.default_rng(0).normal(0, noise, (509, 509, 3)).round().astype(np.int16)
