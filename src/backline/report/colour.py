"""The one colour scale of the report: blue arched, grey as in standing, orange to red rounded.

Diverging and safe for the common colour blindnesses (blue against orange, as in ColorBrewer's
RdYlBu family); lightness falls to both ends, so it reads in grey print as well.
"""

from __future__ import annotations

import numpy as np

from backline.model.posture import FloatArray
from backline.texts import say

RGB = tuple[int, int, int]

STOPS: tuple[tuple[float, RGB], ...] = (
    (-18.0, (29, 78, 216)),
    (-8.0, (72, 149, 239)),
    (-3.0, (205, 211, 219)),
    (3.0, (205, 211, 219)),
    (8.0, (250, 163, 44)),
    (18.0, (225, 59, 31)),
)
"""Lumbar flexion in degrees and its colour. Grey within 3 degrees, the uncertain floor of
:class:`backline.settings.Settings`; the ends lie at twice the largest tuck in standing
(9 degrees, Levine and Whittle 1996)."""

UNMEASURED: RGB = (148, 156, 168)
"""Where there is no number."""


def flexion_colour(flexion_deg: float) -> RGB:
    """Return the colour of a lumbar flexion.

    Parameters
    ----------
    flexion_deg : float
        Degrees, + rounded; NaN gives :data:`UNMEASURED`.

    Returns
    -------
    tuple of int
        Red, green, blue, 0 to 255.
    """
    if not np.isfinite(flexion_deg):
        return UNMEASURED
    at: FloatArray = np.array([stop for stop, _ in STOPS])
    red, green, blue = (
        round(float(np.interp(flexion_deg, at, [colour[channel] for _, colour in STOPS])))
        for channel in range(3)
    )
    return red, green, blue


WORD_FROM_DEG = 3.0
"""Changes below this have no name, degrees (the uncertain floor of the settings)."""


def flexion_word(flexion_deg: float, floor_deg: float = WORD_FROM_DEG) -> str:
    """Return what a lumbar flexion is called: flexed, arched, or as standing.

    Whether a back is rounded follows from its shape (see `backline.reps.types.Grade`), not by its
    change: a hollow back that is flatter than in standing is flexed, and still hollow.

    Parameters
    ----------
    flexion_deg : float
        Degrees, + rounded; NaN gives ``"not measurable"``.
    floor_deg : float
        Within this of zero it is "as standing", degrees.
    """
    if not np.isfinite(flexion_deg):
        return say("flexion.unknown")
    if abs(flexion_deg) < floor_deg:
        return say("flexion.as_standing")
    return say("flexion.flexed" if flexion_deg > 0 else "flexion.arched")
