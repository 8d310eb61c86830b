"""Runs a batch on a Ray cluster: one isolated process per worker; lost tasks are retried."""

from __future__ import annotations

import logging
import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from backline.batch.clip_task import ClipOutcome, ClipTask
from backline.batch.isolated_worker import IsolatedWorker
from backline.batch.local import MOST_TRIES, WorkerLimits, give_up
from backline.errors import BacklineError, MissingExtraError

MOST_LOSSES = 5
"""Most machines that may be lost during one clip before the run is aborted."""
_POLL_S = 0.05  # seconds between checks of the tasks: short against a clip
LOOPBACK = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Ray's variable for "no cluster, loopback only"; its name says where that is the default."""


def run_ray(
    tasks: Iterable[ClipTask], limits: WorkerLimits, address: str | None = None
) -> Iterator[ClipOutcome]:
    """Do the tasks on a Ray cluster, and report each as it ends, in any order.

    Parameters
    ----------
    tasks : iterable of Task
        At most one for each worker is submitted at a time (back-pressure).
    limits : WorkerLimits
        Number of actors, what a clip may take, and whether an actor needs a GPU.
    address : str, optional
        Of a running cluster (``"auto"``, ``"host:6379"``, ``"ray://host:10001"``); left out, one
        is started on this machine and stopped at the end.

    Yields
    ------
    ClipOutcome
        One for each task, its result archive already written.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    BacklineError
        If the cluster cannot be reached, has no room for a worker, or lost one clip's machine
        too often.
    """
    with _on_loopback(alone=address is None):
        ray = _connected(limits, address)
    try:
        _room(ray, limits)
        yield from _drive(ray, tasks, limits)
    finally:
        ray.shutdown()


def _connected(limits: WorkerLimits, address: str | None) -> Any:
    """Return Ray, connected to a cluster."""
    try:
        import ray
    except ImportError:
        raise MissingExtraError("The Ray engine", "cluster") from None
    try:
        ray.init(
            address=address or "local",
            num_cpus=None if address else limits.workers,
            include_dashboard=False if address is None else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
            ignore_reinit_error=False,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        why = " ".join(str(error).split())
        raise BacklineError(
            f"The Ray cluster '{address}' cannot be used ({why}): start it, or leave --address out."
        ) from error
    return ray


@contextmanager
def _on_loopback(*, alone: bool) -> Iterator[None]:
    """Make a Ray that is started for this machine alone listen on loopback only.

    Ray's parts (GCS, raylet, agents) listen on the address of the node, which is loopback only
    where Ray was instructed, before its import, that it makes no cluster.
    """
    before = os.environ.get(LOOPBACK)
    if alone:
        os.environ[LOOPBACK] = "0"
    try:
        yield
    finally:
        if alone:
            os.environ.pop(LOOPBACK)
            if before is not None:
                os.environ[LOOPBACK] = before


class Worker:
    """The actor: holds one isolated process, which holds engine and network.

    Parameters
    ----------
    timeout_s, memory_gb : float
        See :class:`backline.batch.isolated_worker.IsolatedWorker`.
    """

    def __init__(self, timeout_s: float, memory_gb: float) -> None:
        self._worker = IsolatedWorker(0, 1, timeout_s, memory_gb)

    def there(self) -> None:
        """Return once the actor runs on a machine."""

    def do(self, task: ClipTask) -> ClipOutcome | str:
        """Return a clip's outcome, or how its process was lost."""
        from multiprocessing.connection import wait

        self._worker.begin(task)
        while True:
            if self._worker.pipe is not None:
                wait([self._worker.pipe], _POLL_S)
            answer = self._worker.take_answer()
            if answer is not None:
                return answer


class _Crew:
    """The actors, and the task of each.

    Parameters
    ----------
    ray : module
        Connected to a cluster.
    limits : WorkerLimits
        Number of actors, and what each may take.
    """

    def __init__(self, ray: Any, limits: WorkerLimits) -> None:
        self._ray, self._limits = ray, limits
        self._class = ray.remote(num_cpus=1, num_gpus=limits.gpus)(Worker)
        self._failed_starts = 0
        self._starting: dict[Any, Any] = {}
        self._running: dict[Any, tuple[Any, ClipTask]] = {}
        self.idle: list[Any] = []
        for _ in range(limits.workers):
            self._hire()

    @property
    def busy(self) -> bool:
        """Whether any actor is at a task."""
        return bool(self._running)

    def begin(self, task: ClipTask) -> None:
        """Give a task to a free actor."""
        actor = self.idle.pop()
        self._running[actor.do.remote(task)] = (actor, task)

    def wait(self) -> Iterator[tuple[ClipTask, ClipOutcome | str | None]]:
        """Wait until something has happened, and report tasks that ended.

        Yields
        ------
        (Task, Outcome or str or None)
            What became of it; a word where its process was lost, None where its machine was.
        """
        for ready in self._ray.wait([*self._running, *self._starting])[0]:
            if ready in self._starting:
                self._started(ready)
            else:
                yield self._ended(ready)

    def _hire(self) -> None:
        """Request an actor; it gets tasks once it runs on a machine."""
        actor = self._class.remote(self._limits.timeout_s, self._limits.memory_gb)
        self._starting[actor.there.remote()] = actor

    def _started(self, ready: Any) -> None:
        from ray.exceptions import RayError

        actor = self._starting.pop(ready)
        try:
            self._ray.get(ready)
        except RayError as error:
            self._failed_starts += 1
            if self._failed_starts > MOST_LOSSES:
                raise BacklineError(_no_start(error)) from None
            self._hire()
            return
        self._failed_starts = 0
        self.idle.append(actor)

    def _ended(self, ready: Any) -> tuple[ClipTask, ClipOutcome | str | None]:
        from ray.exceptions import RayActorError, RayTaskError

        actor, task = self._running.pop(ready)
        try:
            answer: ClipOutcome | str = self._ray.get(ready)
        except RayActorError:
            self._hire()
            return task, None
        except RayTaskError as error:
            raise BacklineError(" ".join(str(error.cause).split())) from None
        self.idle.append(actor)
        return task, answer


def _drive(ray: Any, tasks: Iterable[ClipTask], limits: WorkerLimits) -> Iterator[ClipOutcome]:
    """Give every actor one task at a time; tasks lost with a machine are repeated on another."""
    queue, again = iter(tasks), deque[ClipTask]()
    tries, losses = Counter[str](), Counter[str]()
    crew = _Crew(ray, limits)
    waiting = next(queue, None)
    while waiting is not None or crew.busy:
        while crew.idle and waiting is not None:
            crew.begin(waiting)
            waiting = again.popleft() if again else next(queue, None)
        for task, answer in crew.wait():
            if answer is None:
                losses[task.key] += 1
                if losses[task.key] > MOST_LOSSES:
                    raise BacklineError(_too_many(task))
                again.append(task)
                continue
            tries[task.key] += 1
            if isinstance(answer, ClipOutcome):
                yield replace(answer, tries=tries[task.key])
            elif tries[task.key] >= MOST_TRIES:
                yield give_up(task, answer, tries[task.key])
            else:
                again.append(task)
        if waiting is None:
            waiting = again.popleft() if again else next(queue, None)


def _room(ray: Any, limits: WorkerLimits) -> None:
    """Check that the cluster has the resources of one worker; Ray would wait forever."""
    there = ray.cluster_resources()
    for name, needed in (("CPU", 1.0), ("GPU", limits.gpus)):
        if there.get(name, 0.0) < needed:
            raise BacklineError(
                f"The Ray cluster has {there.get(name, 0.0):g} {name}, and a worker needs "
                f"{needed:g}: add a machine that has it, or ask for less."
            )


def _too_many(task: ClipTask) -> str:
    return (
        f"Under '{task.clip.source}' a worker's machine was lost {MOST_LOSSES + 1} times: check "
        "the cluster, then run the same line again; what is finished is kept."
    )


def _no_start(error: Exception) -> str:
    why = " ".join(str(error).split())[:300]
    return (
        f"No worker could be started on the Ray cluster ({why}): see that Backline of this very "
        "version is installed on each of its machines."
    )
