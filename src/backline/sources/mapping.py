"""Mapping files: TOML that assigns a recording's own names to landmarks and signals."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from backline.errors import UsageError
from backline.formats.text_table import decoded

MOST_BYTES = 1 << 20
"""Larger mapping files are refused unread, bytes: TOML takes a second a megabyte."""


def mapping_table(path: Path, name: str, example: str) -> dict[str, Any]:
    """Read one table of a mapping file.

    Parameters
    ----------
    path : Path
        TOML file.
    name : str
        The table's name.
    example : str
        Lines that it may hold, for the error message.

    Returns
    -------
    dict
        Empty only where the file's table is.

    Raises
    ------
    UsageError
        If the file cannot be read, or has no such table.
    """
    table = _whole(path).get(name)
    if not isinstance(table, dict):
        raise UsageError(
            f"The mapping file '{path}' has no table [{name}] with lines such as {example}: add it."
        )
    return table


def optional_table(path: Path, name: str, example: str) -> dict[str, Any]:
    """Read one table of a mapping file that may do without it; see `mapping_table`."""
    return mapping_table(path, name, example) if name in _whole(path) else {}


def check_roles(path: Path, table: Collection[str], what: str, roles: Collection[str]) -> None:
    """Check that a table names only what is known.

    Parameters
    ----------
    path : Path
        The mapping file, for the message.
    table : collection of str
        What it names.
    what : str
        One of these in words, such as ``"landmark"``.
    roles : collection of str
        All that may be named.

    Raises
    ------
    UsageError
        If one is not known.
    """
    for role in table:
        if role not in roles:
            raise UsageError(
                f"The mapping file '{path}' names the {what} '{role}', which is not known: use "
                f"one of {', '.join(roles)}."
            )


def check_held(path: Path, table: dict[str, Any], what: str, held: Collection[str]) -> None:
    """Check that a table points only to names that the recording holds.

    Parameters
    ----------
    path : Path
        The mapping file, for the message.
    table : dict
        Role to the recording's own name.
    what : str
        One of these names in words, such as ``"marker"``.
    held : collection of str
        The names that are there.

    Raises
    ------
    UsageError
        If one is no text, or not there.
    """
    for role, name in table.items():
        if name not in held:
            raise UsageError(
                f"The mapping file '{path}' says that {role} is the {what} {name!r}, which the "
                f"recording does not hold or never shows: it holds {', '.join(held)}."
            )


def _whole(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(
                f"The mapping file '{path}' has over {MOST_BYTES >> 20} MiB, and a list of names "
                "was expected: check which file was given."
            )
        return tomllib.loads(decoded(path.read_bytes()))
    except OSError as error:
        raise UsageError(
            f"The mapping file '{path}' cannot be read ({error.strerror}): check its name and your "
            "rights to it."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"The mapping file '{path}' cannot be read ({error}): lines such as C7 = \"neck\" "
            "below a name in [ ] were expected; correct it there."
        ) from error
