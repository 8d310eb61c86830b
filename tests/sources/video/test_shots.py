"""Clips joined from several shots: where they are joined, and that nothing reaches across."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from backline.formats.frames import Frame
from backline.formats.video import VideoWriter, open_clip
from backline.pipeline import Analysis, analyze
from backline.sources.video.shots import ShotFinder, best_shot, number_shots, with_shot
from tests.sources.video.sights import TRUNK, points_of, sight_of

RATE_HZ = 30.0


def noise_picture(seed: int) -> np.ndarray:
    """A picture with something to see everywhere: smooth noise, full contrast."""
    noise = np.random.default_rng(seed).normal(size=(48, 36))
    grey = cv2.resize(cv2.GaussianBlur(noise, (0, 0), 2.0), (360, 480))
    grey = cv2.normalize(grey, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def test_another_picture_has_changed_and_the_same_one_has_not() -> None:
    finder = ShotFinder()
    assert finder.changed(noise_picture(1), 0.0) == 0.0
    assert finder.changed(noise_picture(1), 0.1) == 0.0
    assert finder.changed(noise_picture(2), 0.2) > 0.5


@pytest.mark.parametrize(
    "change",
    [
        lambda p: np.roll(p, (2, 3), axis=(0, 1)),  # the camera shakes
        lambda p: np.clip(p * 0.9 + 10, 0, 255).astype(np.uint8),  # its exposure changes
        lambda p: cv2.putText(p.copy(), "3 x 5", (20, 90), 0, 2.5, (255,) * 3, 12),  # a caption
        lambda p: cv2.rectangle(p.copy(), (120, 100), (220, 470), (20, 30, 90), -1),  # a passer-by
        lambda p: cv2.GaussianBlur(p, (0, 0), 3),  # focus
    ],
)
def test_what_happens_within_a_shot_is_no_cut(change) -> None:
    finder, picture = ShotFinder(), noise_picture(1)
    finder.changed(picture, 0.0)
    assert finder.changed(change(picture), 0.1) < 0.3


def test_a_plain_picture_has_nothing_to_compare() -> None:
    finder = ShotFinder()
    finder.changed(np.full((480, 360, 3), 90, np.uint8), 0.0)
    assert finder.changed(np.full((480, 360, 3), 95, np.uint8), 0.1) == 0.0


def fade(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """A picture laid over another."""
    return np.clip((1.0 - share) * first + share * second, 0, 255).astype(np.uint8)


def middles(pictures: list[np.ndarray]) -> np.ndarray:
    """When dissolves are found in pictures at `RATE_HZ`, seconds."""
    finder, found = ShotFinder(), []
    for number, picture in enumerate(pictures):
        finder.changed(picture, number / RATE_HZ)
        found.append(finder.dissolve_s())
    return np.array(found)[np.isfinite(found)]


@pytest.mark.parametrize("lasts", [8, 18, 40])
def test_a_dissolve_is_found_at_its_middle(lasts: int) -> None:
    first, second = noise_picture(1), noise_picture(2)
    shares = np.concatenate([np.zeros(50), np.linspace(0, 1, lasts), np.ones(50)])
    found = middles([fade(first, second, share) for share in shares])
    assert len(found)
    begins_s, ends_s = 50 / RATE_HZ, (50 + lasts) / RATE_HZ
    assert begins_s < found.min() <= found.max() < ends_s
    assert np.mean(found) == pytest.approx((begins_s + ends_s) / 2, abs=0.1)


def test_a_fade_through_black_is_one_too() -> None:
    first, second, black = noise_picture(1), noise_picture(2), np.zeros((480, 360, 3), np.uint8)
    down = [fade(first, black, share) for share in np.linspace(0, 1, 10)]
    up = [fade(black, second, share) for share in np.linspace(0, 1, 10)]
    found = middles([first] * 40 + down + up + [second] * 40)
    assert found == pytest.approx(np.full(len(found), 50 / RATE_HZ), abs=0.15)
    assert len(found)


@pytest.mark.parametrize(
    "picture_at",
    [
        lambda k: noise_picture(1),  # nothing happens
        lambda k: noise_picture(1 if k < 60 else 2),  # a cut
        lambda k: fade(noise_picture(1), np.full((480, 360, 3), 40), min(k / 100, 0.8)),  # dusk
        lambda k: np.roll(noise_picture(1), 2 * k, axis=1),  # a camera that pans
    ],
)
def test_what_is_no_dissolve_is_not_taken_for_one(picture_at) -> None:
    assert len(middles([picture_at(k) for k in range(120)])) == 0


def test_frames_of_a_dissolve_belong_to_no_shot_and_part_two() -> None:
    points = points_of(np.zeros(60), 0.0, 0.0)
    dissolves_s = np.full(60, np.nan)
    dissolves_s[40:43] = [0.9, 1.0, 1.1]
    found = number_shots(np.arange(60) / RATE_HZ, np.zeros(60), points, TRUNK, dissolves_s)
    between = np.flatnonzero(found == -1)
    assert between[[0, -1]] / RATE_HZ == pytest.approx([0.75, 1.25], abs=0.05)
    assert set(found[: between[0]]) == {0}
    assert set(found[between[-1] + 1 :]) == {1}
    changed = np.zeros(60)
    changed[[between[0] - 5, between[0] - 2, between[-1] + 4]] = 0.9  # it darkens step by step
    found = number_shots(np.arange(60) / RATE_HZ, changed, points, TRUNK, dissolves_s)
    assert found[between[0] - 6] == 0
    assert set(found[between[0] - 5 : between[-1] + 4]) == {-1}
    assert set(found[between[-1] + 4 :]) == {1}
    at_the_start = np.where(np.isfinite(dissolves_s), dissolves_s - 0.9, np.nan)
    found = number_shots(np.arange(60) / RATE_HZ, np.zeros(60), points, TRUNK, at_the_start)
    assert set(found) == {-1, 0}


def test_shots_are_numbered_at_their_first_frames() -> None:
    changed = np.zeros(10)
    changed[[4, 7]] = 0.9
    points = points_of(np.zeros(10), 0.0, 0.0)
    found = number_shots(np.arange(10) / RATE_HZ, changed, points, TRUNK)
    assert found.tolist() == [0] * 4 + [1] * 3 + [2] * 3


@pytest.mark.parametrize(("changed", "shots"), [(0.08, 2), (0.01, 1)])
def test_a_jump_in_one_view_is_a_cut_only_where_the_picture_jumps_too(
    changed: float, shots: int
) -> None:
    """The body jumps by half a trunk: time was cut out, or the pose engine erred."""
    points = points_of(np.r_[np.zeros(5), np.full(5, 100.0)], 0.0, np.r_[np.zeros(5), [40.0] * 5])
    series = np.zeros(10)
    series[5] = changed
    found = number_shots(np.arange(10) / RATE_HZ, series, points, TRUNK)
    assert found[-1] + 1 == shots


def test_a_jump_of_the_engine_while_somebody_walks_past_is_no_cut() -> None:
    """A passer-by changes many frames in a row; the pose engine jumps to them and back."""
    away = np.zeros(30)
    away[12:16] = 100.0
    points = points_of(away, 0.0, away * 0.4)
    passing = np.full(30, 0.01)
    passing[8:20] = np.linspace(0.12, 0.25, 12)
    found = number_shots(np.arange(30) / RATE_HZ, passing, points, TRUNK)
    assert found.tolist() == [0] * 30


def test_a_lifter_who_fills_what_has_contrast_in_a_plain_room_is_no_cut() -> None:
    moves = [0.0, 0.25, 0.459, 0.282, 0.5, 0.368, 0.361, 0.057, 0.029, 0.0]  # a rendered squat
    changed = np.r_[np.zeros(5), moves, np.zeros(5)]
    points = points_of(np.zeros(20), 0.0, 0.0)
    assert number_shots(np.arange(20) / RATE_HZ, changed, points, TRUNK).tolist() == [0] * 20


def test_a_cut_with_a_mix_of_both_shots_is_one() -> None:
    """A film brought to another frame rate: two frames in a row change."""
    changed = np.zeros(20)
    changed[[9, 10]] = 0.6, 0.7
    points = points_of(np.zeros(20), 0.0, 0.0)
    number = number_shots(np.arange(20) / RATE_HZ, changed, points, TRUNK)
    assert number[8] == 0
    assert (number[10:] > 0).all()


def test_a_big_plate_that_is_lifted_is_no_cut() -> None:
    """It changes a quarter of the picture, step by step, and the engine loses the lifter."""
    lifted = [0.0, 0.0, 0.041, 0.08, 0.192, 0.157, 0.157, 0.26, 0.125, 0.082, 0.042, 0.0]
    changed = np.r_[np.zeros(8), lifted, np.zeros(8)]  # as measured in a rendered deadlift
    away = np.zeros(len(changed))
    away[15:] = 100.0
    points = points_of(away, 0.0, away * 0.4)
    found = number_shots(np.arange(len(changed)) / RATE_HZ, changed, points, TRUNK)
    assert found.tolist() == [0] * len(changed)


def test_the_shot_from_the_side_is_taken_before_a_longer_one_from_the_front() -> None:
    front = points_of(np.zeros(30), 0.0, 0.0, shoulders_px=110.0)
    side = points_of(np.zeros(20), 0.0, 0.0, shoulders_px=10.0)
    observations = sight_of(np.concatenate([front, side]), shot=np.repeat([0, 1], [30, 20]))
    assert best_shot(observations) == 1


def test_outside_the_shot_nobody_is_seen() -> None:
    points = points_of(np.zeros(50), 0.0, 0.0)
    whole = sight_of(points, shot=np.repeat([0, 1], [30, 20]))
    kept = with_shot(whole, 1, None)
    assert kept.found.tolist() == [False] * 30 + [True] * 20
    assert np.isnan(kept.points[:30]).all()
    assert not kept.back_visible[:30].any()
    assert kept.in_shot.tolist() == kept.found.tolist()
    assert (kept.time_s == whole.time_s).all()


# --- a made clip --------------------------------------------------------------------------------

CUT_S = 11.6
"""In the joined clip the second shot begins here, seconds: the example's second rep is over."""


def joined(example: Path, path: Path) -> Path:
    """The example up to its third rep, then its first rep again as another camera sees it.

    The other camera stands on the other side, nearer, before another wall. Every second frame is
    kept, 15 a second: the engine's pass over the clip is what takes the time.
    """
    with open_clip(example) as clip:
        size = clip.info.width_px, clip.info.height_px
        with VideoWriter(path, *size, crf=23) as video:
            for frame in islice(clip.frames(0.0, CUT_S), 0, None, 2):
                video.write(frame.picture, frame.time_s)
            for frame in _from_elsewhere(islice(clip.frames(2.0, 6.0), 0, None, 2), size):
                video.write(frame.picture, CUT_S + frame.time_s - 2.0)
    return path


def _from_elsewhere(frames: Iterator[Frame], size: tuple[int, int]) -> Iterator[Frame]:
    width, height = size
    for frame in frames:
        x, y = width // 10, height // 10
        near = frame.picture[y : height - y // 4, x : width - x][:, ::-1]
        yield Frame(
            frame.index, frame.time_s, np.ascontiguousarray(255 - cv2.resize(near, size)[..., ::-1])
        )


@pytest.fixture(scope="module")
def two_shots(example_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return analyze(joined(example_clip, tmp_path_factory.mktemp("joined") / "joined.mp4"))


def test_a_joined_clip_is_told_to_be_one(two_shots: Analysis) -> None:
    told = {r.code: r.text for r in two_shots.quality.reasons}
    assert two_shots.quality.verdict == "limited"
    assert "joined from 2 shots" in told["other_shot"]
    assert "from 0.0 to 11.5 s" in told["other_shot"]


def test_nothing_reaches_across_the_cut(two_shots: Analysis) -> None:
    after = two_shots.posture.time_s >= CUT_S - 1e-3
    assert (two_shots.posture.reason[after] == "other_shot").all()
    assert not two_shots.posture.measurable[after].any()
    assert two_shots.posture.reference.end_s < CUT_S
    assert len(two_shots.reps) == 2
    for rep in two_shots.reps:
        assert rep.end_s < CUT_S
        assert all(end < CUT_S for _, end in rep.phases.values())
    for earlier, later in pairwise(two_shots.reps):
        assert earlier.end_s <= later.start_s


def test_what_the_measured_shot_shows_is_told(two_shots: Analysis) -> None:
    """The example's first two reps bottom out at 4 and 9 s (its truth)."""
    assert [round(rep.bottom_s) for rep in two_shots.reps] == [4, 9]
