"""From what was seen to a posture, with a network whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backline.posture import Standing
from backline.settings import Settings
from backline.sources.video.crop import CUT_HEIGHT, CUT_WIDTH, HIP_COLUMN, HIP_ROW, RIM
from backline.sources.video.legs import legs_of
from backline.sources.video.lumbar import LumbarNetwork, LumbarReading
from backline.sources.video.measuring import (
    STANDING_FRAMES,
    _curve_at_standing,
    measure,
    own_standing,
    read_clip,
    reference_of,
    rescaled,
    settled,
    standing_frames,
    stated_share,
    unread,
    zeroed,
)
from backline.sources.video.sight import CUT_SHAPE, CutSpool, Sight
from tests.sources.video.sights import RATE_HZ, TRUNK, points_of, reading_of, sight_of

#: 2 s of standing, a squat of 3 s, 1 s of standing; 20 frames a second.
N = 120
TIME = np.arange(N) / RATE_HZ
DEPTH = np.where((TIME >= 2) & (TIME < 5), 0.5 - 0.5 * np.cos((TIME - 2) / 3 * 2 * np.pi), 0.0)
KNEE, LEAN = 110.0 * DEPTH, 40.0 * DEPTH + 3.0
ROUNDING = 12.0 * DEPTH


class Stated(LumbarNetwork):
    """Stands in for the network: it states what it was given for each frame, in order."""

    def __init__(self, reading: LumbarReading) -> None:
        self.reading, self.at = reading, 0
        self.sha256 = "0" * 64
        self.seen: list[tuple[np.ndarray, ...]] = []

    def read(self, cuts: Any, vectors: Any, *rest: Any) -> LumbarReading:
        self.seen.append((cuts, vectors, *rest))
        part = slice(self.at, self.at + len(cuts))
        self.at += len(cuts)
        return LumbarReading(*(v[part] for v in vars(self.reading).values()))


@pytest.fixture
def spool():
    spool = CutSpool()
    for k in range(N):
        one = np.zeros(CUT_SHAPE, np.uint8)
        one[0, 60:150, 50:90] = 255
        one[1] = 80 + k % 40
        spool.add(one)
    yield spool
    spool.close()


@pytest.fixture
def squat(spool: CutSpool) -> Sight:
    points = points_of(KNEE, 0.25 * KNEE, LEAN)
    return sight_of(points, lean_deg=LEAN.copy(), cuts=spool)


def stated(**changes: Any) -> Stated:
    plain = {"lumbar_deg": ROUNDING + 1.5, "trunk_deg": LEAN - 3.0 - 0.5, "curve_deg": -ROUNDING}
    return Stated(reading_of(N, **{**plain, **changes}))


def test_own_standing_is_found_before_the_rep_or_taken_as_given(squat: Sight) -> None:
    legs = legs_of(squat, 6.0)
    found = own_standing(squat, legs, None, 0.5)
    assert found.method == "before_first_rep"
    assert 0.0 <= found.start_s < found.end_s <= 2.1
    assert own_standing(squat, legs, (5.2, 5.8), 0.5) == Standing(5.2, 5.8, "given")


def test_standing_frames_are_those_of_the_span_that_show_the_lifter(squat: Sight) -> None:
    row = squat.cut_row.copy()
    row[5] = -1
    seen = replace(squat, cut_row=row)
    frames = standing_frames(seen, Standing(0.2, 0.5, "given"))
    assert np.flatnonzero(frames).tolist() == [4, 6, 7, 8, 9, 10]
    assert not standing_frames(seen, Standing(float("nan"), float("nan"), "none")).any()


def test_a_posture_is_the_networks_word_less_its_word_on_standing(squat: Sight) -> None:
    posture, judged = measure(squat, stated(), Settings())
    assert judged.measurable.all()
    assert posture.measurable.all()
    np.testing.assert_allclose(posture.lumbar_flexion_deg, ROUNDING, atol=0.3)
    np.testing.assert_allclose(posture.trunk_lean_deg, 40.0 * DEPTH, atol=0.5)
    np.testing.assert_allclose(
        posture.pelvic_tilt_deg, posture.trunk_lean_deg - posture.lumbar_flexion_deg
    )
    np.testing.assert_allclose(posture.lumbar_curve_deg, 35.0 - ROUNDING, atol=0.5)
    # The network's 2 degrees: 95 % of them upright, 62 % in a full squat (benchmarks.validity).
    after, bottom = TIME > 5.2, int(DEPTH.argmax())
    np.testing.assert_allclose(posture.lumbar_flexion_sd_deg[after], 1.9, atol=0.02)
    assert posture.lumbar_flexion_sd_deg[bottom] == pytest.approx(1.24, abs=0.02)
    np.testing.assert_allclose(posture.knee_flexion_deg, KNEE, atol=2.0)
    assert posture.standing.method == "before_first_rep"


def test_hip_flexion_is_pelvis_and_thigh_together(squat: Sight) -> None:
    posture, _ = measure(squat, stated(), Settings())
    expected = (40.0 * DEPTH - ROUNDING) + 0.75 * KNEE
    np.testing.assert_allclose(posture.hip_flexion_deg, expected, atol=2.0)


def test_standing_reads_zero_whatever_the_network_says_of_it(squat: Sight) -> None:
    posture, _ = measure(squat, stated(lumbar_deg=ROUNDING + 9.0), Settings())
    still = (TIME > 0.3) & (TIME < 1.7)
    assert np.abs(posture.lumbar_flexion_deg[still]).max() < 0.05


def test_withheld_frames_hold_nothing_and_their_neighbours_are_clean(squat: Sight) -> None:
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


def test_a_widened_clip_has_wider_uncertainty(squat: Sight) -> None:
    straight, _ = measure(squat, stated(), Settings())
    oblique, judged = measure(squat, stated(yaw_deg=25.0), Settings())
    lifting = TIME > 2.5  # own standing states its own scatter
    wider = oblique.lumbar_flexion_sd_deg[lifting] / straight.lumbar_flexion_sd_deg[lifting]
    np.testing.assert_allclose(wider, 1.3, atol=0.02)
    assert judged.widen > 1


def test_the_deeper_the_frame_the_more_of_the_network_s_doubt_is_averaged_out() -> None:
    share = stated_share(np.array([0.0, 0.5, 1.0]))
    assert share.tolist() == pytest.approx([0.95, 0.785, 0.62])


def test_a_clip_without_standing_is_not_measured_but_still_moves(squat: Sight) -> None:
    walking = replace(squat, time_s=TIME)
    walking.points[:, :, 0] += 150.0 * np.sin(2.5 * TIME)[:, None]  # to and fro, never still
    network = stated()
    posture, judged = measure(walking, network, Settings())
    assert posture.standing.method == "none"
    assert np.isnan(posture.standing.start_s)
    assert set(judged.reason) == {"no_standing"}
    assert np.isnan(posture.lumbar_flexion_deg).all()
    assert network.seen == []  # the network is not asked
    assert posture.knee_flexion_deg.max() == pytest.approx(110.0, abs=12.0)


def test_a_given_span_outside_the_clip_is_no_standing(squat: Sight) -> None:
    posture, judged = measure(squat, stated(), Settings(), given=(60.0, 62.0))
    assert posture.standing.method == "none"
    assert judged.clip_reasons == ("no_standing",)


def test_standing_from_another_clip_is_not_zeroed_here(squat: Sight) -> None:
    reference = reference_of(squat, TIME < 1.5)
    posture, judged = measure(squat, stated(), Settings(), reference=reference)
    assert posture.standing.method == "given"
    assert "no_standing" not in judged.clip_reasons
    still = (TIME > 0.3) & (TIME < 1.7)
    np.testing.assert_allclose(posture.lumbar_flexion_deg[still], 1.5, atol=0.05)


def test_only_frames_that_show_the_lifter_are_read(squat: Sight) -> None:
    row = squat.cut_row.copy()
    row[50:60] = -1
    network = stated()
    reading = read_clip(replace(squat, cut_row=row), reference_of(squat, TIME < 1.5), network)
    assert sum(len(cuts) for cuts, *_ in network.seen) == N - 10
    assert np.isnan(reading.lumbar_deg[50:60]).all()
    assert np.isfinite(reading.lumbar_deg[60:]).all()


def test_a_reference_averages_standing_at_its_own_scale(squat: Sight) -> None:
    larger = replace(squat, trunk_px=TRUNK * 1.1)
    reference = reference_of(larger, TIME < 1.5)
    assert reference.trunk_px == pytest.approx(TRUNK)
    assert reference.lean_deg == pytest.approx(3.0)
    assert reference.cut.shape == (3, CUT_HEIGHT, CUT_WIDTH)
    shown = np.arange(30)[np.unique(np.linspace(0, 29, STANDING_FRAMES).astype(int))]
    expected = np.mean([80 + k % 40 for k in shown])
    assert reference.cut[2].mean() == pytest.approx(expected, abs=1.0)


def blob(row: float, column: float) -> np.ndarray:
    rows, columns = np.mgrid[0 : CUT_SHAPE[1], 0 : CUT_SHAPE[2]]
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
    assert at_hip.shape == (3, CUT_HEIGHT, CUT_WIDTH)
    assert centre(at_hip[2]) == pytest.approx((HIP_ROW, HIP_COLUMN), abs=0.2)
    above = rescaled(blob(HIP_ROW - 60, HIP_COLUMN - 10)[None], scale)[0]
    for channel in above:
        assert centre(channel) == pytest.approx(
            (HIP_ROW - 60 * scale, HIP_COLUMN - 10 * scale), abs=0.4
        )


def test_zeroing_takes_off_standings_mean_and_leaves_spreads_alone() -> None:
    reading = reading_of(4, lumbar_deg=np.array([2.0, 4.0, 10.0, np.nan]), yaw_deg=7.0)
    still = np.array([True, True, False, True])
    moved = zeroed(reading, still)
    np.testing.assert_allclose(moved.lumbar_deg, [-1.0, 1.0, 7.0, np.nan])
    np.testing.assert_array_equal(moved.yaw_deg, reading.yaw_deg)
    np.testing.assert_array_equal(moved.lumbar_sd_deg, reading.lumbar_sd_deg)


def test_own_standing_is_as_sure_as_its_own_scatter_and_the_rest_as_the_network_says() -> None:
    still = np.arange(6) < 4
    values = np.array([-2.0, 2.0, -2.0, 2.0, 9.0, np.nan])  # scatter 2
    sd = np.array([5.0, 5.0, 1.5, 5.0, 5.0, np.nan])
    np.testing.assert_allclose(settled(sd, values, still, 0.5), [2.0, 2.0, 1.5, 2.0, 5.0, np.nan])


def test_no_standing_is_surer_than_the_floor_and_none_at_all_changes_nothing() -> None:
    sd = np.array([3.0, 3.0, 3.0])
    np.testing.assert_allclose(settled(sd, np.zeros(3), np.arange(3) < 2, 0.5), [0.5, 0.5, 3.0])
    np.testing.assert_array_equal(settled(sd, np.zeros(3), np.zeros(3, bool), 0.5), sd)


def test_an_unread_clip_says_nothing() -> None:
    nothing = unread(3)
    assert all(np.isnan(v).all() and v.shape == (3,) for v in vars(nothing).values())


def test_nothing_is_measured_from_a_standing_in_which_the_back_is_hidden(squat: Sight) -> None:
    posture, judged = measure(squat, stated(hidden=np.where(TIME < 2.0, 0.9, 0.0)), Settings())
    assert not posture.measurable.any()
    assert "back_hidden" in set(judged.reason)


def test_the_curve_of_own_standing_is_taken_from_upright_frames_where_standing_hides_it() -> None:
    n = 40
    change = np.where(np.arange(n) < 30, -4.0, -30.0)
    reading = replace(unread(n), curve_deg=change, trunk_deg=np.where(np.arange(n) < 30, 5.0, 60.0))
    curve = 38.0 + change
    standing = np.arange(n) < 10
    curve[standing] = np.nan
    seen = np.ones(n, bool)
    assert _curve_at_standing(curve, reading, standing, seen) == pytest.approx(38.0)
    assert np.isnan(_curve_at_standing(curve, reading, standing, ~seen))
    curve[standing] = 35.0
    assert _curve_at_standing(curve, reading, standing, seen) == pytest.approx(35.0)
