"""Caches the network's estimates of a clip: a correction recomputes changed frames only."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backline.formats.zip_errors import SPOILT
from backline.storage.atomic_file import atomic_file

MOST_KEPT = 6
"""Most cached tables of a clip, by reference and frames; the oldest is removed first."""


class EstimateCache:
    """Estimates of one clip, in a file next to its observations.

    Parameters
    ----------
    path : Path
        The file; missing or damaged is the same as empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def recall(self, key: str) -> NDArray[np.float64] | None:
        """Return the table of a key; None where there is none."""
        try:
            with zipfile.ZipFile(self._path) as archive:
                packed = io.BytesIO(archive.read(f"{key}.npy"))
            table: NDArray[np.float64] = np.load(packed, allow_pickle=False)
        except (OSError, *SPOILT):
            return None
        return table

    def keep(self, key: str, table: NDArray[np.float64]) -> None:
        """Store a table under a key; nothing is stored on a full disk."""
        packed = io.BytesIO()
        np.save(packed, table, allow_pickle=False)
        try:
            kept = self._all()
            kept.pop(f"{key}.npy", None)
            names = list(kept)[-(MOST_KEPT - 1) :]
            with atomic_file(self._path) as part, zipfile.ZipFile(part, "w") as archive:
                for name in names:
                    archive.writestr(name, kept[name])
                archive.writestr(f"{key}.npy", packed.getvalue())
        except OSError:
            return

    def _all(self) -> dict[str, bytes]:
        try:
            with zipfile.ZipFile(self._path) as archive:
                return {name: archive.read(name) for name in archive.namelist()}
        except (OSError, *SPOILT):
            return {}


def key_of(*arrays: NDArray[np.generic] | float) -> str:
    """Return a hash of arrays' content."""
    digest = hashlib.blake2b(digest_size=16)
    for one in arrays:
        digest.update(np.ascontiguousarray(one).tobytes())
    return digest.hexdigest()
