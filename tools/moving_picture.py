"""The moving picture of the README: the example's lifter with line, curve and finding.

``python tools/moving_picture.py backline_results/top_tuck_and_wink docs/assets/moving.gif`` after
``make demo``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from backline.formats.video import open_clip
from backline.report.result import Result, load_result

SIDE_PX = 400
"""Height of the picture, pixels; the curve beside it is as wide as it is high."""
STEP_S, SHOWN_S = 0.2, 0.1
"""Time between two shown frames in the clip, and how long each is shown: twice as fast."""
COLOURS = 64
REPS = (1, 2)
"""The reps that are shown: a butt wink, and a tuck at the top."""
INK, RED, GREY = "#13171d", "#c2410c", "#8b95a3"


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path, help="a folder that backline analyze wrote")
    parser.add_argument("out", type=Path, help="the .gif")
    asked = parser.parse_args()
    mpl.use("Agg")
    result = load_result(asked.result)
    pictures = [compose(result, time_s, picture) for time_s, picture in shown(asked.result, result)]
    first, *others = [one.quantize(COLOURS, dither=Image.Dither.NONE) for one in pictures]
    first.save(
        asked.out, save_all=True, append_images=others, duration=round(1000 * SHOWN_S), loop=0,
        optimize=True,
    )  # fmt: skip


def span(result: Result) -> tuple[float, float]:
    """Return the time that is shown: `REPS`, from just before to just after, seconds."""
    reps = [rep for rep in result.document["reps"] if rep["index"] in REPS]
    return reps[0]["start_s"] - 0.4, reps[-1]["end_s"] + 0.2


def shown(folder: Path, result: Result) -> list[tuple[float, Image.Image]]:
    """Return the drawn-on frames, `STEP_S` apart, and their times."""
    start, end = span(result)
    taken: list[tuple[float, Image.Image]] = []
    with open_clip(folder / "overlay.mp4") as clip:
        for frame in clip.frames(max_side_px=SIDE_PX):
            due = start + STEP_S * len(taken)
            if due <= frame.time_s <= end:
                taken.append((frame.time_s, Image.fromarray(frame.picture)))
    return taken


def compose(result: Result, time_s: float, picture: Image.Image) -> Image.Image:
    """Return a frame beside the curve up to its time, with the finding that it belongs to."""
    width = round(picture.width * SIDE_PX / picture.height)
    whole = Image.new("RGB", (width + SIDE_PX, SIDE_PX), "white")
    whole.paste(picture.resize((width, SIDE_PX)), (0, 0))
    whole.paste(curve(result, time_s), (width, 0))
    return whole


def curve(result: Result, time_s: float) -> Image.Image:
    """Return the curve of the low back up to a time."""
    figure = plt.figure(figsize=(4, 4), dpi=SIDE_PX / 4)
    axes = figure.add_axes((0.16, 0.13, 0.8, 0.55))
    times = result.series["time_s"].to_numpy()
    flexion = result.series["lumbar_flexion_deg"].to_numpy()
    start, end = span(result)
    axes.plot(times, flexion, color=GREY, linewidth=1, alpha=0.5)
    past = times <= time_s
    axes.plot(times[past], flexion[past], color=INK, linewidth=2)
    finding = finding_at(result, time_s)
    if finding is not None:
        within = past & (times >= finding["start_s"])
        axes.plot(times[within], flexion[within], color=RED, linewidth=3.5)
        figure.text(0.05, 0.9, finding["name"].capitalize(), color=RED, fontsize=15, weight="bold")
        words = f"rep {finding['rep']}: {finding['size_deg']:.0f} ± {finding['sd_deg']:.0f}°"
        figure.text(0.05, 0.8, words, color=INK, fontsize=14)
    now = float(np.interp(time_s, times, flexion))
    axes.plot([time_s], [now], "o", color=RED if finding is not None else INK, markersize=7)
    axes.set(xlim=(start, end), ylim=(-8, 22), xlabel="s", ylabel="low back, °: + rounded")
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.canvas.draw()
    drawn = Image.frombytes("RGBA", figure.canvas.get_width_height(), bytes(_pixels(figure)))
    plt.close(figure)
    return drawn.convert("RGB").resize((SIDE_PX, SIDE_PX))


def _pixels(figure: Any) -> memoryview:
    pixels: memoryview = figure.canvas.buffer_rgba()
    return pixels


def finding_at(result: Result, time_s: float) -> dict[str, Any] | None:
    """Return the finding that holds a time."""
    there = (f for f in result.document["findings"] if f["start_s"] <= time_s <= f["end_s"])
    return next(there, None)


if __name__ == "__main__":
    main()
