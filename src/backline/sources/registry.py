"""Finds the reader of a source, from its first bytes or else its file ending."""

from __future__ import annotations

import os
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from backline.errors import SourceError, UsageError
from backline.formats.signatures import PICTURES, plain
from backline.formats.video_probe import probe
from backline.parallel import in_background, one_blas_thread
from backline.sources.options import SourceOptions
from backline.sources.readers import (
    HEAD_BYTES,
    READERS,
    TABLE_ENDINGS,
    Reader,
    ReadSource,
)
from backline.storage.regular_files import check_entries, check_regular

if TYPE_CHECKING:
    from backline.model.measurement import Measured

__all__ = [
    "HEAD_BYTES", "READERS", "ReadSource", "Reader", "SourceOptions", "open_source", "reader_of",
    "supported",
]  # fmt: skip


def supported() -> list[tuple[str, tuple[str, ...], str]]:
    """Return name, endings and what it gives of every kind of source; nothing is imported."""
    return [(reader.name, reader.extensions, reader.gives) for reader in READERS]


def reader_of(path: str | Path) -> Reader:
    """Return the reader that takes a source.

    How the file begins decides; where that fits no reader, its ending does, so that the reader can
    report what is wrong with a damaged file of its kind.

    Raises
    ------
    SourceError
        If there is nothing at the path, the file is empty, or no reader takes it; the sentence
        says what was expected.
    """
    place = Path(path)
    if not os.path.exists(place) and "@" in str(path):  # not Path's: it raises for a long name
        place = Path(str(path).rpartition("@")[0])
    check_regular(place)
    if os.path.isdir(place):
        check_entries(place)
        return _reader_of_folder(place)
    if place != Path(path) and not os.path.exists(place):
        return _reader_of_folder(place)
    ending = place.suffix.lower()
    named = [reader for reader in READERS if ending in reader.extensions]
    head = plain(_head(place))
    fitting = [reader for reader in READERS if reader.begins(head)]
    unnamed = [] if ending in TABLE_ENDINGS else named
    for reader in [*(r for r in fitting if r in named), *fitting, *unnamed]:
        return reader
    if ending in TABLE_ENDINGS:
        raise SourceError(_unknown_table(place, head))
    if head.startswith(PICTURES):
        raise SourceError(
            f"'{path}' is a single picture; a film, or a folder of numbered pictures as "
            "FOLDER@RATE, was expected: give one of those."
        )
    raise SourceError(
        f"'{path}' is of no kind that can be read: give a film of a lift, motion capture, "
        "keypoints or sensors (backline formats lists them)."
    )


def _unknown_table(path: Path, head: bytes) -> str:
    """Return the message for a table of an unknown kind."""
    line = next(iter(head.decode("utf-8", errors="replace").splitlines()), "")
    shown = "".join(c if c.isprintable() else "?" for c in line)[:80]
    return (
        f"'{path}' is a table that begins with '{shown}', which is of no kind that is known: "
        "export one of those that backline formats lists, or, for a sensor's, write a .toml that "
        "names its columns."
    )


def _reader_of_folder(folder: Path) -> Reader:
    """Return the reader of what lies in a folder; one of any folder where none is recognised."""
    takers = [reader for reader in READERS if reader.inside is not None]
    fitting = (r for r in takers if any(next(folder.glob(p), None) for p in r.inside or ()))
    return next(fitting, None) or next(reader for reader in takers if not reader.inside)


def open_source(path: str | Path, options: SourceOptions | None = None) -> Measured:
    """Read and measure a source of any kind.

    Parameters
    ----------
    path : str or Path
        A file, or a folder of images as ``FOLDER@RATE``.
    options : SourceOptions, optional
        Options.

    Raises
    ------
    SourceError
        If it cannot be read.
    NotMeasurableError
        If it was read but lacks what a measurement needs; the sentence names it.
    UsageError
        If a mapping file is given for a source that has nothing to map.
    """
    options = options or SourceOptions()
    reader = reader_of(path)
    if options.mapping is not None and not reader.mapped:
        raise UsageError(
            f"'{path}' was taken as {reader.name}, which has nothing for the mapping file "
            f"'{options.mapping}' to name: leave --mapping out, or give motion capture, keypoints "
            "or sensors."
        )
    joined = reader.target.endswith(":read_keypoints") or reader.id == "session-folder"
    if options.video is not None and not joined:
        raise UsageError(
            f"'{path}' was taken as {reader.name}, which --video does not go with: give the file "
            "of keypoints first, and with --video the clip that they were found in."
        )
    with in_background(partial(probe, path)) if reader.id == "video" else nullcontext():
        read = reader.load()  # imports the measuring code, which takes as long as the probe
    with one_blas_thread():
        return read(Path(path), options)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise SourceError(f"There is no file '{path}': check its name.") from error
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be opened ({error.strerror}): check that it is a file that you "
            "may read."
        ) from error
    if not head:
        raise SourceError(f"'{path}' is empty (0 bytes): copy, record or export it again.")
    return head
