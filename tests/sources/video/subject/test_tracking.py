"""The follower stays with the subject and comes back after losing them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.sources.video.pose.person import LEFT_KNEE, RIGHT_KNEE
from backline.sources.video.subject.person_detection import (
    PersonDetection,
    hip_and_trunk,
    thigh_share,
)
from backline.sources.video.subject.selection import Subject
from backline.sources.video.subject.tracking import (
    DOUBT_AGAIN_S,
    DOUBT_S,
    SHORT_THIGH,
    SubjectTracker,
)
from tests.sources.video.people import TRUNK_SHARE, RectangleEngine, picture_with

TALL = 200


def _athlete(region=(40, 20, 220, 290), x=120.0) -> Subject:
    trunk = TRUNK_SHARE * TALL
    return Subject(region, (x, 134.0), trunk, 1.0, 0, 0, ())


def _follow(pictures, subject=None, rate_hz=30.0):
    engine = RectangleEngine()
    follower = SubjectTracker(engine, subject or _athlete())
    found = [follower.find(p, i / rate_hz) for i, p in enumerate(pictures)]
    hips = [None if p is None else float(hip_and_trunk(p)[0][0]) for p in found]
    return hips, engine, found


def test_places_and_mask_are_those_of_the_full_picture() -> None:
    hips, engine, found = _follow([picture_with((120, 40, TALL, 200))] * 3)
    assert hips == pytest.approx([119.5] * 3)
    assert found[0].mask.shape == (300, 400)
    assert found[0].mask[140, 120] == 1.0
    assert found[0].mask[140, 300] == 0.0
    assert engine.sizes[0] == (270, 180)  # only the subject's region was searched
    assert engine.finds == 3


def test_a_larger_person_outside_the_region_is_not_even_seen() -> None:
    hips, _, _ = _follow([picture_with((120, 40, TALL, 200), (330, 5, 290, 180))] * 4)
    assert hips == pytest.approx([119.5] * 4)


def test_somebody_who_walks_in_front_is_not_taken_for_the_athlete() -> None:
    alone = picture_with((80, 40, TALL, 200))
    crossed = picture_with((80, 40, TALL, 200), (190, 30, 240, 160))  # larger, elsewhere
    hips, engine, _ = _follow([alone] * 5 + [crossed] * 3 + [alone] * 10, _athlete(x=80.0))
    assert hips[:5] == pytest.approx([79.5] * 5)
    assert all(hip is None or hip == pytest.approx(79.5) for hip in hips[5:8])
    assert hips[-1] == pytest.approx(79.5)
    assert engine.resets >= 1


PLATE = (200, 200, 0)


class Distracted(RectangleEngine):
    """Overlooks everybody while a plate is in the picture, but for one whose place it knows."""

    def __init__(self, remembers: bool) -> None:
        super().__init__()
        self.remembers, self.knows = remembers, False

    def find(self, picture):
        distracted = (picture == PLATE).all(axis=2).any() and not self.knows
        person = super().find(picture)
        self.knows = self.remembers and person is not None and not distracted
        return None if distracted else person

    def reset(self) -> None:
        super().reset()
        self.knows = False


def _beside_a_plate(at=(slice(220, 260), slice(230, 290)), *people):
    picture = picture_with((120, 40, TALL, 200), *people)
    picture[at] = PLATE
    return picture


BELOW = slice(190, 260), slice(90, 150)
"""Before the legs: 56 pixels and more below the hip, so within the lowest band only."""


@pytest.mark.parametrize("remembers", [True, False])
@pytest.mark.parametrize("at", [(slice(220, 260), slice(230, 290)), BELOW])
def test_a_lifter_whom_the_engine_overlooks_for_a_plate_is_looked_for_apart(
    at: tuple[slice, slice], remembers: bool
) -> None:
    engine = Distracted(remembers)
    follower = SubjectTracker(engine, _athlete((0, 0, 400, 300)))
    found = follower.find(_beside_a_plate(at), 0.0)
    assert found is not None
    assert hip_and_trunk(found)[0][0] == pytest.approx(119.5)
    assert found.mask.shape == (300, 400)
    # With the place known, the whole picture was looked at, legs behind the plate and all.
    again = follower.find(_beside_a_plate(at), 1 / 30)
    assert (again is not None) == remembers


class Undetecting(RectangleEngine):
    """Detects nobody after its first frame, but reads a person in a square it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.squares: list[tuple[tuple[float, float], float]] = []
        self.turns: list[float] = []

    def find(self, picture):
        return super().find(picture) if self.finds == 0 else None

    def find_in(self, picture, centre, side_px, turn_rad=0.0):
        self.squares.append((centre, side_px))
        self.turns.append(turn_rad)
        half = side_px / 2
        rows, columns = np.indices(picture.shape[:2])
        outside = (abs(columns - centre[0]) > half) | (abs(rows - centre[1]) > half)
        return RectangleEngine().find(np.where(outside[..., None], 100, picture).astype(np.uint8))


def test_a_lifter_whom_nobody_detects_is_read_in_a_square_about_the_last_hip() -> None:
    """A plate hides what detection looks for: every frame is read without it."""
    engine = Undetecting()
    follower = SubjectTracker(engine, _athlete())
    pictures = [picture_with((120 + step, 40, TALL, 200)) for step in range(6)]
    found = [follower.find(picture, step / 30) for step, picture in enumerate(pictures)]
    assert [float(hip_and_trunk(p)[0][0]) for p in found] == pytest.approx(
        [119.5 + step for step in range(6)]
    )
    centre, side_px = engine.squares[0]  # in the region that was searched, from (40, 20) on
    assert np.add(centre, (40, 20)) == pytest.approx((119.5, 133.5), abs=1.0)
    assert side_px == pytest.approx(4.6 * TRUNK_SHARE * TALL)


def _leaning(person, lean_rad: float):
    """Turn the shoulders about the hips."""
    points = person.points.copy()
    hips, shoulders = points[[23, 24], :2], points[[11, 12], :2]
    up = np.linalg.norm((shoulders - hips).mean(axis=0))
    points[[11, 12], :2] = hips + up * np.array([np.sin(lean_rad), -np.cos(lean_rad)])
    return replace(person, points=points)


class Bent(Undetecting):
    """A lifter who leans, read only in a square that is turned to within 0.2 radians of that."""

    def __init__(self, lean_rad: float, read_at_rad: float | None = None) -> None:
        super().__init__()
        self.lean_rad = lean_rad
        self.read_at_rad = lean_rad if read_at_rad is None else read_at_rad

    def find(self, picture):
        person = super().find(picture)
        return person and _leaning(person, self.lean_rad)

    def find_in(self, picture, centre, side_px, turn_rad=0.0):
        person = super().find_in(picture, centre, side_px, turn_rad)
        if person is None or abs(turn_rad - self.read_at_rad) > 0.2:
            return None
        return _leaning(person, self.lean_rad)


@pytest.mark.parametrize(("lean_rad", "read_at_rad"), [(-0.8, -0.8), (0.8, 0.8), (0.8, 1.3)])
def test_somebody_who_bends_is_read_in_a_square_turned_with_them(
    lean_rad: float, read_at_rad: float
) -> None:
    engine = Bent(lean_rad, read_at_rad)
    follower = SubjectTracker(engine, _athlete())
    pictures = [picture_with((120 + step, 40, TALL, 200)) for step in range(4)]
    found = [follower.find(picture, step / 30) for step, picture in enumerate(pictures)]
    assert all(person is not None for person in found)
    assert engine.turns[0] == 0.0  # upright first
    assert engine.turns[-1] == pytest.approx(read_at_rad, abs=1e-3)


def test_no_turn_is_tried_twice() -> None:
    """Upright and as the trunk leans are the same for somebody who stands."""
    engine = Bent(0.0, 3.0)
    follower = SubjectTracker(engine, _athlete())
    assert follower.find(picture_with((120, 40, TALL, 200)), 0.0) is not None
    assert follower.find(picture_with((121, 40, TALL, 200)), 1 / 30) is None
    sides = {side for _, side in engine.squares}
    assert len(engine.turns) == len(sides) * 3
    assert {round(turn, 3) for turn in engine.turns} == {0.0, -0.5, 0.5}


class Detecting(Undetecting):
    """Finds nobody from its second to its eighth frame, and goes on after that."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def find(self, picture):
        self.asked += 1
        return None if 2 <= self.asked <= 8 else RectangleEngine().find(picture)


def test_after_a_square_detection_is_asked_again() -> None:
    engine = Detecting()
    follower = SubjectTracker(engine, _athlete())
    resets = []
    for step in range(14):
        assert follower.find(picture_with((120, 40, TALL, 200)), step / 30) is not None
        resets.append(engine.resets)
    assert len(engine.squares) == 7  # steps 1 to 7
    assert set(resets[:13]) == {0}  # less than 0.2 s after the last square
    assert resets[13] == 1


def _with_thighs(person, share: float):
    """Make the thighs longer or shorter by a factor."""
    points = person.points.copy()
    hips = points[[23, 24], :2]
    points[[25, 26], :2] = hips + share * (points[[25, 26], :2] - hips)
    return replace(person, points=points)


def _blind(person):
    points = person.points.copy()
    points[[25, 26], 2] = 0.2
    return replace(person, points=points)


def _short(person):
    points = person.points.copy()
    hips = points[[23, 24], :2].mean(axis=0)
    points[[11, 12], :2] = hips + 0.6 * (points[[11, 12], :2] - hips)
    points[[25, 26], :2] = hips + 0.6 * (points[[25, 26], :2] - hips)
    return replace(person, points=points)


CLUTTER = {
    "folded legs": lambda person: _with_thighs(person, 0.4),
    "long legs": lambda person: _with_thighs(person, 2.0),
    "no knee": _blind,
    "short trunk": _short,
    "head down": lambda person: _leaning(person, 1.9),
}


@pytest.mark.parametrize("spoil", CLUTTER.values(), ids=CLUTTER)
def test_a_body_of_clutter_in_a_square_is_not_tracked(spoil) -> None:
    engine = Undetecting()
    read = engine.find_in
    engine.find_in = lambda *square: (lambda p: p and spoil(p))(read(*square))
    follower = SubjectTracker(engine, _athlete())
    assert follower.find(picture_with((120, 40, TALL, 200)), 0.0) is not None
    assert follower.find(picture_with((121, 40, TALL, 200)), 1 / 30) is None


def test_nobody_in_any_square_is_nobody() -> None:
    engine = Bent(0.8, 3.0)
    follower = SubjectTracker(engine, _athlete())
    assert follower.find(picture_with((120, 40, TALL, 200)), 0.0) is not None
    assert follower.find(picture_with((121, 40, TALL, 200)), 1 / 30) is None
    assert {round(turn, 2) for turn in engine.turns} == {0.0, 0.8, 0.3, 1.3}
    assert engine.resets >= 1


def test_in_the_square_somebody_else_is_not_taken_for_the_athlete() -> None:
    engine = Undetecting()
    follower = SubjectTracker(engine, _athlete())
    assert follower.find(picture_with((120, 40, TALL, 200)), 0.0) is not None
    assert follower.find(picture_with((120, 160, 90, 200)), 1 / 30) is None  # half the size
    assert engine.resets >= 1


def test_in_a_picture_without_anybody_nobody_is_found_apart_either() -> None:
    follower = SubjectTracker(Distracted(False), _athlete((0, 0, 400, 300)))
    empty = picture_with()
    empty[BELOW] = PLATE
    assert follower.find(empty, 0.0) is None


def test_what_is_left_of_the_picture_lies_about_the_hip() -> None:
    follower = SubjectTracker(RectangleEngine(), _athlete((0, 0, 400, 300)))
    trunk = TRUNK_SHARE * TALL
    left = follower._alone(np.full((300, 400, 3), 255, np.uint8), 1.5, 0.9)[..., 0] > 0
    rows, columns = np.nonzero(left)
    assert (columns.min(), columns.max() + 1) == (int(120 - 1.5 * trunk), int(120 + 1.5 * trunk))
    assert (rows.min(), rows.max() + 1) == (0, int(134 + 0.9 * trunk))


def test_a_person_of_another_size_is_not_the_athlete() -> None:
    hips, _, _ = _follow([picture_with((120, 100, 90, 200))] * 3)
    assert hips == [None] * 3


def test_a_body_that_floats_above_the_athletes_own_height_is_clutter() -> None:
    seen = PersonDetection(
        0.0, (120.0, 134.0), TRUNK_SHARE * TALL, (80.0, 40.0, 160.0, 240.0), 1.0, 1.0
    )
    subject = replace(_athlete(region=(0, 0, 400, 300)), detections=(seen,))
    assert _follow([picture_with((120, -20, TALL, 200))], subject)[0] == [None]
    assert _follow([picture_with((120, 70, TALL, 200))], subject)[0] != [None]


def test_walking_within_human_speed_is_followed() -> None:
    pictures = [picture_with((100 + 3 * i, 40, TALL, 200)) for i in range(20)]
    hips, _, _ = _follow(pictures)
    assert hips == pytest.approx([99.5 + 3 * i for i in range(20)])


def test_after_a_second_without_the_athlete_any_place_counts_again() -> None:
    here = picture_with((80, 40, TALL, 200))
    there = picture_with((180, 40, TALL, 200))
    hips, _, _ = _follow([here] * 3 + [picture_with()] * 40 + [there] * 10)
    assert hips[3:43] == [None] * 40
    assert hips[-1] == pytest.approx(179.5)


def test_a_very_large_picture_is_reduced_for_the_engine_and_mapped_back() -> None:
    small = picture_with((120, 40, TALL, 200))
    large = np.kron(small, np.ones((8, 8, 1), np.uint8))
    trunk = 8 * TRUNK_SHARE * TALL
    subject = Subject((0, 0, 3200, 2400), (960.0, 1072.0), trunk, 1.0, 0, 0, ())
    hips, engine, found = _follow([large], subject)
    assert max(engine.sizes[0]) <= 960
    assert hips[0] == pytest.approx(8 * 120 - 0.5, abs=8.0)
    scale = found[0].mask_scale
    assert found[0].mask.shape == (round(2400 * scale), round(3200 * scale))
    assert found[0].mask[round(1120 * scale), round(960 * scale)] == 1.0


class LegLosingEngine(RectangleEngine):
    """From its sixth look on, takes the elbows for the knees, until it is made to look afresh."""

    def __init__(self, mends: bool = True) -> None:
        super().__init__()
        self._mends = mends

    def find(self, picture):
        person = super().find(picture)
        if self.finds < 6 or (self.resets and self._mends):
            return person
        points = person.points.copy()
        points[[LEFT_KNEE, RIGHT_KNEE], 1] = points[23, 1] + 0.4 * TRUNK_SHARE * TALL
        return replace(person, points=points)


def _follow_lost_legs(mends: bool, frames: int, rate_hz: float = 30.0):
    engine = LegLosingEngine(mends)
    follower = SubjectTracker(engine, _athlete())
    picture = picture_with((120, 40, TALL, 200))
    found = [follower.find(picture, i / rate_hz) for i in range(frames)]
    return engine, np.array([thigh_share(p) for p in found])


def test_an_engine_that_has_lost_the_legs_is_made_to_look_afresh() -> None:
    engine, shares = _follow_lost_legs(mends=True, frames=60)
    short = shares < SHORT_THIGH
    assert engine.resets == 1
    assert short.sum() == pytest.approx(DOUBT_S * 30, abs=1)
    assert not short[20:].any()


def test_where_a_fresh_look_does_not_help_it_is_repeated_only_now_and_then() -> None:
    engine, shares = _follow_lost_legs(mends=False, frames=150)
    assert (shares[5:] < SHORT_THIGH).all()
    assert engine.resets == pytest.approx(145 / 30 / DOUBT_AGAIN_S, abs=1)


def test_sound_legs_never_make_the_engine_forget() -> None:
    _, engine, found = _follow([picture_with((120, 40, TALL, 200))] * 60)
    assert engine.resets == 0
    assert thigh_share(found[0]) == pytest.approx(0.25 / 0.29, abs=0.02)
