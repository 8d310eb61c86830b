"""The record as data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, case, func, select

from backline.library.database import reading
from backline.library.schema import (
    lift_set,
    lifter,
    measurement,
    rep,
    rep_place,
    session,
    set_place,
)
from backline.library.store import Store

if TYPE_CHECKING:
    import pandas as pd


def rep_sizes(store: Store, name: str) -> pd.DataFrame:
    """Return the size at each place of each rep of a lifter, from the latest numbers.

    Returns
    -------
    pandas.DataFrame
        Columns ``session`` (date), ``set_id``, ``rep`` (from 1), ``place``, ``size_deg``
        (+ rounding), ``rounded`` (bool), ``lift``, ``load_kg``, ``cue``, ``felt``.
    """
    query = (
        select(
            session.c.day.label("session"),
            lift_set.c.id.label("set_id"),
            rep.c.number.label("rep"),
            rep_place.c.place,
            rep_place.c.size_deg,
            rep_place.c.rounded,
            lift_set.c.lift,
            lift_set.c.load_kg,
            lift_set.c.cue,
            lift_set.c.felt,
        )
        .select_from(lift_set)
        .join(session)
        .join(measurement)
        .join(rep)
        .join(rep_place)
        .where(lift_set.c.lifter_id == store.find(name), measurement.c.latest)
        .order_by(session.c.day, lift_set.c.id, rep.c.number, rep_place.c.id)
    )
    return _frame(store, query)


def sets(store: Store, name: str) -> pd.DataFrame:
    """Return one row a set of a lifter.

    Returns
    -------
    pandas.DataFrame
        Columns ``session``, ``set_id``, ``lift``, ``load_kg``, ``cue``, ``intended_reps``,
        ``felt``, ``pain``, ``notes``, ``tags``, ``measurements``, ``source_path``.
    """
    query = (
        select(
            session.c.day.label("session"),
            lift_set.c.id.label("set_id"),
            lift_set.c.lift,
            lift_set.c.load_kg,
            lift_set.c.cue,
            lift_set.c.intended_reps,
            lift_set.c.felt,
            lift_set.c.pain,
            lift_set.c.notes,
            lift_set.c.tags,
            select(func.count())
            .where(measurement.c.lift_set_id == lift_set.c.id)
            .scalar_subquery()
            .label("measurements"),
            lift_set.c.source_path,
        )
        .select_from(lift_set)
        .join(session)
        .where(lift_set.c.lifter_id == store.find(name))
        .order_by(session.c.day, lift_set.c.id)
    )
    return _frame(store, query)


def set_places(store: Store, name: str) -> pd.DataFrame:
    """Return each set's totals by place: reps measured and rounded, mean and largest size.

    Returns
    -------
    pandas.DataFrame
        Columns ``session``, ``set_id``, ``lift``, ``place``, ``felt``, ``reps``, ``rounded``,
        ``mean_deg``, ``max_deg``.
    """
    query = (
        select(
            session.c.day.label("session"),
            lift_set.c.id.label("set_id"),
            lift_set.c.lift,
            set_place.c.place,
            lift_set.c.felt,
            set_place.c.reps,
            set_place.c.rounded,
            (set_place.c.sum_deg / set_place.c.reps).label("mean_deg"),
            set_place.c.max_deg,
        )
        .select_from(set_place)
        .join(lift_set, lift_set.c.id == set_place.c.lift_set_id)
        .join(session, session.c.id == set_place.c.session_id)
        .where(set_place.c.lifter_id == store.find(name))
        .order_by(session.c.day, lift_set.c.id, set_place.c.id)
    )
    return _frame(store, query)


def coach_view(store: Store) -> pd.DataFrame:
    """Return who rounds where: one row a lifter, lift and place, who needs attention first on top.

    Returns
    -------
    pandas.DataFrame
        Columns ``lifter``, ``lift``, ``place``, ``reps``, ``rounded``, ``share`` (0 to 1),
        ``mean_deg``, ``max_deg``, ``sessions``, ``last_session`` (date, of that lift),
        ``last_rounded``, ``last_reps`` and ``last_share`` (of that place in that session; the
        share is NaN where it was not measured), ``new`` (rounded in the last session, and in
        none before it). Ordered by the last session's share, then by
        the largest size.
    """
    table = _frame(store, _totals_by_place())
    table["share"] = table["rounded"] / table["reps"]
    table["mean_deg"] = table["sum_deg"] / table["reps"]
    table["last_share"] = table["last_rounded"] / table["last_reps"].where(table["last_reps"] > 0)
    before = table["rounded"] - table["last_rounded"]
    table["new"] = (table["last_rounded"] > 0) & (before == 0) & (table["sessions"] > 1)
    columns = [
        "lifter", "lift", "place", "reps", "rounded", "share", "mean_deg", "max_deg", "sessions",
        "last_session", "last_rounded", "last_reps", "last_share", "new",
    ]  # fmt: skip
    order = table.sort_values(
        ["last_share", "max_deg", "lifter", "lift"],
        ascending=[False, False, True, True],
        na_position="last",
    )
    return order[columns].reset_index(drop=True)


def _totals_by_place() -> Select[Any]:
    """Return the query of totals by lifter, lift and place, over all and in the last session."""
    last = (
        select(lift_set.c.lifter_id, lift_set.c.lift, func.max(session.c.day).label("day"))
        .join(session)
        .group_by(lift_set.c.lifter_id, lift_set.c.lift)
        .subquery()
    )
    newest = (
        select(session.c.id, session.c.lifter_id, last.c.lift, session.c.day)
        .join(last, (last.c.lifter_id == session.c.lifter_id) & (last.c.day == session.c.day))
        .subquery()
    )
    now = set_place.c.session_id == newest.c.id
    return (
        select(
            lifter.c.name.label("lifter"),
            lift_set.c.lift,
            set_place.c.place,
            func.sum(set_place.c.reps).label("reps"),
            func.sum(set_place.c.rounded).label("rounded"),
            func.sum(set_place.c.sum_deg).label("sum_deg"),
            func.max(set_place.c.max_deg).label("max_deg"),
            func.count(set_place.c.session_id.distinct()).label("sessions"),
            newest.c.day.label("last_session"),
            func.sum(case((now, set_place.c.reps), else_=0)).label("last_reps"),
            func.sum(case((now, set_place.c.rounded), else_=0)).label("last_rounded"),
        )
        .select_from(set_place)
        .join(lift_set, lift_set.c.id == set_place.c.lift_set_id)
        .join(
            newest,
            (newest.c.lifter_id == set_place.c.lifter_id) & (newest.c.lift == lift_set.c.lift),
        )
        .join(lifter, lifter.c.id == set_place.c.lifter_id)
        .group_by(lifter.c.id, lifter.c.name, lift_set.c.lift, set_place.c.place, newest.c.day)
    )


def prevalence(view: pd.DataFrame) -> pd.DataFrame:
    """Return, for each place, how many lifters round there at all, in whichever lift.

    Parameters
    ----------
    view : pandas.DataFrame
        From `coach_view`.

    Returns
    -------
    pandas.DataFrame
        Columns ``place``, ``lifters``, ``round_there``, ``share``.
    """
    there = view.assign(there=view["rounded"] > 0)
    shown = there.groupby(["place", "lifter"], sort=False)["there"].any()
    table = shown.groupby("place", sort=False).agg(["count", "sum"]).reset_index()
    table.columns = ["place", "lifters", "round_there"]
    table["share"] = table["round_there"] / table["lifters"]
    return table


def _frame(store: Store, query: Select[tuple[object, ...]]) -> pd.DataFrame:
    import pandas as pd

    with reading(store.engine) as connection:
        found = connection.execute(query)
        return pd.DataFrame(found.fetchall(), columns=list(found.keys()))
