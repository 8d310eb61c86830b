"""Watching a clip: a row for every frame, in order, whatever the engine sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from threading import Event
from typing import Any

import numpy as np
import pytest

from backline.formats.frames import Clip, ClipInfo, Frame
from backline.model.measurement import EngineInfo
from backline.progress import Progress
from backline.sources.video import frame_pass
from backline.sources.video.clip_observations import ClipObservations
from backline.sources.video.frame_features import FeatureExtractor
from backline.sources.video.frame_pass import SHORTEST_DETECTION_S, observe_frames
from backline.sources.video.pose.person import Person
from backline.sources.video.quality.camera_motion import CameraTracker
from backline.sources.video.subject.clip_survey import ClipSurvey
from backline.sources.video.subject.selection import Subject
from tests.sources.video.sights import TRUNK, points_of

WIDE, TALL, N, RATE_HZ = 480, 760, 24, 20.0
DEADLINE_S = 60.0
KNEE = np.linspace(0.0, 60.0, N)


def wall() -> np.ndarray:
    """A wall with enough on it to see whether the camera stands."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(30, 220, (TALL // 20, WIDE // 20), dtype=np.uint8)
    return np.repeat(np.kron(coarse, np.ones((20, 20), np.uint8))[..., None], 3, axis=2)


class Film(Clip):
    """Frames held in memory."""

    def __init__(self, pictures: Sequence[np.ndarray]) -> None:
        tall, wide = pictures[0].shape[:2]
        info = ClipInfo("film", "video", wide, tall, "raw", "rgb24", 0, len(pictures), 1.2)
        super().__init__(info)
        self.pictures = pictures

    def frames(self, start_s=None, end_s=None, max_side_px=None) -> Iterator[Frame]:
        for i, picture in enumerate(self.pictures):
            yield Frame(i, i / RATE_HZ, picture)

    def sample(self, times, max_side_px=None) -> Iterator[Frame]:
        frames = list(self.frames())
        for time in times:
            yield frames[min(int(time * RATE_HZ), N - 1)]


class Told:
    """An engine that finds the lifter of each frame where it is told to, in order of calls."""

    info = EngineInfo("told", "1", "0" * 64)

    def __init__(self, people: Sequence[Person | None]) -> None:
        self.people = people
        self.resets = 0

    def find(self, picture: np.ndarray) -> Person | None:
        return self.people[int(picture[..., 2].max())]  # some of it may be blackened

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        pass


def numbered() -> list[np.ndarray]:
    """The wall in each frame, with the frame's number as its blue."""
    out = []
    for i in range(N):
        picture = wall()
        picture[..., 2] = i
        out.append(picture)
    return out


def people() -> list[Person | None]:
    points = points_of(KNEE, 0.25 * KNEE, 10.0)
    rows, columns = np.mgrid[0:TALL, 0:WIDE]
    found: list[Person | None] = []
    for one in points:
        hip, shoulder = one[24, :2], one[12, :2]
        middle = (hip + shoulder) / 2
        away = np.hypot((columns - middle[0]) / 45, (rows - middle[1]) / 120)
        found.append(Person(one, (away < 1).astype(np.float32)))
    return found


def surveyed(pictures: Sequence[np.ndarray]) -> ClipSurvey:
    subject = Subject((0, 0, WIDE, TALL), (300.0, 470.0), TRUNK, 1.0, 0, 0, ())
    return ClipSurvey(subject, "right", 1, TRUNK, CameraTracker(pictures[0]), None)


def watched(
    found: Sequence[Person | None], pictures: Sequence[np.ndarray] | None = None, **options: Any
) -> ClipObservations:
    shown = numbered() if pictures is None else pictures
    observations = observe_frames(
        Film(shown), Told(found), surveyed(shown), max_side_px=1920, **options
    )
    observations.crops.close()
    return observations


def test_slow_tasks_are_done_once_while_the_clip_is_watched() -> None:
    done: list[int] = []
    observations = watched(people(), meanwhile=(lambda: done.append(1),))
    assert done == [1]
    np.testing.assert_array_equal(observations.points, watched(people()).points)


def test_decoding_pose_and_features_of_neighbouring_frames_overlap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each stage waits for the one before it to be a frame ahead: one after the other, none could.
    decoded, posed = ([Event() for _ in range(N)] for _ in range(2))
    ahead: list[bool] = []

    class Ahead(Film):
        def frames(self, start_s=None, end_s=None, max_side_px=None) -> Iterator[Frame]:
            for frame in super().frames():
                decoded[frame.index].set()
                yield frame

    class Waiting(Told):
        def find(self, picture: np.ndarray) -> Person | None:
            number = int(picture[..., 2].max())
            ahead.append(decoded[min(number + 1, N - 1)].wait(DEADLINE_S))
            posed[number].set()
            return super().find(picture)

    record = frame_pass._Recorder.record

    def late(self: Any, frame: Frame, person: Person | None) -> Any:
        ahead.append(posed[min(frame.index + 1, N - 1)].wait(DEADLINE_S))
        return record(self, frame, person)

    monkeypatch.setattr(frame_pass._Recorder, "record", late)
    shown = numbered()
    seen = observe_frames(Ahead(shown), Waiting(people()), surveyed(shown), max_side_px=1920)
    seen.crops.close()
    assert all(ahead)
    np.testing.assert_array_equal(seen.points, watched(people()).points)


def test_every_frame_has_its_row_with_its_time_and_points() -> None:
    observations = watched(people())
    np.testing.assert_allclose(observations.time_s, np.arange(N) / RATE_HZ)
    assert observations.found.all()
    np.testing.assert_allclose(observations.points, points_of(KNEE, 0.25 * KNEE, 10.0), atol=1e-3)
    np.testing.assert_allclose(observations.lean_deg, 10.0, atol=1e-3)
    assert observations.crop_row.tolist() == list(range(N))
    assert (observations.width_px, observations.height_px) == (WIDE, TALL)
    assert (observations.side, observations.facing, observations.trunk_px) == ("right", 1, TRUNK)


def test_a_standing_camera_does_not_move_and_the_cut_has_its_light() -> None:
    observations = watched(people())
    assert not observations.camera_moving
    assert observations.camera_moved_px < 1.0
    assert 60 < observations.brightness.mean() < 190


def test_frames_in_which_nobody_is_found_are_empty_and_nothing_slips() -> None:
    found = people()
    found[6:12] = [None] * 6
    observations = watched(found)
    assert np.flatnonzero(~observations.found).tolist() == list(range(6, 12))
    for series in (
        observations.points,
        observations.features,
        observations.lean_deg,
        observations.back_line,
        observations.curve_deg,
    ):
        assert np.isnan(series[6:12]).all()
    assert not observations.back_visible[6:12].any()
    np.testing.assert_allclose(
        observations.points[12], points_of(KNEE, 0.25 * KNEE, 10.0)[12], atol=1e-3
    )


def test_a_chance_hit_among_frames_without_anybody_is_forgotten() -> None:
    found: list[Person | None] = [None] * N
    found[10:12] = people()[10:12]
    assert 2 / RATE_HZ < SHORTEST_DETECTION_S
    assert not watched(found).found.any()


def test_a_lifter_seen_from_first_to_last_frame_is_no_chance_hit() -> None:
    observations = watched(people()[:2], numbered()[:2])
    assert observations.found.all()


@pytest.mark.parametrize("flipped", ["upside_down", "knees_up"])
def test_bodies_that_no_lifter_has_are_not_taken(flipped: str) -> None:
    found = people()
    for i in range(8, 16):
        person = found[i]
        assert person is not None
        points = person.points.copy()
        if flipped == "upside_down":
            points[11:13, 1] = 2 * points[23:25, 1] - points[11:13, 1]
        else:
            points[25:27, 1] = points[23:25, 1] - TRUNK
        found[i] = replace(person, points=points)
    assert np.flatnonzero(~watched(found).found).tolist() == list(range(8, 16))


def test_a_panning_camera_is_noticed() -> None:
    wide = np.concatenate([wall(), wall()[:, ::-1]], axis=1)
    pictures = []
    for i in range(N):
        picture = np.ascontiguousarray(wide[:, 8 * i : 8 * i + WIDE])
        picture[..., 2] = i
        pictures.append(picture)
    observations = watched(people(), pictures)
    assert observations.camera_moving
    assert observations.camera_moved_px == pytest.approx(8 * (N - 1), rel=0.1)


def test_each_frame_is_told() -> None:
    told: list[Progress] = []
    watched(people(), progress=told.append)
    assert [p.done for p in told] == list(range(1, N + 1))
    assert {p.total for p in told} == {N}


def test_an_error_in_the_middle_comes_through() -> None:
    found = people()
    person = found[9]
    assert person is not None
    found[9] = replace(person, points=person.points[:5])
    with pytest.raises(IndexError):
        watched(found)


def test_a_frame_without_an_outline_says_nothing_about_its_neighbours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where no outline is found in two frames of three, the third keeps its visible points."""
    whole = FeatureExtractor.extract
    calls = count()

    def some(self: FeatureExtractor, *given: Any) -> Any:
        seen = whole(self, *given)
        blank = seen is not None and next(calls) % 3 != 0
        return replace(seen, line=np.full_like(seen.line, np.nan),
                       visible=np.zeros_like(seen.visible)) if blank else seen  # fmt: skip

    every = watched(people()).back_visible
    assert every.any()
    monkeypatch.setattr(FeatureExtractor, "extract", some)
    assert watched(people()).back_visible[::3][every[::3]].all()
