"""Preflight check of a clip before its analysis: whether it can probably be measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backline.formats.video import open_clip
from backline.settings import Settings
from backline.sources.video.pose.engine_factory import make_engine
from backline.sources.video.pose.person import Person
from backline.sources.video.subject.facing_side import estimate_yaw
from backline.sources.video.subject.person_detection import hip_and_trunk
from backline.sources.video.subject.selection import detect_people, sample_times
from backline.web.texts import say

FRAMES = 8
"""Frames that are examined: a second or two of work."""
SIDE_PX = 640
"""Longer side of the pictures, pixels."""
LEAST_SEEN = 2
"""Frames in which somebody must be found."""
YAW_ERROR_DEG = 10.0
"""Uncertainty of the estimate from joints alone (`estimate_yaw`), degrees: only a yaw beyond the
limit by more than this stops a clip."""


def check_clip(clip: Path) -> str | None:
    """Return why a clip can probably not be measured, as one plain sentence, or None.

    Parameters
    ----------
    clip : Path
        The clip.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    settings = Settings()
    limit = settings.yaw_limit_deg + YAW_ERROR_DEG
    engine = make_engine(static=True)
    try:
        with open_clip(clip) as opened:
            if opened.info.width_px < 1:
                return None
            duration = float(opened.info.duration_hint_s or 0.0)
            times = sample_times(duration or 1.0, FRAMES)
            sampled = detect_people(opened.sample(times, max_side_px=SIDE_PX), engine)
            grow = max(opened.info.width_px, opened.info.height_px) / SIDE_PX
    finally:
        engine.close()
    people = [max(one.people, key=_trunk_px) for one in sampled if one.people]
    if len(people) < LEAST_SEEN:
        return say("look.nobody")
    trunk = float(np.median([_trunk_px(p) for p in people])) * max(1.0, grow)
    if trunk < settings.gating.trunk_min_px:
        return say("look.small")
    world = [p.world for p in people if p.world is not None]
    yaw = estimate_yaw(
        np.stack([p.points for p in people]),
        np.stack(world) if len(world) == len(people) else None,
    )
    return say("look.yaw", yaw=round(yaw, -1)) if yaw > limit else None


def _trunk_px(person: Person) -> float:
    return hip_and_trunk(person)[1]
