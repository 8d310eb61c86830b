"""The units' own scatter: degrees of freedom and errors that are known on paper."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from benchmarks.cue_simulation import run, simulate

from backline.library.cue_comparison import effect_at
from backline.library.scatter import units_of


def reps(sessions: list[str], means: list[float], load: float = 60.0) -> pd.DataFrame:
    """Sets of two reps, one degree to either side of the set's mean."""
    rows = []
    number = 0
    for day, cues in enumerate(sessions):
        for cue in cues:
            for rep, side in enumerate((-1.0, 1.0), start=1):
                rows.append((day, number, rep, "lockout", means[number] + side, load, cue))
            number += 1
    columns = ["session", "set_id", "rep", "place", "size_deg", "load_kg", "group"]
    return pd.DataFrame(rows, columns=columns)


def error(table: pd.DataFrame) -> float:
    size = table["size_deg"].to_numpy(dtype=float)
    return units_of(table).error(size, np.zeros((len(size), 0)), np.zeros(0), np.zeros((0, 0)))


@pytest.mark.parametrize(
    ("sessions", "free"),
    [
        (["ABBA", "BAAB"], 8 - 2 - 1),
        (["AB"] * 5, 10 - 5 - 1),
        (["AA", "BB"] * 3, 6 - 2),  # sessions are the units
        (["AAA", "BBB"], 0),
        (["AB", "AA", "BB"], 0),  # only the first session holds both
    ],
)
def test_the_degrees_of_freedom_are_those_of_the_units(sessions: list[str], free: int) -> None:
    assert units_of(reps(sessions, [0.0] * 12)).free == free


def test_pairs_within_sessions_give_the_paired_t_tests_error() -> None:
    # B less A is -1, -2 and -6: their mean's standard error is s / sqrt(3).
    table = reps(["AB", "AB", "AB"], [5, 4, 9, 7, 2, -4])
    assert error(table) == pytest.approx(np.std([-1, -2, -6], ddof=1) / math.sqrt(3))


def test_sessions_apart_give_the_t_test_of_their_means() -> None:
    # Means of sessions: A 1, 3, 5 and B 2, 2, 8.
    table = reps(["A", "B"] * 3, [1, 2, 3, 2, 5, 8])
    pooled = (np.var([1, 3, 5], ddof=1) + np.var([2, 2, 8], ddof=1)) / 2
    assert error(table) == pytest.approx(math.sqrt(pooled * 2 / 3))


def test_reps_of_a_set_add_nothing_to_what_the_set_tells() -> None:
    table = reps(["AB", "AB", "AB"], [5, 4, 9, 7, 2, -4])
    more = pd.concat([table, table], ignore_index=True)
    assert error(more) == pytest.approx(error(table))


def test_loads_that_only_sets_can_tell_cost_a_degree_of_freedom() -> None:
    table = simulate(np.random.default_rng(1), 0.0, ["ABBA", "BAAB"])
    units = units_of(table)
    assert units.constant(table["load_kg"].to_numpy())
    assert not units.constant(table["rep"].to_numpy(dtype=float))


def test_a_slope_that_is_not_known_adds_to_the_error() -> None:
    table = reps(["AB", "AB", "AB"], [5, 4, 9, 7, 2, -4])
    size = table["size_deg"].to_numpy(dtype=float)
    heavy = (table["group"] == "B").to_numpy(dtype=float)[:, None]  # one unit more under B
    units = units_of(table)
    known = units.error(size, heavy, np.zeros(1), np.zeros((1, 1)))
    unknown = units.error(size, heavy, np.zeros(1), np.array([[4.0]]))
    assert unknown == pytest.approx(math.sqrt(known**2 + 4.0))


def test_too_few_sets_say_what_would_help() -> None:
    found = effect_at(reps(["AB", "AA", "BB"], [9, 1, 9, 9, 1, 1]), "lockout")
    assert found.verdict == "cannot tell yet"
    assert "use both cues in the same session (A B B A)" in found.why


@pytest.mark.parametrize("sessions", [["AB"] * 5, ["AA", "BB"] * 3])
def test_no_design_is_sure_of_what_is_not_there(sessions: list[str]) -> None:
    # 40 lifters: four standard errors above 3 %; 500 are in benchmarks/.
    found = run(40, 0.0, sessions, seed=3)
    assert found["B is better"] + found["A is better"] <= 0.14
    assert found["coverage"] >= 0.72
