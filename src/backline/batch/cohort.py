"""What a dataset shows together: how common each finding is, in whom, and the mean lift."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.batch.dataset import open_dataset
from backline.batch.proportion import Share, mean_curve, share_of
from backline.batch.store import file_system
from backline.batch.tables import PLACES
from backline.errors import SourceError

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("rounding", "over_extension")
LOAD_EDGES = (0.5, 1.0, 1.5, 2.0)
"""Borders of the load groups, in body masses (judgement: the halves that lifters speak of)."""
SCHEMA = "backline.cohort/1"


@dataclass(frozen=True)
class Row:
    """How common one finding is in one group.

    Parameters
    ----------
    lift, kind, where, name : str
        The finding, as in the contract.
    by, group : str
        ``"all"``, ``"load"``, ``"sex"`` or ``"experience"``, and which.
    share : Share
        Of the reps that could be judged at that place.
    """

    lift: str
    kind: str
    where: str
    name: str
    by: str
    group: str
    share: Share


@dataclass(frozen=True)
class Curve:
    """Mean lumbar flexion over one phase.

    Parameters
    ----------
    lift, phase : str
        Which.
    mean_deg, sd_deg : list of float or None
        At 0, 10 ... 100 % of the phase; the spread is that between lifters.
    lifters : int
        How many; each counts once.
    """

    lift: str
    phase: str
    mean_deg: list[float | None]
    sd_deg: list[float | None]
    lifters: int


@dataclass(frozen=True)
class Cohort:
    """The answer.

    Parameters
    ----------
    dataset : str
        Its address.
    sets, reps, lifters, unnamed : int
        What is in it; each set without a lifter's name counts as a lifter of its own.
    ledger : dict of str to int
        Clips by status.
    rows : tuple of Row
        Prevalences.
    curves : tuple of Curve
        Mean lifts.
    """

    dataset: str
    sets: int
    reps: int
    lifters: int
    unnamed: int
    ledger: dict[str, int]
    rows: tuple[Row, ...]
    curves: tuple[Curve, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        from backline.report.document import to_plain

        plain: dict[str, Any] = to_plain({"schema": SCHEMA, **asdict(self)})
        return plain


def read_cohort(dataset: str) -> Cohort:
    """Work out the cohort of a dataset; only findings that are certain count.

    Raises
    ------
    SourceError
        If it is no finished dataset, or holds no rep.
    UsageError
        If it is of another schema.
    """
    open_dataset(dataset)
    statuses = _read(dataset, "ledger.parquet", ["status"])["status"].value_counts().to_dict()
    sets = _grouped(_read(dataset, "sets"))
    reps = _read(dataset, "reps")
    if sets.empty or reps.empty:
        raise SourceError(
            f"The dataset '{dataset}' holds no rep: see its ledger.parquet for why each clip was "
            "refused or failed."
        )
    wanted = ["set_id", "rep", "kind", "where", "certain"]
    findings = _read(dataset, "findings", wanted)
    reps = reps.drop(columns="lift").merge(sets, on="set_id", how="inner")
    marked = _marked(reps, findings)
    return Cohort(
        dataset=dataset,
        sets=len(sets),
        reps=len(reps),
        lifters=int(sets["who"].nunique()),
        unnamed=int(sets["lifter"].isna().sum()),
        ledger={str(name): int(count) for name, count in statuses.items()},
        rows=tuple(_rows(marked)),
        curves=tuple(_curves(reps)),
    )


def _read(dataset: str, name: str, columns: list[str] | None = None) -> pd.DataFrame:
    import pandas as pd
    import pyarrow.dataset as ds
    from pyarrow import ArrowException

    system, path = file_system(f"{dataset.rstrip('/')}/{name}")
    if not system.exists(path):
        return pd.DataFrame(columns=columns or [])
    try:
        partitions = ds.partitioning(flavor="hive")
        table = ds.dataset(path, filesystem=system, partitioning=partitions).to_table(columns)
        frame: pd.DataFrame = table.to_pandas()
        return frame
    except (OSError, ValueError, KeyError, ArrowException) as error:
        why = " ".join(str(error).split())
        raise SourceError(
            f"'{dataset}/{name}' cannot be read ({why}): run the backline batch line again."
        ) from error


def _grouped(sets: pd.DataFrame) -> pd.DataFrame:
    """Return the sets with lifter number and groups."""
    import pandas as pd

    if sets.empty:
        return sets
    kept = sets[["set_id", "lift", "lifter", "sex", "experience"]].copy()
    kept["lift"] = kept["lift"].astype(str)
    kept["who"] = pd.factorize(sets["lifter"].fillna("\0" + sets["set_id"]))[0]
    relative = (sets["load_kg"] / sets["body_mass_kg"]).to_numpy(dtype=float)
    edges = (-np.inf, *LOAD_EDGES, np.inf)
    labels = [
        f"below {LOAD_EDGES[0]:g} body masses",
        *(f"{a:g} to {b:g}" for a, b in itertools.pairwise(LOAD_EDGES)),
        f"{LOAD_EDGES[-1]:g} and more",
    ]
    kept["load"] = pd.cut(relative, edges, right=False, labels=labels)
    return kept


def _marked(reps: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Return the reps with one column of 0 and 1 a kind and place."""
    certain = findings[findings["certain"].astype(bool)]
    index = reps.set_index(["set_id", "rep"]).index
    for kind in KINDS:
        for place in PLACES:
            hit = certain[(certain["kind"] == kind) & (certain["where"] == place)]
            keys = hit.set_index(["set_id", "rep"]).index
            reps[f"{kind} {place}"] = index.isin(keys) if len(keys) else False
    return reps


def _rows(reps: pd.DataFrame) -> list[Row]:
    from backline.findings.sentences import name_of

    rows: list[Row] = []
    for lift, of_lift in reps.groupby("lift"):
        for kind in KINDS:
            for place in PLACES:
                column = f"{kind} {place}"
                judged = of_lift[of_lift[f"measured_{place}"] | of_lift[column]]
                if judged.empty or (kind == "over_extension" and not judged[column].any()):
                    continue
                name = name_of(kind, place, lift)  # type: ignore[arg-type]
                rows += [
                    Row(str(lift), kind, place, name, by, group, _share(part, column))
                    for by, group, part in _groups(judged)
                ]
    return rows


def _groups(judged: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    parts = [("all", "all", judged)]
    for by in ("load", "sex", "experience"):
        groups = judged.groupby(by, observed=True)
        parts += [(by, str(group), part) for group, part in groups]
    return parts


def _share(part: pd.DataFrame, column: str) -> Share:
    who = part["who"].to_numpy()
    hits = np.bincount(who, weights=part[column].to_numpy(dtype=float))
    return share_of(hits.astype(np.float64), np.bincount(who).astype(np.float64))


def _curves(reps: pd.DataFrame) -> list[Curve]:
    curves = []
    for lift, of_lift in reps.groupby("lift"):
        for place in PLACES:
            there = of_lift[of_lift[f"flexion_{place}_deg"].notna()]
            if there.empty:
                continue
            values = np.array(there[f"flexion_{place}_deg"].tolist(), dtype=float)
            mean, sd, lifters = mean_curve(values, there["who"].to_numpy())
            curves.append(Curve(str(lift), place, _plain(mean), _plain(sd), lifters))
    return curves


def _plain(values: np.ndarray[Any, Any]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
