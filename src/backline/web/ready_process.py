"""A preloaded process for the next correction, so that it starts at once.

Loading the modules takes as long as the correction itself. The process runs one job and ends; the
next one is started while a lift's page is open.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path

ANY = "-"
"""Stands for the lift's id in the command of a process that gets the id later."""
KEPT_S = 900.0
"""How long it waits for a correction before it ends, seconds: it uses about 300 MB of memory."""


class ReadyProcess:
    """At most one preloaded process.

    Parameters
    ----------
    folder : Path
        The lift store's folder.
    memory : int
        Memory that it may take, bytes; 0 for no limit.
    """

    def __init__(self, folder: Path, memory: int) -> None:
        self._command = [
            sys.executable, "-m", "backline.web.worker", str(folder), ANY, str(memory)
        ]  # fmt: skip
        self._log = folder / "ready.log"
        self._process: subprocess.Popen[str] | None = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._closed = False

    def prepare(self) -> None:
        """Start one, or keep the running one for longer."""
        with self._lock:
            if self._closed:
                return
            self._forget_timer()
            if self._process is not None and self._process.poll() is not None:
                _end(self._process)
                self._process = None
            if self._process is None:
                with self._log.open("w", encoding="utf-8") as said:
                    self._process = subprocess.Popen(
                        self._command,
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True,
                    )  # fmt: skip
            self._timer = threading.Timer(KEPT_S, self.end)
            self._timer.daemon = True
            self._timer.start()

    def take(self, lift_id: str) -> subprocess.Popen[str] | None:
        """Send the lift's id to the process and return it; None where none is running."""
        with self._lock:
            self._forget_timer()
            process, self._process = self._process, None
        if process is None:
            return None
        assert process.stdin is not None
        try:
            process.stdin.write(f"{lift_id}\n")
            process.stdin.flush()
        except OSError:  # it has ended meanwhile
            _end(process)
            return None
        return process

    def end(self) -> None:
        """End the waiting process, if there is one."""
        with self._lock:
            self._forget_timer()
            process, self._process = self._process, None
        if process is not None:
            _end(process)

    def close(self) -> None:
        """End it, and start no more."""
        self._closed = True
        self.end()

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
