"""Builds the dataset: partitioned Parquet tables and the ledger, from the result archives."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from backline import __version__
from backline.batch.plan import Plan
from backline.batch.result_archive import ResultArchive, archive_name, unpack
from backline.batch.store import ResultStore
from backline.batch.tables import SCHEMA, TABLES, schema
from backline.errors import BacklineError, SourceError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

MARK, LEDGER = "dataset.json", "ledger.parquet"
SETS_A_FILE = 2000
"""Sets in one Parquet file: about 40 MB of series at 300 frames a set."""


def open_dataset(address: str, *, make: bool = False) -> ResultStore:
    """Return a dataset's store.

    Parameters
    ----------
    address : str
        Folder or remote prefix.
    make : bool
        Begin one where there is none.

    Raises
    ------
    SourceError
        If there is none, and none is to be made; or it is not finished.
    UsageError
        If it is of another schema, or the place is taken by something else.
    BacklineError
        If it cannot be read or written.
    """
    store = ResultStore(address)
    mark = store.get(MARK)
    if make and mark is None and store.names():
        raise UsageError(
            f"'{address}' holds files, but no dataset of Backline: name an empty folder with --out."
        )
    if mark is None and not make:
        raise SourceError(
            f"'{address}' is no dataset of Backline (it has no {MARK}): make one with "
            "backline batch."
        )
    found = _mark(mark, address) if mark is not None else {}
    if not make and not found.get("complete"):
        raise SourceError(
            f"The dataset '{address}' is not finished: run its backline batch line again first."
        )
    if make:
        store.remove_parts()
        store.put(MARK, _mark_bytes(complete=False, clips=0))
    return store


def _mark(content: bytes, address: str) -> dict[str, Any]:
    try:
        mark = json.loads(content)
    except ValueError:
        mark = None
    kind = mark.get("schema") if isinstance(mark, dict) else None
    if kind != SCHEMA or not isinstance(mark, dict):
        raise UsageError(
            f"'{address}' is a dataset of schema '{kind}', expected '{SCHEMA}': use the version of "
            "Backline that made it, or make it anew in another folder."
        )
    return mark


def _mark_bytes(*, complete: bool, clips: int) -> bytes:
    mark = {"schema": SCHEMA, "complete": complete, "clips": clips, "backline": __version__}
    return (json.dumps(mark) + "\n").encode()


def write_dataset(store: ResultStore, plan: Plan) -> list[dict[str, Any]]:
    """Write tables and ledger from the result archives, in the order of the keys.

    Parameters
    ----------
    store : ResultStore
        With a result archive for every key of the plan that is not settled.
    plan : Plan
        Which clips belong to the dataset.

    Returns
    -------
    list of dict
        The ledger, one line a clip, in the manifest's order.
    """
    keys = sorted({key for _, key in plan.clips} - set(plan.settled))
    outcomes: dict[str, dict[str, Any]] = {}
    written: set[str] = set()
    for number, first in enumerate(range(0, len(keys), SETS_A_FILE)):
        gathered: dict[str, dict[str, list[pa.Table]]] = {name: {} for name in TABLES}
        for key, archive in _archives(store, keys[first : first + SETS_A_FILE]):
            outcomes[key] = archive.outcome
            for name, table in archive.tables.items():
                gathered[name].setdefault(archive.lift, []).append(table)
        for name, lifts in gathered.items():
            for lift, tables in sorted(lifts.items()):
                file = f"{name}/lift={lift}/part-{number:05d}.parquet"
                store.put(file, _parquet(name, tables))
                written.add(file)
    ledger = _ledger(plan, outcomes)
    store.put(LEDGER, _ledger_parquet(ledger))
    for name in TABLES:
        for file in set(store.names(name)) - written:
            store.remove(file)
    store.put(MARK, _mark_bytes(complete=True, clips=len(plan.clips)))
    return ledger


def _archives(store: ResultStore, keys: list[str]) -> Iterator[tuple[str, ResultArchive]]:
    for key in keys:
        content = store.get(archive_name(key))
        archive = unpack(content) if content is not None else None
        if archive is None:
            raise BacklineError(
                f"The result '{archive_name(key)}' is missing or damaged: run the same line again."
            )
        yield key, archive


def _parquet(name: str, tables: list[pa.Table]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    whole = pa.concat_tables([table.cast(schema(name)) for table in tables]).combine_chunks()
    pq.write_table(whole.replace_schema_metadata({"schema": SCHEMA}), out, compression="zstd")
    return out.getvalue()


def _ledger(plan: Plan, outcomes: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one line a clip; duplicates name the first of them."""
    first: dict[str, str] = {}
    lines = []
    for clip, key in plan.clips:
        outcome = asdict(plan.settled[key]) if key in plan.settled else dict(outcomes[key])
        duplicate = key in first and key not in plan.settled
        if duplicate:
            text = f"The same clip as '{first[key]}', done once."
            outcome |= {"status": "duplicate", "code": "", "text": text, "seconds": 0.0}
        first.setdefault(key, clip.source)
        lines.append(
            {
                "source": clip.source,
                "lifter": clip.lifter,
                "set_id": key,
                **{name: outcome[name] for name in ("status", "code", "text", "seconds", "tries")},
                "sha256": clip.sha256,
                "version": __version__,
            }
        )
    return lines


def _ledger_parquet(lines: list[dict[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = ("source", "lifter", "set_id", "status", "code", "text")
    fields = [*(pa.field(name, pa.string()) for name in words), pa.field("seconds", pa.float64())]
    fields += [pa.field("tries", pa.int64())]
    fields += [pa.field(name, pa.string()) for name in ("sha256", "version")]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(lines, schema=pa.schema(fields)), out)
    return out.getvalue()
