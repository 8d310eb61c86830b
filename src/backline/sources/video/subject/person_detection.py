"""Detects several people in one picture with a single-person engine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.sources.video.pose.person import (
    LEFT_ANKLE,
    LEFT_EAR,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    NOSE,
    RIGHT_ANKLE,
    RIGHT_EAR,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    Person,
    PlacedMask,
    PoseEngine,
)

MOST_PEOPLE = 3  # searched for in one picture
SURE = 0.5
"""A point counts as seen from this confidence on."""
LEAST_SHARE = 0.04
"""A person smaller than this share of the picture's longer side (trunk) is too small to measure."""
SAME_PERSON = 0.5
"""Two detections are one person where their hips are within this many trunk lengths."""
TRUNK_SAMPLES = 9  # places along the trunk at which the mask is read
UPSIDE_DOWN = 0.6
"""Sine of the trunk's slope, head lower than hips, beyond which nobody lifts (37 degrees)."""
CROPS = ((0.0, 0.55), (0.225, 0.775), (0.45, 1.0))
"""Left, middle and right part of the picture, as shares of its width."""

_CORE = (
    (LEFT_EAR, RIGHT_EAR),
    (LEFT_SHOULDER, RIGHT_SHOULDER),
    (LEFT_HIP, RIGHT_HIP),
    (LEFT_KNEE, RIGHT_KNEE),
    (LEFT_ANKLE, RIGHT_ANKLE),
)


@dataclass(frozen=True)
class PersonDetection:
    """Summary of one person in one picture.

    Parameters
    ----------
    time_s : float
        Seconds.
    hip : tuple of float
        Middle of the hips, x and y in pixels.
    trunk_px : float
        Distance between the middles of hips and shoulders, pixels.
    box : tuple of float
        x0, y0, x1, y1 around the points that are seen, pixels.
    completeness : float
        Share of head, shoulders, hips, knees and ankles that are seen, 0 to 1.
    side_on : float
        1 in a pure side view, towards 0 in a front view.
    points : ndarray, shape (33, 3), or None
        The body points.
    """

    time_s: float
    hip: tuple[float, float]
    trunk_px: float
    box: tuple[float, float, float, float]
    completeness: float
    side_on: float
    points: NDArray[np.float32] | None = None


def detection_of(
    person: Person, time_s: float, width_px: int, height_px: int
) -> PersonDetection | None:
    """Summarise a person; None where hips or shoulders are uncertain or much too small."""
    points = person.points.astype(float)
    within = (
        (points[:, 0] >= 0)
        & (points[:, 0] < width_px)
        & (points[:, 1] >= 0)
        & (points[:, 1] < height_px)
    )
    sure = within & (points[:, 2] >= SURE)
    shown = [sure[left] or sure[right] for left, right in _CORE]
    if not (shown[1] and shown[2]):
        return None
    shoulder = points[[LEFT_SHOULDER, RIGHT_SHOULDER], :2]
    hip = points[[LEFT_HIP, RIGHT_HIP], :2]
    trunk_px = float(np.hypot(*(shoulder.mean(axis=0) - hip.mean(axis=0))))
    if trunk_px < LEAST_SHARE * max(width_px, height_px):
        return None
    width = np.abs(shoulder[0, 0] - shoulder[1, 0]) / trunk_px
    box = points[sure | (within & (np.arange(len(points)) == NOSE)), :2]
    return PersonDetection(
        time_s=time_s,
        hip=(float(hip[:, 0].mean()), float(hip[:, 1].mean())),
        trunk_px=trunk_px,
        box=(*map(float, box.min(axis=0)), *map(float, box.max(axis=0))),  # type: ignore[arg-type]
        completeness=float(np.mean(shown)),
        side_on=float(np.clip(1.0 - width, 0.0, 1.0)),
        points=person.points,
    )


def _hip_and_shoulder(person: Person) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middles of the hips and of the shoulders, x and y in pixels."""
    points = person.points[:, :2].astype(float)
    hip, shoulder = (
        points[[left, right]].mean(axis=0)
        for left, right in ((LEFT_HIP, RIGHT_HIP), (LEFT_SHOULDER, RIGHT_SHOULDER))
    )
    return hip, shoulder


def hip_and_trunk(person: Person) -> tuple[NDArray[np.float64], float]:
    """Return the middle of the hips (x, y) and the trunk's length, pixels."""
    hip, shoulder = _hip_and_shoulder(person)
    return hip, float(np.hypot(*(shoulder - hip)))


def lean_of(person: Person) -> float:
    """Return how far the trunk leans in the picture, radians clockwise from upright."""
    hip, shoulder = _hip_and_shoulder(person)
    across, down = shoulder - hip
    return float(np.arctan2(across, -down))


def thigh_share(person: Person) -> float:
    """Return the longer thigh's length in the picture by the trunk's (standing: about 0.85)."""
    return thigh_px(person) / max(hip_and_trunk(person)[1], 1e-6)


def thigh_px(person: Person) -> float:
    """Return the longer thigh's length in the picture, pixels."""
    points = person.points[:, :2].astype(float)
    thigh = points[[LEFT_KNEE, RIGHT_KNEE]] - points[[LEFT_HIP, RIGHT_HIP]]
    return float(np.hypot(*thigh.T).max())


def sees_a_knee(person: Person) -> bool:
    """Return whether one of the knees is seen with the confidence `SURE`."""
    return bool(person.points[[LEFT_KNEE, RIGHT_KNEE], 2].max() >= SURE)


def is_plausible(person: Person) -> bool:
    """Return whether points and mask belong to one body, and the shoulders are above the hips.

    On clutter that looks like a body the engine returns points and a mask at different positions.
    """
    hip, shoulder = _hip_and_shoulder(person)
    share = np.linspace(0.0, 1.0, TRUNK_SAMPLES)[:, None]
    trunk = shoulder + share * (hip - shoulder)
    mask = person.mask_within((*trunk.min(axis=0), *trunk.max(axis=0)))
    places = (trunk + 0.5) * person.mask_scale - 0.5
    height, width = mask.shape
    x = np.clip(np.rint(places[:, 0]), 0, width - 1).astype(int)
    y = np.clip(np.rint(places[:, 1]), 0, height - 1).astype(int)
    below = (shoulder[1] - hip[1]) / max(float(np.hypot(*(shoulder - hip))), 1e-6)
    return bool(np.mean(mask[y, x] > 0.5) >= 0.5 and below < UPSIDE_DOWN)


def find_people(
    engine: PoseEngine, picture: NDArray[np.uint8], most: int = MOST_PEOPLE
) -> list[Person]:
    """Find up to ``most`` people: detect one, paint them over, search again.

    Parameters
    ----------
    engine : PoseEngine
        A static one: the pictures differ in place and content.
    picture : ndarray of uint8, shape (h, w, 3)
        The frame.
    most : int
        Stop after this many.
    """
    people: list[Person] = []
    rest = picture
    while len(people) < most:
        person = engine.find(rest)
        if person is None or not _is_new(person, people):
            break
        people.append(person)
        if len(people) < most:
            rest = paint_out(rest, person)
    return people or _find_in_parts(engine, picture, most)


def paint_out(picture: NDArray[np.uint8], person: Person) -> NDArray[np.uint8]:
    """Return the picture with the person painted over in the mean colour of the surroundings."""
    height, width = picture.shape[:2]
    mask = cv2.resize(person.mask, (width, height))
    reach = max(3, round(0.02 * max(height, width))) | 1
    gone = cv2.dilate((mask > 0.2).astype(np.uint8), np.ones((reach, reach), np.uint8))
    small = (max(width // 16, 1), max(height // 16, 1))
    weight = cv2.resize(1.0 - gone.astype(np.float32), small, interpolation=cv2.INTER_AREA)
    kept = picture.astype(np.float32) * (1 - gone)[..., None]
    colours = cv2.resize(kept, small, interpolation=cv2.INTER_AREA)
    spread = 0.08 * max(small)
    weight = cv2.GaussianBlur(weight, (0, 0), spread) + 1e-4
    colours = cv2.GaussianBlur(colours, (0, 0), spread) / weight[..., None]
    around = cv2.resize(np.clip(colours, 0, 255).astype(np.uint8), (width, height))
    return np.where(gone[..., None] > 0, around, picture).astype(np.uint8)


def moved(person: Person, x0: int, y0: int, width: int, height: int) -> Person:
    """Return a person found in a crop in the coordinates of the full picture.

    Parameters
    ----------
    person : Person
        As found; ``mask_scale`` must divide the crop's corner evenly.
    x0, y0 : int
        The crop's top left pixel in the full picture.
    width, height : int
        The full picture's size, pixels.
    """
    scale = person.mask_scale
    whole = (round(height * scale), round(width * scale))
    top, left = round(y0 * scale), round(x0 * scale)
    points = person.points.copy()
    points[:, 0] += x0
    points[:, 1] += y0
    if isinstance(person.silhouette, PlacedMask):
        placed = person.silhouette.moved(left, top, *whole[::-1])
        return replace(person, points=points, silhouette=placed)
    if (x0, y0) == (0, 0) and person.mask.shape == whole:
        return person
    full = np.zeros(whole, dtype=np.float32)
    part = person.mask[: full.shape[0] - top, : full.shape[1] - left]
    full[top : top + part.shape[0], left : left + part.shape[1]] = part
    return replace(person, points=points, silhouette=full)


def _find_in_parts(engine: PoseEngine, picture: NDArray[np.uint8], most: int) -> list[Person]:
    height, width = picture.shape[:2]
    people: list[Person] = []
    for start, end in CROPS:
        x0 = int(start * width)
        person = engine.find(picture[:, x0 : int(end * width)])
        if person is None:
            continue
        person = moved(person, x0, 0, width, height)
        # A person at a part's border is cut off there and complete in the next part.
        same = [p for p in people if not _is_new(person, [p])]
        if all(person.mask.sum() > p.mask.sum() for p in same):
            people = [p for p in people if all(p is not other for other in same)]
            people.append(person)
    return people[:most]


def _is_new(person: Person, people: list[Person]) -> bool:
    hip, trunk_px = hip_and_trunk(person)
    for other in people:
        other_hip, other_px = hip_and_trunk(other)
        if np.hypot(*(hip - other_hip)) < SAME_PERSON * max(trunk_px, other_px):
            return False
    return True
