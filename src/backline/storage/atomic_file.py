"""Atomic writing of files, and the hash of a file's content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backline.errors import BacklineError, SourceError
from backline.storage import temporary_files
from backline.storage.regular_files import check_regular

_CHUNK_BYTES = 1 << 20  # bytes copied at a time
_LONGEST_ENDING = 10
"""Endings that a writer needs are shorter, bytes."""
_swept: set[tuple[int, Path]] = set()
"""Pairs of process and folder in which leftovers of ended processes were removed."""


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary name to write to; it becomes ``path`` only when the block succeeds.

    The folder is made where it is missing. If the block raises (Ctrl-C included), the new file is
    removed and an older file of that name stays unchanged.

    Parameters
    ----------
    path : str or Path
        Final name of the file.

    Yields
    ------
    Path
        Name to write to, in the same folder, with the same suffix.

    Raises
    ------
    BacklineError
        If the folder cannot be made or the file cannot be put in its place.
    """
    final = Path(path)
    ending = final.suffix if len(final.suffix.encode()) <= _LONGEST_ENDING else ""
    part = final.with_name(temporary_files.hidden_name(final.stem, temporary_files.PART, ending))
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(final, error) from error
    _sweep(final.parent)
    try:
        yield part
        _to_disk(part)
        part.replace(final)
        with suppress(OSError):  # some file systems cannot do that for a folder
            _to_disk(final.parent)
    except OSError as error:
        if error.filename not in (None, str(part)):
            raise  # an error of another file that the block uses
        raise unwritable(final, error) from error
    finally:
        with suppress(OSError):  # on a read-only disk there is nothing to remove
            part.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove, once per process, half-written files of ended processes in a folder."""
    mine = (os.getpid(), folder)
    if mine not in _swept:
        _swept.add(mine)
        temporary_files.remove_left_over(folder)


def _to_disk(place: Path) -> None:
    """Write a file's content, or a folder's list of names, to the disk (fsync)."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unwritable(final: Path, error: OSError) -> BacklineError:
    """Return the error for a file or folder that cannot be written."""
    return BacklineError(
        f"'{final}' cannot be written ({error.strerror or error}): "
        "choose another folder with --out, or make room there."
    )


def file_sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's content, 64 hexadecimal digits.

    Raises
    ------
    SourceError
        If the file cannot be read.
    """
    check_regular(path)
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be read ({error.strerror}): check its name and your rights to it."
        ) from error
    return digest.hexdigest()
