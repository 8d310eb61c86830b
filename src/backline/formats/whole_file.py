"""Files that are either whole or not there, and the hash of a file's content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backline.errors import BacklineError, SourceError

_CHUNK_BYTES = 1 << 20


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary name to write to; it becomes ``path`` only when the block succeeds.

    The folder is made where it is missing. If the block raises (Ctrl-C included), what was
    written is removed and an older file of that name stays as it was.

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
    part = final.with_name(f".{final.stem}.{os.getpid()}.part{final.suffix}")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(final, error) from error
    try:
        yield part
        part.replace(final)
    except OSError as error:
        if error.filename not in (None, str(part)):
            raise  # about some other file that the block uses
        raise _unwritable(final, error) from error
    finally:
        with suppress(OSError):  # on a read-only disk there is nothing to remove
            part.unlink(missing_ok=True)


def _unwritable(final: Path, error: OSError) -> BacklineError:
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
