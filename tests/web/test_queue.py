"""The queue, with processes that stand in for the worker: what each ending leaves behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backline.web import queue as queue_module
from backline.web.lift_store import LiftStore, StoredLift
from backline.web.options import Options
from backline.web.queue import STAGES, Queue, share_of
from tests.deadlines import line_of, running, wait_until

LONGEST_S = 300.0
"""How patient the tests are with a busy machine, seconds."""
DONE = '{"numbers": {"verdict": "ok", "headline": "All well", "found_lift": "squat"}}'


@pytest.fixture
def work(
    lift_store: LiftStore, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., StoredLift]]:
    """Run one job whose worker is a few lines of Python; return the lift when it has ended."""
    queues: list[Queue] = []
    started = queue_module.subprocess.Popen

    def run(code: str, *, until: str = "", longest_s: float = 60.0, act: str = "") -> StoredLift:
        def stand_in(command: list[str], **options: object) -> object:
            return started([sys.executable, "-c", code], **options)  # type: ignore[call-overload]

        monkeypatch.setattr(queue_module.subprocess, "Popen", stand_in)
        lift_id = lift_store.new_id()
        lift_store.add(lift_id, "a.mp4", 1, {})
        queue = Queue(lift_store, Options(lift_store.folder, longest_job_s=longest_s))
        queues.append(queue)
        queue.start()
        if act:
            _wait(lambda: lift_store.get(lift_id).stage == "watching the lift")
            getattr(queue, act)(*([lift_id] if act == "cancel" else []))
        if until != "leave":
            _wait(lambda: not lift_store.get(lift_id).busy)
        return lift_store.get(lift_id)

    yield run
    for queue in queues:
        queue.close()


def _wait(done: Callable[[], bool]) -> None:
    wait_until(done, LONGEST_S, 0.05)


def test_a_job_that_ends_well_leaves_its_numbers(work: Callable[..., StoredLift]) -> None:
    entry = work(f"print('{DONE}')")
    assert (entry.state, entry.version, entry.headline) == ("done", 1, "All well")


def test_what_the_worker_says_of_its_stage_is_noted(work: Callable[..., StoredLift]) -> None:
    said = '{"stage": "watching the lift", "done": 5, "total": 10}'
    entry = work(f"print('{said}', flush=True); import time; time.sleep(1); print('{DONE}')")
    assert entry.share == pytest.approx(sum(STAGES["watching the lift"]) / 2)


def test_the_first_answer_shows_before_there_are_numbers(
    work: Callable[..., StoredLift],
) -> None:
    said = """print('{"first": {"headline": "Squat, 6 reps.", "found_lift": "squat"}}')"""
    entry = work(f"{said}; raise SystemExit(1)")
    assert (entry.headline, entry.found_lift, entry.version) == ("Squat, 6 reps.", "squat", 0)


def test_a_first_look_that_speaks_against_it_stops_the_job_with_its_words(
    work: Callable[..., StoredLift],
) -> None:
    entry = work("""print('{"stopped": "Turn the phone."}'); raise SystemExit(4)""")
    assert (entry.state, entry.error) == ("stopped", "Turn the phone.")


def test_a_clip_that_has_passed_its_first_look_waits_for_the_others_and_is_worked_on(
    lift_store: LiftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = queue_module.subprocess.Popen
    begun: list[tuple[str, str]] = []

    def stand_in(command: list[str], **options: Any) -> Any:
        lift_id = command[4]
        begun.append((lift_id, lift_store.get(lift_id).kind))
        looked = begun[-1][1] == "look" and lift_store.preflights_waiting()
        code = """print('{"passed_preflight": true}')""" if looked else f"print('{DONE}')"
        return started([sys.executable, "-c", code], **options)

    first, second = lift_store.new_id(), lift_store.new_id()
    lift_store.add(first, "a.mp4", 1, {})
    lift_store.add(second, "b.mp4", 1, {})
    monkeypatch.setattr(queue_module.subprocess, "Popen", stand_in)
    queue = Queue(lift_store, Options(lift_store.folder))
    queue.start()
    try:
        _wait(lambda: not lift_store.get(first).busy and not lift_store.get(second).busy)
    finally:
        queue.close()
    assert begun == [(first, "look"), (second, "look"), (first, "new")]


def test_a_correction_is_worked_on_beside_a_film_that_is_under_way(
    lift_store: LiftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = queue_module.subprocess.Popen
    film, corrected = lift_store.new_id(), lift_store.new_id()

    def stand_in(command: list[str], **options: Any) -> Any:
        wait = "import time; time.sleep(60); " if command[4] == film else ""
        return started([sys.executable, "-c", f"{wait}print('{DONE}')"], **options)

    lift_store.add(film, "a.mp4", 1, {"kind": "new"})
    monkeypatch.setattr(queue_module.subprocess, "Popen", stand_in)
    queue = Queue(lift_store, Options(lift_store.folder, workers=1))
    queue.start()
    try:
        _wait(lambda: lift_store.get(film).state == "working")
        lift_store.add(corrected, "b.mp4", 1, {"kind": "again"})
        queue.wake()
        _wait(lambda: lift_store.get(corrected).state == "done")
        assert lift_store.get(film).state == "working"
    finally:
        queue.close()


def test_a_worker_that_dies_is_said_plainly(work: Callable[..., StoredLift]) -> None:
    entry = work("import os; os.abort()")
    assert entry.state == "failed"
    assert "may be damaged" in str(entry.error)


def test_a_worker_that_says_nonsense_harms_nothing(work: Callable[..., StoredLift]) -> None:
    assert work("print('nonsense {'); raise SystemExit(1)").state == "failed"


def test_a_job_without_memory_is_told_what_to_do(work: Callable[..., StoredLift]) -> None:
    entry = work("""print('{"error": "memory"}'); raise SystemExit(1)""")
    assert "more memory" in str(entry.error)


def test_a_job_that_takes_too_long_is_ended(work: Callable[..., StoredLift]) -> None:
    entry = work("import time; time.sleep(600)", longest_s=0.5)
    assert entry.state == "failed"
    assert "longer than" in str(entry.error)


SLOW = """print('{"stage": "watching the lift", "done": 1, "total": 1}', flush=True)
import time
from tests.deadlines import line_of, running, wait_until
time.sleep(600)"""


def test_cancel_ends_the_work_at_once(work: Callable[..., StoredLift]) -> None:
    assert work(SLOW, act="cancel").state == "cancelled"


def test_when_cancel_returns_the_state_is_settled_so_that_a_correction_can_follow(
    work: Callable[..., StoredLift],
) -> None:
    assert work(SLOW, act="cancel", until="leave").state == "cancelled"


def test_a_cancel_before_the_process_is_there_counts_too(
    lift_store: LiftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting, go = threading.Event(), threading.Event()
    started = queue_module.subprocess.Popen

    def slow_to_start(_: list[str], **options: Any) -> Any:
        starting.set()
        assert go.wait(LONGEST_S)
        return started([sys.executable, "-c", SLOW], **options)

    monkeypatch.setattr(queue_module.subprocess, "Popen", slow_to_start)
    lift_id = lift_store.new_id()
    lift_store.add(lift_id, "a.mp4", 1, {})
    queue = Queue(lift_store, Options(lift_store.folder))
    queue.start()
    try:
        assert starting.wait(LONGEST_S)
        cancelling = threading.Thread(target=queue.cancel, args=(lift_id,))
        cancelling.start()
        _wait(lambda: lift_id in queue._why)
        go.set()
        cancelling.join(LONGEST_S)
        _wait(lambda: not lift_store.get(lift_id).busy)
        assert lift_store.get(lift_id).state == "cancelled"
    finally:
        queue.close()


def test_a_process_that_cannot_be_started_is_said_and_the_next_lift_goes_on(
    lift_store: LiftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = queue_module.subprocess.Popen
    codes = iter([None, f"print('{DONE}')"])

    def sometimes(_: list[str], **options: Any) -> Any:
        code = next(codes)
        if code is None:
            raise OSError("no memory")
        return started([sys.executable, "-c", code], **options)

    monkeypatch.setattr(queue_module.subprocess, "Popen", sometimes)
    first, second = lift_store.new_id(), lift_store.new_id()
    lift_store.add(first, "a.mp4", 1, {})
    lift_store.add(second, "b.mp4", 1, {})
    queue = Queue(lift_store, Options(lift_store.folder))
    queue.start()
    try:
        _wait(lambda: not lift_store.get(second).busy)
    finally:
        queue.close()
    assert lift_store.get(first).state == "failed"
    assert "could not be started" in str(lift_store.get(first).error)
    assert lift_store.get(second).state == "done"


def test_a_job_that_a_stop_cuts_off_is_taken_up_again(
    work: Callable[..., StoredLift], lift_store: LiftStore
) -> None:
    entry = work(SLOW, act="close", until="leave")
    assert entry.state == "working"
    assert lift_store.resume() == 1


def test_the_whole_work_runs_from_nought_to_one() -> None:
    assert share_of("taking a first look", 0, 1) == 0.0
    assert share_of("keeping it in the record", 1, 1) == 1.0
    assert share_of("watching the lift", 99, 10) == STAGES["watching the lift"][1]
    assert 0 < share_of("a stage of tomorrow", 1, None) < 1


def test_a_worker_that_has_done_its_work_ends_well_while_the_server_lives() -> None:
    code = "from backline.web.worker import end_with_the_server as e\ne()\nprint('on', flush=True)"
    with running([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        assert process.wait(timeout=LONGEST_S) == 0


def test_the_real_worker_ends_with_the_server() -> None:

    code = (
        "from backline.web.worker import end_with_the_server\n"
        "import time\nend_with_the_server()\nprint('on', flush=True)\ntime.sleep(600)"
    )
    with running([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        line_of(process)
        process.stdin.close()
        assert process.wait(timeout=LONGEST_S) == 1
