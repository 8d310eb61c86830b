"""Mechanism on lifters whose plan is known: is the named cause the right one, or a wrong one?

    python -m benchmarks.mechanism [FOLDER OF CLIPS]

Two kinds of lifters. Simulated ones (angles with a planted cause and the noise of video): tuck on a
still thigh, rounding at the end of hip flexion, thorax falling, a set-up that is rounded
already, and growth over the set. And the rendered ones of `benchmarks.validity`, whose clips went
the whole way through pose engine and lumbar network: what was measured of them is read from
``benchmarks/out/clips`` (run `python -m benchmarks.validity` first), with the phases of the
plan. A case counts as clear where its rounding was found as a finding.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backline.findings.decision import find_findings
from backline.findings.finding import Finding
from backline.findings.mechanism import mechanisms
from backline.model.posture import SERIES_FIELDS, FloatArray, Posture, Standing, WholeBodyMotion
from backline.reps import Lift, Phase, Rep, find_reps
from backline.settings import Settings
from backline.validate.cases import case_list
from tests.simulated import (
    BACK_SQUAT,
    CONVENTIONAL,
    Bump,
    Plan,
    bottom_times,
    deadlift_keys,
    noisy,
    pull_times,
    simulate,
    squat_keys,
)

CLIPS = Path(__file__).parent / "out" / "clips"
SEEDS = range(20)
TRUE_SD_DEG = 0.5
MOST_CASES = 200
PHASES: tuple[Phase, ...] = ("descent", "bottom", "ascent", "lockout")
SETTINGS = Settings()


@dataclass(frozen=True)
class Clear:
    """A simulated lifter: of each bump the pelvis makes a part, the thorax the rest."""

    plan: Plan
    pelvis_part: float
    kind: str
    expected: str


def simulated() -> dict[str, Clear]:
    """Return the simulated lifters by name."""
    keys, pulls = squat_keys(3), deadlift_keys(3)
    bottoms = bottom_times(keys)
    wink = tuple(Bump(t, 15, hold_s=0.3, flank_s=0.5) for t in bottoms)
    tuck = tuple(Bump(t + 1.9, 9) for t in bottoms)
    pull_tuck = tuple(Bump(t + 1.75, 9, hold_s=0.4, flank_s=0.3) for t in pull_times(pulls))
    fall = tuple(Bump(t + 0.6, 12, hold_s=0.3, flank_s=0.3) for t in bottoms)
    floor = tuple(Bump(t + 0.45, 12, hold_s=0.3, flank_s=0.35) for t in pull_times(pulls))
    one = deadlift_keys(1)
    early = (Bump(pull_times(one)[0] - 0.9, 16, hold_s=2.6, flank_s=0.5),)
    long = squat_keys(7)
    grows = tuple(
        Bump(t, 3 + 2 * k, hold_s=0.3, flank_s=0.5) for k, t in enumerate(bottom_times(long))
    )
    loss = "loss_of_trunk_extension"
    return {
        "squat, tuck on a still thigh": Clear(
            Plan(BACK_SQUAT, keys, bumps=tuck), 1.0, "rounding", "glute_tuck"
        ),
        "deadlift, tuck on a still thigh": Clear(
            Plan(CONVENTIONAL, pulls, bumps=pull_tuck), 1.0, "rounding", "glute_tuck"
        ),
        "squat, rounding at the end of hip flexion": Clear(
            Plan(BACK_SQUAT, keys, bumps=wink), 1.0, "rounding", "hip_end_range"
        ),
        "squat, thorax falls on the way up": Clear(
            Plan(BACK_SQUAT, keys, bumps=fall), 0.0, "rounding", loss
        ),
        "squat, thorax falls at the bottom": Clear(
            Plan(BACK_SQUAT, keys, bumps=wink), 0.0, "rounding", loss
        ),
        "deadlift, thorax falls off the floor": Clear(
            Plan(CONVENTIONAL, pulls, bumps=floor), 0.0, "rounding", loss
        ),
        "deadlift, rounded before the lift": Clear(
            Plan(CONVENTIONAL, one, bumps=early), 0.5, "rounding", "set_up"
        ),
        "squat, rounding that grows": Clear(
            Plan(BACK_SQUAT, long, bumps=grows), 1.0, "drift", "fatigue"
        ),
    }


def simulated_causes(case: Clear) -> Counter[str]:
    """Count the causes named over noisy repetitions of a simulated lifter."""
    lift: Lift = "deadlift" if case.plan.style is CONVENTIONAL else "squat"
    counted: Counter[str] = Counter()
    for seed in SEEDS:
        posture = simulate(noisy(case.plan, seed))
        bumps = np.sum([bump(posture.time_s) for bump in case.plan.bumps], axis=0)
        fell = (1 - case.pelvis_part) * bumps
        posture = replace(
            posture,
            trunk_lean_deg=posture.trunk_lean_deg + fell,
            pelvic_tilt_deg=posture.pelvic_tilt_deg + fell,
            hip_flexion_deg=posture.hip_flexion_deg + fell,
        )
        reps = find_reps(posture, lift)
        findings = find_findings(posture, reps, lift, SETTINGS)
        clear = tuple(f for f in findings if f.kind == case.kind and f.certain)
        counted.update(m.judgement.cause for m in mechanisms(clear, posture, reps, SETTINGS))
    return counted


EXPECTED = {"lockout": "glute_tuck", "bottom": "hip_end_range"}
PLANTED = {"lockout": "top_deg", "bottom": "bottom_deg"}


def rendered_causes(folder: Path, side: str) -> dict[str, Counter[str]]:
    """Count the causes of the planted roundings of the rendered lifters, and of their drifts.

    Parameters
    ----------
    folder : Path
        Holds a folder a clip, as `benchmarks.validity` leaves them.
    side : {"measured", "true"}
        What video gave, or what was planted.
    """
    counted: dict[str, Counter[str]] = {}
    for lift, about, frames in _clips(folder):
        plan = about["plan"]["reps"]
        posture, reps = _posture(frames, side), _reps(frames)
        findings = find_findings(posture, reps, lift, SETTINGS)
        judged = mechanisms(findings, posture, reps, SETTINGS)
        for mechanism in judged:
            name = _case(mechanism.finding, plan, lift)
            if name:
                counted.setdefault(name, Counter())[mechanism.judgement.cause] += 1
    return counted


def _case(finding: Finding, plan: list[dict[str, float]], lift: Lift) -> str:
    """Return which planted case a finding is, ``""`` where it is none or not clear."""
    if finding.kind == "drift":
        sizes = [rep["bottom_deg"] for rep in plan]
        return "fatigue" if max(sizes) - min(sizes) > 0 else ""
    if finding.kind != "rounding" or not finding.certain or finding.where not in EXPECTED:
        return ""
    if lift == "deadlift" and finding.where == "bottom":
        return ""  # its plan leaves open which part turned
    planted = plan[finding.rep - 1][PLANTED[finding.where]]
    return EXPECTED[finding.where] if planted >= SETTINGS.report_from_deg else ""


def _clips(home: Path) -> Iterator[tuple[Lift, dict[str, Any], pd.DataFrame]]:
    """Yield the lift, what is known and what was measured of each rendered clip."""
    lifts = {case.name: case.lift for seed in (0, 1) for case in case_list(MOST_CASES, seed)}
    for folder in sorted(home.glob("*_*")):
        truth, table = folder / "clip.truth.json", folder / "frames.parquet"
        if truth.is_file() and table.is_file():
            frames = pd.read_parquet(table)
            if frames["measurable"].any() and folder.name in lifts:
                yield lifts[folder.name], json.loads(truth.read_text()), frames


def _posture(frames: pd.DataFrame, side: str) -> Posture:
    """Return the angles of a clip, from the video or from the plan."""
    n, nothing = len(frames), np.full(len(frames), np.nan)
    seen = frames["measurable"].to_numpy() if side == "measured" else np.ones(n, dtype=bool)
    series: dict[str, FloatArray] = dict.fromkeys(SERIES_FIELDS, nothing)
    for name in SERIES_FIELDS:
        if f"{side}_{name}" in frames:
            series[name] = frames[f"{side}_{name}"].to_numpy(dtype=np.float64)
        elif name.endswith("_sd_deg"):
            stated = frames[f"sd_{name.replace('_sd_deg', '_deg')}"].to_numpy(dtype=np.float64)
            series[name] = stated if side == "measured" else np.full(n, TRUE_SD_DEG)
    series["measurable"], series["reason"] = seen, np.where(seen, "", "hidden")
    still = frames["time_s"][frames["rep"] == 0]
    return Posture(
        time_s=frames["time_s"].to_numpy(dtype=np.float64),
        standing=Standing(float(still.iloc[0]), 1.4, "before_first_rep"),
        motion=WholeBodyMotion(nothing, nothing, nothing),
        **series,
    )


def _reps(frames: pd.DataFrame) -> tuple[Rep, ...]:
    """Return the reps of the plan."""
    found = []
    for number, part in frames[frames["rep"] > 0].groupby("rep"):
        phases = {
            name: (float(rows["time_s"].iloc[0]), float(rows["time_s"].iloc[-1]))
            for name in PHASES
            if len(rows := part[part["phase"] == name])
        }
        start, end = float(part["time_s"].iloc[0]), float(part["time_s"].iloc[-1])
        bottom = float(np.mean(phases["bottom"])) if "bottom" in phases else (start + end) / 2
        found.append(Rep(int(number), start, bottom, end, phases))
    return tuple(found)


def row(name: str, expected: str, counted: Counter[str]) -> str:
    """Return a row of the table: how many right, unclear and wrong."""
    total = counted.total()
    right, unclear = counted[expected], counted["unclear"]
    share = f"{100 * right / total:.0f} %" if total else "–"
    return f"| {name} | {expected} | {total} | {share} | {unclear} | {total - right - unclear} |"


def main(arguments: list[str]) -> None:
    """Print the table."""
    print("| lifters | cause | roundings | right | unclear | wrong |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, case in simulated().items():
        print(row(f"simulated: {name}", case.expected, simulated_causes(case)))
    folder = Path(arguments[0]) if arguments else CLIPS
    if not folder.is_dir():
        print(f"\nNo rendered lifters in {folder}: run python -m benchmarks.validity first.")
        return
    for side in ("true", "measured"):
        for expected, counted in sorted(rendered_causes(folder, side).items()):
            print(row(f"rendered, {side} angles", expected, counted))


if __name__ == "__main__":
    main(sys.argv[1:])
