"""Whole answers stay as they are kept in ``tests/golden``, whatever is moved in the code.

From what was seen of a clip onward every number is the same; with the pose engine's work before
it, to a tenth of a degree. Recordings that are not ours to copy are compared by a digest.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backline.pipeline import Analysis, analyze
from tests import golden_cases as cases

REMEDY = "where it changes on purpose: python -m tests.golden_cases, in a commit that says why"


def compare(kept: Any, now: Any, tolerance: float, place: str = "") -> None:
    """Fail where two documents differ, in structure or by more than a tolerance."""
    if isinstance(kept, dict):
        assert sorted(kept) == sorted(now), f"{place}: {REMEDY}"
        for name in kept:
            compare(kept[name], now[name], tolerance, f"{place}/{name}")
    elif isinstance(kept, list):
        assert len(kept) == len(now), f"{place}: {REMEDY}"
        for number, (a, b) in enumerate(zip(kept, now, strict=True)):
            compare(a, b, tolerance, f"{place}/{number}")
    elif isinstance(kept, float) and isinstance(now, (int, float)):
        assert now == pytest.approx(kept, abs=tolerance, rel=tolerance), f"{place}: {REMEDY}"
    else:
        assert now == kept, f"{place}: {REMEDY}"


def compare_series(name: str, table: pd.DataFrame, tolerance: float) -> None:
    """Fail where a column differs from the kept one."""
    kept = pd.read_csv(cases.KEPT / f"{name}.series.csv")
    now = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    assert list(kept.columns) == list(now.columns), REMEDY
    for column in kept:
        pd.testing.assert_series_equal(
            now[column], kept[column], check_dtype=False, rtol=tolerance, atol=tolerance
        )


def check(name: str, analysis: Analysis) -> None:
    """Compare a whole answer with the kept one."""
    document, table = cases.answer(analysis)
    kept = json.loads((cases.KEPT / f"{name}.analysis.json").read_text())
    compare(kept, document, cases.ALIKE)
    compare_series(name, table, cases.ALIKE)


@pytest.mark.parametrize("name", cases.RENDERED)
def test_answers_from_what_was_seen_stay_the_same(name: str) -> None:
    check(name, cases.from_sight(name))


def test_the_answer_from_sensors_stays_the_same() -> None:
    check("sensors", cases.from_sensors())


def test_the_answer_from_keypoints_stays_the_same() -> None:
    check("keypoints", cases.from_keypoints())


def test_the_example_stays_within_a_tenth_of_a_degree_with_the_pose_engine() -> None:
    document, table = cases.answer(analyze(cases.EXAMPLE))
    kept = json.loads((cases.KEPT / "example.analysis.json").read_text())
    told = [(f["kind"], f["where"], f["rep"]) for f in document["findings"]]
    assert told == [(f["kind"], f["where"], f["rep"]) for f in kept["findings"]], REMEDY
    assert document["quality"]["verdict"] == kept["quality"]["verdict"]
    before = pd.read_csv(cases.KEPT / "example.series.csv")
    angles = [name for name in before if name.endswith("_deg")]
    assert len(angles) >= 8
    for name in angles:
        np.testing.assert_allclose(
            table[name].to_numpy(float), before[name].to_numpy(float),
            rtol=0, atol=cases.POSE_ALIKE_DEG, err_msg=name,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "run"), [("stoop", cases.stoop), ("opencap_squats", cases.opencap)]
)
def test_real_motion_capture_keeps_its_digest(
    name: str, run: Callable[[Path], Analysis], shared_dir: Path
) -> None:
    document, table = cases.answer(run(shared_dir))
    kept = json.loads((cases.KEPT / f"{name}.digest.json").read_text())
    now = {
        "reps": len(document["reps"]), "findings": len(document["findings"]),
        "columns": cases.digest(table),
    }  # fmt: skip
    compare(kept, now, 1e-3)


def test_a_change_in_a_number_a_word_or_a_row_is_found() -> None:
    kept = {"a": [1.0, {"b": "word"}]}
    compare(kept, {"a": [1.0, {"b": "word"}]}, cases.ALIKE)
    for other in ({"a": [1.1, {"b": "word"}]}, {"a": [1.0, {"b": "other"}]}, {"a": [1.0]}):
        with pytest.raises(AssertionError):
            compare(kept, other, cases.ALIKE)
