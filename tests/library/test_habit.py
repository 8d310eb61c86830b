"""Habit by its rule: found where it is planted, not in noise; trend, change, perception gap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backline.library import Notes, Store, coach_view, history, prevalence, rep_sizes, sets
from backline.library.export import write_pages, write_table
from backline.library.habit import History, habit_at
from backline.library.plots import bars, write_html, write_png
from backline.pipeline import Analysis

Make = Callable[..., Analysis]
LIFTERS = 150
"""Simulated lifters of whom a share is tested."""


def record(rounded: Sequence[int], reps: int = 15, felt: str | None = None) -> pd.DataFrame:
    days = [date(2026, 1, 5) + timedelta(days=7 * i) for i in range(len(rounded))]
    table = {"session": days, "reps": reps, "rounded": list(rounded), "felt": felt}
    return pd.DataFrame(table)


def simulated(rng: np.random.Generator, share: float, sessions: int, size: float) -> pd.DataFrame:
    """Sessions of 15 reps whose own shares scatter as a beta law of that size."""
    shares = rng.beta(share * size, (1 - share) * size, sessions)
    return record([int(n) for n in rng.binomial(15, shares)])


def test_a_habit_is_named_in_the_sessions_that_the_rule_promises() -> None:
    rng = np.random.default_rng(0)
    named = [habit_at(simulated(rng, 0.9, 3, 40), "lockout").state for _ in range(LIFTERS)]
    assert named.count("habit") >= 0.9 * LIFTERS


def test_noise_makes_no_habit() -> None:
    # One rep in ten is wrongly called rounded, in clumps, over five sessions.
    rng = np.random.default_rng(1)
    named = [habit_at(simulated(rng, 0.1, 5, 10), "lockout").state for _ in range(LIFTERS)]
    assert named.count("habit") <= 0.05 * LIFTERS


def test_an_even_coin_is_seldom_a_habit() -> None:
    rng = np.random.default_rng(2)
    named = [habit_at(simulated(rng, 0.5, 5, 20), "lockout").state for _ in range(LIFTERS)]
    assert named.count("habit") <= 0.1 * LIFTERS


@pytest.mark.parametrize(
    ("rounded", "state"),
    [
        ((14, 15), "cannot tell yet"),  # two sessions
        ((15, 14, 15), "habit"),
        ((1, 0, 1), "no habit"),
        ((8, 7, 8), "cannot tell yet"),  # half is not most
        ((15, 12, 9, 6, 3, 0), "going away"),
    ],
)
def test_the_rule_on_plain_counts(rounded: tuple[int, ...], state: str) -> None:
    assert habit_at(record(rounded), "lockout").state == state


def test_a_short_session_is_drawn_towards_the_lifters_own_mean() -> None:
    table = record((14, 15, 14, 0))
    table.loc[3, "reps"] = 1
    last = habit_at(table, "lockout").sessions[-1]
    assert last.share > 0.5 > last.rounded / last.reps


def test_a_change_point_is_named_where_it_is() -> None:
    found = habit_at(record((14, 15, 14, 15, 1, 0, 1, 0)), "lockout")
    assert found.change_at == date(2026, 1, 5) + timedelta(days=28)


def test_a_steady_lifter_has_no_change_point() -> None:
    rng = np.random.default_rng(3)
    changed = [habit_at(simulated(rng, 0.5, 8, 20), "x").change_at for _ in range(30)]
    assert sum(day is not None for day in changed) <= 6


def test_what_feels_neutral_and_is_rounded_is_a_perception_gap() -> None:
    found = habit_at(record((14, 13, 12), felt="neutral"), "lockout")
    assert (found.perception_gap, found.of_them_rounded) == (True, 3)
    assert not habit_at(record((14, 13, 12), felt="rounded"), "lockout").perception_gap
    assert not habit_at(record((14, 1, 1), felt="neutral"), "lockout").perception_gap


def test_what_was_never_there_before_is_new() -> None:
    assert habit_at(record((0, 0, 3)), "lockout").new
    assert not habit_at(record((1, 0, 3)), "lockout").new
    assert not habit_at(record((3,)), "lockout").new


@pytest.fixture
def filled(store: Store, make_set: Make) -> Store:
    """Ada tucks in three sessions and feels nothing; Bob is new to it; Cy never does."""
    for week in range(3):
        day = date(2026, 1, 5) + timedelta(days=7 * week)
        felt = Notes(felt="neutral")
        store.save(make_set(f"a{week}", (8.0,) * 7 + (1.0,)), "Ada", day=day, notes=felt)
        store.save(make_set(f"b{week}", (6.0 if week == 2 else 1.0, 1.0)), "Bob", day=day)
        store.save(make_set(f"c{week}", (1.0, 2.0)), "Cy", day=day)
    return store


def test_the_history_of_a_lifter(filled: Store, tmp_path: Path) -> None:
    found = history(filled, "ada")
    top = next(habit for habit in found.habits if habit.place == "lockout")
    assert (top.state, top.perception_gap) == ("habit", True)
    assert bars(top) == "▇▇▇"
    assert found.best_rep is not None
    assert (found.best_rep["rep"], found.best_rep["worst_deg"]) == (8, 1.0)
    write_png(found, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    write_html(found, tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert "habit" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_squat_and_a_deadlift_are_two_habits(store: Store, make_set: Make) -> None:
    # The bottom of a squat is a turn-back, that of a deadlift a change from standing.
    for week in range(3):
        day = date(2026, 1, 5) + timedelta(days=7 * week)
        store.save(make_set(f"s{week}", (8.0,) * 8), "Ada", day=day)
        later = day + timedelta(days=1)
        store.save(make_set(f"d{week}", (1.0,) * 8, lift="deadlift"), "Ada", day=later)
    found = history(store, "Ada")
    tops = [one for one in found.habits if one.place == "lockout"]
    assert [(one.lift, one.state) for one in tops] == [("squat", "habit"), ("deadlift", "no habit")]
    assert [found.title(one) for one in tops] == ["squat, lockout", "deadlift, lockout"]
    view = coach_view(store)
    top = view[view["place"] == "lockout"]
    assert [tuple(row) for row in top[["lift", "last_share", "sessions"]].to_numpy()] == [
        ("squat", 1.0, 3),  # its own last session, though the deadlift's came after it
        ("deadlift", 0.0, 3),
    ]
    there = prevalence(view).set_index("place")
    assert (there.loc["lockout", "lifters"], there.loc["lockout", "round_there"]) == (1, 1)


def test_a_rep_that_arches_is_not_the_best(store: Store, make_set: Make) -> None:
    store.save(make_set("a", (-12.0, 3.0)), "Ada")
    best = history(store, "Ada").best_rep
    assert best is not None
    assert (best["rep"], best["worst_deg"]) == (2, 3.0)


def test_the_picture_puts_each_session_at_its_own_day(tmp_path: Path) -> None:
    from matplotlib.axes import Axes

    seen = habit_at(record((1, 2, 3)), "descent")
    hidden = habit_at(record((1, 2, 3)).iloc[[0, 2]], "lockout")  # not measured in the second
    drawn: list[list[int]] = []
    real = Axes.plot

    def plot(axis: Axes, x: Sequence[int], *values: Any, **look: Any) -> Any:
        drawn.append(list(x))
        return real(axis, x, *values, **look)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Axes, "plot", plot)
        write_png(History("Ada", (seen, hidden), None), tmp_path / "a.png")
    assert drawn == [[0, 1, 2], [0, 2]]


def test_a_session_without_rounding_is_a_dot_in_the_terminal() -> None:
    assert bars(habit_at(record((0, 8, 15)), "lockout")) == "·▄█"


def test_the_coach_sees_first_who_needs_it_first(filled: Store) -> None:
    view = coach_view(filled)
    top = view[view["place"] == "lockout"].reset_index(drop=True)
    assert list(top["lifter"]) == ["Ada", "Bob", "Cy"]
    assert list(top["new"]) == [False, True, False]
    assert list(top["last_share"]) == [7 / 8, 1 / 2, 0.0]
    assert list(top["share"]) == [21 / 24, 1 / 6, 0.0]
    there = prevalence(view).set_index("place")
    assert (there.loc["lockout", "lifters"], there.loc["lockout", "round_there"]) == (3, 2)


def test_frames_hold_each_rep_and_each_set_once(filled: Store) -> None:
    assert len(rep_sizes(filled, "Ada")) == 3 * 8 * 3
    assert len(sets(filled, "Ada")) == 3


def test_the_coachs_view_goes_into_files(filled: Store, tmp_path: Path) -> None:
    view = coach_view(filled)
    write_table(view, tmp_path / "gym.csv")
    write_table(view, tmp_path / "gym.parquet")
    assert len(pd.read_csv(tmp_path / "gym.csv")) == len(view)
    assert list(pd.read_parquet(tmp_path / "gym.parquet")["lifter"]) == list(view["lifter"])
    pages = write_pages(filled, tmp_path / "pages")
    assert [page.name for page in pages] == ["0001_Ada.html", "0002_Bob.html", "0003_Cy.html"]


def test_an_empty_record_gives_an_empty_view(store: Store) -> None:
    assert coach_view(store).empty
    assert store.lifters() == []
