"""Clips a minute of `backline batch`: two workers against one, Ray against local, memory.

    python -m benchmarks.batch_speed --clips 200
    python -m benchmarks.batch_speed --clips 6 --height 240 --reps 1     # small

Renders one clip and writes copies of it that differ in a comment only, so that every clip costs
the same; all runs are of one session, and only their ratios count. Wants a machine that does
nothing else.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path

import psutil

from backline.batch.local import WorkerLimits
from backline.batch.run import Engine, run_batch
from benchmarks.clips import rendered_clip, table

OUT = Path(__file__).resolve().parent / "out"


def copies(source: Path, folder: Path, count: int) -> None:
    """Write copies that play alike and differ in their hash: a free box at the file's end."""
    content = source.read_bytes()
    for number in range(count):
        remark = f"{number:08d}".encode()
        box = (8 + len(remark)).to_bytes(4, "big") + b"free" + remark
        (folder / f"clip{number:04d}.mp4").write_bytes(content + box)


class Peak:
    """The most memory that any one process below this one held, MiB; looks every 0.2 s."""

    def __init__(self) -> None:
        self.mib = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        me = psutil.Process()
        while not self._over.wait(0.2):
            for child in me.children(recursive=True):
                try:
                    self.mib = max(self.mib, child.memory_info().rss / 2**20)
                except psutil.NoSuchProcess:
                    continue


def rate(clips: Path, out: Path, engine: Engine, workers: int) -> tuple[float, float]:
    """Return clips a minute between the first result and the last, and the peak memory, MiB.

    Starting (imports, the cluster) is paid once for thousands of clips, and left out.
    """
    ends: list[float] = []
    with Peak() as peak:
        run_batch(
            str(clips), str(out), engine=engine, limits=WorkerLimits(workers),
            progress=lambda _: ends.append(time.monotonic()),
        )  # fmt: skip
    return 60 * (len(ends) - 1 - workers) / (ends[-1] - ends[workers]), peak.mib


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--reps", type=int, default=2)
    asked = parser.parse_args()
    source = rendered_clip(OUT / f"batch_{asked.height}_{asked.reps}.mp4", asked.height, asked.reps)
    runs: list[tuple[str, Engine, int]] = [("one", "local", 1), ("two", "local", 2)]
    with tempfile.TemporaryDirectory() as home:
        (clips := Path(home, "clips")).mkdir()
        copies(source, clips, asked.clips)
        found = {
            name: rate(clips, Path(home, name), engine, workers)
            for name, engine, workers in [*runs, ("ray", "ray", 2)]
        }
    one, two, ray = (found[name][0] for name in ("one", "two", "ray"))
    print(
        table(
            [
                ("clips a minute, 1 worker", "", f"{one:.2f}"),
                ("2 workers against 1", "1.70", f"{two / one:.2f}"),
                ("Ray against local, 2 workers", "0.85", f"{ray / two:.2f}"),
                ("peak of one worker", "1229 MiB", f"{max(found['one'][1], found['two'][1]):.0f}"),
            ]
        )
    )


if __name__ == "__main__":
    main()
