"""The pass over all frames of a clip: pose, outline and network input, in parallel threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backline.formats.frames import Clip, Frame
from backline.parallel import in_background, overlaps, prefetch
from backline.progress import Progress, ProgressCallback
from backline.signals.filters import runs_of
from backline.sources.video.clip_observations import ClipObservations, CropSpool
from backline.sources.video.contour.outline import POINTS
from backline.sources.video.contour.visibility import steadily_visible
from backline.sources.video.frame_features import FeatureExtractor
from backline.sources.video.lumbar.picture_input import POINT_FEATURES
from backline.sources.video.pose.person import POINT_COUNT, Person, PoseEngine, grey_of
from backline.sources.video.quality.camera_motion import Affine, camera_motion
from backline.sources.video.quality.tracking_failures import failed_tracking
from backline.sources.video.shots import ShotFinder, number_shots
from backline.sources.video.subject.clip_survey import ClipSurvey
from backline.sources.video.subject.tracking import SubjectTracker

FrameWatcher = Callable[[Frame, NDArray[np.float32], float], None]

#: Frames in the queue between the pose engine and the outline.
IN_FLIGHT = 6
#: Added to a span's last time so that its frame is read too, seconds.
SAME_FRAME_S = 1e-6
#: Shortest stretch of detections that is kept, seconds.
SHORTEST_DETECTION_S = 0.25


@dataclass
class _Row:
    time_s: float
    points: NDArray[np.float32] = field(
        default_factory=lambda: np.full((POINT_COUNT, 3), np.nan, np.float32)
    )
    features: NDArray[np.float32] = field(
        default_factory=lambda: np.full(POINT_FEATURES, np.nan, np.float32)
    )
    line: NDArray[np.float32] = field(
        default_factory=lambda: np.full((POINTS, 2), np.nan, np.float32)
    )
    visible: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(POINTS, np.bool_))
    sd: NDArray[np.float32] = field(default_factory=lambda: np.full(POINTS, np.nan, np.float32))
    lean: float = float("nan")
    curve: float = float("nan")
    crop_row: int = -1
    plate: tuple[float, float] = (float("nan"), float("nan"))
    brightness: float = float("nan")
    place: Affine | None = None
    changed: float = 0.0
    dissolve_s: float = float("nan")


class _Recorder:
    """Extracts a frame's features after the pose engine; one thread, in order of time."""

    def __init__(self, surveyed: ClipSurvey, watch: FrameWatcher | None, crops: CropSpool) -> None:
        self._camera = surveyed.camera
        self._extractor = FeatureExtractor(
            surveyed.side, surveyed.facing, surveyed.trunk_px, surveyed.background
        )
        self._crops = crops
        self._shots = ShotFinder()
        self._watch, self._trunk_px = watch, surveyed.trunk_px

    def record(self, frame: Frame, person: Person | None) -> _Row:
        grey = grey_of(frame.picture)
        row = _Row(frame.time_s, changed=self._shots.changed(grey, frame.time_s))
        row.dissolve_s = self._shots.dissolve_s()
        row.place = self._camera.place(grey)
        if person is None:
            return row
        seen = self._extractor.extract(frame.picture, person, row.place, grey)
        if seen is None:
            return row
        if self._watch is not None:
            self._watch(frame, person.points, self._trunk_px)
        row.points, row.lean, row.features = person.points, seen.frame.lean_deg, seen.points
        row.crop_row = self._crops.add(seen.crop)
        row.brightness = float(seen.crop[1].mean())
        row.line, row.visible, row.sd = seen.line, seen.visible, seen.sd_px
        row.curve, row.plate = seen.curve_deg, seen.plate
        return row


def observe_frames(
    clip: Clip,
    engine: PoseEngine,
    surveyed: ClipSurvey,
    *,
    max_side_px: int,
    progress: ProgressCallback | None = None,
    meanwhile: Sequence[Callable[[], object]] = (),
    span: tuple[float, float] | None = None,
    watch: FrameWatcher | None = None,
) -> ClipObservations:
    """Process all frames of a clip, in order of time.

    Parameters
    ----------
    clip : Clip
        The open clip.
    engine : PoseEngine
        One that remembers the frames before.
    surveyed : ClipSurvey
        Result of the survey.
    max_side_px : int
        Longer side that frames are reduced to.
    progress : callable, optional
        Called with each frame.
    meanwhile : sequence of callable
        Slow tasks to run in the background.
    span : (float, float), optional
        Times of the first and the last frame that are read, seconds; all where left out.
    watch : callable, optional
        Called with each frame that shows the lifter, their points and their trunk length, pixels.

    Returns
    -------
    ClipObservations
        Its spool of crops must be closed by the caller.
    """
    follower = SubjectTracker(engine, surveyed.subject)
    crops = CropSpool()
    try:
        with in_background(*meanwhile):
            start_s, stop_s = (None, None) if span is None else (span[0], span[1] + SAME_FRAME_S)
            frames = clip.frames(start_s, stop_s, max_side_px=max_side_px)
            recorder = _Recorder(surveyed, watch, crops)
            rows, size = _record_all(frames, clip, follower, recorder, progress)
        return _observations(rows, crops, surveyed, size)
    except BaseException:
        crops.close()
        raise


def _record_all(
    frames: Iterator[Frame],
    clip: Clip,
    follower: SubjectTracker,
    recorder: _Recorder,
    progress: ProgressCallback | None,
) -> tuple[list[_Row], tuple[int, int]]:
    """Return a row for each frame, and the pictures' width and height, pixels."""
    rows: list[_Row] = []
    waiting: deque[Future[_Row]] = deque()
    size = (0, 0)
    expected = clip.info.frames_hint and -(-clip.info.frames_hint // clip.every)
    in_flight = IN_FLIGHT if overlaps() else 1  # 1: no queue
    with ThreadPoolExecutor(max_workers=1) as worker:
        for frame in prefetch(frames, depth=IN_FLIGHT):
            size = (frame.picture.shape[1], frame.picture.shape[0])
            person = follower.find(frame.picture, frame.time_s)
            waiting.append(worker.submit(recorder.record, frame, person))
            if len(waiting) >= in_flight:
                rows.append(waiting.popleft().result())
            if progress:
                progress(Progress("watching the lift", frame.index + 1, expected))
        rows.extend(one.result() for one in waiting)
    return rows, size


def _unseen(row: _Row) -> _Row:
    """Return a frame's row without a person."""
    return _Row(row.time_s, place=row.place, changed=row.changed)


def _without_short_detections(rows: list[_Row]) -> list[_Row]:
    """Remove detections shorter than SHORTEST_DETECTION_S between frames without a person."""
    found = np.array([r.crop_row >= 0 for r in rows])
    kept = list(rows)
    for first, stop in runs_of(found):
        whole = first == 0 and stop == len(rows)
        if not whole and rows[stop - 1].time_s - rows[first].time_s < SHORTEST_DETECTION_S:
            kept[first:stop] = [_unseen(r) for r in rows[first:stop]]
    return kept


def _observations(
    rows: list[_Row], crops: CropSpool, surveyed: ClipSurvey, size: tuple[int, int]
) -> ClipObservations:
    time_s, points = np.array([r.time_s for r in rows]), np.stack([r.points for r in rows])
    changed = np.array([r.changed for r in rows])
    dissolves_s = np.array([r.dissolve_s for r in rows])
    shot = number_shots(time_s, changed, points, surveyed.trunk_px, dissolves_s)
    failed = failed_tracking(time_s, points)
    rows = [_unseen(r) if s else r for r, s in zip(rows, failed, strict=True)]
    rows = _without_short_detections(rows)
    found = np.array([bool(np.isfinite(r.line).any()) for r in rows])
    visible = steadily_visible(time_s, np.stack([r.visible for r in rows]), found)
    motion = camera_motion([r.place for r in rows], *size)
    return ClipObservations(
        time_s=time_s,
        points=np.stack([r.points for r in rows]),
        lean_deg=np.array([r.lean for r in rows]),
        features=np.stack([r.features for r in rows]),
        crop_row=np.array([r.crop_row for r in rows]),
        crops=crops,
        back_line=np.stack([r.line for r in rows]),
        back_visible=visible,
        back_sd_px=np.stack([r.sd for r in rows]),
        curve_deg=np.array([r.curve for r in rows]),
        plate_px=np.array([r.plate for r in rows]).reshape(-1, 2),
        trunk_px=surveyed.trunk_px,
        facing=surveyed.facing,
        side=surveyed.side,
        camera_moving=motion.moving,
        camera_moved_px=motion.span_px,
        width_px=size[0],
        height_px=size[1],
        brightness=np.array([r.brightness for r in rows]),
        rivals=surveyed.subject.rivals,
        shot=shot,
    )
