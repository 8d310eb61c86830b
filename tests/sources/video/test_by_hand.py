"""A back line drawn by hand takes the place of the one that was found, about its frame alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from backline.errors import UsageError
from backline.settings import Settings
from backline.sources.video.by_hand import (
    HANDLES,
    HOLDS_S,
    HOLDS_STILL_S,
    HandLine,
    with_hand_lines,
)
from backline.sources.video.clip_observations import (
    CROP_SHAPE,
    DRAWN,
    LEFT_OUT,
    ClipObservations,
    CropSpool,
)
from backline.sources.video.lumbar.clip_inference import read_clip, reference_of
from backline.sources.video.lumbar.estimate_cache import MOST_KEPT, EstimateCache
from backline.sources.video.lumbar.network import LumbarEstimate, LumbarNetwork
from backline.sources.video.lumbar.picture_input import HIP_COLUMN, POINT_FEATURES, RIM
from backline.sources.video.quality.gating import judge
from tests.sources.video.sights import estimate_of, points_of, sight_of

N, AT = 41, 20
SIZE = np.array([720.0, 1280.0])


@pytest.fixture
def seen() -> Iterator[ClipObservations]:
    """Two seconds of a lifter who stands; in the first frame nobody was found."""
    with closing(CropSpool()) as spool:
        crop = np.zeros(CROP_SHAPE, np.uint8)
        crop[0, :, int(HIP_COLUMN) :] = 255
        for _ in range(N - 1):
            spool.add(crop)
        points = points_of(np.zeros(N), 0.0, 0.0)
        points[0] = np.nan
        rows, features = np.arange(N) - 1, np.zeros((N, POINT_FEATURES), np.float32)
        features[: AT - 1] = features[AT + 2 :] = 1.0  # another posture before and after
        yield sight_of(
            points, crops=spool, crop_row=rows, width_px=720, height_px=1280, features=features
        )


def handles_of(seen: ClipObservations, out_px: float = 0.0) -> tuple[tuple[float, float], ...]:
    """The found line's own handles, those between T12 and S1 moved out behind the lifter."""
    line = seen.back_line[AT].astype(float)
    at = np.stack([np.interp(HANDLES, np.arange(48), line[:, k]) for k in (0, 1)], axis=1)
    at[3:6, 0] -= out_px * seen.facing
    return tuple((float(x), float(y)) for x, y in at / SIZE)


def about(seen: ClipObservations) -> np.ndarray:
    return np.abs(seen.time_s - seen.time_s[AT]) <= HOLDS_S


def test_the_line_and_its_curve_change_about_the_frame_and_nowhere_else(
    seen: ClipObservations,
) -> None:
    drawn = with_hand_lines(seen, [HandLine(float(seen.time_s[AT]), handles_of(seen, 12.0))])
    near = about(seen)
    assert (drawn.by_hand == np.where(near, DRAWN, 0)).all()
    moved = seen.back_line[near][:, 27, 0] - drawn.back_line[near][:, 27, 0]
    assert moved == pytest.approx(12.0, abs=0.2)
    assert np.array_equal(drawn.back_line[~near], seen.back_line[~near])
    straight = with_hand_lines(seen, [HandLine(float(seen.time_s[AT]), handles_of(seen))])
    assert (drawn.curve_deg[near] < straight.curve_deg[near] - 10).all(), "less hollow"
    assert np.array_equal(drawn.curve_deg[~near], seen.curve_deg[~near])


def test_a_line_that_was_only_looked_at_stays_as_it_was_found(seen: ClipObservations) -> None:
    drawn = with_hand_lines(seen, [HandLine(float(seen.time_s[AT]), handles_of(seen))])
    np.testing.assert_allclose(drawn.back_line[1:], seen.back_line[1:], atol=1e-3)


def test_the_mask_that_the_network_reads_ends_at_the_drawn_line(seen: ClipObservations) -> None:
    drawn = with_hand_lines(seen, [HandLine(float(seen.time_s[AT]), handles_of(seen, 20.0))])
    before = seen.crops.rows(seen.crop_row[[AT]])[0, 0]
    after = drawn.crops.rows(drawn.crop_row[[AT]])[0, 0]
    changed = np.flatnonzero((before != after).any(axis=1))
    middle = int(np.mean(changed))
    assert after[middle].astype(int).sum() > before[middle].astype(int).sum(), "further out"
    assert (after[:, int(HIP_COLUMN) + RIM + 2 :] == before[:, int(HIP_COLUMN) + RIM + 2 :]).all()


def test_a_hip_that_is_moved_turns_the_trunk_s_own_frame(seen: ClipObservations) -> None:
    hip = (seen.joint(23)[AT] + [14.0, 0.0]) / SIZE
    one = HandLine(float(seen.time_s[AT]), handles_of(seen), (float(hip[0]), float(hip[1])))
    drawn = with_hand_lines(seen, [one])
    turned = np.degrees(np.arctan2(-14.0, 140.0))  # the shoulder now lies behind the hip
    assert drawn.lean_deg[about(seen)] == pytest.approx(turned, abs=0.01)
    assert drawn.lean_deg[~about(seen)] == pytest.approx(0.0)


def test_what_was_seen_is_not_changed_itself(seen: ClipObservations) -> None:
    line, lean = seen.back_line.copy(), seen.lean_deg.copy()
    with_hand_lines(seen, [HandLine(1.0, handles_of(seen, 12.0), (0.5, 0.5))])
    assert np.array_equal(seen.back_line, line)
    assert np.array_equal(seen.lean_deg, lean)
    assert not seen.by_hand.any()


def test_a_hidden_back_that_is_drawn_counts_and_one_that_is_left_out_does_not(
    seen: ClipObservations,
) -> None:
    seen.back_visible[:] = False
    estimate = estimate_of(N)
    upright = np.ones(N, bool)
    assert not judge(seen, estimate, upright, Settings()).measurable[about(seen)].any()
    drawn = with_hand_lines(seen, [HandLine(float(seen.time_s[AT]), handles_of(seen))])
    assert judge(drawn, estimate, upright, Settings()).measurable[about(seen)].all()
    seen.back_visible[:] = True
    out = with_hand_lines(seen, [HandLine(float(seen.time_s[AT]), None)])
    assert (out.by_hand[about(seen)] == LEFT_OUT).all()
    judged = judge(out, estimate, upright, Settings())
    assert (judged.reason[about(seen)] == "left_out_by_hand").all()
    assert judged.measurable[~about(seen)][1:].all()


def test_a_correction_holds_for_as_long_as_the_lifter_stays_in_that_posture(
    seen: ClipObservations,
) -> None:
    seen.features[:] = 0.0
    drawn = with_hand_lines(seen, [HandLine(float(seen.time_s[AT]), handles_of(seen))])
    held = np.abs(seen.time_s - seen.time_s[AT]) <= HOLDS_STILL_S + 1e-9
    assert (drawn.by_hand == np.where(held, DRAWN, 0)).all()


def test_nobody_can_draw_where_nobody_was_seen(seen: ClipObservations) -> None:
    with pytest.raises(UsageError, match="At 0.00 s the lifter was not seen"):
        with_hand_lines(seen, [HandLine(0.0, handles_of(seen))])


class Counting(LumbarNetwork):
    """Counts the frames that the network reads."""

    rows = 0

    def read(self, crops: np.ndarray, *others: np.ndarray) -> LumbarEstimate:
        self.rows += len(crops)
        return super().read(crops, *others)


def test_a_correction_reads_the_frames_that_it_changes_and_the_answer_is_the_same(
    seen: ClipObservations, tmp_path: Path
) -> None:
    memory = EstimateCache(tmp_path / "readings.zip")
    reference = reference_of(seen, seen.found & (seen.time_s < 0.6))
    network = Counting(threads=1)
    network.cache = memory
    whole = read_clip(seen, reference, network)
    assert network.rows == N - 1
    again = Counting(threads=1)
    again.cache = memory
    np.testing.assert_array_equal(
        read_clip(seen, reference, again).lumbar_deg, whole.lumbar_deg
    )  # fmt: skip
    assert again.rows == 0
    drawn = with_hand_lines(seen, [HandLine(float(seen.time_s[AT]), handles_of(seen, 20.0))])
    corrected = read_clip(drawn, reference, again)
    assert 0 < again.rows < N / 2
    plain = read_clip(drawn, reference, LumbarNetwork(threads=1))
    np.testing.assert_allclose(corrected.lumbar_deg, plain.lumbar_deg, atol=1e-3)


def test_a_damaged_memory_is_an_empty_one_and_the_oldest_goes_first(tmp_path: Path) -> None:
    memory = EstimateCache(tmp_path / "readings.zip")
    (tmp_path / "readings.zip").write_bytes(b"nothing")
    assert memory.recall("a") is None
    for number in range(MOST_KEPT + 2):
        memory.keep(f"key{number}", np.full((2, 3), float(number)))
    assert memory.recall("key1") is None
    assert memory.recall(f"key{MOST_KEPT + 1}") == pytest.approx(np.full((2, 3), MOST_KEPT + 1.0))
