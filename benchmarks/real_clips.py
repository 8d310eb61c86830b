"""Real clips, whose truth nobody knows: how quiet the numbers are while the lifter stands still,
and how well the reps of one set repeat.

    python -m benchmarks.real_clips               # the clips beside the repository
    python -m benchmarks.real_clips my_lift.mp4 another.mp4
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backline.errors import BacklineError

if TYPE_CHECKING:
    from backline.analysis import Analysis

ROOT = Path(__file__).resolve().parent.parent
CLIPS = ROOT.parent / "shared" / "clips"
#: Numbers of each rep whose spread over the set is told.
REPEATED = (
    "lumbar_flexion_bottom_deg", "turn_back_deg", "lumbar_flexion_lockout_deg",
    "knee_flexion_max_deg", "trunk_lean_max_deg",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", type=Path)
    clips = parser.parse_args(arguments).clips or sorted(CLIPS.glob("*.mp4"))
    if not clips:
        print("Skipped: no clips were named, and there is no folder 'shared/clips' beside this.")
        return
    from backline.analysis import analyze

    print("| clip | verdict | measured | reps | own standing | noise there (sd) | over the set |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for clip in clips:
        try:
            print(row(clip.stem, analyze(clip)))
        except BacklineError as error:
            print(f"| {clip.stem} | {error} | | | | | |")


def row(name: str, result: Analysis) -> str:
    """One clip as a line of the table."""
    standing, quality = result.posture.standing, result.quality
    spread = repeatability(result)
    words = ", ".join(f"{k} {v[0]:.1f} ± {v[1]:.1f}" for k, v in spread.items()) or "–"
    return (
        f"| {name} | {quality.verdict} | {quality.measurable_fraction:.0%} | {len(result.reps)} | "
        f"{standing.start_s:.1f} to {standing.end_s:.1f} s, {standing.method} | "
        f"{standing_noise_deg(result):.2f} deg | {words} |"
    )


def standing_noise_deg(result: Analysis) -> float:
    """Standard deviation of lumbar flexion over own standing, degrees; NaN where unmeasured."""
    posture = result.posture
    inside = (posture.time_s >= posture.standing.start_s) & (
        posture.time_s <= posture.standing.end_s
    )
    known = posture.lumbar_flexion_deg[inside & posture.measurable]
    return float(np.std(known, ddof=1)) if len(known) > 2 else float("nan")


def repeatability(result: Analysis) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation over the whole reps of a set, for what two reps or more have."""
    from backline.findings.metrics import measure_reps

    reps = measure_reps(result.posture, result.reps, result.lift)
    found = {}
    for name in REPEATED:
        values = [rep.metrics[name] for rep in reps if rep.complete]
        known = np.array([value for value in values if value is not None])
        if len(known) > 1:
            found[name] = (float(known.mean()), float(known.std(ddof=1)))
    return found


if __name__ == "__main__":
    main()
