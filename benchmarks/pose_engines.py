"""Two pose engines side by side: whether they say the same, and how fast each is.

python -m benchmarks.pose_engines                     # the example lift
python -m benchmarks.pose_engines examples/*.mp4 my_lift.mp4 --frames 100
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backline.formats.video import open_clip
from backline.sources.video.pose.engine_factory import make_engine
from backline.sources.video.pose.person import PoseEngine
from benchmarks.clips import table

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "top_tuck_and_wink.mp4"
OLD, NEW = "mediapipe", "blazepose"
WANTED_PX = 0.5
#: Pictures of the first clip that the engines are timed on.
TIMED = 60

Pictures = list[NDArray[np.uint8]]


@dataclass
class Differences:
    """How far the engines are apart: each list holds one value a frame in which both saw somebody.

    Parameters
    ----------
    points_px : list of float
        Largest distance of a point along x or y, pixels.
    mask : list of float
        Share of the pixels whose probabilities differ by more than 0.01.
    frames, disagree : int
        Frames looked at, and those in which one engine saw somebody and the other did not.
    """

    points_px: list[float] = field(default_factory=list)
    mask: list[float] = field(default_factory=list)
    frames: int = 0
    disagree: int = 0


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", type=Path, default=[EXAMPLE])
    parser.add_argument("--frames", type=int, default=100, help="of each clip")
    parser.add_argument("--repeats", type=int, default=2, help="of the timing; 0: none")
    chosen = parser.parse_args(arguments)
    rows = []
    for clip in chosen.clips:
        for static in (True, False):
            name = f"{clip.name}, {'each frame afresh' if static else 'following'}"
            rows.append((name, f"{WANTED_PX} px", told(differences(clip, chosen.frames, static))))
    print(table(rows))
    if chosen.repeats:
        print("\n" + table(speeds(first_pictures(chosen.clips[0], TIMED), chosen.repeats)))


def first_pictures(clip: Path, count: int) -> Pictures:
    with open_clip(clip) as opened:
        return [frame.picture for frame in islice(opened.frames(), count)]


def differences(clip: Path, frames: int, static: bool) -> Differences:
    """Run both engines over a clip."""
    old, new = make_engine(OLD, static=static), make_engine(NEW, static=static)
    found = Differences()
    with open_clip(clip) as opened:
        for frame in islice(opened.frames(), frames):
            one, other = old.find(frame.picture), new.find(frame.picture)
            found.frames += 1
            if one is None or other is None:
                found.disagree += one is not other
                continue
            found.points_px.append(float(np.abs(one.points - other.points)[:, :2].max()))
            found.mask.append(float((np.abs(one.mask - other.mask) > 0.01).mean()))
    old.close()
    new.close()
    return found


def told(found: Differences) -> str:
    """Say it in a line."""
    if not found.points_px:
        return f"nobody in {found.frames} frames; {found.disagree} seen by one engine only"
    return (
        f"{max(found.points_px):.4f} px at most in {len(found.points_px)} frames; "
        f"{100 * max(found.mask):.3f} % of the mask; {found.disagree} seen by one engine only"
    )


def speeds(pictures: Pictures, repeats: int) -> list[tuple[str, str, str]]:
    """Time the engines in turns: on one core, on all cores, and two of each at once on all."""
    where = {"one core": (1, True), "all cores": (1, False), "two at once": (2, False)}
    best = {(name, place): 0.0 for name in (OLD, NEW) for place in where}
    for _ in range(repeats):
        for name, place in best:
            rate = frames_per_s(name, pictures, *where[place])
            best[name, place] = max(best[name, place], rate)
    rows = [
        (f"{name}, {place}", "", f"{rate:.1f} frames/s") for (name, place), rate in best.items()
    ]
    ratio = {place: best[NEW, place] / best[OLD, place] for place in where}
    return [*rows, *((f"ratio, {place}", "", f"{r:.2f}") for place, r in ratio.items())]


def frames_per_s(name: str, pictures: Pictures, threads: int, one_core: bool) -> float:
    """Frames a second of following engines, one in each thread."""
    allowed = os.sched_getaffinity(0)
    if one_core:
        os.sched_setaffinity(0, {min(allowed)})  # the engine's own threads inherit it
    try:
        engines = [make_engine(name) for _ in range(threads)]
        for engine in engines:
            engine.find(pictures[0])
        start = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(_look, engines, [pictures] * threads))
        taken = time.perf_counter() - start
        for engine in engines:
            engine.close()
    finally:
        os.sched_setaffinity(0, allowed)
    return threads * len(pictures) / taken


def _look(engine: PoseEngine, pictures: Pictures) -> None:
    for picture in pictures:
        engine.find(picture)


if __name__ == "__main__":
    main()
