"""Result folders: where an analysis is written, atomically."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from backline.errors import UsageError
from backline.formats.video import split_rate
from backline.storage.atomic_folder import atomic_folder, recover_all
from backline.storage.safe_names import safe_name

if TYPE_CHECKING:
    from backline.pipeline import Analysis
    from backline.progress import ProgressCallback

SEEN_FOLDER = ".seen"
"""Folder next to the results that caches observations of the latest videos."""
RESULT_FILES = (
    "series.csv",
    "series.parquet",
    "report.html",
    "overlay.mp4",
    "kinematics.mot",
    "landmarks.trc",
    "analysis.json",
)
"""Every file of the contract. ``analysis.json`` is last: where it exists, the others do."""


def result_folders(sources: list[Path], out: Path) -> list[Path]:
    """Name one result folder for each source: ``out/<stem>``, then ``<stem>-2`` and so on.

    A folder of images, given as ``FOLDER@RATE``, has the folder's whole name. Every name is made
    safe (`safe_name`): none leads out of ``out``.

    Names that differ only in upper and lower case count as the same, because on some disks
    they are.

    Parameters
    ----------
    sources : list of Path
        As the user gave them.
    out : Path
        The folder of all results.

    Returns
    -------
    list of Path
        In the order of the sources, no two alike.
    """
    taken: set[str] = set()
    folders = []
    for source in sources:
        stem = _stem(source)
        name, count = stem, 1
        while name.casefold() in taken:
            count += 1
            name = f"{stem}-{count}"
        taken.add(name.casefold())
        folders.append(out / name)
    return folders


def _stem(source: Path) -> str:
    """Return a source's name without its ending, or without the rate behind a folder's ``@``."""
    try:
        whole = Path(os.path.realpath(split_rate(str(source))[0]))
    except UsageError:  # reported when the source is opened
        whole = Path(os.path.realpath(source))
    return safe_name(whole.name if os.path.isdir(whole) else whole.stem)


def check_out(out: Path, folders: list[Path]) -> None:
    """Make the folder of all results, and check that each result can be written.

    Half-written files of killed processes are removed.

    Raises
    ------
    UsageError
        If a file stands in the way, or the folder cannot be made or written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"--out is '{out}', which cannot be made a folder ({error.strerror}): "
            "name another folder."
        ) from None
    if not os.access(out, os.W_OK | os.X_OK):
        raise UsageError(f"--out is '{out}', which cannot be written: name another folder.")
    for folder in folders:
        if folder.exists() and not folder.is_dir():
            raise UsageError(
                f"'{folder}' is a file, but the results need a folder of that name: "
                "move it, or name another folder with --out."
            )
    recover_all(out, RESULT_FILES)


def write_results(
    analysis: Analysis, folder: Path, progress: ProgressCallback | None = None
) -> None:
    """Write all files of one analysis, or none.

    They are written into a hidden folder next to ``folder``, which replaces it when complete. An
    older result stays unchanged until then; files in ``folder`` that are not Backline's stay
    always.

    Parameters
    ----------
    analysis : Analysis
        What to write.
    folder : Path
        Where; its parent must be there.
    progress : callable, optional
        Handed on to ``analysis.save``.

    Raises
    ------
    UsageError
        If another process is writing the same result.
    """
    with atomic_folder(folder, RESULT_FILES) as partial:
        analysis.save(partial, progress=progress)
