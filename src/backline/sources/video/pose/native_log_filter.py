"""Suppresses log lines that C++ libraries write directly to standard error."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

# absl/glog prefixes ("W0000 00:00:1795.. 12 file.cc:114] ..."), TFLite's own, the EGL notes, and
# Warp's note that there is no GPU.
_LOG_LINE = re.compile(
    rb"^(?:[IWEF]\d{4} [\d:.]+ |WARNING: All log messages before absl|"
    rb"(?:INFO|WARNING): (?:Created TensorFlow|Feedback|Attempting)|"
    rb"Warp CUDA warning: Could not find or load the NVIDIA CUDA driver)"
)
_STDERR_FD = 2  # POSIX
_lock = Lock()


@contextmanager
def quiet_native_logs() -> Iterator[None]:
    """Hold back standard error at the level of the operating system, then drop log lines.

    Only lines that look like those of absl, glog, TensorFlow Lite or Warp are dropped. Whatever
    else was written meanwhile, by this or another thread, is passed on when the block ends, also
    when it ends with an exception. Blocks of several threads wait for each other.
    """
    with _lock:
        sys.stderr.flush()
        try:
            saved = os.dup(_STDERR_FD)
        except OSError:  # standard error is closed: nothing to filter
            yield
            return
        try:
            with tempfile.TemporaryFile() as held:
                os.dup2(held.fileno(), _STDERR_FD)
                try:
                    yield
                finally:
                    sys.stderr.flush()
                    os.dup2(saved, _STDERR_FD)
                    held.seek(0)
                    for line in held:
                        if not _LOG_LINE.match(line):
                            os.write(_STDERR_FD, line)
        finally:
            os.close(saved)
