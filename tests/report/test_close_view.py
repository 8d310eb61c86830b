"""The page shows the lifter large: the part of the picture that holds the body through the set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backline.report.close_view import HELD, LEAST_ASPECT, close_view


def moved(example: Any, scale: float, shift: tuple[float, float], size: tuple[int, int]) -> Any:
    """Lay the example's lifter into a picture of another size."""
    evidence = example.evidence
    points = evidence.points.copy()
    points[..., :2] = points[..., :2] * scale + shift
    line = (evidence.back_line * scale + shift).astype(np.float32)
    source = replace(example.source, width_px=size[0], height_px=size[1])
    return replace(
        example, source=source, evidence=replace(evidence, points=points, back_line=line)
    )


def test_a_small_lifter_is_held_whole_and_shown_larger(example):
    width, height = example.source.width_px, example.source.height_px
    small = moved(example, 0.5, (0.1 * width, 0.3 * height), (2 * width, height))
    left, top, wide, tall = close_view(small)
    assert wide * tall < 0.5
    inside = (small.posture.time_s >= small.reps[0].start_s) & (
        small.posture.time_s <= small.reps[-1].end_s
    )
    places = small.evidence.points[inside][:, HELD, :2] / [2 * width, height]
    places = places[np.isfinite(places).all(axis=2)]
    held = ((places >= [left, top]) & (places <= [left + wide, top + tall])).all(axis=1)
    assert held.mean() > 0.97


@pytest.mark.parametrize("shift", [(0.0, 0.0), (1.4, 0.0)])
def test_the_view_stays_inside_the_picture_and_is_never_a_slit(example, shift):
    width, height = example.source.width_px, example.source.height_px
    at = (shift[0] * width, shift[1] * height)
    left, top, wide, tall = close_view(moved(example, 0.55, at, (2 * width, height)))
    assert min(left, top) >= 0
    assert max(left + wide, top + tall) <= 1 + 1e-9
    assert wide * 2 * width >= LEAST_ASPECT * tall * height - 1e-6


def test_a_lifter_who_fills_the_picture_is_shown_as_filmed(example):
    places = example.evidence.points[:, HELD, :2].reshape(-1, 2)
    low, high = np.nanmin(places, axis=0), np.nanmax(places, axis=0)
    size = tuple(int(s) for s in np.ceil(high - low))
    assert close_view(moved(example, 1.0, tuple(-low), size)) is None


def test_without_a_picture_there_is_no_view(example):
    assert close_view(replace(example, evidence=None)) is None
    nothing = np.full_like(example.evidence.points, np.nan)
    line = np.full_like(example.evidence.back_line, np.nan)
    evidence = replace(example.evidence, points=nothing, back_line=line)
    assert close_view(replace(example, evidence=evidence)) is None
