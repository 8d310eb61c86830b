"""One case: rendered once, analysed once, and never taken from the cache when stale."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backline import pipeline
from backline.errors import SourceError
from backline.phantom import clip as phantom_clip
from backline.phantom.plan import LiftPlan, RepPlan, unroll
from backline.validate import case_evaluation as module
from backline.validate.case_evaluation import evaluate_case, rendered
from backline.validate.cases import Case, case_list, plan_of
from backline.validate.ground_truth_comparison import QUANTITIES


@pytest.fixture
def case() -> Case:
    return case_list(2)[1]


class Painter:
    """Stands in for the renderer: writes the truth of the plan and an empty video."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def __call__(self, path: Path, scene: Any, plan: LiftPlan, **options: Any) -> None:
        self.calls.append(options)
        line = unroll(plan)
        table = {name: np.zeros(len(line.time_s)) for name in QUANTITIES}
        table |= {
            "frame": np.arange(len(line.time_s)), "time_s": line.time_s, "rep": line.rep,
            "phase": line.phase, "hidden": np.zeros(len(line.time_s)),
            "lumbar_flexion_deg": line.angles.lumbar_deg,
        }  # fmt: skip
        pd.DataFrame(table).to_csv(path.with_suffix(".truth.csv"), index=False)
        reps = [vars(rep) for rep in plan.reps]
        about = {"plan": {"reps": reps}, "events": options["events"]}
        path.with_suffix(".truth.json").write_text(json.dumps(about))
        path.write_bytes(b"video")


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> Painter:
    stand_in = Painter()
    monkeypatch.setattr(phantom_clip, "render_clip", stand_in)
    return stand_in


@pytest.fixture
def analysed(make_analysis: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    calls: list[Path] = []

    def analyze(path: Path, **_: Any) -> Any:
        calls.append(path)
        return make_analysis(str(path))

    monkeypatch.setattr(pipeline, "analyze", analyze)
    return calls


def test_a_case_is_rendered_and_analysed_once(
    case: Case, painter: Painter, analysed: list[Path], tmp_path: Path
) -> None:
    first = evaluate_case(case, tmp_path)
    again = evaluate_case(case, tmp_path)
    assert len(painter.calls) == len(analysed) == 1
    pd.testing.assert_frame_equal(first.frames, again.frames)
    pd.testing.assert_frame_equal(first.reps, again.reps)
    assert first.outcome == again.outcome
    assert first.outcome["lift"] == "squat"
    assert first.outcome["findings"] == ["rounding bottom 1 12.4"]


def test_the_analysis_is_told_nothing_but_the_name(
    case: Case, painter: Painter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    make_analysis: Callable[..., Any],
) -> None:  # fmt: skip
    seen: list[tuple[Any, ...]] = []

    def analyze(*arguments: Any, **options: Any) -> Any:
        seen.append((*arguments, *options))
        return make_analysis()

    monkeypatch.setattr(pipeline, "analyze", analyze)
    evaluate_case(case, tmp_path)
    assert seen == [(tmp_path / case.name / "clip.mp4",)]


def test_compression_and_planted_events_reach_the_renderer(
    case: Case, painter: Painter, tmp_path: Path
) -> None:
    rendered(case, tmp_path)
    assert painter.calls[0]["crf"] == case.crf
    assert {event["where"] for event in painter.calls[0]["events"]} == {"lockout"}


def test_another_program_analyses_again_but_does_not_render_again(
    case: Case, painter: Painter, analysed: list[Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    evaluate_case(case, tmp_path)
    real = module._sources
    newer = frozenset({("posture.py", "changed")})
    monkeypatch.setattr(
        module, "_sources", lambda inside, apart=(): real(inside, apart) if not apart else newer
    )
    evaluate_case(case, tmp_path)
    assert (len(painter.calls), len(analysed)) == (1, 2)


def test_a_clip_of_another_case_in_the_same_place_is_rendered_anew(
    case: Case, painter: Painter, tmp_path: Path
) -> None:
    from dataclasses import replace

    rendered(case, tmp_path)
    rendered(replace(case, crf=11), tmp_path)
    assert [call["crf"] for call in painter.calls] == [case.crf, 11]


def test_half_a_rendering_is_not_taken_for_a_whole_one(
    case: Case, painter: Painter, tmp_path: Path
) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"half")
    rendered(case, tmp_path)
    assert len(painter.calls) == 1


def test_a_broken_cache_is_made_again(
    case: Case, painter: Painter, analysed: list[Path], tmp_path: Path
) -> None:
    evaluate_case(case, tmp_path)
    (tmp_path / case.name / "outcome.json").write_text("{")
    evaluate_case(case, tmp_path)
    assert len(analysed) == 2


def test_a_clip_that_cannot_be_analysed_is_withheld_and_says_why(
    case: Case, painter: Painter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def analyze(path: Path) -> None:
        raise SourceError("Nobody is there.")

    monkeypatch.setattr(pipeline, "analyze", analyze)
    done = evaluate_case(case, tmp_path)
    assert done.outcome["failure"] == "Nobody is there."
    assert not done.frames["measurable"].any()
    assert len(done.frames) == len(unroll(plan_of(case)).time_s)
    assert len(evaluate_case(case, tmp_path).reps) == 0


def test_an_error_that_nobody_foresaw_is_not_hidden(
    case: Case, painter: Painter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def analyze(path: Path) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "analyze", analyze)
    with pytest.raises(ZeroDivisionError):
        evaluate_case(case, tmp_path)


def test_fingerprints_tell_the_renderer_from_the_rest() -> None:
    pictures = {name for name, _ in module._sources(("phantom", "validate/cases.py"))}
    assert "phantom/kinematics.py" in pictures
    assert "validate/cases.py" in pictures
    assert not any(name.startswith("sources") for name in pictures)
    rest = {name for name, _ in module._sources(("",), module._APART)}
    assert {"model/posture.py", "sources/video/lumbar/lumbar.onnx", "findings/decision.py"} <= rest
    assert not any(name.startswith(("report", "validate", "cli")) for name in rest)


def test_a_really_rendered_lift_goes_the_whole_way(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("anny")
    pytest.importorskip("pyvista")
    # 16 frames: one second of standing and a quick rep, 5 frames a second
    rep = RepPlan(descent_s=0.8, bottom_s=0.2, ascent_s=0.6, lockout_s=0.4, knee_deg=100.0)
    plan = LiftPlan((rep,), standing_s=1.2, after_s=0.0, rate_hz=5.0)
    monkeypatch.setattr(module, "plan_of", lambda _: plan)
    done = evaluate_case(case, tmp_path)
    assert done.outcome["failure"] == ""
    assert len(done.frames) == 16
    assert done.frames["reason"].ne("no_frame").all()
    assert done.frames["true_knee_flexion_deg"].max() > 80
    assert len(done.reps) == 1
