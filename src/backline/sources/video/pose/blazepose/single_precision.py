"""Single-precision functions of the C library that MediaPipe's graph uses.

A difference in the last bit of a result changes the next picture's region slightly, its points
more, and within seconds two runs diverge. So the same C functions are called where the library is
available; else double precision is used and rounded.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

_LARGEST = 88.0
"""Largest exponent of e in single precision."""


def exp(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return e to the power of each value, at most 88 and at least -88."""
    call = _function("expf", math.exp, 1)
    powers = [call(value) for value in values.clip(-_LARGEST, _LARGEST).ravel().tolist()]
    return np.array(powers, np.float32).reshape(values.shape)


def turn_of(angle_rad: float) -> tuple[np.float32, np.float32]:
    """Return an angle's cosine and sine."""
    cosine, sine = _function("cosf", math.cos, 1), _function("sinf", math.sin, 1)
    return np.float32(cosine(angle_rad)), np.float32(sine(angle_rad))


def arctan2(y: float, x: float) -> np.float32:
    """Return the angle of (x, y), radians."""
    return np.float32(_function("atan2f", math.atan2, 2)(y, x))


@cache
def _function(name: str, double: Callable[..., float], inputs: int) -> Callable[..., float]:
    try:
        # Not CDLL, which releases the interpreter's lock at each of the many calls.
        found = getattr(ctypes.PyDLL(ctypes.util.find_library("m")), name)
    except (OSError, AttributeError):
        return double
    found.restype, found.argtypes = ctypes.c_float, [ctypes.c_float] * inputs
    return found  # type: ignore[no-any-return]
