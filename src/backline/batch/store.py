"""Store: a folder on any file system that fsspec supports, with atomic writes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backline.errors import BacklineError, MissingExtraError, SourceError, UsageError
from backline.storage.atomic_folder import locked_folder
from backline.storage.regular_files import check_regular
from backline.storage.temporary_files import LOCK, private_folder

_CHUNK_BYTES = 1 << 20  # bytes read at a time
_PART, _LOCK = ".part", f".{LOCK}"


class FetchError(SourceError):
    """A remote file could not be fetched now; a retry may succeed."""


def file_system(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path on it.

    Raises
    ------
    MissingExtraError
        If the file system's package is not installed.
    UsageError
        If there is no such kind of address.
    """
    from fsspec.core import url_to_fs

    try:
        system, path = url_to_fs(address)
    except ImportError:
        raise MissingExtraError(f"Reading '{address}'", "cluster") from None
    except ValueError as error:
        raise UsageError(
            f"'{address}' is no address that can be opened ({error}): give a path or s3://..."
        ) from None
    return system, path


def is_local(address: str) -> bool:
    """Return whether an address is a plain path."""
    return "://" not in address or address.startswith("file://")


@contextmanager
def plain_remote(address: str) -> Iterator[None]:
    """Raise errors of a remote file system as OSError, as local ones do.

    Their types depend on the package: a missing network or missing credentials are not always an
    OSError.
    """
    try:
        yield
    except (OSError, BacklineError):
        raise
    except Exception as error:
        if is_local(address):
            raise
        why = " ".join(str(error).split()).rstrip(".")
        raise ConnectionError(why or type(error).__name__) from error


class ResultStore:
    """Files of one dataset, by their names below its root.

    Parameters
    ----------
    root : str
        Path or address; made with the first file.
    """

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/") or "/"
        self._system, self._path = file_system(self.root)
        self._local = is_local(self.root)

    def put(self, name: str, content: bytes) -> None:
        """Write a file atomically, also on a power failure.

        Raises
        ------
        BacklineError
            If it cannot be written.
        """
        try:
            if self._local:
                _write_durably(Path(self._path) / name, content)
            else:
                with plain_remote(self.root):
                    self._system.pipe_file(f"{self._path}/{name}", content)  # one PUT is atomic
        except OSError as error:
            raise BacklineError(
                f"'{self.root}/{name}' cannot be written ({error.strerror or error}): name "
                "another place with --out, or make room there."
            ) from error

    def get(self, name: str) -> bytes | None:
        """Return a file's content, None where there is none.

        Raises
        ------
        BacklineError
            If it cannot be read.
        """
        try:
            with self._asked(name):
                content: bytes = self._system.cat_file(f"{self._path}/{name}")
        except (FileNotFoundError, NotADirectoryError):
            return None
        return content

    def names(self, folder: str = "") -> list[str]:
        """Return the names of all whole files below a folder, sorted.

        Raises
        ------
        BacklineError
            If they cannot be listed.
        """
        self._system.invalidate_cache()
        base = f"{self._path}/{folder}".rstrip("/")
        with self._asked(folder):
            found = [str(path) for path in self._system.find(base)]
        prefix = len(self._path.rstrip("/")) + 1
        return sorted(path[prefix:] for path in found if not path.endswith((_PART, _LOCK)))

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens where it is not there.

        Raises
        ------
        BacklineError
            If it cannot be removed.
        """
        try:
            with self._asked(name):
                self._system.rm_file(f"{self._path}/{name}")
        except FileNotFoundError:
            return

    @contextmanager
    def _asked(self, name: str) -> Iterator[None]:
        """Raise errors with one sentence, except for a missing file."""
        try:
            with plain_remote(self.root):
                yield
        except (FileNotFoundError, NotADirectoryError):
            raise
        except OSError as error:
            where = f"{self.root}/{name}".rstrip("/")
            raise BacklineError(
                f"'{where}' cannot be read ({error.strerror or error}): see that it can be reached "
                "and that you have rights to it, or name another place."
            ) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the dataset against other processes of this machine while the block runs.

        Raises
        ------
        UsageError
            If it is locked. Object storage has no locks: there is no warning there.
        """
        if not self._local:
            yield
            return
        busy = (
            f"another backline batch is writing '{self.root}' just now: wait until it has ended, "
            "or name another folder with --out."
        )
        with locked_folder(Path(self._path) / "dataset", busy):
            yield

    def remove_parts(self) -> None:
        """Remove half-written files of killed runs."""
        if self._local and Path(self._path).is_dir():
            for part in Path(self._path).rglob(f"*{_PART}"):
                part.unlink(missing_ok=True)


def _write_durably(final: Path, content: bytes) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    part = final.with_name(f".{final.name}.{os.getpid()}{_PART}")
    try:
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def content_sha256(address: str) -> str:
    """Return the SHA-256 of the content of an address.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    digest = hashlib.sha256()
    system, path = file_system(address)
    if is_local(address):
        check_regular(path)
    try:
        with plain_remote(address), system.open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    except FileNotFoundError:
        raise SourceError(f"There is no file '{address}': check its name.") from None
    except OSError as error:
        raise SourceError(
            f"'{address}' cannot be read ({error.strerror or error}): check its name and your "
            "rights to it."
        ) from error
    return digest.hexdigest()


@contextmanager
def local_copy(address: str) -> Iterator[Path]:
    """Return a local path of an address's content; a temporary copy where it is remote.

    Raises
    ------
    FetchError
        If it cannot be fetched.
    """
    if is_local(address):
        yield Path(file_system(address)[1])
        return
    with private_folder() as folder:
        system, path = file_system(address)
        place = folder / path.rsplit("/", 1)[-1]
        try:
            with plain_remote(address):
                system.get_file(path, str(place))
        except OSError as error:
            raise FetchError(
                f"'{address}' cannot be fetched ({error.strerror or error}): see that it can be "
                "reached, and run the same line again."
            ) from error
        yield place
