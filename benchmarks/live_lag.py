"""Live guidance on a file played at its own speed: lag, frame rate, and agreement.

    python -m benchmarks.live_lag [CLIP] [--full]

Prints the time from a frame's coming to the feedback decided, frames looked at and dropped, and
the lag of the filter, which comes on top. With ``--full`` the clip goes through the full analysis
too, and the live angles are compared with it.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backline.live.cueing import CueGiver
from backline.live.latest_frame import LatestFrames
from backline.live.session import start_session

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "top_tuck_and_wink.mp4"


def main() -> None:
    """Play the clip live and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", nargs="?", type=Path, default=EXAMPLE)
    parser.add_argument("--full", action="store_true")
    asked = parser.parse_args()
    times, angles, took, cues = [], [], [], []
    session = start_session(cues=CueGiver(schedule="always"))
    cpu, began = time.process_time(), time.perf_counter()
    with LatestFrames(str(asked.clip), max_side_px=640) as frames:
        while not frames.ended:
            taken = frames.take(1.0)
            if taken is None:
                continue
            state = session.step(taken[0])
            took.append(time.perf_counter() - taken[1])
            times.append(state.time_s)
            angles.append(state.estimate.lumbar_deg)
            if state.cue:
                cues.append(state.cue)
        wall = time.perf_counter() - began
        print(f"cores {os.cpu_count()}, load average {os.getloadavg()[0]:.1f}")
        print(
            f"frames {frames.read}, looked at {frames.delivered} ({frames.delivered / wall:.1f}/s)"
        )
    session.close()
    median, high = 1000 * np.percentile(took, [50, 95])
    print(f"frame to feedback: median {median:.0f} ms, 95th percentile {high:.0f} ms")
    print(f"processor time a frame: {1000 * (time.process_time() - cpu) / len(took):.0f} ms")
    print(f"lag of filter and averaging, on top: at most {1000 * session.lag_s:.0f} ms")
    print(
        "cues:", *(f"rep {c.rep} {c.place} {c.size_deg:.0f} deg at {c.time_s:.1f} s" for c in cues)
    )
    if asked.full:
        _compare(asked.clip, np.array(times), np.array(angles), session.lag_s)


def _compare(
    clip: Path, times: NDArray[np.float64], angles: NDArray[np.float64], lag_s: float
) -> None:
    from backline import analyze

    full = analyze(clip).posture
    there = np.interp(times - lag_s, full.time_s, full.lumbar_flexion_deg)
    apart = (angles - there)[np.isfinite(angles - there)]
    print(f"live against full analysis: RMSE {np.sqrt(np.mean(apart**2)):.1f} deg, "
          f"mean {apart.mean():+.1f} deg, {len(apart)} frames")  # fmt: skip


if __name__ == "__main__":
    main()
