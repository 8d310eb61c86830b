"""A running server of the web app, with the example lift analysed in it once for all tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backline.web.shelf import Shelf

LONGEST_S = 1200.0
TOLD = {"lifter": "Ada", "load_kg": "100", "body_mass_kg": "80", "height_cm": "178"}


@dataclass
class Served:
    """One ``backline serve`` in a process of its own."""

    address: str
    data: Path
    process: subprocess.Popen[str]

    def ask(
        self, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        request = urllib.request.Request(self.address + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), dict(error.headers)

    def lifts(self) -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in json.loads(self.ask("/api/lifts")[1])}

    def add(self, clip: Path, **told: str) -> str:
        query = urllib.parse.urlencode({"name": clip.name, **told})
        status, said, _ = self.ask(f"/api/lifts?{query}", clip.read_bytes())
        assert status == 201, said
        return str(json.loads(said)["id"])

    def tell(self, lift_id: str, act: str, **wanted: Any) -> tuple[int, dict[str, Any]]:
        body = json.dumps(wanted).encode()
        status, said, _ = self.ask(f"/api/lifts/{lift_id}/{act}", body)
        return status, json.loads(said)

    def wait(self, lift_id: str, *states: str) -> dict[str, Any]:
        until = time.monotonic() + LONGEST_S
        while (found := self.lifts()[lift_id])["state"] not in states:
            assert time.monotonic() < until, found
            time.sleep(0.5)
        return found

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[..., Served]]:
    """Start a server on a data folder, with more options of ``backline serve``."""
    running: list[Served] = []

    def begin(data: Path, *options: str) -> Served:
        command = [sys.executable, "-m", "backline", "serve", "--port", "0", *options]
        environment = os.environ | {"BACKLINE_DATA": str(data), "NO_COLOR": "1"}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        line = process.stdout.readline()
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
    start: Callable[..., Served], example_clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A data folder with the example lift analysed, and the lift's id. Not to be changed."""
    data = tmp_path_factory.mktemp("analysed")
    served = start(data)
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


def copy_lift(folder: Path, lift_id: str, copy: str, **changes: Any) -> None:
    """Put a second lift with the same results on the shelf of a server that does not run."""
    from dataclasses import asdict

    shelf = Shelf(folder)
    entry = asdict(shelf.get(lift_id))
    shelf.add(copy, entry["name"], entry["size_bytes"], {**entry, "id": copy, **changes})
    shutil.copytree(shelf.home(lift_id), shelf.home(copy))
    shelf.close()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """An empty shelf."""
    made = Shelf(tmp_path / "web")
    yield made
    made.close()


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


@dataclass
class Visit:
    """A page in the browser, with what it said and what it asked for."""

    page: Any
    said: list[str]
    asked: list[str]
    site: Served

    def go(self, path: str) -> Visit:
        self.page.goto(self.site.address + path)
        self.page.wait_for_selector("footer")
        return self

    def settle(self) -> None:
        self.page.wait_for_function(
            "() => { const v = document.querySelector('video');"
            " return !v || (v.readyState >= 2 && !v.seeking); }"
        )
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Visit]]:
    """Open a page of a server."""
    contexts = []

    def opened(site: Served, path: str, width: int = 1280, scheme: str = "light") -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        context.set_default_timeout(180_000)
        page = context.new_page()
        visit = Visit(page, [], [], site)
        page.on("console", lambda message: visit.said.append(message.text))
        page.on("pageerror", lambda error: visit.said.append(str(error)))
        page.on("request", lambda request: visit.asked.append(request.url))
        return visit.go(path)

    yield opened
    for context in contexts:
        context.close()
