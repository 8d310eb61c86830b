"""The manifest: the table of clips with what is known of each."""

from __future__ import annotations

import difflib
import glob
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from backline.batch.manifest_clip import STATED, ManifestClip
from backline.batch.store import file_system, is_local, plain_remote
from backline.errors import SourceError, UsageError
from backline.model.trial import RANGES
from backline.storage.regular_files import check_regular

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("source", *STATED)
ENDINGS = (".csv", ".parquet")
_SEPARATORS = (",", ";", "\t")
_CHOICES = {"lift": ("auto", "squat", "deadlift"), "side": ("auto", "left", "right")}


@dataclass(frozen=True)
class BadRow:
    """A line that cannot run.

    Parameters
    ----------
    clip : ManifestClip
        As far as it could be read.
    code : str
        ``"bad_value"`` or ``"no_source"``.
    text : str
        One plain sentence.
    """

    clip: ManifestClip
    code: str
    text: str


@dataclass(frozen=True)
class Manifest:
    """Clips to be measured.

    Parameters
    ----------
    clips : tuple of ManifestClip
        In the order given.
    bad : tuple of BadRow
        Lines that cannot run; the rest runs.
    remarks : tuple of str
        Sentences about the manifest as a whole.
    """

    clips: tuple[ManifestClip, ...]
    bad: tuple[BadRow, ...] = ()
    remarks: tuple[str, ...] = field(default=())


def read_manifest(where: str) -> Manifest:
    """Return the clips of a manifest, a folder, a glob pattern or a remote prefix.

    Parameters
    ----------
    where : str
        A ``.csv`` or ``.parquet`` manifest with a column ``source`` (relative to the manifest's
        folder), a folder that is searched with all below it, or a pattern such as
        ``"lifts/*.mp4"``; each also as ``s3://...``.

    Raises
    ------
    SourceError
        If nothing is there, or the manifest cannot be read.
    UsageError
        If the manifest has no column ``source``.
    """
    if is_local(where):
        check_regular(where)
    if where.lower().endswith(ENDINGS) and not glob.has_magic(where):
        return _from_table(_table(where), where)
    clips = tuple(ManifestClip(source) for source in _search(where))
    if not clips:
        raise SourceError(
            f"'{where}' holds no clip; a manifest, a folder with clips or a pattern such as "
            "'lifts/*.mp4' was expected: check its name."
        )
    return Manifest(clips)


def _search(where: str) -> list[str]:
    from backline.sources.registry import READERS

    endings = tuple(ending for reader in READERS for ending in reader.extensions)
    system, path = file_system(where)
    try:
        with plain_remote(where):
            if glob.has_magic(where):
                found = system.glob(path)
            elif system.isfile(path):
                return [where]
            else:
                found = [name for name in system.find(path) if name.lower().endswith(endings)]
    except OSError as error:
        raise SourceError(
            f"'{where}' cannot be listed ({error.strerror or error}): check its name and your "
            "rights to it."
        ) from error
    shown = (name if is_local(where) else str(system.unstrip_protocol(name)) for name in found)
    hidden = (name for name in sorted(shown) if not os.path.basename(name).startswith("."))
    return list(hidden)


def _table(where: str) -> pd.DataFrame:
    import pandas as pd
    from pyarrow import ArrowException

    system, path = file_system(where)
    try:
        with plain_remote(where), system.open(path, "rb") as stream:
            if where.lower().endswith(".parquet"):
                return pd.read_parquet(stream)
            return pd.read_csv(
                stream,
                sep=_separator(stream),
                dtype=str,
                keep_default_na=False,
                skipinitialspace=True,
            )
    except FileNotFoundError:
        raise SourceError(f"There is no manifest '{where}': check its name.") from None
    except (OSError, ValueError, ArrowException) as error:
        why = " ".join(str(error).split())
        raise SourceError(
            f"'{where}' cannot be read as a manifest ({why}); a table with a column 'source' was "
            "expected: save it again as CSV or Parquet."
        ) from error


def _separator(stream: Any) -> str:
    """Return the separator of columns: spreadsheets of many countries write ``;``."""
    head = stream.readline().decode("utf-8", "replace")
    stream.seek(0)
    return max(_SEPARATORS, key=head.count)


def _from_table(table: pd.DataFrame, where: str) -> Manifest:
    names = {str(name): str(name).strip().lower() for name in table.columns}
    table = table.rename(columns=names)
    if "source" not in table.columns:
        similar = difflib.get_close_matches("source", list(table.columns), 1, 0.5)
        hint = f" (nearest: '{similar[0]}')" if similar else ""
        raise UsageError(
            f"The manifest '{where}' has no column 'source'{hint}: name the column of the clips' "
            "addresses so."
        )
    remarks = [_unknown(name) for name in table.columns if name not in COLUMNS]
    kept = [name for name in COLUMNS if name in table.columns]
    base = os.path.dirname(where)
    clips: list[ManifestClip] = []
    bad: list[BadRow] = []
    for number, row in enumerate(table[kept].to_dict("records"), start=2):
        clip, wrong = _clip({str(name): value for name, value in row.items()}, base)
        if wrong is None:
            clips.append(clip)
        else:
            bad.append(BadRow(clip, wrong[0], f"Line {number} of the manifest: {wrong[1]}"))
    if not clips and not bad:
        raise SourceError(f"The manifest '{where}' holds no line: add a line for each clip.")
    return Manifest(tuple(clips), tuple(bad), tuple(remarks))


def _unknown(name: str) -> str:
    similar = difflib.get_close_matches(name, COLUMNS, 1, 0.4)
    hint = f"the nearest is '{similar[0]}'" if similar else "expected " + ", ".join(COLUMNS)
    return (
        f"The manifest's column '{name}' is not known and was left out ({hint}): rename it if it "
        "was meant so."
    )


def _clip(row: dict[str, Any], base: str) -> tuple[ManifestClip, tuple[str, str] | None]:
    """Return the clip of a line, and the line's error."""
    source = _text(row.get("source")) or ""
    stated: dict[str, Any] = {}
    if not source:
        return ManifestClip(""), ("no_source", "it names no source: fill that cell.")
    clip = ManifestClip(_joined(base, source))
    for name in STATED:
        text = _text(row.get(name))
        if text is None:
            continue
        wrong, value = _value(name, text)
        if wrong is not None:
            return clip, ("bad_value", wrong)
        stated[name] = value
    standing = stated.get("standing")
    if standing is not None and _span(standing) is None:
        stated["standing"] = _joined(base, standing)
    return ManifestClip(_joined(base, source), **stated), None


def _value(name: str, text: str) -> tuple[str | None, str | float]:
    if name in _CHOICES:
        word = text.lower()
        known = ", ".join(_CHOICES[name])
        wrong = None if word in _CHOICES[name] else f"{name} is '{text}', expected one of {known}."
        return wrong, word
    if name not in RANGES:
        return None, text
    try:
        number = float(text)
        RANGES[name].check(number, name)
    except ValueError:
        return (
            f"{name} is '{text}', expected a number of {RANGES[name].units} without its unit.",
            0.0,
        )
    except UsageError as error:
        return str(error), number
    return None, number


def _text(value: Any) -> str | None:
    """Return a cell as text on one line, None where it is empty."""
    if value is None or value != value:
        return None
    return " ".join(str(value).split()) or None


def _joined(base: str, source: str) -> str:
    if "://" in source or os.path.isabs(source) or not base:
        return source
    return f"{base}/{source}"


def _span(text: str) -> tuple[float, float] | None:
    """Return START:END as seconds, None where the text is an address."""
    start, colon, end = text.partition(":")
    try:
        return (float(start), float(end)) if colon else None
    except ValueError:
        return None


def standing_span(clip: ManifestClip) -> tuple[float, float] | None:
    """Return the reference's span, seconds; None where it is another recording or none."""
    return _span(clip.standing) if clip.standing else None
