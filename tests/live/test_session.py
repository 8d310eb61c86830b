"""The rendered example, frame by frame as it would come live, against its known truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from backline.formats.frames import Frame
from backline.formats.video import open_clip
from backline.live.cueing import CueGiver
from backline.live.session import RETURN_S, LiveState, start_session
from backline.sources.video.contour.outline import S1_INDEX, T12_INDEX

EVERY = 3
"""Frames used: ten a second, as a slow machine would manage."""
AWAY_S, BACK_S = 20.0, 40.0
"""When the lifter walks out, and when they are back, seconds."""
END_S = 11.6
"""Two reps: the first rounds at the bottom (16 degrees), the second tucks at the top (9)."""


@pytest.fixture(scope="module")
def states(repo_root: Path) -> list[LiveState]:
    """Live states of two reps, and then of a second of darkness and of an empty room."""
    clip = repo_root / "examples" / "top_tuck_and_wink.mp4"
    if not clip.exists():
        pytest.skip("needs examples/top_tuck_and_wink.mp4, which is not there")
    session = start_session(cues=CueGiver(schedule="always"))
    try:
        with open_clip(clip) as opened:
            frames = [
                f for f in opened.frames(end_s=END_S, max_side_px=640) if f.index % EVERY == 0
            ]
            seen = [session.step(frame) for frame in frames]
        dark = np.zeros_like(frames[0].picture)
        seen += [session.step(Frame(0, END_S + 0.1 * k, dark)) for k in range(1, 4)]
        seen += [session.step(frame_at(frames[-1], END_S + 1.0 + 0.1 * k)) for k in range(4)]
        # somebody else: the same picture at half the size, in the other half of the room
        for k in range(3):
            seen.append(
                session.step(Frame(0, END_S + 2.0 + 0.1 * k, elsewhere(frames[-1].picture)))
            )
        seen += [session.step(frame_at(frames[-1], END_S + 2.5 + 0.1 * k)) for k in range(4)]
        empty = np.full_like(frames[0].picture, 128)
        seen += [session.step(Frame(0, AWAY_S + t, empty)) for t in (0.0, 5.0, RETURN_S + 3.0)]
        quiet = [f for f in frames if f.time_s < 2.0]
        seen += [session.step(frame_at(f, BACK_S + f.time_s)) for f in quiet]
        return seen
    finally:
        session.close()


def frame_at(frame: Frame, time_s: float) -> Frame:
    return Frame(frame.index, time_s, frame.picture)


def elsewhere(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture shrunk to half, at the right edge of a grey one."""
    moved = np.full_like(picture, 128)
    small = picture[::2, ::2]
    moved[-small.shape[0] :, -small.shape[1] :] = small
    return moved


def lifting(states: list[LiveState]) -> list[LiveState]:
    return [s for s in states if s.time_s < END_S]


def test_own_standing_is_taken_hands_free_before_the_first_rep(states: list[LiveState]) -> None:
    first = next(s for s in states if s.stage == "live")
    assert first.time_s < 2.2
    assert first.ghost is not None
    waiting = [s.countdown for s in lifting(states) if s.stage == "stand_still"]
    assert waiting == sorted(waiting)


def test_the_ghost_of_own_standing_lies_on_the_pelvis_of_every_frame(
    states: list[LiveState],
) -> None:
    shown = [s for s in lifting(states) if s.stage == "live" and s.ghost is not None]
    assert len(shown) > 50
    for state in shown:
        assert state.ghost is not None
        assert state.line is not None
        line = state.line[T12_INDEX : S1_INDEX + 1]
        assert np.allclose(state.ghost[-1], line[-1], atol=0.1)
        long = np.hypot(*np.diff(line, axis=0).T).sum()
        turn = np.radians(abs(state.estimate.lumbar_deg))
        assert np.hypot(*(state.ghost[0] - line[0])) <= long * (turn + 0.35)


def test_angle_is_within_four_degrees_of_the_truth(
    states: list[LiveState], repo_root: Path
) -> None:
    truth = np.genfromtxt(
        repo_root / "examples" / "top_tuck_and_wink.truth.csv",
        delimiter=",", names=True, usecols=("time_s", "lumbar_flexion_deg"),
    )  # fmt: skip
    known = [s for s in lifting(states) if s.stage == "live" and not s.estimate.reason]
    read = np.array([s.estimate.lumbar_deg for s in known])
    true = np.interp([s.time_s - 0.08 for s in known], truth["time_s"], truth["lumbar_flexion_deg"])
    assert len(known) > 0.8 * sum(s.stage == "live" for s in lifting(states))
    # 3.8 measured: the winks of 16 degrees in this clip read 11 with the joined networks.
    assert np.sqrt(np.mean((read - true) ** 2)) < 4.0


def test_cues_come_where_the_rounding_was_planted_while_it_lasts(states: list[LiveState]) -> None:
    cues = [s.cue for s in states if s.cue]
    assert {(c.rep, "top" if c.place == "top" else "low") for c in cues} == {(1, "low"), (2, "top")}
    (top,) = [c for c in cues if c.place == "top"]
    assert 10.0 < top.time_s < 11.6


def test_two_reps_are_counted(states: list[LiveState]) -> None:
    assert lifting(states)[-1].place.finished == 2


def test_light_switched_off_is_said_at_once_and_no_rep_is_lost(states: list[LiveState]) -> None:
    dark = [s for s in states if END_S < s.time_s < END_S + 0.5]
    assert all(s.estimate.reason and s.text for s in dark)
    assert dark[0].place.finished == 2


def test_after_the_light_is_back_measuring_goes_on(states: list[LiveState]) -> None:
    back = [s for s in states if END_S + 0.9 < s.time_s < END_S + 1.5]
    assert back[-1].stage == "live"
    assert back[-1].estimate.reason == ""


def test_a_lifter_who_walks_out_and_returns_keeps_reps_and_stands_still_anew(
    states: list[LiveState],
) -> None:
    away = [s for s in states if AWAY_S <= s.time_s < BACK_S]
    assert away[0].text == "Nobody is seen."
    assert away[-1].stage == "framing", "after ten seconds the standing reference is taken anew"
    back = [s for s in states if s.time_s >= BACK_S]
    assert back[-1].stage == "live"
    assert {s.place.finished for s in (*away, *back)} == {2}


def test_somebody_else_in_the_lifter_s_place_is_said_and_never_measured(
    states: list[LiveState],
) -> None:
    other = [s for s in states if END_S + 1.9 < s.time_s < END_S + 2.4]
    assert all(s.estimate.reason in ("other_person", "no_person") for s in other)
    assert any("Somebody else" in s.text for s in other)
    assert other[-1].place.finished == 2
    again = [s for s in states if END_S + 2.4 < s.time_s < AWAY_S]
    assert again[-1].estimate.reason == "", "and it goes on when the lifter is back"


def test_a_low_back_that_moves_within_the_quiet_second_is_no_zero(repo_root: Path) -> None:
    clip = repo_root / "examples" / "top_tuck_and_wink.mp4"
    if not clip.exists():
        pytest.skip("needs examples/top_tuck_and_wink.mp4, which is not there")
    with open_clip(clip) as opened:
        frames = list(opened.frames(end_s=11.5, max_side_px=640))
    quiet = [f.picture for f in frames if f.time_s < 2.0][::3]
    tucked = [f.picture for f in frames if 10.5 < f.time_s < 11.5][::3]
    session = start_session()
    try:
        told = []
        for k in range(25):
            shown = (quiet if (k // 5) % 2 == 0 else tucked)[k % 5]
            told.append(session.step(Frame(0, 0.1 * (k + 1), shown)))
    finally:
        session.close()
    refused = [s for s in told if s.text.startswith("Your low back moved")]
    assert refused, "it stood tucked for half of it"
    assert all(s.stage == "stand_still" for s in refused)
