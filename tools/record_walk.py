"""Five sessions of one rendered lifter under two cues, for docs/record.md and its pictures.

    python tools/record_walk.py render FOLDER     11 clips, each with its truth beside it
    python tools/record_walk.py pictures FOLDER   analyses them, draws docs/assets/record

Needs the extra `phantom` and, for the pictures of pages, Playwright with a Chromium. The same
body in the same room lifts in every clip; what is planted at the top is drawn rep by rep around
the cue's own size, since nobody repeats a rep to the degree.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from backline.phantom.clip import render_clip
from backline.phantom.random_clip import Wishes, base_rep, draw_scene, make_plan

SESSIONS = {
    "2026-01-05": "A",
    "2026-01-12": "ABBA",
    "2026-01-19": "BAAB",
    "2026-01-26": "B",
    "2026-02-02": "B",
}
"""The day of each session and the cue of each of its sets."""
CUES = {"A": "squeeze the glutes", "B": "stand tall"}
TOP_DEG = {"A": 9.0, "B": 0.5}
"""Mean tuck at the top, degrees: about the most that people can do in standing (Levine and
Whittle 1996), and none to speak of."""
ASSETS = Path(__file__).resolve().parents[1] / "docs" / "assets" / "record"
SCATTER_DEG = 1.0
REPS = 2
SEED = 10
WISHES = Wishes("squat", "high_bar", "none", "tight", 0.0, 480, roll_deg=0.0)
RATE_HZ = 15.0


def clips() -> Iterator[tuple[str, str, int, str]]:
    """Yield day, cue letter, number from 1 and file name of each set."""
    number = 0
    for day, letters in SESSIONS.items():
        for letter in letters:
            number += 1
            yield day, letter, number, f"set{number:02d}.mp4"


def render(folder: Path) -> None:
    """Render every clip that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    scene = draw_scene(WISHES, np.random.default_rng(SEED), SEED)
    for _, letter, number, name in clips():
        if (folder / name).exists():
            continue
        rng = np.random.default_rng([SEED, number])
        rep = base_rep(WISHES, rng)
        tops = rng.normal(TOP_DEG[letter], SCATTER_DEG, REPS)
        plan = make_plan([replace(rep, top_deg=float(top)) for top in tops], rng, RATE_HZ)
        camera = replace(scene.camera, yaw_deg=float(rng.normal(0, 2)))
        events = [
            {"rep": i + 1, "where": "lockout", "kind": "rounding", "size_deg": float(top)}
            for i, top in enumerate(tops)
        ]
        render_clip(folder / name, replace(scene, camera=camera, seed=number), plan, events=events)


def walk(folder: Path) -> None:
    """Analyse what is not analysed yet, as somebody would who films five sessions."""
    done = folder / "record" / "backline.sqlite"
    if done.exists():
        return
    for day, letter, number, name in clips():
        cue = ["--cue", CUES[letter], "--session", day]
        out = ["--out", str(folder / "results"), "--quiet"]
        backline(folder, "analyze", str(folder / name), "--lifter", "Ada", *cue, *out)
        # Her habit feels right to her, so what is tucked feels neutral; the new cue feels odd.
        felt = "neutral" if letter == "A" else "unknown"
        backline(folder, "note", "Ada", "--set", str(number), "--felt", felt)


def backline(folder: Path, *arguments: str) -> str:
    """Run the command line on the walk's own record, and return what it prints."""
    environment = {**os.environ, "BACKLINE_DATA": str(folder / "record"), "COLUMNS": "100"}
    command = [sys.executable, "-m", "backline", *arguments]
    ran = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return ran.stdout


def pictures(folder: Path) -> None:
    """Draw the pictures of docs/record.md, and print what the commands of the page say."""
    walk(folder)
    ASSETS.mkdir(parents=True, exist_ok=True)
    both = ["--cue-a", CUES["A"], "--cue-b", CUES["B"]]
    history = ["history", "Ada", "--png", str(ASSETS / "history.png")]
    said = backline(folder, *history, "--html", str(folder / "ada.html"))
    said += backline(folder, "history", "Ada", "--sets")
    said += backline(folder, "compare", "--lifter", "Ada", *both)
    said += backline(folder, "coach", "--pages", str(folder / "pages"))
    planted_and_measured(folder, ASSETS / "planted_and_measured.png")
    sys.stdout.write(said)


def planted_and_measured(folder: Path, picture: Path) -> None:
    """Draw each rep's planted size at the top beside the measured one, session by session."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
    colours = {"A": "#b5482f", "B": "#2f6f8f"}
    place, ticks = 0, []
    for day, letter, _, name in clips():
        stem = name.removesuffix(".mp4")
        events = json.loads((folder / f"{stem}.truth.json").read_text())["events"]
        document = json.loads((folder / "results" / stem / "analysis.json").read_text())
        planted = {event["rep"]: event["size_deg"] for event in events}
        if not ticks or ticks[-1][1] != day:
            place += 2
            ticks.append((place, day))
        for rep in document["reps"]:
            measured = rep["metrics"]["lumbar_flexion_lockout_deg"]
            axes.plot(place, planted[rep["index"]], "_", color=colours[letter], ms=11)
            if measured is not None:
                axes.plot(place, measured, "o", color=colours[letter], ms=4)
            place += 1
    for letter, colour in colours.items():
        axes.plot([], [], "o", color=colour, label=f"{CUES[letter]}: measured")
        axes.plot([], [], "_", color=colour, ms=11, label=f"{CUES[letter]}: planted")
    axes.axhline(5, color="0.6", lw=0.8)
    axes.set_xticks([at for at, _ in ticks], [day for _, day in ticks], ha="left")
    axes.set_ylabel("rounding at the top, degrees")
    axes.legend(fontsize=8, ncols=2, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def main() -> None:
    """Run one of the two steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=("render", "pictures"))
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    {"render": render, "pictures": pictures}[asked.step](asked.folder)


if __name__ == "__main__":
    main()
