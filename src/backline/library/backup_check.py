"""Validates a backup as a stream before any of it is used."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

FORMAT = "backline.record/1"
HEAD, ROWS = "record.json", "tables/{}.jsonl"
LARGEST_HEAD = 64 << 20
"""Bytes of the head, which names every member: 120 bytes each, for half a million sets."""
LONGEST_ROW = 32 << 20
"""Bytes of one row; the largest that Backline writes, a set's document, has under one million."""
PIECE = 1 << 20  # bytes read at a time
NAMES_A_FILE = {"measurement": "series_file", "lift_set": "original_copy"}
"""Columns that name a file of the record, by table."""
PARQUET_MARK = b"PAR1"
"""First and last bytes of a Parquet file."""
_TABLE = re.compile(r"tables/[a-z_]+\.jsonl")
_FILE = re.compile(r"(series|originals)/[^/\\.][^/\\]*")


@dataclass(frozen=True)
class Contents:
    """Contents of a backup.

    Parameters
    ----------
    schema : str
        Of the database that it was made from.
    counts : dict of str to int
        Rows of each table, and ``files``.
    files : tuple of str
        Series and copied clips.
    size_bytes : int
        Of all of it, unpacked.
    """

    schema: str
    counts: dict[str, int]
    files: tuple[str, ...]
    size_bytes: int


def check_backup(archive: zipfile.ZipFile) -> Contents:
    """Read a backup from end to end, and check that it is complete and unchanged.

    Parameters
    ----------
    archive : ZipFile
        The backup; memory does not grow with it.

    Raises
    ------
    ValueError, KeyError, BadZipFile, zlib.error
        If anything is missing, too much or changed.
    """
    head = head_of(archive)
    counts = {str(name): int(count) for name, count in head["counts"].items()}
    files = _members(archive, counts)
    listed: dict[str, list[Any]] = head.get("members", {})
    if "members" in head and set(listed) != set(archive.namelist()) - {HEAD}:
        raise ValueError("its list of members and its members differ")
    named = _check_rows(archive, counts, listed)
    if missing := named - set(files):
        raise ValueError(f"{len(missing)} of {len(named)} files that its rows name are missing")
    if set(files) - named or len(files) != counts["files"]:
        raise ValueError(f"it holds {len(files)} files, expected {counts['files']}")
    for name in files:
        with archive.open(name) as stream:
            found = copied(stream, None)
        _check_member(name, found, listed)
        if not found[0]:
            raise ValueError(f"'{name}' in it is empty")
    size = sum(info.file_size for info in archive.infolist())
    return Contents(str(head["schema"]), counts, files, size)


def rows_of(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of a table; none is longer than a row can be.

    Raises
    ------
    ValueError
        If one is.
    """
    while line := stream.readline(LONGEST_ROW + 1):
        if len(line) > LONGEST_ROW:
            raise ValueError("a row in it is longer than any that Backline writes")
        yield line


def copied(stream: IO[bytes], into: IO[bytes] | None) -> tuple[int, str]:
    """Read a stream to its end, and optionally copy it; return its length and SHA-256."""
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(PIECE):
        digest.update(piece)
        size += len(piece)
        if into is not None:
            into.write(piece)
    return size, digest.hexdigest()


def is_regular(file: Path) -> bool:
    """Return whether a name leads to an ordinary file; opening a pipe would wait forever."""
    return stat.S_ISREG(file.stat().st_mode)


def head_of(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Return a backup's head: schema, counts and members.

    Raises
    ------
    ValueError, KeyError, BadZipFile, zlib.error
        If it is no backup.
    """
    if archive.getinfo(HEAD).file_size > LARGEST_HEAD:
        raise ValueError("its head is too large")
    head = json.loads(archive.read(HEAD))
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise KeyError(HEAD)
    return head


def _members(archive: zipfile.ZipFile, counts: dict[str, int]) -> tuple[str, ...]:
    """Return the names of its files, after a check of the names of all members."""
    # zipfile cuts a name at a NUL and turns separators round; what was written counts.
    names = [info.orig_filename for info in archive.infolist()]
    twice = [name for name, count in Counter(names).items() if count > 1]
    strange = [
        name
        for name in names
        if name != HEAD and not (_TABLE.fullmatch(name) or _FILE.fullmatch(name))
    ]
    strange += [name for name in names if not name.isprintable() or len(name.encode()) > 255]
    if twice or strange:
        raise ValueError(f"it holds {(twice + strange)[0][:80]!r}, which no backup does")
    wanted = {ROWS.format(table) for table in counts if table != "files"}
    if absent := wanted - set(names):
        raise KeyError(min(absent))
    return tuple(sorted(name for name in names if _FILE.fullmatch(name)))


def _check_rows(
    archive: zipfile.ZipFile, counts: dict[str, int], listed: dict[str, list[Any]]
) -> set[str]:
    """Return the files that rows name, after counting the rows and comparing their hashes."""
    named: set[str] = set()
    for table, expected in counts.items():
        if table == "files":
            continue
        name, rows, digest, size = ROWS.format(table), 0, hashlib.sha256(), 0
        with archive.open(name) as stream:
            for line in rows_of(stream):
                rows, size = rows + 1, size + len(line)
                digest.update(line)
                if table in NAMES_A_FILE:
                    named.add(str(json.loads(line).get(NAMES_A_FILE[table]) or ""))
        if rows != expected:
            raise ValueError(f"its table {table} has {rows} rows, expected {expected}")
        _check_member(name, (size, digest.hexdigest()), listed)
    return named - {""}


def _check_member(name: str, found: tuple[int, str], listed: dict[str, list[Any]]) -> None:
    if listed and list(found) != list(listed[name]):
        raise ValueError(f"'{name}' in it is not as it was written")
