"""How soon the first answer comes, against the whole analysis.

    python -m benchmarks.first_answer CLIP...

Prints for each clip its length, the time of the first answer and of the whole analysis (wall and
processor time, one after the other in a fresh process each), and whether lift, reps and reference
are the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LONGEST_S = 1800
_CODE = """
import json, sys, time
begun, busy = time.perf_counter(), time.process_time()
if sys.argv[1] == "first":
    from backline.first_answer import first_answer
    answer = first_answer(sys.argv[2])
    found = (answer.lift, answer.reps, answer.reference)
else:
    from backline.pipeline import analyze
    result = analyze(sys.argv[2])
    found = (result.lift, len(result.reps), result.posture.reference.kind)
spent = (time.perf_counter() - begun, time.process_time() - busy)
print(json.dumps({"found": found, "wall_s": spent[0], "cpu_s": spent[1]}))
"""


def timed(what: str, clip: Path) -> dict[str, Any]:
    """Return what one way found in a clip, and its seconds."""
    done = subprocess.run(
        [sys.executable, "-c", _CODE, what, str(clip)],
        capture_output=True, text=True, check=True, timeout=LONGEST_S,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    from backline.formats.video import open_clip

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    print("| clip | length s | first answer s (CPU) | whole s (CPU) | share of length | the same |")
    print("| --- | --- | --- | --- | --- | --- |")
    for clip in parser.parse_args().clips:
        with open_clip(clip) as opened:
            length = float(opened.info.duration_hint_s or 0.0)
        first, whole = timed("first", clip), timed("whole", clip)
        same = "yes" if first["found"] == whole["found"] else f"{first['found']}, {whole['found']}"
        print(
            f"| {clip.stem} | {length:.1f} | {first['wall_s']:.1f} ({first['cpu_s']:.1f}) | "
            f"{whole['wall_s']:.1f} ({whole['cpu_s']:.1f}) | {first['wall_s'] / length:.2f} | "
            f"{same} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
