"""Simulated lifters with planted habits: are they named when the rule says, and noise never?

    python -m benchmarks.habit_simulation --lifters 500

Each session's own share of rounded reps is drawn from a beta law around the lifter's share, so
that reps of one session are alike by the correlation given; 15 reps a session. Shares of one half
and below are no habit: naming one there is a mistake. Prints one line a case.
"""

from __future__ import annotations

import argparse
import datetime

import numpy as np
import pandas as pd

from backline.library.habit import habit_at

REPS = 15
SHARES = (0.1, 0.3, 0.5, 0.8, 0.9, 0.95)
SESSIONS = (3, 5, 8)
CORRELATIONS = (0.02, 0.1)


def simulate(
    rng: np.random.Generator, share: float, sessions: int, correlation: float
) -> pd.DataFrame:
    """Return one lifter's sets, one a session."""
    size = (1 - correlation) / correlation
    own = rng.beta(share * size, (1 - share) * size, sessions)
    days = [datetime.date(2026, 1, 5) + datetime.timedelta(days=7 * i) for i in range(sessions)]
    rounded = rng.binomial(REPS, own)
    return pd.DataFrame({"session": days, "reps": REPS, "rounded": rounded, "felt": None})


def named(lifters: int, share: float, sessions: int, correlation: float, seed: int = 0) -> float:
    """Return the share of lifters of whom a habit is named."""
    rng = np.random.default_rng(seed)
    tables = (simulate(rng, share, sessions, correlation) for _ in range(lifters))
    return float(np.mean([habit_at(table, "lockout").state == "habit" for table in tables]))


def main() -> None:
    """Print how often a habit is named, a line a case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifters", type=int, default=500)
    lifters = parser.parse_args().lifters
    for correlation in CORRELATIONS:
        for share in SHARES:
            rates = ", ".join(
                f"{sessions} sessions {named(lifters, share, sessions, correlation):.1%}"
                for sessions in SESSIONS
            )
            print(f"rounds in {share:.0%}, alike {correlation}: {rates}", flush=True)


if __name__ == "__main__":
    main()
