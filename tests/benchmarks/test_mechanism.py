"""The mechanism benchmark counts what it says, and reads its rendered lifters right."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import mechanism
from tests.simulated import BACK_SQUAT, Bump, Plan, bottom_times, simulate, squat_keys

KEYS = squat_keys(2)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """One squat of the list as `benchmarks.validity` leaves it, with a planted tuck."""
    (case,) = [c for c in mechanism.case_list(20, 0) if c.lift == "squat"][:1]
    folder = tmp_path / case.name
    folder.mkdir()
    tops = [bottom + 1.9 for bottom in bottom_times(KEYS)]
    posture = simulate(Plan(BACK_SQUAT, KEYS, bumps=tuple(Bump(t, 12) for t in tops)))
    reps = mechanism.find_reps(posture, "squat")
    rep, phase = mechanism.np.zeros(len(posture), int), ["standing"] * len(posture)
    for one in reps:
        for name, (start, end) in one.phases.items():
            for k in range(len(posture)):
                if start <= posture.time_s[k] <= end:
                    rep[k], phase[k] = one.index, name
    table = {"time_s": posture.time_s, "rep": rep, "phase": phase}
    for side in ("true", "measured"):
        for name in ("lumbar_flexion", "pelvic_tilt", "trunk_lean", "hip_flexion"):
            table[f"{side}_{name}_deg"] = getattr(posture, f"{name}_deg")
    for name in ("lumbar_flexion", "pelvic_tilt", "trunk_lean"):
        table[f"sd_{name}_deg"] = mechanism.np.full(len(posture), 1.5)
    frame = pd.DataFrame(table | {"measurable": True})
    frame.to_parquet(folder / "frames.parquet")
    plan = [{"top_deg": 12.0, "bottom_deg": 0.0}] * len(reps)
    (folder / "clip.truth.json").write_text(json.dumps({"plan": {"reps": plan}}))
    return tmp_path


@pytest.mark.parametrize("side", ["true", "measured"])
def test_a_rendered_tuck_counts_as_a_glute_tuck(clips: Path, side: str) -> None:
    assert mechanism.rendered_causes(clips, side) == {"glute_tuck": Counter({"glute_tuck": 2})}


def test_an_empty_folder_gives_no_row(tmp_path: Path) -> None:
    assert mechanism.rendered_causes(tmp_path, "true") == {}


def test_a_row_counts_right_unclear_and_wrong() -> None:
    counted = Counter({"set_up": 6, "unclear": 3, "fatigue": 1})
    assert mechanism.row("case", "set_up", counted) == "| case | set_up | 10 | 60 % | 3 | 1 |"
    assert mechanism.row("case", "set_up", Counter()) == "| case | set_up | 0 | – | 0 | 0 |"
