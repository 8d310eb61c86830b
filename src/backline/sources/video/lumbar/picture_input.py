"""Network input, first part: the trunk, cropped upright, facing right, at one scale for a clip.

The crop turns the hip-to-shoulder line upright, so that what remains is the shape of the back; it
keeps the lifter's own scale (trunk length in standing), so that the size of body parts does not
change with the pose engine's error from frame to frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from backline.sources.video.pose.person import (
    LEFT_ANKLE,
    LEFT_EAR,
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ANKLE,
    RIGHT_EAR,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    Box,
    Person,
    grey_of,
)

Pixels = NDArray[np.integer[Any] | np.floating[Any]]

MEETING = 16
"""Pixels of the reduced picture among which one is chosen that begins with one of the full one."""

#: Pixels of the crop that one standing trunk length takes.
TRUNK_PX = 96.0
#: Height and width of the network's input, and its margin for training.
CROP_HEIGHT, CROP_WIDTH, RIM = 168, 128, 8
#: Radius of the guided filter, pixels of the crop, and the contrast it preserves, grey levels.
REFINE_RADIUS, REFINE_LEVELS = 5, 7.0
#: Where the hip lies in the crop (without rim): row, column.
HIP_ROW, HIP_COLUMN = 112.0, 62.0

_PAIRS = (
    (LEFT_SHOULDER, RIGHT_SHOULDER),
    (LEFT_HIP, RIGHT_HIP),
    (LEFT_KNEE, RIGHT_KNEE),
    (LEFT_ANKLE, RIGHT_ANKLE),
    (LEFT_EAR, RIGHT_EAR),
    (LEFT_ELBOW, RIGHT_ELBOW),
    (LEFT_WRIST, RIGHT_WRIST),
)
#: Numbers in the vector that goes with a crop.
POINT_FEATURES = 2 * 2 * len(_PAIRS)


@dataclass(frozen=True)
class Frame2D:
    """How the picture maps to the crop.

    Parameters
    ----------
    hip : ndarray, shape (2,)
        Middle of the hips, picture pixels.
    lean_deg : float
        Forward lean of the hip-to-shoulder line in the picture, degrees.
    trunk_px : float
        Trunk length in standing, picture pixels: the scale.
    facing : int
        +1 if the lifter looks to the right of the picture, -1 to the left.
    """

    hip: NDArray[np.float64]
    lean_deg: float
    trunk_px: float
    facing: int

    def matrix(self) -> NDArray[np.float64]:
        """Return the affine map (2, 3) from picture to crop pixels."""
        scale = TRUNK_PX / self.trunk_px
        a = np.radians(self.lean_deg)
        flip = np.diag([float(self.facing), 1.0])
        turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        linear = scale * turn @ flip
        target = np.array([HIP_COLUMN, HIP_ROW])
        return np.hstack([linear, (target - linear @ self.hip)[:, None]])


def middle(points: NDArray[np.float32], pair: tuple[int, int]) -> NDArray[np.float64]:
    """Return the middle of a left-right pair of points, pixels, shape (2,)."""
    return np.asarray(points[list(pair), :2].mean(0), dtype=np.float64)


def trunk_length_px(points: NDArray[np.float32]) -> float:
    """Return the hip-to-shoulder distance in picture pixels."""
    return float(
        np.linalg.norm(
            middle(points, (LEFT_SHOULDER, RIGHT_SHOULDER)) - middle(points, (LEFT_HIP, RIGHT_HIP))
        )
    )


def frame_of(points: NDArray[np.float32], trunk_px: float, facing: int) -> Frame2D:
    """Return the crop's frame for one picture's body points.

    Parameters
    ----------
    points : ndarray, shape (33, 3)
        Body points, picture pixels.
    trunk_px : float
        Trunk length in standing, pixels.
    facing : int
        +1 right, -1 left.
    """
    hip = middle(points, (LEFT_HIP, RIGHT_HIP))
    up = middle(points, (LEFT_SHOULDER, RIGHT_SHOULDER)) - hip
    lean = float(np.degrees(np.arctan2(facing * up[0], -up[1])))
    return Frame2D(hip, lean, trunk_px, facing)


def crop_trunk(
    picture: NDArray[np.uint8], person: Person, frame: Frame2D, *, rim: int = 0
) -> NDArray[np.uint8]:
    """Cut the trunk out of a picture.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 3) or (h, w)
        The whole picture, or its grey levels.
    person : Person
        The lifter in it.
    frame : Frame2D
        The crop's frame.
    rim : int
        Margin, pixels.

    Returns
    -------
    ndarray of uint8, shape (2, CROP_HEIGHT + 2 rim, CROP_WIDTH + 2 rim)
        Person probability (255 = 1) and grey level.
    """
    matrix = frame.matrix()
    matrix[:, 2] += rim
    size = (CROP_WIDTH + 2 * rim, CROP_HEIGHT + 2 * rim)
    grey = _around(grey_of(picture), matrix, size)
    found = person.mask_within(_box_read(matrix, size))
    mask = _around(found, matrix @ _scaled(person.mask_scale), size)
    return np.stack([np.clip(mask * 255.0 + 0.5, 0, 255).astype(np.uint8), grey.astype(np.uint8)])


def _box_read(matrix: NDArray[np.float64], size: tuple[int, int]) -> Box:
    """Return x0, y0, x1, y1 of what `_around` reads of a picture, in full-size pixels."""
    back = cv2.invertAffineTransform(matrix)
    corners = np.array([(x, y) for x in (0, size[0] - 1) for y in (0, size[1] - 1)])
    read = corners @ back[:, :2].T + back[:, 2]
    room = 4.0 * float(np.abs(back[:, :2]).max() + 1.0)  # reduced pixels beside those read
    return (*(read.min(axis=0) - room), *(read.max(axis=0) + room))


def refine(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Add a mask refined along the edges of the grey picture (guided filter, He 2013).

    Parameters
    ----------
    cut_ : ndarray of uint8, shape (2, h, w)
        Mask and grey level, from :func:`crop_trunk`.

    Returns
    -------
    ndarray of uint8, shape (3, h, w)
        Mask, refined mask, grey level.
    """
    mask, grey = crop
    refined = cv2.ximgproc.guidedFilter(grey, mask, REFINE_RADIUS, REFINE_LEVELS**2)
    return np.stack([mask, np.asarray(refined, np.uint8), grey])


def _scaled(mask_scale: float) -> NDArray[np.float64]:
    """Homogeneous map from mask pixels to picture pixels."""
    half = (1.0 / mask_scale - 1.0) / 2  # the first pixels' corners coincide, not their centres
    return np.array([[1 / mask_scale, 0, half], [0, 1 / mask_scale, half], [0, 0, 1]])


def _around(picture: Pixels, matrix: NDArray[np.float64], size: tuple[int, int]) -> Pixels:
    """Warp a picture; average first where it shrinks, so that edges stay in place."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale < 0.75:
        height, width = picture.shape[:2]
        small = np.array([max(1, round(width * scale)), max(1, round(height * scale))])
        step = np.array([width, height]) / small
        first, last = _read_part(matrix, size, small, step)
        (x0, y0), (x1, y1) = (np.rint(at * step).astype(int) for at in (first, last))
        picture = np.asarray(
            cv2.resize(picture[y0:y1, x0:x1], (last - first).tolist(), interpolation=cv2.INTER_AREA)
        )
        back = np.column_stack([np.diag(step), (step - 1) / 2 + first * step])
        matrix = matrix @ np.vstack([back, [0.0, 0.0, 1.0]])
    return np.asarray(
        cv2.warpAffine(
            picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    )


def _read_part(
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    small: NDArray[np.int64],
    step: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the part of a reduced picture that a warp of the full one reads: first and end (x, y).

    Both lie where the reduced picture's pixels meet the full one's, as nearly as there is such a
    place close by, so that each of the reduced pixels is the mean that it is in the whole picture.
    """
    corners = np.array([(x, y) for x in (0.0, size[0] - 1.0) for y in (0.0, size[1] - 1.0)])
    read = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T / step
    low = np.clip(np.floor(read.min(axis=0)) - 2, 0, small - 1)
    high = np.clip(np.ceil(read.max(axis=0)) + 3, low + 1, small)
    aside = np.arange(MEETING)[:, None]
    ends = []
    for places in (np.maximum(low - aside, 0), np.minimum(high + aside, small)):
        off = np.abs(places * step - np.rint(places * step))
        ends.append(np.take_along_axis(places, off.argmin(axis=0)[None], axis=0)[0].astype(int))
    return ends[0], ends[1]


def laid_line(line: NDArray[np.float32], frame: Frame2D) -> NDArray[np.float32]:
    """Return a line of the picture in the crop's frame.

    Parameters
    ----------
    line : ndarray, shape (n, 2)
        Picture pixels.
    frame : Frame2D
        The crop's frame.

    Returns
    -------
    ndarray of float32, shape (n, 2)
        From the hip, to the front and down along the trunk, in standing trunk lengths.
    """
    matrix = frame.matrix()
    at = line.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray((at - [HIP_COLUMN, HIP_ROW]) / TRUNK_PX, dtype=np.float32)


def point_features(points: NDArray[np.float32], frame: Frame2D) -> NDArray[np.float32]:
    """Return the body points in the crop's frame.

    Parameters
    ----------
    points : ndarray, shape (33, 3)
        Body points, picture pixels.
    frame : Frame2D
        The crop's frame.

    Returns
    -------
    ndarray of float32, shape (POINT_FEATURES,)
        Middles of the pairs, then half their differences, in trunk lengths.
    """
    at = laid_line(points[:, :2], frame)
    left = at[[a for a, _ in _PAIRS]]
    right = at[[b for _, b in _PAIRS]]
    both = [((left + right) / 2).ravel(), ((left - right) / 2).ravel()]
    return np.asarray(np.concatenate(both), dtype=np.float32)
