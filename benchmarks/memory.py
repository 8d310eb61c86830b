"""How much memory: the peak of a long clip against that of a short one, each in a fresh process.

python -m benchmarks.memory                   # 10 s against 5 minutes
python -m benchmarks.memory --long 60
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.clips import looped, rendered_clip, table

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "benchmarks" / "out"
HEIGHT_PX = 480
WORK = """
import sys, tempfile
from pathlib import Path
from backline.pipeline import analyze
result = analyze(Path(sys.argv[1]))
with tempfile.TemporaryDirectory() as folder:
    result.save(folder)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", type=float, default=10.0, help="seconds")
    parser.add_argument("--long", type=float, default=300.0, help="seconds")
    parser.add_argument("--clip", type=Path, help="loop this clip instead of a rendered one")
    chosen = parser.parse_args(arguments)
    source = chosen.clip or rendered_clip(OUT / "memory_source.mp4", HEIGHT_PX)
    peaks = []
    for length in (chosen.short, chosen.long):
        clip = looped(source, OUT / f"memory_{length:g}s.mp4", length)
        peaks.append(peak_mib(clip))
        clip.unlink()
    print(
        table(
            [
                (f"peak, {chosen.short:g} s", "", f"{peaks[0]:.0f} MiB"),
                (f"peak, {chosen.long:g} s", "", f"{peaks[1]:.0f} MiB"),
                ("ratio", "1.25", f"{peaks[1] / peaks[0]:.2f}"),
            ]
        )
    )


def peak_mib(clip: Path) -> float:
    """Peak resident memory of a fresh process that analyses a clip and writes every file, MiB.

    Linux's VmHWM, which starts anew with the program; ``ru_maxrss`` would hold the parent's peak.
    """
    done = subprocess.run(
        [sys.executable, "-c", WORK, str(clip)], check=True, stdout=subprocess.PIPE, text=True
    )
    return int(done.stdout.split()[-1]) / 1024  # the kernel's kB are KiB


if __name__ == "__main__":
    main()
