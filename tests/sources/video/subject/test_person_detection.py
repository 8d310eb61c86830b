"""Several people with an engine that sees one at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.sources.video.subject.person_detection import (
    detection_of,
    find_people,
    hip_and_trunk,
    is_plausible,
    lean_of,
    moved,
    paint_out,
)
from tests.sources.video.people import TRUNK_SHARE, RectangleEngine, picture_with

TALL, SMALL = (120, 40, 220, 200), (300, 100, 120, 160)


def test_both_people_are_found_larger_first() -> None:
    people = find_people(RectangleEngine(), picture_with(TALL, SMALL))
    assert [round(float(hip_and_trunk(p)[0][0])) for p in people] == [120, 300]


@pytest.mark.parametrize("lean_deg", [-70.0, 0.0, 35.0, 110.0])
def test_lean_is_the_trunks_angle_from_upright_clockwise(lean_deg: float) -> None:
    (person,) = find_people(RectangleEngine(), picture_with(TALL, SMALL), most=1)
    points = person.points.copy()
    hip, lean = points[[23, 24], :2].mean(axis=0), np.radians(lean_deg)
    points[[11, 12], :2] = hip + 80 * np.array([np.sin(lean), -np.cos(lean)])
    assert np.degrees(lean_of(replace(person, points=points))) == pytest.approx(lean_deg, abs=1e-3)


def test_an_empty_room_holds_nobody() -> None:
    engine = RectangleEngine()
    assert find_people(engine, picture_with()) == []
    assert engine.finds == 4  # the whole picture, then its three parts


def test_the_search_stops_at_the_number_asked_for() -> None:
    assert len(find_people(RectangleEngine(), picture_with(TALL, SMALL), most=1)) == 1


def test_painting_out_leaves_the_rest_of_the_picture_alone() -> None:
    picture = picture_with(TALL, SMALL)
    (person,) = find_people(RectangleEngine(), picture, most=1)
    rest = paint_out(picture, person)
    assert np.array_equal(rest[:, 220:], picture[:, 220:])
    assert np.abs(rest[150, 120].astype(int) - 100).max() < 30  # like the wall around


def test_somebody_only_a_part_of_the_picture_shows_is_put_in_full_coordinates() -> None:
    class Shy(RectangleEngine):
        """Finds people in narrow pictures only."""

        def find(self, picture):
            return super().find(picture) if picture.shape[1] < 300 else None

    people = find_people(Shy(), picture_with(SMALL))
    assert len(people) == 1  # seen in two of the parts, counted once
    hip, trunk = hip_and_trunk(people[0])
    assert hip == pytest.approx([299.5, 100 + 0.47 * 120], abs=1.0)
    assert trunk == pytest.approx(TRUNK_SHARE * 120, abs=1.0)
    assert people[0].mask.shape == (300, 400)
    assert people[0].mask[150, 300] == 1.0


def test_a_sighting_sums_up_place_size_and_completeness() -> None:
    (person,) = find_people(RectangleEngine(), picture_with(TALL))
    seen = detection_of(person, 1.5, 400, 300)
    assert seen.time_s == 1.5
    assert seen.completeness == 1.0
    assert seen.side_on == 1.0
    person.points[[27, 28], 2] = 0.1  # feet hidden
    assert detection_of(person, 1.5, 400, 300).completeness == pytest.approx(0.8)
    person.points[[23, 24], 2] = 0.1  # hips hidden: of no use
    assert detection_of(person, 1.5, 400, 300) is None


def test_points_beside_the_mask_or_upside_down_are_no_body() -> None:
    (person,) = find_people(RectangleEngine(), picture_with(TALL))
    assert is_plausible(person)
    beside = person.points.copy()
    beside[:, 0] += 80
    assert not is_plausible(replace(person, points=beside))
    fallen = person.points.copy()
    fallen[[11, 12, 23, 24]] = fallen[[23, 24, 11, 12]]
    assert not is_plausible(replace(person, points=fallen))


def test_somebody_tiny_is_no_sighting() -> None:
    (person,) = find_people(RectangleEngine(), picture_with(TALL))
    assert detection_of(person, 0.0, 4000, 3000) is None


def test_moving_a_reduced_mask_keeps_its_scale() -> None:
    (person,) = find_people(RectangleEngine(), picture_with(TALL))
    placed = moved(replace(person, mask_scale=0.5), 40, 20, 1000, 800)
    assert placed.mask.shape == (400, 500)
    assert placed.mask[10 + 150, 20 + 120] == 1.0
    assert placed.points[23, 0] == pytest.approx(person.points[23, 0] + 40)
