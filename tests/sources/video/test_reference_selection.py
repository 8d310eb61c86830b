"""Which moments a clip is measured from: lifters of whom it is known which moment serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backline.model.posture import ELSEWHERE, Reference, ReferenceKind, Standing
from backline.reps.lockout_reference import LOCKOUT_PRIOR_DEG
from backline.settings import Settings
from backline.signals.standing import sentence_of
from backline.sources.video.clip_observations import ClipObservations, CropSpool
from backline.sources.video.pose.leg_angles import legs_of
from backline.sources.video.posture_estimation import _upright
from backline.sources.video.reference_selection import (
    HIDDEN_DEG,
    NO_STANDING,
    POINT_CUTOFF_HZ,
    Chosen,
    choose_reference,
    quiet_standing,
)
from tests.sources.video.sights import RATE_HZ, TRUNK
from tests.sources.video.stated import acted, stated

#: A pause of 2.4 s, then three squats that turn round at the top without any stillness, and the
#: clip ends on the way down of a fourth.
N = 160
TIME = np.arange(N) / RATE_HZ
PAUSE = TIME < 2.4
DEPTH = np.where(PAUSE, 0.0, np.abs(np.sin(np.pi * (TIME - 2.4) / 1.6)))
FLEXION = 12.0 * DEPTH
LATER = TIME >= 2.8  # the same set filmed from the first way down on


@pytest.fixture
def spool() -> Iterator[CropSpool]:
    spool = CropSpool()
    yield spool
    spool.close()


def lifter(
    spool: CropSpool, *, lean: Any = 0.0, arms: Any = 0.0, shown: Any = None
) -> ClipObservations:
    """A squatter with the bar on the back; ``arms``: hands below the shoulders, trunk lengths."""
    visible = np.ones(N, bool) if shown is None else shown
    observations = acted(
        110 * DEPTH,
        40 * DEPTH + 3 + lean,
        spool,
        back_visible=np.repeat(visible, 48).reshape(N, 48),
    )
    observations.points[:, [15, 16], :2] = observations.points[:, [11, 12], :2]
    observations.points[:, [15, 16], 1] += np.broadcast_to(TRUNK * np.asarray(arms), N)[:, None]
    return observations


def chosen_for(
    observations: ClipObservations,
    flexion: np.ndarray = FLEXION,
    given: tuple[float, float] | None = None,
) -> Chosen:
    legs = legs_of(observations, POINT_CUTOFF_HZ)
    upright, reps = _upright(observations, legs, Settings())
    network = stated(N, lumbar_deg=flexion, trunk_deg=40 * DEPTH)
    return choose_reference(observations, legs, upright, reps, network, given)


def cut(observations: ClipObservations, keep: np.ndarray) -> ClipObservations:
    """The clip with these frames only; the network knows them by their old numbers."""
    series = {
        name: value[keep] for name, value in vars(observations).items()
        if isinstance(value, np.ndarray) and len(value) == len(keep)
    }  # fmt: skip
    return replace(observations, **series)


def test_standing_still_before_the_first_rep_is_taken(spool: CropSpool) -> None:
    chosen = chosen_for(lifter(spool))
    assert chosen.reference.kind == "quiet_standing"
    assert chosen.standing.method == "before_first_rep"
    assert 0.0 <= chosen.standing.start_s < chosen.standing.end_s <= 2.5
    assert chosen.reference.sd_deg < 0.5
    inside = (chosen.standing.start_s - 1e-9 <= TIME) & (chosen.standing.end_s + 1e-9 >= TIME)
    np.testing.assert_array_equal(chosen.frames, inside)


NO_ZERO = {
    "leans back by 25 degrees": ({"lean": np.where(PAUSE, -25.0, 0.0)}, FLEXION),
    "an arm overhead": ({"arms": np.where(PAUSE, -1.0, 0.0)}, FLEXION),
    "the low back wanders": ({}, FLEXION + np.where(PAUSE, 9 * np.sin(4 * TIME), 0.0)),
    "the low back is tucked by 20 degrees": ({}, FLEXION + np.where(PAUSE, 20.0, 0.0)),
    "the low back is hidden": ({"shown": ~PAUSE}, FLEXION),
}


@pytest.mark.parametrize("what", NO_ZERO)
def test_a_pause_that_is_unlike_the_lift_gives_way_to_the_lockouts(
    what: str, spool: CropSpool
) -> None:
    changes, flexion = NO_ZERO[what]
    chosen = chosen_for(lifter(spool, **changes), flexion)
    assert chosen.reference.kind == "lockouts"
    assert chosen.standing == NO_STANDING
    assert not chosen.frames[PAUSE].any()
    assert (DEPTH[chosen.frames] < 0.25).all()


def test_a_pause_in_which_the_pose_engine_has_lost_the_hip_is_dropped(spool: CropSpool) -> None:
    observations = lifter(spool)
    observations.points[PAUSE, 23:25, 1] -= 0.4 * TRUNK  # the hip found on the plate before it
    assert not chosen_for(observations).frames[PAUSE].any()


def test_a_pause_leant_back_before_the_set_is_no_reference(spool: CropSpool) -> None:
    """He leans back before the set and stays in the last lockout after it."""
    depth = np.where(TIME < 5.0, np.abs(np.sin(np.pi * np.clip(TIME - 1.8, 0, 3.2) / 1.6)), 0.0)
    early = TIME < 1.8
    observations = acted(110 * depth, 40 * depth + 3 - 25.0 * early, spool)
    observations.points[:, [15, 16], :2] = observations.points[:, [11, 12], :2]
    chosen = chosen_for(observations, 12 * depth)
    assert chosen.reference.kind == "lockouts"
    assert not chosen.frames[early].any()


def test_a_tuck_that_is_held_at_the_end_is_not_the_zero_of_everything(spool: CropSpool) -> None:
    """Nothing before the set; the tops read 0, 10, 0 and, held for 1.2 s at the end, 10."""
    end_s = 6.4
    depth = np.where(end_s > TIME, np.abs(np.sin(np.pi * TIME / 1.6)), 0.0)
    tops = np.select([np.abs(TIME - 3.2) < 0.8, end_s - 0.8 < TIME], [10.0, 10.0], 0.0)
    observations = acted(110 * depth, 40 * depth + 3, spool)
    observations.points[:, [15, 16], :2] = observations.points[:, [11, 12], :2]
    legs = legs_of(observations, POINT_CUTOFF_HZ)
    upright, reps = _upright(observations, legs, Settings())
    network = stated(N, lumbar_deg=12 * depth + tops * (1 - depth), trunk_deg=40 * depth)
    reference = choose_reference(observations, legs, upright, reps, network).reference
    assert reference.kind == "lockouts" or reference.sd_deg > 4.0


def test_a_set_without_any_pause_is_measured_from_its_lockouts(spool: CropSpool) -> None:
    chosen = chosen_for(cut(lifter(spool), LATER))
    reference = chosen.reference
    assert reference.kind == "lockouts"
    assert [round(start, 1) for start, _ in reference.spans] == pytest.approx(
        [4.0, 5.6, 7.2], abs=0.2
    )
    assert reference.sd_deg == pytest.approx(LOCKOUT_PRIOR_DEG, abs=0.3)


@pytest.mark.parametrize("rate_hz", [20.0, 30.0, 60.0])
def test_turning_round_at_the_top_is_no_standing_at_any_frame_rate(
    rate_hz: float, spool: CropSpool
) -> None:
    time_s = np.arange(round(8 * rate_hz)) / rate_hz
    depth = np.abs(np.sin(np.pi * time_s / 1.6))
    observations = acted(110 * depth, 40 * depth + 3, spool, time_s=time_s)
    observations.points[:, [15, 16], :2] = observations.points[:, [11, 12], :2]
    legs = legs_of(observations, POINT_CUTOFF_HZ)
    upright, reps = _upright(observations, legs, Settings())
    network = stated(len(time_s), lumbar_deg=12 * depth, trunk_deg=40 * depth)
    chosen = choose_reference(observations, legs, upright, reps, network)
    assert chosen.reference.kind == "lockouts"
    assert len(chosen.reference.spans) >= 3


def test_lockouts_that_differ_are_less_sure(spool: CropSpool) -> None:
    tops = FLEXION + np.where(TIME > 6.4, 10.0, np.where(TIME < 4.8, -10.0, 0.0))
    observations = cut(lifter(spool), LATER)
    plain, unlike = chosen_for(observations), chosen_for(observations, tops)
    assert plain.reference.noise_deg == pytest.approx(0.0, abs=0.5)
    assert unlike.reference.noise_deg == pytest.approx(10.0, abs=1.0)  # of -10, 0, 10
    expected = np.hypot(plain.reference.sd_deg, 10.0 / np.sqrt(3.0))
    assert unlike.reference.sd_deg == pytest.approx(expected, abs=0.5)


def test_lockouts_behind_a_plate_are_no_reference(spool: CropSpool) -> None:
    chosen = chosen_for(cut(lifter(spool, shown=DEPTH > 0.4), LATER))
    assert chosen.reference == Reference("none")
    assert chosen.standing == NO_STANDING
    assert chosen.frames.any()  # for the network to compare with: of those that show the back
    assert (DEPTH[LATER][chosen.frames] > 0.4).all()


def test_what_the_user_names_is_taken_whatever_else_there_is(spool: CropSpool) -> None:
    chosen = chosen_for(lifter(spool), given=(3.1, 3.3))  # a bottom
    assert (chosen.reference.kind, chosen.reference.spans) == ("given", ((3.1, 3.3),))
    assert chosen.standing == Standing(3.1, 3.3, "given")
    assert np.flatnonzero(chosen.frames).tolist() == [62, 63, 64, 65, 66]


def test_a_named_stretch_in_which_the_back_is_hidden_is_taken_and_called_uncertain(
    spool: CropSpool,
) -> None:
    chosen = chosen_for(lifter(spool, shown=~PAUSE), given=(0.5, 1.5))
    assert chosen.reference.kind == "given"
    assert chosen.reference.sd_deg == pytest.approx(HIDDEN_DEG, abs=0.1)


@pytest.mark.parametrize("sway_deg", [1.0, 3.0, 6.0])
def test_the_deviation_is_the_scatter_within_the_reference(
    sway_deg: float, spool: CropSpool
) -> None:
    """A sine of one whole period scatters by its height over root 2."""
    flexion = FLEXION + np.where(PAUSE, sway_deg * np.sin(2 * np.pi * TIME / 1.6), 0.0)
    reference = chosen_for(lifter(spool), flexion, given=(0.3, 1.9)).reference
    assert reference.noise_deg == pytest.approx(sway_deg / np.sqrt(2.0), rel=0.1)
    assert reference.sd_deg == pytest.approx(reference.noise_deg)


def test_of_a_clip_of_standing_alone_the_stillest_stretch_is_taken(spool: CropSpool) -> None:
    observations = acted(np.zeros(N), np.full(N, 3.0), spool)
    sway = np.where(TIME < 4.0, 3.0 * np.sin(2 * np.pi * TIME / 1.5), 0.0)
    frames = quiet_standing(observations, stated(N, lumbar_deg=sway))
    assert frames.sum() >= 20
    assert not frames[TIME < 3.8].any()


def test_a_clip_in_which_nobody_stands_still_holds_no_standing(spool: CropSpool) -> None:
    depth = np.abs(np.sin(np.pi * TIME / 1.6))
    observations = acted(110 * depth, 40 * depth + 3, spool)
    assert not quiet_standing(observations, stated(N)).any()


KINDS: tuple[ReferenceKind, ...] = ("quiet_standing", "given", "record", "lockouts", "none")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_one_sentence(kind: ReferenceKind) -> None:
    spans = () if kind in ("record", "none") else ((1.0, 2.0), (4.0, 4.5))
    text = sentence_of(Reference(kind, spans), NO_STANDING)
    assert text.startswith("Numbers are changes from ")
    assert text.endswith(".")
    assert "nan" not in text


def test_a_single_lockout_is_one_rep_in_words() -> None:
    assert "of 1 rep:" in sentence_of(Reference("lockouts", ((1.0, 2.0),)), NO_STANDING)
    assert "another recording" in sentence_of(Reference("given"), ELSEWHERE)
