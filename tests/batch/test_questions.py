"""The questions to a dataset that the docs put with DuckDB are answered, and rightly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backline.batch.local import WorkerLimits
from backline.batch.run import run_batch
from tests.batch.lifts import lift

duckdb = pytest.importorskip("duckdb", reason="needs duckdb, of the extra 'dev'")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada winks; Bo winks and tucks at the top, under a cue that only he has."""
    folder = tmp_path_factory.mktemp("questions")
    lift(folder / "a.mot", 15.0)
    lift(folder / "b.mot", 15.0, 9.0)
    lines = ("source,lifter,cue", "a.mot,Ada,stand tall", "b.mot,Bo,squeeze")
    (folder / "m.csv").write_text("\n".join(lines))
    run_batch(str(folder / "m.csv"), str(folder / "cohort_data"), limits=WorkerLimits(1))
    return folder


@pytest.fixture
def questions(repo_root: Path) -> list[str]:
    text = (repo_root / "docs" / "scale.md").read_text(encoding="utf-8")
    return re.findall(r'query = """(.*?)"""', text, flags=re.DOTALL)


def test_the_docs_questions_are_answered(
    home: Path, questions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    who, cue = (duckdb.sql(question).fetchall() for question in questions)
    assert {(lifter, name, reps) for lifter, name, reps, _ in who} == {
        ("Ada", "butt wink", 1),
        ("Bo", "butt wink", 1),
        ("Bo", "opposite butt wink", 1),
    }
    assert cue == [("squeeze", 1, 1, 1.0), ("stand tall", 1, 0, 0.0)]
