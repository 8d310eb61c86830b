"""No file's tests are spread over processes: each would make anew what they share."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.by_file import APART, unit_of
from tests.deadlines import PATIENCE_S

RECORDS = """
import os
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range(12))
def test_any(number):
    with Path("ran.txt").open("a") as stream:
        print(Path(__file__).stem, os.environ["PYTEST_XDIST_WORKER"], file=stream)
"""


def test_each_file_is_run_by_one_process(tmp_path: Path, repo_root: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.by_file import pytest_xdist_make_scheduler\n")
    names = [f"test_{letter}" for letter in "abcd"]
    for name in names:
        (tmp_path / f"{name}.py").write_text(RECORDS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2",
               "-o", f"pythonpath={repo_root}", "--rootdir", str(tmp_path), "."]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, check=True, timeout=PATIENCE_S, capture_output=True)
    ran = [line.split() for line in (tmp_path / "ran.txt").read_text().splitlines()]
    assert len(ran) == 12 * len(names)
    assert len({(name, process) for name, process in ran}) == len(names)


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        ("tests/web/test_pages.py::test_any", "web"),
        ("tests/web/test_notes.py::test_other[a@b-tests/cli]", "web"),
        ("tests/web/test_queue.py::test_any", "tests/web/test_queue.py"),
        ("tests/sources/imu/test_strip.py::test_any[x::y]", "tests/sources/imu/test_strip.py"),
        ("tests/test_house.py::test_any", "tests/test_house.py"),
    ],
)
def test_a_unit_is_a_file_or_a_folder_that_stays_together(nodeid: str, unit: str) -> None:
    assert unit_of(nodeid) == unit


def test_a_file_that_stands_apart_is_there_and_uses_no_analysed_example(repo_root: Path) -> None:
    for path in APART:
        text = (repo_root / path).read_text()
        assert not re.search(r"\b(cached: |site: Served|lift: str)", text), path
