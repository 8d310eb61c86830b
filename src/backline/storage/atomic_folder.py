"""Atomic writing of folders, by one process at a time."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backline.errors import UsageError
from backline.storage import temporary_files
from backline.storage.atomic_file import unwritable
from backline.storage.safe_names import shortened

if sys.platform != "win32":
    import fcntl

ENDING_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""What Ctrl-C, an administrator and a closed terminal send to end a process."""
_EXCHANGE, _HERE = 2, -100  # RENAME_EXCHANGE of <linux/fs.h>, AT_FDCWD of <fcntl.h>
_held: dict[Path, int] = {}
"""Folders that this process holds, and which of its threads does."""


@contextmanager
def locked_folder(folder: str | Path, busy: str | None = None) -> Iterator[None]:
    """Lock a folder against other writers while the block runs, in this process or another.

    The lock is re-entrant within a thread. File systems without locks are not locked; even then no
    file is a mix of two results.

    Parameters
    ----------
    folder : str or Path
        The folder; its parent is made where it is missing.
    busy : str, optional
        Message where another process holds it.

    Raises
    ------
    UsageError
        If another process or thread is writing there.
    BacklineError
        If nothing can be written there.
    """
    place = _place(folder)
    if _held.get(place) == threading.get_ident():
        yield
        return
    file = place.with_name(f".{shortened(place.name)}.{temporary_files.LOCK}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle = _lock(file)
    except OSError as error:
        raise unwritable(place, error) from error
    if handle is None:
        raise UsageError(
            busy
            or f"another process is writing '{place}' just now: wait until it has ended, or name "
            "another folder."
        )
    _held[place] = threading.get_ident()
    try:
        yield
    finally:
        del _held[place]
        with suppress(OSError):
            file.unlink()
        os.close(handle)


@contextmanager
def atomic_folder(folder: str | Path, own: Collection[str]) -> Iterator[Path]:
    """Give a hidden folder to fill; when the block succeeds it takes the place of ``folder``.

    An older folder stays as it was until then, and is exchanged at one moment. Files in it that
    are not among ``own`` belong to others and stay.

    Parameters
    ----------
    folder : str or Path
        Final name.
    own : collection of str
        Names of all files that an older result may consist of.

    Yields
    ------
    Path
        An empty folder beside the final one.

    Raises
    ------
    UsageError
        If another process is writing the same folder.
    BacklineError
        If it cannot be written.
    """
    place = _place(folder)
    with locked_folder(place):
        recover(place, own)
        made = place.with_name(temporary_files.hidden_name(place.name, temporary_files.FOLDER))
        try:
            made.mkdir()
        except OSError as error:
            raise unwritable(place, error) from error
        _held[made] = threading.get_ident()  # no other process knows its name
        try:
            yield made
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        finally:
            del _held[made]
        try:
            with signals_wait():
                _put(made, place, own)
        except OSError as error:
            raise unwritable(place, error) from error
        finally:
            if made.exists():
                _discard(made, place, own)


def recover(folder: str | Path, own: Collection[str]) -> None:
    """Repair what killed processes left next to a folder; the caller holds its lock."""
    place = _place(folder)
    for old in temporary_files.left_over_folders(place.parent, place.name, temporary_files.ASIDE):
        if place.exists():
            _discard(old, place, own)
        else:
            old.rename(place)
    for half in temporary_files.left_over_folders(place.parent, place.name, temporary_files.FOLDER):
        _discard(half, place, own)


def recover_all(parent: Path, own: Collection[str]) -> None:
    """Do `recover` for every folder in a parent that nobody is writing."""
    temporary_files.remove_left_over(parent)
    for final in temporary_files.finals_in(parent):
        with suppress(UsageError), locked_folder(parent / final):
            recover(parent / final, own)


@contextmanager
def signals_wait() -> Iterator[None]:
    """Delay signals that end the process until the block is done.

    Only the main thread can do that; other threads are not interrupted by signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda got, _frame: came.append(got))
        for number in ENDING_SIGNALS
        if callable(signal.getsignal(number)) or signal.getsignal(number) is signal.SIG_DFL
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def _put(made: Path, place: Path, own: Collection[str]) -> None:
    """Replace an older folder by ``made``, atomically where the system can."""
    if not place.exists():
        made.rename(place)
        return
    for entry in _foreign(place, own):  # so that they exist at every moment
        with suppress(OSError):  # folders, and file systems without such links: they move later
            os.link(entry, made / entry.name, follow_symlinks=False)
    if _exchange(made, place):
        _discard(made, place, own)
    else:
        old = place.with_name(temporary_files.hidden_name(place.name, temporary_files.ASIDE))
        place.rename(old)  # a kill here leaves the older result aside: `recover` puts it back
        made.rename(place)
        _discard(old, place, own)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders' names atomically; False where the system cannot."""
    if sys.platform != "linux":
        return False
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    names = (os.fsencode(one), os.fsencode(other))
    return bool(call(_HERE, names[0], _HERE, names[1], ctypes.c_uint(_EXCHANGE)) == 0)


def _discard(old: Path, place: Path, own: Collection[str]) -> None:
    """Remove an older or unfinished folder; files of others move into its successor."""
    for entry in _foreign(old, own):
        place.mkdir(exist_ok=True)
        there = place / entry.name
        if not os.path.lexists(there):
            entry.rename(there)
        elif os.path.samestat(entry.lstat(), there.lstat()):
            entry.unlink()
    for entry in old.iterdir():
        if entry.name in own or temporary_files.is_temporary(entry.name):
            entry.unlink(missing_ok=True)
    with suppress(OSError):  # a file of others exists twice: nothing is deleted
        old.rmdir()


def _foreign(folder: Path, own: Collection[str]) -> list[Path]:
    """Return the files of others in a folder."""
    return sorted(
        entry
        for entry in folder.iterdir()
        if not (entry.name in own or temporary_files.is_temporary(entry.name))
    )


def _place(folder: str | Path) -> Path:
    """Return a folder's real path, links resolved."""
    return Path(os.path.realpath(folder))


def _lock(file: Path) -> int | None:
    """Return a handle that holds a file's lock, None where another process has it."""
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if sys.platform != "win32":
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_the_same(handle, file):
                return handle
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:  # a file system without locks
            return handle
        os.close(handle)  # its holder has just removed it: try again


def _is_the_same(handle: int, file: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), file.stat())
    return False
