"""Statistics of a dataset: prevalence of each finding, lifters affected, and the mean lift."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backline.batch.cohort_tables import hits, read_reps, read_table
from backline.batch.dataset import open_dataset
from backline.batch.proportion import Share, mean_curve, share_of
from backline.errors import SourceError
from backline.reps import REP_PHASES

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("rounding", "over_extension")
LOAD_EDGES = (0.5, 1.0, 1.5, 2.0)
"""Limits of the load groups, body masses (judgement: usual halves)."""
SCHEMA = "backline.cohort/1"
_SETS = ("set_id", "lift", "lifter", "sex", "experience", "load_kg", "body_mass_kg")
_GROUPED = ("load", "sex", "experience")
_NO_REP = (
    "The dataset '{}' holds no rep: see its ledger.parquet for why each clip was refused or failed."
)


@dataclass(frozen=True)
class CohortRow:
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
    """Statistics of a cohort.

    Parameters
    ----------
    dataset : str
        Its address.
    sets, reps, lifters, unnamed : int
        What is in it; each set without a lifter's name counts as a lifter of its own.
    ledger : dict of str to int
        Clips by status.
    rows : tuple of CohortRow
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
    rows: tuple[CohortRow, ...]
    curves: tuple[Curve, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        from backline.report.document import to_plain

        plain: dict[str, Any] = to_plain({"schema": SCHEMA, **asdict(self)})
        return plain


def read_cohort(dataset: str) -> Cohort:
    """Compute the statistics of a dataset; only certain findings count.

    Raises
    ------
    SourceError
        If it is no finished dataset, or holds no rep.
    UsageError
        If it is of another schema.
    """
    open_dataset(dataset)
    ledger = read_table(dataset, "ledger.parquet", ("status",))
    statuses = ledger["status"].to_pandas().value_counts().to_dict() if ledger else {}
    known = read_table(dataset, "sets", _SETS)
    sets = None if known is None else _grouped(known.to_pandas())
    if sets is None or sets.empty:
        raise SourceError(_NO_REP.format(dataset))
    reps, curves = read_reps(dataset, sets["set_id"])
    if reps.empty:
        raise SourceError(_NO_REP.format(dataset))
    marked = _marked(reps, sets, hits(dataset, sets["set_id"], reps))
    return Cohort(
        dataset=dataset,
        sets=len(sets),
        reps=len(reps),
        lifters=int(sets["who"].nunique()),
        unnamed=int(sets["lifter"].isna().sum()),
        ledger={str(name): int(count) for name, count in statuses.items()},
        rows=tuple(_rows(marked)),
        curves=tuple(_curves(marked, curves)),
    )


def _grouped(sets: pd.DataFrame) -> pd.DataFrame:
    """Return the sets with lifter number and groups."""
    import pandas as pd

    kept = sets[["set_id", "lift", "lifter", "sex", "experience"]].copy()
    for name in ("lift", "sex", "experience"):
        kept[name] = kept[name].astype(object).astype("category")
    kept["who"] = pd.factorize(sets["lifter"].fillna("\0" + sets["set_id"]))[0]
    relative = (sets["load_kg"] / sets["body_mass_kg"]).to_numpy(dtype=float)
    edges = (-np.inf, *LOAD_EDGES, np.inf)
    labels = [
        f"below {LOAD_EDGES[0]:g} body masses",
        *(f"{a:g} to {b:g} body masses" for a, b in itertools.pairwise(LOAD_EDGES)),
        f"{LOAD_EDGES[-1]:g} body masses and more",
    ]
    kept["load"] = pd.cut(relative, edges, right=False, labels=labels)
    return kept


def _marked(
    reps: pd.DataFrame, sets: pd.DataFrame, found: dict[tuple[str, str], Any]
) -> pd.DataFrame:
    """Return the reps with their set's groups, and a column of yes and no a kind and place."""
    of_set = sets.drop(columns=["set_id", "lifter"]).take(reps["set"].to_numpy(dtype=np.int64))
    for name in of_set:
        reps[name] = of_set[name].array
    for kind in KINDS:
        for place in REP_PHASES:
            reps[f"{kind} {place}"] = found.get((kind, place), False)
    return reps


def _rows(reps: pd.DataFrame) -> list[CohortRow]:
    from backline.findings.sentences import name_of

    rows: list[CohortRow] = []
    for lift, of_lift in reps.groupby("lift", observed=True):
        for kind in KINDS:
            for place in REP_PHASES:
                column = f"{kind} {place}"
                there = of_lift[f"measured_{place}"] | of_lift[column]
                judged = of_lift.loc[there, ["who", *_GROUPED, column]]
                if judged.empty or (kind == "over_extension" and not judged[column].any()):
                    continue
                name = name_of(kind, place, lift)  # type: ignore[arg-type]
                rows += [
                    CohortRow(str(lift), kind, place, name, by, group, _share(part, column))
                    for by, group, part in _groups(judged)
                ]
    return rows


def _groups(judged: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    parts = [("all", "all", judged)]
    for by in _GROUPED:
        groups = judged.groupby(by, observed=True)
        parts += [(by, str(group), part) for group, part in groups]
    return parts


def _share(part: pd.DataFrame, column: str) -> Share:
    who = part["who"].to_numpy()
    hits = np.bincount(who, weights=part[column].to_numpy(dtype=float))
    return share_of(hits.astype(np.float64), np.bincount(who).astype(np.float64))


def _curves(reps: pd.DataFrame, curves: dict[str, np.ndarray[Any, Any]]) -> list[Curve]:
    found = []
    who = reps["who"].to_numpy()
    for lift, rows in reps.groupby("lift", observed=True).indices.items():
        for place, values in curves.items():
            of_lift = values[rows]
            if not np.isfinite(of_lift).any():
                continue
            mean, sd, lifters = mean_curve(of_lift, who[rows])
            found.append(Curve(str(lift), place, _plain(mean), _plain(sd), lifters))
    return found


def _plain(values: np.ndarray[Any, Any]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
