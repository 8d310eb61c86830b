"""The example result, made once for all tests of the report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for example_analysis, beside the tests

if TYPE_CHECKING:
    from backline.analysis import Analysis


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """A result with its rendered clip, 160 x 240 pixels."""
    from example_analysis import make_example

    return make_example(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="session")
def saved(example: Analysis, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All files of the example."""
    return example.save(tmp_path_factory.mktemp("saved"))


@pytest.fixture(scope="session")
def chromium(browser: str) -> Iterator[Any]:
    """A running Chromium that fetches nothing by itself."""
    sync_api = pytest.importorskip("playwright.sync_api")
    arguments = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    ]  # fmt: skip
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=arguments)
        yield running
        running.close()
