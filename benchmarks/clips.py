"""Clips that the benchmarks work on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backline.formats.video import VideoWriter, open_clip

HEIGHT_PX, RATE_HZ = 960, 30.0


def rendered_clip(path: Path, height_px: int = HEIGHT_PX, reps: int = 2) -> Path:
    """Render a squat of a fixed seed to ``path`` unless it is there already."""
    from backline.phantom.clip import render_clip
    from backline.phantom.random_clip import Wishes, base_rep, draw_scene, make_plan

    if not path.exists():
        rng = np.random.default_rng([9002, height_px])
        wishes = Wishes("squat", "high_bar", "none", "tight", 0.0, height_px)
        scene = draw_scene(wishes, rng, 9002)
        plan = make_plan([base_rep(wishes, rng)] * reps, rng, RATE_HZ)
        path.parent.mkdir(parents=True, exist_ok=True)
        render_clip(path, scene, plan)
    return path


def looped(source: Path, path: Path, length_s: float) -> Path:
    """Write a clip again and again, forth and back, until it is ``length_s`` long.

    Forth and back, so that the lifter never jumps.
    """
    with open_clip(source) as clip:
        frames = list(clip.frames())
    if len(frames) < 2:
        raise ValueError(f"{source}: expected at least 2 frames, got {len(frames)}")
    step = (frames[-1].time_s - frames[0].time_s) / (len(frames) - 1)
    around = [*frames, *frames[-2:0:-1]]
    height, width, _ = frames[0].picture.shape
    with VideoWriter(path, width, height, crf=28, preset="ultrafast") as video:
        for k in range(round(length_s / step)):
            video.write(around[k % len(around)].picture, k * step)
    return path


def table(rows: list[tuple[str, str, str]]) -> str:
    """Return rows of (what, wanted, measured) as Markdown."""
    lines = ["| what | wanted | measured |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {a} | {b} | {c} |" for a, b, c in rows)])
