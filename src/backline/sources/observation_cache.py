"""Caches a video's observations next to its results, so that another reference is quick."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from backline.errors import SourceError
from backline.model.measurement import Measured
from backline.model.measurement_file import load_measured, save_measured
from backline.sources.change_reference import change_reference
from backline.sources.registry import SourceOptions, open_source
from backline.storage.atomic_file import file_sha256

MOST_KEPT = 3
"""Videos whose look is kept in one folder; the oldest goes first (about 10 MB each)."""


def open_or_recall(source: Path, options: SourceOptions, folder: Path | None) -> Measured:
    """Measure a source; take what was already seen of it where only the reference is another.

    Parameters
    ----------
    source : Path
        Any source. Only single video files are kept.
    options : SourceOptions
        As for `backline.sources.registry.open_source`.
    folder : Path or None
        Where looks are kept; they hold pictures of the lifter's trunk. Made where missing. None
        keeps nothing.

    Raises
    ------
    SourceError, UsageError, NotMeasurableError
        As from `open_source` and `change_reference`.
    """
    if (
        folder is None
        or not source.is_file()
        or options.mapping is not None
        or options.video is not None
    ):
        return open_source(source, options)
    place = folder / _name(source, options)
    whole, observations = place / "measured.zip", place / "seen.zip"
    if isinstance(options.standing, tuple) and whole.exists() and observations.exists():
        try:
            measured = load_measured(whole)
        except SourceError:
            pass  # damaged: it is computed again
        else:
            # The file may lie elsewhere by now, or under another name.
            measured = replace(measured, source=replace(measured.source, path=str(source)))
            return change_reference(measured, options.standing, options.settings, observations)
    measured = open_source(source, replace(options, observations_path=observations))
    if observations.exists():
        folder.chmod(0o700)  # pictures of a person
    if observations.exists() and not isinstance(options.standing, Path):
        save_measured(measured, whole)
        _forget_oldest(folder)
    return measured


def _name(source: Path, options: SourceOptions) -> str:
    """Return the name of an observation: the file's content, and how it was observed."""
    return f"{file_sha256(source)[:24]}-{options.engine}-{options.side}"


def _forget_oldest(folder: Path) -> None:
    with suppress(FileNotFoundError):  # another process is at the same
        kept = sorted((p for p in folder.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime)
        for old in kept[:-MOST_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
