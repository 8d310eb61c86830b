"""The tests of a changed file are those that mirror it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.changed_tests import mirrors_of


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            "src/backline/formats/picture_orientation.py",
            ["tests/formats/test_picture_orientation.py"],
        ),
        (
            "src/backline/formats/opensim.py",
            ["tests/formats/test_opensim.py", "tests/formats/test_opensim_reader.py"],
        ),
        ("src/backline/signals/standing.py", ["tests/signals/test_standing.py"]),
        ("tools/preflight.py", ["tests/tools/test_preflight.py"]),
        (
            "tests/formats/test_picture_orientation.py",
            ["tests/formats/test_picture_orientation.py"],
        ),
        ("tests/formats/conftest.py", []),
        ("docs/web.md", []),
    ],
)
def test_a_file_has_the_tests_that_mirror_it(
    repo_root: Path, file: str, expected: list[str]
) -> None:
    assert [str(path) for path in mirrors_of(Path(file), repo_root)] == expected
