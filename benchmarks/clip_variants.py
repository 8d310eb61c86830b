"""The same lift, filmed otherwise: mirrored, half as large, recompressed, trimmed, half the rate.

    python -m benchmarks.clip_variants CLIP...     # verdict, reps, shapes and sizes of each

No label is needed: what is told of a lift must not depend on any of it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backline.formats.frames import Frame
from backline.formats.video import VideoWriter, open_clip

if TYPE_CHECKING:
    from backline.pipeline import Analysis

#: What is done to each frame; None leaves it out.
Change = Callable[[int, Frame], "Frame | None"]
TRIMMED_S = 0.5
#: x264's constant rate factor: fine, and as harsh as messengers make it.
CRF, CRF_HARSH = 18, 34


def _as_it_is(_: int, frame: Frame) -> Frame:
    return frame


def _mirrored(_: int, frame: Frame) -> Frame:
    return Frame(frame.index, frame.time_s, np.ascontiguousarray(frame.picture[:, ::-1]))


def _half_rate(number: int, frame: Frame) -> Frame | None:
    return frame if number % 2 == 0 else None


def _trimmed(_: int, frame: Frame) -> Frame | None:
    if frame.time_s < TRIMMED_S:
        return None
    return Frame(frame.index, frame.time_s - TRIMMED_S, frame.picture)


VARIANTS: dict[str, tuple[Change, float, int]] = {
    "copied": (_as_it_is, 1.0, CRF),
    "mirrored": (_mirrored, 1.0, CRF),
    "half the size": (_as_it_is, 0.5, CRF),
    "recompressed": (_as_it_is, 1.0, CRF_HARSH),
    "trimmed by half a second": (_trimmed, 1.0, CRF),
    "half the frame rate": (_half_rate, 1.0, CRF),
}
"""Name to what is done to each frame, the scale of the picture, and the compression."""


def write_variant(clip: Path, name: str, path: Path) -> Path:
    """Write one of `VARIANTS` of a clip."""
    change, scale, crf = VARIANTS[name]
    with open_clip(clip) as source:
        width, height = source.info.width_px, source.info.height_px
        size = tuple(2 * round(scale * side / 2) for side in (width, height))
        pictures = None if scale == 1.0 else (width, height)
        with VideoWriter(path, *size, crf=crf, pictures=pictures) as video:
            for number, frame in enumerate(source.frames()):
                changed = change(number, frame)
                if changed is not None:
                    video.write(changed.picture, changed.time_s)
    return path


def main(arguments: list[str] | None = None) -> None:
    from backline.pipeline import analyze

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    chosen = parser.parse_args(arguments)
    print("| clip | variant | verdict | reps | shapes | bottoms, degrees | rounded | perhaps |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for clip in chosen.clips:
            for name in VARIANTS:
                made = write_variant(clip, name, Path(folder) / "variant.mp4")
                print(line_of(clip.stem, name, analyze(made, stickers="none")), flush=True)


def line_of(clip: str, variant: str, result: Analysis) -> str:
    """Return one variant as a line of the table."""
    shapes = " ".join("-" if r.grade is None else r.grade.shape for r in result.reps)
    sizes = [r.metrics.get("lumbar_flexion_bottom_deg") for r in result.reps]
    told = " ".join("-" if size is None else f"{size:.0f}" for size in sizes)
    found = [f for f in result.findings if f.where == "bottom" and f.kind == "rounding"]
    certain = sum(f.certain for f in found)
    return (
        f"| {clip} | {variant} | {result.quality.verdict} | {len(result.reps)} | {shapes} | {told} "
        f"| {certain} | {len(found) - certain} |"
    )


if __name__ == "__main__":
    main()
