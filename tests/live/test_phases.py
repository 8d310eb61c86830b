"""Phases and reps from a constructed bend, as it happens."""

from __future__ import annotations

import numpy as np

from backline.live.phases import PhaseTracker


def squat(depth: float, down_s: float = 1.5, pause_s: float = 0.5, up_s: float = 1.2) -> np.ndarray:
    """Return the bend of one rep at 30 Hz, a second of standing before and after."""
    down = depth * 0.5 * (1 - np.cos(np.linspace(0, np.pi, round(30 * down_s))))
    up = depth * 0.5 * (1 + np.cos(np.linspace(0, np.pi, round(30 * up_s))))
    still = np.zeros(30)
    return np.concatenate([still, down, np.full(round(30 * pause_s), depth), up, still])


def follow(movement: np.ndarray, rate: float = 30.0) -> list[tuple[str, int, int]]:
    tracker = PhaseTracker()
    seen = [tracker.push(k / rate, float(b)) for k, b in enumerate(movement)]
    return [(p.phase, p.rep, p.finished) for p in seen]


def order(rows: list[tuple[str, int, int]]) -> list[str]:
    return [p[0] for k, p in enumerate(rows) if k == 0 or rows[k - 1][0] != p[0]]


def test_one_squat_passes_through_all_phases_in_order() -> None:
    assert order(follow(squat(0.9))) == ["standing", "descent", "bottom", "ascent", "lockout"]


def test_five_squats_are_counted_as_five() -> None:
    assert follow(np.concatenate([squat(0.8)] * 5))[-1][2] == 5


def test_a_dip_that_is_no_rep_is_not_counted() -> None:
    rows = follow(squat(0.25))
    assert rows[-1] == ("standing", 0, 0)


def test_a_rep_is_counted_at_the_top_and_not_before() -> None:
    movement = squat(0.9)
    rows = follow(movement)
    first = next(k for k, row in enumerate(rows) if row[2] == 1)
    assert movement[first] < 0.2
    assert first > np.argmax(movement) + 15


def test_long_standing_after_the_last_rep_ends_its_lockout() -> None:
    rows = follow(np.concatenate([squat(0.9), np.zeros(90)]))
    assert rows[-1][0] == "standing"


def test_half_the_frame_rate_gives_the_same_phases() -> None:
    assert order(follow(squat(0.9)[::2], 15.0)) == order(follow(squat(0.9)))


def test_gap_leaves_the_phase_as_it_is() -> None:
    movement = squat(0.9)
    movement[60:66] = np.nan
    assert order(follow(movement)) == ["standing", "descent", "bottom", "ascent", "lockout"]
