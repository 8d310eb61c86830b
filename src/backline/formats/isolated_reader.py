"""Runs parsers of untrusted files in a child process, limited in memory and time.

A damaged byte can make a library written in C stop the whole program, or ask for all memory. Here
it stops a child process, and the caller gets one plain sentence::

    c3d = read_isolated("backline.formats.c3d:read_here", path)

The child runs `TARGET(path, *arguments)` and sends the result back, so both must be picklable; of
the result only arrays and Backline's own data classes are taken. It imports the target's module and
what that imports at its top, nothing else: 0.2 s with numpy. It does not run the caller's
``__main__`` again, may be started from any thread or process (a daemonic one too), and ends with
its parent.
"""

from __future__ import annotations

import importlib
import io
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import IO, Any, Self

from backline.errors import BacklineError, NotMeasurableError, SourceError, UsageError
from backline.parallel import OVERLAP

GIB = 1024**3  # bytes
READING_S = 50.0
"""A file of a lift is read within a second or two; the rest is for slow disks. Some damaged C3D
files keep their library busy for ever: they are reported within a minute, the start of the process
included."""
READING_BYTES = 3 * GIB // 2
"""Memory for a reader in addition to that for the file's size; the setting
``most_reading_memory_gib`` sets another."""
BYTES_A_BYTE = 8.0
"""Memory for each byte of the file: a 16-bit integer as a double is 4, and is copied once."""
MOST_WRITTEN_BYTES = 1 << 20
"""Largest output of a reader: its error messages."""
_DONE, _RAISED, _NO_MEMORY = "done", "raised", "memory"
_ERRORS: dict[str, type[BacklineError]] = {
    cls.__name__: cls for cls in (BacklineError, NotMeasurableError, SourceError, UsageError)
}
_ARRAYS = {
    ("numpy", "ndarray"), ("numpy", "dtype"), ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"), ("numpy.core.numeric", "_frombuffer"),
}  # fmt: skip
"""Classes that NumPy's arrays and numbers consist of in a pickle."""
_PR_SET_PDEATHSIG = 1
"""<linux/prctl.h>"""


@dataclass(frozen=True)
class ProcessLimits:
    """Limits of a reader.

    Parameters
    ----------
    memory_bytes : int
        Address space in addition to the file's share (Linux; elsewhere as far as the system keeps
        to it).
    memory_for_each_byte : float
        Address space on top, for each byte of the file.
    time_s : float
        Seconds, by the clock and of computing.
    """

    memory_bytes: int = READING_BYTES
    memory_for_each_byte: float = BYTES_A_BYTE
    time_s: float = READING_S

    @classmethod
    def of_settings(cls) -> Self:
        """Return those of the user's settings."""
        from backline.settings import Settings

        return cls(memory_bytes=int(Settings().most_reading_memory_gib * GIB))

    def memory_for(self, path: Path) -> int:
        """Return the address space for a file, bytes."""
        size = path.stat().st_size if path.is_file() else 0
        return int(self.memory_bytes + self.memory_for_each_byte * size)


def read_isolated(
    target: str, path: str | Path, *arguments: Any, limits: ProcessLimits | None = None
) -> Any:
    """Call ``TARGET(path, *arguments)`` in a separate process.

    Parameters
    ----------
    target : str
        ``"package.module:function"``.
    path : str or Path
        The untrusted file; for the function and for messages.
    *arguments
        More for the function, picklable.
    limits : ProcessLimits, optional
        Memory and time; those of the settings where not given.

    Returns
    -------
    object
        What the function returned.

    Raises
    ------
    BacklineError
        What the function raised; other errors of it are damage to the file.
    SourceError
        If the process crashed, or took more memory or time than allowed.
    """
    limits = limits or ProcessLimits.of_settings()
    memory = limits.memory_for(Path(path))
    order = pickle.dumps((target, path, arguments, memory, limits.time_s, os.getpid()))
    answer = _answer_of_child(order, path, limits.time_s)
    try:
        kind, content = _Answer(io.BytesIO(answer)).load()
    except pickle.UnpicklingError as error:
        raise SourceError(
            f"'{path}' cannot be read ({error}): it is damaged; copy or export it again."
        ) from error
    if kind == _NO_MEMORY:
        raise SourceError(
            f"'{path}' asks for more than {memory / GIB:.1f} GiB of memory to be read: it is "
            "damaged or far longer than a lift; export the lift alone."
        )
    if kind == _RAISED:
        name, text = content
        raise _ERRORS.get(name, BacklineError)(text)
    return content


class _Answer(pickle.Unpickler):
    """Unpickles only arrays and Backline's data classes: the process may be compromised."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class that an answer may hold.

        Raises
        ------
        pickle.UnpicklingError
            If it names anything else, such as a function that would run a program.
        """
        found = None
        if (module, name) in _ARRAYS or module.startswith("backline."):
            found = super().find_class(module, name)
        if (module, name) not in _ARRAYS and not (isinstance(found, type) and is_dataclass(found)):
            raise pickle.UnpicklingError(f"its reader answered with {module}.{name}")
        return found


def _answer_of_child(order: bytes, path: str | Path, time_s: float, again: bool = True) -> bytes:
    """Run a call in a child process and return its pickled answer.

    A child that cannot load its own modules gives no information on the file: it is started again.
    """
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=_environment(),
        )
        try:
            answer, _ = child.communicate(order, timeout=time_s)
        except subprocess.TimeoutExpired as error:
            raise SourceError(
                f"'{path}' was not read within {time_s:.0f} s: it is damaged or far longer "
                "than a lift; export the lift alone."
            ) from error
        finally:
            if child.poll() is None:
                child.kill()
                child.communicate()
        if child.returncode != 0 or not answer:
            if again and _last_line(said).startswith(("ImportError", "ModuleNotFoundError")):
                return _answer_of_child(order, path, time_s, again=False)
            raise SourceError(_lost(path, child.returncode, said, time_s))
    return answer


def _environment() -> dict[str, str]:
    """Return an environment in which the child finds the same modules, and uses one thread.

    Else Python searches for modules in the current folder first, which may contain untrusted
    files: a ``pickle.py`` next to a video would be run.
    """
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    places = os.pathsep.join(place or os.getcwd() for place in sys.path)
    own = {OVERLAP: "0", "PYTHONSAFEPATH": "1", "PYTHONPATH": places}
    return {**os.environ, **dict.fromkeys(threads, "1"), **own}


def _last_line(said: IO[bytes]) -> str:
    """Return the last line that a child wrote to standard error."""
    said.seek(0)
    return (said.read().decode(errors="replace").strip().splitlines() or ["no word"])[-1]


def _lost(path: str | Path, status: int, said: IO[bytes], time_s: float) -> str:
    """Return the error for a process that ended without an answer."""
    if status == -getattr(signal, "SIGXCPU", 0):
        return (
            f"'{path}' was not read within {time_s:.0f} s of computing: it is damaged or far "
            "longer than a lift; export the lift alone."
        )
    if status < 0:
        why = f"it makes the program that reads it crash, {signal.Signals(-status).name}"
    else:
        why = " ".join(_last_line(said).split())[:100]
    return f"'{path}' cannot be read ({why}): it is damaged; copy or export it again."


def _limit(memory: int, time_s: float, parent: int) -> None:
    """Apply the limits to this process, and end it with its parent."""
    try:
        import ctypes
        import resource
    except ImportError:  # Windows: time is limited by the parent alone
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(time_s) + 1),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN_BYTES),
    ):
        hard = resource.getrlimit(what)[1]
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (soft, hard))


def _serve() -> None:
    """Read a call from standard input and answer on standard output; runs in the child."""
    target, path, arguments, memory, time_s, parent = pickle.load(sys.stdin.buffer)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # output of a library is no answer
    module, name = target.split(":")
    function = getattr(importlib.import_module(module), name)
    _limit(memory, time_s, parent)
    answer: tuple[str, Any]
    try:
        answer = _DONE, function(path, *arguments)
        answers.write(pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL))
    except MemoryError:
        answers.write(pickle.dumps((_NO_MEMORY, None)))
    except BacklineError as error:
        answers.write(pickle.dumps((_RAISED, (type(error).__name__, str(error)))))
    answers.flush()


if __name__ == "__main__":
    _serve()
