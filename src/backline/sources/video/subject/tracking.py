"""Tracks the lifter from frame to frame among other people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.sources.video.pose.person import Person, PoseEngine, RegionPoseEngine
from backline.sources.video.subject.person_detection import (
    hip_and_trunk,
    is_plausible,
    lean_of,
    moved,
    sees_a_knee,
    thigh_px,
    thigh_share,
)
from backline.sources.video.subject.selection import Box, Subject

ENGINE_SIDE_PX = 960
"""Pictures with a longer side than this are reduced for the engine, which works on 256 px."""
WHOLE_FRAME_SHARE = 0.45
"""A region larger than this share of the picture is not cropped: the engine's time hardly depends
on it, and a crouching lifter is found more reliably with a margin."""
BORDER_ROOM = 0.02
"""A person nearer to the crop's border than this share of its longer side needs another crop."""
HIP_SPEED = 4.0
"""Fastest hip, trunk lengths a second (2 m/s; a jump takes off at 3, a lift stays below 1.5)."""
HIP_JITTER = 0.35
"""The engine's own scatter of the hip, trunk lengths."""
HIP_ABOVE = 0.5
"""A hip further than this above the highest one of the sampled frames is an error, trunk
lengths."""
SIZE_RANGE = (0.5, 1.5)
"""Limits of the apparent trunk length, relative to the subject's usual one (it shortens when the
back rounds)."""
FORGET_S = 1.0
"""After this long without the subject their last position is discarded, seconds."""
RETRY_S = 0.2
"""While the subject is lost, the search around their last position is repeated this often, and
after this long with a person from a square (below) detection is asked again, seconds."""
CLOSE_UP = 2.6
"""Half the side of that search region, trunk lengths: a whole body is about 3.5 of them tall."""
APART = ((1.5, 9.0), (1.1, 9.0), (1.5, 0.9))
"""Where that finds nobody, the search is repeated with the picture blackened except for this far
to either side of the hip and this far below it, trunk lengths. Big plates in front of the legs and
clutter on both sides make the engine miss a whole person: in rendered deadlifts it found every
second one again that way, frame by frame."""
REGION_SIDES = (4.6, 5.2, 4.0)
"""Where that finds nobody either, the landmark model is given squares of these sides about the last
hip, trunk lengths: it found the lifter in 107 of 141 frames of six rendered deadlifts with plates
of 450 mm in which the detection model had found nobody."""
LEAN_STEPS = (0.0, -0.5, 0.5)
"""The squares are upright first; then they are turned by the trunk's last known lean plus each of
these angles, radians: the model expects a body along its square, and somebody bent over a bar lies
across an upright one (judgement)."""
SAME_TURN = 0.2
"""Squares whose turns differ by less than this are not tried twice, radians (judgement)."""
TRUNK_RANGE, THIGH_RANGE, MOST_LEAN_RAD = (0.7, 1.35), (0.5, 1.15), 1.7
"""Limits of the lengths of trunk and thigh, by the subject's usual trunk, and of the trunk's lean
(97 degrees) for a person from such a square, of whom a knee must be seen too (judgement). In
clutter the model returns bodies with impossible proportions, and tracking would stay with them; in
one real deadlift the lifter was lost for seconds."""
SHORT_THIGH = 0.55
"""If both thighs appear shorter than this, trunk lengths, the engine has lost the legs (and tracks
the arms, say): seen from the side a thigh has 0.85, and 0.65 with the knees 40 degrees out."""
DOUBT_S = 0.2
"""After this long with such thighs the engine is reset, seconds: its tracking keeps it at the
wrong position, and a detection without it recovers within a third of a second."""
DOUBT_AGAIN_S = 1.0
"""The reset is repeated this often, seconds."""


@dataclass(frozen=True)
class _Place:
    """Where the subject was: the middle of the hips, and the trunk's lean, radians clockwise."""

    time_s: float
    hip: tuple[float, float]
    lean_rad: float = 0.0


@dataclass(frozen=True)
class _Part:
    """A part of a frame, reduced for the engine by a whole factor; its corner in the frame."""

    picture: NDArray[np.uint8]
    x0: int
    y0: int
    shrink: int
    full_size: tuple[int, int]

    def in_full(self, person: Person | None) -> Person | None:
        """Return a person of the part in the coordinates of the full frame."""
        if person is None:
            return None
        if self.shrink > 1:
            points = person.points.copy()
            points[:, :2] = (points[:, :2] + 0.5) * self.shrink - 0.5
            person = replace(person, points=points, mask_scale=1.0 / self.shrink)
        return moved(person, self.x0, self.y0, *self.full_size)


def _part_of(picture: NDArray[np.uint8], region: Box) -> _Part:
    """Return a region of a frame, its longer side at most ENGINE_SIDE_PX."""
    height, width = picture.shape[:2]
    shrink = max(1, -(-max(region[2] - region[0], region[3] - region[1]) // ENGINE_SIDE_PX))
    x0, y0 = (region[0] // shrink) * shrink, (region[1] // shrink) * shrink
    part = picture[y0 : region[3], x0 : region[2]]
    if shrink > 1:
        part = part[: part.shape[0] // shrink * shrink, : part.shape[1] // shrink * shrink]
        size = (part.shape[1] // shrink, part.shape[0] // shrink)
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return _Part(part, x0, y0, shrink, (width, height))


class SubjectTracker:
    """Runs a pose engine on a crop around the subject and rejects other people.

    Parameters
    ----------
    engine : PoseEngine
        One that remembers the frames before; used by this tracker alone.
    subject : Subject
        Whom to track.
    """

    def __init__(self, engine: PoseEngine, subject: Subject) -> None:
        self._engine = engine
        self._subject = subject
        self._view: Box | None = None
        self._last: _Place | None = None
        self._tried_s = -np.inf
        self._sound_s = -np.inf
        self._doubted_s = -np.inf
        self._redetect_s = np.inf

    def find(self, picture: NDArray[np.uint8], time_s: float) -> Person | None:
        """Return the subject in full-picture coordinates, or None where they are not found.

        Parameters
        ----------
        picture : ndarray of uint8, shape (h, w, 3)
            The full frame.
        time_s : float
            Its time, seconds, later than that of the call before.
        """
        home = self._home(picture)
        view = self._view or home
        if time_s >= self._redetect_s:  # detection may see now whom it had missed
            self._engine.reset()
            self._redetect_s = np.inf
        person = self._search_subject(picture, view, time_s)
        recent = self._last is not None and time_s - self._last.time_s <= FORGET_S
        if person is None and recent:
            view = home
            person = self._search_squares(picture, home, time_s)
        if person is None and time_s - self._tried_s >= RETRY_S:
            self._tried_s = time_s
            view = self._close_up(picture) if view == home else home
            person = self._search_subject(picture, view, time_s)
            if person is None:
                view = home
                person = self._search_blackened(picture, home, time_s)
            if person is None and not recent:
                person = self._search_squares(picture, home, time_s)
        # The engine tracks positions within the crop: the crop stays while tracking works.
        self._view = None if person is None or _touches_border(person, view, picture) else view
        if person is not None and (
            (self._view is None and view != home) or self._is_doubtful(person, time_s)
        ):
            self._engine.reset()
        return person

    def _is_doubtful(self, person: Person, time_s: float) -> bool:
        """Return whether the legs have been impossibly short for a while; limited in frequency."""
        if thigh_share(person) >= SHORT_THIGH or not np.isfinite(self._sound_s):
            self._sound_s = time_s
        if time_s - max(self._sound_s + DOUBT_S, self._doubted_s + DOUBT_AGAIN_S) < 0:
            return False
        self._doubted_s = time_s
        return True

    def _search_subject(
        self, picture: NDArray[np.uint8], view: Box, time_s: float
    ) -> Person | None:
        part = _part_of(picture, view)
        person = part.in_full(self._engine.find(part.picture))
        if person is None:  # the engine tracks nobody
            return None
        if self._is_subject(person, picture, time_s):
            return self._keep(person, time_s)
        self._engine.reset()
        return None

    def _search_blackened(
        self, picture: NDArray[np.uint8], home: Box, time_s: float
    ) -> Person | None:
        """Find the subject with their surroundings blackened."""
        for beside, below in APART:
            person = self._search_subject(self._alone(picture, beside, below), home, time_s)
            if person is not None:  # now the engine tracks the person in the full picture
                return self._search_subject(picture, home, time_s) or person
        return None

    def _search_squares(
        self, picture: NDArray[np.uint8], home: Box, time_s: float
    ) -> Person | None:
        """Find the subject without detection, in squares about their last position."""
        if not isinstance(self._engine, RegionPoseEngine):
            return None
        part = _part_of(picture, home)
        x, y = self._hip()
        centre = (x - part.x0) / part.shrink, (y - part.y0) / part.shrink
        for turn, side in product(self._turns(), REGION_SIDES):
            side_px = side * self._subject.trunk_px / part.shrink
            person = part.in_full(self._engine.find_in(part.picture, centre, side_px, turn))
            if (
                person is not None
                and self._is_proportioned(person)
                and self._is_subject(person, picture, time_s)
            ):
                self._redetect_s = time_s + RETRY_S
                return self._keep(person, time_s)
        self._engine.reset()
        return None

    def _turns(self) -> list[float]:
        """Return the turns of the squares that are tried, radians clockwise."""
        lean = 0.0 if self._last is None else self._last.lean_rad
        turns = [0.0]
        for turn in (lean + step for step in LEAN_STEPS):
            if min(abs(turn - tried) for tried in turns) >= SAME_TURN:
                turns.append(turn)
        return turns

    def _is_proportioned(self, person: Person) -> bool:
        """Return whether a person from a square has a lifter's proportions, and a knee is seen."""
        trunk = hip_and_trunk(person)[1] / self._subject.trunk_px
        thigh = thigh_px(person) / self._subject.trunk_px
        return (
            TRUNK_RANGE[0] <= trunk <= TRUNK_RANGE[1]
            and THIGH_RANGE[0] <= thigh <= THIGH_RANGE[1]
            and abs(lean_of(person)) <= MOST_LEAN_RAD
            and sees_a_knee(person)
        )

    def _hip(self) -> tuple[float, float]:
        """Return the subject's last position."""
        return self._subject.hip if self._last is None else self._last.hip

    def _alone(self, picture: NDArray[np.uint8], beside: float, below: float) -> NDArray[np.uint8]:
        """Return the picture blackened except near the subject's hip (trunk lengths)."""
        x, y = self._hip()
        reach, trunk = beside * self._subject.trunk_px, self._subject.trunk_px
        left, right = max(int(x - reach), 0), max(int(x + reach), 0)
        bottom = max(int(y + below * trunk), 0)
        alone = np.zeros_like(picture)
        alone[:bottom, left:right] = picture[:bottom, left:right]
        return alone

    def _keep(self, person: Person, time_s: float) -> Person:
        (x, y), _ = hip_and_trunk(person)
        self._last = _Place(time_s, (float(x), float(y)), lean_of(person))
        return person

    def _is_subject(self, person: Person, picture: NDArray[np.uint8], time_s: float) -> bool:
        (x, y), trunk_px = hip_and_trunk(person)
        height, width = picture.shape[:2]
        if not (0 <= x < width and 0 <= y < height and is_plausible(person)):
            return False
        highest = min((s.hip[1] for s in self._subject.detections), default=-np.inf)
        if y < highest - HIP_ABOVE * self._subject.trunk_px:
            return False
        ratio = trunk_px / self._subject.trunk_px
        if not SIZE_RANGE[0] <= ratio <= SIZE_RANGE[1]:
            return False
        if self._last is None or time_s - self._last.time_s > FORGET_S:
            return True
        reach = HIP_JITTER + HIP_SPEED * (time_s - self._last.time_s)
        jump = np.hypot(x - self._last.hip[0], y - self._last.hip[1])
        return bool(jump <= reach * self._subject.trunk_px)

    def _home(self, picture: NDArray[np.uint8]) -> Box:
        height, width = picture.shape[:2]
        x0, y0, x1, y1 = self._subject.region
        if (x1 - x0) * (y1 - y0) >= WHOLE_FRAME_SHARE * width * height:
            return (0, 0, width, height)
        return self._subject.region

    def _close_up(self, picture: NDArray[np.uint8]) -> Box:
        height, width = picture.shape[:2]
        x, y = self._hip()
        half = CLOSE_UP * self._subject.trunk_px
        x0, y0 = int(max(x - half, 0)), int(max(y - half, 0))
        x1, y1 = int(min(x + half, width)), int(min(y + half, height))
        if x1 - x0 < half or y1 - y0 < half:  # the last position was at the picture's edge
            return (0, 0, width, height)
        return (x0, y0, x1, y1)


def _touches_border(person: Person, view: Box, picture: NDArray[np.uint8]) -> bool:
    """Return whether the person has reached a border of the crop that is not the picture's."""
    if view == (0, 0, picture.shape[1], picture.shape[0]):
        return False
    sure = person.points[person.points[:, 2] > 0.5, :2]
    if len(sure) == 0:
        return False
    room = BORDER_ROOM * max(view[2] - view[0], view[3] - view[1])
    low, high = sure.min(axis=0), sure.max(axis=0)
    return bool(
        (low[0] < view[0] + room and view[0] > 0)
        or (low[1] < view[1] + room and view[1] > 0)
        or (high[0] > view[2] - room and view[2] < picture.shape[1])
        or (high[1] > view[3] - room and view[3] < picture.shape[0])
    )
