"""Queue: runs the jobs of the lifts one after the other, each in its own process."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from typing import Any

from backline.errors import BacklineError
from backline.web.lift_store import LiftStore
from backline.web.options import Options
from backline.web.ready_process import ReadyProcess
from backline.web.texts import say

STAGES: dict[str, tuple[float, float]] = {
    "taking a first look": (0.0, 0.08),
    "looking at a few frames": (0.08, 0.2),
    "watching the lift": (0.2, 0.62),
    "following the stickers": (0.62, 0.68),
    "following the dots": (0.62, 0.68),
    "reading the low back against the new reference": (0.1, 0.6),
    "drawing the report": (0.70, 0.97),
    "writing the report": (0.97, 0.98),
    "keeping it in the record": (0.98, 1.0),
}
"""Start and end of each stage as shares of the whole job, measured on a clip of 20 s."""
SAY_EVERY_S = 0.3  # seconds between two messages of progress
GRACE_S = 3.0
"""How long a job may take to end once it is asked to."""
IDLE_S = 1.0  # seconds that an idle worker waits for work


class Queue:
    """Runs the waiting lifts' jobs until it is closed; nothing is lost when it stops.

    Corrections, which take seconds, run in parallel to the analyses of clips.

    Parameters
    ----------
    lift_store : LiftStore
        The lifts.
    options : Options
        How many jobs at the same time, and their limits.
    """

    def __init__(self, lift_store: LiftStore, options: Options) -> None:
        self.lift_store = lift_store
        self.options = options
        self.ready = ReadyProcess(lift_store.folder, options.job_memory)
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._why: dict[str, str] = {}
        self._begun: set[str] = set()
        self._lock = threading.Condition()
        self._wake = threading.Event()
        self._closing = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Queue interrupted jobs again, and start."""
        self.lift_store.resume()
        for number in range(self.options.workers):
            self._start_thread(f"backline-job-{number}", None)
        self._start_thread(
            "backline-corrections", "again"
        )  # never waits for the analysis of a clip

    def _start_thread(self, name: str, kind: str | None) -> None:
        thread = threading.Thread(target=self._work, args=(kind,), name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def wake(self) -> None:
        """Check for waiting jobs now."""
        self._wake.set()

    def cancel(self, lift_id: str) -> None:
        """Remove a lift from the queue, or stop its job; its state is final afterwards."""
        with self._lock:
            entry = self.lift_store.get(lift_id, deleted=True)
            process = self._running.get(lift_id)
            if lift_id in self._begun:
                self._why[lift_id] = "cancelled"
            elif entry.state == "waiting":
                self._settle(lift_id, "cancelled", None)
        if process is not None:
            _end(process)
        with self._lock:
            self._lock.wait_for(lambda: lift_id not in self._begun, 2 * GRACE_S)

    def close(self) -> None:
        """Stop; jobs that are not finished begin anew at the next start."""
        self._closing = True
        self._wake.set()
        self.ready.close()
        with self._lock:
            running = list(self._running.values())
        for process in running:
            _end(process)
        for thread in self._threads:
            thread.join(timeout=2 * GRACE_S)

    def _work(self, kind: str | None) -> None:
        while not self._closing:
            with self._lock:
                lift_id = self.lift_store.take(kind)
                if lift_id is not None:
                    self._begun.add(lift_id)
            if lift_id is None:
                self._wake.wait(IDLE_S)
                self._wake.clear()
                continue
            try:
                self._run(lift_id)
            except (OSError, BacklineError):  # the next job runs all the same
                with contextlib.suppress(BacklineError):
                    self._settle(lift_id, "failed", say("job.no_start"))
            finally:
                with self._lock:
                    self._begun.discard(lift_id)
                    self._why.pop(lift_id, None)
                    self._lock.notify_all()

    def _run(self, lift_id: str) -> None:
        correction = self.lift_store.get(lift_id, deleted=True).kind == "again"
        process = (self.ready.take(lift_id) if correction else None) or self._new_process(lift_id)
        with self._lock:
            self._running[lift_id] = process
            unwanted = lift_id in self._why or self._closing
        if unwanted:  # cancelled, or the server stopped, before the process started
            _end(process)
        clock = threading.Timer(self.options.longest_job_s, self._too_long, (lift_id,))
        clock.daemon = True
        clock.start()
        try:
            last = self._listen(lift_id, process)
        finally:
            clock.cancel()
            with self._lock:
                del self._running[lift_id]
                why = self._why.get(lift_id, "")
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        self._end_of(lift_id, process.returncode, last, why)

    def _new_process(self, lift_id: str) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "backline.web.worker",
            str(self.lift_store.folder),
            lift_id,
        ]
        log = self.lift_store.home(lift_id) / "worker.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as said:
            return subprocess.Popen(
                [*command, str(self.options.job_memory)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True,
            )  # fmt: skip

    def _listen(self, lift_id: str, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Handle a process's messages until it ends; return the last ones, merged."""
        began, shown = time.monotonic(), 0.0
        last: dict[str, Any] = {}
        assert process.stdout is not None
        for line in process.stdout:
            with contextlib.suppress(ValueError):
                message = json.loads(line)
                if "stage" not in message:
                    last |= message
                    if "numbers" in message:
                        self._new_numbers(lift_id, message)
                    elif "first" in message:
                        self.lift_store.change(lift_id, **message["first"])
                elif time.monotonic() - shown > SAY_EVERY_S or message["done"] == message["total"]:
                    shown = time.monotonic()
                    share = share_of(message["stage"], message["done"], message["total"])
                    left = (shown - began) * (1 - share) / share if share > 0.03 else None
                    self.lift_store.change(
                        lift_id, stage=message["stage"], share=share, left_s=left
                    )
        process.wait()
        return last

    def _new_numbers(self, lift_id: str, message: dict[str, Any]) -> None:
        """Store the numbers; an open page reloads where it does not have them yet."""
        version = self.lift_store.get(lift_id, deleted=True).version
        more = 0 if message.get("shown") else 1
        self.lift_store.change(lift_id, version=version + more, **message["numbers"])

    def _end_of(self, lift_id: str, status: int, said: dict[str, Any], why: str) -> None:
        if why == "cancelled":
            self._settle(lift_id, "cancelled", None)
        elif self._closing and status != 0:
            return  # stays marked as running, and is queued again at the next start
        elif status == 0 and "passed_preflight" in said:
            self.lift_store.passed_preflight(lift_id)
        elif status == 0 and "numbers" in said:
            self._settle(lift_id, "done", None)
        elif "stopped" in said:
            self._settle(lift_id, "stopped", str(said["stopped"]))
        elif why == "too long":
            minutes = round(self.options.longest_job_s / 60)
            self._settle(lift_id, "failed", say("job.too_long", minutes=minutes))
        elif said.get("error") == "memory":
            self._settle(lift_id, "failed", say("job.memory"))
        else:
            self._settle(lift_id, "failed", str(said.get("error") or say("job.broke")))

    def _settle(self, lift_id: str, state: str, error: str | None) -> None:
        self.lift_store.change(lift_id, state=state, error=error, left_s=None, stage=None)

    def _too_long(self, lift_id: str) -> None:
        with self._lock:
            process = self._running.get(lift_id)
            if process is not None:
                self._why.setdefault(lift_id, "too long")
        if process is not None:
            _end(process)


def share_of(stage: str, done: int, total: int | None) -> float:
    """Return the progress of the whole job, 0 to 1, from that of one stage."""
    first, last = STAGES.get(stage, (0.62, 0.70))
    part = min(1.0, done / total) if total else 0.0
    return first + (last - first) * part


def _end(process: subprocess.Popen[str]) -> None:
    """End a process; kill it where it does not end in time."""
    process.terminate()
    try:
        process.wait(timeout=GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
