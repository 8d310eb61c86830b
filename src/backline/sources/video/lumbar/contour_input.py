"""Network input, second part: the back's contour in the cropped frame, and its confidence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.sources.video.contour.outline import POINTS

#: Standard deviation that stands for "unknown", and the largest that is passed on, trunk lengths.
UNKNOWN_SD = 0.1
#: Numbers for each point: x, y, whether it is visible, standard deviation.
CONTOUR_SHAPE = (POINTS, 4)


def contour_of(
    line: NDArray[np.floating[Any]],
    visible: NDArray[np.bool_],
    sd: NDArray[np.floating[Any]],
) -> NDArray[np.float32]:
    """Join a contour's positions with their visibility and deviation.

    Parameters
    ----------
    line : ndarray, shape (..., POINTS, 2)
        From :func:`backline.sources.video.lumbar.picture_input.laid_line`, trunk lengths; NaN
        where there is none.
    visible : ndarray of bool, shape (..., POINTS)
        Whether the point is the lifter's own back.
    sd : ndarray, shape (..., POINTS)
        One standard deviation across the line, trunk lengths.

    Returns
    -------
    ndarray of float32, shape (..., POINTS, 4)
        Zero and not visible where there is no contour.
    """
    known = np.isfinite(line).all(axis=-1)
    spread = np.clip(np.nan_to_num(sd, nan=UNKNOWN_SD), 0.0, UNKNOWN_SD)
    columns = [
        np.where(known[..., None], line, 0.0),
        (visible & known)[..., None],
        np.where(known, spread, UNKNOWN_SD)[..., None],
    ]
    return np.asarray(np.concatenate(columns, axis=-1), dtype=np.float32)


def mean_contour(contours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average the contours of one lifter in one posture, over the frames that have one.

    Parameters
    ----------
    contours : ndarray, shape (n, POINTS, 4)
        From :func:`contour_of`.

    Returns
    -------
    ndarray of float32, shape (POINTS, 4)
        A point is visible where it is in most of the frames that show a contour; its place is
        the median over those in which it is visible, else over all.
    """
    some = contours[contours[..., 3].min(axis=1) < UNKNOWN_SD]
    if not len(some):
        none = np.zeros(CONTOUR_SHAPE, np.float32)
        none[:, 3] = UNKNOWN_SD
        return none
    shown = some[..., 2:3] > 0.5
    place = _middle(np.where(shown, some[..., :2], np.nan))
    place = np.where(np.isfinite(place), place, np.median(some[..., :2], axis=0))
    visible = shown[..., 0].mean(axis=0) > 0.5
    columns = [place, visible[:, None], np.median(some[..., 3:], axis=0)]
    return np.asarray(np.concatenate(columns, axis=-1), dtype=np.float32)


def _middle(values: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Median of the known values over the first axis; NaN where none is known.

    NumPy's own (``nanmedian``) takes ten times as long for a few frames, and there is one such
    call a frame.
    """
    ordered = np.sort(values, axis=0)  # NaN last
    count = np.isfinite(values).sum(axis=0)[None]
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, len(values) - 1)
    both = np.take_along_axis(ordered, low, 0)[0] + np.take_along_axis(ordered, high, 0)[0]
    return np.asarray(np.where(count[0] > 0, both / 2, np.nan), dtype=values.dtype)
