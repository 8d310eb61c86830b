"""The planted lift as Kinovea writes it: KVA, text and CSV."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backline.model.posture import FloatArray
from tests.sources.keypoints.pictured import PLAN, RATE, picture

NAMES = ("C7", "T11", "r_ASIS", "r_PSIS", "right_hip", "right_knee", "right_ankle")
TICKS = 512
"""Time stamps of a frame in a KVA, as FFmpeg's for 30 frames a second in an mp4."""


def tracks() -> dict[str, FloatArray]:
    seen = picture(PLAN)
    return {name: seen.at[name] for name in NAMES}


def kva(path: Path, *, rate: str = f"<CaptureFramerate>{RATE:g}</CaptureFramerate>",
        missing: range = range(0)) -> Path:  # fmt: skip
    """Write Kinovea's XML; the frames in ``missing`` were not tracked."""
    written = "".join(
        f'<Track id="{name}" name="{name}"><TimePosition>0</TimePosition>'
        + f'<TrackPointList Count="{len(at)}">'
        + "".join(
            f"<TrackPoint>{x:.3f};{y:.3f};{TICKS * i}</TrackPoint>"
            for i, (x, y) in enumerate(at)
            if i not in missing
        )
        + "</TrackPointList></Track>"
        for name, at in tracks().items()
    )
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n<KinoveaVideoAnalysis><FormatVersion>2.0'
        f"</FormatVersion><AverageTimeStampsPerFrame>{TICKS}</AverageTimeStampsPerFrame>{rate}"
        f"<Tracks>{written}</Tracks></KinoveaVideoAnalysis>",
        encoding="utf-8-sig",
    )
    return path


def text(path: Path, *, named: bool = True, code: bool = False) -> Path:
    """Write the text export: centimetres from an origin, y up, decimal commas."""
    lines = ["#Kinovea Trajectory data export", "#T X Y", ""]
    for name, at in tracks().items():
        lines += [f"# {name}"] if named else []
        for i, (x, y) in enumerate(at):
            seconds, hundredths = divmod(round(100 * i / RATE), 100)
            time = f"0:00:{seconds:02}:{hundredths:02}" if code else f"{i / RATE:.3f}"
            lines.append(f"{time} {x / 4 - 200:.2f} {250 - y / 4:.2f} ".replace(".", ","))
        lines.append("")
    path.write_text("\r\n".join(lines), encoding="utf-8")
    return path


def table(path: Path, *, mark: str = ",", comma: bool = True, unit: float = 1.0) -> Path:
    """Write the CSV export: every cell in quotes, one row a time."""
    head = ["Time", *(f"{name}/0/{axis}" for name in NAMES for axis in "XY")]
    at = np.concatenate(list(tracks().values()), axis=1)
    rows = [[f"{unit * i / RATE:.4f}", *(f"{v:.3f}" for v in row)] for i, row in enumerate(at)]
    cells = [head, *([v.replace(".", ",") if comma else v for v in row] for row in rows)]
    path.write_text("\n".join(mark.join(f'"{cell}"' for cell in row) for row in cells))
    return path
