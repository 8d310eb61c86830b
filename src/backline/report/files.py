"""``save``: all files of one result, into one folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backline.errors import BacklineError
from backline.formats.opensim import write_mot, write_trc
from backline.formats.table import CSV_NAME, PARQUET_NAME, write_series
from backline.progress import Progress, ProgressCallback
from backline.report.document import series, to_json
from backline.report.opensim import markers, motion
from backline.report.page import page
from backline.report.pictures import Pictures, make_pictures, one_frame
from backline.report.stills import Still, still_of, wanted_frames
from backline.report.translation import in_language
from backline.report.words import clock
from backline.storage.atomic_file import atomic_file
from backline.storage.atomic_folder import locked_folder
from backline.texts import say

if TYPE_CHECKING:
    from backline.analysis import LiftAnalysis

DOCUMENT_NAME = "analysis.json"
PAGE_NAME = "report.html"
OVERLAY_NAME = "overlay.mp4"
MOTION_NAME = "kinematics.mot"
MARKERS_NAME = "landmarks.trc"
ALL_NAMES = (
    DOCUMENT_NAME, CSV_NAME, PARQUET_NAME, PAGE_NAME, OVERLAY_NAME, MOTION_NAME, MARKERS_NAME,
)  # fmt: skip


def save(
    analysis: LiftAnalysis,
    folder: str | Path,
    progress: ProgressCallback | None = None,
    extra: Mapping[str, NDArray[Any]] | None = None,
    keep: Callable[[Pictures], None] | None = None,
) -> dict[str, Path]:
    """Write every file of the contract that this result has.

    The page and the words in the video are in the language that is spoken
    (`backline.texts.speaking`); everything else is English.

    Each file appears whole or not at all; analysis.json comes last, so where it is, all are.
    Files of an older result in the same folder that this one does not have are removed.

    Parameters
    ----------
    analysis : LiftAnalysis
        The result. A refused one gets its document, its series and a page that says why.
    folder : str or Path
        Is made where it is missing.
    progress : callable, optional
        Hears of every frame drawn.
    extra : mapping of str to ndarray, shape (n,), optional
        Load and gluteus series, see :func:`backline.report.document.series`.
    keep : callable, optional
        Gets the page's own clip and stills, where there is a picture.

    Returns
    -------
    dict of str to Path
        File name to path, for the files that were written.

    Raises
    ------
    SourceError
        If the clip has gone since it was analysed.
    UsageError
        If another process is writing to the same folder.
    BacklineError
        If a file cannot be written.
    """
    home = Path(folder)
    with locked_folder(home):
        return _save_alone(analysis, home, progress, extra, keep)


def _save_alone(
    analysis: LiftAnalysis,
    home: Path,
    progress: ProgressCallback | None,
    extra: Mapping[str, NDArray[Any]] | None,
    keep: Callable[[Pictures], None] | None,
) -> dict[str, Path]:
    """Write all files, while nobody else writes there."""
    _remove(home / DOCUMENT_NAME)  # where it is, all others are whole and of the same result
    refused = analysis.quality.verdict == "refused"
    written = [*write_series(series(analysis, extra or analysis.extra_columns), home)]
    if refused:
        html = page(analysis, stills=what_was_seen(analysis))
    else:
        written += _write_opensim(analysis, home)
        pictures = _pictures(in_language(analysis), home / OVERLAY_NAME, progress)
        written += [home / OVERLAY_NAME] if pictures else []
        if pictures is not None and keep is not None:
            keep(pictures)
        html = page(analysis, pictures)
    written.append(_write_text(home / PAGE_NAME, html))
    if progress is not None:
        progress(Progress("writing the report", 1, 1))
    _remove_others(home, written)
    written.append(_write_text(home / DOCUMENT_NAME, to_json(analysis)))
    return {path.name: path for path in written}


def _pictures(
    analysis: LiftAnalysis, overlay: Path, progress: ProgressCallback | None
) -> Pictures | None:
    if not has_picture(analysis):
        return None
    return make_pictures(analysis, overlay, wanted_frames(analysis), progress)


def has_picture(analysis: LiftAnalysis) -> bool:
    """Return whether the source is a clip that can be drawn on."""
    return analysis.source.kind in ("video", "images") and analysis.source.width_px > 0


def what_was_seen(analysis: LiftAnalysis) -> list[Still]:
    """Return the middle frame of a refused clip, so that its reason can be seen."""
    if not has_picture(analysis):
        return []
    time_s = float(np.median(analysis.posture.time_s)) if len(analysis.posture) else 0.0
    picture = one_frame(analysis, time_s)
    return [still_of(picture, say("still.seen"), say("still.middle", time=clock(time_s)))]


def _write_opensim(analysis: LiftAnalysis, home: Path) -> list[Path]:
    write_mot(home / MOTION_NAME, motion(analysis))
    points = markers(analysis)
    if points is None:
        return [home / MOTION_NAME]
    write_trc(home / MARKERS_NAME, points)
    return [home / MOTION_NAME, home / MARKERS_NAME]


def _write_text(path: Path, text: str) -> Path:
    with atomic_file(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    return path


def _remove_others(home: Path, written: list[Path]) -> None:
    """Remove the files of an older result that the new one has not written."""
    for name in set(ALL_NAMES) - {path.name for path in written}:
        _remove(home / name)


def _remove(old: Path) -> None:
    try:
        old.unlink(missing_ok=True)
    except OSError as error:
        raise BacklineError(
            f"'{old}' is left from an older result and cannot be removed "
            f"({error.strerror}): delete it, or choose another folder with --out."
        ) from error
