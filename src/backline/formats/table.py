"""The angle series as a table: ``series.csv`` and ``series.parquet``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from backline.errors import SourceError
from backline.storage.atomic_file import atomic_file

if TYPE_CHECKING:
    import pandas as pd

CSV_NAME, PARQUET_NAME = "series.csv", "series.parquet"

COUNTS = ("frame", "rep", "measurable")
"""Columns of whole numbers: frame from 0, rep from 1 (empty outside reps), measurable 0 or 1."""

TIME_DIGITS = 9
"""Digits after the point of times in the CSV: a nanosecond."""

VALUE_DIGITS = 6
"""Decimals of other numbers in the CSV, far below their resolution; the Parquet file holds them in
full."""


def write_series(series: pd.DataFrame, folder: str | Path) -> tuple[Path, Path]:
    """Write a series as CSV and as Parquet.

    Parameters
    ----------
    series : DataFrame
        One row a frame. NaN and None become empty cells (nulls in Parquet); the columns
        named in :data:`COUNTS` become whole numbers, and a rep of 0 none.
    folder : str or Path
        Where ``series.csv`` and ``series.parquet`` go.

    Returns
    -------
    csv, parquet : Path
        The two files.

    Raises
    ------
    ValueError
        If a column of :data:`COUNTS` holds a number that is not whole.
    BacklineError
        If a file cannot be written.
    """
    csv, parquet = Path(folder) / CSV_NAME, Path(folder) / PARQUET_NAME
    tidy = _tidy(series)
    with atomic_file(csv) as part:
        _rounded(tidy).to_csv(part, index=False, na_rep="", lineterminator="\n")
    with atomic_file(parquet) as part:
        tidy.to_parquet(part, index=False, engine="pyarrow")
    return csv, parquet


def read_series(path: str | Path) -> pd.DataFrame:
    """Read a series back from either file.

    Parameters
    ----------
    path : str or Path
        A ``.parquet`` or ``.csv`` file that :func:`write_series` wrote.

    Returns
    -------
    DataFrame
        Whole numbers as pandas ``Int64`` (with ``<NA>``), other numbers as ``float64``.

    Raises
    ------
    SourceError
        If it cannot be read as a series.
    """
    import pandas as pd
    from pyarrow import ArrowException

    file = Path(path)
    try:
        read = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    except (OSError, ValueError, ArrowException) as error:
        raise SourceError(
            f"'{path}' cannot be read as a series; a series.csv or series.parquet that Backline "
            "wrote was expected: analyse the lift again."
        ) from error
    return _tidy(read)


def _tidy(series: pd.DataFrame) -> pd.DataFrame:
    """Return a copy with whole numbers as ``Int64`` and no index of its own."""
    import pandas as pd

    tidy = series.reset_index(drop=True)
    for name in (name for name in COUNTS if name in tidy):
        numbers = pd.to_numeric(tidy[name]).astype("Float64")
        if not bool((numbers.dropna() % 1 == 0).all()):
            raise ValueError(f"{name}: expected whole numbers")
        tidy[name] = numbers.astype("Int64")
    if "rep" in tidy:
        tidy["rep"] = tidy["rep"].mask(tidy["rep"] < 1)
    return tidy


def _rounded(tidy: pd.DataFrame) -> pd.DataFrame:
    """Return a copy with the digits that the CSV shows; no negative zero."""
    floats = [name for name in tidy.columns if tidy[name].dtype.kind == "f"]
    digits = {name: TIME_DIGITS if name == "time_s" else VALUE_DIGITS for name in floats}
    shown = tidy.round(digits)
    shown[floats] = shown[floats] + 0.0
    return shown
