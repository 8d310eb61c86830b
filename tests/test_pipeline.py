"""analyze(): the whole way from a clip to findings."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import backline
from backline import pipeline
from backline.errors import SourceError, UsageError
from backline.findings import find_findings
from backline.model.measurement import Measured, Quality, Reason
from backline.pipeline import Analysis, analyze
from backline.settings import Settings
from backline.sources.registry import SourceOptions
from tests import rendered


@pytest.fixture
def squat() -> Analysis:
    return rendered.squat_analysis()


def test_the_rep_is_found_at_its_time(squat: Analysis) -> None:
    assert squat.lift == "squat"
    [rep] = squat.reps
    assert rep.bottom_s == pytest.approx(2.2, abs=0.2)
    assert rep.start_s == pytest.approx(1.2, abs=0.4)
    assert set(rep.phases) >= {"descent", "bottom", "ascent"}


def test_a_clean_squat_has_no_certain_finding_at_the_top_or_on_the_way(squat: Analysis) -> None:
    # The bottom is left out: false butt winks there are counted in docs/validity.md.
    assert [f.name for f in squat.findings if f.certain and f.where != "bottom"] == []


def test_the_dictionary_passes_the_schema_and_is_plain_json(squat: Analysis) -> None:
    schema = json.loads(
        resources.files("backline.report").joinpath("analysis.schema.json").read_text()
    )
    content = squat.to_dict()
    jsonschema.validate(content, schema)
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert content["schema"] == "backline.analysis/1"
    assert content["backline_version"] == backline.__version__


def test_own_standing_and_view_reach_the_dictionary(squat: Analysis) -> None:
    content = squat.to_dict()
    assert content["view"]["side"] == "right"
    assert content["standing"]["method"] == "before_first_rep"
    assert content["quality"]["verdict"] == squat.quality.verdict


class Sources:
    """Stands in for the measuring: hands out the squat's measurement, changed."""

    def __init__(self, squat: Analysis) -> None:
        self.measured = Measured(
            squat.posture, squat.source, squat.view, squat.quality, squat.engine, squat.evidence,
            {"filter": "none"},
        )  # fmt: skip
        self.calls: list[tuple[Path, SourceOptions]] = []

    def __call__(self, path: Path, options: SourceOptions, _: Path | None = None) -> Measured:
        self.calls.append((path, options))
        return self.measured


@pytest.fixture
def sources(squat: Analysis, monkeypatch: pytest.MonkeyPatch) -> Sources:
    stand_in = Sources(squat)
    monkeypatch.setattr(pipeline, "open_or_recall", stand_in)
    return stand_in


def test_what_concerns_the_source_reaches_it(sources: Sources) -> None:
    def progress(_: Any) -> None:
        pass

    settings = Settings(filter_cutoff_hz=5.0)
    analyze(
        "a.mp4", side="left", engine="other", standing=(0.0, 1.0), settings=settings,
        progress=progress,
    )  # fmt: skip
    [(path, options)] = sources.calls
    assert path == Path("a.mp4")
    assert (options.side, options.engine, options.standing) == ("left", "other", (0.0, 1.0))
    assert options.settings is settings
    assert options.progress is progress


def test_paths_may_be_given_as_text(sources: Sources) -> None:
    analyze("a.mp4", standing="own.mp4", mapping="names.toml", video="b.mp4")
    [(_, options)] = sources.calls
    assert (options.standing, options.mapping, options.video) == (
        Path("own.mp4"), Path("names.toml"), Path("b.mp4"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"lift": "clean"}, "lift is 'clean', expected one of 'auto', 'squat', 'deadlift'"),
        ({"side": "top"}, "side is 'top', expected one of"),
        ({"sex": "either"}, "sex is 'either', expected one of None"),
        ({"standing": (2.0, 1.0)}, "2 to 1 s, expected an end after the start"),
        ({"standing": (-1.0, 1.0)}, "neither below zero"),
        ({"standing": (0.0, float("nan"))}, "expected an end after the start"),
    ],
)
def test_what_cannot_be_asked_for_is_wrong_usage_before_any_work(
    sources: Sources, wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        analyze("a.mp4", **wrong)
    assert sources.calls == []


def test_what_was_asked_and_done_is_recorded(sources: Sources) -> None:
    done = analyze(
        "a.mp4", load_kg=100, body_mass_kg=80, height_cm=178, lifter="Ada", cue="brace"
    ).settings
    assert (done["load_kg"], done["body_mass_kg"], done["height_cm"]) == (100, 80, 178)
    assert done["lifter"] == "Ada"
    assert done["lift_asked"] == "auto"
    assert done["filter"] == "none"
    assert done["report_from_deg"] == Settings().report_from_deg


def test_the_cue_that_was_given_is_in_the_summary(sources: Sources) -> None:
    assert analyze("a.mp4", cue="squeeze the glutes").summary["cue"] == "squeeze the glutes"


def test_the_users_word_on_the_lift_counts(sources: Sources) -> None:
    assert analyze("a.mp4", lift="deadlift").lift == "deadlift"
    assert analyze("a.mp4").lift == "squat"


def test_rounding_in_the_posture_is_found_and_a_refused_clip_keeps_silent(
    sources: Sources,
) -> None:
    posture = sources.measured.posture
    bump = 20.0 * np.exp(-(((posture.time_s - 2.2) / 0.35) ** 2))
    rounded = replace(
        posture,
        lumbar_flexion_deg=bump,
        lumbar_flexion_sd_deg=np.full(len(posture), 1.5),
        back_bulge=np.full(len(posture), 0.05),  # and the outline shows it
        measurable=np.ones(len(posture), bool),
    )
    sources.measured = replace(sources.measured, posture=rounded)
    found = analyze("a.mp4").findings
    assert [(f.kind, f.where, f.rep) for f in found] == [("rounding", "bottom", 1)]
    assert found[0].size_deg == pytest.approx(19.0, abs=3.0)
    refusal = Quality("refused", (Reason("back_hidden", "Hidden: show it."),), 0.0)
    sources.measured = replace(sources.measured, quality=refusal)
    refused = analyze("a.mp4")
    assert refused.findings == ()
    assert find_findings(rounded, refused.reps, "squat", Settings()) != ()
    assert refused.evidence is not None


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no file"):
        analyze(tmp_path / "gone.mp4")


def test_saving_writes_the_files_of_the_contract(squat: Analysis, tmp_path: Path) -> None:
    written = squat.save(tmp_path)
    assert all(path.exists() and path.stat().st_size > 0 for path in written.values())
    names = {path.name for path in written.values()}
    assert {
        "analysis.json", "series.csv", "series.parquet", "report.html", "overlay.mp4",
        "kinematics.mot", "landmarks.trc",
    } <= names  # fmt: skip


def test_the_package_s_own_analyze_is_this_one() -> None:
    assert backline.analyze is analyze
