"""Reads only regular files: a pipe, socket or device can block a reader forever."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from backline.errors import SourceError

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def check_regular(path: str | Path) -> None:
    """Raise where a path is neither a file nor a folder.

    A missing path, or one that cannot be examined, is left to the caller that opens it.

    Raises
    ------
    SourceError
        If it is a pipe, a socket or a device.
    """
    try:
        kind = _KINDS.get(stat.S_IFMT(os.stat(path).st_mode))
    except (OSError, ValueError):
        return
    if kind is not None:
        raise SourceError(
            f"'{path}' is {kind} and not a regular file: write what comes out of it to a file, "
            "and give that."
        )


def check_entries(folder: str | Path) -> None:
    """Raise where a folder holds anything but files and folders; hidden ones are not examined.

    Raises
    ------
    SourceError
        If it does, or cannot be listed.
    """
    try:
        with os.scandir(folder) as entries:
            odd = sorted(
                entry.path
                for entry in entries
                if not (entry.name.startswith(".") or entry.is_file() or entry.is_dir())
            )
    except OSError as error:
        raise SourceError(
            f"'{folder}' cannot be opened as a folder ({error.strerror}): check its name and your "
            "rights to it."
        ) from error
    for path in odd:
        check_regular(path)


def read_head(path: Path, length: int, most_bytes: int) -> bytes:
    """Return a file's first bytes, after a check of its size.

    Parameters
    ----------
    path : Path
        The file.
    length : int
        How many bytes.
    most_bytes : int
        Largest size that can be read.

    Raises
    ------
    SourceError
        If it cannot be read, is empty or too large.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(length)
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be read ({error.strerror}): check its name and your rights to it."
        ) from error
    if size == 0:
        raise SourceError(f"'{path}' is empty (0 bytes): export it again.")
    if size > most_bytes:
        raise SourceError(
            f"'{path}' has {size / 1024**3:.1f} GiB, and at most {most_bytes / 1024**3:.0f} GiB "
            "can be read: export the lift alone, without analog channels."
        )
    return head
