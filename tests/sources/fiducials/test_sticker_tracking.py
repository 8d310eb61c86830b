"""Stickers are tracked through a clip whose every frame is known."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from backline.formats.frames import Clip, ClipInfo, Frame
from backline.sources.fiducials.layout import T12
from backline.sources.fiducials.sticker_detection import turn_deg
from backline.sources.fiducials.sticker_tracking import (
    StickerSurvey,
    StickerTracks,
    track_stickers,
)
from backline.sources.video.clip_observations import ClipObservations
from tests.sources.fiducials.printed import all_five, picture_of
from tests.sources.video.sights import sight_of

RATE_HZ, N = 20.0, 14
TURNS = 20 * np.sin(np.arange(N) / N * np.pi)


class Shown(Clip):
    """A clip of pictures in memory."""

    def __init__(self, pictures: list[np.ndarray]) -> None:
        tall, wide = pictures[0].shape[:2]
        super().__init__(ClipInfo("", "video", wide, tall, "", "", 0, len(pictures), None))
        self._pictures = pictures

    def frames(
        self,
        start_s: float | None = None,
        end_s: float | None = None,
        max_side_px: int | None = None,
    ) -> Iterator[Frame]:
        for i, picture in enumerate(self._pictures):
            yield Frame(i, i / RATE_HZ, picture)

    def sample(self, times: Sequence[float], max_side_px: int | None = None) -> Iterator[Frame]:
        for time in times:
            i = round(time * RATE_HZ)
            yield Frame(i, i / RATE_HZ, self._pictures[i])


def lifter(n: int = N) -> ClipObservations:
    """Whom the pictures show: a trunk of 300 pixels in the middle."""
    points = np.full((n, 33, 3), np.nan, np.float32)
    for left, at in ((11, (110, 20)), (23, (110, 200)), (25, (120, 300))):
        points[:, left : left + 2] = (*at, 1.0)
    return sight_of(points, trunk_px=300.0, width_px=240, height_px=320)


@functools.cache
def printed(frame: int, bare: bool) -> np.ndarray:
    """The picture of a frame, drawn once."""
    return picture_of([] if bare else all_five(TURNS[frame]))


def film(covered: Sequence[int] = (), bare: bool = False) -> list[np.ndarray]:
    """The pictures; in some a thread hangs over T12, which cannot be read then."""
    pictures = []
    for i, turn in enumerate(TURNS):
        picture = printed(i, bare).copy()
        if i in covered:
            hidden = all_five(turn)[T12]
            x, y = round(hidden.x), round(hidden.y)
            picture[y - 20 : y + 20, x - 8 : x - 5] = 150
        pictures.append(picture)
    return pictures


def track(
    pictures: list[np.ndarray], observations: ClipObservations | None = None
) -> StickerTracks | None:
    return track_stickers(Shown(pictures), observations or lifter(), max_side_px=1920)


def test_every_sticker_is_read_in_every_sharp_frame() -> None:
    tracks = track(film())
    assert tracks is not None
    assert tracks.read.all()
    assert np.abs(turn_deg(tracks.corners) - TURNS[:, None]).max() < 0.8


def test_frames_that_cannot_be_read_are_followed_and_marked() -> None:
    tracks = track(film(covered=(5, 6)))
    assert tracks is not None
    assert not tracks.read[5:7, T12].any()
    followed = turn_deg(tracks.corners)[5:7, T12]
    assert np.abs(followed - TURNS[5:7]).max() < 2.0


def test_a_sticker_is_not_followed_for_long() -> None:
    tracks = track(film(covered=range(4, 14)))
    assert tracks is not None
    assert np.isnan(tracks.corners[10:, T12]).all()


def test_a_clip_without_stickers_is_read_no_second_time() -> None:
    assert track(film(bare=True)) is None


def test_a_sticker_in_a_single_frame_is_chance() -> None:
    pictures = film(bare=True)
    pictures[3] = picture_of(all_five()[:1])
    assert track(pictures) is None


def surveyed(pictures: list[np.ndarray]) -> StickerSurvey:
    """Return what the pass over a clip has seen of stickers."""
    observations = lifter()
    survey = StickerSurvey(len(pictures) / RATE_HZ)
    for frame, points in zip(Shown(pictures).frames(), observations.points, strict=True):
        survey.look(frame, points, observations.trunk_px)
    return survey


def test_the_pass_over_the_clip_shows_whether_it_has_stickers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = film(bare=True)
    chance[3] = picture_of(all_five()[:1])
    assert surveyed(film()).shows_some
    assert not surveyed(film(bare=True)).shows_some
    assert not surveyed(chance).shows_some
    # Then the clip is not read again; with several shots it is, as the pass saw all of them.
    monkeypatch.setattr(Shown, "sample", lambda *_, **__: pytest.fail("read again"))
    nothing = surveyed(film(bare=True))
    assert track_stickers(Shown(film()), lifter(), max_side_px=1920, survey=nothing) is None
    assert track_stickers(Shown(film()), lifter(), max_side_px=1920, survey=surveyed(film()))


def test_of_several_shots_the_measured_one_is_sampled() -> None:
    shots = replace(lifter(), shot=np.arange(N) // 8, measured_shot=1)
    nothing = surveyed(film(bare=True))
    assert track_stickers(Shown(film()), shots, max_side_px=1920, survey=nothing) is not None


def test_a_clip_that_shows_nobody_has_no_stickers() -> None:
    assert track(film(), replace(lifter(), crop_row=np.full(N, -1))) is None


def test_frames_beyond_the_ones_that_were_watched_are_left_out() -> None:
    tracks = track(film(), lifter(N - 4))
    assert tracks is not None
    assert len(tracks.corners) == N - 4


def test_the_progress_is_told_frame_by_frame() -> None:
    told: list[int] = []
    track_stickers(
        Shown(film()), lifter(), max_side_px=1920, progress=lambda p: told.append(p.done)
    )
    assert told == list(range(1, N + 1))
