"""Rendered clips: the video and its truth belong together and repeat by seed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backline.formats.video import open_clip
from backline.phantom.clip import RenderedFrame, Scene, render_clip, shoot
from backline.phantom.equipment import Loading
from backline.phantom.kinematics import Stance
from backline.phantom.plan import LiftPlan, RepPlan, unroll
from backline.progress import Progress
from tests import rendered

REP = RepPlan(100, descent_s=0.6, bottom_s=0.4, ascent_s=0.6, lockout_s=0.4, bottom_deg=12.0)
#: A hurried squat of 18 frames that winks at the bottom: more than one batch of posing.
PLAN = LiftPlan((REP,), standing_s=0.6, after_s=0.4, rate_hz=6.0, sway_deg=0.0)


def small(**changes: object) -> Scene:
    scene = rendered.scene(width_px=120, height_px=160)
    return replace(scene, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame, list[Progress]]:
    path = tmp_path_factory.mktemp("clip") / "wink.mp4"
    told: list[Progress] = []
    events = [{"rep": 1, "where": "bottom", "kind": "rounding", "size_deg": 12.0}]
    truth = render_clip(path, small(), PLAN, events=events, progress=told.append)
    return path, truth, told


def test_the_video_has_a_frame_for_every_row_of_truth_at_its_time(made) -> None:
    path, truth, _ = made
    with open_clip(path) as clip:
        frames = list(clip.frames())
    assert len(frames) == len(truth) == 18
    np.testing.assert_allclose([f.time_s for f in frames], truth.time_s, atol=1e-3)
    assert frames[0].picture.shape == (160, 120, 3)


def test_the_truth_is_read_back_as_it_was_returned(made) -> None:
    path, truth, _ = made
    again = pd.read_csv(path.with_suffix(".truth.csv"))
    pd.testing.assert_frame_equal(again, truth, check_dtype=False, atol=1e-4, rtol=0)


def test_the_truth_says_what_was_planted(made) -> None:
    _, truth, _ = made
    bottom = truth[truth.phase == "bottom"]
    assert bottom.lumbar_flexion_deg.to_numpy() == pytest.approx(12.0, abs=1e-6)
    assert bottom.knee_flexion_deg.to_numpy() == pytest.approx(101.0)
    lockout = truth[truth.phase == "lockout"]
    assert lockout.lumbar_flexion_deg.abs().min() < 0.5
    assert (truth.hidden == 0).all()


def test_own_standing_reads_zero_and_the_identity_holds(made) -> None:
    _, truth, _ = made
    changes = ["lumbar_flexion_deg", "pelvic_tilt_deg", "trunk_lean_deg"]
    assert not truth[changes].iloc[0].any()
    np.testing.assert_allclose(
        truth.pelvic_tilt_deg, truth.trunk_lean_deg - truth.lumbar_flexion_deg, atol=1e-9
    )


def test_hip_flexion_is_pelvis_less_thigh(made) -> None:
    _, truth, _ = made
    change = truth.hip_flexion_deg - truth.hip_flexion_deg[0]
    thigh = truth.ankle_dorsiflexion_deg - truth.knee_flexion_deg
    np.testing.assert_allclose(change, truth.pelvic_tilt_deg - (thigh - thigh[0]), atol=1e-9)


def test_the_lumbar_curve_flattens_where_the_back_rounds(made) -> None:
    _, truth, _ = made
    bottom = truth[truth.phase == "bottom"].lumbar_curve_deg
    assert (bottom < truth.lumbar_curve_deg[0] - 6).all()


def test_the_note_beside_it_holds_plan_scene_and_events(made) -> None:
    path, _, _ = made
    note = json.loads(path.with_suffix(".truth.json").read_text())
    assert note["schema"] == "backline.phantom/1"
    assert note["plan"]["reps"][0]["bottom_deg"] == 12
    assert note["scene"]["camera"]["side"] == "right"
    assert note["scene"]["loading"] is None
    assert note["events"][0]["where"] == "bottom"
    assert note["bottoms_s"] == pytest.approx([1.4])


def test_each_frame_is_told(made) -> None:
    _, _, told = made
    assert [p.done for p in told] == list(range(1, 19))
    assert {p.total for p in told} == {18}


def test_the_same_seed_gives_the_same_pictures_and_truth() -> None:
    plan = replace(PLAN, reps=(), after_s=0.0)  # its standing alone
    first = [list(shoot(small(), unroll(plan))) for _ in range(2)]
    for a, b in zip(*first, strict=True):
        np.testing.assert_array_equal(a.picture, b.picture)
        assert a.truth == b.truth
    other = next(shoot(small(seed=4), unroll(plan)))
    assert (other.picture != first[0][0].picture).mean() > 0.3
    assert other.truth == first[0][0].truth


@pytest.fixture(scope="module")
def pulled() -> list[RenderedFrame]:
    """A deadlift with red plates, twelve frames."""
    pull = Loading("450", 0.225, 0.05, (0.7, 0.1, 0.1))
    scene = small(stance=Stance(bar="hands"), loading=pull)
    rep = RepPlan(knee_deg=95, shank_ratio=0.1, descent_s=0.5, bottom_s=0.5, ascent_s=0.5)
    plan = LiftPlan((rep,), standing_s=0.4, after_s=0.0, rate_hz=4.0, sway_deg=0.0)
    return list(shoot(scene, unroll(plan)))


def test_a_plate_before_the_back_is_told_by_the_truth(pulled: list[RenderedFrame]) -> None:
    truth = pd.DataFrame([shot.truth for shot in pulled])
    assert truth.hidden.between(0.0, 1.0).all()
    lockout = truth.hidden[truth.phase == "lockout"]
    assert lockout.between(0.1, 0.6).all()  # the hanging plate's rim reaches up to S1
    assert (truth.hidden[truth.phase == "bottom"] == 0.0).all()  # on the floor, the back above it
    assert (truth.hidden[truth.phase == "standing"] == 0.0).all()


def test_a_deadlift_s_bar_lies_on_the_floor_until_it_is_lifted(pulled: list[RenderedFrame]) -> None:
    def lowest(shot: RenderedFrame) -> float:
        picture = shot.picture.astype(int)
        red = picture[..., 0] - picture[..., 1:].max(axis=2) > 40
        assert red.sum() > 50
        return float(np.flatnonzero(red.sum(axis=1) > 2).max())

    before = [lowest(s) for s in pulled if s.truth["phase"] in ("standing", "descent")]
    lockout = [lowest(s) for s in pulled if s.truth["phase"] == "lockout"]
    assert np.ptp(before) < 2.0, "it does not move before the hands have it"
    assert min(before) - max(lockout) > 10.0, "and hangs from straight arms at the top"


def test_a_shaking_hand_moves_the_picture_by_its_size() -> None:
    quiet, shaky = (
        replace(small(), recording=replace(small().recording, shake_px=s, noise=0.0))
        for s in (0.0, 4.0)
    )
    plan = replace(PLAN, reps=(), after_s=0.0)
    still = [s.picture.astype(int) for s in shoot(quiet, unroll(plan))]
    moved = [s.picture.astype(int) for s in shoot(shaky, unroll(plan))]
    assert np.abs(still[2][:20] - still[1][:20]).mean() < 0.01  # above the head: the room
    assert np.abs(moved[2][:20] - moved[1][:20]).mean() > 0.05
