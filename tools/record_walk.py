"""Five sessions of one rendered lifter under two cues, for docs/record.md and its pictures.

    python tools/record_walk.py render FOLDER     14 clips, each with its truth beside it
    python tools/record_walk.py pictures FOLDER   analyses them, draws docs/assets/record

Needs the extra `phantom` and, for the pictures of pages, Playwright with a Chromium. The same
body in the same room lifts in every clip; what is planted at the top is drawn rep by rep around
the cue's own size, since nobody repeats a rep to the degree.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from backline.phantom.clip import render_clip
from backline.phantom.random_clip import Wishes, base_rep, draw_scene, make_plan

SESSIONS = {
    "2026-01-05": "AA",
    "2026-01-12": "ABBA",
    "2026-01-19": "BAAB",
    "2026-01-26": "BB",
    "2026-02-02": "BB",
}
"""The day of each session and the cue of each of its sets."""
CUES = {"A": "squeeze the glutes", "B": "stand tall"}
TOP_DEG = {"A": 9.0, "B": 0.5}
"""Mean tuck at the top, degrees: about the most that people can do in standing (Levine and
Whittle 1996), and none to speak of."""
SCATTER_DEG = 1.0
REPS = 3
SEED = 11
WISHES = Wishes("squat", "high_bar", "none", "tight", 0.0, 360, roll_deg=0.0)
RATE_HZ = 20.0


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


def main() -> None:
    """Run one of the two steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=("render",))
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    render(asked.folder)


if __name__ == "__main__":
    main()
