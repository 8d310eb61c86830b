"""Turns of the processes that run the tests: who needs the machine alone gets it alone."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(folder: Path, alone: bool) -> Iterator[None]:
    """Let this process work beside others, or alone.

    Who waits to be alone keeps the gate, so that those who come later wait behind it.
    """
    with (folder / "gate.lock").open("w") as gate, (folder / "turn.lock").open("w") as place:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(place, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
