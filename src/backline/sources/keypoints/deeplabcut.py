"""DeepLabCut's tables: columns of (individual, body part, coordinate), in CSV or HDF5.

The HDF5 is what pandas writes, in one of its two layouts. In its "table" (DeepLabCut's results) the
names of the columns are pickled, and a pickle can run anything: they are read with a restricted
unpickler that allows no classes, so that a file can contain names and nothing else. In its "fixed"
layout (movement's results, labels set by hand in DeepLabCut) names are arrays of text.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from backline.errors import SourceError
from backline.model.posture import FloatArray
from backline.sources.keypoints.people import (
    PersonPoints,
    frame_numbers,
    seen_people,
    without_unseen,
)

PARTS = {"x": 0, "y": 1, "likelihood": 2, "z": 3}
_TABLE, _BLOCK = "table", "values_block_0"
_FIXED = "block0_items_level0"


class _Plain(pickle.Unpickler):
    """Unpickles lists, tuples, texts and numbers; a class or function is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")


def deeplabcut_points(
    path: Path,
    columns: list[tuple[str, str, str]],
    values: FloatArray,
    rows: list[object] | None = None,
) -> PersonPoints:
    """Return the points of a table.

    Parameters
    ----------
    path : Path
        For messages.
    columns : list of (individual, body part, coordinate)
        One for each column.
    values : ndarray, shape (n, len(columns))
        One row a frame.
    rows : list, optional
        What each row is called, a number or a picture's name: its frame.

    Raises
    ------
    SourceError
        If a coordinate is none of x, y, z and likelihood, or a column is there twice.
    """
    people = list(dict.fromkeys(who for who, _, _ in columns))
    names = tuple(dict.fromkeys(part for _, part, _ in columns))
    frames = np.full((len(values), len(people), len(names), 4), np.nan)
    first: dict[tuple[str, str, str], int] = {}
    for c, (who, part, coordinate) in enumerate(columns):
        if coordinate not in PARTS:
            raise SourceError(
                f"'{path}' has a column '{coordinate}' of {part}, and x, y, z or likelihood was "
                "expected: export it from DeepLabCut again."
            )
        known = first.setdefault((who, part, coordinate), c)
        check_same(path, f"{part} {coordinate}", values[:, known], values[:, c])
        frames[:, people.index(who), names.index(part), PARTS[coordinate]] = values[:, c]
    place = frame_numbers(path, dict(enumerate(rows or range(len(values)))))
    count = max(place.values(), default=-1) + 1
    whole = np.full((count, *frames.shape[1:]), np.nan)
    for row, frame in place.items():
        whole[frame] = frames[row]
    flat = without_unseen(whole[..., :3])
    if any(coordinate == "z" for _, _, coordinate in columns):
        depth = [list(frame) for frame in whole[..., 3]]
        return PersonPoints("DeepLabCut", names, [list(frame) for frame in flat], None, depth)
    return PersonPoints("DeepLabCut", names, [seen_people(list(frame)) for frame in flat])


def check_same(path: Path, name: str, one: FloatArray, other: FloatArray) -> None:
    """Check that two columns of one name hold the same.

    Raises
    ------
    SourceError
        If they do not.
    """
    if not np.array_equal(one, other, equal_nan=True):
        raise SourceError(
            f"'{path}' holds two columns '{name}' that differ, and one was expected: remove or "
            "rename the wrong one."
        )


def is_deeplabcut(file: Any) -> bool:
    """Return whether an open h5py file is a pandas table, in either layout."""
    return _group(file) is not None or _fixed(file) is not None


def read_deeplabcut_h5(path: Path, file: Any) -> PersonPoints:
    """Read DeepLabCut's HDF5 from an open h5py file.

    Raises
    ------
    SourceError
        If its columns are not DeepLabCut's.
    """
    group = _group(file)
    try:
        names, values, index = _of_table(group) if group is not None else _of_fixed(_fixed(file))
        columns = [_column(one) for one in names]
        if values.ndim != 2 or values.shape[1] != len(columns):
            raise ValueError(f"{len(columns)} names for a table of shape {values.shape}")
        if len(index) != len(values):
            raise ValueError(f"{len(index)} names of rows for {len(values)} rows")
    except (KeyError, ValueError, TypeError, IndexError, EOFError, pickle.UnpicklingError) as error:
        raise SourceError(
            f"'{path}' is a pandas table, but not DeepLabCut's ({error}): export it from "
            "DeepLabCut again, as HDF5 or CSV."
        ) from error
    return deeplabcut_points(path, columns, values, index)


def _of_table(group: Any) -> tuple[list[tuple[str, ...]], FloatArray, list[object]]:
    """Return names of the columns, values and names of the rows of pandas' "table" layout."""
    table = group[_TABLE]
    names = _Plain(io.BytesIO(table.attrs[f"{_BLOCK}_kind"])).load()
    table = table[:]
    values = np.asarray(table[_BLOCK], dtype=np.float64)
    index = table["index"] if "index" in (table.dtype.names or ()) else range(len(values))
    return [tuple(str(word) for word in one) for one in names], values, [int(row) for row in index]


def _of_fixed(group: Any) -> tuple[list[tuple[str, ...]], FloatArray, list[object]]:
    """Return names of the columns, values and names of the rows of pandas' "fixed" layout."""
    names: list[tuple[str, ...]] = []
    blocks: list[FloatArray] = []
    for block in range(sum(f"block{i}_values" in group for i in range(len(group)))):
        names += _levels(group, f"block{block}_items")
        held = group[f"block{block}_values"]
        values = np.asarray(held[:], dtype=np.float64)
        blocks.append(values if held.attrs.get("transposed") else values.T)
    if "axis1" in group:
        rows = [_word(row) for row in group["axis1"][:].tolist()]
    else:  # folder, video and picture: the picture has the number
        rows = [one[-1] for one in _levels(group, "axis1")]
    return names, np.concatenate(blocks, axis=1), rows


def _levels(group: Any, axis: str) -> list[tuple[str, ...]]:
    """Return the names of a pandas index of several levels."""
    words = []
    for level in range(sum(f"{axis}_level{i}" in group for i in range(len(group)))):
        known = [str(_word(word)) for word in group[f"{axis}_level{level}"][:].tolist()]
        words.append([known[int(code)] for code in group[f"{axis}_label{level}"][:]])
    return list(zip(*words, strict=True))


def _word(value: Any) -> Any:
    return value.decode("utf-8") if isinstance(value, bytes) else value


def _column(levels: tuple[str, ...]) -> tuple[str, str, str]:
    """Return individual, body part and coordinate; a single animal's table names none."""
    if len(levels) == 4:
        return levels[1], levels[2], levels[3]
    if len(levels) == 3:
        return "one", levels[1], levels[2]
    raise ValueError(f"a column is called {levels}")


def _fixed(file: Any) -> Any:
    """Return the group of pandas' "fixed" layout; None where there is none."""
    groups = (file[name] for name in file)
    return next((one for one in groups if hasattr(one, "keys") and _FIXED in one), None)


def _group(file: Any) -> Any:
    """Return the group that holds the table; None where there is none."""
    groups = (file[name] for name in file)
    return next(
        (
            group
            for group in groups
            if hasattr(group, "keys") and _TABLE in group and hasattr(group[_TABLE], "dtype")
            and _BLOCK in (group[_TABLE].dtype.names or ())
        ),
        None,
    )  # fmt: skip
