"""Saves and loads a clip's observations, so that another reference needs no new pass."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.errors import SourceError
from backline.formats.zip_errors import SPOILT
from backline.sources.video.clip_observations import CROP_SHAPE, ClipObservations, CropSpool
from backline.storage.atomic_file import atomic_file

_HEAD = "sight.json"
#: Names in the file of fields that have been renamed since.
_STORED = {"crop_row": "cut_row"}
#: Crops that are packed together: 256 of them are 13 MB before compression.
BLOCK = 256


def save_observations(observations: ClipObservations, path: Path) -> None:
    """Write observations into one file, atomically.

    The crops are pictures of the lifter's trunk: the file is as personal as the clip.

    Parameters
    ----------
    observations : ClipObservations
        With an open spool of crops.
    path : Path
        File to write.

    Raises
    ------
    BacklineError
        If it cannot be written.
    """
    arrays, head = {}, {}
    for item in fields(ClipObservations):
        value = getattr(observations, item.name)
        if isinstance(value, np.ndarray):
            arrays[_STORED.get(item.name, item.name)] = value
        elif item.name != "crops":
            head[item.name] = value
    head["cut_count"] = len(observations.crops)
    with (
        atomic_file(path) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        archive.writestr(_HEAD, json.dumps(head))
        for name, array in arrays.items():
            _write(archive, name, array)
        for start in range(0, len(observations.crops), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(observations.crops)))
            _write(archive, f"cuts.{start}", observations.crops.rows(rows))


def load_observations(path: Path) -> ClipObservations:
    """Read observations; their spool of crops must be closed by the caller.

    Raises
    ------
    SourceError
        If the file is missing or damaged.
    """
    crops = CropSpool()
    try:
        with zipfile.ZipFile(path) as archive:
            head = json.loads(archive.read(_HEAD))
            count = int(head.pop("cut_count"))
            for start in range(0, count, BLOCK):
                for one in _read(archive, f"cuts.{start}").reshape(-1, *CROP_SHAPE):
                    crops.add(one)
            arrays: dict[str, Any] = {
                item.name: _read(archive, stored)
                for item in fields(ClipObservations)
                if f"{(stored := _STORED.get(item.name, item.name))}.npy" in archive.namelist()
            }
            return ClipObservations(crops=crops, **head, **arrays)
    except (OSError, *SPOILT) as error:
        crops.close()
        raise SourceError(
            "What was seen in this clip is not kept any more: analyse the clip again."
        ) from error


def _write(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    packed = io.BytesIO()
    np.save(packed, array, allow_pickle=False)
    archive.writestr(f"{name}.npy", packed.getvalue())


def _read(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    loaded: NDArray[Any] = np.load(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)
    return loaded
