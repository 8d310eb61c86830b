"""Framing help: whether the lifter stands so that they can be measured, and what to change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backline.live.looking import Look
from backline.sources.video.crop import trunk_length_px
from backline.sources.video.engine import (
    LEFT_ANKLE,
    LEFT_EAR,
    LEFT_HIP,
    LEFT_SHOULDER,
    RIGHT_SHOULDER,
)
from backline.sources.video.measurability import (
    DARK_LEVEL,
    SHOULDERS_BY_TRUNK,
    TRUNK_MIN_PX,
)

MOST_YAW_DEG = 40.0
"""Shoulders that look wider than at this camera yaw tell an oblique view; below it the width is
too rough, and the network tells the yaw once own standing is known (`WIDE_YAW_DEG`)."""


@dataclass(frozen=True)
class Framing:
    """What stands in the way of measuring.

    Parameters
    ----------
    code : str
        ``""`` where all is well.
    text : str
        What to do, one sentence.
    """

    code: str
    text: str

    @property
    def good(self) -> bool:
        """Whether everything is as it should be."""
        return not self.code


_TEXTS = {
    "dark": "It is too dark: put more light on the lifter.",
    "no_person": "Nobody is seen: step into the picture, side-on.",
    "too_small": "Too far away: bring the camera nearer.",
    "cut_off": "The whole body must be in the picture: step back from the camera.",
    "not_side_on": "Turn side-on to the camera.",
    "": "Good: stand still.",
}


def check_framing(look: Look) -> Framing:
    """Tell what to change first; the order is that in which one cause hides the next."""
    code = _code(look)
    return Framing(code, _TEXTS[code])


def _code(look: Look) -> str:
    if look.brightness < DARK_LEVEL:
        return "dark"
    if look.person is None:
        return "no_person"
    points, (width, height) = look.person.points, look.size
    trunk = trunk_length_px(points)
    if trunk < TRUNK_MIN_PX:
        return "too_small"
    needed = [j + k for j in (LEFT_EAR, LEFT_SHOULDER, LEFT_HIP, LEFT_ANKLE) for k in (0, 1)]
    at = points[needed, :2]
    if (at < 0).any() or (at[:, 0] > width - 1).any() or (at[:, 1] > height - 1).any():
        return "cut_off"
    across = abs(float(points[LEFT_SHOULDER, 0] - points[RIGHT_SHOULDER, 0]))
    if across / (trunk * SHOULDERS_BY_TRUNK) > np.sin(np.radians(MOST_YAW_DEG)):
        return "not_side_on"
    return ""
