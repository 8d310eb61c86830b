"""Safe names of files and folders, from text of unknown origin."""

from __future__ import annotations

import hashlib
import unicodedata

LONGEST_BYTES = 190
"""Longest name made, bytes of UTF-8: file systems take 255, and endings, numbers and the hidden
names of files under way (`backline.storage.temporary_files`) still have to fit."""
DIGEST_DIGITS = 8
"""Hexadecimal digits that keep two long names apart of which only the beginning is left."""
FALLBACK = "result"
"""Name used where nothing is left."""
_FORBIDDEN = frozenset('<>:"/\\|?*')
"""What Windows forbids in a name; the separators of all systems among them."""
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))
)
"""Names that Windows keeps for devices, whatever ending follows."""


def safe_name(text: str) -> str:
    """Return a name that is one part of a path on every system, and never a hidden one.

    Separators, control and invisible characters and what Windows forbids become ``_``; dots and
    blanks at either end go; a device's name and one without anything left are changed; a name
    over `LONGEST_BYTES` keeps its beginning and gets a digest of the whole.

    Parameters
    ----------
    text : str
        For example a file's stem, or a lifter's name.

    Returns
    -------
    str
        The same for the same text; a plain name comes back as it was.

    Examples
    --------
    >>> safe_name("squat 3"), safe_name(".."), safe_name("a/b"), safe_name("nul.txt")
    ('squat 3', 'result', 'a_b', '_nul.txt')
    """
    plain = "".join("_" if _is_unsafe(letter) else letter for letter in text)
    plain = plain.lstrip(". ").rstrip(". ")
    if plain.partition(".")[0].rstrip().casefold() in _DEVICES:
        plain = f"_{plain}"
    return shortened(plain or FALLBACK)


def shortened(name: str, most_bytes: int = LONGEST_BYTES) -> str:
    """Return a name of at most this many bytes; a shortened one ends in a digest of the whole."""
    whole = name.encode("utf-8", "surrogateescape")
    if len(whole) <= most_bytes:
        return name
    kept = whole[: most_bytes - DIGEST_DIGITS - 1].decode("utf-8", "ignore").rstrip(". ")
    return f"{kept}-{hashlib.sha256(whole).hexdigest()[:DIGEST_DIGITS]}"


def _is_unsafe(letter: str) -> bool:
    """Return whether a character is a separator or invisible (Unicode categories)."""
    kind = unicodedata.category(letter)
    return letter in _FORBIDDEN or kind.startswith("C") or kind in ("Zl", "Zp")
