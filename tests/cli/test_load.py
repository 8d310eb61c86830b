"""``backline analyze`` with bar and body mass: the load reaches table, findings and summary."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backline.cli import app as cli
from backline.errors import UsageError
from backline.pipeline import analyze

Find = Callable[[str], Path]
LOAD_COLUMNS = [
    "l5s1_moment_nm",
    "l5s1_compression_n",
    "l5s1_compression_low_n",
    "l5s1_compression_high_n",
    "l5s1_shear_low_n",
    "l5s1_shear_high_n",
]


@pytest.fixture(scope="module")
def results(shared_file: Find, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("load")
    lift = shared_file("mocap/stoop1_t169_f620f800.c3d")
    own = shared_file("mocap/neu_t169_f250f350.c3d")
    options = ["--standing", str(own), "--lift", "deadlift", "--out", str(out), "--quiet"]
    mass = ["--load-kg", "15", "--body-mass-kg", "81", "--height-cm", "178"]
    assert cli.run(["analyze", str(lift), *options, *mass]) == 0
    return out / lift.stem


def test_the_load_columns_follow_the_angles_in_the_contracts_order(results: Path) -> None:
    table = pd.read_csv(results / "series.csv")
    assert list(table.columns[14:20]) == LOAD_COLUMNS


def test_the_moment_of_a_15_kg_stoop_lift_peaks_near_the_published_one(results: Path) -> None:
    moment = pd.read_csv(results / "series.csv")["l5s1_moment_nm"]
    assert moment.max() == pytest.approx(207, rel=0.10)  # published, from the ground forces


def test_analyze_follows_the_published_moment_of_the_stoop_lift_through_the_whole_lift(
    results: Path, shared_file: Find
) -> None:
    table = pd.read_csv(results / "series.csv")
    published = np.loadtxt(shared_file("mocap/stoop1_l5s1Bu.csv"), delimiter=",")
    time_s, reference = published[:, 0] - published[0, 0], published[:, 2]
    found = np.interp(time_s, table["time_s"], table["l5s1_moment_nm"])
    assert np.sqrt(np.mean((found - reference) ** 2)) < 15
    assert abs(np.mean(found[:10]) - np.mean(reference[:10])) < 12
    hands_empty = (time_s > 1.2) & (time_s < 1.7)
    assert np.mean(found[hands_empty]) == pytest.approx(np.mean(reference[hands_empty]), rel=0.12)


def test_compression_lies_inside_its_band(results: Path) -> None:
    table = pd.read_csv(results / "series.csv").dropna(subset=LOAD_COLUMNS)
    assert (table["l5s1_compression_low_n"] <= table["l5s1_compression_n"]).all()
    assert (table["l5s1_compression_n"] <= table["l5s1_compression_high_n"]).all()


def test_the_gluteus_stands_last_and_lengthens_where_the_hip_bends(results: Path) -> None:
    table = pd.read_csv(results / "series.csv")
    assert list(table.columns[20:22]) == ["glute_length", "glute_action"]
    seen = table[table["measurable"] == 1]
    assert seen["glute_length"].notna().all()
    assert set(seen["glute_action"]) <= {"shortening", "holding", "lengthening"}
    assert seen["glute_length"].corr(seen["hip_flexion_deg"]) > 0.9


def test_both_models_are_at_the_finding_and_at_the_set_s_heaviest_moment(results: Path) -> None:
    document = json.loads((results / "analysis.json").read_text("utf-8"))
    (rounding,) = [f for f in document["findings"] if f["kind"] == "rounding"]
    for load in (rounding["load"], document["summary"]["load"]["peak"]):
        low, middle, high = (load[f"muscles_compression_{p}"] for p in ("low_n", "n", "high_n"))
        assert low <= middle <= high
        assert 0.8 < middle / load["l5s1_compression_n"] < 1.6
    assert document["summary"]["glutes"]["dead_band"] > 0


def test_findings_say_the_load_at_their_peak_and_the_summary_both_ends(results: Path) -> None:
    document = json.loads((results / "analysis.json").read_text("utf-8"))
    (rounding,) = [f for f in document["findings"] if f["kind"] == "rounding"]
    assert rounding["load"]["l5s1_compression_n"] > 1500
    ends = document["summary"]["top_against_bottom"]
    assert ends is not None
    assert len(document["summary"]["mechanisms"]) == len(document["findings"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"load_kg": 2000.0}, "load is 2000 kg"),
        ({"height_cm": 17.0}, "height is 17 cm"),
        ({"body_mass_kg": float("nan")}, "body mass is not a number"),
        ({"bar_place": "knees"}, "'knees'"),
    ],
)
def test_an_impossible_lifter_ends_before_the_source_is_even_looked_at(
    given: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        analyze(tmp_path / "no_such_clip.mp4", **given)


def test_sex_and_the_bar_s_place_change_the_load_and_are_written_down(
    shared_file: Find, tmp_path: Path
) -> None:
    lift = shared_file("mocap/stoop1_t169_f620f800.c3d")
    own = shared_file("mocap/neu_t169_f250f350.c3d")
    options = ["--standing", str(own), "--lift", "squat", "--out", str(tmp_path), "--quiet"]
    mass = ["--load-kg", "60", "--body-mass-kg", "81", "--height-cm", "178"]
    peaks = []
    for more in (["--bar-place", "high_bar"], ["--bar-place", "low_bar", "--sex", "female"]):
        assert cli.run(["analyze", str(lift), *options, *mass, *more]) == 0
        settings = json.loads((tmp_path / lift.stem / "analysis.json").read_text())["settings"]
        assert settings["bar_place_asked"] == more[1]
        peaks.append(pd.read_csv(tmp_path / lift.stem / "series.csv")["l5s1_moment_nm"].max())
    assert settings["sex"] == "female"
    assert peaks[1] < peaks[0] - 10


def test_simulate_shows_both_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = tmp_path / "case.png"
    asked = ["simulate", "--tuck", "9", "--load-kg", "100", "--lean", "5", "--out", str(figure)]
    assert cli.run(asked) == 0
    text = capsys.readouterr().out
    assert "Compression, kN, one muscle" in text
    assert "Compression, kN, muscle by muscle" in text
    assert figure.stat().st_size > 10_000
