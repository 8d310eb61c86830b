"""How fast: the whole analysis against MediaPipe's bare graph, the network, and the start.

python -m benchmarks.speed                    # on a rendered clip of 720 x 960 pixels
python -m benchmarks.speed my_lift.mp4
python -m benchmarks.speed --engine mediapipe # the analysis with that engine
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from backline.sources import DEFAULT_ENGINE
from benchmarks.clips import rendered_clip, table

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "benchmarks" / "out" / "speed.mp4"
#: They are run in turn this often, and the best of each counts.
REPEATS = 2
#: The engine that the others are measured by.
GRAPH = "mediapipe"


def main(arguments: list[str] | None = None) -> None:
    from backline.validate.speed import network_frames_per_s

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--engine", default=DEFAULT_ENGINE, help="of the whole analysis")
    chosen = parser.parse_args(arguments)
    clip = chosen.clip or rendered_clip(CLIP)
    graph, bare, whole = 0.0, 0.0, 0.0
    for name in {GRAPH, chosen.engine}:
        warm_up(clip, name)
    for _ in range(chosen.repeats):
        graph = max(graph, bare_rate(clip, GRAPH))
        bare = max(bare, bare_rate(clip, chosen.engine))
        whole = max(whole, whole_rate(clip, chosen.engine))
    print(f"{clip.name}, best of {chosen.repeats}\n")
    print(
        table(
            [
                ("MediaPipe's graph alone", "", f"{graph:.1f} frames/s"),
                (f"{chosen.engine} alone", "", f"{bare:.1f} frames/s"),
                ("analyze with all outputs", "45 frames/s", f"{whole:.1f} frames/s"),
                ("ratio to the graph alone", "1.2", f"{whole / graph:.2f}"),
                ("lumbar network, two cores", "150", f"{network_frames_per_s():.0f} frames/s"),
                ("backline --help", "0.5 s CPU", f"{cpu_s('-m', 'backline', '--help'):.2f} s"),
                ("import backline", "0.5 s CPU", f"{cpu_s('-c', 'import backline'):.2f} s"),
            ]
        )
    )


def warm_up(clip: Path, name: str) -> None:
    """Load what is loaded once: models, libraries."""
    from backline.formats.video import open_clip
    from backline.sources.video.pose.engine_factory import make_engine

    engine = make_engine(name)
    with open_clip(clip) as opened:
        engine.find(next(iter(opened.frames())).picture)
    engine.close()


def bare_rate(clip: Path, name: str) -> float:
    """Frames a second of decoding and a pose engine alone."""
    from backline.formats.video import open_clip
    from backline.sources.video.pose.engine_factory import make_engine

    engine, count = make_engine(name), 0
    start = time.perf_counter()
    with open_clip(clip) as opened:
        for frame in opened.frames():
            engine.find(frame.picture)
            count += 1
    taken = time.perf_counter() - start
    engine.close()
    return count / taken


def whole_rate(clip: Path, engine: str) -> float:
    """Frames a second of `analyze` and writing every file."""
    from backline.pipeline import analyze

    start = time.perf_counter()
    result = analyze(clip, engine=engine)
    with tempfile.TemporaryDirectory() as folder:
        result.save(folder)
    return len(result.posture) / (time.perf_counter() - start)


def cpu_s(*arguments: str) -> float:
    """CPU seconds (user and system) of a fresh Python, the best of three."""
    best = float("inf")
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


if __name__ == "__main__":
    main()
