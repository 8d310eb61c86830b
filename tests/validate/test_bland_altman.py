"""The plot shows difference over mean, with the bias and limits of the pairs it was given."""

from __future__ import annotations

import numpy as np
import pytest

from backline.validate.agreement import agreement
from backline.validate.bland_altman import MOST_DOTS, blank_figure, draw_agreement


def test_dots_and_lines_are_where_the_pairs_put_them() -> None:
    first = np.array([0.0, 10.0, 20.0, np.nan])
    second = np.array([1.0, 13.0, 22.0, 5.0])
    _, (axis,) = blank_figure(1, (3.0, 3.0))
    draw_agreement(axis, first, second, "lumbar flexion")
    dots, *lines = axis.get_lines()
    np.testing.assert_allclose(dots.get_xdata(), [0.5, 11.5, 21.0])
    np.testing.assert_allclose(dots.get_ydata(), [1.0, 3.0, 2.0])
    expected = agreement(second - first)
    levels = [line.get_ydata()[0] for line in lines]
    assert levels == pytest.approx([expected.bias, expected.low, expected.high])
    assert [text.get_text() for text in axis.texts] == [f"{level:+.1f}" for level in levels]
    assert axis.get_title() == "lumbar flexion"


def test_many_pairs_are_thinned_but_keep_their_limits() -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(0, 10, 3 * MOST_DOTS)
    second = first + rng.normal(2.0, 1.0, len(first))
    _, (axis,) = blank_figure(1, (3.0, 3.0))
    draw_agreement(axis, first, second, "")
    dots, *lines = axis.get_lines()
    assert len(dots.get_xdata()) <= MOST_DOTS
    assert lines[0].get_ydata()[0] == pytest.approx(np.mean(second - first))


def test_pairs_that_are_all_unknown_draw_nothing() -> None:
    _, (axis,) = blank_figure(1, (3.0, 3.0))
    draw_agreement(axis, np.full(3, np.nan), np.zeros(3), "none")
    assert len(axis.get_lines()) == 1
    assert len(axis.get_lines()[0].get_xdata()) == 0
