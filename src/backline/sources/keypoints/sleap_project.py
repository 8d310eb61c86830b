"""SLEAP's own project files (.slp): labels set by hand and predicted, in HDF5.

Layout: SLEAP's ``io/format/hdf5`` as sleap-io documents it: tables ``frames``, ``instances``,
``points`` (by hand) and ``pred_points``, and the names of the nodes in ``metadata``'s JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from backline.errors import SourceError
from backline.model.posture import FloatArray
from backline.sources.keypoints.people import (
    MOST_FRAMES,
    PersonPoints,
    seen_people,
    without_unseen,
)

BY_HAND = 0
"""Type of an instance that somebody has labelled or corrected; 1 is predicted."""


def is_project(file: Mapping[str, Any]) -> bool:
    """Return whether an open h5py file is a SLEAP project."""
    return {"frames", "instances", "metadata", "points", "pred_points"} <= set(file)


def read_project(path: Path, file: Mapping[str, Any]) -> PersonPoints:
    """Read the labels of a SLEAP project from an open h5py file.

    In a frame with labels set by hand those count, else the predicted ones.

    Raises
    ------
    SourceError
        If it holds labels of several videos, or none.
    """
    said = json.loads(file["metadata"].attrs["json"])
    every = [str(node["name"]) for node in said["nodes"]]
    names = tuple(every[int(node["id"])] for node in said["skeletons"][0]["nodes"])
    frames, instances = file["frames"][:], file["instances"][:]
    if len(frames) == 0 or len(instances) == 0:
        raise SourceError(f"'{path}' holds no label in any frame: predict or label it first.")
    videos = sorted(set(frames["video"].tolist()))
    if len(videos) > 1:
        raise SourceError(
            f"'{path}' holds labels of {len(videos)} videos, and one lift was expected: save "
            "those of one video alone."
        )
    numbers = frames["frame_idx"].astype(np.int64)
    first, last = int(numbers.min()), int(numbers.max())
    if not 0 <= first <= last < MOST_FRAMES:
        raise SourceError(f"'{path}' numbers its frames from {first} to {last}: save it again.")
    tables = (file["points"][:], file["pred_points"][:])
    held: list[list[FloatArray]] = [[] for _ in range(last - first + 1)]
    for frame in frames:
        own = instances[int(frame["instance_id_start"]) : int(frame["instance_id_end"])]
        by_hand = own[own["instance_type"] == BY_HAND]
        people = [_person(one, tables, len(names)) for one in (by_hand if len(by_hand) else own)]
        held[int(frame["frame_idx"]) - first] += seen_people(people)
    return PersonPoints("SLEAP", names, held)


def _person(instance: Any, tables: tuple[Any, Any], count: int) -> FloatArray:
    """Return one instance's points, shape (count, 3)."""
    predicted = int(instance["instance_type"]) != BY_HAND
    rows = tables[predicted][int(instance["point_id_start"]) : int(instance["point_id_end"])]
    values = np.full((count, 3), np.nan)
    values[: len(rows), 0], values[: len(rows), 1] = rows["x"], rows["y"]
    if predicted:
        values[: len(rows), 2] = rows["score"]
    values[: len(rows)][~rows["visible"].astype(bool)] = np.nan
    return without_unseen(values)
