"""Names of files being written: they contain the process, so that leftovers can be removed."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from backline.storage.safe_names import shortened

PART, FOLDER, ASIDE, LOCK = "part", "partial", "aside", "backline-lock"
"""Kinds of hidden names: a file, a folder, an older folder to be removed, a lock. Names of locks
have no tag, so they must be unique to this program."""
MOST_NAME_BYTES = 200
"""Bytes of the final name that are part of the hidden name."""
_TAG = re.compile(r"\.(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-(?P<born>\d+)-[0-9a-f]{8}\.(?P<kind>\w+)")
_PRIVATE = "backline-"


def hidden_name(final: str, kind: str, ending: str = "") -> str:
    """Return a hidden name for a future ``final``, unique to this process and call.

    Parameters
    ----------
    final : str
        Name that it will have.
    kind : str
        `PART`, `FOLDER` or `ASIDE`.
    ending : str
        With the dot, where a writer needs it.
    """
    return f".{shortened(final, MOST_NAME_BYTES)}{_tag()}.{kind}{ending}"


def remove_left_over(folder: Path) -> int:
    """Remove half-written files of ended processes; return how many.

    Those of living processes stay, and so do those of another machine that shares the folder.
    """
    gone = 0
    for name in _names(folder):
        found = _TAG.search(name)
        if found and found["kind"] == PART and name.startswith(".") and _is_dead(found):
            with suppress(OSError):
                (folder / name).unlink()
                gone += 1
    return gone


def left_over_folders(parent: Path, final: str, kind: str) -> list[Path]:
    """Return hidden folders of one name that ended processes left."""
    start = f".{shortened(final, MOST_NAME_BYTES)}"
    return [
        parent / name
        for name in _names(parent)
        if name.startswith(start)
        and ((found := _TAG.fullmatch(name, len(start))) or name == f"{start}.{FOLDER}")
        and (found is None or (found["kind"] == kind and _is_dead(found)))
    ]


def finals_in(parent: Path) -> set[str]:
    """Return the final names of this program's hidden folders and locks in a parent."""
    found = set()
    for name in (one for one in _names(parent) if one.startswith(".")):
        tagged = _TAG.search(name)
        if tagged is not None and tagged["kind"] in (FOLDER, ASIDE):
            found.add(name[1 : tagged.start()])
        elif name.endswith(f".{LOCK}"):
            found.add(name[1:].removesuffix(f".{LOCK}"))
    return found - {""}


def is_temporary(name: str) -> bool:
    """Return whether a name is one that `hidden_name` makes for files."""
    found = _TAG.search(name)
    return name.startswith(".") and found is not None and found["kind"] == PART


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make an empty temporary folder, removed at the end.

    Its name contains the process: the first call of a process removes those of killed processes.
    """
    _sweep_private()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PRIVATE}{_tag()[1:]}.{FOLDER}."))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _sweep_private() -> None:
    home = Path(tempfile.gettempdir())
    for name in _names(home):
        found = _TAG.search(f".{name.removeprefix(_PRIVATE)}")
        if name.startswith(_PRIVATE) and found and _is_dead(found):
            shutil.rmtree(home / name, ignore_errors=True)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # missing or unreadable: nothing to remove
        return []


def _tag() -> str:
    return f".{_host()}-{os.getpid()}-{_own_born(os.getpid())}-{secrets.token_hex(4)}"


@cache
def _own_born(pid: int) -> int:
    return _born(pid)


@cache
def _host() -> str:
    """Return an id of this machine and its process numbering (a container has its own)."""
    facts = [socket.gethostname()]
    with suppress(OSError):
        facts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii"))
        facts.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]


def _born(pid: int) -> int:
    """Return a process's start time, whole seconds: process numbers are reused."""
    import psutil

    try:
        return int(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0


def _is_dead(found: re.Match[str]) -> bool:
    if found["host"] != _host():
        return False
    return abs(_born(int(found["pid"])) - int(found["born"])) > 1
