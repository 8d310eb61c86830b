"""The edge by the part network's word: between pixels where seen, as expected where covered."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from backline.sources.video.contour.outline import OutlineFinder
from backline.sources.video.contour.part_edges import COVERED_SD, SPACING, PartEdge, place_edge
from backline.sources.video.contour.part_network import STRIP_DEPTHS, PartReading, part_strip
from backline.sources.video.contour.trunk_rays import RAY_COUNT
from tests.sources.video.drawn_lifter import TRUNK, Drawn, distance_to, draw, true_depth

ARM = slice(8, 24)
#: What the network takes for the likeliest place is this many samples off, here.
OFF, SPREAD = 1.0, 1.5


def reading(covered: slice | None = None, off: float = OFF) -> PartReading:
    """What a network would say that is a sample off and unsure by one and a half."""
    depth = true_depth() + off * SPACING
    away = (STRIP_DEPTHS[None] - depth[:, None]) / (SPREAD * SPACING)
    place = np.exp(-0.5 * away**2) + 1e-9
    cover = np.tile([0.98, 0.02, 0.0, 0.0, 0.0], (RAY_COUNT, 1))
    if covered is not None:
        cover[covered] = [0.03, 0.97, 0.0, 0.0, 0.0]
    return PartReading(np.log(place / place.sum(axis=1, keepdims=True)), cover)


def with_arm(drawn: Drawn) -> np.ndarray:
    """An arm behind the upper back, as in a squat: the outline is the arm's there."""
    picture = drawn.picture.copy()
    behind = drawn.rays.at(true_depth() * TRUNK + 14.0)[ARM]
    cv2.polylines(picture, [np.rint(behind).astype(np.int32)], False, (50, 50, 50), 34)
    return picture


def placed(drawn: Drawn, picture: np.ndarray, said: PartReading) -> PartEdge:
    strip = part_strip(picture, drawn.person.mask, drawn.rays)
    return place_edge(picture, drawn.rays, strip, said)


@pytest.mark.parametrize("facing", [1, -1])
def test_a_seen_back_is_placed_between_pixels_though_the_network_is_a_sample_off(facing) -> None:
    drawn = draw(facing=facing, seed=31)
    edge = placed(drawn, drawn.picture, reading())
    away = distance_to(drawn.rays.at(edge.depth_px), drawn.contour)
    assert np.median(away[2:-2]) < 0.5
    assert edge.seen[4:-4].all()
    assert np.median(edge.sd_px) < 1.0


def test_under_an_arm_the_line_follows_what_the_network_expects_and_is_not_called_seen() -> None:
    drawn = draw(seed=32)
    edge = placed(drawn, with_arm(drawn), reading(ARM))
    away = distance_to(drawn.rays.at(edge.depth_px), drawn.contour) / TRUNK
    assert not edge.seen[ARM].any()
    assert away[ARM].max() < 0.02  # the arm's edge lies 0.2 away
    assert (edge.sd_px[ARM] >= 0.99 * COVERED_SD * TRUNK).all()
    assert edge.seen[ARM.stop + 3 : -4].all()


def test_a_ray_whose_probability_lies_elsewhere_is_hidden() -> None:
    drawn = draw(seed=33)
    told = reading()
    log_place = told.log_place.copy()
    log_place[30:34] = np.log(1.0 / len(STRIP_DEPTHS))  # nothing is known there
    edge = placed(drawn, drawn.picture, PartReading(log_place, told.cover))
    assert not edge.seen[30:34].any()
    assert edge.seen[36:-4].all()


class Word:
    """A network that says what it is told to."""

    def __init__(self, said: PartReading) -> None:
        self.said = said

    def read(self, strip: np.ndarray) -> PartReading:
        assert strip.shape == (RAY_COUNT, len(STRIP_DEPTHS), 5)
        return self.said


def test_the_finder_draws_the_back_and_leaves_out_the_arm() -> None:
    drawn = draw(seed=34)
    finder = OutlineFinder("right", 1, parts=Word(reading(ARM)))  # type: ignore[arg-type]
    outline = finder.find(with_arm(drawn), drawn.person)
    assert outline is not None
    away = distance_to(outline.line.astype(float), drawn.contour)
    assert away[outline.visible].max() < 1.5
    assert outline.low_back_visible == 1.0
    assert 8 <= (~outline.visible[:24]).sum() <= 20


def test_without_a_person_under_the_rays_there_is_no_outline() -> None:
    drawn = draw(seed=35)
    drawn.person.mask[:] = 0.0
    finder = OutlineFinder("right", 1, parts=Word(reading()))  # type: ignore[arg-type]
    assert finder.find(drawn.picture, drawn.person) is None
