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
from backline.sources.video.clip_observations import CUT_SHAPE, ClipObservations, CutSpool
from backline.storage.atomic_file import atomic_file

_HEAD = "sight.json"
#: Cuts that are packed together: 256 of them are 13 MB before compression.
BLOCK = 256


def save_observations(observations: ClipObservations, path: Path) -> None:
    """Write observations into one file, atomically.

    The cuts are pictures of the lifter's trunk: the file is as personal as the clip.

    Parameters
    ----------
    observations : ClipObservations
        With an open spool of cuts.
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
            arrays[item.name] = value
        elif item.name != "cuts":
            head[item.name] = value
    head["cut_count"] = len(observations.cuts)
    with (
        atomic_file(path) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        archive.writestr(_HEAD, json.dumps(head))
        for name, array in arrays.items():
            _write(archive, name, array)
        for start in range(0, len(observations.cuts), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(observations.cuts)))
            _write(archive, f"cuts.{start}", observations.cuts.rows(rows))


def load_observations(path: Path) -> ClipObservations:
    """Read observations; their spool of cuts must be closed by the caller.

    Raises
    ------
    SourceError
        If the file is missing or damaged.
    """
    cuts = CutSpool()
    try:
        with zipfile.ZipFile(path) as archive:
            head = json.loads(archive.read(_HEAD))
            count = int(head.pop("cut_count"))
            for start in range(0, count, BLOCK):
                for one in _read(archive, f"cuts.{start}").reshape(-1, *CUT_SHAPE):
                    cuts.add(one)
            arrays: dict[str, Any] = {
                item.name: _read(archive, item.name)
                for item in fields(ClipObservations)
                if f"{item.name}.npy" in archive.namelist()
            }
            return ClipObservations(cuts=cuts, **head, **arrays)
    except (OSError, *SPOILT) as error:
        cuts.close()
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
