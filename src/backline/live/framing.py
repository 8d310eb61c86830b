"""Framing help: whether the lifter can be measured where they stand, and what to change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.live.live_frame import LiveFrame
from backline.reasons import sentence
from backline.settings import GATING, Gating
from backline.sources.video.lumbar.picture_input import trunk_length_px
from backline.sources.video.pose.person import (
    LEFT_ANKLE,
    LEFT_EAR,
    LEFT_HIP,
    LEFT_SHOULDER,
    RIGHT_ANKLE,
    RIGHT_HIP,
    RIGHT_SHOULDER,
)
from backline.sources.video.quality.gating import SHOULDERS_BY_TRUNK

MOST_YAW_DEG = 40.0
"""Camera yaw, by the apparent shoulder width, from which the view is oblique; below it the width
is too inaccurate, and the network estimates the yaw once the standing reference is known
(`Gating.wide_yaw_deg`)."""
STRAIGHT_DEG = 15.0
"""Least alignment of legs and trunk of a standing lifter."""
LEVEL_DEG = 10.0
"""Largest lean of the line from ankles to shoulders in standing, degrees: feet reach about 15 cm
in front of the ankles, and shoulders are about 1.3 m above them (6.6 degrees), with a margin for
errors of the points. A larger lean is that of the camera."""


@dataclass(frozen=True)
class Framing:
    """Why the lifter cannot be measured where they stand.

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
        """Whether nothing has to be changed."""
        return not self.code


def check_framing(live: LiveFrame, gating: Gating = GATING) -> Framing:
    """Return what to change first; causes that mask others come first."""
    code = _code(live, gating)
    return Framing(code, sentence(code or "good", "live"))


def _code(live: LiveFrame, gating: Gating) -> str:
    if live.brightness < gating.dark_level:
        return "dark"
    if live.person is None:
        return "no_person"
    points, (width, height) = live.person.points, live.size
    trunk = trunk_length_px(points)
    if trunk < gating.trunk_min_px:
        return "too_small"
    needed = [j + k for j in (LEFT_EAR, LEFT_SHOULDER, LEFT_HIP, LEFT_ANKLE) for k in (0, 1)]
    at = points[needed, :2]
    if (at < 0).any() or (at[:, 0] > width - 1).any() or (at[:, 1] > height - 1).any():
        return "cut_off"
    across = abs(float(points[LEFT_SHOULDER, 0] - points[RIGHT_SHOULDER, 0]))
    if across / (trunk * SHOULDERS_BY_TRUNK) > np.sin(np.radians(MOST_YAW_DEG)):
        return "not_side_on"
    return "" if _is_level(points) else "not_level"


def _is_level(points: NDArray[np.float32]) -> bool:
    """Return whether a standing lifter is parallel to the picture's vertical.

    The room's vertical is unknown; a bent lifter gives no information.
    """
    ankles, hips, shoulders = (
        points[list(pair), :2].mean(axis=0)
        for pair in (
            (LEFT_ANKLE, RIGHT_ANKLE),
            (LEFT_HIP, RIGHT_HIP),
            (LEFT_SHOULDER, RIGHT_SHOULDER),
        )
    )
    bend = (_lean(hips, shoulders) - _lean(ankles, hips) + 180.0) % 360.0 - 180.0
    return abs(bend) > STRAIGHT_DEG or abs(_lean(ankles, shoulders)) <= LEVEL_DEG


def _lean(low: NDArray[np.float32], high: NDArray[np.float32]) -> float:
    """Return the angle of a line from the picture's vertical, degrees."""
    across, up = high[0] - low[0], low[1] - high[1]
    return float(np.degrees(np.arctan2(across, up)))
