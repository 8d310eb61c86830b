"""How fast: the whole analysis against the bare pose engine, the network, and the start.

python -m benchmarks.speed                    # on a rendered clip of 720 x 960 pixels
python -m benchmarks.speed my_lift.mp4
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.clips import rendered_clip, table

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "benchmarks" / "out" / "speed.mp4"
#: The two are run in turn this often, and the best of each counts.
REPEATS = 2


def main(arguments: list[str] | None = None) -> None:
    from backline.validate.speed import network_frames_per_s

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    chosen = parser.parse_args(arguments)
    clip = chosen.clip or rendered_clip(CLIP)
    warm_up(clip)
    bare, whole = 0.0, 0.0
    for _ in range(chosen.repeats):
        bare, whole = max(bare, bare_rate(clip)), max(whole, whole_rate(clip))
    print(f"{clip.name}, best of {chosen.repeats}\n")
    print(
        table(
            [
                ("bare pose engine", "", f"{bare:.1f} frames/s"),
                ("analyze with all outputs", "30 frames/s", f"{whole:.1f} frames/s"),
                ("ratio of the two", "0.60", f"{whole / bare:.2f}"),
                ("lumbar network, two cores", "150", f"{network_frames_per_s():.0f} frames/s"),
                ("backline --help", "0.5 s CPU", f"{cpu_s('-m', 'backline', '--help'):.2f} s"),
                ("import backline", "0.5 s CPU", f"{cpu_s('-c', 'import backline'):.2f} s"),
            ]
        )
    )


def warm_up(clip: Path) -> None:
    """Load what is loaded once: models, libraries."""
    from backline.formats.video import open_clip
    from backline.sources.video.engine import make_engine

    engine = make_engine()
    with open_clip(clip) as opened:
        engine.find(next(iter(opened.frames())).picture)
    engine.close()


def bare_rate(clip: Path) -> float:
    """Frames a second of decoding and the pose engine alone."""
    from backline.formats.video import open_clip
    from backline.sources.video.engine import make_engine

    engine, count = make_engine(), 0
    start = time.perf_counter()
    with open_clip(clip) as opened:
        for frame in opened.frames():
            engine.find(frame.picture)
            count += 1
    taken = time.perf_counter() - start
    engine.close()
    return count / taken


def whole_rate(clip: Path) -> float:
    """Frames a second of `analyze` and writing every file."""
    from backline.analysis import analyze

    start = time.perf_counter()
    result = analyze(clip)
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
