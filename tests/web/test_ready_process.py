"""A correction is answered by a process that has loaded everything beforehand."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backline.web import ready_process, worker
from backline.web.lift_store import LiftStore
from backline.web.ready_process import ReadyProcess
from backline.web.view import read_view
from backline.web.worker import Work

ANSWER_S = 2.0
"""CPU seconds that a correction may take until its numbers are there (issue: under two seconds)."""


class Shown(Exception):
    """The numbers were told."""


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadyProcess]:
    """One whose process reads the lift's id, and says it."""
    started = ready_process.subprocess.Popen

    def stand_in(command: list[str], **options: Any) -> Any:
        return started([sys.executable, "-c", "print('told', input())"], **options)

    monkeypatch.setattr(ready_process.subprocess, "Popen", stand_in)
    made = ReadyProcess(tmp_path, 0)
    yield made
    made.close()


def test_it_is_told_its_lift_and_works_on_that_alone(ready: ReadyProcess) -> None:
    ready.prepare()
    ready.prepare()
    process = ready.take("0123456789abcdef")
    assert process is not None
    assert process.communicate(timeout=60)[0] == "told 0123456789abcdef\n"
    assert ready.take("0123456789abcdef") is None, "one process, one lift"


def test_one_that_has_ended_meanwhile_is_made_anew(ready: ReadyProcess) -> None:
    ready.prepare()
    assert ready._process is not None
    ready._process.kill()
    ready._process.wait(60)
    ready.prepare()
    process = ready.take("0123456789abcdef")
    assert process is not None
    assert process.communicate(timeout=60)[0] == "told 0123456789abcdef\n"


def test_none_is_made_once_the_server_ends(ready: ReadyProcess) -> None:
    ready.prepare()
    process = ready._process
    ready.close()
    ready.prepare()
    assert process is not None
    assert process.poll() is not None
    assert ready.take("0123456789abcdef") is None


def test_the_real_one_ends_with_its_server(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "backline.web.worker", str(tmp_path), ready_process.ANY, "0"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("correction", ["reject", "lift", "bar", "standing"])
def test_a_correction_shows_its_numbers_within_two_seconds_of_computing(
    correction: str, cached: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(cached[0], tmp_path / "data")
    lift_store, lift = LiftStore(tmp_path / "data" / "web"), cached[1]
    before = read_view(lift_store.view(lift))
    changes: dict[str, Any] = {}
    if correction == "reject":
        lift_store.judge(lift, before["findings_list"][0]["key"], "rejected", "")
    elif correction == "lift":
        changes = {"lift": "deadlift"}
    elif correction == "bar":
        lift_store.change(lift, load_kg=60.0)
    else:
        peak = before["findings_list"][0]["peak_s"]
        changes = {"standing": [peak - 0.3, peak + 0.3]}
    lift_store.enqueue(lift, "again", changes=changes)
    worker.make_ready()
    monkeypatch.setattr(Work, "_say_done", _stop)
    began = time.process_time()
    with pytest.raises(Shown):
        Work(lift_store, lift_store.get(lift)).run()
    assert time.process_time() - began < ANSWER_S
    after = read_view(lift_store.view(lift))
    lift_store.close()
    assert after["summary"] != before["summary"]


def _stop(*_: object, **__: object) -> None:
    raise Shown


def test_an_open_page_is_loaded_anew_for_new_numbers_and_not_for_the_same(
    lift_store: LiftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backline.web import queue as queue_module
    from backline.web.options import Options
    from tests.deadlines import wait_until

    numbers = '"numbers": {"verdict": "ok", "headline": "%s", "found_lift": "squat"}'
    lines = [
        f'{{"shown": false, {numbers % "new"}}}', f'{{"shown": true, {numbers % "kept"}}}'
    ]  # fmt: skip
    started: Callable[..., Any] = queue_module.subprocess.Popen

    def stand_in(command: list[str], **options: Any) -> Any:
        return started([sys.executable, "-c", f"print({chr(10).join(lines)!r})"], **options)

    monkeypatch.setattr(queue_module.subprocess, "Popen", stand_in)
    lift_store.add("0" * 16, "a.mp4", 1, {"kind": "again"})
    queue = queue_module.Queue(lift_store, Options(lift_store.folder))
    queue.start()
    try:
        wait_until(lambda: lift_store.get("0" * 16).state == "done", 120.0, 0.05)
    finally:
        queue.close()
    assert (lift_store.get("0" * 16).version, lift_store.get("0" * 16).headline) == (1, "kept")
