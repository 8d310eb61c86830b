"""Whole clips, as a user has them: the example with its truth, and real phone videos.

The real clips lie in ``../shared`` (skipped where it is missing), whose README says what a correct
program says about each; when the deadlift's plate leaves the floor was read off its pictures.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backline.analysis import Analysis, analyze


def bottoms_of(analysis: Analysis) -> list[float]:
    return [rep.bottom_s for rep in analysis.reps]


@pytest.fixture(scope="module")
def example(example_clip: Path) -> Analysis:
    return analyze(example_clip)


@pytest.fixture(scope="module")
def truth(example_clip: Path) -> dict[str, list[dict[str, object]]]:
    content: dict[str, list[dict[str, object]]] = json.loads(
        example_clip.with_suffix(".truth.json").read_text()
    )
    return content


def test_the_example_shows_every_planted_event_and_no_other(example, truth) -> None:
    planted = [(event["rep"], event["where"], event["kind"]) for event in truth["events"]]
    assert [(f.rep, f.where, f.kind) for f in example.findings if f.certain] == planted
    assert all(f.certain for f in example.findings)


def test_the_example_s_reps_bottom_out_where_they_were_rendered(example, truth) -> None:
    assert bottoms_of(example) == pytest.approx(truth["bottoms_s"], abs=0.3)
    assert (example.lift, example.view.side, example.quality.verdict) == ("squat", "right", "ok")


def test_two_squats_with_an_empty_bar_before_a_mirror(shared_file: Callable[[str], Path]) -> None:
    found = analyze(shared_file("clips/back_squat_empty_bar.mp4"))
    assert bottoms_of(found) == pytest.approx([10.5, 17.0], abs=0.3)
    assert (found.lift, found.view.side) == ("squat", "right")
    assert found.quality.verdict != "refused"
    assert found.posture.standing.end_s < found.reps[0].start_s
    assert {f.where for f in found.findings if f.kind == "rounding"} <= {"bottom"}


@pytest.mark.real
def test_four_deadlifts_with_gauges_drawn_over_the_picture(
    shared_file: Callable[[str], Path],
) -> None:
    found = analyze(shared_file("clips/deadlift_overlay_drawn.mp4"))
    assert (found.lift, found.view.side) == ("deadlift", "left")
    leaves_s = np.array([1.3, 7.7, 15.6, 22.7])  # the plate leaves the floor, to 0.1 s
    before_s = leaves_s - np.array(bottoms_of(found))
    assert ((before_s > -0.1) & (before_s < 0.8)).all()
    assert all("lockout" in rep.phases for rep in found.reps)
    assert found.quality.verdict in ("limited", "refused")
    if found.quality.verdict == "refused":
        assert found.findings == ()
        assert found.quality.reasons


@pytest.mark.real
def test_a_bottom_that_the_plate_hides_is_never_a_number(
    shared_file: Callable[[str], Path],
) -> None:
    found = analyze(shared_file("clips/back_squat_plate_hides_back.mp4"))
    [rep] = found.reps
    assert rep.bottom_s == pytest.approx(30.0, abs=0.5)
    gaps = {(gap["phase"], gap["reason"]) for gap in found.summary["not_measured"]}
    assert ("bottom", "back_hidden") in gaps
    assert rep.metrics["lumbar_flexion_bottom_deg"] is None
    assert rep.metrics["turn_back_deg"] is None
    assert found.summary["top_against_bottom"] is None
    assert "bottom" not in {f.where for f in found.findings}
    near = np.abs(found.posture.time_s - rep.bottom_s) < 0.3
    assert not found.posture.measurable[near].any()


REAL = sorted((Path(__file__).resolve().parents[2] / "shared" / "clips" / "real").glob("*.mp4"))


@pytest.mark.real
@pytest.mark.parametrize("clip", REAL, ids=lambda clip: clip.stem)
def test_a_real_clip_is_analysed_and_its_gaps_are_gaps(clip: Path) -> None:
    """What each clip shows is told by the benchmarks; here, that whatever is told is whole."""
    found = analyze(clip)
    posture = found.posture
    assert found.quality.verdict in ("ok", "limited", "refused")
    assert found.quality.verdict == "ok" or found.quality.reasons
    assert (np.diff(posture.time_s) > 0).all()
    assert (np.isfinite(posture.lumbar_flexion_deg) == posture.measurable).all()
    assert (posture.reason[~posture.measurable] != "").all()
    inside = [rep.start_s < rep.bottom_s < rep.end_s <= posture.time_s[-1] for rep in found.reps]
    assert all(inside)
