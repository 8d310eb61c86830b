"""One pass over the clip: the drawn-on video, the page's own small clip, and the stills."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.errors import SourceError
from backline.formats.video import Clip, Frame, VideoWriter, open_clip, split_rate
from backline.formats.video_reading import VideoClip
from backline.model.measurement import EVERY
from backline.model.posture import FloatArray
from backline.parallel import overlaps, prefetch
from backline.progress import Progress, ProgressCallback
from backline.report.overlay import Overlay
from backline.storage.temporary_files import private_folder

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

Picture = NDArray[np.uint8]

OVERLAY_SIDE_PX = 1280
"""Longest side of overlay.mp4, pixels (contract)."""

MOST_CLIP_BYTES = 17_000_000
"""Largest clip inside the page: 23 MB as base64, which leaves room for the rest below 25 MB."""

MOST_PAGE_RATE_HZ = 75.0
"""Above it the page's clip shows every second, third ... frame; screens rarely show more."""

_PLANS: tuple[tuple[float, int, int], ...] = (
    (60.0, 720, 27),
    (180.0, 560, 30),
    (600.0, 426, 33),
    (float("inf"), 320, 38),
)
"""Up to this length in seconds: longest side in pixels, and x264's crf, of the page's clip."""


@dataclass(frozen=True)
class Pictures:
    """What the page shows of the clip.

    Parameters
    ----------
    clip : bytes
        The page's own plain clip (mp4), times from the first analysed frame.
    size : tuple of int
        Its width and height, pixels.
    frames : dict of int to ndarray
        The frames that were asked for, RGB, longest side at most 1280 pixels.
    """

    clip: bytes
    size: tuple[int, int]
    frames: dict[int, Picture] = field(default_factory=dict)


def make_pictures(
    analysis: LiftAnalysis,
    overlay: Path,
    wanted: Iterable[int] = (),
    progress: ProgressCallback | None = None,
) -> Pictures:
    """Read the clip once; write the drawn-on video and return what the page shows.

    Memory does not grow with length, but for the frames that are asked for.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result; its source must still be where it was.
    overlay : Path
        Where the drawn-on video goes (H.264, appears whole or not at all).
    wanted : iterable of int
        Indices of frames to keep for stills.
    progress : callable, optional
        Hears of every frame drawn.

    Raises
    ------
    SourceError
        If the clip cannot be read any more, or is not the one that was analysed.
    """
    keep = frozenset(wanted)
    frames: dict[int, Picture] = {}
    posture = analysis.posture
    with ExitStack() as stack:
        folder = stack.enter_context(private_folder())
        clip = stack.enter_context(_open(analysis))
        work = _Writers(analysis, overlay, folder / "page.mp4")
        with stack.enter_context(ExitStack()) as files:
            for done, (index, frame) in enumerate(_matched(clip, posture.time_s), start=1):
                if index in keep:
                    frames[index] = frame.picture
                work.write(files, index, frame.picture)
                if progress is not None:
                    progress(Progress("drawing the report", done, len(posture)))
            work.finish()
        if not work.size:
            raise SourceError(
                f"'{analysis.source.path}' holds none of the frames that were analysed: "
                "leave the clip where it is until the report is written."
            )
        page = _small_enough(folder / "page.mp4", work.plan)
        return Pictures(page.read_bytes(), _size_of(page), frames)


def one_frame(analysis: LiftAnalysis, time_s: float) -> Picture:
    """Return the picture on screen at a time, longest side at most 1280 pixels.

    Raises
    ------
    SourceError
        If the clip cannot be read any more.
    """
    with _open(analysis) as clip:
        return next(clip.sample([time_s], max_side_px=OVERLAY_SIDE_PX)).picture


def page_plan(duration_s: float) -> int:
    """Return which of the page clip's plans suits a length: 0 the best, 3 the smallest."""
    return next(i for i, (longest, _, _) in enumerate(_PLANS) if duration_s <= longest)


class _Writers:
    """The two videos that one pass writes; they open with the first picture."""

    def __init__(self, analysis: LiftAnalysis, overlay: Path, page: Path) -> None:
        self._analysis = analysis
        self._paths = (overlay, page)
        self._time_s = analysis.posture.time_s
        self.plan = page_plan(analysis.source.duration_s)
        rate_hz = analysis.source.mean_rate_hz / int(analysis.settings.get(EVERY, 1))
        self._every = max(1, int(np.ceil(rate_hz / MOST_PAGE_RATE_HZ)))
        self.size: tuple[int, int] | None = None
        self._writing: tuple[Future[None], ...] = ()

    def _start(self, files: ExitStack, picture: Picture) -> None:
        height, width = picture.shape[:2]
        self.size = fitted(width, height, _PLANS[self.plan][1])
        crf = _PLANS[self.plan][2]
        self._overlay = files.enter_context(
            VideoWriter(self._paths[0], width, height, preset="superfast")
        )
        self._page = files.enter_context(
            VideoWriter(self._paths[1], *self.size, crf=crf, pictures=(width, height))
        )
        self._draw = Overlay(self._analysis, width, height)
        self._pools = [
            files.enter_context(ThreadPoolExecutor(1, f"backline-{name}-clip"))
            for name in ("page", "overlay")
        ]

    def write(self, files: ExitStack, index: int, picture: Picture) -> None:
        """Write one frame to both; both are encoded while the next one is drawn."""
        if self.size is None:
            self._start(files, picture)
        time_s = float(self._time_s[index] - self._time_s[0])
        page, overlay = self._pools
        plain = page.submit(self._write_plain, index, picture, time_s)
        drawn = self._draw.draw(picture.copy(), index)
        self.finish()
        self._writing = (plain, overlay.submit(self._overlay.write, drawn, time_s))
        if not overlaps():
            self.finish()

    def finish(self) -> None:
        """Wait until the last frame is written; raises what went wrong with it."""
        for one in self._writing:
            one.result()
        self._writing = ()

    def _write_plain(self, index: int, picture: Picture, time_s: float) -> None:
        if index % self._every == 0:
            self._page.write(picture, time_s)


def _open(analysis: LiftAnalysis) -> Clip:
    place, rate = split_rate(analysis.source.path)
    clip = open_clip(place, rate_hz=rate)
    clip.every = int(analysis.settings.get(EVERY, 1))
    return clip


def _matched(clip: Clip, time_s: FloatArray) -> Iterable[tuple[int, Frame]]:
    """Yield every frame that was analysed, with its index, by its own time."""
    tolerance = float(np.median(np.diff(time_s))) / 2 if len(time_s) > 1 else np.inf
    between = (time_s[1:] + time_s[:-1]) / 2
    last = -1
    for frame in prefetch(clip.frames(max_side_px=OVERLAY_SIDE_PX), depth=4):
        index = int(np.searchsorted(between, frame.time_s))
        if index > last and abs(float(time_s[index]) - frame.time_s) <= tolerance:
            last = index
            yield index, frame


def fitted(width: int, height: int, longest: int) -> tuple[int, int]:
    """Return a picture size scaled down to a longest side, both sides even."""
    scale = min(1.0, longest / max(width, height))
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))


def resized(picture: Picture, size: tuple[int, int] | None) -> Picture:
    """Return a picture at another size (width, height), averaged over area."""
    if size is None or (picture.shape[1], picture.shape[0]) == size:
        return picture
    small: Picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return small


def _small_enough(page: Path, plan: int) -> Path:
    """Encode the page's clip again, smaller, until it fits or no smaller plan is left."""
    while page.stat().st_size > MOST_CLIP_BYTES and plan < len(_PLANS) - 1:
        plan += 1
        smaller = page.with_name(f"page-{plan}.mp4")
        _, longest, crf = _PLANS[plan]
        with VideoClip(page) as clip, ExitStack() as files:
            size = fitted(clip.info.width_px, clip.info.height_px, longest)
            writer = files.enter_context(VideoWriter(smaller, *size, crf=crf))
            for frame in clip.frames():
                writer.write(resized(frame.picture, size), frame.time_s)
        page = smaller
    return page


def _size_of(clip_path: Path) -> tuple[int, int]:
    with VideoClip(clip_path) as clip:  # made here: not probed as others' videos are
        return clip.info.width_px, clip.info.height_px
