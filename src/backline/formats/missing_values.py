"""Missing values in files: one rule for every reader.

Programs mark a value that they do not have in many ways: an empty cell, a word (``NaN``,
``-nan(ind)`` and ``1.#QNAN`` of Microsoft's C library, ``NULL`` of databases, ``#N/A`` of
spreadsheets), zeros in every coordinate of a point, or a huge or all-nines number. All become NaN.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

WORDS = frozenset(
    ("", "-", "--", "nan", "null", "none", "na", "n/a", "#n/a", "nil", "missing", "inf", "infinity")
)
"""Words for "no value", lower case, without sign."""
_C_WORD = re.compile(r"nan\(.*\)|1\.#(ind|qnan|snan|inf)\w*|1,#(ind|qnan|snan|inf)\w*")
"""NaN and infinity as C libraries print them: ``nan(ind)``, ``1.#QNAN``, ``1.#IND00``."""
HUGE = 1e6
"""No coordinate, angle or reading is as large, in mm, pixels, degrees or m/s2: a kilometre."""
_NINES = (9999.0, 99999.0, 999999.0, 9999.9, 99999.9, 9999.99, 99999.99)
"""Below `HUGE`, numbers of nines alone are marks as well: nobody measures 9999 to the digit."""


def number(cell: str, *, comma: bool = False) -> float:
    """Return the number in a cell of a table; NaN where it says that there is none.

    Parameters
    ----------
    cell : str
        The cell.
    comma : bool
        Whether a comma may be the decimal separator.

    Raises
    ------
    ValueError
        If it holds something else.
    """
    text = cell.strip().strip('"').strip()
    try:
        value = float(text)
    except ValueError:
        word = text.lstrip("+-").lower()
        if word in WORDS or text.lower() in WORDS or _C_WORD.fullmatch(word):
            return math.nan
        if comma and text.count(",") == 1 and "." not in text:
            return number(text.replace(",", "."))
        raise
    # float() takes digits with underscores between them, which no program writes
    if "_" in text:
        raise ValueError(f"could not convert string to float: {text!r}")
    return value if math.isfinite(value) else math.nan


def marks_nothing(values: FloatArray) -> BoolArray:
    """Return which numbers stand for "no value": not finite, huge, or of nines alone."""
    with np.errstate(invalid="ignore"):
        size = np.abs(values)
        return np.asarray(~(size < HUGE) | np.isin(size, _NINES), dtype=np.bool_)


def lost(points: FloatArray) -> BoolArray:
    """Return which points were not seen: a coordinate marks nothing, or all are exactly zero.

    Parameters
    ----------
    points : ndarray, shape (..., d)
        Coordinates along the last axis.

    Returns
    -------
    ndarray of bool, shape (...)
    """
    return np.asarray(marks_nothing(points).any(axis=-1) | (points == 0).all(axis=-1))


def without_lost(points: FloatArray) -> FloatArray:
    """Return a copy with NaN in every coordinate of the points that were not seen (see `lost`)."""
    return np.where(lost(points)[..., None], np.nan, points)


def without_marks(values: FloatArray) -> FloatArray:
    """Return a copy with NaN for every number that stands for "no value"; zeros stay."""
    return np.where(marks_nothing(values), np.nan, values)
