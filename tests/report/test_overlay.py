"""What is drawn, where, and in which colour: against geometry that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from example_analysis import TUCK_DEG, WINK_DEG, without_picture

from backline.report.colour import STOPS, UNMEASURED, flexion_colour, flexion_word
from backline.report.figure import stick_figure
from backline.report.lines import crop_box, facing, lumbar_in_pelvis, scene, turned
from backline.report.overlay import (
    CASING,
    Overlay,
    draw_dashes,
    draw_line,
    draw_readout,
    draw_seen_line,
    flexion_words,
)
from backline.report.pagedata import resampled

GROUND = 90


def blank(width: int = 160, height: int = 240) -> np.ndarray:
    return np.full((height, width, 3), GROUND, dtype=np.uint8)


def changed(picture: np.ndarray) -> np.ndarray:
    return (picture != GROUND).any(axis=2)


def luminance(colour: tuple[int, int, int]) -> float:
    return float(np.dot(colour, (0.2126, 0.7152, 0.0722)))


def test_the_scale_is_blue_when_arched_grey_as_standing_and_red_when_rounded():
    arched, own, rounded = (flexion_colour(value) for value in (-18, 0, 18))
    assert arched[2] > 2 * arched[0]
    assert max(own) - min(own) < 20
    assert rounded[0] > 2 * rounded[2]
    assert flexion_colour(99) == rounded
    assert flexion_colour(float("nan")) == UNMEASURED


def test_the_scale_reads_without_colour_as_its_ends_are_darker_than_its_middle():
    tones = [luminance(colour) for _, colour in STOPS]
    assert tones[0] < tones[1] < tones[2]
    assert tones[3] > tones[4] > tones[5]


@pytest.mark.parametrize(
    ("flexion", "word"),
    [(9, "flexed"), (-9, "arched"), (2, "as standing"), (np.nan, "not measurable")],
)
def test_words_follow_the_sign(flexion, word):
    assert flexion_word(flexion) == word


@pytest.mark.parametrize(
    ("flexion", "sd", "words"),
    [
        (9.2, 2.1, "low back +9° ± 2 flexed"),
        (-6.0, 1.2, "low back -6° ± 1 arched"),
        (-0.2, 2.0, "low back 0° ± 2 as standing"),
        (10.0, np.nan, "low back +10° flexed"),
        (4.0, 6.0, "low back +4° ± 6 as standing"),
        (-7.0, 6.0, "low back -7° ± 6 arched"),
    ],
)
def test_the_readout_says_size_spread_and_direction(flexion, sd, words):
    assert flexion_words(flexion, sd) == words


def test_a_line_is_drawn_in_its_colour_where_it_runs_and_nowhere_else():
    picture = blank()
    draw_line(picture, np.array([[20.0, 50.0], [120.0, 50.0]]), (250, 160, 40), 5)
    assert picture[50, 70].tolist() == [250, 160, 40]
    rows = np.flatnonzero(changed(picture).any(axis=1))
    assert rows.min() >= 43
    assert rows.max() <= 57


def test_a_gap_in_the_line_stays_a_gap():
    picture = blank()
    line = np.array([[10.0, 50], [40, 50], [np.nan, np.nan], [90, 50], [120, 50]])
    draw_line(picture, line, (255, 255, 255), 3)
    assert changed(picture)[:, 25].any()
    assert not changed(picture)[:, 60:80].any()
    assert changed(picture)[:, 100].any()


def test_a_hidden_part_is_dashed_and_faded():
    line = np.stack([np.arange(10.0, 150.0), np.full(140, 60.0)], axis=1)
    solid, hidden = blank(), blank()
    draw_seen_line(solid, line, np.ones(140, dtype=bool), (250, 160, 40), 4)
    draw_seen_line(hidden, line, np.zeros(140, dtype=bool), (250, 160, 40), 4)
    assert changed(solid)[60, 20:140].all()
    share = changed(hidden)[60, 20:140].mean()
    assert 0.25 < share < 0.8
    assert not (hidden == (250, 160, 40)).all(axis=2).any()


def test_dashes_are_as_long_as_their_gaps():
    picture = blank()
    draw_dashes(picture, np.array([[10.0, 60.0], [150.0, 60.0]]), (255, 255, 255), 1, 6)
    starts = np.flatnonzero(np.diff(changed(picture)[60].astype(int)) == 1)
    assert np.allclose(np.diff(starts), 20, atol=1)  # 9 and 9, and two ends of 1


def test_the_lumbar_part_of_the_frame_carries_the_colour_of_its_flexion(example):
    index = example.posture.index_at(example.findings[0].peak_s)
    picture = Overlay(example, 160, 240, readout=False).draw(blank(), index)
    evidence = example.evidence
    middle = evidence.back_line[index, (evidence.t12_index + evidence.s1_index) // 2]
    x, y = np.round(middle).astype(int)
    around = picture[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).astype(int)
    nearest = np.abs(around - np.array(flexion_colour(WINK_DEG))).sum(axis=1).min()
    assert nearest < 25


def test_drawing_leaves_everything_away_from_the_back_untouched(example):
    index = example.posture.index_at(example.findings[0].peak_s)
    picture = Overlay(example, 160, 240, readout=False).draw(blank(), index)
    rows, columns = np.nonzero(changed(picture))
    line = example.evidence.back_line[index]
    away = np.hypot(columns[:, None] - line[:, 0], rows[:, None] - line[:, 1]).min(axis=1)
    assert 0 < len(rows) < 2500
    assert away.max() < 40


def test_nothing_but_the_reason_is_drawn_where_nothing_was_measured(example):
    index = int(np.flatnonzero(~example.posture.measurable)[0])
    assert not changed(Overlay(example, 160, 240, readout=False).draw(blank(), index)).any()
    told = changed(Overlay(example, 160, 240).draw(blank(), index))
    assert told[200:].any()
    assert not told[:180].any()


def test_the_readout_calls_a_finding_that_is_not_certain_possible(example):
    wink = example.findings[0]
    index = example.posture.index_at(wink.peak_s)
    told, _, _ = Overlay(example, 160, 240)._words(index)
    assert told.startswith(wink.name)
    doubtful = replace(example, findings=(replace(wink, certain=False),))
    told, _, _ = Overlay(doubtful, 160, 240)._words(index)
    assert told.startswith(f"possible {wink.name}")


def test_the_readout_fits_into_a_small_picture(example):
    index = int(np.flatnonzero(~example.posture.measurable)[0])
    told = changed(Overlay(example, 160, 240).draw(blank(), index))
    assert not told[:, -2:].any()


def test_lines_scale_with_the_picture(example):
    small, large = scene(example, 1.0), scene(example, 2.0)
    assert np.allclose(large.back, 2 * small.back)
    assert np.allclose(large.ghost, 2 * small.ghost, equal_nan=True)


def test_the_ghost_lies_on_the_back_in_own_standing_and_shares_the_pelvis_always(example):
    lines = scene(example)
    still = example.posture.index_at(0.5)
    own = lines.back[still, lines.t12 : lines.s1 + 1]
    assert np.nanmax(np.abs(lines.ghost[still] - own)) < 0.5
    measured = example.posture.measurable
    seen = measured & lines.visible[:, lines.s1]
    assert np.allclose(lines.ghost[seen, -1], lines.back[seen, lines.s1])


def test_the_ghost_never_hangs_in_the_air(example):
    """Its ends lie no further from the back than the low back's own length turns them away."""
    lines = scene(example)
    long = np.hypot(*np.diff(lines.back[:, lines.t12 : lines.s1 + 1], axis=1).T).sum(axis=0)
    away = np.hypot(*(lines.ghost[:, 0] - lines.back[:, lines.t12]).T)
    known = np.isfinite(away)
    turn = np.radians(np.abs(example.posture.lumbar_flexion_deg[known]))
    assert (away[known] <= long[known] * (turn + 0.1)).all()


def test_where_the_pelvis_is_hidden_there_is_no_ghost(example):
    seen = example.evidence
    hidden = seen.back_visible.copy()
    hidden[40:60, seen.s1_index] = False
    lines = scene(replace(example, evidence=replace(seen, back_visible=hidden)))
    assert np.isnan(lines.ghost[40:60]).all()
    assert np.isfinite(lines.ghost[30]).all()


def test_where_an_elbow_stood_in_the_reference_the_ghost_has_no_hook(example):
    seen = example.evidence
    elbow = seen.back_visible.copy()
    still = example.posture.reference.frames(example.posture.time_s)
    elbow[np.ix_(still, [seen.t12_index, seen.t12_index + 1])] = False
    lines = scene(replace(example, evidence=replace(seen, back_visible=elbow)))
    assert np.isnan(lines.ghost[:, :2]).all()


def test_the_angle_between_the_ticks_changes_by_the_lumbar_flexion(example):
    lines, posture = scene(example), example.posture

    def between(index: int) -> float:
        arms = [tick[index, 1] - tick[index, 0] for tick in (lines.pelvis_tick, lines.trunk_tick)]
        pelvis, trunk = (np.degrees(np.arctan2(arm[1], arm[0])) for arm in arms)
        return float((trunk - pelvis + 180) % 360 - 180)

    own = between(posture.index_at(0.5))
    peak = posture.index_at(example.findings[1].peak_s)
    assert between(peak) - own == pytest.approx(TUCK_DEG, abs=0.3)


def test_turning_is_clockwise_on_the_screen():
    up = np.array([[0.0, -1.0]])
    assert np.allclose(turned(up, np.array([90.0])), [[[1.0, 0.0]]])


def test_the_side_by_side_curve_stands_still_when_only_the_pelvis_turns(example):
    lines = scene(example)
    own = lines.back[0] - lines.back[0, lines.s1]
    flat = replace(lines, back=turned(own, np.array([0.0, 40.0])))
    shapes = lumbar_in_pelvis(flat, np.array([0.0, 40.0]))
    assert np.allclose(shapes[0], shapes[1])
    assert np.allclose(shapes[:, -1], 0)
    assert (shapes[:, 0, 1] > 0).all()  # T12 lies above S1, y up


@pytest.mark.parametrize(("side", "forward"), [("right", 1), ("left", -1), (None, 1)])
def test_the_side_that_is_seen_says_where_the_lifter_faces(example, side, forward):
    assert facing(side, example.evidence) == forward


def test_toes_say_where_the_lifter_faces_when_the_side_is_unknown(example):
    points = example.evidence.points.copy()
    points[:, 31:33, 0] = points[:, 29:31, 0] - 20
    assert facing(None, replace(example.evidence, points=points)) == -1


@pytest.mark.parametrize(
    ("points", "box"),
    [
        ([[40, 40], [60, 80]], (30, 30, 70, 90)),  # 40 and half as much room
        ([[0, 0], [10, 30]], (0, 0, 30, 45)),  # pushed back into the picture
        ([[np.nan, np.nan]], (0, 0, 100, 150)),  # nothing known: all of it
    ],
)
def test_a_cut_keeps_its_aspect_and_stays_inside(points, box):
    margin = 0.25
    x0, y0, x1, y1 = crop_box(np.array(points, dtype=float), (100, 150), 2 / 3, margin)
    assert 0 <= x0 < x1 <= 100
    assert 0 <= y0 < y1 <= 150
    assert (x1 - x0) / (y1 - y0) == pytest.approx(2 / 3, abs=0.05)
    assert (x0, y0, x1, y1) == box


def test_fewer_points_keep_t12_and_s1_exactly():
    line = np.cumsum(np.random.default_rng(1).normal(size=(3, 101, 2)), axis=1)
    even, visible, t12, s1 = resampled(line, np.ones((3, 101), dtype=bool), 43, 77)
    assert even.shape[1] == visible.shape[1] <= 33
    assert np.allclose(even[:, t12], line[:, 43])
    assert np.allclose(even[:, s1], line[:, 77])
    assert np.allclose(even[:, [0, -1]], line[:, [0, -1]])


def test_fewer_points_keep_a_gap_a_gap():
    line = np.zeros((1, 10, 2))
    line[0, 0] = np.nan
    even, _, t12, _ = resampled(line, np.ones((1, 10), dtype=bool), 3, 7)
    assert np.isnan(even[0, 0]).all()
    assert np.isfinite(even[0, t12:]).all()


def test_the_drawn_figure_bends_its_joints_by_the_measured_angles(example):
    posture = without_picture(example).posture
    figure = stick_figure(posture)
    index = posture.index_at(example.reps[0].bottom_s)
    toe, ankle, knee, hip, sacrum = figure.limbs[index]

    def lean(low: np.ndarray, high: np.ndarray) -> float:
        return float(np.degrees(np.arctan2(high[0] - low[0], low[1] - high[1])))

    assert toe[0] > ankle[0]
    assert lean(ankle, knee) == pytest.approx(posture.ankle_dorsiflexion_deg[index])
    bend = lean(ankle, knee) - lean(knee, hip)
    assert bend == pytest.approx(posture.knee_flexion_deg[index])
    assert lean(hip, sacrum) == pytest.approx(posture.pelvic_tilt_deg[index])


def test_the_drawn_figure_stands_without_leg_angles(example):
    nothing = np.full(len(example.posture), np.nan)
    posture = replace(
        example.posture, hip_flexion_deg=nothing, knee_flexion_deg=nothing,
        ankle_dorsiflexion_deg=nothing,
    )  # fmt: skip
    limbs = stick_figure(posture).limbs
    assert np.isfinite(limbs).all()
    assert np.allclose(limbs[:, 1:4, 0], limbs[:, 1:2, 0])


@pytest.mark.parametrize("room", [0, 90, 255])
def test_the_readout_s_plate_lets_a_fifth_of_the_room_through(room: int) -> None:
    picture = np.full((300, 400, 3), room, np.uint8)
    draw_readout(picture, "low back +9\u00b0", "rep 1", (255, 0, 0))
    laid = np.array(CASING) * 205 / 255 + room * 50 / 255
    plate = np.abs(picture.astype(float) - laid).max(axis=2) <= 1.0
    rows, columns = np.flatnonzero(plate.any(axis=1)), np.flatnonzero(plate.any(axis=0))
    assert plate.sum() > 2000
    inside = picture[rows[0] : rows[-1], columns[0] : columns[-1]]
    assert (inside > 200).all(axis=2).sum() > 40, "the words are white"
    assert (picture[: rows[0] - 2] == room).all(), "the rest of the picture is as it was"


def test_a_scrap_of_the_reference_is_not_drawn(example):
    """With seven tenths of its low back behind an arm, what is left says nothing of a curve."""
    seen = example.evidence
    covered = seen.back_visible.copy()
    low = seen.s1_index - seen.t12_index
    covered[:, seen.t12_index : seen.t12_index + round(0.7 * low)] = False
    lines = scene(replace(example, evidence=replace(seen, back_visible=covered)))
    assert np.isnan(lines.ghost).all()
