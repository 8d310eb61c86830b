"""The network's view: the same body gives the same crop, however it is filmed."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from backline.sources.video.lumbar.picture_input import (
    CROP_HEIGHT,
    CROP_WIDTH,
    HIP_COLUMN,
    HIP_ROW,
    POINT_FEATURES,
    RIM,
    TRUNK_PX,
    crop_trunk,
    frame_of,
    laid_line,
    point_features,
    refine,
    trunk_length_px,
)
from backline.sources.video.pose.person import Person
from tests.sources.video.sights import points_of

Map = np.ndarray  # (2, 3), from the plain picture to another one
WIDE, TALL = 640, 760
PLAIN: Map = np.array([[1.0, 0, 0], [0, 1.0, -60.0]])


def scenery(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Grey level at places of the plain picture: soft waves, no two places alike."""
    waves = np.sin(x / 23.0) + np.cos(y / 31.0) + np.sin((x + 2 * y) / 57.0)
    return 128.0 + 36.0 * waves


def person_at(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Probability of the person: a soft ellipse about the trunk of the plain lifter."""
    away = np.hypot((x - 290.0) / 60.0, (y - 420.0) / 120.0)
    return 1.0 / (1.0 + np.exp((away - 1.0) * 6.0))


def seen(change: Map, mask_scale: float = 1.0) -> tuple[np.ndarray, Person]:
    """The plain scene as another camera sees it: picture and person."""
    linear = np.linalg.inv(change[:, :2])

    def back(scale: float) -> tuple[np.ndarray, np.ndarray]:
        rows, columns = np.mgrid[0 : round(TALL * scale), 0 : round(WIDE * scale)]
        at = np.stack([(columns + 0.5) / scale - 0.5, (rows + 0.5) / scale - 0.5], axis=-1)
        x, y = np.moveaxis((at - change[:, 2]) @ linear.T, -1, 0)
        return x, y

    grey = np.clip(scenery(*back(1.0)) + 0.5, 0, 255).astype(np.uint8)
    points = points_of(60.0, 15.0, 35.0)[0].copy()
    points[:, :2] = points[:, :2] @ change[:, :2].T + change[:, 2]
    mask = person_at(*back(mask_scale)).astype(np.float32)
    return np.repeat(grey[..., None], 3, axis=2), Person(points, mask, mask_scale=mask_scale)


def turned(degrees: float, scale: float = 1.0, dx: float = 0.0, dy: float = 0.0) -> Map:
    """The plain picture turned clockwise about its middle, enlarged and shifted."""
    a = np.radians(degrees)
    linear = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    middle = np.array([300.0, 480.0])
    return np.column_stack([linear, np.array([320.0 + dx, 400.0 + dy]) - linear @ middle])


MIRRORED: Map = np.array([[-1.0, 0, WIDE - 1], [0, 1.0, -60.0]])


def cut_of(change: Map, facing: int = 1, mask_scale: float = 1.0, rim: int = 0) -> np.ndarray:
    picture, person = seen(change, mask_scale)
    frame = frame_of(person.points, trunk_length_px(person.points), facing)
    return crop_trunk(picture, person, frame, rim=rim).astype(float)


@pytest.mark.parametrize(
    ("change", "facing"),
    [
        (turned(0), 1),
        (turned(20), 1),  # the camera rolled
        (turned(-12), 1),
        (turned(0, scale=0.7), 1),  # further away
        (turned(0, scale=0.45), 1),  # shrunk: averaged before it is sampled
        (turned(8, scale=1.15), 1),
        (turned(0, dx=0.5, dy=0.25), 1),  # by less than a pixel
        (MIRRORED, -1),  # facing left
    ],
)
def test_the_cut_is_the_same_however_the_lifter_is_filmed(change: Map, facing: int) -> None:
    expected, found = cut_of(PLAIN), cut_of(change, facing)
    inner = (slice(None), slice(20, -20), slice(20, -20))
    difference = np.abs(found - expected)[inner]
    assert difference.mean() < 1.0
    assert np.quantile(difference, 0.99) < 4.0


def test_a_lifter_taken_to_face_the_other_way_gives_another_cut() -> None:
    assert np.abs(cut_of(MIRRORED, 1) - cut_of(PLAIN))[1].mean() > 10.0


def test_hip_and_shoulder_lie_where_the_cut_says() -> None:
    frame = frame_of(seen(PLAIN)[1].points, 140.0, 1)
    points = seen(PLAIN)[1].points
    at = points[:, :2] @ frame.matrix()[:, :2].T + frame.matrix()[:, 2]
    np.testing.assert_allclose(at[23], [HIP_COLUMN, HIP_ROW], atol=1e-3)
    np.testing.assert_allclose(at[11], [HIP_COLUMN, HIP_ROW - TRUNK_PX], atol=1e-3)
    assert at[25, 0] > HIP_COLUMN + 10  # the knee is in front, to the right


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("lean", [0.0, 35.0, 80.0, -10.0])
def test_the_lean_is_that_of_the_hip_shoulder_line_forward_positive(
    lean: float, facing: int
) -> None:
    points = points_of(40.0, 10.0, lean, facing)[0]
    assert frame_of(points, 140.0, facing).lean_deg == pytest.approx(lean, abs=1e-3)
    assert trunk_length_px(points) == pytest.approx(140.0)


def test_the_rim_is_more_of_the_same_picture() -> None:
    wide = cut_of(PLAIN, rim=RIM)
    assert wide.shape == (2, CROP_HEIGHT + 2 * RIM, CROP_WIDTH + 2 * RIM)
    np.testing.assert_allclose(wide[:, RIM:-RIM, RIM:-RIM], cut_of(PLAIN), atol=1)


@pytest.mark.parametrize("mask_scale", [0.5, 0.25])
def test_a_smaller_mask_gives_the_same_cut(mask_scale: float) -> None:
    whole, small = cut_of(PLAIN)[0], cut_of(PLAIN, mask_scale=mask_scale)[0]
    assert np.abs(whole - small).mean() < 1.0
    rows, columns = np.mgrid[0:CROP_HEIGHT, 0:CROP_WIDTH]
    for axis in (rows, columns):
        shift = (axis * small).sum() / small.sum() - (axis * whole).sum() / whole.sum()
        assert abs(shift) < 0.1


def test_a_certain_mask_is_255_and_beyond_the_picture_it_goes_on() -> None:
    picture, person = seen(PLAIN)
    full = Person(person.points, np.ones((TALL, WIDE), np.float32))
    near = frame_of(person.points, 140.0, 1)
    assert (crop_trunk(picture, full, near)[0] == 255).all()
    corner = person.points.copy()
    corner[:, :2] -= corner[23, :2]  # the hip in the picture's corner
    own = crop_trunk(picture, Person(corner, full.mask), frame_of(corner, 140.0, 1))
    assert (own[0] == 255).all()


def features(change: Map, facing: int) -> np.ndarray:
    points = seen(change)[1].points
    return point_features(points, frame_of(points, trunk_length_px(points), facing))


@pytest.mark.parametrize(
    ("change", "facing"), [(turned(25), 1), (turned(0, scale=0.3), 1), (MIRRORED, -1)]
)
def test_point_features_do_not_depend_on_roll_size_and_facing(change: Map, facing: int) -> None:
    found, expected = features(change, facing), features(PLAIN, 1)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_point_features_are_places_in_trunk_lengths_from_the_hip() -> None:
    found = features(PLAIN, 1)
    assert found.shape == (POINT_FEATURES,)
    assert found.dtype == np.float32
    middles, halves = found[:14].reshape(7, 2), found[14:].reshape(7, 2)
    np.testing.assert_allclose(middles[0], [0, -1], atol=1e-4)  # shoulders
    np.testing.assert_allclose(middles[1], [0, 0], atol=1e-4)  # hips
    np.testing.assert_allclose(halves, 0, atol=1e-4)


@pytest.mark.parametrize("facing", [1, -1])
def test_a_line_is_laid_from_the_hip_along_the_trunk_in_trunk_lengths(facing: int) -> None:
    turned = np.array([[facing, 0.0, 0.0 if facing > 0 else WIDE], [0.0, 1.0, -60.0]])
    points = seen(turned)[1].points
    trunk = trunk_length_px(points)
    frame = frame_of(points, trunk, facing)
    lean = np.radians(frame.lean_deg)
    up = np.array([facing * np.sin(lean), -np.cos(lean)])
    behind = np.array([-facing * np.cos(lean), -np.sin(lean)])
    line = np.stack([frame.hip, frame.hip + trunk * up, frame.hip + 0.3 * trunk * behind])
    laid = laid_line(line.astype(np.float32), frame)
    np.testing.assert_allclose(laid, [[0, 0], [0, -1], [-0.3, 0]], atol=1e-4)


def test_left_and_right_points_apart_show_in_the_second_half() -> None:
    points = points_of(0.0, 0.0, 0.0)[0].copy()
    points[11, 0] += 14.0
    points[12, 0] -= 14.0
    halves = point_features(points, frame_of(points, 140.0, 1))[14:].reshape(7, 2)
    np.testing.assert_allclose(halves[0], [0.1, 0], atol=1e-4)


def _edge(shift: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda columns: np.where(columns < 64 + shift, 255, 0).astype(np.uint8)


def test_refining_draws_the_mask_to_the_edge_in_the_picture() -> None:
    columns = np.tile(np.arange(CROP_WIDTH), (CROP_HEIGHT, 1))
    grey = np.where(columns < 64, 40, 200).astype(np.uint8)
    coarse = _edge(3)(columns)  # three pixels out
    refined = refine(np.stack([coarse, grey]))
    assert refined.shape == (3, CROP_HEIGHT, CROP_WIDTH)
    np.testing.assert_array_equal(refined[0], coarse)
    np.testing.assert_array_equal(refined[2], grey)
    row = refined[1, CROP_HEIGHT // 2].astype(float)
    inside, outside = row[60:64].mean(), row[64:67].mean()
    assert inside - outside > 60  # the step is where the picture has it


def test_refining_leaves_a_plain_picture_s_mask_soft_but_in_place() -> None:
    columns = np.tile(np.arange(CROP_WIDTH), (CROP_HEIGHT, 1))
    mask = _edge(0)(columns)
    refined = refine(np.stack([mask, np.full_like(mask, 90)]))[1]
    assert refined[:, :50].min() > 250
    assert refined[:, 78:].max() < 5
    crossing = int(np.argmax(refined[CROP_HEIGHT // 2] < 128))
    assert crossing == pytest.approx(64, abs=1)


def test_a_large_picture_gives_the_cut_of_the_whole_reduced_picture() -> None:
    # The reduction works on the trunk's part alone; each of its pixels must stay the same mean.
    change = np.array([[2.3, 0, 410.0], [0, 2.3, 140.0]])
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (1993, 2111), dtype=np.uint8)
    mask = rng.random((1993, 2111), dtype=np.float32)
    points = points_of(60.0, 15.0, 35.0)[0].copy()
    points[:, :2] = points[:, :2] @ change[:, :2].T + change[:, 2]
    frame = frame_of(points, trunk_length_px(points), 1)
    seen = crop_trunk(picture, Person(points, mask), frame, rim=RIM).astype(int)
    matrix = frame.matrix()
    matrix[:, 2] += RIM
    scale = float(np.sqrt(np.linalg.det(matrix[:, :2])))
    assert scale < 0.5
    small = (round(2111 * scale), round(1993 * scale))
    sx, sy = 2111 / small[0], 1993 / small[1]
    back = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1]])
    for channel, values in zip(seen, (mask * 255, picture.astype(np.float32)), strict=True):
        whole = cv2.warpAffine(
            cv2.resize(values, small, interpolation=cv2.INTER_AREA),
            matrix @ back, channel.shape[::-1], borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        off = np.abs(channel - whole)
        assert off.max() < 8  # of noise from 0 to 255, whose means scatter by 30
        assert off.mean() < 1.0
