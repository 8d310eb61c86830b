"""The example result, made once for all tests of the report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for example_analysis, beside the tests

if TYPE_CHECKING:
    from backline.pipeline import Analysis


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """A result with its rendered clip, 160 x 240 pixels."""
    from example_analysis import make_example

    return make_example(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="session")
def saved(example: Analysis, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All files of the example."""
    return example.save(tmp_path_factory.mktemp("saved"))
