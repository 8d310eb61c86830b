"""The part of the picture that holds the lifter, which the page shows large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backline.model.posture import FloatArray

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

#: Body points that the view must hold: nose, shoulders, hips, knees, ankles, toes.
HELD = (0, 11, 12, 23, 24, 25, 26, 27, 28, 31, 32)
#: In each direction this share of the points may lie outside: one wild frame does not count.
OUTSIDE = 0.01
#: Room beside and below the points, and above them (a head ends above its nose, and hands may be up
#: there), of the larger side of what holds them.
ROOM, ROOM_ABOVE = 0.07, 0.15
#: The view is this wide for its height at least, where the picture is.
LEAST_ASPECT = 0.7
#: A view of more than this share of the picture would show nothing larger.
WORTH_IT = 0.7


def close_view(analysis: LiftAnalysis) -> tuple[float, float, float, float] | None:
    """Return the part of the picture that holds the lifter from the first to the last rep.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result with its evidence.

    Returns
    -------
    tuple of float, or None
        Left, top, width and height, as shares of the picture's sides. None where there is no
        picture, or where the lifter fills most of it already.
    """
    evidence, source = analysis.evidence, analysis.source
    if evidence is None or min(source.width_px, source.height_px) < 1:
        return None
    points = np.asarray(evidence.points, dtype=np.float64)
    body = [k for k in HELD if k < points.shape[1]]
    points_px = np.concatenate([points[:, body, :2], evidence.back_line], axis=1)
    if analysis.reps:
        time_s = analysis.posture.time_s
        inside = (time_s >= analysis.reps[0].start_s) & (time_s <= analysis.reps[-1].end_s)
        points_px = points_px[inside] if inside.any() else points_px
    places = points_px.reshape(-1, 2)
    places = places[np.isfinite(places).all(axis=1)]
    if len(places) == 0:
        return None
    size = np.array([source.width_px, source.height_px], dtype=np.float64)
    low, high = np.quantile(places, [OUTSIDE, 1 - OUTSIDE], axis=0)
    low, high = _widened(low, high, size)
    share = (high - low) / size
    if float(share.prod()) > WORTH_IT:
        return None
    left, top = low / size
    return float(left), float(top), float(share[0]), float(share[1])


def _widened(low: FloatArray, high: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give a box its room and its least width, inside the picture."""
    side = float((high - low).max())
    low = np.maximum(low - side * np.array([ROOM, ROOM_ABOVE]), 0.0)
    high = np.minimum(high + side * ROOM, size)
    width = min(max(high[0] - low[0], LEAST_ASPECT * (high[1] - low[1])), size[0])
    left = np.clip((low[0] + high[0] - width) / 2, 0.0, size[0] - width)
    return np.array([left, low[1]]), np.array([left + width, high[1]])
