"""``make release``, in a small made repository: what it writes, tags and builds, and refuses."""

from __future__ import annotations

import importlib.util
import subprocess
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from packaging.version import Version

from tests.deadlines import PATIENCE_S

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "backline"
dynamic = ["version"]
requires-python = ">=3.11"
[tool.hatch.version]
path = "src/backline/__init__.py"
[tool.hatch.build.targets.wheel]
packages = ["src/backline"]
[tool.towncrier]
name = "Backline"
directory = "changelog.d"
filename = "CHANGELOG.md"
start_string = "<!-- start -->\\n"
title_format = "## {version}"
issue_format = ""
[[tool.towncrier.type]]
directory = "feature"
name = "New"
showcontent = true
"""


@pytest.fixture(scope="module")
def tool(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", repo_root / "tools" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=root, capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of one module, version 0.1.0, with one fragment; everything committed."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Maker")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "maker@example.org")
    root = tmp_path / "made"
    (root / "src" / "backline").mkdir(parents=True)
    (root / "changelog.d").mkdir()
    (root / "src" / "backline" / "__init__.py").write_text('__version__ = "0.1.0"\n')
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "CHANGELOG.md").write_text("# Changelog\n\n<!-- start -->\n")
    (root / ".gitignore").write_text("dist/\n")
    (root / "changelog.d" / "+first.feature.md").write_text("Something new that people notice.\n")
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "First")
    return root


def test_a_release_writes_changelog_version_tag_wheel_and_sdist(
    tool: ModuleType, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tool.main([], made) == 0
    assert "Released 0.1.0" in capsys.readouterr().out
    assert "Something new that people notice." in (made / "CHANGELOG.md").read_text()
    assert not list((made / "changelog.d").glob("*.md"))
    assert git(made, "tag", "--list") == "v0.1.0"
    assert git(made, "rev-parse", "v0.1.0^{}") == git(made, "rev-parse", "HEAD")
    assert git(made, "status", "--porcelain") == ""
    with zipfile.ZipFile(made / "dist" / "backline-0.1.0-py3-none-any.whl") as wheel:
        assert "backline/__init__.py" in wheel.namelist()
    with tarfile.open(made / "dist" / "backline-0.1.0.tar.gz") as sdist:
        assert "backline-0.1.0/src/backline/__init__.py" in sdist.getnames()


def test_the_next_release_gets_the_next_minor_version_or_the_one_asked_for(
    tool: ModuleType, made: Path
) -> None:
    git(made, "tag", "v0.1.0")
    assert tool.checked(made, None) == Version("0.2.0")
    assert tool.checked(made, "1.0.0") == Version("1.0.0")
    assert tool.main(["--version", "1.0.0"], made) == 0
    assert '__version__ = "1.0.0"' in (made / "src/backline/__init__.py").read_text()
    assert git(made, "tag", "--list").split() == ["v0.1.0", "v1.0.0"]


def test_a_dry_run_shows_the_changelog_and_changes_nothing(
    tool: ModuleType, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = git(made, "rev-parse", "HEAD")
    assert tool.main(["--dry-run"], made) == 0
    said = capsys.readouterr().out
    assert "Something new that people notice." in said
    assert "tag v0.1.0" in said
    assert (git(made, "rev-parse", "HEAD"), git(made, "tag", "--list")) == (before, "")
    assert git(made, "status", "--porcelain") == ""
    assert not (made / "dist").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--version", "0.0.9"], "older than"),
        (["--version", "next"], "no version"),
        (["--version", "0.1.0"], "v0.1.0 exists already"),
    ],
)
def test_a_wrong_version_is_refused(
    tool: ModuleType,
    made: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    git(made, "tag", "v0.1.0")
    assert tool.main(arguments, made) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["CHANGELOG.md", "new.txt"])
def test_a_tree_with_changes_is_refused(
    tool: ModuleType, made: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (made / name).write_text("changed\n")
    assert tool.main([], made) == 1
    assert name in capsys.readouterr().err
    assert git(made, "tag", "--list") == ""


def test_nothing_to_release_is_refused(
    tool: ModuleType, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(made, "rm", "--quiet", "-r", "changelog.d")
    git(made, "commit", "--quiet", "--message", "No fragments")
    assert tool.main([], made) == 1
    assert "nothing to release" in capsys.readouterr().err


def test_a_build_that_fails_leaves_the_tree_as_it_was(
    tool: ModuleType, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (made / "pyproject.toml").write_text(PYPROJECT.replace('path = "src', 'path = "missing'))
    git(made, "commit", "--quiet", "--all", "--message", "Broken")
    before = git(made, "rev-parse", "HEAD")
    assert tool.main([], made) == 1
    assert "failed" in capsys.readouterr().err
    assert (git(made, "rev-parse", "HEAD"), git(made, "tag", "--list")) == (before, "")
    assert git(made, "status", "--porcelain") == ""
    assert (made / "changelog.d" / "+first.feature.md").exists()
