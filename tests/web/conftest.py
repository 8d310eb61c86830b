"""A running server of the web app, with the example lift analysed in it once for all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for web_served, beside the tests

from web_served import PageConnection, Served, copy_lift

from backline.web.lift_store import LiftStore
from tests.deadlines import line_of

TOLD = {"lifter": "Ada", "load_kg": "100", "body_mass_kg": "80", "height_cm": "178"}


@pytest.fixture(autouse=True)
def _usual_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that runs in the test process leaves its priority alone: it cannot be raised again."""
    monkeypatch.setattr("backline.web.worker.lower_priority", lambda: None)


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[..., Served]]:
    """Start a server on a data folder, with more options and more of an environment."""
    running: list[Served] = []

    def begin(data: Path, *options: str, **more: str) -> Served:
        command = [sys.executable, "-m", "backline", "serve", "--port", "0", *options]
        environment = os.environ | {"BACKLINE_DATA": str(data), "NO_COLOR": "1"} | more
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        line = line_of(process)
        assert " at " in line, line
        served = Served(line.split(" at ")[1].split()[0], data, process)
        running.append(served)
        return served

    yield begin
    for served in running:
        if served.process.poll() is None:
            served.stop()


@pytest.fixture(scope="session")
def cached(
    start: Callable[..., Served],
    example_clip: Path,
    seen: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, str]:
    """A data folder with the example lift analysed, and the lift's id. Not to be changed."""
    data = tmp_path_factory.mktemp("analysed")
    served = start(data, **seen)
    lift_id = served.add(example_clip, **TOLD)
    done = served.wait(lift_id, "done", "failed", "stopped")
    served.stop()
    assert done["state"] == "done", done
    return data, lift_id


@pytest.fixture(scope="session")
def lift(cached: tuple[Path, str]) -> str:
    """Id of the analysed example."""
    return cached[1]


@pytest.fixture(scope="session")
def site(
    start: Callable[..., Served], cached: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> Served:
    """A server with the analysed example and, under another id, the same lift once more."""
    data = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(cached[0], data)
    copy_lift(data / "web", cached[1], "b" * 16, name="second.mp4", lifter="Ben", set_id=None)
    return start(data)


@pytest.fixture
def lift_store(tmp_path: Path) -> Iterator[LiftStore]:
    """An empty lift_store."""
    made = LiftStore(tmp_path / "web")
    yield made
    made.close()


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., PageConnection]]:
    """Open a page of a server."""
    contexts = []

    def opened(site: Served, path: str, width: int = 1280, scheme: str = "light") -> PageConnection:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        context.set_default_timeout(150_000)
        page = context.new_page()
        visit = PageConnection(page, [], [], site)
        page.on("console", lambda message: visit.said.append(message.text))
        page.on("pageerror", lambda error: visit.said.append(str(error)))
        page.on("request", lambda request: visit.asked.append(request.url))
        return visit.go(path)

    yield opened
    for context in contexts:
        context.close()
