"""``backline analyze`` with bar and body mass: the load reaches table, findings and summary."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from backline import cli

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
    assert moment.max() == pytest.approx(207, rel=0.12)  # published, from the ground forces


def test_compression_lies_inside_its_band(results: Path) -> None:
    table = pd.read_csv(results / "series.csv").dropna(subset=LOAD_COLUMNS)
    assert (table["l5s1_compression_low_n"] <= table["l5s1_compression_n"]).all()
    assert (table["l5s1_compression_n"] <= table["l5s1_compression_high_n"]).all()


def test_findings_say_the_load_at_their_peak_and_the_summary_both_ends(results: Path) -> None:
    document = json.loads((results / "analysis.json").read_text("utf-8"))
    (rounding,) = [f for f in document["findings"] if f["kind"] == "rounding"]
    assert rounding["load"]["l5s1_compression_n"] > 1500
    ends = document["summary"]["top_against_bottom"]
    assert ends is not None
    assert len(document["summary"]["mechanisms"]) == len(document["findings"])
