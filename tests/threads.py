"""Threads that go before all others: found, so that no test leaves one behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import psutil

ORDINARY = (0, 3, 5)
"""SCHED_OTHER, SCHED_BATCH, SCHED_IDLE of <linux/sched.h>; the others are real-time policies."""


class Thread(NamedTuple):
    """A thread: its number, its policy in <linux/sched.h>, its own name and its process."""

    number: int
    policy: int
    name: str
    process: int


def real_time_threads(process: int | None = None) -> list[Thread]:
    """Return the threads of a process that have a real-time policy, on Linux; else none."""
    folder = Path("/proc", str(process or os.getpid()), "task")
    found = []
    for number in os.listdir(folder) if folder.is_dir() else ():
        try:
            policy = os.sched_getscheduler(int(number))
            if policy not in ORDINARY:
                name = (folder / number / "comm").read_text().strip()
                found.append(Thread(int(number), policy, name, process or os.getpid()))
        except (ProcessLookupError, FileNotFoundError):
            continue  # it has ended meanwhile
    return found


def real_time_threads_of_all() -> list[Thread]:
    """Return such threads of this process and of all that it started."""
    everybody = [os.getpid(), *(p.pid for p in psutil.Process().children(recursive=True))]
    return [thread for process in everybody for thread in real_time_threads(process)]
