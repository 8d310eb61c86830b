"""The table over real clips, on results whose answer is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.real_lifts import (
    Row,
    auc,
    coverage,
    left_out,
    line_of,
    main,
    marked,
    opposite,
    pairs,
    ranked,
    read_labels,
    rep_lines,
    table,
)

from backline.findings.finding import Finding
from backline.model.measurement import Quality, Reason, Verdict
from backline.pipeline import Analysis
from backline.reps import Grade, Rep, Shape
from benchmarks import real_lifts

SHAPES: dict[str, Shape] = {"kept": "kept", "flattened": "flattened", "rounded": "reversed"}
Make = Callable[..., Row]


def grade(shape: Shape, bulge: float, probability: float = 0.95) -> Grade:
    rounded = probability if shape == "reversed" else 1.0 - probability
    return Grade(shape, probability, 0.2, bulge, rounded, 0.9)


@pytest.fixture
def clip(make_analysis: Callable[..., Analysis]) -> Make:
    """Make a row: a label, and a result with these bulges, told rounded in these reps."""

    def make(
        name: str,
        bulges: tuple[float, ...] = (0.0,),
        told: tuple[int, ...] = (),
        *,
        shape: Shape = "flattened",
        probability: float = 0.95,
        verdict: Verdict = "ok",
        codes: tuple[str, ...] = (),
        **label: str,
    ) -> Row:
        reps = tuple(
            Rep(k, 0.1 * k, 0.1 * k, 0.1 * k, {}, metrics={"lumbar_flexion_bottom_deg": 9.0},
                grade=grade(shape, bulge, probability))
            for k, bulge in enumerate(bulges, 1)
        )  # fmt: skip
        found = tuple(
            Finding("rounding", "bottom", "butt wink", k, 0, 0, 0, 12.0, 2.0, 0.97, True, shape)
            for k in told
        )
        reasons = tuple(Reason(code, "What: do.") for code in codes)
        result = make_analysis(
            reps=reps, findings=found, quality=Quality(verdict, reasons, 0.9), lift="squat"
        )
        plain = {"file": f"{name}.mp4", "lift": "squat", "measurable": "yes",
                 "reps": str(len(bulges)), "bottom": "flattened"}  # fmt: skip
        return Row({**plain, **label}, result, 1.0)

    return make


def cells(rows: list[Row], what: str) -> list[str]:
    [line] = [one for one in table(rows).splitlines() if one.startswith(f"| {what}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


# --- ranks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "share"),
    [
        ([1.0, 2.0], [3.0, 4.0], 1.0),
        ([3.0, 4.0], [1.0, 2.0], 0.0),
        ([1.0, 3.0], [2.0, 4.0], 0.75),
        ([2.0], [2.0], 0.5),
        ([1.0, float("nan")], [2.0, float("nan")], 1.0),
    ],
)
def test_pairs_are_ranked_and_a_tie_counts_half(
    low: list[float], high: list[float], share: float
) -> None:
    assert ranked(low, high) == pytest.approx(share)


def test_without_pairs_there_is_no_rank() -> None:
    assert np.isnan(ranked([], [1.0]))
    assert np.isnan(ranked([float("nan")], [1.0]))


def test_clips_are_ranked_by_the_median_of_their_reps(clip: Make) -> None:
    flat = [clip("squat_a_flat", (-0.05, 0.0, 0.09)), clip("squat_b_flat", (0.02,))]
    rounded = [clip("squat_c_rounded", (0.01, 0.03, 0.05))]
    assert auc(flat, rounded) == 1.0
    assert auc(flat, [clip("squat_c_rounded", (0.01,))]) == 0.5


def test_reps_are_ranked_within_one_lifter_alone(clip: Make) -> None:
    flat = [clip("squat_a_flat", (0.0, 0.01)), clip("squat_b_flat", (0.9,))]
    rounded = [clip("squat_a_rounded", (0.005, 0.05))]
    assert pairs(flat, rounded) == [("squat_a", pytest.approx(0.75), "2 against 2 reps")]


def test_each_clip_is_told_by_a_bound_that_its_lifter_had_no_part_in(clip: Make) -> None:
    """Without itself: squat_c's bound is (0.0 + 0.08) / 2, so 0.05 lies above it and is wrong."""
    flat = [clip("squat_a_x", (0.0,)), clip("squat_c_x", (0.05,))]
    rounded = [clip("squat_b_x", (0.08,)), clip("squat_d_x", (0.1,))]
    assert left_out(flat, rounded) == (3, 4)
    assert left_out(flat, []) == (0, 0)


# --- verdicts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "label", "probability", "wrong"),
    [
        ("reversed", "kept", 0.95, True),
        ("reversed", "flattened", 0.95, True),
        ("reversed", "rounded", 0.95, False),
        ("kept", "rounded", 0.95, True),
        ("flattened", "rounded", 0.95, False),
        ("reversed", "kept", 0.85, False),
        ("unknown", "rounded", float("nan"), False),
    ],
)
def test_only_a_sure_grade_can_be_the_opposite(
    clip: Make, shape: Shape, label: str, probability: float, wrong: bool
) -> None:
    row = clip("squat_a", shape=shape, probability=probability, bottom=label)
    assert opposite(row) is wrong


@pytest.mark.parametrize(
    ("verdict", "codes", "good"),
    [
        ("refused", ("not_side_on",), True),
        ("limited", ("second_lifter",), True),
        ("limited", ("standing_second_best",), False),  # marked, but not with what is wrong
        ("ok", (), False),
    ],
)
def test_a_clip_that_is_not_measurable_is_marked_with_a_reason_that_names_it(
    clip: Make, verdict: Verdict, codes: tuple[str, ...], good: bool
) -> None:
    assert marked(clip("squat_k", verdict=verdict, codes=codes)) is good


def test_a_clip_is_called_rounded_where_half_of_its_reps_are(clip: Make) -> None:
    four = (0.0,) * 4
    assert [clip("a_b", four, told).called_rounded for told in ((), (1,), (1, 3))] == [
        False, False, True,
    ]  # fmt: skip
    assert not clip("a_b", ()).called_rounded


def test_a_refused_clip_and_one_without_a_number_are_no_answer(clip: Make) -> None:
    row = clip("squat_a")
    assert row.answered
    assert not clip("squat_a", verdict="refused").answered
    [rep] = row.result.reps
    blank = replace(rep, metrics={}, grade=Grade("unknown", float("nan"), float("nan")))
    assert not replace(row, result=replace(row.result, reps=(blank,))).answered


def test_the_lifter_is_what_stands_before_the_second_underscore(clip: Make) -> None:
    row = clip("deadlift_b_rounded_starts_at_bottom")
    assert (row.lifter, row.name) == ("deadlift_b", "deadlift_b_rounded_starts_at_bottom")


# --- coverage -----------------------------------------------------------------------------------


def with_bottoms(row: Row, sizes: list[float], sd_deg: float) -> Row:
    """Give a row reps whose bottoms read these sizes: 20 frames each, at 30 a second."""
    posture = row.result.posture
    flexion = np.resize(np.repeat(sizes, 20), len(posture)).astype(float)
    reps = tuple(
        Rep(k + 1, k * 2 / 3, k * 2 / 3 + 0.3, k * 2 / 3 + 0.6,
            {"bottom": (k * 2 / 3 + 0.2, k * 2 / 3 + 0.4)})
        for k in range(len(sizes))
    )  # fmt: skip
    posture = replace(
        posture, lumbar_flexion_deg=flexion, lumbar_flexion_sd_deg=np.full(len(posture), sd_deg)
    )
    return replace(row, result=replace(row.result, posture=posture, reps=reps))


@pytest.mark.parametrize(("sd_deg", "inside"), [(0.6, 1), (5.0, 3), (2.2, 2)])
def test_reps_within_90_percent_of_the_set_s_median_are_counted(
    clip: Make, sd_deg: float, inside: int
) -> None:
    """10, 13 and 18: away from 13 by 3, 0 and 5 degrees."""
    assert coverage([with_bottoms(clip("squat_a"), [10.0, 13.0, 18.0], sd_deg)]) == (inside, 3)


def test_a_set_of_two_reps_has_no_spread(clip: Make) -> None:
    assert coverage([with_bottoms(clip("squat_a"), [10.0, 13.0], 1.0)]) == (0, 0)


# --- the table ----------------------------------------------------------------------------------


@pytest.fixture
def rows(clip: Make) -> list[Row]:
    return [
        clip("squat_a_flat", (0.0, 0.0)),
        clip("squat_a_rounded", (0.05, 0.06), (1, 2), shape="reversed", bottom="rounded"),
        clip("squat_b_flat", (0.04,), (1,), shape="reversed", bottom="kept", reps="2"),
        clip("squat_c_front", (), verdict="refused", codes=("not_side_on",), measurable="no"),
        clip("squat_d_wink", (0.0,), (1,), bottom="mild turn-back"),
        clip("squat_e_partly", (0.0,), measurable="partly", bottom="unsure", lift="deadlift"),
    ]


@pytest.mark.parametrize(
    ("what", "told", "missed"),
    [
        ("measurable clips that get numbers", "4 of 4", ""),
        ("others refused", "1 of 1", ""),
        ("right number of reps", "4 of 5", "squat_b_flat"),
        ("flat or hollow, not called rounded", "1 of 2", "squat_b_flat"),
        ("rounded, called rounded", "1 of 1", ""),
        ("no opposite grade", "2 of 3", "squat_b_flat"),
        ("lift told", "5 of 6", "squat_e_partly"),
        ("AUC over clips", "1.00 (1 against 2)", ""),
        ("AUC over reps of squat_a", "1.00 (2 against 2 reps)", ""),
    ],
)
def test_the_table_counts_and_names_what_it_missed(
    rows: list[Row], what: str, told: str, missed: str
) -> None:
    *_, counted, names = cells(rows, what)
    assert (counted, names) == (told, missed)


def test_a_clip_and_its_reps_become_lines(rows: list[Row]) -> None:
    line = line_of(rows[1])
    assert line.startswith("squat_a_rounded: label rounded, 2 reps; ok [], squat, 2 reps")
    assert line.endswith("2xreversed; bulge 0.055; ROUNDED")
    first, second = rep_lines(rows[1].result)
    assert "rep 1" in first
    assert "butt wink 12+-2 p 0.97" in second


def test_labels_are_read_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text('file,lift,note\na.mp4,squat,"one, two"\nb.mp4,deadlift,\n', encoding="utf-8")
    assert read_labels(path) == [
        {"file": "a.mp4", "lift": "squat", "note": "one, two"},
        {"file": "b.mp4", "lift": "deadlift", "note": ""},
    ]


def test_without_labels_it_says_that_it_skips(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(tmp_path)])
    assert capsys.readouterr().out.startswith("Skipped: there is no '")


def test_clips_are_chosen_by_a_part_of_their_name(
    tmp_path: Path, rows: list[Row], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    known = {row.label["file"]: row for row in rows}
    heads = list(rows[0].label)
    lines = [",".join(row.label[head] for head in heads) for row in rows]
    (tmp_path / "labels.csv").write_text("\n".join([",".join(heads), *lines]), encoding="utf-8")
    monkeypatch.setattr(real_lifts, "examine", lambda path, label: known[path.name])
    main([str(tmp_path), "--clip", "squat_a", "--reps"])
    out = capsys.readouterr().out
    assert "squat_a_flat: " in out
    assert "squat_b_flat: " not in out
    assert out.count("    rep ") == 4
