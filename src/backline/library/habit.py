"""Habits: share of rounded reps over sessions, its trend, and the lifter's own perception."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from backline.library.queries import rep_sizes, set_places
from backline.library.store import Store
from backline.reps import REP_PHASES
from backline.texts import say

if TYPE_CHECKING:
    import pandas as pd

State = Literal["habit", "going away", "no habit", "cannot tell yet"]

LEAST_SESSIONS = 3
"""Sessions that a habit needs. For sessions of 15 reps: rounding in nine reps of ten is named a
habit after three sessions, and rounding in four of five after five sessions, in at least nine
lifters of ten (benchmarks/habit_simulation)."""
LEAST_REPS = 15
"""Measured reps that it needs in these sessions."""
HABIT_SHARE = 0.5
"""A habit is what happens in most reps: the lower end of the share's 90 % interval is above."""
LEVEL = 0.9  # confidence of that interval
LEAST_ALIKE = 0.1
"""Least correlation of reps within a session, since few sessions cannot show a smaller one; with
it, rounding in every second rep is called a habit in fewer than 5 % of cases
(benchmarks/habit_simulation)."""
FELT_LEAST_SETS = 2
"""Sets that felt neutral but were rounded in most reps before that is called a perception gap."""
CHANGE_P = 0.05
"""Chance, over shuffled sessions, below which a change point is named."""
SHUFFLES = 999  # with the order seen, 1000: p to 0.001


FEW_REPS = 8
"""With fewer reps no share is stated: the 95 % interval of none in 7 reaches to 41 % (Clopper and
Pearson 1934); and no rep is called the best."""


@dataclass(frozen=True)
class HabitShare:
    """Rounded reps of one session; ``share`` is shrunk towards the lifter's own mean.

    Parameters
    ----------
    day : date
        The session.
    rounded, reps : int
        Counts.
    share, low, high : float
        Share after partial pooling, and its 90 % interval, 0 to 1.
    """

    day: date
    rounded: int
    reps: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Habit:
    """One place in one lift of one lifter.

    Parameters
    ----------
    place : str
        Where in the lift.
    sessions : tuple of HabitShare
        In the order of time.
    share, low, high : float
        Share of rounded reps in a session of this lifter, and its 90 % interval.
    trend, trend_low, trend_high : float
        Change of the share over ten sessions, and its 90 % interval; NaN below three sessions.
    change_at : date or None
        First session of another level, where it is significant.
    state : {"habit", "going away", "no habit", "cannot tell yet"}
    felt_neutral_sets, of_them_rounded : int
        The perception gap in numbers.
    perception_gap : bool
        It feels neutral, and is measured rounded, as a rule.
    new : bool
        Rounded in the last session, and in none before it.
    why : str
        One plain sentence.
    lift : str
        Which lift; ``""`` where it was not given.
    """

    place: str
    sessions: tuple[HabitShare, ...]
    share: float
    low: float
    high: float
    trend: float
    trend_low: float
    trend_high: float
    change_at: date | None
    state: State
    felt_neutral_sets: int
    of_them_rounded: int
    perception_gap: bool
    new: bool
    why: str
    lift: str = ""

    @property
    def few(self) -> bool:
        """Whether there are too few reps to state a share of all."""
        return sum(one.reps for one in self.sessions) < FEW_REPS


@dataclass(frozen=True)
class History:
    """All places of one lifter, lift by lift, and the best rep.

    Parameters
    ----------
    lifter : str
        The name.
    habits : tuple of Habit
        A squat's before a deadlift's; each in the order of the lift.
    best_rep : dict or None
        ``set_id``, ``rep``, ``session`` and ``worst_deg`` (without its sign): the rep whose worst
        place is best, the lifter's best example.
    """

    lifter: str
    habits: tuple[Habit, ...]
    best_rep: dict[str, object] | None

    @property
    def few(self) -> bool:
        """Whether no place has enough reps to name a best one."""
        return all(habit.few for habit in self.habits)

    def title(self, habit: Habit) -> str:
        """Return a place's heading: with its lift where this lifter has several."""
        several = len({one.lift for one in self.habits}) > 1
        where = say(f"phase.{habit.place}")
        if not several:
            return where
        return say("habit.place", lift=say(f"lift_name.{habit.lift}"), place=where)


def history(store: Store, name: str) -> History:
    """Return the history of one lifter.

    Raises
    ------
    UsageError
        If the lifter is unknown.
    """
    table = set_places(store, name)
    groups = dict(iter(table.groupby(["lift", "place"], sort=False)))
    lifts = sorted(set(table["lift"]), key=lambda lift: (lift != "squat", lift))
    habits = tuple(
        habit_at(groups[lift, place], place, lift)
        for lift in lifts
        for place in REP_PHASES
        if (lift, place) in groups
    )
    return History(name, habits, _best_rep(rep_sizes(store, name)))


def habit_at(sets: pd.DataFrame, place: str, lift: str = "") -> Habit:
    """Return the habit at one place.

    Parameters
    ----------
    sets : pandas.DataFrame
        One row a set: ``session``, ``reps``, ``rounded``, ``felt``.
    place : str
        Where in the lift.
    lift : str
        Which lift.
    """
    by_day = sets.groupby("session", sort=True)[["rounded", "reps"]].sum()
    days = list(by_day.index)
    rounded = by_day["rounded"].to_numpy(dtype=float)
    reps = by_day["reps"].to_numpy(dtype=float)
    a, b = _pooled(rounded, reps)
    shares = tuple(
        HabitShare(day, int(k), int(n), *_interval(a + k, b + n - k))
        for day, k, n in zip(days, rounded, reps, strict=True)
    )
    share, low, high = _whole(rounded, reps)
    trend = _trend(rounded, reps)
    neutral = sets[sets["felt"] == "neutral"]
    hidden = int((neutral["rounded"] > neutral["reps"] / 2).sum())
    gap = hidden >= FELT_LEAST_SETS and hidden > len(neutral) / 2
    state, why = _state(len(days), int(reps.sum()), (share, low, high), trend)
    return Habit(
        place, shares, share, low, high, *trend, _change_point(days, rounded, reps),
        state, len(neutral), hidden, gap,
        bool(len(days) > 1 and rounded[-1] > 0 and rounded[:-1].sum() == 0), why, lift,
    )  # fmt: skip


def _state(
    sessions: int,
    reps: int,
    share: tuple[float, float, float],
    trend: tuple[float, float, float],
) -> tuple[State, str]:
    """Return the state, and the sentence that explains it."""
    if sessions < LEAST_SESSIONS or reps < LEAST_REPS:
        return "cannot tell yet", (
            say(
                "habit.needs",
                sessions=LEAST_SESSIONS,
                reps=LEAST_REPS,
                has_sessions=sessions,
                has_reps=reps,
            )
        )
    values = {"share": 100 * share[0], "low": 100 * share[1], "high": 100 * share[2]}
    if trend[2] < 0:
        return "going away", say("habit.going_away", **values)
    if share[1] > HABIT_SHARE:
        return "habit", say("habit.habit", **values)
    if share[2] < HABIT_SHARE:
        return "no habit", say("habit.no_habit", **values)
    return "cannot tell yet", say("habit.cannot_tell", **values)


def _pooled(rounded: NDArray[np.float64], reps: NDArray[np.float64]) -> tuple[float, float]:
    """Return the beta distribution of a lifter's sessions, by moments.

    Between-session scatter beyond the binomial widens it; where there is none, sessions are
    pooled as strongly as 50 reps would.
    """
    mean = (rounded.sum() + 0.5) / (reps.sum() + 1)
    return mean * (size := _prior_reps(rounded, reps, mean)), (1 - mean) * size


def _prior_reps(rounded: NDArray[np.float64], reps: NDArray[np.float64], mean: float) -> float:
    if len(reps) < 2:
        return 2.0
    correlation = _between(rounded, reps, mean)
    return float(np.clip((1 - correlation) / max(correlation, 1e-9), 1.0, 50.0))


def _between(rounded: NDArray[np.float64], reps: NDArray[np.float64], mean: float) -> float:
    """Return the correlation of reps within a session, 0 to 1 (method of moments)."""
    spread = float((reps * (rounded / reps - mean) ** 2).sum()) / (mean * (1 - mean))
    excess = spread / (len(reps) - 1) - 1
    typical = float((reps.sum() - (reps**2).sum() / reps.sum()) / (len(reps) - 1))
    return float(np.clip(excess / max(typical - 1, 1.0), 0.0, 0.99))


def _interval(a: float, b: float) -> tuple[float, float, float]:
    from scipy import stats

    law = stats.beta(max(a, 1e-6), max(b, 1e-6))
    tail = (1 - LEVEL) / 2
    return float(law.mean()), float(law.ppf(tail)), float(law.ppf(1 - tail))


def _whole(rounded: NDArray[np.float64], reps: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the lifter's share, its interval widened for correlated reps within sessions."""
    total = float(reps.sum())
    mean = (rounded.sum() + 0.5) / (total + 1)
    alike = max(_between(rounded, reps, mean), LEAST_ALIKE) if len(reps) > 1 else 0.0
    effective = total / (1 + (total / len(reps) - 1) * alike)
    return _interval(mean * effective + 0.5, (1 - mean) * effective + 0.5)


def _trend(rounded: NDArray[np.float64], reps: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the change of the share over ten sessions, and its 90 % interval."""
    count = len(reps)
    if count < LEAST_SESSIONS or np.ptp(rounded / reps) == 0:
        return (math.nan,) * 3
    import statsmodels.api as sm
    from scipy import stats

    when = np.arange(count) / 10
    fitted = sm.WLS(rounded / reps, sm.add_constant(when), weights=reps).fit()
    slope = float(fitted.params[1])
    chance = math.sqrt(0.25 / float((reps * (when - np.average(when, weights=reps)) ** 2).sum()))
    reach = max(float(fitted.bse[1]), chance) * float(stats.t(count - 2).ppf(1 - (1 - LEVEL) / 2))
    return slope, slope - reach, slope + reach


def _change_point(
    days: list[date], rounded: NDArray[np.float64], reps: NDArray[np.float64]
) -> date | None:
    """Return the first session of another level, judged against shuffled sessions."""
    if len(days) < 2 * LEAST_SESSIONS - 1:
        return None
    [found], [at] = _best_splits(rounded[None], reps[None])
    rng = np.random.default_rng(0)
    orders = rng.permuted(np.tile(np.arange(len(days)), (SHUFFLES, 1)), axis=1)
    gains, _ = _best_splits(rounded[orders], reps[orders])
    beaten = int((gains >= found - 1e-12).sum())
    return days[int(at)] if (beaten + 1) / (SHUFFLES + 1) < CHANGE_P else None


def _best_splits(
    rounded: NDArray[np.float64], reps: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return, for each row, the largest likelihood of two levels, and where the second begins."""
    k, n = np.cumsum(rounded, axis=1), np.cumsum(reps, axis=1)
    left = _likelihood(k[:, :-1], n[:, :-1])
    right = _likelihood(k[:, -1:] - k[:, :-1], n[:, -1:] - n[:, :-1])
    gain = left + right
    at = gain.argmax(axis=1)
    return gain[np.arange(len(gain)), at], at + 1


def _likelihood(k: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import xlogy

    best: NDArray[np.float64] = xlogy(k, k / n) + xlogy(n - k, (n - k) / n)
    return best


def _best_rep(reps: pd.DataFrame) -> dict[str, object] | None:
    """Return the rep whose worst place is the best, among reps with all places measured."""
    if reps.empty:
        return None
    keys = ["session", "set_id", "rep"]
    # Over-arching counts like a rounding of that size.
    away = reps.assign(size_deg=reps["size_deg"].abs()).groupby(keys)["size_deg"]
    rows = away.agg(["max", "count"]).reset_index()
    whole = rows[rows["count"] == rows["count"].max()]
    best = whole.loc[whole["max"].idxmin()]
    return {
        "session": best["session"],
        "set_id": int(best["set_id"]),
        "rep": int(best["rep"]),
        "worst_deg": float(best["max"]),
    }
