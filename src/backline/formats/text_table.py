"""Reads text tables of any encoding, separator and decimal mark."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from backline.errors import SourceError
from backline.formats.missing_values import FloatArray, number

LARGEST_TEXT_BYTES = 48 * 1024**2
"""Larger text files are refused, bytes: five minutes of 60 markers at 100 Hz. As cells in memory
they take up to thirty times their size, where each number is one digit."""
MOST_ODD = 0.3
"""Share of characters that are no printing ASCII, from which a file is no table: in bytes of a
compressed file they are two thirds, in a table with names in Greek a twentieth."""
LONGEST_SHOWN = 30
"""Characters of a bad cell that a message shows."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: str | Path, expected: str) -> str:
    """Return the text of a file in UTF-8, UTF-16 with a mark, or Windows' Western encoding.

    Parameters
    ----------
    path : str or Path
        The file.
    expected : str
        What it should be, for the message, such as ``"an OpenSim text file"``.

    Raises
    ------
    SourceError
        If it is missing, too large, or no text.
    """
    try:
        size = Path(path).stat().st_size
        if size > LARGEST_TEXT_BYTES:
            mib = 1024**2
            raise SourceError(
                f"'{path}' has {size / mib:.0f} MiB, and at most {LARGEST_TEXT_BYTES / mib:.0f} "
                "MiB of text can be read: export the lift alone."
            )
        content = Path(path).read_bytes()
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be read ({error.strerror}): check its name and your rights to it."
        ) from error
    text = decoded(content)
    del content  # a large file takes its size in memory once, not twice
    if "\0" in text or _mostly_odd(text):
        raise SourceError(f"'{path}' is not a text file; {expected} was expected: export it again.")
    return text


def decoded(content: bytes) -> str:
    """Return text in UTF-8, UTF-16 with a mark, or Windows' Western encoding."""
    if content.startswith(_UTF_16):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # cp1252 leaves five codes undefined; latin-1 has a character for every byte
        return content.decode("latin-1")


def _mostly_odd(text: str) -> bool:
    """Recognise a file most of whose first characters no table of numbers holds."""
    head = text[:4096]
    odd = sum(not (" " <= c <= "~" or c.isspace()) for c in head)
    return odd > MOST_ODD * max(len(head), 1)


def separator(head: str) -> str | None:
    """Return what separates the cells of a line of names: tab, semicolon, comma; None for blanks.

    A comma counts where no tab or semicolon stands; then it cannot be the decimal mark.
    """
    return next((mark for mark in "\t;," if mark in head), None)


def cells_of(line: str, mark: str | None) -> list[str]:
    """Return the cells of a line, without blanks around them and quotes."""
    return [cell.strip().strip('"').strip() for cell in line.split(mark)]


def numbers(path: str | Path, line: int, cells: Sequence[str], mark: str | None) -> FloatArray:
    """Return a row's numbers; NaN where a cell says that there is none.

    Raises
    ------
    SourceError
        If a cell holds something else; the sentence names the line.
    """
    try:
        return np.array(cells, dtype=np.float64)  # fast, where all are plain numbers
    except ValueError:
        pass
    try:
        return np.array([number(cell, comma=mark != ",") for cell in cells], dtype=np.float64)
    except ValueError:
        bad = next(cell for cell in cells if not is_number(cell, comma=mark != ","))
    raise SourceError(
        f"'{path}', line {line}: '{_shown(bad)}' was found where a number was expected: correct "
        "it there, or export the file again."
    )


def check_width(path: str | Path, line: int, cells: Sequence[str], width: int) -> None:
    """Raise SourceError where a line holds another number of values than the table's width."""
    if len(cells) != width:
        raise SourceError(
            f"'{path}', line {line}: {len(cells)} values were found and {width} were expected: the "
            "file is cut off or damaged; export it again."
        )


def is_number(cell: str, *, comma: bool = False) -> bool:
    """Return whether a cell holds a number, or a word for none."""
    try:
        number(cell, comma=comma)
    except ValueError:
        return False
    return True


def is_missing(cell: str) -> bool:
    """Return whether a cell is empty or holds a word for "no value"."""
    return is_number(cell) and bool(np.isnan(number(cell)))


def _shown(cell: str) -> str:
    clean = "".join(c if c.isprintable() else "?" for c in cell.strip())
    return clean if len(clean) <= LONGEST_SHOWN else f"{clean[:LONGEST_SHOWN]}..."


def unique_names(names: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Make the names of channels unique, without blanks in them.

    Parameters
    ----------
    names : sequence of str
        As in the file. The second of a name gets ``_2``, blanks become ``_``, an empty name
        ``unnamed_N``.

    Returns
    -------
    tuple of str
        One for each.
    dict of str to str
        Every name that was given more than once (the first use too), to what the file calls it.
    """
    clean = ["_".join(name.split()) or f"unnamed_{i}" for i, name in enumerate(names, start=1)]
    count = Counter(clean)
    taken, used, repeated, made = set(clean), Counter[str](), {}, []
    for name in clean:
        used[name] += 1
        unique = name
        if used[name] > 1:
            unique = f"{name}_{used[name]}"
            while unique in taken:
                used[name] += 1
                unique = f"{name}_{used[name]}"
            taken.add(unique)
        if count[name] > 1:
            repeated[unique] = name
        made.append(unique)
    return tuple(made), repeated


def words_of(line: str) -> list[str]:
    """Return the words of a header line that tabs, blanks, semicolons or commas part."""
    mark = separator(line)
    return [word for word in cells_of(line, mark if mark in (",", ";") else None) if word]
