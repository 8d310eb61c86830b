"""Checks that the tracked body is still the same lifter: positions do not jump."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from backline.live.live_frame import LiveFrame
from backline.sources.video.lumbar.picture_input import middle, trunk_length_px
from backline.sources.video.pose.person import LEFT_HIP, RIGHT_HIP
from backline.sources.video.subject.selection import LINK_SIZE

LEAP = 0.8
"""From one frame to the next a hip moves less than this, trunk lengths (0.4 m)."""
FASTEST = 3.0
"""Added for each second between two frames, trunk lengths (1.5 m/s: walking, or a drop squat)."""
REMEMBERED = 15
"""Number of detections whose median trunk length is used, so that one error has no effect."""


class SamePerson:
    """Tracks the lifter's hip; a detection out of its reach is another person."""

    def __init__(self) -> None:
        self._last: tuple[float, NDArray[np.float64]] | None = None
        self._trunks: deque[float] = deque(maxlen=REMEMBERED)

    def is_other(self, live: LiveFrame) -> bool:
        """Return whether a frame shows somebody else; a frame without a person does not."""
        if live.person is None:
            return False
        points = live.person.points
        hip = np.asarray(middle(points, (LEFT_HIP, RIGHT_HIP)), dtype=np.float64)
        trunk = float(trunk_length_px(points))
        if self._last is not None:
            before_s, before = self._last
            size = float(np.median(self._trunks))
            reach = (LEAP + FASTEST * (live.time_s - before_s)) * size
            ratio = max(trunk, size) / max(min(trunk, size), 1e-6)
            if float(np.hypot(*(hip - before))) > reach or ratio > LINK_SIZE:
                return True
        self._last = (live.time_s, hip)
        self._trunks.append(trunk)
        return False
