"""Compares two cues by a mixed model over reps, sets and sessions."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from backline.library.scatter import Units, units_of
from backline.reps import REP_PHASES
from backline.settings import Settings
from backline.texts import say

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["B is better", "A is better", "cannot tell yet"]

LEAST_SETS = 2
"""Sets that each cue needs before anything is computed."""
SURE = 0.985
"""Probability from which a cue is called better: two-sided 3 %, so that where the cues do the
same one is wrongly called better in fewer than 5 % of lifters, in every design of
benchmarks/cue_simulation (2.5 % on either side gave 5.8 % where sessions held one cue each)."""
POWER = 0.8
"""Probability with which a detectable effect would be found (customary)."""
WORTH_DEG = 3.0
"""Smallest relevant effect, degrees: below it a size is "uncertain" (contract)."""
ENOUGH_SESSIONS = 3
"""Sessions for each cue from which the data show their own scatter."""


@dataclass(frozen=True)
class Effect:
    """Cue B against cue A at one place; degrees, negative where B rounds less.

    Parameters
    ----------
    place : str
        Where in the lift.
    reps, sets, sessions : int
        Amount of data.
    effect_deg, low_deg, high_deg : float
        B less A, and its 90 % interval; NaN where there is too little.
    probability_b_better : float
        Probability that B rounds less, 0 to 1.
    detectable_deg : float
        Smallest effect that these sets would show with a probability of `POWER`.
    more_reps : int or None
        Further reps that a verdict needs; 0 where there is one, or could have been one for what is
        worth seeing; None where unknown, or where other sets are needed, not more of them.
    verdict : {"B is better", "A is better", "cannot tell yet"}
    why : str
        One plain sentence.
    lift : str
        Which lift; ``""`` where it was not given.
    """

    place: str
    reps: int
    sets: int
    sessions: int
    effect_deg: float
    low_deg: float
    high_deg: float
    probability_b_better: float
    detectable_deg: float
    more_reps: int | None
    verdict: Verdict
    why: str
    lift: str = ""


def compare(reps: pd.DataFrame) -> list[Effect]:
    """Compare two groups of sets at each place, each lift on its own.

    Parameters
    ----------
    reps : pandas.DataFrame
        One row a rep and place: ``session``, ``set_id``, ``rep``, ``place``, ``size_deg``,
        ``load_kg`` and ``group`` ("A" or "B"), as `backline.library.rep_sizes` gives them;
        ``lift`` where there are several.

    Returns
    -------
    list of Effect
        One a lift and place, in the order of the lift.
    """
    lifts = reps["lift"] if "lift" in reps else reps["place"].map(lambda _: "")
    return [
        replace(effect_at(reps[here], place), lift=str(lift))
        for lift in sorted(lifts.unique(), key=lambda lift: (lift != "squat", lift))
        for place in REP_PHASES
        if (here := (lifts == lift) & (reps["place"] == place)).any()
    ]


def effect_at(reps: pd.DataFrame, place: str) -> Effect:
    """Compare two groups of sets at one place; see `compare`."""
    table = reps.reset_index(drop=True)
    sets = {g: int(table.loc[table["group"] == g, "set_id"].nunique()) for g in "AB"}
    sessions = int(table["session"].nunique())
    size = (place, len(table), sum(sets.values()), sessions)
    nan = math.nan
    if min(sets.values()) < LEAST_SETS:
        why = say("effect.needs_sets", least=LEAST_SETS, a=sets["A"], b=sets["B"])
        return Effect(*size, nan, nan, nan, nan, nan, None, "cannot tell yet", why)
    units = units_of(table)
    if units.free < 1:
        why = say("effect.too_few")
        return Effect(*size, nan, nan, nan, nan, nan, None, "cannot tell yet", why)
    if float(table["size_deg"].std()) < 1e-9:
        why = say("effect.alike")
        return Effect(*size, 0.0, nan, nan, nan, nan, None, "cannot tell yet", why)
    return _judged(table, size, *_fit(table, units))


def _judged(
    table: pd.DataFrame, size: tuple[str, int, int, int], effect: float, se: float, free: int
) -> Effect:
    from scipy import stats

    t = stats.t(free)
    low, high = (effect + se * float(t.ppf(q)) for q in (0.05, 0.95))
    better = float(t.cdf(-effect / se))
    detectable = se * float(t.ppf(SURE) + t.ppf(POWER))
    apart = _sessions_apart(table)
    needed = Settings().across_sessions_deg if apart else 0.0
    sure = max(better, 1 - better) >= SURE
    large = sure and abs(effect) >= needed
    verdict: Verdict = "cannot tell yet"
    if large:
        verdict = "B is better" if effect < 0 else "A is better"
    target = max(abs(effect), WORTH_DEG)
    more = None if sure else max(0, math.ceil(len(table) * ((detectable / target) ** 2 - 1)))
    why = _why(effect, detectable, verdict, too_small=sure and not large)
    return Effect(*size, effect, low, high, better, detectable, 0 if large else more, verdict, why)


def _why(effect: float, detectable: float, verdict: Verdict, *, too_small: bool) -> str:
    if verdict != "cannot tell yet":
        return say("effect.less", size=abs(effect))
    if too_small:
        least = Settings().across_sessions_deg
        return say("effect.apart", least=float(least))
    if detectable <= WORTH_DEG:
        return say("effect.would_show", effect=effect, worth=float(WORTH_DEG))
    return say("effect.could_show", effect=effect, detectable=detectable)


def _sessions_apart(table: pd.DataFrame) -> bool:
    """Return whether no session had both cues, and there are too few sessions."""
    groups = table.groupby("session")["group"].nunique()
    of_each = table.groupby("group")["session"].nunique()
    return bool((groups < 2).all()) and bool((of_each < ENOUGH_SESSIONS).any())


def _fit(table: pd.DataFrame, units: Units) -> tuple[float, float, int]:
    """Return B less A, its standard error (degrees), and the error's degrees of freedom."""
    fixed = _fixed_effects(table, units)
    session = table["session"].astype(str).to_numpy()
    within = (session.astype(object) + "/" + table["set_id"].astype(str)).to_numpy()
    y = table["size_deg"].to_numpy(dtype=float)
    estimate, spread = _mixed(y, fixed, session, within)
    nuisance = fixed[:, 2:]
    # A mixed model of few sets often finds no scatter between them at all, and is then too
    # sure of itself; the units' own means are not.
    least = units.error(y, nuisance, estimate[2:], spread[2:, 2:])
    large = sum(units.constant(column) for column in nuisance.T)
    return float(estimate[1]), max(math.sqrt(spread[1, 1]), least), units.free - large


def _fixed_effects(table: pd.DataFrame, units: Units) -> NDArray[np.float64]:
    """Return intercept, cue, and load and rep number where those vary too."""
    columns = [np.ones(len(table)), (table["group"] == "B").to_numpy(dtype=float)]
    free = units.free
    for name in ("load_kg", "rep"):
        values = table[name].to_numpy(dtype=float)
        if not np.isfinite(values).all() or np.ptp(values) == 0:
            continue
        costs = int(units.constant(values))
        tried = np.column_stack([*columns, (values - values.mean()) / values.std()])
        # A load that changed with the cue, or in too few sets, cannot be separated from it.
        if np.linalg.cond(tried) < 1e3 and free - costs >= 1:
            columns.append(tried[:, -1])
            free -= costs
    return np.column_stack(columns)


def _mixed(
    y: NDArray[np.float64],
    fixed: NDArray[np.float64],
    session: NDArray[np.str_],
    within: NDArray[np.str_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit sets within sessions by restricted likelihood; return estimates and covariance."""
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    names = sorted(set(session))
    levels = {one: sorted(set(within[session == one])) for one in names}
    indicators = [
        (within[session == one][:, None] == np.array(levels[one])[None, :]).astype(float)
        for one in names
    ]
    order = np.concatenate([np.flatnonzero(session == one) for one in names])
    spec = VCSpec(["set"], [[levels[one] for one in names]], [indicators])
    with warnings.catch_warnings():
        # A variance of zero is on the boundary of the parameter space, and a valid estimate here.
        warnings.simplefilter("ignore")
        one = np.ones((len(y), 1))
        model = MixedLM(y[order], fixed[order], groups=session[order], exog_re=one, exog_vc=spec)
        try:
            fitted = model.fit(reml=True, method=["lbfgs", "powell"])
            count = fixed.shape[1]
            spread = np.asarray(fitted.cov_params(), dtype=float)[:count, :count]
            if np.isfinite(spread).all() and (np.diag(spread) >= 0).all():
                return np.asarray(fitted.fe_params, dtype=float), spread
        except (np.linalg.LinAlgError, ValueError):
            pass
    return _plain_least_squares(y, fixed, within)


def _plain_least_squares(
    y: NDArray[np.float64], fixed: NDArray[np.float64], within: NDArray[np.str_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit without random parts, its errors by sets: where the mixed model finds no optimum."""
    import statsmodels.api as sm

    codes = np.unique(within, return_inverse=True)[1]
    fitted = sm.OLS(y, fixed).fit(cov_type="cluster", cov_kwds={"groups": codes})
    return np.asarray(fitted.params), np.asarray(fitted.cov_params())


def plan(sessions: int, sets: int = 4) -> list[list[str]]:
    """Return a plan that alternates two cues: A B B A, the next session B A A B, and so on.

    Parameters
    ----------
    sessions : int
        How many sessions.
    sets : int
        Sets a session, a multiple of 2.

    Returns
    -------
    list of list of str
        For each session the cue of each set, so that drift over a session affects both equally.
    """
    first = ["A", "B", "B", "A"]
    turned = ["B", "A", "A", "B"]
    return [[(turned if day % 2 else first)[i % 4] for i in range(sets)] for day in range(sessions)]
