"""The ring holds the last seconds only, and each rep comes out of it once, at its worst moment."""

from __future__ import annotations

import math

import pytest

from backline.live.causal_estimator import LiveEstimate, unmeasured
from backline.live.phases import BodyPlace
from backline.live.replay import LEAD_S, Replay, ReplayBuffer
from backline.live.session import LiveState
from backline.reps.types import Phase

RATE = 20
REP_S = 6.0


def phase_at(in_rep_s: float) -> Phase:
    """A rep of six seconds: down to 2, bottom to 2.5, up to 4, lockout to 6."""
    steps: tuple[tuple[float, Phase], ...] = (
        (2.0, "descent"), (2.5, "bottom"), (4.0, "ascent"), (REP_S, "lockout"),
    )  # fmt: skip
    return next(name for end, name in steps if in_rep_s < end)


def bump(time_s: float, at_s: float, size: float) -> float:
    return size * math.exp(-(((time_s - at_s) / 0.2) ** 2))


def state_at(time_s: float, angle: float, standing_s: float = 1.0, reason: str = "") -> LiveState:
    """A state of a set that begins with a second of standing."""
    nan = math.nan
    since = time_s - standing_s
    if since < -1e-9:
        place = BodyPlace("standing", 0, nan, 0)
    else:
        since += 1e-9
        rep = int(since // REP_S) + 1
        inside = since % REP_S
        place = BodyPlace(phase_at(inside), rep, nan, rep if inside >= 4.0 else rep - 1)
    read = unmeasured(reason) if reason else LiveEstimate(angle, 1.0, 0.0, 0.0, "")
    return LiveState(time_s, "live", "", 1.0, read, place)


def play(buffer: ReplayBuffer, until_s: float, lag_s: float = 0.0) -> list[tuple[float, Replay]]:
    """Rep 1 rounds by 16 at the bottom, rep 2 by 9 at the top; angles come ``lag_s`` late."""
    told = []
    for k in range(int(until_s * RATE)):
        time_s = k / RATE
        seen_s = time_s - lag_s
        angle = bump(seen_s, 3.25, 16.0) + bump(seen_s, 7.0 + 4.6, 9.0)
        replay = buffer.push(state_at(time_s, angle), str(k).encode(), lag_s)
        if replay is not None:
            told.append((time_s, replay))
    return told


def test_each_rep_comes_once_after_the_delay() -> None:
    told = play(ReplayBuffer(delay_s=1.5), 14.0)
    assert [(round(t, 2), r.rep) for t, r in told] == [(6.5, 1), (12.5, 2)]


@pytest.mark.parametrize(("delay_s", "due_s"), [(0.0, 5.0), (0.5, 5.5), (1.0, 6.0)])
def test_the_delay_can_be_chosen(delay_s: float, due_s: float) -> None:
    assert play(ReplayBuffer(delay_s), 7.5)[0][0] == pytest.approx(due_s)


def test_a_next_rep_that_begins_sooner_brings_the_replay_and_is_not_in_it() -> None:
    (when, replay), *_ = play(ReplayBuffer(delay_s=5.0), 12.0)
    assert when == pytest.approx(7.0)
    assert {s.state.place.rep for s in replay.shots} == {0, 1}
    assert replay.shots[-1].state.time_s < 7.0


def test_a_replay_begins_before_the_descent_and_holds_the_pictures_in_order() -> None:
    (_, replay), *_ = play(ReplayBuffer(), 8.0)
    assert replay.shots[0].state.time_s == pytest.approx(1.0 - LEAD_S)
    numbers = [int(s.picture) for s in replay.shots]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert all(round(s.state.time_s * RATE) == int(s.picture) for s in replay.shots)


@pytest.mark.parametrize("lag_s", [0.0, 0.1, 0.2])
def test_the_worst_moment_is_the_picture_s_own_not_the_late_angle_s(lag_s: float) -> None:
    (_, first), (_, second) = play(ReplayBuffer(), 14.0, lag_s)
    assert first.worst is not None
    assert second.worst is not None
    assert first.shots[first.worst].state.time_s == pytest.approx(3.25, abs=1 / RATE)
    assert second.shots[second.worst].state.time_s == pytest.approx(11.6, abs=1 / RATE)
    assert (first.worst_place, second.worst_place) == ("low", "top")
    assert first.worst_deg == pytest.approx(16.0, abs=0.1)
    assert second.worst_deg == pytest.approx(9.0, abs=0.3)


def test_at_the_bottom_the_turn_back_counts_not_the_angle() -> None:
    buffer, told = ReplayBuffer(), []
    for k in range(8 * RATE):
        time_s = k / RATE
        lordotic = -10.0 if 2.0 <= time_s < 3.0 else 0.0
        top = 6.0 if time_s > 5.2 else 0.0
        told.append(buffer.push(state_at(time_s, lordotic + top), b""))
    (replay,) = [one for one in told if one]
    assert (replay.worst_place, replay.worst_deg) == ("low", 10.0)


def test_a_rep_in_which_nothing_was_measured_is_shown_without_a_worst_moment() -> None:
    buffer = ReplayBuffer()
    told = [buffer.push(state_at(k / RATE, 0.0, reason="back_hidden"), b"") for k in range(140)]
    (replay,) = [one for one in told if one]
    assert (replay.rep, replay.worst, replay.worst_place) == (1, None, "")
    assert math.isnan(replay.worst_deg)
    assert len(replay.shots) > 5 * RATE


def test_the_ring_does_not_grow_with_the_session() -> None:
    buffer = ReplayBuffer(kept_s=3.0)
    sizes = []
    for k in range(60 * RATE):
        buffer.push(state_at(k / RATE, 0.0, standing_s=1e9), bytes(10))
        sizes.append(len(buffer))
    assert max(sizes) == 3 * RATE + 1 == sizes[-1]


def test_a_rep_longer_than_the_ring_gives_what_is_left_of_it() -> None:
    (_, replay), *_ = play(ReplayBuffer(delay_s=1.0, kept_s=2.0), 7.5)
    assert replay.shots[-1].state.time_s - replay.shots[0].state.time_s == pytest.approx(2.0)


@pytest.mark.parametrize("delay_s", [-0.1, 20.0, math.nan])
def test_an_impossible_delay_is_refused(delay_s: float) -> None:
    with pytest.raises(ValueError, match="delay_s"):
        ReplayBuffer(delay_s)
