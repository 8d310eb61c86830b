"""Kills, write errors and two writers at once: what is lost, mixed or left behind.

python -m benchmarks.faults                                  # 100 of each kind
python -m benchmarks.faults --count 1000 --job analyze
python -m benchmarks.faults --job analyze --kind full --count 20

A job runs in a forked child over a folder that holds an older result. Kinds: ``kill`` (SIGKILL
just before its n-th change of a name or opening of a file for writing, n from 1 to its last, over
and over, and at random moments between), ``full`` and ``broken`` (that change fails with "no
space left" or "input/output error") and ``two`` (two children at once). Afterwards a check looks
at every file. Nothing but this runs in the process, so that no thread holds a lock over a fork.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fault_jobs import JOBS, Job

KINDS = ("kill", "full", "broken", "two")
ERRORS = {"full": errno.ENOSPC, "broken": errno.EIO}
LONGEST_S, HUNG = 60.0, 124
"""A child that takes longer hangs, and this stands for its status."""
AGAIN = 5
"""After every fifth fault the job is done once more, undisturbed."""
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "ctypes.dlsym")
"""Events of Python's audit that change names; of ctypes only the call that exchanges two names."""


@dataclass
class Tally:
    """What a number of faults did."""

    faults: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        return {
            "faults": self.faults, "statuses": dict(self.statuses), "wrong": self.wrong[:10],
            "wrong_count": len(self.wrong),
        }  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="faults of each kind and job")
    parser.add_argument("--job", choices=sorted(JOBS), action="append")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print the tallies as JSON alone")
    chosen = parser.parse_args(arguments)
    tallies = {}
    for name in chosen.job or sorted(JOBS):
        with tempfile.TemporaryDirectory(prefix="backline-faults-") as home:
            job = JOBS[name](Path(home))
            job.prepare()
            for kind in chosen.kind or KINDS:
                made = tally(job, kind, chosen.count, random.Random(chosen.seed))
                tallies[f"{name}, {kind}"] = made.told()
                if not chosen.json:
                    sys.stdout.write(f"{name}, {kind}: {json.dumps(made.told())}\n")
                    sys.stdout.flush()
    if chosen.json:
        sys.stdout.write(json.dumps(tallies) + "\n")
    return int(any(one["wrong_count"] for one in tallies.values()))


def tally(job: Job, kind: str, count: int, chance: random.Random) -> Tally:
    """Make so many faults of one kind, and look after each what it did."""
    made, number = Tally(), 0
    began = time.monotonic()
    _end_of(_fork(job))
    usual_s = time.monotonic() - began
    changes = _count(job)
    while made.faults < count:
        number += 1
        job.reset()
        if kind == "two":
            statuses = [_end_of(child) for child in [_fork(job) for _ in (0, 1)]]
        elif kind == "kill" and number % 2:
            child = _fork(job)
            time.sleep(chance.uniform(0, usual_s))
            _signal(child)
            statuses = [_end_of(child)]
        else:
            at = 1 + (number // 2 if kind == "kill" else number) % changes
            statuses = [_end_of(_fork(job, _fault(kind, at, job.home)))]
        made.faults += 1
        made.statuses.update(str(status) for status in statuses)
        wrong = job.check(kind, statuses)
        if HUNG in statuses:
            wrong.append("hung")
        if made.faults % AGAIN == 0:  # an undisturbed run puts all in order
            wrong += job.check("after", [_end_of(_fork(job))])
        made.wrong += [f"{kind} {number}: {text}" for text in wrong]
    return made


def _fault(kind: str, at: int, home: Path) -> Callable[[], None]:
    """Return what a child does first: count its changes, and make the fault at one of them."""

    def arm() -> None:
        seen = 0

        def hook(event: str, told: tuple[Any, ...]) -> None:
            nonlocal seen
            if not _changes(event, told, home):
                return
            seen += 1
            if seen != at:
                return
            if kind == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(ERRORS[kind], os.strerror(ERRORS[kind]), str(told[0]))

        sys.addaudithook(hook)

    return arm


def _count(job: Job) -> int:
    """Return how many changes a run of the job makes."""
    out, into = os.pipe()
    job.reset()

    def arm() -> None:
        def hook(event: str, told: tuple[Any, ...]) -> None:
            if _changes(event, told, job.home):
                os.write(into, b".")

        sys.addaudithook(hook)

    _end_of(_fork(job, arm))
    os.close(into)
    seen = len(os.read(out, 1 << 16))
    os.close(out)
    return max(1, seen)


def _changes(event: str, told: tuple[Any, ...], home: Path) -> bool:
    if event == "ctypes.dlsym":
        return told[1] == "renameat2"
    if event == "open":
        mode, flags = told[1] or "", told[2] or 0
        written = bool(set("wxa+") & set(mode)) or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    else:
        written = event in CHANGES
    return bool(written) and isinstance(told[0], str | Path) and str(told[0]).startswith(str(home))


def _fork(job: Job, arm: Callable[[], None] | None = None) -> int:
    job.serial += 1  # no two runs of a job are alike
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        if arm is not None:
            arm()
        status = job.run(job.serial)
    finally:
        os._exit(status)
    raise AssertionError("unreachable")


def _signal(child: int) -> None:
    os.kill(child, signal.SIGKILL)  # not yet waited for, so it is still this child's number


def _end_of(child: int) -> int:
    """Return a child's exit status, minus the signal that ended it; hung ones are ended."""
    until = time.monotonic() + LONGEST_S
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return HUNG
        time.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main())
