"""What the tests of the web app hold in their hands: a running server, a page, a copied lift."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backline.web.lift_store import LiftStore

LONGEST_S = 480.0


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
            with urllib.request.urlopen(request, timeout=300) as answer:
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
        self.process.wait(timeout=300)
        if self.process.stdout is not None:
            self.process.stdout.close()


@dataclass
class PageConnection:
    """A page in the browser, with what it said and what it asked for."""

    page: Any
    said: list[str]
    asked: list[str]
    site: Served

    def go(self, path: str) -> PageConnection:
        self.page.goto(self.site.address + path)
        self.page.wait_for_selector("footer")
        return self

    def settle(self) -> None:
        for _ in range(2):  # the end of one seek may start the next, which was waiting for it
            self.page.wait_for_function(
                "() => { const v = document.querySelector('video');"
                " return !v || (v.readyState >= 2 && !v.seeking); }"
            )
            self.page.evaluate(
                "() => new Promise((done) => requestAnimationFrame(() =>"
                " requestAnimationFrame(done)))"
            )


def copy_lift(folder: Path, lift_id: str, copy: str, **changes: Any) -> None:
    """Put a second lift with the same results on the lift_store of a server that does not run."""
    lift_store = LiftStore(folder)
    entry = asdict(lift_store.get(lift_id))
    lift_store.add(copy, entry["name"], entry["size_bytes"], {**entry, "id": copy, **changes})
    shutil.copytree(lift_store.home(lift_id), lift_store.home(copy))
    lift_store.close()
