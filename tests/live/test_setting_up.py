"""Framing help says the one thing to change; the reference is taken when the lifter is still."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from backline.live.framing import MOST_YAW_DEG, check_framing
from backline.live.live_frame import LiveFrame
from backline.live.same_person import SamePerson
from backline.live.standing_recorder import HIP_STILL, LEAST_FRAMES, STILL_S, StandingCalibrator
from backline.settings import GATING
from backline.signals.standing import LEAN_TOLERANCE_DEG
from backline.sources.video.lumbar.picture_input import CROP_HEIGHT, CROP_WIDTH
from backline.sources.video.pose.person import (
    LEFT_ANKLE,
    LEFT_EAR,
    LEFT_HIP,
    LEFT_SHOULDER,
    RIGHT_ANKLE,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    Person,
)
from backline.sources.video.quality.gating import SHOULDERS_BY_TRUNK

SIZE = (480, 640)
TRUNK = 150.0
RATE = 15


def body(
    trunk: float = TRUNK, x: float = 240.0, hip_y: float = 350.0, shoulders: float = 0.0
) -> NDArray[np.float32]:
    """A lifter seen from the side: all points on one upright line, shoulders some pixels apart."""
    points = np.full((33, 3), [x, hip_y, 1.0], dtype=np.float32)
    for joint, up in ((LEFT_EAR, 1.4), (LEFT_SHOULDER, 1.0), (RIGHT_SHOULDER, 1.0),
                      (LEFT_ANKLE, -1.6), (RIGHT_ANKLE, -1.6)):  # fmt: skip
        points[joint, 1] = hip_y - up * trunk
    points[LEFT_SHOULDER, 0] += shoulders / 2
    points[RIGHT_SHOULDER, 0] -= shoulders / 2
    return points


def live(points: NDArray[np.float32] | None, time_s: float = 0.0, **changes: object) -> LiveFrame:
    person = None if points is None else Person(points, np.zeros((1, 1), np.float32))
    crops = np.zeros((3, CROP_HEIGHT, CROP_WIDTH), np.uint8)
    made = LiveFrame(time_s, SIZE, person, crops=crops, lean_deg=0.0, brightness=100.0)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_lifter_side_on_and_whole_is_told_to_stand_still() -> None:
    framing = check_framing(live(body()))
    assert framing.good
    assert "stand still" in framing.text


@pytest.mark.parametrize(
    ("seen", "code", "word"),
    [
        (live(body(), brightness=GATING.dark_level - 1), "dark", "light"),
        (live(None), "no_person", "step into"),
        (live(body(trunk=GATING.trunk_min_px - 1)), "too_small", "nearer"),
        (live(body(x=-5.0)), "cut_off", "step back"),  # half out at the left
        (live(body(x=485.0)), "cut_off", "step back"),  # at the right
        (live(body(hip_y=200.0)), "cut_off", "step back"),  # the head above
        (live(body(hip_y=420.0)), "cut_off", "step back"),  # the feet below
        (live(None, brightness=0.0), "dark", "light"),  # the dark hides everybody
        (live(body(trunk=20.0, x=-5.0)), "too_small", "nearer"),  # far away comes first
    ],
)
def test_the_first_thing_to_change_is_said(seen: LiveFrame, code: str, word: str) -> None:
    framing = check_framing(seen)
    assert framing.code == code
    assert not framing.good
    assert word in framing.text


@pytest.mark.parametrize(("yaw_deg", "good"), [(0.0, True), (35.0, True), (45.0, False)])
def test_shoulders_that_look_wide_tell_an_oblique_view(yaw_deg: float, good: bool) -> None:
    assert 35.0 < MOST_YAW_DEG < 45.0
    apart = TRUNK * SHOULDERS_BY_TRUNK * float(np.sin(np.radians(yaw_deg)))
    framing = check_framing(live(body(shoulders=apart)))
    assert framing.good is good
    assert good or framing.code == "not_side_on"


def turned(points: NDArray[np.float32], degrees: float) -> NDArray[np.float32]:
    """The same lifter through a camera that is rolled, about the middle of the picture."""
    angle, middle = np.radians(degrees), np.array(SIZE) / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rolled = points.copy()
    rolled[:, :2] = (points[:, :2] - middle) @ turn.T + middle
    return rolled


@pytest.mark.parametrize(
    ("roll_deg", "good"), [(0, True), (8, True), (-8, True), (12, False), (-25, False)]
)
def test_a_camera_that_is_not_level_is_told_by_one_who_stands(roll_deg: float, good: bool) -> None:
    framing = check_framing(live(turned(body(trunk=100.0), roll_deg)))
    assert framing.good is good
    assert good or framing.code == "not_level"


def test_one_who_bends_tells_nothing_of_the_camera() -> None:
    points = body(trunk=100.0)
    for joint in (LEFT_EAR, LEFT_SHOULDER, RIGHT_SHOULDER):
        above = points[LEFT_HIP, 1] - points[joint, 1]
        points[joint, :2] = points[LEFT_HIP, :2] + above * np.array([0.8, -0.6])
    assert check_framing(live(points)).good


def times(until_s: float) -> list[float]:
    return [k / RATE for k in range(round(until_s * RATE) + 1)]


def test_own_standing_is_taken_after_a_quiet_second_and_the_countdown_runs() -> None:
    taker, progress = StandingCalibrator(), []
    for now in times(STILL_S)[:-1]:
        assert taker.push(live(body(), now)) is None
        progress.append(taker.progress)
    assert progress == sorted(progress)
    taken = taker.push(live(body(), STILL_S))
    assert taken is not None
    assert taken[-1].time_s - taken[0].time_s == pytest.approx(STILL_S)


@pytest.mark.parametrize("share", [0.8, 1.3])
def test_a_hip_that_moves_more_than_three_centimetres_begins_the_wait_anew(share: float) -> None:
    taker = StandingCalibrator()
    moved = share * HIP_STILL * TRUNK
    taken = [
        taker.push(live(body(x=240.0 + (moved if now > 0.5 else 0.0)), now)) for now in times(1.2)
    ]
    assert any(one is not None for one in taken) is (share < 1)


def test_a_swaying_trunk_or_a_bent_one_is_no_standing() -> None:
    swaying, lowered = StandingCalibrator(), StandingCalibrator()
    for now in times(3.0):
        sway = (LEAN_TOLERANCE_DEG + 1) * (round(now * RATE) % 2)
        assert swaying.push(live(body(), now, lean_deg=sway)) is None
        assert lowered.push(live(body(), now, lean_deg=40.0)) is None


def test_bad_framing_or_a_gap_begins_the_wait_anew() -> None:
    taker = StandingCalibrator()
    for now in times(0.9):
        taker.push(live(body(), now))
    assert taker.progress > 0.8
    taker.push(live(None, 0.95))
    assert taker.progress == 0.0
    for now in times(0.9):
        taker.push(live(body(), 2.0 + now))
    taker.push(live(body(), 4.0))
    assert taker.progress == 0.0


def test_a_slow_machine_waits_until_it_has_enough_frames() -> None:
    taker = StandingCalibrator()
    taken = [taker.push(live(body(), 0.25 * k)) for k in range(LEAST_FRAMES)]
    assert [one is not None for one in taken] == [False] * (LEAST_FRAMES - 1) + [True]


def test_a_body_that_leaps_is_somebody_else_until_the_lifter_is_back() -> None:
    same = SamePerson()
    assert not same.is_other(live(body(x=240.0), 0.0))
    assert not same.is_other(live(None, 0.03)), "nobody is not somebody else"
    assert same.is_other(live(body(x=240.0 + 1.5 * TRUNK), 0.07))
    assert same.is_other(live(body(x=240.0 + 1.5 * TRUNK), 0.10)), "and stays somebody else"
    assert same.is_other(live(body(trunk=TRUNK / 2), 0.13)), "half as large, in the same place"
    assert not same.is_other(live(body(x=250.0), 0.17))


def test_a_drop_squat_and_a_walk_are_the_lifter_s_own() -> None:
    same = SamePerson()
    for now in times(0.4):  # half a metre down in 0.4 s
        assert not same.is_other(live(body(hip_y=350.0 + TRUNK * now / 0.4), now))
    for now in times(2.0):  # one metre a second along the floor
        assert not same.is_other(live(body(x=240.0 + 2 * TRUNK * now, hip_y=500.0), 0.5 + now))


def test_hips_are_what_is_watched_not_the_arms() -> None:
    taker = StandingCalibrator()
    for now in times(STILL_S):
        points = body()
        points[15, :2] += 40 * np.sin(20 * now)  # the left wrist
        taken = taker.push(live(points, now))
    assert taken is not None
    assert np.ptp([one.person.points[LEFT_HIP, 0] for one in taken if one.person]) == 0
    assert points[RIGHT_HIP, 0] == 240.0
