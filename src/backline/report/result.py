"""A written result, read back: the document, the series and the landmarks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backline.errors import SourceError
from backline.formats.opensim import Markers, read_trc
from backline.formats.table import CSV_NAME, PARQUET_NAME, read_series
from backline.report.files import DOCUMENT_NAME, MARKERS_NAME

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Result:
    """What a result folder holds.

    Parameters
    ----------
    name : str
        The folder's name.
    document : dict
        ``analysis.json``.
    series : pandas.DataFrame
        One row a frame, the contract's columns.
    points : Markers or None
        Landmarks in space (metres, x forward, y up, z right) or points of the picture (pixels with
        y up), as `backline.report.opensim.markers` says; None where there were none.
    folder : Path or None
        Where it lies, for what is made of its video.
    """

    name: str
    document: dict[str, Any]
    series: pd.DataFrame
    points: Markers | None
    folder: Path | None = None


def is_result(path: str | Path) -> bool:
    """Return whether a path is a result folder (or its ``analysis.json``)."""
    place = Path(path)
    return (place / DOCUMENT_NAME).is_file() or (place.name == DOCUMENT_NAME and place.is_file())


def load_result(path: str | Path) -> Result:
    """Read a result folder.

    Parameters
    ----------
    path : str or Path
        The folder, or the ``analysis.json`` in it.

    Raises
    ------
    SourceError
        If it is no result, or damaged.
    """
    if not is_result(path):
        raise SourceError(
            f"'{path}' is no result of Backline (it holds no {DOCUMENT_NAME}): give the folder "
            "that backline analyze wrote, such as backline_results/my_lift."
        )
    home = Path(path) if Path(path).is_dir() else Path(path).parent
    try:
        document = json.loads((home / DOCUMENT_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(
            f"'{home / DOCUMENT_NAME}' cannot be read: analyse the lift again."
        ) from error
    table = home / PARQUET_NAME
    series = read_series(table if table.is_file() else home / CSV_NAME)
    points = read_trc(home / MARKERS_NAME) if (home / MARKERS_NAME).is_file() else None
    if points is not None and len(points.time_s) != len(series):
        raise SourceError(
            f"'{home / MARKERS_NAME}' holds {len(points.time_s)} frames and the result "
            f"{len(series)}: it was cut off; analyse the lift again."
        )
    return Result(home.resolve().name, document, series, points, home)
