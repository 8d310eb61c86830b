"""Results made up by hand, so that every figure is known beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from backline.validate.case_evaluation import EvaluatedCase
from backline.validate.cases import Case, case_list
from backline.validate.ground_truth_comparison import EVENTS, QUANTITIES, WITH_SD
from backline.validate.proxies import PROXIES
from backline.validate.run import Results, gather

PHASES = ("standing", "descent", "bottom", "ascent", "lockout")


def frames_of(n: int = 50, *, error: float = 1.0, sd: float = 1.0, withheld: int = 0) -> Any:
    """Frames in which every quantity reads ``error`` too much; the first ``withheld`` are blank."""
    measurable = np.arange(n) >= withheld
    table: dict[str, Any] = {
        "frame": np.arange(n),
        "time_s": np.arange(n) / 10,
        "rep": np.where(np.arange(n) < n // 5, 0, 1),
        "phase": np.repeat(PHASES, -(-n // 5))[:n],
        "hidden": np.zeros(n),
        "measurable": measurable,
        "reason": np.where(measurable, "", "back_hidden"),
    }
    for name in QUANTITIES:
        true = np.linspace(0, 10, n)
        table[f"true_{name}"] = true
        table[f"measured_{name}"] = np.where(measurable, true + error, np.nan)
    for name in WITH_SD:
        table[f"sd_{name}"] = np.where(measurable, sd, np.nan)
    return pd.DataFrame(table)


def rep_of(**changes: Any) -> dict[str, Any]:
    """A clean squat rep of 120 degrees of knee flexion, found, measured, nothing said."""
    row: dict[str, Any] = {
        "rep": 1, "planted_bottom": 0.0, "planted_top": 0.0, "planted_ascent": 0.0,
        "knee_deg": 120.0, "found": True, "bottom_error_s": 0.02,
        **{f"alarm_{event}": "none" for event in EVENTS},
        "score_bottom": 1.0, "score_lockout": 0.5, "true_bottom": 0.3, "true_lockout": 0.2,
        "measured_bottom": True, "measured_lockout": True, "measured_ascent": True,
        "hidden_bottom": False, "hidden_lockout": False, "hidden_ascent": False,
        "plateau_true": 0.0, "plateau_measured": 1.0, "lift": "squat", "event": "clean",
    }  # fmt: skip
    for place in ("bottom", "lockout"):
        row |= {f"{proxy.name}_{place}": 0.0 for proxy in PROXIES}
    return row | changes


def outcome_of(case: Case, **changes: Any) -> dict[str, Any]:
    """What analysing said of a case that went well."""
    return {
        "verdict": "ok", "lift": case.lift, "reps": case.reps, "findings": [], "reasons": [],
        "standing": "before_first_rep", "failure": "",
    } | changes  # fmt: skip


def evaluated(case: Case, frames: Any = None, reps: Any = None) -> EvaluatedCase:
    """One case with the given tables."""
    frames = frames_of() if frames is None else frames
    planted = {"planted_bottom": case.size_deg} if case.event == "bottom" else {}
    reps = pd.DataFrame([rep_of(**planted)]) if reps is None else reps
    return EvaluatedCase(case, frames, reps, outcome_of(case))


def all_alike(count: int = 20) -> Results:
    """Results in which every frame of every clip reads 1 degree too much, with an sd of 1."""
    return gather([evaluated(case) for case in case_list(count)])


def reps_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Reps of the fair conditions, each of a case of its own."""
    return pd.DataFrame(rows).assign(group="fair", case=np.arange(len(rows)))
