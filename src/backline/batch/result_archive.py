"""Result archive: one clip's result in one file, written atomically; datasets are built of it."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backline.batch.tables import TABLES
from backline.formats.zip_errors import SPOILT

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "_parcels"
ENDING = ".zip"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: no clock in the bytes


@dataclass(frozen=True)
class ResultArchive:
    """Result of one clip.

    Parameters
    ----------
    outcome : dict
        Fields of :class:`backline.batch.clip_task.ClipOutcome`.
    lift : str
        Partition of the tables; ``"unknown"`` where there are none.
    tables : dict of str to pyarrow.Table
        Empty for a clip without a result.
    """

    outcome: dict[str, Any]
    lift: str
    tables: dict[str, pa.Table]


def archive_name(key: str) -> str:
    """Return the file's name in the store, spread over 256 folders."""
    return f"{FOLDER}/{key[:2]}/{key}{ENDING}"


def pack(outcome: dict[str, Any], lift: str, tables: dict[str, pa.Table]) -> bytes:
    """Return a result archive as bytes."""
    import pyarrow.parquet as pq

    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        head = json.dumps({"outcome": outcome, "lift": lift}, ensure_ascii=False)
        archive.writestr(zipfile.ZipInfo("outcome.json", _LONG_AGO), head.encode())
        for name, table in tables.items():
            part = io.BytesIO()
            pq.write_table(table, part)
            archive.writestr(zipfile.ZipInfo(f"{name}.parquet", _LONG_AGO), part.getvalue())
    return whole.getvalue()


def unpack(content: bytes, wanted: tuple[str, ...] = TABLES) -> ResultArchive | None:
    """Return a result archive from its bytes, None where they are damaged.

    Parameters
    ----------
    content : bytes
        The file.
    wanted : tuple of str
        Tables to read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            head = json.loads(archive.read("outcome.json"))
            there = set(archive.namelist())
            tables = {
                name: pq.read_table(io.BytesIO(archive.read(f"{name}.parquet")))
                for name in wanted
                if f"{name}.parquet" in there
            }
        return ResultArchive(head["outcome"], head["lift"], tables)
    except (*SPOILT, pa.ArrowException):
        return None
