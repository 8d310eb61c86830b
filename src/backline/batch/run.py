"""run_batch(): from a manifest to a dataset, step by step."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from backline.batch.dataset import open_dataset, write_dataset
from backline.batch.local import WorkerLimits, run_local
from backline.batch.manifest import read_manifest
from backline.batch.plan import Plan, make_plan
from backline.batch.store import ResultStore
from backline.settings import Settings
from backline.sources import DEFAULT_ENGINE

Engine = Literal["local", "ray"]


@dataclass(frozen=True)
class State:
    """Progress of a batch.

    Parameters
    ----------
    done, total : int
        Clips finished by this run, and those that it had to do.
    seconds : float
        Since the first clip began.
    statuses : dict of str to int
        Number of clips by status: done, refused, failed.
    failures : dict of str to int
        Failed clips by reason.
    """

    done: int
    total: int
    seconds: float
    statuses: dict[str, int]
    failures: dict[str, int]

    @property
    def rate_per_min(self) -> float:
        """Clips a minute so far."""
        return 60 * self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds left at that rate; None before the first clip."""
        if not self.done:
            return None
        return self.seconds / self.done * (self.total - self.done)


@dataclass(frozen=True)
class Batch:
    """Result of a run.

    Parameters
    ----------
    ledger : list of dict
        One line a clip of the manifest.
    remarks : tuple of str
        About the manifest.
    kept : int
        Clips that an earlier run had finished.
    """

    ledger: list[dict[str, Any]]
    remarks: tuple[str, ...]
    kept: int


def run_batch(
    where: str,
    out: str,
    *,
    engine: Engine = "local",
    limits: WorkerLimits | None = None,
    resume: bool = True,
    settings: Settings | None = None,
    pose_engine: str = DEFAULT_ENGINE,
    address: str | None = None,
    progress: Callable[[State], None] | None = None,
) -> Batch:
    """Measure every clip, and write the dataset.

    Parameters
    ----------
    where : str
        See :func:`backline.batch.manifest.read_manifest`.
    out : str
        The dataset's folder or remote prefix.
    engine : {"local", "ray"}
        Where the clips are processed; the result is the same.
    limits : Limits, optional
        Workers, and what a clip may take.
    resume : bool
        Keep what an earlier run finished.
    settings : Settings, optional
        Thresholds and filters.
    pose_engine : str
        For videos.
    address : str, optional
        Of a Ray cluster; one is started on this machine where it is left out.
    progress : callable, optional
        Called at the start and after every clip.

    Raises
    ------
    SourceError
        If there is no clip.
    UsageError
        If the manifest lacks its column, ``out`` holds something else, or another batch is
        writing it.
    BacklineError
        If the dataset cannot be written.
    """
    limits = limits or WorkerLimits()
    manifest = read_manifest(where)
    with ResultStore(out).locked():
        store = open_dataset(out, make=True)
        plan = make_plan(manifest, store, settings or Settings(), pose_engine, resume=resume)
        _work(plan, engine, limits, address, progress)
        ledger = write_dataset(store, plan)
    keys = {key for _, key in plan.clips}
    return Batch(ledger, manifest.remarks, len(keys & plan.finished))


def _work(
    plan: Plan,
    engine: Engine,
    limits: WorkerLimits,
    address: str | None,
    progress: Callable[[State], None] | None,
) -> None:
    if engine == "ray" and plan.tasks:
        from backline.batch.cluster import run_ray

        outcomes = run_ray(plan.tasks, limits, address)
    else:
        outcomes = run_local(plan.tasks, limits)
    start, total = time.monotonic(), len(plan.tasks)
    statuses: Counter[str] = Counter()
    failures: Counter[str] = Counter(o.code for o in plan.settled.values())
    for done in range(total + 1):
        if progress is not None:
            seconds = time.monotonic() - start
            progress(State(done, total, seconds, dict(statuses), dict(failures)))
        outcome = next(outcomes, None)
        if outcome is None:
            return
        statuses[outcome.status] += 1
        if outcome.status == "failed":
            failures[outcome.code] += 1
