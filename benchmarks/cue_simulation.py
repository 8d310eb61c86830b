"""Simulated lifters with planted effects: do the intervals hold, are cues wrongly called better?

    python -m benchmarks.cue_simulation --lifters 500

Noise: between sessions 2.0 degrees, between sets 1.0, between reps 1.5 (within-set smallest
real differences of 1 to 6 degrees for squats, Aasa 2019; between sessions several times that,
Laird 2016; see docs/references.md). Writes nothing; prints one line a case.
"""

from __future__ import annotations

import argparse
import datetime
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from backline.library.cue_comparison import effect_at

SESSION_DEG, SET_DEG, REP_DEG = 2.0, 1.0, 1.5
REPS = 5


def simulate(rng: np.random.Generator, effect_deg: float, sessions: list[str]) -> pd.DataFrame:
    """Return the reps of one lifter; each word of ``sessions`` is a session's cues, set by set."""
    rows = []
    number = 0
    for day, cues in enumerate(sessions):
        session = rng.normal(0, SESSION_DEG)
        for cue in cues:
            number += 1
            one_set = rng.normal(0, SET_DEG)
            load = 60 + 10 * rng.integers(0, 3)
            for rep in range(1, REPS + 1):
                size = 8 + session + one_set + effect_deg * (cue == "B") + 0.3 * rep
                size += 0.02 * load + rng.normal(0, REP_DEG)
                when = datetime.date(2026, 1, 1) + datetime.timedelta(days=7 * day)
                rows.append((when, number, rep, "lockout", size, float(load), cue))
    columns = ["session", "set_id", "rep", "place", "size_deg", "load_kg", "group"]
    return pd.DataFrame(rows, columns=columns)


def run(lifters: int, effect_deg: float, sessions: list[str], seed: int = 0) -> dict[str, float]:
    """Return coverage of the 90 % interval and how often each verdict was given."""
    rng = np.random.default_rng(seed)
    found = [effect_at(simulate(rng, effect_deg, sessions), "lockout") for _ in range(lifters)]
    return {
        "coverage": float(np.mean([f.low_deg <= effect_deg <= f.high_deg for f in found])),
        "B is better": float(np.mean([f.verdict == "B is better" for f in found])),
        "A is better": float(np.mean([f.verdict == "A is better" for f in found])),
    }


DESIGNS = {"ABBA x2": ["ABBA", "BAAB"], "AB x5": ["AB"] * 5, "apart 3+3": ["AA", "BB"] * 3}
EFFECTS_DEG = (0.0, -4.0)


def main() -> None:
    """Print one line a design and planted effect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifters", type=int, default=500)
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    cases = [(name, effect) for name in DESIGNS for effect in EFFECTS_DEG]
    with ProcessPoolExecutor(asked.processes) as pool:
        runs = [pool.submit(run, asked.lifters, effect, DESIGNS[name]) for name, effect in cases]
        for (name, effect), one in zip(cases, runs, strict=True):
            shown = ", ".join(f"{key} {value:.1%}" for key, value in one.result().items())
            print(f"{name}, effect {effect:+.0f} deg, {asked.lifters} lifters: {shown}", flush=True)


if __name__ == "__main__":
    main()
