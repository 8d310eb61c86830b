"""Selects two groups of a lifter's sets, by cue or by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backline.errors import UsageError
from backline.library.cue_comparison import Effect, compare
from backline.library.queries import rep_sizes
from backline.library.store import Store

if TYPE_CHECKING:
    import pandas as pd


def compare_groups(
    store: Store, name: str, a: str | Sequence[int], b: str | Sequence[int]
) -> list[Effect]:
    """Compare two cues, or two groups of sets, of one lifter.

    Parameters
    ----------
    store : Store
        The record.
    name : str
        The lifter.
    a, b : str or sequence of int
        A cue's text (upper and lower case are the same), or numbers of sets.

    Returns
    -------
    list of Effect
        One a lift and place.

    Raises
    ------
    UsageError
        If the lifter is unknown, a cue has no set, a set is not there, or the groups share one.
    """
    table = rep_sizes(store, name)
    cue = table["cue"].fillna("").map(_key)
    inside = {
        group: cue == _key(asked) if isinstance(asked, str) else table["set_id"].isin(list(asked))
        for group, asked in (("A", a), ("B", b))
    }
    for group, asked in (("A", a), ("B", b)):
        if isinstance(asked, str):
            if not inside[group].any():
                raise UsageError(_no_cue(name, group, asked, table))
        elif unknown := sorted(set(asked) - set(table["set_id"])):
            raise UsageError(
                f"'{name}' has no set {', '.join(map(str, unknown))} with a measured rep, asked "
                f"for as {group}: see backline history '{name}' --sets for the numbers."
            )
    if (inside["A"] & inside["B"]).any():
        raise UsageError("A and B share a set: name two groups that have none in common.")
    table["group"] = inside["A"].map({True: "A", False: "B"})
    return compare(table[inside["A"] | inside["B"]])


def _no_cue(name: str, group: str, asked: str, table: pd.DataFrame) -> str:
    cues = sorted({str(cue) for cue in table["cue"].dropna()})
    known = ", ".join(f"'{cue}'" for cue in cues) or "no cue yet"
    return (
        f"'{name}' has no measured set for {group} ({asked}); the record has {known}: "
        "analyse sets with --lifter and --cue first."
    )


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()
