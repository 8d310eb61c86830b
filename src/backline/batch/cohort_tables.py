"""Prepares a dataset's tables for cohort statistics: categories as numbers, curves as one array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backline.batch.store import file_system, plain_remote
from backline.batch.tables import CURVE_POINTS
from backline.errors import SourceError
from backline.reps import REP_PHASES

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Array = NDArray[np.float64]
_CURVES: dict[str, str] = {place: f"flexion_{place}_deg" for place in REP_PHASES}
_REPS = ("set_id", "rep", *(f"measured_{place}" for place in REP_PHASES), *_CURVES.values())
_FINDINGS = ("set_id", "rep", "kind", "where", "certain")


def read_table(dataset: str, name: str, columns: tuple[str, ...] | None = None) -> pa.Table | None:
    """Return a table of a dataset, None where it has none.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    import pyarrow.dataset as ds
    from pyarrow import ArrowException

    system, path = file_system(f"{dataset.rstrip('/')}/{name}")
    try:
        with plain_remote(dataset):
            if not system.exists(path):
                return None
            partitions = ds.partitioning(flavor="hive")
            found = ds.dataset(path, filesystem=system, partitioning=partitions)
            return found.to_table(list(columns) if columns else None)
    except (OSError, ValueError, KeyError, ArrowException) as error:
        why = " ".join(str(error).split())
        raise SourceError(
            f"'{dataset}/{name}' cannot be read ({why}): run the backline batch line again."
        ) from error


def read_reps(dataset: str, set_ids: pd.Series) -> tuple[pd.DataFrame, dict[str, Array]]:
    """Return the reps of the sets given.

    Parameters
    ----------
    dataset : str
        Its address.
    set_ids : pandas.Series of str
        The sets; a rep names its set by the place in this series.

    Returns
    -------
    reps : pandas.DataFrame
        Columns ``set`` (place in ``set_ids``), ``rep`` and ``measured_<phase>``; index 0 to n - 1.
    curves : dict of str to ndarray, shape (n, CURVE_POINTS)
        Lumbar flexion over each phase, degrees; NaN where it was not measured.
    """
    import pandas as pd

    table = read_table(dataset, "reps", _REPS)
    if table is None:
        return pd.DataFrame(columns=["set", "rep"]), {}
    table = table.append_column("set", _places(table, set_ids))
    table = table.filter(table["set"].is_valid())
    curves = {place: _curve(table[name]) for place, name in _CURVES.items()}
    return table.drop_columns(["set_id", *_CURVES.values()]).to_pandas(), curves


def hits(dataset: str, set_ids: pd.Series, reps: pd.DataFrame) -> dict[tuple[str, str], Any]:
    """Return, for each kind and place of certain findings, which reps have one.

    Returns
    -------
    dict of (str, str) to ndarray of bool, shape (n_reps,)
        Kinds and places of which there is none are not in it.
    """
    import pyarrow.compute as pc

    table = read_table(dataset, "findings", _FINDINGS)
    if table is None:
        return {}
    table = table.append_column("set", _places(table, set_ids))
    table = table.filter(pc.and_(table["certain"], table["set"].is_valid()))
    words = ["kind", "where"]
    found = table.select(["set", "rep", *words]).to_pandas(categories=words)
    most = int(max(found["rep"].max() if len(found) else 0, reps["rep"].max())) + 1
    mine = (reps["set"] * most + reps["rep"]).to_numpy(dtype=np.int64)
    keys = (found["set"] * most + found["rep"]).to_numpy(dtype=np.int64)
    groups = found.groupby(words, sort=False, observed=True).indices
    return {
        (str(kind), str(where)): np.isin(mine, keys[rows]) for (kind, where), rows in groups.items()
    }


def _places(table: pa.Table, set_ids: pd.Series) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.index_in(table["set_id"], value_set=pa.array(set_ids, pa.string()))


def _curve(column: pa.ChunkedArray) -> Array:
    """Return lists of CURVE_POINTS numbers as one array; a list that is missing as NaN."""
    values = np.full((len(column), CURVE_POINTS), np.nan)
    there = column.is_valid().to_numpy()
    flat = column.drop_null().combine_chunks().flatten()
    values[there] = flat.to_numpy(zero_copy_only=False).reshape(-1, CURVE_POINTS)
    return values
