"""No damaged file of any format ends in more than one plain sentence, or takes all memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PARTS = 3
MOST_KIB = 1_500_000
"""Resident memory that a file of a lift may take."""
MOST_S = 60.0
"""Seconds that it may take."""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_file_ends_in_a_status_and_one_sentence_and_none_is_measured_wrongly(
    part: int, tmp_path: Path, repo_root: Path
) -> None:
    rows, peak_kib = judged(part, tmp_path, repo_root)
    assert len(rows) > 100
    good = {row["what"].split(",")[0]: row for row in rows if row["what"].endswith("good")}
    for row in rows:
        assert row["status"] in (0, 2, 3, 4), row
        assert row["warnings"] == [], row
        assert row["s"] < MOST_S, row
        if row["status"]:
            assert "\n" not in row["text"], row
            assert row["text"].endswith("."), row
            assert ": " in row["text"], row
        right = good[row["what"].split(",")[0]]
        assert right["status"] == 0, right
        if row["status"] == 0 and row["text"] == "ok":
            assert row["largest"] <= right["largest"] + 3.0, row
    assert peak_kib < MOST_KIB


def judged(part: int, folder: Path, repo_root: Path) -> tuple[list[dict[str, Any]], int]:
    """Return what became of each file of a part, and the largest memory of a process, KiB."""
    places = os.pathsep.join([str(repo_root / "src"), str(repo_root)])
    arguments = ["-m", "tests.bad_files", str(folder / "files"), str(part), str(PARTS)]
    run = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": places, "OPENBLAS_NUM_THREADS": "1"},
        cwd=repo_root, capture_output=True, text=True, timeout=800,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    *rows, last = map(json.loads, run.stdout.splitlines())
    return rows, last["peak_kib"]
