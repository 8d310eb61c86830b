"""Keypoints in tables: DeepLabCut's CSV, SLEAP's CSV and analysis HDF5, TRC of a picture."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from backline.errors import MissingExtraError, SourceError
from backline.formats.isolated_reader import read_isolated
from backline.formats.opensim import read_trc
from backline.formats.text_table import cells_of, check_width, numbers, read_text, separator
from backline.model.posture import FloatArray
from backline.sources.imu.apdm import is_apdm, read_apdm
from backline.sources.imu.session import Session
from backline.sources.keypoints.deeplabcut import (
    check_same,
    deeplabcut_points,
    is_deeplabcut,
    read_deeplabcut_h5,
)
from backline.sources.keypoints.people import MOST_FRAMES, PersonPoints, seen_people, without_unseen
from backline.sources.keypoints.sleap_project import is_project, read_project

FLAT_SHARE = 0.2
"""Feet that point less than this across the picture, by along it, lie in its plane."""
_PARTS = {"x": 0, "y": 1, "score": 2}


def read_trc_picture(path: Path) -> PersonPoints:
    """Read a TRC whose markers are points of a picture (Sports2D and Pose2Sim write such).

    In pixels they are taken as they are. In metres they may turn about the vertical: then they are
    seen from the lifter's own side, which the feet show (heel to toe is forward).
    """
    markers = read_trc(path)
    at = markers.positions
    values = np.ones(at.shape)
    values[..., 0] = at[..., 0] if markers.unit == "px" else _forward(at, markers.names)
    values[..., 1] = at[..., 1]
    gone = (at[..., :2] == 0).all(axis=2) | ~np.isfinite(at).all(axis=2)
    values = without_unseen(np.where(gone[..., None], np.nan, values))
    layout = "TRC in pixels" if markers.unit == "px" else "TRC of keypoints"
    names = tuple(markers.repeated.get(name, name) for name in markers.names)
    return PersonPoints(layout, names, [[frame] for frame in values], markers.time_s)


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


def read_csv(path: Path) -> PersonPoints:
    """Read the CSV of DeepLabCut (three or four lines of head) or of SLEAP.

    Raises
    ------
    SourceError
        If it is neither; the sentence names the line.
    """
    lines = read_text(path, "a CSV file in plain text").splitlines()
    mark = separator(lines[0]) if lines else None
    rows = [cells_of(line, mark) for line in lines if line.strip(" ,;\t")]
    if rows and rows[0][0] == "scorer":
        return _deeplabcut(path, rows, mark)
    if rows and {"track", "frame_idx"} <= set(rows[0]):
        return _sleap(path, rows, mark)
    raise SourceError(
        f"'{path}', line 1: 'scorer' (DeepLabCut) or 'track,frame_idx' (SLEAP) was expected: "
        "export the whole table again."
    )


def read_h5(path: Path) -> PersonPoints | Session:
    """Read HDF5 of DeepLabCut, SLEAP (analysis or project) or APDM, in a separate process.

    Returns
    -------
    Points or Session
        A session of sensors where the file is APDM's.

    Raises
    ------
    SourceError
        If it is another HDF5 file.
    MissingExtraError
        If h5py is not installed.
    """
    if find_spec("h5py") is None:
        raise MissingExtraError("Reading HDF5 files", "files")
    read: PersonPoints | Session = read_isolated(
        "backline.sources.keypoints.tables:read_h5_here", path
    )
    return read


def read_h5_here(path: Path) -> PersonPoints | Session:
    """Read DeepLabCut's HDF5, or SLEAP's analysis file (``tracks`` and ``node_names``).

    Raises
    ------
    SourceError
        If it is another HDF5 file.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if is_deeplabcut(file):
                return read_deeplabcut_h5(path, file)
            if is_project(file):
                return read_project(path, file)
            if is_apdm(file):
                return read_apdm(path, file)
            if "tracks" not in file or "node_names" not in file or file["tracks"].ndim != 4:
                raise SourceError(
                    f"'{path}' is HDF5 with neither SLEAP's labels or 'tracks' and 'node_names' "
                    "nor DeepLabCut's table: in SLEAP, choose Export Analysis HDF5, or CSV."
                )
            names = tuple(name.decode() for name in file["node_names"][:])
            tracks = np.asarray(file["tracks"][:], dtype=np.float64)
            trust = np.ones((tracks.shape[0], *tracks.shape[2:]))
            if "point_scores" in file and file["point_scores"].shape == trust.shape:
                trust = np.asarray(file["point_scores"][:], dtype=np.float64)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(f"'{path}' is no whole HDF5 file: export it again.") from error
    values = np.concatenate([tracks, trust[:, None]], axis=1).transpose(3, 0, 2, 1)
    frames = [seen_people(list(frame)) for frame in without_unseen(values)]
    return PersonPoints("SLEAP", names, frames)


def _deeplabcut(path: Path, rows: list[list[str]], mark: str | None) -> PersonPoints:
    heads = {row[0]: row[1:] for row in rows[:4] if not row[0].strip().isdigit()}
    if not {"bodyparts", "coords"} <= set(heads):
        raise SourceError(
            f"'{path}' begins as DeepLabCut's CSV but lines 'bodyparts' and 'coords' are missing: "
            "export it again."
        )
    coords = heads["coords"]
    # pictures labelled by hand have their path in three cells, and empty ones above them
    index = 1 + next((i for i, cell in enumerate(coords) if cell), 0)
    coords, parts = coords[index - 1 :], heads["bodyparts"][index - 1 :]
    who = heads.get("individuals", ["one"] * (len(coords) + index - 1))[index - 1 :]
    values = np.full((len(rows) - len(heads), len(coords)), np.nan)
    for r, row in enumerate(rows[len(heads) :]):
        line = len(heads) + r + 1
        check_width(path, line, row, len(coords) + index)
        values[r] = numbers(path, line, row[index:], mark)
    named: list[object] = [row[index - 1] for row in rows[len(heads) :]]
    return deeplabcut_points(path, list(zip(who, parts, coords, strict=False)), values, named)


def _sleap(path: Path, rows: list[list[str]], mark: str | None) -> PersonPoints:
    head = rows[0]
    split = [(c, *name.rpartition(".")[::2]) for c, name in enumerate(head) if "." in name]
    cells = [(c, name, part) for c, name, part in split if part in _PARTS and name != "instance"]
    names = tuple(dict.fromkeys(name for _, name, _ in cells))
    for r, row in enumerate(rows[1:], start=2):
        check_width(path, r, row, len(head))
    columns = [head.index("frame_idx"), *(c for c, _, _ in cells)]
    table = [numbers(path, r, [row[c] for c in columns], mark) for r, row in enumerate(rows[1:], 2)]
    if not table or not names:
        raise SourceError(f"'{path}' holds no point in any frame: export it from SLEAP again.")
    values = np.stack(table)
    if not np.isfinite(values[:, 0]).all():
        raise SourceError(f"'{path}': a row has no frame_idx: export it from SLEAP again.")
    people = np.full((len(values), len(names), 3), np.nan)
    first: dict[tuple[str, str], int] = {}
    for k, (_, name, part) in enumerate(cells, start=1):
        known = first.setdefault((name, part), k)
        check_same(path, f"{name}.{part}", values[:, known], values[:, k])
        people[:, names.index(name), _PARTS[part]] = values[:, k]
    people = without_unseen(people)
    number = values[:, 0].astype(int)
    if number.max() - number.min() > MOST_FRAMES:
        raise SourceError(
            f"'{path}' numbers its frames from {number.min()} to {number.max()}, which no clip of "
            "a lift holds: number them from 0 or 1 on."
        )
    frames: list[list[FloatArray]] = [[] for _ in range(int(np.ptp(number)) + 1)]
    for frame, person in zip(number - number.min(), people, strict=True):
        frames[frame] += seen_people([person])
    return PersonPoints("SLEAP", names, frames)
