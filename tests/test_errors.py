"""A message names the command that works for the copy of Backline that says it."""

from __future__ import annotations

import json
from importlib import metadata
from typing import Any

import pytest

from backline.errors import MissingExtraError, install_command


@pytest.mark.parametrize(
    ("record", "command"),
    [
        (
            {"url": "file:///home/a%20b/backline", "dir_info": {"editable": True}},
            "python -m pip install -e '/home/a b/backline[web]'",
        ),
        (
            {"url": "file:///tmp/backline.whl", "archive_info": {}},
            "python -m pip install '/tmp/backline.whl[web]'",
        ),
        (
            {"url": "https://example.org/backline.zip", "archive_info": {}},
            "python -m pip install 'backline[web] @ https://example.org/backline.zip'",
        ),
        (None, "python -m pip install 'backline[web]'"),
    ],
)
def test_an_extra_is_installed_the_way_this_copy_was(
    record: dict[str, Any] | None, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed:
        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return None if record is None else json.dumps(record)

    monkeypatch.setattr(metadata, "distribution", lambda _: Installed())
    assert install_command("web") == command
    assert command in str(MissingExtraError("The web app", "web"))
