"""Tiny films with known content: frame i has the grey level of i, its first corner is white."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

GREY_FLOOR, GREY_STEP = 16, 16
"""Frame i is filled with GREY_FLOOR + GREY_STEP * (i % 12)."""


def draw(index: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """Picture of frame ``index``: its grey, and white in the top left quarter's corner."""
    grey = GREY_FLOOR + GREY_STEP * (index % 12)
    picture = np.full((height, width, 3), grey, np.uint8)
    picture[: height // 4, : width // 4] = 255
    return picture


def index_of(picture: NDArray[np.uint8]) -> int:
    """Index (modulo 12) that a picture shows in its middle."""
    height, width = picture.shape[:2]
    middle = picture[
        height * 3 // 8 : height * 5 // 8 + 1, width * 3 // 8 : width * 5 // 8 + 1
    ].mean()
    return round((float(middle) - GREY_FLOOR) / GREY_STEP)


def white_corner(picture: NDArray[np.uint8]) -> str:
    """Which corner is white: "top left", "top right", "bottom left" or "bottom right"."""
    height, width = picture.shape[:2]
    corners = {
        f"{v} {h}": float(picture[y : y + 4, x : x + 4].mean())
        for v, y in (("top", 2), ("bottom", height - 6))
        for h, x in (("left", 2), ("right", width - 6))
    }
    return max(corners, key=lambda name: corners[name])


def make_film(
    path: Path,
    codec: str = "libx264",
    *,
    frames: int = 12,
    size: tuple[int, int] = (64, 48),
    pixel_format: str = "yuv420p",
    ticks: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 30),
    rate: Fraction = Fraction(30),
    matrix: Sequence[int] | None = None,
    pixel_aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
    muxing: dict[str, str] | None = None,
    noise: bool = False,
) -> Path:
    """Write a film and return its path; times are ``ticks * time_base``."""
    try:
        av.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"this PyAV has no encoder {codec}")
    random = np.random.default_rng(0)
    with av.open(str(path), "w", options=muxing or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = time_base
        if pixel_aspect:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if matrix:
            stream.set_display_matrix(matrix)
        for i in range(frames):
            picture = draw(i, *size)
            if noise:
                picture[:12] = random.integers(0, 255, picture[:12].shape, dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame = frame.reformat(format=pixel_format)
            frame.pts, frame.time_base = (ticks[i] if ticks else i), time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture
def film() -> Callable[..., Path]:
    """The maker of tiny films."""
    return make_film


@pytest.fixture
def look() -> Any:
    """What a picture shows: ``look.index``, ``look.corner``, and ``look.draw`` to make one."""

    class Look:
        index = staticmethod(index_of)
        corner = staticmethod(white_corner)
        draw = staticmethod(draw)

    return Look
