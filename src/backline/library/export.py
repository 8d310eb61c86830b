"""Exports the coach's view: a table, and a page for each lifter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from backline.errors import UsageError
from backline.library.habit import history
from backline.library.plots import write_html
from backline.library.store import Store
from backline.storage.atomic_file import atomic_file

if TYPE_CHECKING:
    import pandas as pd


def write_table(view: pd.DataFrame, file: Path) -> None:
    """Write a table as CSV or Parquet, by the file's ending.

    Raises
    ------
    UsageError
        If the ending is another.
    BacklineError
        If the file cannot be written.
    """
    if file.suffix.lower() not in (".csv", ".parquet"):
        raise UsageError(f"'{file}' ends in '{file.suffix}', expected .csv or .parquet.")
    with atomic_file(file) as part:
        if file.suffix.lower() == ".csv":
            view.to_csv(part, index=False, lineterminator="\n")
        else:
            view.to_parquet(part, index=False, engine="pyarrow")


def write_pages(store: Store, folder: Path) -> list[Path]:
    """Write one page to print for each lifter; return their paths.

    Raises
    ------
    BacklineError
        If a file cannot be written.
    """
    written = []
    for number, name in enumerate(store.lifters(), start=1):
        plain = re.sub(r"[^\w-]+", "_", name).strip("_") or "lifter"
        page = folder / f"{number:04d}_{plain}.html"
        write_html(history(store, name), page)
        written.append(page)
    return written
