"""The end of a mask, the cheapest path and the smooth line, each against a known answer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backline.sources.video.contour.line_fitting import (
    BEND_WEIGHT,
    MAX_STEP,
    best_path,
    mask_edge,
    smooth_line,
)


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
