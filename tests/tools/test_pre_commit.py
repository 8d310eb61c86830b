"""The hooks before a commit are the checks of ``make lint``, and need no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture(scope="module")
def hooks(repo_root: Path) -> list[dict[str, Any]]:
    config = yaml.safe_load((repo_root / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    return list(config["repos"][0]["hooks"])


def test_no_hook_is_fetched_or_installed(hooks: list[dict[str, Any]]) -> None:
    for hook in hooks:
        assert hook["language"] == "system", hook["id"]
        assert hook["entry"].startswith(".venv/bin/"), hook["id"]
        assert "additional_dependencies" not in hook


def test_each_hook_runs_a_command_of_make_lint(
    hooks: list[dict[str, Any]], repo_root: Path
) -> None:
    makefile = (repo_root / "Makefile").read_text().replace("$(BIN)", ".venv/bin")
    for hook in hooks:
        command = hook["entry"].removesuffix(" --force-exclude")
        assert f"\t{command}" in makefile, command
    assert {hook["id"] for hook in hooks} == {"ruff", "ruff-format", "mypy", "lint-imports"}
