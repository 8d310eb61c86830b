"""Texts of report and app, from one file per language; English is the only one."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

LANGUAGE = "en"


def say(key: str, **values: object) -> str:
    """Return a text by its key, such as ``"add.title"``, its places filled in.

    Raises
    ------
    KeyError
        If there is no such text.
    """
    text = _texts()[key]
    return text.format(**values) if values else text


def group(name: str) -> dict[str, str]:
    """Return all texts whose keys begin with a name, without it: for the page's scripts."""
    mark = f"{name}."
    return {k.removeprefix(mark): v for k, v in _texts().items() if k.startswith(mark)}


@cache
def _texts() -> dict[str, str]:
    file = resources.files("backline").joinpath(f"texts.{LANGUAGE}.toml")
    tables = tomllib.loads(file.read_text("utf-8"))
    return {f"{name}.{key}": text for name, table in tables.items() for key, text in table.items()}
