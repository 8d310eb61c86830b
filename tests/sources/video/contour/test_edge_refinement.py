"""The edge along the rays, on drawn lifters whose contour is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backline.sources.video.contour.edge_refinement import (
    BEND_WEIGHT,
    MAX_STEP,
    ExpectedShape,
    best_path,
    mask_edge,
    refine_edge,
    smooth_line,
)
from backline.sources.video.contour.trunk_rays import RAY_COUNT, TRUNK_RAYS
from tests.sources.video.drawn_lifter import TRUNK, distance_to, draw, true_depth

# the very ends lack neighbours on one side
INNER = slice(2, RAY_COUNT - 2)


@pytest.mark.parametrize(
    "scene",
    [
        {},  # dark lifter, bright mottled wall
        {"facing": -1, "seed": 1},
        {"lean_deg": 5.0, "hip_flexion_deg": 5.0, "seed": 2},  # standing
        {"lean_deg": 45.0, "hip_flexion_deg": 110.0, "seed": 3},  # deep
        {"lifter_grey": 170.0, "wall_grey": 90.0, "seed": 4},  # bright lifter
        {"lifter_grey": 100.0, "wall_grey": 150.0, "seed": 5, "blur_px": 1.5},  # weak, soft edge
        {"mask_shift": 6.0, "seed": 6},  # the mask is far off
    ],
)
def test_the_edge_is_found_within_half_a_pixel_although_the_mask_is_off(scene) -> None:
    drawn = draw(**scene)
    edge = refine_edge(drawn.picture, drawn.person.mask, drawn.rays)
    assert edge is not None
    error = distance_to(drawn.rays.at(edge.depth_px)[INNER], drawn.contour)
    mask_error = np.abs(edge.mask_depth_px - true_depth() * TRUNK)[INNER]
    assert np.median(error) < 0.5
    assert np.percentile(error, 90) < 1.5
    assert np.median(error) < 0.6 * np.nanmedian(mask_error)


def test_a_change_of_hollow_in_the_low_back_is_read_to_a_quarter_pixel() -> None:
    flat, hollow = draw(hollow=0.0), draw(hollow=0.03)
    middle = int(0.70 * (TRUNK_RAYS - 1))
    depths = [
        refine_edge(d.picture, d.person.mask, d.rays).depth_px[middle] for d in (flat, hollow)
    ]
    assert depths[0] - depths[1] == pytest.approx(0.03 * TRUNK, abs=0.5)


def test_stated_deviation_covers_the_error() -> None:
    drawn = draw(seed=7)
    edge = refine_edge(drawn.picture, drawn.person.mask, drawn.rays)
    ratio = np.abs(edge.depth_px - true_depth() * TRUNK)[INNER] / edge.sd_px[INNER]
    assert np.mean(ratio < 2.0) > 0.8
    assert np.median(edge.sd_px) < 1.0


def test_somebody_behind_who_is_in_the_mask_is_cut_off_by_the_expected_shape() -> None:
    drawn = draw(seed=8)
    mask, picture = drawn.person.mask.copy(), drawn.picture.copy()
    neck = drawn.contour[8]
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    other = (np.hypot(x - neck[0] + 12, y - neck[1]) < 22) & (mask < 0.5)
    mask[other] = 1.0
    picture[other] = 52  # of the lifter's own colour
    expected = ExpectedShape(true_depth() * TRUNK, np.full(RAY_COUNT, 0.05 * TRUNK))
    alone = refine_edge(picture, mask, drawn.rays)
    guided = refine_edge(picture, mask, drawn.rays, expected=expected)
    off = [np.abs(e.depth_px - true_depth() * TRUNK)[4:13].max() for e in (alone, guided)]
    assert off[0] > 8.0  # without guidance the other person is taken for the back
    assert off[1] < 0.08 * TRUNK


def test_the_expected_shape_has_no_say_within_its_slack() -> None:
    drawn = draw(seed=9)
    wrong = ExpectedShape(true_depth() * TRUNK + 3.0, np.full(RAY_COUNT, 0.05 * TRUNK))
    alone = refine_edge(drawn.picture, drawn.person.mask, drawn.rays)
    guided = refine_edge(drawn.picture, drawn.person.mask, drawn.rays, expected=wrong)
    assert np.abs(alone.depth_px - guided.depth_px)[INNER].max() < 0.3


def test_an_empty_mask_gives_nothing() -> None:
    drawn = draw()
    assert refine_edge(drawn.picture, np.zeros_like(drawn.person.mask), drawn.rays) is None


def test_a_mask_of_reduced_size_gives_the_same_edge() -> None:
    drawn = draw(seed=10)
    half = drawn.person.mask.reshape(170, 2, 150, 2).mean(axis=(1, 3)).astype(np.float32)
    full = refine_edge(drawn.picture, drawn.person.mask, drawn.rays)
    reduced = refine_edge(drawn.picture, half, drawn.rays, mask_scale=0.5)
    assert np.median(np.abs(full.depth_px - reduced.depth_px)) < 0.2


def test_mask_edge_stops_at_the_first_gap_and_reads_between_columns() -> None:
    row = np.zeros(40, np.float32)
    row[2:11] = 1.0
    row[11] = 0.25  # falls through one half a third of the way from column 10 to 11
    row[20:30] = 1.0  # somebody else
    empty = np.zeros(40, np.float32)
    edges = mask_edge(np.stack([row, empty]))
    assert edges[0] == pytest.approx(10.0 + (1.0 - 0.5) / 0.75)
    assert np.isnan(edges[1])


def test_best_path_follows_the_cheap_valley_and_bridges_a_gap() -> None:
    rows, columns = 60, 80
    valley = (30 + 10 * np.sin(np.arange(rows) / 8.0)).round()
    cost = np.full((rows, columns), 10.0)
    cost[np.arange(rows), valley.astype(int)] = 0.0
    cost[25:28] = 5.0  # nothing is known here
    path = best_path(cost, np.full(rows, 30.0))
    assert np.abs(path - valley).max() <= 2
    assert np.abs(path - valley)[[10, 20, 40, 50]].max() == 0


@pytest.mark.parametrize("seed", range(12))
def test_best_path_is_the_cheapest_of_all_paths_there_are(seed: int) -> None:
    """Every path of a small strip is tried, its guide sloping by up to two columns a row."""
    random = np.random.default_rng(seed)
    rows, columns = 5, 6
    cost = random.uniform(0.0, 6.0, (rows, columns))
    guide = random.integers(-2, 3, rows).cumsum().astype(float)
    paths = np.array(list(itertools.product(range(columns), repeat=rows)))
    away = np.diff(paths, axis=1) - np.diff(guide)
    total = cost[np.arange(rows), paths].sum(axis=1) + (BEND_WEIGHT * away**2).sum(axis=1)
    total[(np.abs(away) > MAX_STEP).any(axis=1)] = np.inf
    assert best_path(cost, guide).astype(int).tolist() == paths[total.argmin()].tolist()


def test_smoothing_leaves_a_parabola_alone_and_drops_a_spike() -> None:
    x = np.arange(60.0)
    parabola = 20.0 + 0.01 * (x - 30.0) ** 2
    spiked = parabola.copy()
    spiked[30] += 15.0
    smooth, residual = smooth_line(spiked, np.full(60, 0.5))
    assert np.abs(smooth - parabola).max() < 0.1
    assert residual.argmax() == 30
