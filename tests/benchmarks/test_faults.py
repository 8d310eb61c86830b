"""Killed, refused by the disk or written by two at once: results are whole, old or new."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.fault_jobs import JOBS
from benchmarks.faults import KINDS

FAULTS = 4


@pytest.mark.parametrize("job", sorted(JOBS))
def test_no_fault_loses_or_mixes_anything(repo_root: Path, job: str) -> None:
    command = [sys.executable, "-m", "benchmarks.faults", "--json", "--job", job]
    done = subprocess.run(
        [*command, "--count", str(FAULTS)],
        cwd=repo_root, capture_output=True, text=True, timeout=480,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout)
    assert len(told) == len(KINDS)
    for name, one in told.items():
        assert one["faults"] == FAULTS, name
        assert one["wrong"] == [], name
