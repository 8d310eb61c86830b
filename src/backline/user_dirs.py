"""Folders of the user's data: lifters' records and cues."""

from __future__ import annotations

import os
import stat
from pathlib import Path

DATA_VARIABLE = "BACKLINE_DATA"
"""Environment variable that names another folder for the user's data."""

DATABASE_VARIABLE = "BACKLINE_DATABASE"
"""Environment variable with the URL of another database, such as a clinic's PostgreSQL."""


MODELS_VARIABLE = "BACKLINE_MODELS"
"""Environment variable that names another folder for models that the user has installed."""


def data_folder() -> Path:
    """Return the folder of the user's data; it is not made here."""
    named = os.environ.get(DATA_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("backline", appauthor=False)


def keep_private(folder: Path, *, files: bool = True) -> Path:
    """Make a private folder, or remove other accounts' rights to an existing one.

    It gets mode 0700, and the files directly in it 0600; deeper ones are protected by the folder.
    What another account owns, and a folder that all accounts share by design (with the sticky bit,
    as /tmp), stays as it is.

    Parameters
    ----------
    folder : Path
        The data folder, or one inside it.
    files : bool
        Set the mode of its files too; not for folders with very many.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not hasattr(os, "geteuid"):  # Windows protects a user's folders itself
        return folder
    _take_from_others(folder, 0o700)
    if files and not folder.stat().st_mode & stat.S_ISVTX:
        for entry in folder.iterdir():
            if entry.is_file() and not entry.is_symlink():
                _take_from_others(entry, 0o600)
    return folder


def _take_from_others(place: Path, mode: int) -> None:
    status = place.stat()
    if status.st_uid != os.geteuid() or status.st_mode & stat.S_ISVTX:
        return
    if stat.S_IMODE(status.st_mode) & 0o077:
        place.chmod(mode)


def user_cues_file() -> Path:
    """Return the path of the user's own cues."""
    return data_folder() / "cues.toml"


def models_folder() -> Path:
    """Return the folder of models that the user has installed; it is not made here."""
    named = os.environ.get(MODELS_VARIABLE)
    return Path(named) if named else data_folder() / "models"
