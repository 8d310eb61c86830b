"""From what was seen to a posture, with a network whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backline.errors import UsageError
from backline.model.posture import ELSEWHERE, Reference
from backline.reps import Rep
from backline.settings import Settings
from backline.sources.no_reference import measured_within_reps
from backline.sources.video.clip_observations import CROP_SHAPE, ClipObservations, CropSpool
from backline.sources.video.lumbar.clip_inference import (
    STANDING_FRAMES,
    no_estimates,
    read_clip,
    reference_of,
    rescaled,
    zeroed,
)
from backline.sources.video.lumbar.picture_input import (
    CROP_HEIGHT,
    CROP_WIDTH,
    HIP_COLUMN,
    HIP_ROW,
    RIM,
)
from backline.sources.video.lumbar.uncertainty import (
    DEEP_FACTOR,
    UPRIGHT_FACTOR,
    at_most_scatter,
    deviation_factor,
    scatter_deg,
)
from backline.sources.video.posture_estimation import _curve_at_standing, measure
from tests.simulated import BACK_SQUAT, Plan, simulate
from tests.sources.video.sights import RATE_HZ, TRUNK, estimate_of, points_of, sight_of
from tests.sources.video.stated import Stated, acted, numbered

#: 2 s of standing, a squat of 3 s, 1 s of standing; 20 frames a second.
N = 120
TIME = np.arange(N) / RATE_HZ
DEPTH = np.where((TIME >= 2) & (TIME < 5), 0.5 - 0.5 * np.cos((TIME - 2) / 3 * 2 * np.pi), 0.0)
KNEE, LEAN = 110.0 * DEPTH, 40.0 * DEPTH + 3.0
ROUNDING = 12.0 * DEPTH


@pytest.fixture
def spool():
    spool = CropSpool()
    for k in range(N):
        one = np.zeros(CROP_SHAPE, np.uint8)
        one[0, 60:150, 50:90] = 255
        one[1] = 80 + k % 40
        spool.add(one)
    yield spool
    spool.close()


@pytest.fixture
def squat(spool: CropSpool) -> ClipObservations:
    points = points_of(KNEE, 0.25 * KNEE, LEAN)
    return numbered(sight_of(points, lean_deg=LEAN.copy(), crops=spool))


def stated(**changes: Any) -> Stated:
    plain = {"lumbar_deg": ROUNDING + 1.5, "trunk_deg": LEAN - 3.0 - 0.5, "curve_deg": -ROUNDING}
    return Stated(estimate_of(N, **{**plain, **changes}))


def test_a_posture_is_the_networks_word_less_its_word_on_standing(squat: ClipObservations) -> None:
    posture, judged = measure(squat, stated(), Settings())
    assert judged.measurable.all()
    assert posture.measurable.all()
    np.testing.assert_allclose(posture.lumbar_flexion_deg, ROUNDING, atol=0.3)
    np.testing.assert_allclose(posture.trunk_lean_deg, 40.0 * DEPTH, atol=0.5)
    np.testing.assert_allclose(
        posture.pelvic_tilt_deg, posture.trunk_lean_deg - posture.lumbar_flexion_deg
    )
    np.testing.assert_allclose(posture.lumbar_curve_deg, 35.0 - ROUNDING, atol=0.5)
    # The network's 2 degrees: a share of them upright, less in a full squat (benchmarks.validity).
    after, bottom = TIME > 5.2, int(DEPTH.argmax())
    np.testing.assert_allclose(
        posture.lumbar_flexion_sd_deg[after], 2.0 * UPRIGHT_FACTOR, atol=0.02
    )
    assert posture.lumbar_flexion_sd_deg[bottom] == pytest.approx(2.0 * DEEP_FACTOR, abs=0.02)
    np.testing.assert_allclose(posture.knee_flexion_deg, KNEE, atol=2.0)
    assert posture.standing.method == "before_first_rep"


def test_hip_flexion_is_pelvis_and_thigh_together(squat: ClipObservations) -> None:
    posture, _ = measure(squat, stated(), Settings())
    expected = (40.0 * DEPTH - ROUNDING) + 0.75 * KNEE
    np.testing.assert_allclose(posture.hip_flexion_deg, expected, atol=2.0)


def test_standing_reads_zero_whatever_the_network_says_of_it(squat: ClipObservations) -> None:
    posture, _ = measure(squat, stated(lumbar_deg=ROUNDING + 9.0), Settings())
    still = (TIME > 0.3) & (TIME < 1.7)
    assert np.abs(posture.lumbar_flexion_deg[still]).max() < 0.05


def test_withheld_frames_hold_nothing_and_their_neighbours_are_clean(
    squat: ClipObservations,
) -> None:
    hidden = np.where((TIME > 3) & (TIME < 4), 0.9, 0.0)
    wild = np.where(hidden > 0, 60.0, ROUNDING)
    posture, judged = measure(squat, stated(hidden=hidden, lumbar_deg=wild), Settings())
    inside = (TIME > 3) & (TIME < 4)
    assert np.isnan(posture.lumbar_flexion_deg[inside]).all()
    assert not posture.measurable[inside].any()
    assert set(judged.reason[inside]) == {"back_hidden"}
    np.testing.assert_allclose(posture.lumbar_flexion_deg[~inside], ROUNDING[~inside], atol=1.0)
    assert np.isfinite(posture.knee_flexion_deg).all()
    assert np.isfinite(posture.hip_flexion_deg).all()  # from the plain lean of the body


def test_a_widened_clip_has_wider_uncertainty(squat: ClipObservations) -> None:
    straight, _ = measure(squat, stated(), Settings())
    oblique, judged = measure(squat, stated(yaw_deg=25.0), Settings())
    lifting = TIME > 2.5  # the reference states its own scatter
    wider = oblique.lumbar_flexion_sd_deg[lifting] / straight.lumbar_flexion_sd_deg[lifting]
    np.testing.assert_allclose(wider, 1.3, atol=0.02)
    assert judged.widen > 1


def test_the_deeper_the_frame_the_more_of_the_network_s_doubt_is_averaged_out() -> None:
    share = deviation_factor(np.array([0.0, 0.5, 1.0]))
    assert share.tolist() == pytest.approx(
        [
            UPRIGHT_FACTOR,
            (UPRIGHT_FACTOR + DEEP_FACTOR) / 2,
            DEEP_FACTOR,
        ]
    )


def walking(observations: ClipObservations) -> ClipObservations:
    """The same lifter, who goes to and fro, so that nothing in the clip is still."""
    points = observations.points.copy()
    points[:, :, 0] += 150.0 * np.sin(7.0 * TIME)[:, None]
    return replace(observations, points=points)


def test_a_set_without_a_pause_is_measured_from_its_lockouts(spool: CropSpool) -> None:
    """Squats that turn round at the top; the network reads the back 3 degrees too round."""
    time_s = np.arange(160) / RATE_HZ
    depth = np.abs(np.sin(np.pi * time_s / 1.6))
    observations = acted(110 * depth, 40 * depth + 3, spool, crop_row=np.zeros(160, np.int64))
    observations.points[:, [15, 16], :2] = observations.points[:, [11, 12], :2]
    estimate = estimate_of(160, lumbar_deg=12 * depth + 3.0, trunk_deg=40 * depth)
    posture, judged = measure(observations, Stated(estimate), Settings())
    assert posture.standing.method == "none"
    assert np.isnan(posture.standing.start_s)
    assert posture.reference.kind == "lockouts"
    assert len(posture.reference.spans) == 4
    assert judged.measurable.all()
    for bottom_s in (2.4, 4.0, 5.6):
        at = posture.index_at(bottom_s)
        # a lockout without a pause lies a few degrees below its turning point
        assert posture.lumbar_flexion_deg[at] == pytest.approx(12.0, abs=1.5)


def test_a_clip_without_any_reference_is_measured_within_each_rep(squat: ClipObservations) -> None:
    visible = np.ones((N, 48), bool)
    visible[DEPTH < 0.3] = False  # what hides the low back wherever the lifter is upright
    seen = replace(walking(squat), back_visible=visible)
    posture, _ = measure(seen, stated(hidden=np.where(DEPTH < 0.3, 0.9, 0.0)), Settings())
    assert posture.reference.kind == "none"
    known = posture.measurable
    assert known.any()
    # zero is the mean over 0.2 s about the most extended moment, so a frame lies a little below
    assert posture.lumbar_flexion_deg[known].min() == pytest.approx(0.0, abs=0.6)
    shallow = ROUNDING[known].min()
    assert posture.lumbar_flexion_deg[known].max() == pytest.approx(12.0 - shallow, abs=0.7)
    np.testing.assert_allclose(
        posture.pelvic_tilt_deg[known],
        (posture.trunk_lean_deg - posture.lumbar_flexion_deg)[known],
        atol=1e-9,
    )


def seen_where(shown: np.ndarray) -> np.ndarray:
    return np.repeat(shown, 48).reshape(-1, 48)


def test_each_rep_has_its_own_zero_where_there_is_no_reference(spool: CropSpool) -> None:
    """Two reps, the second read 8 degrees rounder throughout: the same sizes inside both."""
    time_s = np.arange(180) / RATE_HZ
    depth = sum(
        np.where(abs(time_s - at) < 1.5, 0.5 + 0.5 * np.cos((time_s - at) / 1.5 * np.pi), 0.0)
        for at in (2.5, 6.5)
    )
    observations = acted(110 * depth, 40 * depth + 3, spool, back_visible=seen_where(depth >= 0.3))
    observations.points[:, [15, 16], :2] = observations.points[
        :, [11, 12], :2
    ]  # a bar on the back: a squat
    second = np.where(time_s > 4.5, 8.0, 0.0)
    estimate = estimate_of(
        180,
        lumbar_deg=12 * depth + second,
        trunk_deg=40 * depth,
        hidden=np.where(depth < 0.3, 0.9, 0.0),
    )
    posture, _ = measure(observations, Stated(estimate), Settings())
    assert posture.reference.kind == "none"
    for part in (time_s < 4.5, time_s > 4.5):
        inside = posture.lumbar_flexion_deg[part & posture.measurable]
        least = 12 * depth[part & posture.measurable].min()
        assert inside.min() == pytest.approx(0.0, abs=0.6)
        assert inside.max() == pytest.approx(12 - least, abs=0.9)


def test_each_frame_of_a_rep_has_that_rep_s_zero_however_long_its_neighbour_is() -> None:
    """A rep of 2 s that reads 5 throughout and one of 6 s that reads 9: both are 0 inside."""
    posture = simulate(Plan(BACK_SQUAT, ((0.0, 0.0), (8.0, 0.0))))
    flexion = np.where(posture.time_s < 2.0, 5.0, 9.0)
    posture = replace(posture, lumbar_flexion_deg=flexion, reference=Reference("none"))
    reps = (Rep(1, 0.0, 1.0, 2.0, {}), Rep(2, 2.0, 4.0, 8.0, {}))
    within = measured_within_reps(posture, reps)
    clear = np.abs(posture.time_s - 2.0) > 0.1  # zero is a mean over 0.2 s
    np.testing.assert_allclose(within.lumbar_flexion_deg[clear], 0.0, atol=0.01)
    np.testing.assert_allclose(
        within.pelvic_tilt_deg, within.trunk_lean_deg - within.lumbar_flexion_deg
    )


@pytest.mark.parametrize("span", [(60.0, 62.0), (2.5, 2.9)])
def test_a_given_span_in_which_nobody_is_seen_is_wrong_usage(
    squat: ClipObservations, span: tuple[float, float]
) -> None:
    row = np.where((TIME > 2.4) & (TIME < 3.0), -1, squat.crop_row)
    with pytest.raises(UsageError, match="the lifter was hardly seen"):
        measure(replace(squat, crop_row=row), stated(), Settings(), given=span)


def test_a_given_span_is_the_zero_whatever_else_there_is(squat: ClipObservations) -> None:
    posture, _ = measure(squat, stated(), Settings(), given=(3.4, 3.6))  # the bottom
    assert posture.standing.method == "given"
    assert posture.reference.spans == ((3.4, 3.6),)
    assert posture.lumbar_flexion_deg[70] == pytest.approx(0.0, abs=0.3)
    assert posture.lumbar_flexion_deg[20] == pytest.approx(-12.0, abs=0.3)


def test_a_reference_from_another_clip_is_not_zeroed_here(squat: ClipObservations) -> None:
    view = reference_of(squat, TIME < 1.5)
    posture, _ = measure(squat, stated(), Settings(), view=view)
    assert posture.standing == ELSEWHERE
    assert (posture.reference.kind, posture.reference.spans) == ("given", ())
    still = (TIME > 0.3) & (TIME < 1.7)
    np.testing.assert_allclose(posture.lumbar_flexion_deg[still], 1.5, atol=0.05)


def test_only_frames_that_show_the_lifter_are_read(squat: ClipObservations) -> None:
    row = squat.crop_row.copy()
    row[50:60] = -1
    network = stated()
    estimate = read_clip(replace(squat, crop_row=row), reference_of(squat, TIME < 1.5), network)
    assert sum(len(crops) for crops, *_ in network.seen) == N - 10
    assert np.isnan(estimate.lumbar_deg[50:60]).all()
    assert np.isfinite(estimate.lumbar_deg[60:]).all()


def test_a_reference_averages_standing_at_its_own_scale(squat: ClipObservations) -> None:
    larger = replace(squat, trunk_px=TRUNK * 1.1)
    reference = reference_of(larger, TIME < 1.5)
    assert reference.trunk_px == pytest.approx(TRUNK)
    assert reference.lean_deg == pytest.approx(3.0)
    assert reference.crop.shape == (3, CROP_HEIGHT, CROP_WIDTH)
    shown = np.arange(30)[np.unique(np.linspace(0, 29, STANDING_FRAMES).astype(int))]
    expected = np.mean([80 + k % 40 for k in shown])
    assert reference.crop[2].mean() == pytest.approx(expected, abs=1.0)


def blob(row: float, column: float) -> np.ndarray:
    rows, columns = np.mgrid[0 : CROP_SHAPE[1], 0 : CROP_SHAPE[2]]
    away = np.hypot(rows - RIM - row, columns - RIM - column)
    soft = np.clip(255 * np.exp(-((away / 6.0) ** 2)), 0, 255)
    return np.stack([soft, soft]).astype(np.uint8)


def centre(channel: np.ndarray) -> tuple[float, float]:
    rows, columns = np.mgrid[0 : channel.shape[0], 0 : channel.shape[1]]
    weight = channel.astype(float)
    return (
        float((rows * weight).sum() / weight.sum()),
        float((columns * weight).sum() / weight.sum()),
    )


@pytest.mark.parametrize("scale", [1.0, 0.9, 1.12])
def test_rescaling_keeps_the_hip_and_moves_the_rest_from_it(scale: float) -> None:
    at_hip = rescaled(blob(HIP_ROW, HIP_COLUMN)[None], scale)[0]
    assert at_hip.shape == (3, CROP_HEIGHT, CROP_WIDTH)
    assert centre(at_hip[2]) == pytest.approx((HIP_ROW, HIP_COLUMN), abs=0.2)
    above = rescaled(blob(HIP_ROW - 60, HIP_COLUMN - 10)[None], scale)[0]
    for channel in above:
        assert centre(channel) == pytest.approx(
            (HIP_ROW - 60 * scale, HIP_COLUMN - 10 * scale), abs=0.4
        )


def test_zeroing_takes_off_standings_mean_and_leaves_spreads_alone() -> None:
    estimate = estimate_of(4, lumbar_deg=np.array([2.0, 4.0, 10.0, np.nan]), yaw_deg=7.0)
    still = np.array([True, True, False, True])
    moved = zeroed(estimate, still)
    np.testing.assert_allclose(moved.lumbar_deg, [-1.0, 1.0, 7.0, np.nan])
    np.testing.assert_array_equal(moved.yaw_deg, estimate.yaw_deg)
    np.testing.assert_array_equal(moved.lumbar_sd_deg, estimate.lumbar_sd_deg)


def test_own_standing_is_as_sure_as_its_own_scatter_and_the_rest_as_the_network_says() -> None:
    still = np.arange(6) < 4
    values = np.array([-2.0, 2.0, -2.0, 2.0, 9.0, np.nan])  # scatter 2
    sd = np.array([5.0, 5.0, 1.5, 5.0, 5.0, np.nan])
    np.testing.assert_allclose(
        at_most_scatter(sd, values, still, 0.5), [2.0, 2.0, 1.5, 2.0, 5.0, np.nan]
    )


def test_no_standing_is_surer_than_the_floor_and_none_at_all_changes_nothing() -> None:
    sd = np.array([3.0, 3.0, 3.0])
    np.testing.assert_allclose(
        at_most_scatter(sd, np.zeros(3), np.arange(3) < 2, 0.5), [0.5, 0.5, 3.0]
    )
    np.testing.assert_array_equal(at_most_scatter(sd, np.zeros(3), np.zeros(3, bool), 0.5), sd)


def test_an_unread_clip_says_nothing() -> None:
    nothing = no_estimates(3)
    assert all(np.isnan(v).all() and v.shape == (3,) for v in vars(nothing).values())


def test_a_standing_in_which_the_back_is_hidden_gives_way_to_the_lockout(
    squat: ClipObservations,
) -> None:
    early = TIME < 2.0
    visible = np.ones((N, 48), bool)
    visible[early] = False
    hidden = np.where(early, 0.9, 0.0)
    seen = replace(squat, back_visible=visible)
    posture, judged = measure(seen, stated(hidden=hidden), Settings())
    assert posture.reference.start_s > 4.5
    assert set(judged.reason[early]) == {"back_hidden"}
    assert not posture.measurable[early].any()
    np.testing.assert_allclose(posture.lumbar_flexion_deg[~early], ROUNDING[~early], atol=1.0)


def test_the_reference_s_deviation_widens_every_frame_outside_it(squat: ClipObservations) -> None:
    posture, _ = measure(squat, stated(), Settings())
    swaying = ROUNDING + np.where(TIME < 2.0, 3.0 * np.sin(2 * np.pi * TIME / 1.6), 0.0)
    wider, _ = measure(squat, stated(lumbar_deg=swaying), Settings(), given=(0.2, 1.8))
    given, _ = measure(squat, stated(), Settings(), given=(0.2, 1.8))
    doubt = wider.reference.sd_deg
    assert doubt == pytest.approx(3.0 / np.sqrt(2.0), abs=0.4)  # scatter of a sine
    assert given.reference.sd_deg < 0.1
    after = TIME > 5.3
    expected = np.hypot(given.lumbar_flexion_sd_deg[after], doubt)
    np.testing.assert_allclose(wider.lumbar_flexion_sd_deg[after], expected, atol=0.05)
    assert posture.reference.kind == "quiet_standing"


def test_the_curve_of_own_standing_is_taken_from_upright_frames_where_standing_hides_it() -> None:
    n = 40
    change = np.where(np.arange(n) < 30, -4.0, -30.0)
    estimate = replace(
        no_estimates(n), curve_deg=change, trunk_deg=np.where(np.arange(n) < 30, 5.0, 60.0)
    )
    curve = 38.0 + change
    standing = np.arange(n) < 10
    curve[standing] = np.nan
    seen = np.ones(n, bool)
    assert _curve_at_standing(curve, estimate, standing, seen) == pytest.approx(38.0)
    assert np.isnan(_curve_at_standing(curve, estimate, standing, ~seen))
    curve[standing] = 35.0
    assert _curve_at_standing(curve, estimate, standing, seen) == pytest.approx(35.0)


def test_scatter_is_how_far_single_estimates_lie_from_the_smoothed_ones() -> None:
    smoothed = np.linspace(0.0, 10.0, N)
    single = smoothed + 2.0 * (-1.0) ** np.arange(N)
    assert scatter_deg(TIME, single, smoothed) == pytest.approx(2.0)
    assert scatter_deg(TIME, smoothed, smoothed) == pytest.approx(0.0)
    single[:60] = np.nan  # nothing known there: nothing is added
    assert scatter_deg(TIME, single, smoothed)[0] == 0.0
