"""Isolated worker: one clip at a time in a child process, so that a crash ends that clip alone."""

from __future__ import annotations

import multiprocessing as mp
import os
import threading
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

from backline.batch.clip_task import ClipOutcome, ClipTask
from backline.formats.video_probe import PROBE
from backline.parallel import OVERLAP

WORDS = {
    "crashed": "it crashed the process that read it",
    "hung": "it was not finished within the time allowed",
    "memory": "it took more memory than allowed",
}
"""Ways in which a process is lost; codes of failed clips in the ledger."""

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"
) | {OVERLAP: "0", PROBE: "0"}
"""A worker uses one thread: the number of threads changes the order of sums, and so their last
digits; and workers do not compete for cores. Videos are not probed in another process, since the
worker is isolated itself."""


class IsolatedWorker:
    """One worker process, started when first needed and again after it was lost.

    Parameters
    ----------
    slot, slots : int
        Number of this worker, from 0, and of all on this machine; divides the cores.
    timeout_s : float
        A clip that takes longer is stopped.
    memory_gb : float
        A process that holds more (resident, GiB) is stopped.
    """

    def __init__(self, slot: int, slots: int, timeout_s: float, memory_gb: float) -> None:
        self._slot, self._slots = slot, slots
        self._timeout_s, self._limit = timeout_s, memory_gb * 1024**3
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._began = 0.0
        self.task: ClipTask | None = None

    @property
    def pipe(self) -> Connection | None:
        """Connection that is readable once the worker has answered or ended."""
        return self._pipe

    def begin(self, task: ClipTask) -> None:
        """Send a clip to the worker; returns at once."""
        if self._process is None or not self._process.is_alive():
            self._start()
        self.task, self._began = task, time.monotonic()
        try:
            self._wire.send(task)
        except (BrokenPipeError, OSError):
            return  # it has ended: look() reports it

    def take_answer(self) -> ClipOutcome | str | None:
        """Return the outcome, a word of :data:`WORDS` where the worker was lost, or None yet.

        Raises
        ------
        BacklineError
            If the worker could not write to the dataset.
        """
        try:
            answer = self._wire.recv() if self._wire.poll() else None
        except (EOFError, OSError):
            return self._lost("crashed")
        if isinstance(answer, Exception):
            self.task = None
            raise answer
        if isinstance(answer, ClipOutcome):
            self.task = None
            return answer
        if self._process is not None and not self._process.is_alive():
            return self._lost("crashed")
        if time.monotonic() - self._began > self._timeout_s:
            return self._lost("hung")
        return self._lost("memory") if self._resident() > self._limit else None

    def close(self) -> None:
        """End the worker."""
        process, pipe = self._process, self._pipe
        self._process = self._pipe = self.task = None
        if process is not None:
            process.kill()
            process.join()
            process.close()
        if pipe is not None:
            pipe.close()

    @property
    def _wire(self) -> Connection:
        if self._pipe is None:
            raise RuntimeError("no clip was handed to this worker")
        return self._pipe

    def _start(self) -> None:
        self.close()
        context = mp.get_context("spawn")
        here, there = context.Pipe()
        cores = _share(self._slot, self._slots)
        self._process = context.Process(target=_serve, args=(there, cores, os.getpid()))
        before = {name: os.environ.get(name) for name in _ONE_THREAD}
        os.environ.update(_ONE_THREAD)
        try:
            self._process.start()
        finally:
            for name, value in before.items():
                _set_or_unset(name, value)
        there.close()
        self._pipe = here

    def _lost(self, word: str) -> str:
        self.close()
        return word

    def _resident(self) -> int:
        import psutil

        try:
            return int(psutil.Process(self._process.pid).memory_info().rss) if self._process else 0
        except psutil.Error:
            return 0


def _set_or_unset(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _share(slot: int, slots: int) -> list[int]:
    """Return the cores of one worker, disjoint while there are enough."""
    cores = sorted(os.sched_getaffinity(0))
    if slots >= len(cores):
        return [cores[slot % len(cores)]]
    return cores[slot::slots]


def _serve(pipe: Any, cores: list[int], parent: int) -> None:
    """Process tasks until the pipe closes; runs in the worker's process."""
    import signal

    from backline.batch.clip_task import do
    from backline.errors import BacklineError

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the parent
    os.sched_setaffinity(0, cores)
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(do(task))
        except BacklineError as error:
            pipe.send(BacklineError(str(error)))


def _die_with(parent: int) -> None:
    """End this process once its parent has ended."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)
