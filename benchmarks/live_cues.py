"""Live cues on rendered lifters: tucks cued while they last, false cues, agreement of the angles.

    python -m benchmarks.live_cues --lifters 10

Each lifter squats four times, two reps clean and two tucked by 8 and 9 degrees at the top. Every
other frame is stepped through a live session (15 a second, about what two cores look at), and the
clip goes through the full analysis. The lifters' seeds are of no other use.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.clips import table

OUT = Path(__file__).resolve().parent / "out" / "live"
RATE_HZ, HEIGHT_PX, EVERY = 30.0, 720, 2
TOPS_DEG = (0.0, 9.0, 0.0, 8.0)
"""Tuck planted in each rep."""
LASTS = 0.5
"""A tuck lasts while the truth is above this share of its planted size."""


@dataclass(frozen=True)
class Heard:
    """What one lifter's set gave: tucks and those cued, clean reps and false cues in them."""

    tucks: int
    cued: int
    clean: int
    false_top: int
    false_elsewhere: int
    apart_deg: np.ndarray
    off_deg: np.ndarray


def filmed(number: int) -> Path:
    """Render one lifter's set, unless it is there already."""
    from backline.phantom.clip import render_clip
    from backline.phantom.random_clip import Wishes, base_rep, draw_scene, make_plan

    clip = OUT / f"{number}.mp4"
    if not clip.exists():
        rng = np.random.default_rng([8800, number])
        yaw = float(rng.uniform(-10.0, 10.0))
        wishes = Wishes("squat", "high_bar", "none", "tight", yaw, HEIGHT_PX)
        scene = draw_scene(wishes, rng, 8800 + number)
        base = base_rep(wishes, rng)
        reps = [replace(base, top_deg=top, lockout_s=1.4) for top in TOPS_DEG]
        plan = replace(make_plan(reps, rng, RATE_HZ), standing_s=3.0)
        OUT.mkdir(parents=True, exist_ok=True)
        render_clip(clip, scene, plan)
    return clip


def heard(clip: Path) -> Heard:
    """Step a clip through a live session and compare with truth and full analysis."""
    from backline import analyze
    from backline.formats.video import open_clip
    from backline.live.cueing import CueGiver
    from backline.live.session import start_session

    session = start_session(cues=CueGiver(schedule="always"))
    rows, cues = [], []
    with open_clip(clip) as opened:
        for frame in opened.frames(max_side_px=640):
            if frame.index % EVERY == 0:
                state = session.step(frame)
                rows.append((state.time_s, state.estimate.lumbar_deg))
                cues += [state.cue] if state.cue else []
    lag_s = session.lag_s if np.isfinite(session.lag_s) else 0.0
    session.close()
    time_s, live = np.array(rows).T
    truth = pd.read_csv(clip.with_suffix(".truth.csv"))
    full = analyze(clip).posture
    there = np.interp(time_s - lag_s, full.time_s, full.lumbar_flexion_deg)
    planted = np.interp(time_s - lag_s, truth["time_s"], truth["lumbar_flexion_deg"])
    told = [(cue.time_s, cue.place) for cue in cues]
    return _counted(truth, told, live - there, live - planted)


def _counted(
    truth: pd.DataFrame, told: list[tuple[float, str]], apart: np.ndarray, off: np.ndarray
) -> Heard:
    tucks = cued = clean = false_top = false_elsewhere = 0
    for number, top in enumerate(TOPS_DEG, start=1):
        rep = truth[truth["rep"] == number]
        start_s, end_s = rep["time_s"].min(), rep["time_s"].max()
        inside = [(at, place) for at, place in told if start_s <= at <= end_s + 0.3]
        if top:
            held = rep[(rep["phase"] == "lockout") & (rep["lumbar_flexion_deg"] > LASTS * top)]
            first, last = held["time_s"].min(), held["time_s"].max()
            tucks += 1
            cued += any(place == "top" and first <= at <= last for at, place in inside)
        else:
            clean += 1
            false_top += any(place == "top" for _, place in inside)
            false_elsewhere += any(place != "top" for _, place in inside)
    return Heard(tucks, cued, clean, false_top, false_elsewhere, apart, off)


def _rmse(parts: list[np.ndarray]) -> float:
    values = np.concatenate(parts)
    return float(np.sqrt(np.nanmean(values**2)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lifters", type=int, default=10)
    found = []
    for number in range(parser.parse_args().lifters):
        one = heard(filmed(number))
        print(number, one.cued, one.false_top, one.false_elsewhere, flush=True)
        found.append(one)
    tucks, clean = sum(f.tucks for f in found), sum(f.clean for f in found)
    top, elsewhere = sum(f.false_top for f in found), sum(f.false_elsewhere for f in found)
    print(
        table(
            [
                ("tucks of 8 and 9 degrees cued while they last", "85 %",
                 f"{sum(f.cued for f in found)} of {tucks}"),
                ("clean reps with a false cue at the top", "1 in 20", f"{top} of {clean}"),
                ("clean reps with a false cue elsewhere", "1 in 20", f"{elsewhere} of {clean}"),
                ("live against full analysis", "3 deg",
                 f"{_rmse([f.apart_deg for f in found]):.1f} deg"),
                ("live against the truth", "", f"{_rmse([f.off_deg for f in found]):.1f} deg"),
            ]
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
