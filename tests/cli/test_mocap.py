"""``backline analyze`` on a real lift of the laboratory: the whole way, down to the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from backline.cli import app as cli
from backline.formats.c3d import write_c3d
from backline.pipeline import analyze
from backline.report.document import schema
from tests.sources.mocap.marker_body import Plan as MarkerPlan
from tests.sources.mocap.marker_body import body

Find = Callable[[str], Path]


@pytest.fixture(scope="module")
def results(shared_file: Find, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one call wrote; the call itself must have gone well."""
    out = tmp_path_factory.mktemp("mocap")
    lift = shared_file("mocap/stoop1_t169_f620f800.c3d")
    own = shared_file("mocap/neu_t169_f250f350.c3d")
    options = ["--standing", str(own), "--lift", "deadlift", "--out", str(out), "--quiet"]
    assert cli.run(["analyze", str(lift), *options]) == 0
    return out / lift.stem


@pytest.fixture(scope="module")
def document(results: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((results / "analysis.json").read_text("utf-8"))
    return loaded


def test_there_is_every_file_but_those_that_need_a_picture(results: Path) -> None:
    assert {path.name for path in results.iterdir()} == {
        "analysis.json",
        "series.csv",
        "series.parquet",
        "report.html",
        "kinematics.mot",
        "landmarks.trc",
    }


def test_analysis_json_keeps_to_its_schema(document: dict[str, Any]) -> None:
    Draft202012Validator(schema()).validate(document)
    assert document["source"]["kind"] == "mocap"
    assert document["quality"]["verdict"] == "ok"


def test_own_standing_is_that_of_the_other_recording(document: dict[str, Any]) -> None:
    assert document["standing"] == {"start_s": None, "end_s": None, "method": "given"}
    assert document["settings"]["standing_from"] == "neu_t169_f250f350.c3d"


def test_one_rep_rounds_at_the_bottom_by_what_its_readme_says(document: dict[str, Any]) -> None:
    assert [rep["index"] for rep in document["reps"]] == [1]
    rounding = [f for f in document["findings"] if f["kind"] == "rounding"]
    assert [f["where"] for f in rounding] == ["bottom"]
    # 27 degrees in the recording's README, at the deepest frame
    assert rounding[0]["size_deg"] == pytest.approx(27, abs=2)
    assert document["summary"]["headline"].startswith("The low back rounded at the bottom")


def test_the_series_holds_every_frame(results: Path) -> None:
    series = pd.read_csv(results / "series.csv")
    assert len(series) == 181
    assert (series["measurable"] == 1).all()
    assert series["lumbar_flexion_deg"].max() == pytest.approx(27, abs=2)


def test_the_page_draws_the_lifter_and_names_the_other_recording(results: Path) -> None:
    html = (results / "report.html").read_text("utf-8")
    assert "<video" not in html
    assert '"limbs":' in html
    assert "The standing reference was taken from another recording." in html


def test_a_bottom_without_the_marker_on_c7_is_named_in_the_headline(tmp_path: Path) -> None:
    # 2 s of standing, 2 s down, 2 s up at 50 Hz: the bottom is frame 200, and 1 s of C7 is gone
    lifter = body(MarkerPlan(lumbar=4.0)).hidden("C7", slice(175, 225))
    write_c3d(tmp_path / "lift.c3d", lifter.c3d())
    headline = analyze(tmp_path / "lift.c3d", lift="squat").summary["headline"]
    assert headline.endswith("but the low back could not be measured at the bottom.")


def test_without_c7_the_pelvis_comes_in_the_series(tmp_path: Path) -> None:
    lifter = body()
    write_c3d(tmp_path / "lift.c3d", lifter.without("C7").c3d())
    out = tmp_path / "out"
    assert cli.run(["analyze", str(tmp_path / "lift.c3d"), "--out", str(out), "--quiet"]) == 4
    series = pd.read_csv(out / "lift" / "series.csv")
    assert (series["measurable"] == 0).all()
    assert series["lumbar_flexion_deg"].isna().all()
    tilt = series["pelvic_tilt_deg"].to_numpy()
    np.testing.assert_allclose(tilt, lifter.plan.pelvis * lifter.depth, atol=0.25)
    assert (series["pelvic_tilt_sd_deg"] > 0.5).all()
