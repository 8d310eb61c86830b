"""Hands-free calibration: the standing reference is recorded as soon as the lifter stands still.

The full analysis chooses the best of all stretches of standing of a clip, by their position
relative to the reps and their agreement with the lockouts (`backline.signals.standing` and
`backline.sources.video.reference_selection`). Live the first quiet second is used, with the same
limit of sway; positions are not filtered, so the limit for the hip is larger.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from backline.live.framing import check_framing
from backline.live.live_frame import LiveFrame
from backline.settings import GATING, Gating
from backline.signals.standing import LEAN_TOLERANCE_DEG
from backline.sources.video.lumbar.picture_input import middle, trunk_length_px
from backline.sources.video.pose.person import LEFT_HIP, RIGHT_HIP

STILL_S = 1.0
"""How long the lifter must stand still, seconds (half of it suffices in the full analysis)."""
LEAST_FRAMES = 8
"""Frames that the standing reference needs, so that its mean is steadier than one frame."""
HIP_STILL = 0.06
"""Most that the hip may move meanwhile, trunk lengths (3 cm)."""
LONGEST_GAP_S = 0.3
"""A longer gap between frames restarts the wait, seconds."""
UPRIGHT_LEAN_DEG = 25.0
"""Standing leans less than this, degrees (a heavy bar on the back: about 18)."""


class StandingCalibrator:
    """Collects frames until they make a quiet second of standing.

    Parameters
    ----------
    gating : Gating
        Limits of the picture.
    """

    def __init__(self, gating: Gating = GATING) -> None:
        self._gating = gating
        self._frames: deque[LiveFrame] = deque()

    @property
    def progress(self) -> float:
        """How much of the quiet second has passed, 0 to 1: the countdown."""
        if len(self._frames) < 2:
            return 0.0
        return min(1.0, (self._frames[-1].time_s - self._frames[0].time_s) / STILL_S)

    def push(self, live: LiveFrame) -> list[LiveFrame] | None:
        """Add a frame; return the standing reference's frames once there are enough."""
        if not check_framing(live, self._gating).good or live.crops is None:
            self._frames.clear()
            return None
        if self._frames and live.time_s - self._frames[-1].time_s > LONGEST_GAP_S:
            self._frames.clear()
        self._frames.append(live)
        while self._frames and not _still(list(self._frames)):
            self._frames.popleft()
        if self.progress < 1.0 or len(self._frames) < LEAST_FRAMES:
            return None
        return list(self._frames)


def _still(frames: list[LiveFrame]) -> bool:
    hips = np.array(
        [middle(o.person.points, (LEFT_HIP, RIGHT_HIP)) for o in frames if o.person is not None]
    )
    trunk = np.median([trunk_length_px(o.person.points) for o in frames if o.person is not None])
    leans = np.array([o.lean_deg for o in frames])
    return bool(
        np.ptp(hips, axis=0).max() <= HIP_STILL * trunk
        and np.ptp(leans) <= LEAN_TOLERANCE_DEG
        and abs(leans).max() <= UPRIGHT_LEAN_DEG
    )
