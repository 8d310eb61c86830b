"""Markers (in mm) as Motive, Qualisys, Visual3D and Anipose write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backline.formats.opensim import Markers


def _cell(value: float, digits: int = 6) -> str:
    return "" if np.isnan(value) else f"{value:.{digits}f}"


def motive(path: Path, markers: Markers) -> Path:
    """Motive 3's CSV in millimetres: a bone with its rotation before the markers."""
    rate = f"{markers.rate_hz:.6f}"
    m = len(markers.names)
    head = [
        f"Format Version,1.23,Take Name,Lift,Capture Frame Rate,{rate},Export Frame Rate,{rate},"
        "Rotation Type,Quaternion,Length Units,Millimeters,Coordinate Space,Global",
        "",
        ",".join([",Type", *["Bone"] * 7, *["Marker"] * 3 * m]),
        ",".join([",Name", *["Anna:Hip"] * 7, *(n for n in markers.names for _ in "XYZ")]),
        ",".join([",ID", *["1"] * 7, *(str(k) for k in range(m) for _ in "XYZ")]),
        ",".join([",", *["Rotation"] * 4, *["Position"] * 3 * (m + 1)]),
        ",".join(["Frame,Time (Seconds)", *"XYZW", *"XYZ" * (m + 1)]),
    ]
    rows = [
        ",".join([str(i), f"{t:.6f}", "0", "0", "0", "1", "5", "900", "7",
                  *map(_cell, places.ravel())])
        for i, (t, places) in enumerate(zip(markers.time_s, markers.positions, strict=True))
    ]  # fmt: skip
    path.write_text("\n".join([*head, *rows]) + "\n")
    return path


def qualisys(path: Path, markers: Markers, *, times: bool = True) -> Path:
    """Qualisys Track Manager's TSV; a lost marker is 0.000 in all coordinates."""
    n, m = len(markers.time_s), len(markers.names)
    head = [
        f"NO_OF_FRAMES\t{n}", "NO_OF_CAMERAS\t8", f"NO_OF_MARKERS\t{m}",
        f"FREQUENCY\t{markers.rate_hz:.0f}", "NO_OF_ANALOG\t0", "ANALOG_FREQUENCY\t0",
        "DESCRIPTION\t--", "TIME_STAMP\t2026-03-01, 12:00:00", "DATA_INCLUDED\t3D",
        "EVENT\tstart\t3\t0.04", "\t".join(["MARKER_NAMES", *markers.names]),
        "\t".join(["TRAJECTORY_TYPES", *["Measured"] * m]),
    ]  # fmt: skip
    if times:
        axes = (f"{name} {axis}" for name in markers.names for axis in "XYZ")
        head.append("\t".join(["Frame", "Time", *axes]))
    rows = []
    for i, (t, places) in enumerate(zip(markers.time_s, markers.positions, strict=True), start=1):
        cells = [f"{v:.3f}" for v in np.nan_to_num(places).ravel()]
        rows.append("\t".join([*([str(i), f"{t:.5f}"] if times else []), *cells]))
    path.write_text("\n".join([*head, *rows]) + "\n")
    return path


def visual3d(path: Path, markers: Markers) -> Path:
    """Visual3D's text, metres."""
    m = len(markers.names)
    head = [
        "\t".join(["", *["lift.c3d"] * 3 * m]),
        "\t".join(["", *(name for name in markers.names for _ in "XYZ")]),
        "\t".join(["", *["TARGET"] * 3 * m]),
        "\t".join(["", *["ORIGINAL"] * 3 * m]),
        "\t".join(["ITEM", *"XYZ" * m]),
    ]
    rows = [
        "\t".join([str(i), *(_cell(v / 1000) for v in places.ravel())])
        for i, places in enumerate(markers.positions, start=1)
    ]
    path.write_text("\n".join([*head, *rows]) + "\n")
    return path


def anipose(path: Path, markers: Markers) -> Path:
    """Anipose's 3D table."""
    parts = ("x", "y", "z", "error", "ncams", "score")
    head = [f"{name}_{part}" for name in markers.names for part in parts]
    lines = [",".join([*head, "M_00", "center_0", "fnum"])]
    for i, places in enumerate(markers.positions):
        cells = [c for v in places for c in (*map(_cell, v), "1.5", "3", "0.95")]
        lines.append(",".join([*cells, "1.0", "0.0", str(i)]))
    path.write_text("\n".join(lines) + "\n")
    return path
