"""Whole clips, as a user has them: the example with its truth, and real phone videos.

The real clips lie in ``../shared`` (skipped where it is missing), whose README says what a correct
program says about each; when the deadlift's plate leaves the floor was read off its pictures.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backline.findings.events import turn_back
from backline.findings.window_means import low_back_of
from backline.formats.video import VideoWriter, open_clip
from backline.model.measurement import Measured
from backline.pipeline import Analysis, analyze, conclude
from backline.settings import Settings
from backline.sources.registry import SourceOptions, open_source
from backline.sources.video.lumbar.network import LumbarNetwork
from backline.sources.video.observations_file import load_observations
from backline.sources.video.posture_estimation import measure
from backline.sources.video.quality.gating import quality_of


def bottoms_of(analysis: Analysis) -> list[float]:
    return [rep.bottom_s for rep in analysis.reps]


@pytest.fixture(scope="module")
def looked_at(
    example_clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Measured, Path]:
    """The example as measured, and the file that keeps what was seen of it."""
    seen = tmp_path_factory.mktemp("example") / "seen.zip"
    return open_source(example_clip, SourceOptions(observations_path=seen)), seen


@pytest.fixture(scope="module")
def example(looked_at: tuple[Measured, Path]) -> Analysis:
    return conclude(looked_at[0])


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


def from_second(looked_at: tuple[Measured, Path], start_s: float) -> Analysis:
    """The example as if it had been filmed from a moment on, from what was seen of it."""
    measured, seen = looked_at
    with closing((observations := load_observations(seen)).crops):
        keep = observations.time_s >= start_s
        series = {
            name: value[keep] for name, value in vars(observations).items()
            if isinstance(value, np.ndarray) and len(value) == len(keep)
        }  # fmt: skip
        cut = replace(observations, **series)
        posture, judged = measure(cut, LumbarNetwork(), Settings())
        quality = quality_of(judged, cut, posture)
    return conclude(replace(measured, posture=posture, quality=quality, evidence=None))


def turns_of(analysis: Analysis) -> dict[float, tuple[float, float]]:
    """The turn-back of each whole rep and its deviation, degrees, by the bottom's second."""
    return {round(at_s): told for at_s, told in turns_at(analysis).items()}


def turns_at(analysis: Analysis) -> dict[float, tuple[float, float]]:
    """The same by the bottom's own time."""
    back = low_back_of(analysis.posture, Settings())
    events = [(rep, turn_back(back, rep)) for rep in analysis.reps if rep.complete]
    return {rep.bottom_s: (e.size_deg, e.sd_deg) for rep, e in events if e is not None}


@pytest.mark.parametrize("start_s", [2.6, 5.0, 7.2])
def test_without_its_first_seconds_the_example_shows_the_same_turn_backs(
    example: Analysis, looked_at: tuple[Measured, Path], start_s: float
) -> None:
    """At 2.6 and 7.2 s he is on the way down; from 5.0 s on the first lockout is left."""
    cut = from_second(looked_at, start_s)
    assert cut.quality.verdict != "refused"
    whole, left = turns_of(example), turns_of(cut)
    assert set(left) >= {13, 18}
    for at_s, (size_deg, sd_deg) in left.items():
        assert size_deg == pytest.approx(whole[at_s][0], abs=sd_deg)
    bottoms = {rep.index: round(rep.bottom_s) for rep in cut.reps}
    winks = {bottoms[f.rep] for f in cut.findings if f.where == "bottom" and f.certain}
    assert 13 in winks
    assert not winks & {9, 18}


def cut_file(clip: Path, path: Path, start_s: float) -> Path:
    """A file of a clip from a moment on, as a person trims it."""
    with open_clip(clip) as source:
        size = source.info.width_px, source.info.height_px
        with VideoWriter(path, *size, crf=18) as video:
            for frame in source.frames(start_s):
                video.write(frame.picture, frame.time_s - start_s)
    return path


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "start_s"), [("back_squat_empty_bar.mp4", 8.6), ("example", 2.6), ("example", 5.0)]
)
def test_a_file_cut_before_the_first_descent_gives_the_same_turn_backs(
    name: str, start_s: float, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """From 8.6 s on no quiet standing before the lift is left of the real one."""
    if name == "example":
        clip = request.getfixturevalue("example_clip")
    else:
        clip = request.getfixturevalue("shared_file")(f"clips/{name}")
    whole = turns_of(analyze(clip))
    cut = analyze(cut_file(clip, tmp_path / "cut.mp4", start_s))
    moved = {round(at_s + start_s): told for at_s, told in turns_at(cut).items()}
    assert cut.quality.verdict != "refused"
    assert len(moved) >= 2
    for at_s, (size_deg, sd_deg) in moved.items():
        assert size_deg == pytest.approx(whole[at_s][0], abs=sd_deg)


@pytest.mark.parametrize("start_s", [2.6, 7.2])
def test_an_example_without_standing_before_the_lift_says_so(
    looked_at: tuple[Measured, Path], start_s: float
) -> None:
    cut = from_second(looked_at, start_s)
    assert cut.quality.verdict == "limited"
    assert cut.posture.standing.method != "before_first_rep"
    assert {r.code for r in cut.quality.reasons} & {"standing_second_best", "reference_lockouts"}


def test_two_squats_with_an_empty_bar_before_a_mirror(shared_file: Callable[[str], Path]) -> None:
    found = analyze(shared_file("clips/back_squat_empty_bar.mp4"))
    # by eye to 0.3 s; the knee bends most at 17.3 s
    assert bottoms_of(found) == pytest.approx([10.5, 17.1], abs=0.3)
    assert (found.lift, found.view.side) == ("squat", "right")
    assert found.quality.verdict != "refused"
    assert found.posture.reference.sd_deg < 4.0  # he shifts about before the first rep
    assert {f.where for f in found.findings if f.kind == "rounding" and f.certain} <= {"bottom"}


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


# --- real lifts with labels by eye --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shape"),
    [("deadlift_b_rounded_starts_at_bottom", "reversed"), ("deadlift_b_neutral", "flattened")],
)
def test_one_lifter_s_rounded_and_flat_pull_are_told_apart(
    name: str, shape: str, shared_file: Callable[[str], Path]
) -> None:
    found = analyze(shared_file(f"clips/real/{name}.mp4"))
    assert found.quality.verdict != "refused"
    assert found.lift == "deadlift"
    [rep] = found.reps
    assert rep.grade is not None
    assert rep.grade.shape == shape
    rounded = [f for f in found.findings if f.kind == "rounding" and f.where == "bottom"]
    assert [f.certain for f in rounded] == ([True] if shape == "reversed" else [])


@pytest.mark.real
def test_a_pull_that_is_not_locked_out_yet_is_not_rounded_at_the_top(
    shared_file: Callable[[str], Path],
) -> None:
    """At 1.6 s the trunk still leans by 20 degrees."""
    found = analyze(shared_file("clips/real/deadlift_c_neutral.mp4"))
    [rep] = found.reps
    assert found.quality.verdict != "refused"
    assert rep.phases["lockout"][0] > 1.6
    assert "lockout" not in {f.where for f in found.findings if f.kind == "rounding"}


def test_a_front_view_is_refused_for_that_reason_first(
    shared_file: Callable[[str], Path],
) -> None:
    found = analyze(shared_file("clips/real/squat_m_front_view.mp4"))
    assert found.quality.verdict == "refused"
    assert found.quality.reasons[0].code == "not_side_on"
    assert found.findings == ()
