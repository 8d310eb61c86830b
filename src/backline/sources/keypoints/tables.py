"""Keypoints in tables: DeepLabCut's CSV, SLEAP's CSV and analysis HDF5, TRC of a picture."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from backline.errors import MissingExtraError, SourceError
from backline.formats.opensim import read_trc
from backline.posture import FloatArray
from backline.sources.keypoints.deeplabcut import (
    deeplabcut_points,
    is_deeplabcut,
    read_deeplabcut_h5,
    seen_people,
)
from backline.sources.keypoints.people import Points

FLAT_SHARE = 0.2
"""Feet that point less than this across the picture, by along it, lie in its plane."""
_PARTS = {"x": 0, "y": 1, "score": 2}


def read_trc_picture(path: Path) -> Points:
    """Read a TRC whose markers are points of a picture (Sports2D and Pose2Sim write such).

    In pixels they are taken as they are. In metres they may turn about the vertical: then they are
    seen from the lifter's own side, which the feet tell (heel to toe is forward).
    """
    markers = read_trc(path)
    at = markers.positions
    gone = ~np.isfinite(at).all(axis=2) | (at[..., :2] == 0).all(axis=2)
    values = np.ones(at.shape)
    values[..., 0] = at[..., :2][..., 0] if markers.unit == "px" else _forward(at, markers.names)
    values[..., 1] = at[..., 1]
    values[gone] = np.nan
    layout = "TRC in pixels" if markers.unit == "px" else "TRC of keypoints"
    return Points(layout, markers.names, [[frame] for frame in values], markers.time_s)


def _forward(at: FloatArray, names: tuple[str, ...]) -> FloatArray:
    """Return each marker's place along the lifter's forward direction, y being up."""
    plain = [name.lower() for name in names]
    pairs = [(f"{side}heel", f"{side}bigtoe") for side in "lr"]
    feet = [at[:, plain.index(t)] - at[:, plain.index(h)] for h, t in pairs if {h, t} <= set(plain)]
    ahead = np.nanmean([np.nanmean(foot[:, [0, 2]], axis=0) for foot in feet], axis=0) if feet \
        else np.array([1.0, 0.0])  # fmt: skip
    # a picture's depth is none: where it hardly goes deep, x alone is forward
    if abs(ahead[1]) < FLAT_SHARE * abs(ahead[0]):
        return np.asarray(at[..., 0])
    return np.asarray(at[..., [0, 2]] @ (ahead / np.linalg.norm(ahead)))


def read_csv(path: Path) -> Points:
    """Read the CSV of DeepLabCut (three or four lines of head) or of SLEAP.

    Raises
    ------
    SourceError
        If it is neither; the sentence names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in csv.reader(stream) if row]
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be read ({error.strerror}): check its name and your rights to it."
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"'{path}' is no CSV file in plain text: export it again.") from error
    if rows and rows[0][0] == "scorer":
        return _deeplabcut(path, rows)
    if rows and {"track", "frame_idx"} <= set(rows[0]):
        return _sleap(path, rows)
    raise SourceError(
        f"'{path}', line 1: 'scorer' (DeepLabCut) or 'track,frame_idx' (SLEAP) was expected: "
        "export the whole table again."
    )


def read_h5(path: Path) -> Points:
    """Read DeepLabCut's HDF5, or SLEAP's analysis file (``tracks`` and ``node_names``).

    Raises
    ------
    SourceError
        If it is another HDF5 file, such as SLEAP's project (.slp).
    MissingExtraError
        If h5py is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise MissingExtraError("Reading HDF5 files", "files") from None
    try:
        with h5py.File(path, "r") as file:
            if is_deeplabcut(file):
                return read_deeplabcut_h5(path, file)
            if "tracks" not in file or "node_names" not in file or file["tracks"].ndim != 4:
                raise SourceError(
                    f"'{path}' is HDF5 with neither SLEAP's 'tracks' and 'node_names' nor "
                    "DeepLabCut's table: in SLEAP, choose Export Analysis HDF5, or CSV."
                )
            names = tuple(name.decode() for name in file["node_names"][:])
            tracks = np.asarray(file["tracks"][:], dtype=np.float64)
            trust = np.ones((tracks.shape[0], *tracks.shape[2:]))
            if "point_scores" in file and file["point_scores"].shape == trust.shape:
                trust = np.asarray(file["point_scores"][:], dtype=np.float64)
    except OSError as error:
        raise SourceError(f"'{path}' is no whole HDF5 file: export it again.") from error
    values = np.concatenate([tracks, trust[:, None]], axis=1).transpose(3, 0, 2, 1)
    values[~np.isfinite(values[..., :2]).all(axis=3)] = np.nan
    return Points("SLEAP", names, [seen_people(list(frame)) for frame in values])


def _deeplabcut(path: Path, rows: list[list[str]]) -> Points:
    heads = {row[0]: row[1:] for row in rows[:4] if not row[0].strip().isdigit()}
    if not {"bodyparts", "coords"} <= set(heads):
        raise SourceError(
            f"'{path}' begins as DeepLabCut's CSV but lines 'bodyparts' and 'coords' are missing: "
            "export it again."
        )
    width = len(heads["coords"])
    values = np.full((len(rows) - len(heads), width), np.nan)
    for r, row in enumerate(rows[len(heads) :]):
        _check_width(path, len(heads) + r + 1, row, width + 1)
        values[r] = [_number(path, len(heads) + r + 1, cell) for cell in row[1:]]
    who = heads.get("individuals", ["one"] * width)
    return deeplabcut_points(
        path, list(zip(who, heads["bodyparts"], heads["coords"], strict=True)), values
    )


def _sleap(path: Path, rows: list[list[str]]) -> Points:
    head = rows[0]
    split = [(c, *name.rpartition(".")[::2]) for c, name in enumerate(head) if "." in name]
    cells = [(c, name, part) for c, name, part in split if part in _PARTS and name != "instance"]
    names = tuple(dict.fromkeys(name for _, name, _ in cells))
    number = head.index("frame_idx")
    at: dict[int, list[FloatArray]] = {}
    for r, row in enumerate(rows[1:], start=2):
        _check_width(path, r, row, len(head))
        person = np.full((len(names), 3), np.nan)
        for c, name, part in cells:
            person[names.index(name), _PARTS[part]] = _number(path, r, row[c])
        person[~np.isfinite(person[:, :2]).all(axis=1)] = np.nan
        at.setdefault(int(_number(path, r, row[number])), []).append(person)
    if not at or not names:
        raise SourceError(f"'{path}' holds no point in any frame: export it from SLEAP again.")
    frames = [seen_people(at.get(i, [])) for i in range(min(at), max(at) + 1)]
    return Points("SLEAP", names, frames)


def _check_width(path: Path, line: int, row: list[str], width: int) -> None:
    if len(row) != width:
        raise SourceError(
            f"'{path}', line {line}: {len(row)} values were found and {width} were expected: the "
            "file is cut off or damaged; export it again."
        )


def _number(path: Path, line: int, cell: str) -> float:
    try:
        return float(cell) if cell.strip() else float("nan")
    except ValueError as error:
        raise SourceError(
            f"'{path}', line {line}: '{cell}' was found where a number was expected: correct it."
        ) from error
