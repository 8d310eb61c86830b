"""How far off the numbers are: render, analyse, compare, and put the tables into the docs.

python -m benchmarks.validity                 # 200 clips, about 40 minutes on two cores
python -m benchmarks.validity --clips 20 --out benchmarks/out/some
python -m benchmarks.validity --anatomy 1 --out benchmarks/out/anatomy1   # the frozen first bodies
"""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

from backline.progress import Progress

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "docs" / "assets" / "validity"
PAGE = ROOT / "docs" / "validity.md"
OUT = ROOT / "benchmarks" / "out" / "validity"
PICTURES = {
    "agreement": "Bland-Altman plots of lumbar flexion, over all frames and at lockout",
    "calibration": "Stated against observed coverage",
}
CACHE = ROOT / "benchmarks" / "out" / "clips"


def main(arguments: list[str] | None = None) -> None:
    from backline.validate.cases import case_list
    from backline.validate.report import about, write
    from backline.validate.run import gather, run_cases
    from backline.validate.speed import network_frames_per_s

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--minutes", type=float, help="begin no new clip after this time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--anatomy", type=int, choices=(1, 2), default=2, help="1: the frozen first bodies"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="leave the docs alone and write here")
    parser.add_argument("--cache", type=Path, default=CACHE)
    chosen = parser.parse_args(arguments)

    rate = network_frames_per_s()
    cases = case_list(chosen.clips, chosen.seed, chosen.anatomy)
    done = run_cases(
        cases, chosen.cache, workers=chosen.workers, minutes=chosen.minutes, progress=_teller()
    )
    results = gather(done)
    out = chosen.out or OUT
    write(results, rate, out)
    if chosen.out is None:
        publish(out, ASSETS, PAGE, about(results))
    print(about(results))
    print((out / "figures.md").read_text())


def publish(out: Path, assets: Path, page: Path, words: str) -> None:
    """Copy numbers and pictures to the docs, and put every table into its place on the page."""
    from backline.validate.report import NOT_SHOWN, TITLES, fill

    assets.mkdir(parents=True, exist_ok=True)
    for path in (*out.glob("*.csv"), *out.glob("*.png")):
        shutil.copyfile(path, assets / path.name)
    text = fill(page.read_text(), "about", words)
    text = fill(text, "not shown", NOT_SHOWN)
    for name in TITLES:
        text = fill(text, name, (out / f"{name}.md").read_text())
    place = assets.relative_to(page.parent).as_posix()
    for name, picture in PICTURES.items():
        text = fill(text, f"{name} plot", f"![{picture}]({place}/{name}.png)")
    page.write_text(text)


def _teller():
    start = time.monotonic()

    def tell(progress: Progress) -> None:
        minutes = (time.monotonic() - start) / 60
        left = minutes / progress.done * ((progress.total or 0) - progress.done)
        print(
            f"{progress.done}/{progress.total} clips, {minutes:.1f} min, {left:.0f} left",
            flush=True,
        )

    return tell


if __name__ == "__main__":
    main()
