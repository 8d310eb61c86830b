"""Where the user's own data lies: lifters' records and cues."""

from __future__ import annotations

import os
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


def user_cues_file() -> Path:
    """Return where the user's own cues may lie."""
    return data_folder() / "cues.toml"


def models_folder() -> Path:
    """Return where models that the user has installed lie; it is not made here."""
    named = os.environ.get(MODELS_VARIABLE)
    return Path(named) if named else data_folder() / "models"
