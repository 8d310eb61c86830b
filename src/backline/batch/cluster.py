"""The Ray engine: one actor a worker, each with a fenced process; lost tasks go elsewhere."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Any

from backline.batch.fence import Fence
from backline.batch.local import MOST_TRIES, Limits, fence_off
from backline.batch.work import Outcome, Task
from backline.errors import BacklineError, MissingExtraError

MOST_LOSSES = 5
"""Machines that may be lost under one clip before the run gives up: that is no chance any more."""
_LOOK_S = 0.05


def run_ray(tasks: Iterable[Task], limits: Limits, address: str | None = None) -> Iterator[Outcome]:
    """Do the tasks on a Ray cluster, and tell of each as it ends, in any order.

    Parameters
    ----------
    tasks : iterable of Task
        At most one for each worker is on its way (back-pressure).
    limits : Limits
        Number of actors, and what a clip may take.
    address : str, optional
        Of a running cluster (``"auto"``, ``"host:6379"``, ``"ray://host:10001"``); left out, one
        is started on this machine and stopped at the end.

    Yields
    ------
    Outcome
        One for each task, its parcel already written.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    BacklineError
        If the cluster cannot be reached, or one clip's machine was lost too often.
    """
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
    try:
        yield from _drive(ray, tasks, limits)
    finally:
        ray.shutdown()


class Worker:
    """The actor: holds one fenced process, which holds engine and network.

    Parameters
    ----------
    timeout_s, memory_gb : float
        See :class:`backline.batch.fence.Fence`.
    """

    def __init__(self, timeout_s: float, memory_gb: float) -> None:
        self._fence = Fence(0, 1, timeout_s, memory_gb)

    def do(self, task: Task) -> Outcome | str:
        """Return what became of a clip, or how its process was lost."""
        from multiprocessing.connection import wait

        self._fence.begin(task)
        while True:
            if self._fence.pipe is not None:
                wait([self._fence.pipe], _LOOK_S)
            answer = self._fence.look()
            if answer is not None:
                return answer


def _drive(ray: Any, tasks: Iterable[Task], limits: Limits) -> Iterator[Outcome]:
    """Keep every actor busy with one task; replace those whose machine was lost."""
    from ray.exceptions import RayActorError, RayTaskError

    actor_class = ray.remote(num_cpus=1)(Worker)
    queue, again = iter(tasks), deque[Task]()
    tries, losses = Counter[str](), Counter[str]()
    idle = [actor_class.remote(limits.timeout_s, limits.memory_gb) for _ in range(limits.workers)]
    running: dict[Any, tuple[Any, Task]] = {}
    while True:
        while idle and (task := again.popleft() if again else next(queue, None)) is not None:
            actor = idle.pop()
            running[actor.do.remote(task)] = (actor, task)
        if not running:
            return
        for ready in ray.wait(list(running))[0]:
            actor, task = running.pop(ready)
            try:
                answer = ray.get(ready)
            except RayActorError:
                losses[task.key] += 1
                if losses[task.key] > MOST_LOSSES:
                    raise BacklineError(_too_many(task)) from None
                again.append(task)
                idle.append(actor_class.remote(limits.timeout_s, limits.memory_gb))
                continue
            except RayTaskError as error:
                raise BacklineError(" ".join(str(error.cause).split())) from None
            idle.append(actor)
            tries[task.key] += 1
            if isinstance(answer, Outcome):
                yield answer
            elif tries[task.key] >= MOST_TRIES:
                yield fence_off(task, answer, tries[task.key])
            else:
                again.append(task)


def _too_many(task: Task) -> str:
    return (
        f"Under '{task.clip.source}' a worker's machine was lost {MOST_LOSSES + 1} times: look at "
        "the cluster, then run the same line again; what is finished is kept."
    )
