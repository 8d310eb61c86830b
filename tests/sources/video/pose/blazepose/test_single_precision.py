"""Single-precision functions, with and without the C library's."""

from __future__ import annotations

import ctypes
import math

import numpy as np
import pytest

from backline.sources.video.pose.blazepose import single_precision


@pytest.fixture(params=["the C library's", "rounded"])
def kind(request, monkeypatch):
    if request.param == "rounded":

        def nothing(_: str | None) -> ctypes.PyDLL:
            raise OSError

        monkeypatch.setattr(ctypes, "PyDLL", nothing)
    single_precision._function.cache_clear()
    yield
    single_precision._function.cache_clear()


@pytest.mark.usefixtures("kind")
def test_the_functions_are_right_to_the_last_bit_or_the_one_before() -> None:
    angles = np.linspace(-3.1, 3.1, 400).astype(np.float32)
    turns = np.array([single_precision.turn_of(float(a)) for a in angles])
    truth = np.column_stack([np.cos(angles.astype(float)), np.sin(angles.astype(float))])
    np.testing.assert_allclose(turns, truth, atol=1.2e-7)
    back = [single_precision.arctan2(math.sin(a), math.cos(a)) for a in angles.tolist()]
    np.testing.assert_allclose(back, angles, atol=5e-7)
    values = np.linspace(-80, 80, 400).astype(np.float32)
    np.testing.assert_allclose(
        single_precision.exp(values), np.exp(values.astype(float)), rtol=1.2e-7
    )


@pytest.mark.usefixtures("kind")
def test_beyond_what_single_precision_holds_powers_are_bounded() -> None:
    powers = single_precision.exp(np.array([1e4, -1e4], np.float32))
    assert np.isfinite(powers).all()
    assert powers[0] > 1e38
    assert powers[1] < 1e-38
