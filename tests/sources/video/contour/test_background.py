"""The static background, its odds, and the camera's own movement."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from backline.sources.video.contour.background import MIN_SAMPLES, estimate_background
from backline.sources.video.quality.camera_motion import CameraTracker, camera_motion

STILL = np.eye(2, 3)


def _wall(height=240, width=320, seed=0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 220, (height // 8, width // 8, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def _scene(wall, x, colour=10):
    picture, mask = wall.copy(), np.zeros(wall.shape[:2], np.float32)
    picture[60:200, x : x + 40] = colour
    mask[60:200, x : x + 40] = 1.0
    return picture, mask


def _moved(picture, dx, dy):
    height, width = picture.shape[:2]
    matrix = np.float32([[1, 0, dx], [0, 1, dy]])
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)


def test_the_wall_behind_a_walking_person_is_recovered() -> None:
    wall = _wall()
    pictures, masks = zip(*[_scene(wall, x) for x in range(20, 260, 25)], strict=True)
    background = estimate_background(pictures, masks, [STILL] * len(pictures))
    assert background.known.all()
    assert np.abs(background.picture.astype(int) - wall).mean() < 1.0


def test_what_is_hidden_most_of_the_time_stays_unknown() -> None:
    pictures, masks = zip(*[_scene(_wall(), 140) for _ in range(8)], strict=True)
    background = estimate_background(pictures, masks, [STILL] * 8)
    assert background.known[120, 160] == 0
    assert background.known[120, 20] == 1
    odds = background.odds(pictures[0], STILL, (0, 0, 320, 240))
    assert odds[120, 160] == 0.0


def test_a_person_stands_out_and_the_wall_does_not() -> None:
    wall = _wall()
    pictures, masks = zip(*[_scene(wall, x) for x in range(20, 260, 25)], strict=True)
    background = estimate_background(pictures, masks, [STILL] * len(pictures))
    picture, mask = _scene(wall, 100)
    odds = background.odds(picture, STILL, (0, 0, 320, 240))
    assert np.mean(odds[mask > 0.5] > 1.0) > 0.8
    assert np.mean(odds[mask < 0.5] < 0.0) > 0.9
    part = background.odds(picture, STILL, (80, 50, 180, 150))
    assert np.array_equal(part, odds[50:150, 80:180])


def test_a_shaking_camera_is_compensated() -> None:
    wall = _wall()
    shifts = [(0, 0), (3, -2), (-4, 1), (2, 5), (-1, -3), (5, 2)]
    pictures, masks = [], []
    for i, (dx, dy) in enumerate(shifts):
        picture, mask = _scene(wall, 30 + 40 * i)
        pictures.append(_moved(picture, dx, dy))
        masks.append(_moved(mask, dx, dy))
    tracker = CameraTracker(pictures[0], masks[0])
    places = [tracker.place(p) for p in pictures]
    for place, shift in zip(places, shifts, strict=True):
        assert place[:, 2] + place[:, :2] @ [160, 120] - [160, 120] == pytest.approx(shift, abs=0.3)
    background = estimate_background(pictures, masks, places)
    inner = np.abs(background.picture.astype(int) - wall)[10:-10, 10:-10]
    assert np.median(inner) <= 4
    odds = background.odds(pictures[3], places[3], (0, 0, 320, 240))
    assert np.mean(odds[masks[3] > 0.5] > 1.0) > 0.8
    assert np.mean(odds[15:-15, 15:-15][masks[3][15:-15, 15:-15] < 0.5] < 0.5) > 0.9


def test_too_few_frames_with_somebody_found_give_no_background() -> None:
    picture, mask = _scene(_wall(), 100)
    few = MIN_SAMPLES - 1
    assert estimate_background([picture] * few, [mask] * few, [STILL] * few) is None
    assert estimate_background([picture] * 8, [mask] * 8, [None] * 8) is None
    assert estimate_background([picture] * 8, [0 * mask] * 8, [STILL] * 8) is None


def test_an_unknown_camera_place_gives_no_odds() -> None:
    pictures, masks = zip(*[_scene(_wall(), x) for x in range(20, 260, 25)], strict=True)
    background = estimate_background(pictures, masks, [STILL] * len(pictures))
    assert background.odds(pictures[0], None, (0, 0, 320, 240)) is None


def test_a_plain_wall_without_corners_leaves_the_camera_unknown() -> None:
    plain = np.full((240, 320, 3), 120, np.uint8)
    assert CameraTracker(plain).place(plain) is None


def test_another_scene_leaves_the_camera_unknown() -> None:
    tracker = CameraTracker(_wall(seed=1))
    assert tracker.place(_wall(seed=2)) is None


def _places(shifts):
    return [np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]]) for dx, dy in shifts]


@pytest.mark.parametrize(
    ("shifts", "moving"),
    [
        ([(0.0, 0.0)] * 30, False),  # tripod
        ([(3.0 * np.sin(i / 5), 2.0) for i in range(60)], False),  # held in the hand
        ([(2.0 * i, 0.0) for i in range(120)], True),  # panned
        ([((-1) ** i * 15.0, 0.0) for i in range(40)], True),  # shaken hard
    ],
)
def test_camera_motion_tells_a_hand_from_a_pan(shifts, moving) -> None:
    assert camera_motion(_places(shifts), 720, 1280).moving is moving


def test_camera_motion_counts_lost_frames() -> None:
    places = _places([(0.0, 0.0)] * 8 + [(12.0, 0.0)] * 2)
    places[4:8] = [None] * 4
    motion = camera_motion(places, 720, 1280)
    assert motion.lost == pytest.approx(0.4)
    assert motion.moving


def test_a_camera_lost_now_and_then_but_never_moved_is_still() -> None:
    places = _places([(0.0, 0.0)] * 10)
    places[4:8] = [None] * 4
    motion = camera_motion(places, 720, 1280)
    assert motion.lost == pytest.approx(0.4)
    assert not motion.moving
    assert not camera_motion([], 720, 1280).moving
    assert not camera_motion([None] * 10, 720, 1280).moving  # nothing to follow: unknown


def test_the_span_of_a_movement_is_from_one_end_to_the_other() -> None:
    motion = camera_motion(_places([(2.0 * i, 0.0) for i in range(121)]), 720, 1280)
    assert motion.span_px == pytest.approx(240.0)
    assert motion.total_px == pytest.approx(120.0)


def test_a_pan_far_beyond_the_first_view_is_followed_to_its_end() -> None:
    """The views at the two ends share nothing; each is 7 pixels on from the one before."""
    wide = _wall(240, 1600)
    views = [np.ascontiguousarray(wide[:, x : x + 320]) for x in range(0, 1200, 7)]
    middle = len(views) // 2
    tracker = CameraTracker(views[middle])
    places = [tracker.place(view) for view in views[middle:]]
    assert all(place is not None for place in places)
    ends = np.array([place[0, 2] for place in places])
    assert ends == pytest.approx(-7.0 * np.arange(len(ends)), abs=8.0)
    assert camera_motion(places, 320, 240).span_px == pytest.approx(7 * (len(ends) - 1), rel=0.03)


def test_near_the_reference_a_covered_wall_leaves_the_camera_unknown() -> None:
    """What covers it could be the lifter, whose corners tell nothing of the camera."""
    tracker = CameraTracker(_wall(seed=1))
    assert tracker.place(_wall(seed=1)) is not None
    assert tracker.place(np.roll(_wall(seed=2), 3, axis=1)) is None
    assert tracker.place(np.roll(_wall(seed=2), 6, axis=1)) is None


def test_camera_motion_is_measured_in_pixels() -> None:
    motion = camera_motion(_places([(0.0, 0.0), (3.0, 4.0), (0.0, 0.0)]), 720, 1280)
    assert motion.total_px == pytest.approx(5.0)
    assert motion.span_px == pytest.approx(5.0)
    assert motion.per_frame_px == pytest.approx(5.0)


def test_a_camera_that_zooms_moves_though_the_picture_s_middle_stays() -> None:
    def zoomed(scale: float) -> np.ndarray:
        return np.array([[scale, 0.0, (1 - scale) * 360], [0.0, scale, (1 - scale) * 640]])

    still = camera_motion([zoomed(s) for s in np.linspace(1.0, 1.05, 90)], 720, 1280)
    assert not still.moving
    zooms = camera_motion([zoomed(s) for s in np.linspace(1.0, 1.25, 90)], 720, 1280)
    assert zooms.moving
    assert zooms.span_px == pytest.approx(0.24 * np.hypot(720, 1280) / 2, rel=0.03)


def _with_panel(height=240, width=320) -> np.ndarray:
    """A pale wall with a dark panel drawn over it, from x = 200 and down to y = 150."""
    wall = np.full((height, width, 3), 190, np.uint8)
    wall[:150, 200:] = 40
    return wall


def _line(x: np.ndarray | float, y: np.ndarray | float) -> np.ndarray:
    return np.stack(np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float)), axis=1)


DOWN = np.linspace(20.0, 220.0, 41)
BULGE = 16.0 * np.cos(np.linspace(-1.5, 1.5, 41))


@pytest.mark.parametrize(
    ("line", "on_edge"),
    [
        (_line(200.0, DOWN), DOWN < 145),  # a back that goes behind the panel
        (_line(192.0, DOWN), np.zeros(41, bool)),  # one beside it
        (_line(184.0 + BULGE, DOWN), np.zeros(41, bool)),  # one that comes near it
        (_line(DOWN + 60.0, 150.0), DOWN + 60.0 > 205),  # along its lower rim
    ],
)
@pytest.mark.parametrize("shift", [(0.0, 0.0), (6.0, -4.0)])
def test_where_a_line_runs_along_a_panel_s_rim_the_panel_ends_the_sight(
    line: np.ndarray, on_edge: np.ndarray, shift: tuple[float, float]
) -> None:
    pictures, masks = zip(*[_scene(_with_panel(), x) for x in range(20, 160, 15)], strict=True)
    background = estimate_background(pictures, masks, [STILL] * len(pictures))
    place = np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
    found = background.along_edge(line + shift, place)
    assert np.count_nonzero(found != on_edge) <= 2  # at the panel's corner
    assert not background.along_edge(line, None).any()
