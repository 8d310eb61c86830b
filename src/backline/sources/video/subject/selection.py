"""Selects the lifter: of all people in a clip, the one who moves up and down with the bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backline.errors import UsageError
from backline.formats.frames import Frame
from backline.sources.video.pose.person import Person, PoseEngine
from backline.sources.video.subject.person_detection import (
    PersonDetection,
    detection_of,
    find_people,
)

SAMPLE_FRAMES = 12
"""Frames examined for choosing: with reps of 2 to 4 s, some are deep and some are upright."""
LINK_DISTANCE = 1.8
"""Largest movement of a person's hip between two samples, trunk lengths (a full squat: 0.9, a
walk-out as much along the floor)."""
LINK_SIZE = 1.8
"""Largest change of a person's apparent trunk length between two samples, as a factor; a crouching
lifter's is often misjudged by a quarter."""
LINK_BACK = 4
"""A detection is compared with this many of a person's latest: one of them may be misjudged."""
FEW_FRAMES = 0.25
"""A person in a smaller share of the frames than this is passing by."""
FULL_TRAVEL = 0.5
"""Vertical travel of the hip from which a person counts fully as lifting, trunk lengths."""
RIVAL_SIZE, RIVAL_PRESENCE, RIVAL_TRAVEL = 0.75, 0.4, 0.5
"""Another person counts as lifting too with at least this size relative to the subject, this share
of the frames, and this share of the subject's vertical hip travel (a mirror image is smaller)."""
MIRRORED_WITH = 0.8
"""A smaller person whose hip moves like another's, with this correlation, is their mirror
image."""
POINTED_NEAR = 1.5
"""A person is selected by a click within this distance of their hip, trunk lengths: the head lies
1.6 above the hip, the knee 0.9 below."""
TRUNK_PERCENTILE = 75
"""Percentile of a person's apparent trunk lengths that is taken: a crouching trunk looks too
short."""
SIDE_MARGIN, TOP_MARGIN, FOOT_MARGIN = 0.9, 0.6, 0.4
"""Margins around all detections, trunk lengths: hips and knees move sideways between the
samples."""

BODY_ABOVE, BODY_BELOW = 1.75, 2.0
"""Head and feet from the hip, standing, trunk lengths (body height 0.53 below and 0.47 above the
hip joint, trunk 0.28: Gordon 1989); the engine's own feet and head may be hidden by a plate."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Subject:
    """The person who is measured: the lifter.

    Parameters
    ----------
    region : tuple of int
        x0, y0, x1, y1: the part of the picture that they stay in, with a margin, pixels.
    hip : tuple of float
        Where their hip was first seen, pixels.
    trunk_px : float
        Their usual trunk length, pixels.
    score : float
        How clearly they are the subject, 0 to 1.
    others : int
        How many other people were seen.
    rivals : int
        How many of them lift too and are about as large.
    detections : tuple of PersonDetection
        Where they were found among the sampled frames.
    """

    region: Box
    hip: tuple[float, float]
    trunk_px: float
    score: float
    others: int
    rivals: int
    detections: tuple[PersonDetection, ...]


@dataclass(frozen=True)
class Sampled:
    """One sampled frame and the people found in it."""

    time_s: float
    picture: NDArray[np.uint8]
    people: tuple[Person, ...]


def sample_times(duration_s: float, count: int = SAMPLE_FRAMES) -> list[float]:
    """Return times spread unevenly over a clip, seconds, away from its ends.

    Spaced by the golden ratio, so that regular reps are sampled in different phases.
    """
    golden = 0.5 * (np.sqrt(5.0) - 1.0)
    places = (np.arange(count) + 0.15 + 0.7 * ((np.arange(count) * golden) % 1.0)) / count
    return [float(t) for t in places * duration_s]


def detect_people(frames: Iterable[Frame], engine: PoseEngine) -> list[Sampled]:
    """Detect all people in the sampled frames.

    Parameters
    ----------
    frames : iterable of Frame
        Spread over the clip, for example ``clip.sample(sample_times(duration))``.
    engine : PoseEngine
        A static one.
    """
    sampled: list[Sampled] = []
    for frame in frames:
        people = find_people(engine, frame.picture)
        sampled.append(Sampled(frame.time_s, frame.picture, tuple(people)))
    return sampled


def choose_subject(
    sampled: Sequence[Sampled], person: tuple[float, float, float] | None = None
) -> Subject | None:
    """Choose the subject; None where no person was found in any frame.

    Parameters
    ----------
    sampled : sequence of Sampled
        In order of time, from :func:`detect_people`.
    person : (float, float, float), optional
        Click on the subject: time, seconds, and position, shares of the picture's width and
        height.

    Raises
    ------
    UsageError
        If nobody was found there.
    """
    if not sampled:
        return None
    height, width = sampled[0].picture.shape[:2]
    detections = [
        [
            detection
            for person in one.people
            if (detection := detection_of(person, one.time_s, width, height)) is not None
        ]
        for one in sampled
    ]
    return subject_of(detections, width, height, person)


def subject_of(
    detections: Sequence[Sequence[PersonDetection]],
    width_px: int,
    height_px: int,
    person: tuple[float, float, float] | None = None,
) -> Subject | None:
    """Choose the subject from all detections, frame by frame in order of time."""
    tracks = link(detections)
    if not tracks:
        return None
    scores = track_scores(tracks, len(detections))
    best = int(np.argmax(scores))
    if person is not None:
        at = np.array([person[1] * width_px, person[2] * height_px])
        best = _pointed_at(tracks, person[0], at)
    track = tracks[best]
    trunk_px = float(np.percentile([s.trunk_px for s in track], TRUNK_PERCENTILE))
    return Subject(
        region=_region(track, trunk_px, width_px, height_px),
        hip=track[0].hip,
        trunk_px=trunk_px,
        score=float(scores[best]),
        others=len(tracks) - 1,
        rivals=sum(_rivals(one, track, len(detections)) for one in tracks if one is not track),
        detections=tuple(track),
    )


def _pointed_at(
    tracks: Sequence[Sequence[PersonDetection]], time_s: float, place: NDArray[np.float64]
) -> int:
    """Return the track of the person whose trunk is nearest to a click."""
    nearest_s = min((s.time_s for track in tracks for s in track), key=lambda t: abs(t - time_s))
    away = [
        min(
            (
                float(np.hypot(*(place - s.hip))) / s.trunk_px
                for s in track
                if s.time_s == nearest_s
            ),
            default=np.inf,
        )
        for track in tracks
    ]
    best = int(np.argmin(away))
    if not away[best] <= POINTED_NEAR:
        raise UsageError(
            f"Nobody was found at {time_s:.1f} s where you pointed: point at the lifter's trunk in "
            "a moment in which the whole body is in view."
        )
    return best


def _rivals(other: Sequence[PersonDetection], own: Sequence[PersonDetection], frames: int) -> bool:
    """Return whether another person is about as large as the subject and moves up and down too."""
    return (
        _size(other) >= RIVAL_SIZE * _size(own)
        and len(other) >= RIVAL_PRESENCE * frames
        and _travel(other)[0] >= RIVAL_TRAVEL * _travel(own)[0]
    )


def link(detections: Sequence[Sequence[PersonDetection]]) -> list[list[PersonDetection]]:
    """Join the detections of each person over time, nearest in position and size first."""
    tracks: list[list[PersonDetection]] = []
    for people in detections:
        pairs = sorted(
            (distance, t, p)
            for t, track in enumerate(tracks)
            for p, person in enumerate(people)
            if (distance := min(_apart(last, person) for last in track[-LINK_BACK:])) <= 1.0
        )
        taken_tracks: set[int] = set()
        taken_people: set[int] = set()
        for _, t, p in pairs:
            if t not in taken_tracks and p not in taken_people:
                tracks[t].append(people[p])
                taken_tracks.add(t)
                taken_people.add(p)
        tracks.extend([person] for p, person in enumerate(people) if p not in taken_people)
    return tracks


def track_scores(tracks: Sequence[Sequence[PersonDetection]], frames: int) -> NDArray[np.float64]:
    """Return how likely each person is the subject, 0 to 1.

    Size, vertical travel, presence, completeness and a side view increase the score; travel along
    the floor decreases it, and so does being a mirror image of a larger person.

    Parameters
    ----------
    tracks : sequence of sequences of PersonDetection
        From :func:`link`.
    frames : int
        How many frames were examined.
    """
    largest = max(_size(track) for track in tracks)
    scores = np.array([_score(track, frames, largest) for track in tracks])
    for i, track in enumerate(tracks):
        if any(_mirrors(track, other) for other in tracks if other is not track):
            scores[i] *= 0.3
    return scores


def _score(track: Sequence[PersonDetection], frames: int, largest: float) -> float:
    presence = len(track) / frames
    size = _size(track) / largest
    vertical, along = _travel(track)
    lifting = 0.25 + 0.75 * min(vertical / FULL_TRAVEL, 1.0)
    passing = 1.0 / (1.0 + (max(along - 1.0, 0.0) / 1.5) ** 2)
    view = 0.5 + 0.25 * float(np.mean([s.completeness for s in track]))
    view += 0.25 * float(np.mean([s.side_on for s in track]))
    brief = 0.4 if presence < FEW_FRAMES and frames >= 4 else 1.0
    return float(np.sqrt(presence) * size**1.5 * lifting * passing * view * brief)


def _travel(track: Sequence[PersonDetection]) -> tuple[float, float]:
    """Return the hip's range up and down, and along the floor, in trunk lengths."""
    hips = np.array([s.hip for s in track]) / _size(track)
    low, high = np.percentile(hips, [10, 90], axis=0)
    return float(high[1] - low[1]), float(high[0] - low[0])


def _size(track: Sequence[PersonDetection]) -> float:
    return float(np.median([s.trunk_px for s in track]))


def _mirrors(track: Sequence[PersonDetection], other: Sequence[PersonDetection]) -> bool:
    """Return whether a track is a smaller mirror image of another: it rises and falls with it."""
    if _size(track) >= 0.95 * _size(other):
        return False
    heights = {s.time_s: s.hip[1] for s in other}
    pairs = np.array([(s.hip[1], heights[s.time_s]) for s in track if s.time_s in heights])
    if len(pairs) < 4 or np.ptp(pairs, axis=0).min() < 0.15 * _size(track):
        return False
    return bool(np.corrcoef(pairs.T)[0, 1] >= MIRRORED_WITH)


def _apart(last: PersonDetection, now: PersonDetection) -> float:
    """Distance of two detections; above 1 they cannot be the same person."""
    size = 0.5 * (last.trunk_px + now.trunk_px)
    place = np.hypot(last.hip[0] - now.hip[0], last.hip[1] - now.hip[1]) / (LINK_DISTANCE * size)
    growth = abs(np.log(now.trunk_px / last.trunk_px)) / np.log(LINK_SIZE)
    return float(max(place, growth, 0.7 * (place + growth)))


def _region(
    track: Sequence[PersonDetection], trunk_px: float, width_px: int, height_px: int
) -> Box:
    boxes = np.array([s.box for s in track])
    hips = np.array([s.hip for s in track])
    highest = float(hips[:, 1].min())
    top = min(float(boxes[:, 1].min()), highest - BODY_ABOVE * trunk_px) - TOP_MARGIN * trunk_px
    bottom = max(float(boxes[:, 3].max()), highest + BODY_BELOW * trunk_px)
    bottom += FOOT_MARGIN * trunk_px
    left = float(boxes[:, 0].min()) - SIDE_MARGIN * trunk_px
    right = float(boxes[:, 2].max()) + SIDE_MARGIN * trunk_px
    return (
        int(max(left, 0)),
        int(max(top, 0)),
        int(min(np.ceil(right), width_px)),
        int(min(np.ceil(bottom), height_px)),
    )
