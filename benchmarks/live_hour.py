"""An hour of live guidance: does memory grow, does the lag?

    python -m benchmarks.live_hour [--minutes 60]

The example lift, forth and back as one long film, is played at its own speed into one live
session. Memory and the time from frame to feedback are told for each tenth of it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from backline.live.cueing import CueGiver
from backline.live.latest_frame import LatestFrames
from backline.live.session import start_session
from benchmarks.clips import looped
from benchmarks.live_lag import EXAMPLE

PARTS = 10
LEAD_S = 5.0
"""The film lasts longer than what is measured by this, seconds."""
MIB = 2**20


def main() -> None:
    """Play, and print a row for each tenth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    asked = parser.parse_args()
    me, parts = psutil.Process(), 0
    with tempfile.TemporaryDirectory() as folder:
        film = looped(EXAMPLE, Path(folder) / "long.mp4", 60 * asked.minutes + LEAD_S)
        session = start_session(cues=CueGiver(schedule="always"))
        took: list[float] = []
        part_s = 60 * asked.minutes / PARTS
        print("| after, min | memory, MiB | frame to feedback, median, ms | 95th percentile, ms |")
        began = time.perf_counter()
        with LatestFrames(str(film), max_side_px=640) as frames:
            while not frames.ended and parts < PARTS:
                taken = frames.take(1.0)
                if taken is None:
                    continue
                session.step(taken[0])
                took.append(time.perf_counter() - taken[1])
                so_far = time.perf_counter() - began
                if so_far >= part_s * (parts + 1):
                    middle, high = 1000 * np.percentile(took, (50, 95))
                    memory = me.memory_info().rss / MIB
                    print(
                        f"| {so_far / 60:.1f} | {memory:.0f} | {middle:.0f} | {high:.0f} |",
                        flush=True,
                    )
                    parts += 1
                    took.clear()
        session.close()
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
