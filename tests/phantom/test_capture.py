"""The phone: composing, exposure, noise, shake and compression do what they are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backline.phantom.capture import CameraRecording, record, room

#: Nothing changes the picture but a blur too small to see.
CLEAR = CameraRecording(blur_px=0.05, noise=0.0, jpeg_quality=100)
WALL = np.full((48, 64, 3), 100, np.uint8)
NOBODY = np.zeros((48, 64), np.float32)
BLACK = np.zeros((48, 64, 3), np.uint8)


def recorded(recording: CameraRecording = CLEAR, seed: int = 0, **changes) -> np.ndarray:
    given = {"lifter": BLACK, "cover": NOBODY, "background": WALL, **changes}
    return record(**given, recording=recording, rng=np.random.default_rng(seed))


def test_without_a_lifter_the_room_is_seen() -> None:
    np.testing.assert_array_equal(recorded(), WALL)


def test_the_lifter_stands_before_the_room_and_edges_are_mixed() -> None:
    cover = NOBODY.copy()
    cover[10:30, 20:40] = 1.0
    cover[10:30, 40] = 0.5
    lifter = (np.array([200, 40, 60]) * cover[..., None]).astype(np.uint8)
    picture = recorded(lifter=lifter, cover=cover)
    np.testing.assert_array_equal(picture[20, 30], [200, 40, 60])
    np.testing.assert_allclose(picture[20, 40], [150, 70, 80], atol=1)
    np.testing.assert_array_equal(picture[20, 50], [100, 100, 100])


def test_gain_tint_and_gamma_are_those_of_their_formula() -> None:
    tinted = replace(CLEAR, gain=1.2, gamma=1.1, tint=(0.9, 1.0, 1.1))
    expected = 255 * (100 * 1.2 / 255) ** 1.1 * np.array([0.9, 1.0, 1.1])
    np.testing.assert_allclose(recorded(tinted)[0, 0], expected, atol=1)


def test_light_beyond_white_stays_white() -> None:
    assert (recorded(replace(CLEAR, gain=9.0)) == 255).all()


def test_noise_has_the_told_spread_and_comes_from_the_seed() -> None:
    noisy = replace(CLEAR, noise=6.0)
    picture = recorded(noisy).astype(float)
    assert picture.mean() == pytest.approx(100.0, abs=0.5)
    assert picture.std() == pytest.approx(6.0, rel=0.1)
    np.testing.assert_array_equal(recorded(noisy), picture)
    assert (recorded(noisy, seed=1) != picture).mean() > 0.5


def test_a_shake_moves_the_picture_right_and_down() -> None:
    wall = np.tile(np.arange(64, dtype=np.uint8)[None, :, None] * 3, (48, 1, 3))
    wall[:] += np.arange(48, dtype=np.uint8)[:, None, None]
    shaken = recorded(background=wall, shift_px=np.array([4.0, 2.0]))
    np.testing.assert_allclose(shaken[10:40, 10:60], wall[8:38, 6:56], atol=1)


def test_a_blur_spreads_a_point_by_its_standard_deviation() -> None:
    wall = BLACK.copy()
    wall[24, 32] = 250
    picture = recorded(replace(CLEAR, blur_px=1.5), background=wall)[..., 0].astype(float)
    columns = np.arange(64)
    share = picture.sum(0) / picture.sum()
    spread = np.sqrt((share * (columns - (share * columns).sum()) ** 2).sum())
    assert spread == pytest.approx(1.5, rel=0.1)


def test_compression_costs_detail() -> None:
    wall = np.random.default_rng(0).integers(0, 255, WALL.shape, dtype=np.uint8)
    errors = [
        np.abs(recorded(replace(CLEAR, jpeg_quality=q), background=wall).astype(int) - wall).mean()
        for q in (100, 90, 35)
    ]
    assert errors[0] < 0.5 < errors[1] < errors[2]


def test_rooms_are_pictures_of_their_size_and_repeat_by_seed() -> None:
    rooms = [room(64, 48, 36.0, np.random.default_rng(seed)) for seed in range(12)]
    assert {r.shape for r in rooms} == {(48, 64, 3)}
    assert {r.dtype for r in rooms} == {np.dtype(np.uint8)}
    np.testing.assert_array_equal(rooms[3], room(64, 48, 36.0, np.random.default_rng(3)))
    assert np.std([r.mean() for r in rooms]) > 10  # light and dark ones


def test_an_empty_room_has_a_wall_and_a_floor() -> None:
    rooms = [room(64, 48, 30.0, np.random.default_rng(seed), clutter=0) for seed in range(8)]
    steps = [abs(float(r[20:24].mean()) - float(r[38:42].mean())) for r in rooms]
    assert max(steps) > 20


def test_drawn_phones_differ_and_repeat_by_seed() -> None:
    phones = [CameraRecording.random(np.random.default_rng(seed)) for seed in range(30)]
    assert phones[4] == CameraRecording.random(np.random.default_rng(4))
    assert len({p.noise for p in phones}) == 4
    assert all(0.8 <= p.gain <= 1.25 and 0.3 <= p.blur_px <= 1.4 for p in phones)
