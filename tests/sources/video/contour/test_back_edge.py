"""The edge by the part network's word: between pixels where seen, as expected where covered."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from backline.sources.video.contour.back_edge import COVERED_SD, BackEdge, place_edge
from backline.sources.video.contour.outline import OutlineFinder
from backline.sources.video.contour.part_network import (
    ODDS,
    STRIP_DEPTHS,
    PartEstimate,
    part_strip,
)
from backline.sources.video.contour.trunk_rays import TRUNK_RAYS
from tests.sources.video.contour.scripted_parts import estimate, scripted
from tests.sources.video.drawn_lifter import TRUNK, Drawn, distance_to, draw, true_depth

ARM = slice(8, 24)


def with_arm(drawn: Drawn) -> np.ndarray:
    """An arm behind the upper back, as in a squat: the outline is the arm's there."""
    picture = drawn.picture.copy()
    behind = drawn.rays.at(true_depth() * TRUNK + 14.0)[ARM]
    cv2.polylines(picture, [np.rint(behind).astype(np.int32)], False, (50, 50, 50), 34)
    return picture


def placed(drawn: Drawn, picture: np.ndarray, said: PartEstimate) -> BackEdge:
    strip = part_strip(picture, drawn.person, drawn.rays)
    return place_edge(picture, drawn.rays, strip, said)


@pytest.mark.parametrize(
    "scene",
    [
        {},  # dark lifter, bright mottled wall
        {"facing": -1, "seed": 31},
        {"lean_deg": 5.0, "hip_flexion_deg": 5.0, "seed": 2},  # standing
        {"lean_deg": 45.0, "hip_flexion_deg": 110.0, "seed": 3},  # deep
        {"lifter_grey": 170.0, "wall_grey": 90.0, "seed": 4},  # bright lifter
        {"lifter_grey": 100.0, "wall_grey": 150.0, "seed": 5, "blur_px": 1.5},  # weak, soft edge
        {"mask_shift": 4.5, "seed": 6},  # the mask is far off
    ],
)
def test_a_seen_back_is_placed_between_pixels_though_the_network_is_a_sample_off(scene) -> None:
    drawn = draw(**scene)
    edge = placed(drawn, drawn.picture, estimate())
    away = distance_to(drawn.rays.at(edge.depth_px), drawn.contour)[2:-2]
    assert np.median(away) < 0.5
    assert np.percentile(away, 90) < 1.5
    assert edge.shown[4:-4].mean() > 0.9
    assert np.median(edge.sd_px) < 1.0


def test_stated_deviation_covers_the_error() -> None:
    drawn = draw(seed=7)
    edge = placed(drawn, drawn.picture, estimate())
    ratio = np.abs(edge.depth_px - true_depth() * TRUNK)[2:-2] / edge.sd_px[2:-2]
    assert np.mean(ratio < 2.0) > 0.8


def test_a_change_of_hollow_in_the_low_back_is_read_to_half_a_pixel() -> None:
    middle = int(0.70 * (TRUNK_RAYS - 1))
    flat, hollow = (draw(hollow=h) for h in (0.0, 0.03))
    depths = [
        placed(d, d.picture, estimate(hollow=h)).depth_px[middle]
        for d, h in ((flat, 0.0), (hollow, 0.03))
    ]
    assert depths[0] - depths[1] == pytest.approx(0.03 * TRUNK, abs=0.5)


def test_a_line_on_the_static_background_is_not_called_seen() -> None:
    drawn = draw(seed=36)
    strip = part_strip(drawn.picture, drawn.person, drawn.rays)
    strip[20:30, :, ODDS] = 0  # the picture looks as it does without the lifter
    edge = place_edge(drawn.picture, drawn.rays, strip, estimate())
    assert not edge.shown[20:30].any()
    assert edge.shown[30:-4].all()


def test_under_an_arm_the_line_follows_what_the_network_expects_and_is_not_called_seen() -> None:
    drawn = draw(seed=32)
    edge = placed(drawn, with_arm(drawn), estimate(ARM))
    away = distance_to(drawn.rays.at(edge.depth_px), drawn.contour) / TRUNK
    assert not edge.shown[ARM].any()
    assert away[ARM].max() < 0.02  # the arm's edge lies 0.2 away
    assert (edge.sd_px[ARM] >= 0.99 * COVERED_SD * TRUNK).all()
    assert edge.shown[ARM.stop + 3 : -4].all()


def test_a_ray_whose_probability_lies_elsewhere_is_hidden() -> None:
    drawn = draw(seed=33)
    told = estimate()
    log_place = told.log_place.copy()
    log_place[30:34] = np.log(1.0 / len(STRIP_DEPTHS))  # nothing is known there
    edge = placed(drawn, drawn.picture, PartEstimate(log_place, told.cover))
    assert not edge.shown[30:34].any()
    assert edge.shown[36:-4].all()


def test_the_finder_draws_the_back_and_leaves_out_the_arm() -> None:
    drawn = draw(seed=34)
    finder = OutlineFinder("right", 1, parts=scripted(ARM))
    outline = finder.find(with_arm(drawn), drawn.person)
    assert outline is not None
    away = distance_to(outline.line.astype(float), drawn.contour)
    assert away[outline.visible].max() < 1.5
    assert outline.low_back_visible == 1.0
    assert 8 <= (~outline.visible[:24]).sum() <= 20


def test_without_a_person_under_the_rays_there_is_no_outline() -> None:
    drawn = draw(seed=35)
    drawn.person.mask[:] = 0.0
    finder = OutlineFinder("right", 1, parts=scripted())
    assert finder.find(drawn.picture, drawn.person) is None
