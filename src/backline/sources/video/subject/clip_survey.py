"""Survey of a clip: who lifts, the facing side, and the static background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.formats.frames import Clip
from backline.model.measurement import Side
from backline.parallel import prefetch
from backline.sources.video.contour.background import Background, estimate_background
from backline.sources.video.lumbar.picture_input import trunk_length_px
from backline.sources.video.pose.person import Person, PoseEngine
from backline.sources.video.quality.camera_motion import CameraTracker
from backline.sources.video.subject.facing_side import visible_side
from backline.sources.video.subject.selection import (
    Sampled,
    Subject,
    choose_subject,
    detect_people,
    sample_times,
)

#: Percentile of the trunk lengths taken as the standing trunk (deep ones look shorter).
TRUNK_QUANTILE = 0.7


@dataclass(frozen=True)
class ClipSurvey:
    """What the survey found, in pixels of frames reduced to ``max_side_px``.

    Parameters
    ----------
    subject : Subject
        Whom to track.
    side : {"left", "right"}
        Their side that faces the camera, fixed for the clip.
    facing : int
        +1 if they look to the right of the picture, -1 to the left.
    trunk_px : float
        Provisional trunk length, pixels.
    camera : CameraTracker
        Finds the camera's motion in each frame.
    background : Background or None
        The static background.
    """

    subject: Subject
    side: Side
    facing: int
    trunk_px: float
    camera: CameraTracker
    background: Background | None


def survey(
    clip: Clip,
    engine: PoseEngine,
    span: tuple[float, float],
    side: str,
    max_side_px: int,
    person: tuple[float, float, float] | None = None,
) -> ClipSurvey | None:
    """Survey frames spread over a clip; None where no person was found.

    Parameters
    ----------
    clip : Clip
        The open clip.
    engine : PoseEngine
        A static one.
    span : (float, float)
        Start and end of the part that is examined, seconds.
    side : {"auto", "left", "right"}
        As given by the user: the visible side.
    max_side_px : int
        Longer side that frames are reduced to, as in the main pass.
    person : (float, float, float), optional
        Whom to track, see `backline.sources.options.SourceOptions`.

    Raises
    ------
    UsageError
        If nobody was found at the clicked position.
    """
    times = [span[0] + at for at in sample_times(span[1] - span[0])]
    if person is not None and span[0] <= person[0] <= span[1]:
        times = sorted({*times, person[0]})
    frames = clip.sample(times, max_side_px=max_side_px)
    sampled = detect_people(prefetch(frames, depth=2), engine)
    subject = choose_subject(sampled, person)
    if subject is None:
        return None
    own = _subject_people(sampled, subject)
    points = np.stack([person.points for _, person in own])
    world = [person.world for _, person in own]
    known = [w for w in world if w is not None]
    estimated = visible_side(points, np.stack(known) if len(known) == len(world) else None)
    chosen: Side = estimated.side if side == "auto" else ("left" if side == "left" else "right")
    facing = 1 if chosen == "right" else -1
    trunk = float(np.quantile([trunk_length_px(p) for p in points], TRUNK_QUANTILE))
    camera, background = _still(sampled)
    return ClipSurvey(subject, chosen, facing, trunk, camera, background)


def _subject_people(sampled: list[Sampled], subject: Subject) -> list[tuple[Sampled, Person]]:
    """Match the subject's detections back to the people found in each sample."""
    own = []
    hips = {s.time_s: np.asarray(s.hip) for s in subject.detections}
    for one in sampled:
        if one.time_s in hips and one.people:
            away = [
                np.linalg.norm(p.points[[23, 24], :2].mean(0) - hips[one.time_s])
                for p in one.people
            ]
            own.append((one, one.people[int(np.argmin(away))]))
    return own


def _still(sampled: list[Sampled]) -> tuple[CameraTracker, Background | None]:
    middle = sampled[len(sampled) // 2]
    camera = CameraTracker(middle.picture, _anybody(middle))
    places = [camera.place(one.picture) for one in sampled]
    people = [_anybody(one) for one in sampled]
    return camera, estimate_background([s.picture for s in sampled], people, places)


def _anybody(one: Sampled) -> NDArray[np.float32]:
    """Probability of any person, over all people found in a sample."""
    if not one.people:
        return np.zeros(one.picture.shape[:2], np.float32)
    masks = [p.mask for p in one.people]
    same = [m for m in masks if m.shape == masks[0].shape]
    return np.asarray(np.max(np.stack(same), axis=0), dtype=np.float32)
