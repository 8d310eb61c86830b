"""From stickers to angles of thorax, pelvis, thigh and L3, with arbitrary zero.

A printed sticker shows its own rotation in the picture, so that one on each segment is enough, and
how it was attached does not matter: only its change from the standing reference counts. A dot shows
its position alone: the circle through three dots gives the back's tangents at the upper and at the
lower one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.model.posture import BoolArray, FloatArray
from backline.sources.angles.raw import Spread
from backline.sources.fiducials.layout import FEMUR, L3, PELVIS, S1, T12
from backline.sources.fiducials.sticker_detection import turn_deg

STICKER_SPREAD = Spread(
    pelvis_deg=(0.7, 2.3),
    trunk_deg=(0.7, 2.3),
    source="as of markers on skin: below 1 degree in standing against X-ray "
    "(doi:10.3233/BMR-169750), shared by two segments; full bend: 6.1 mm of difference "
    "between people in how skin shifts over the spine (Zemp 2014) on 150 mm",
)
DOT_SPREAD = Spread(
    pelvis_deg=(1.0, 6.0),
    trunk_deg=(1.0, 6.0),
    source="as of stickers, and a fifth of a full bend of 40 degrees for a low back that is no "
    "circle (judgement)",
)


LEAST_SHARE = 0.5
"""A series with fewer known frames than this share of another's is only used in its gaps."""


@dataclass(frozen=True, eq=False)
class BackAngles:
    """Angles of n frames, degrees, + forward, any zero; NaN where not seen.

    Parameters
    ----------
    trunk_deg, pelvis_deg, thigh_deg : ndarray, shape (n,)
        Turn of thorax, pelvis and thigh; a thigh that swings forward turns by a negative angle.
    middle_deg : ndarray, shape (n,)
        Turn of the middle of the low back; NaN where there is no such sticker.
    spread : Spread
        Uncertainty of thorax and pelvis.
    """

    trunk_deg: FloatArray
    pelvis_deg: FloatArray
    thigh_deg: FloatArray
    middle_deg: FloatArray
    spread: Spread

    @property
    def visible(self) -> BoolArray:
        """Frames in which both ends of the low back are known."""
        return np.asarray(
            np.isfinite(self.trunk_deg) & np.isfinite(self.pelvis_deg), dtype=np.bool_
        )


def from_stickers(time_s: FloatArray, corners: FloatArray, facing: int) -> BackAngles:
    """Work out angles from printed stickers.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    corners : ndarray, shape (n, 5, 4, 2)
        Pixels, y down, in the order of `PLACES`; NaN where not seen.
    facing : int
        +1 if the lifter looks to the right of the picture, -1 to the left.
    """
    turns = facing * _unwrapped(turn_deg(corners))
    return BackAngles(
        trunk_deg=turns[:, T12],
        pelvis_deg=joined(time_s, turns[:, S1], turns[:, PELVIS]),
        thigh_deg=turns[:, FEMUR],
        middle_deg=turns[:, L3],
        spread=STICKER_SPREAD,
    )


def from_dots(places: FloatArray, facing: int) -> BackAngles:
    """Work out angles from three dots over T12, L3 and S1.

    Parameters
    ----------
    places : ndarray, shape (n, 3, 2)
        Pixels, y down, from above; NaN where not seen.
    facing : int
        As in `from_stickers`.
    """
    top, bottom = circle_tangents(places[:, 0], places[:, 1], places[:, 2], facing)
    unknown = np.full(len(places), np.nan)
    return BackAngles(top, bottom, unknown, unknown, DOT_SPREAD)


def circle_tangents(
    top: FloatArray, middle: FloatArray, bottom: FloatArray, facing: int
) -> tuple[FloatArray, FloatArray]:
    """Return the forward lean of the tangents, at the ends, of the circle through three points.

    Parameters
    ----------
    top, middle, bottom : ndarray, shape (n, 2)
        Pixels, y down.
    facing : int
        +1 if forward is to the right.

    Returns
    -------
    top_deg, bottom_deg : ndarray, shape (n,)
        Degrees from the vertical, + forward.
    """
    upper, lower = top - middle, middle - bottom
    lean_up, lean_low = (
        np.degrees(np.arctan2(facing * chord[:, 0], -chord[:, 1])) for chord in (upper, lower)
    )
    # each chord leans like the tangent at its middle, and the lean changes evenly along the arc
    lengths = np.linalg.norm(upper, axis=1), np.linalg.norm(lower, axis=1)
    slope = 2.0 * (lean_up - lean_low) / (lengths[0] + lengths[1])
    return lean_up + slope * lengths[0] / 2, lean_low - slope * lengths[1] / 2


def joined(time_s: FloatArray, *series: FloatArray) -> FloatArray:
    """Return the mean of series that differ by a slowly changing amount, without steps.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds.
    *series : ndarray, shape (n,)
        NaN where unknown.
    """
    counts = [int(np.isfinite(one).sum()) for one in series]
    if not max(counts):
        return np.full(len(time_s), np.nan)
    # a series with few values is not used where the other is known: their difference is uncertain
    known = [one for one, n in zip(series, counts, strict=True) if n >= LEAST_SHARE * max(counts)]
    result = np.mean(known, axis=0)
    known += [
        one for one, n in zip(series, counts, strict=True) if 0 < n < LEAST_SHARE * max(counts)
    ]
    for one in known:
        result = filled(time_s, result, one)
    return np.asarray(result)


def filled(time_s: FloatArray, best: FloatArray, other: FloatArray) -> FloatArray:
    """Fill one series from another, shifted by their difference in the frames around.

    Parameters
    ----------
    time_s, best, other : ndarray, shape (n,)
        Seconds, the preferred series, and the one for its gaps; NaN where unknown.
    """
    both = np.isfinite(best) & np.isfinite(other)
    apart = np.interp(time_s, time_s[both], (best - other)[both]) if both.any() else 0.0
    return np.where(np.isfinite(best), best, other + apart)


def _unwrapped(turns: FloatArray) -> FloatArray:
    """Return angles without jumps of 360 degrees between frames, each sticker on its own."""
    out = turns.copy()
    for k in range(turns.shape[1]):
        known = np.isfinite(turns[:, k])
        out[known, k] = np.degrees(np.unwrap(np.radians(turns[known, k])))
    return out
