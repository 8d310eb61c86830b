"""Reads a folder of numbered images as a clip."""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backline.errors import SourceError, UsageError
from backline.formats.frames import Clip, ClipInfo, Frame, check_side
from backline.formats.picture_orientation import Painter, Stored

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
"""Endings of the images that a folder is searched for."""

_NUMBER = re.compile(r"(\d+)")


class ImageClip(Clip):
    """A folder of images in the order of their numbers, at a given rate.

    A number that is missing from the sequence is a frame that is missing: it leaves a gap in
    time. Numbers that do not count frames (time stamps, say) are used for the order only.

    Parameters
    ----------
    folder : str or Path
        Holds png, jpg, bmp or tif files.
    rate_hz : float
        Frames a second.

    Raises
    ------
    SourceError
        If there is no readable image in the folder.
    UsageError
        If the rate is missing or not positive.
    """

    def __init__(self, folder: str | Path, rate_hz: float | None) -> None:
        self._files = find_images(Path(folder))
        if rate_hz is None:
            raise UsageError(
                f"'{folder}' is a folder of {len(self._files)} images, which hold no times: "
                f"give the frames a second after an @, for example '{folder}@30'."
            )
        if not (math.isfinite(rate_hz) and rate_hz > 0):
            raise UsageError(
                f"A rate of {rate_hz} frames a second is impossible: give one above 0."
            )
        self._times_s = [step / rate_hz for step in frame_steps(self._files)]
        first = next((frame for frame in map(decode_image, self._files) if frame), None)
        if first is None:
            raise SourceError(
                f"'{folder}' holds {len(self._files)} images, and none can be decoded: "
                "export them again as png or jpg."
            )
        self._stored = Stored.of(first)
        width, height = self._stored.shown_size()
        super().__init__(
            ClipInfo(
                path=str(folder),
                kind="images",
                width_px=width,
                height_px=height,
                codec=self._files[0].suffix[1:].lower(),
                pixel_format=first.format.name,
                rotation_deg=self._stored.turn.clockwise_deg,
                frames_hint=len(self._files),
                duration_hint_s=self._times_s[-1] + 1 / rate_hz,
                rate_hint_hz=float(rate_hz),
            ),
            float(rate_hz),
        )

    def frames(
        self,
        start_s: float | None = None,
        end_s: float | None = None,
        max_side_px: int | None = None,
    ) -> Iterator[Frame]:
        """Read the images one after the other; see :meth:`Clip.frames`."""
        check_side(max_side_px)
        self.damaged = 0
        start = -math.inf if start_s is None else start_s
        end = math.inf if end_s is None else end_s
        painter = Painter(self._stored, max_side_px)
        index, last = 0, -1
        for time_s, file in zip(self._times_s, self._files, strict=True):
            if not start <= time_s < end:
                continue
            raw = self._decode(file)
            if raw is None:
                self.damaged += 1
                continue
            before, last = last, self._slot(time_s) if self.every > 1 else last + 1
            if last == before:
                continue
            yield Frame(index, time_s, painter.paint(raw))
            index += 1

    def sample(self, times: Sequence[float], max_side_px: int | None = None) -> Iterator[Frame]:
        """Read the images on screen at the given times; see :meth:`Clip.sample`."""
        check_side(max_side_px)
        painter = Painter(self._stored, max_side_px)
        for index, wanted in enumerate(times):
            place = max(int(np.searchsorted(self._times_s, wanted, side="right")) - 1, 0)
            # A damaged image is replaced by the last good one before it, else the next after.
            order = (*range(place, -1, -1), *range(place + 1, len(self._files)))
            found = ((self._times_s[i], self._decode(self._files[i])) for i in order)
            time_s, raw = next((t, raw) for t, raw in found if raw is not None)
            yield Frame(index, time_s, painter.paint(raw))

    def _decode(self, file: Path) -> VideoFrame | None:
        """Return one decoded image; None if it is damaged or has another shape."""
        raw = decode_image(file)
        return raw if raw is not None and self._stored.fits(raw) else None


def find_images(folder: Path) -> list[Path]:
    """Return the images of a folder, in the order of the numbers in their names.

    Raises
    ------
    SourceError
        If there is no such folder, or no image in it.
    """
    try:
        held = [p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")]
    except OSError as error:
        raise SourceError(
            f"'{folder}' cannot be opened as a folder ({error.strerror}): check its name."
        ) from error
    images = [p for p in held if p.suffix.lower() in IMAGE_SUFFIXES]
    if not images:
        raise SourceError(
            f"The folder '{folder}' holds {len(held)} files but no images; numbered png, jpg, bmp "
            "or tif files were expected: name the folder that holds them, or one video file."
        )
    return sorted(images, key=_natural)


def frame_steps(files: Sequence[Path]) -> list[int]:
    """Return each image's place in time, in frames from the first.

    The last number in the names counts frames if it usually grows by one step; else the
    images are taken to follow each other without gaps.
    """
    found = [_NUMBER.findall(file.stem) for file in files]
    if len(files) > 1 and all(found):
        numbers = np.array([int(digits[-1]) for digits in found], dtype=object)
        jumps = numbers[1:] - numbers[:-1]
        step = math.gcd(*(int(jump) for jump in jumps))
        if min(jumps) > 0 and int(np.median(jumps.astype(np.float64))) == step:
            return [int(number - numbers[0]) // step for number in numbers]
    return list(range(len(files)))


def decode_image(file: Path) -> VideoFrame | None:
    """Decode one image file; None if it is damaged.

    Raises
    ------
    SourceError
        If it has more pixels than are taken; it is not decoded then.
    """
    import av

    try:
        content = file.read_bytes()
        _check_pixels(file, content)
        with av.open(io.BytesIO(content), mode="r") as container:
            frame = next(container.decode(video=0), None)
    except (av.error.FFmpegError, OSError, IndexError):
        return None
    return None if frame is None or frame.is_corrupt else frame


def _check_pixels(file: Path, content: bytes) -> None:
    """Raise where the header states too many pixels; a header that says nothing is FFmpeg's."""
    from PIL import Image

    from backline.settings import Settings

    most = Settings().most_picture_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as header:
                width, height = header.size
    except Image.DecompressionBombError:
        width, height = most, 2
    except (OSError, SyntaxError, ValueError):
        return
    if width * height > most:
        raise SourceError(
            f"'{file}' states more than {most / 1e6:.0f} million pixels: export the pictures "
            "smaller."
        )


def _natural(file: Path) -> list[tuple[int, int, str]]:
    """Sort key in which ``f9`` comes before ``f10``."""
    parts = _NUMBER.split(file.name.lower())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts]
