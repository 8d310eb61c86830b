"""Shared by the commands: error messages and progress bars."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from backline.errors import BacklineError, SourceError

if TYPE_CHECKING:
    from types import FrameType

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from backline.progress import Progress, ProgressCallback

INTERRUPTED = 130
"""Exit status after Ctrl-C: 128 + SIGINT, as shells have it."""

DEBUG_VARIABLE = "BACKLINE_DEBUG"


_UNREADABLE = frozenset(
    (errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR)
)
"""Errors caused by the user's file names and rights."""
_MOST_SHOWN = 120
"""Characters of a name that are shown."""

ended_by: list[int] = []
"""The signal that ended the work, where one other than Ctrl-C did."""


def end_in_order() -> None:
    """Handle SIGTERM and the loss of the terminal like Ctrl-C: half-written files are removed.

    A signal that is ignored (nohup) stays ignored, and a second one has no effect.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        if not ended_by:
            ended_by.append(number)
            raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has but one of them
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


def one_line(text: str) -> str:
    """Return a text on one line, closed by a full stop where it has no end mark."""
    flat = " ".join(text.split())
    return flat if flat.endswith((".", "!", "?")) else f"{flat}."


def say_error(text: str) -> None:
    """Write one plain sentence to standard error; do nothing where that is closed."""
    try:
        sys.stderr.write(f"backline: {text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def failure_text(error: Exception) -> tuple[str, int]:
    """Return an error's plain sentence and exit status.

    With the environment variable ``BACKLINE_DEBUG`` set to 1 the traceback of an error that
    Backline did not foresee goes to standard error as well.

    Parameters
    ----------
    error : Exception
        The error.

    Returns
    -------
    (str, int)
        The sentence; the error's own ``exit_code``, or 1 for one that was not foreseen.
    """
    if isinstance(error, BacklineError):
        return one_line(str(error)), error.exit_code
    if isinstance(error, OSError) and error.errno in _UNREADABLE and error.filename:
        shown = str(error.filename)
        shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."
        why = error.strerror or type(error).__name__
        text = f"'{shown}' cannot be opened ({why}): check its name and your rights to it."
        return text, 2 if error.errno == errno.ENAMETOOLONG else SourceError.exit_code
    if os.environ.get(DEBUG_VARIABLE) == "1":
        traceback.print_exception(error)
        hint = "the traceback is above"
    else:
        hint = (
            f"run it again with {DEBUG_VARIABLE}=1 to see where, and report it with backline info"
        )
    what = " ".join(str(error).split()) or "no message"
    kind = type(error).__name__
    return f"Backline stopped on an error that it did not expect ({kind}: {what}); {hint}.", 1


@contextmanager
def progress_bar(label: str, *, quiet: bool) -> Iterator[ProgressCallback | None]:
    """Draw progress on standard error while the block runs.

    Parameters
    ----------
    label : str
        What the work is about, shown before each stage.
    quiet : bool
        Draw nothing.

    Yields
    ------
    callable or None
        To hand on as ``progress``; None where nothing is drawn (quiet, or not a terminal).
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich import progress as rich_progress
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    bars = rich_progress.Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bars:
        yield _Drawer(bars, label)


class _Drawer:
    """A progress callback with one bar per stage."""

    def __init__(self, bars: Bars, label: str) -> None:
        self._bars = bars
        self._label = label
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, progress: Progress) -> None:
        task = self._tasks.get(progress.stage)
        if task is None:
            task = self._bars.add_task(f"{self._label}: {progress.stage}", rate="")
            self._tasks[progress.stage] = task
        self._bars.update(task, completed=progress.done, total=progress.total)
        speed = next(t.speed for t in self._bars.tasks if t.id == task)
        self._bars.update(task, rate=f"{speed:.1f} frames/s" if speed else "")
