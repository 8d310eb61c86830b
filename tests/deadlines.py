"""Waiting with a deadline: no test waits for ever for something that does not come."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

PATIENCE_S = 120.0
"""How long something that takes seconds may take on a busy machine."""


def within(seconds: float = PATIENCE_S, every_s: float = 0.01) -> Iterator[float]:
    """Yield the time waited, s, again and again, to be left by ``break``; fail at the deadline."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < seconds:
        yield waited
        time.sleep(every_s)
    pytest.fail(f"what was waited for did not come within {seconds} s")


def wait_until(
    done: Callable[[], object], seconds: float = PATIENCE_S, every_s: float = 0.01
) -> None:
    """Wait until something holds; fail at the deadline."""
    for _ in within(seconds, every_s):
        if done():
            return


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a process beside the test, its output to be read; it does not outlive the block."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE_S)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def lines_of(process: subprocess.Popen[str], seconds: float = PATIENCE_S) -> Iterator[str]:
    """Yield the lines that a process writes; at the deadline it is killed, which ends them."""
    assert process.stdout is not None
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        while line := process.stdout.readline():  # `yield from` would close it with this
            yield line
    finally:
        timer.cancel()


def line_of(process: subprocess.Popen[str], seconds: float = PATIENCE_S) -> str:
    """Return the next line that a process writes; "" where it ended, or was killed as too late."""
    return next(lines_of(process, seconds), "")
