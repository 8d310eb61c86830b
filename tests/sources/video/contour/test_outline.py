"""The back's outline on drawn lifters: place, visibility, T12 to S1, curve."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from backline.sources.video.contour.outline import (
    BACK_POINTS,
    POINTS,
    S1_INDEX,
    T12_INDEX,
    BackOutline,
    OutlineFinder,
    tangent_curve,
)
from tests.sources.video.contour.scripted_parts import scripted
from tests.sources.video.drawn_lifter import TRUNK, distance_to, draw


def _outline(facing: int, bend_deg: float) -> BackOutline:
    """A back of which the part from T12 to S1 turns by bend_deg (+ hollow) on a circle."""
    turn = np.zeros(POINTS)
    inner = slice(T12_INDEX, S1_INDEX + 1)
    turn[inner] = np.linspace(0.0, 1.0, S1_INDEX + 1 - T12_INDEX)
    turn[S1_INDEX:] = 1.0
    angle = np.radians(90.0 + (turn - 0.5) * bend_deg)
    steps = np.stack([np.cos(angle) * facing, np.sin(angle)], axis=1) * 4.0
    line = np.cumsum(steps, axis=0).astype(np.float32) + 100.0
    return BackOutline(line, np.ones(POINTS, bool), np.full(POINTS, 0.2, np.float32), facing)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("bend", [-25.0, 0.0, 40.0])
def test_the_curve_is_positive_when_hollow_whichever_way_the_lifter_faces(facing, bend) -> None:
    # each tangent is fitted over 3 points to both sides, so a little of the bend is lost
    assert tangent_curve(_outline(facing, bend)) == pytest.approx(bend, abs=0.15 * abs(bend) + 0.1)


def test_one_hidden_point_near_t12_hardly_changes_the_curve() -> None:
    outline = _outline(1, 30.0)
    visible = outline.visible.copy()
    visible[T12_INDEX + 1] = False
    some = tangent_curve(replace(outline, visible=visible))
    assert some == pytest.approx(tangent_curve(outline), abs=1.5)


def test_a_hidden_t12_leaves_the_curve_unknown() -> None:
    outline = _outline(1, 30.0)
    visible = outline.visible.copy()
    visible[T12_INDEX - 1 : T12_INDEX + 2] = False
    assert np.isnan(tangent_curve(replace(outline, visible=visible)))
    assert replace(outline, visible=visible).low_back_visible < 1.0


@pytest.mark.parametrize("facing", [1, -1])
def test_the_line_follows_the_drawn_back_and_is_visible(facing) -> None:
    drawn = draw(facing=facing, seed=11)
    finder = OutlineFinder("right" if facing > 0 else "left", facing, parts=scripted())
    outline = finder.find(drawn.picture, drawn.person)
    assert outline.line.shape == (POINTS, 2)
    assert np.median(distance_to(outline.line[2:-2].astype(float), drawn.contour)) < 0.5
    assert outline.visible[6:-3].mean() > 0.95
    assert outline.low_back_visible == 1.0


def test_points_are_evenly_spaced_and_t12_lies_above_s1() -> None:
    drawn = draw(lean_deg=0.0, hip_flexion_deg=0.0, seed=12)
    outline = OutlineFinder("right", 1, parts=scripted()).find(drawn.picture, drawn.person)
    steps = np.hypot(*np.diff(outline.line[:BACK_POINTS].astype(float), axis=0).T)
    assert np.ptp(steps) < 0.05 * steps.mean()
    heights = (drawn.person.points[24, 1] - outline.line[[T12_INDEX, S1_INDEX], 1]) / (1.15 * TRUNK)
    assert heights == pytest.approx([0.45, 0.12], abs=0.03)


def _with_plate(drawn, middle, radius: float):
    picture = drawn.picture.copy()
    mask = drawn.person.mask.copy()
    at = (round(float(middle[0])), round(float(middle[1])))
    cv2.circle(picture, at, round(radius), (150, 30, 30), -1, cv2.LINE_AA)
    cv2.circle(picture, at, round(0.25 * radius), (200, 200, 200), -1, cv2.LINE_AA)
    cv2.circle(mask, at, round(radius), 1.0, -1)  # the engine takes the plate for the lifter
    points = drawn.person.points.copy()
    points[[15, 16], :2] = middle
    return picture, replace(drawn.person, silhouette=mask, points=points)


def test_a_plate_that_travels_with_the_lifter_hides_what_it_covers() -> None:
    finder = OutlineFinder("right", 1, parts=scripted())
    radius = 0.45 * TRUNK
    for frame in range(40):
        drawn = draw(seed=13, lean_deg=10.0 + 0.5 * frame)
        middle = drawn.contour[10]
        picture, person = _with_plate(drawn, middle, radius)
        outline = finder.find(picture, person)
    assert finder.plate is not None
    assert finder.plate.radius == pytest.approx(radius, rel=0.08)
    from_middle = np.hypot(*(outline.line - middle).T)
    covered, clear = from_middle < 0.95 * radius, from_middle > 1.15 * radius
    assert covered.sum() > 5
    assert not outline.visible[covered].any()
    assert outline.visible[clear][:-3].mean() > 0.8


def test_somebody_stepping_up_behind_is_flagged_or_cut_off() -> None:
    finder = OutlineFinder("right", 1, parts=scripted())
    for frame in range(8):
        drawn = draw(seed=20 + frame)
        finder.find(drawn.picture, drawn.person)
    drawn = draw(seed=30)
    picture, mask = drawn.picture.copy(), drawn.person.mask.copy()
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    place = drawn.contour[24] - (20, 0)
    other = (np.hypot(x - place[0], y - place[1]) < 24) & (mask < 0.5)
    picture[other], mask[other] = 50, 1.0
    outline = finder.find(picture, replace(drawn.person, silhouette=mask))
    wrong = distance_to(outline.line.astype(float), drawn.contour) > 0.07 * TRUNK
    assert not (outline.visible & wrong).any()


def test_a_back_at_the_pictures_edge_is_not_visible_there() -> None:
    drawn = draw(seed=15)
    crop = int(drawn.contour[:, 0].min()) + 14
    points = drawn.person.points.copy()
    points[:, 0] -= crop
    person = replace(drawn.person, points=points, silhouette=drawn.person.mask[:, crop:].copy())
    outline = OutlineFinder("right", 1, parts=scripted()).find(
        drawn.picture[:, crop:].copy(), person
    )
    truly_out = distance_to(outline.line.astype(float) + np.array([crop, 0]), drawn.contour) > 4.0
    assert not (outline.visible & truly_out).any()


def test_points_that_coincide_give_no_outline() -> None:
    drawn = draw()
    points = drawn.person.points.copy()
    points[:, :2] = 100.0
    finder = OutlineFinder("right", 1, parts=scripted())
    assert finder.find(drawn.picture, replace(drawn.person, points=points)) is None
