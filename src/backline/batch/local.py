"""Runs a batch on this machine with a pool of isolated worker processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import wait

from backline.batch.clip_task import ClipOutcome, ClipTask, put
from backline.batch.isolated_worker import WORDS, IsolatedWorker
from backline.batch.store import ResultStore

MOST_TRIES = 2
"""A clip that ended its process this often counts as failed."""
_POLL_S = 0.25  # seconds between checks for a stop: nobody waits longer for Ctrl+C


@dataclass(frozen=True)
class WorkerLimits:
    """Limits of workers and clips.

    Parameters
    ----------
    workers : int
        Processes.
    timeout_s : float
        Longest time on one clip, seconds.
    memory_gb : float
        Most memory of one process, GiB.
    gpus : float
        GPUs, or the share of one, that a worker holds; only for Ray, which then places it on a
        machine that has them.
    """

    workers: int = 1
    timeout_s: float = 1800.0
    memory_gb: float = 4.0
    gpus: float = 0.0


def run_local(tasks: Iterable[ClipTask], limits: WorkerLimits) -> Iterator[ClipOutcome]:
    """Do the tasks, and report each as it ends, in any order.

    Parameters
    ----------
    tasks : iterable of Task
        Taken one by one as workers become free.
    limits : WorkerLimits
        Number of workers, and what a clip may take.

    Yields
    ------
    ClipOutcome
        One for each task, its result archive already written.
    """
    queue, again = iter(tasks), deque[ClipTask]()
    tries: dict[str, int] = {}
    workers = [
        IsolatedWorker(slot, limits.workers, limits.timeout_s, limits.memory_gb)
        for slot in range(limits.workers)
    ]
    try:
        while True:
            for worker in workers:
                task = None if worker.task else (again.popleft() if again else next(queue, None))
                if task is not None:
                    tries[task.key] = tries.get(task.key, 0) + 1
                    worker.begin(task)
            busy = [worker for worker in workers if worker.task is not None]
            if not busy:
                return
            wait([worker.pipe for worker in busy if worker.pipe is not None], _POLL_S)
            for worker in busy:
                task = worker.task
                answer = worker.take_answer()
                if task is None or answer is None:
                    continue
                if isinstance(answer, ClipOutcome):
                    yield replace(answer, tries=tries.pop(task.key))
                elif tries[task.key] >= MOST_TRIES:
                    yield give_up(task, answer, tries.pop(task.key))
                else:
                    again.append(task)
    finally:
        for worker in workers:
            worker.close()


def give_up(task: ClipTask, word: str, tries: int) -> ClipOutcome:
    """Record a clip that ended its process too often, so that it is not tried again."""
    text = (
        f"'{task.clip.source}' was given up after {tries} tries: {WORDS[word]}; try it alone "
        "with backline analyze."
    )
    outcome = ClipOutcome(task.key, "failed", word, text, tries=tries)
    put(ResultStore(task.root), outcome, "unknown", {})
    return outcome
