"""Several processes share the tests by file, so that what a file's tests share is made once.

pytest-xdist can do so by itself only for single files (``--dist loadfile``); its groups
(``loadgroup``) have no effect with pytest 9.2, which ignores the name that they add to a test's id.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

FIRST = ("web", "batch", "docs", "library", "sources")
"""Folders whose tests take longest: begun first, so that none is left over at the end."""
TOGETHER = ("web",)
"""Folders whose tests share what takes long to make: one process runs them all."""
APART = (
    "tests/web/test_browser_session.py", "tests/web/test_live_page.py", "tests/web/test_queue.py",
)  # fmt: skip
"""Files there that do not use it (in web: the analysed example and its server)."""


def unit_of(nodeid: str) -> str:
    """Return the file of a test, or the folder whose tests stay together."""
    path = nodeid.split("::", 1)[0]
    folder = folder_of(path)
    return folder if folder in TOGETHER and path not in APART else path


def folder_of(path: str) -> str:
    """Return the folder of ``tests`` in which a file lies."""
    return path.partition("tests/")[2].partition("/")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Hand out the tests of a file, or of such a folder, to one process."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes run the tests, begin with the folders that take longest."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        rank = {folder: place for place, folder in enumerate(FIRST)}
        items.sort(key=lambda item: rank.get(folder_of(item.nodeid), len(rank)))
