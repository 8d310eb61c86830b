"""Every block of code in the documentation is run, or says why not and is checked as far as can be.

Blocks of one page run in their order, in one folder that holds ``examples/``. A shell command that
has run for an earlier page is not run again: its results lie there already.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer.main

from backline.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))]
SHELL = ("bash", "console", "sh", "shell")
_FENCE = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+?) -->\n)?^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    text: str
    reason: str | None

    @property
    def commands(self) -> list[list[str]]:
        lines = [line.removeprefix("$ ") for line in self.text.splitlines()]
        return [shlex.split(line, comments=True) for line in lines if line.strip()]

    @property
    def needs_example(self) -> bool:
        return self.reason is None and "examples/" in self.text


def blocks_of(text: str) -> list[Block]:
    return [
        Block(found["language"], found["text"], found["reason"]) for found in _FENCE.finditer(text)
    ]


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which all blocks run."""
    folder = tmp_path_factory.mktemp("docs")
    if (ROOT / "examples").is_dir():
        shutil.copytree(ROOT / "examples", folder / "examples")
    return folder


@pytest.fixture(scope="session")
def has_run() -> set[str]:
    """Shell commands that have run in this session."""
    return set()


def check_usage(command: list[str]) -> None:
    """Check a command of Backline against its options, without running it."""
    group = typer.main.get_command(app)
    context = group.make_context("backline", command[1:])
    name, verb, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    assert verb is not None
    verb.make_context(name, rest, parent=context)


def run_shell(
    command: list[str], folder: Path, has_run: set[str], more: dict[str, str] | None = None
) -> None:
    if command[0] == "make":
        makefile = (ROOT / "Makefile").read_text()
        for target in command[1:]:
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"no target {target}"
        return
    assert command[0] == "backline", f"this test cannot check {command[0]}"
    whole = shlex.join(command)
    if whole in has_run:
        return
    done = subprocess.run(
        [sys.executable, "-m", "backline", *command[1:]],
        cwd=folder,
        env=os.environ | (more or {}),
        capture_output=True,
        text=True,
        timeout=480,
    )
    assert done.returncode == 0, done.stderr
    has_run.add(whole)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_the_code_of_a_page_runs(
    page: Path,
    workplace: Path,
    has_run: set[str],
    seen: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blocks = blocks_of(page.read_text())
    if any(block.needs_example for block in blocks):
        clip = workplace / "examples" / "top_tuck_and_wink.mp4"
        if not clip.exists():
            pytest.skip("needs examples/top_tuck_and_wink.mp4, which is not there")
    monkeypatch.chdir(workplace)
    names: dict[str, object] = {"__name__": "__docs__"}
    for block in blocks:
        if block.language == "python" and block.reason is None:
            exec(compile(block.text, str(page), "exec"), names)
        elif block.language in SHELL:
            for command in block.commands:
                if block.reason is None:
                    run_shell(command, workplace, has_run, seen)
                else:
                    check_usage(command)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_block_has_a_language_that_is_run_or_is_plain_text(page: Path) -> None:
    for block in blocks_of(page.read_text()):
        assert block.language in (*SHELL, "python", "text"), block.text


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_python_that_is_not_run_is_python_all_the_same(page: Path) -> None:
    for block in blocks_of(page.read_text()):
        if block.language == "python":
            compile(block.text, str(page), "exec")


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_no_fence_escapes_the_check(page: Path) -> None:
    text = page.read_text()
    assert len(re.findall(r"^\s*```", text, re.MULTILINE)) == 2 * len(blocks_of(text))


def test_blocks_are_found_with_their_language_and_reason() -> None:
    text = "a\n```python\nx = 1\n```\n<!-- not run: yours -->\n```bash\n$ backline info\n```\n"
    first, second = blocks_of(text)
    assert (first.language, first.text, first.reason) == ("python", "x = 1\n", None)
    assert (second.language, second.reason) == ("bash", "yours")
    assert second.commands == [["backline", "info"]]


@pytest.mark.parametrize(
    "line",
    [
        "backline analyse my_lift.mp4",  # no such verb
        "backline analyze my_lift.mp4 --speed 3",  # no such option
        "backline analyze my_lift.mp4 --lift curl",  # no such lift
        "backline analyze",  # no source
    ],
)
def test_a_wrong_command_in_a_page_would_be_found(line: str) -> None:
    with pytest.raises(typer.TyperException):
        check_usage(shlex.split(line))


def test_a_make_target_that_does_not_exist_would_be_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no target paint"):
        run_shell(["make", "paint"], tmp_path, set())


def test_a_command_that_fails_would_be_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        run_shell(["backline", "analyze", "missing.mp4", "--load-kg", "2000"], tmp_path, set())


def test_the_options_page_names_every_option_of_analyze() -> None:
    page = (ROOT / "docs" / "first-lift.md").read_text()
    group = typer.main.get_command(app)
    verb = group.commands["analyze"]
    options = {name for parameter in verb.params for name in parameter.opts if name[:2] == "--"}
    for option in options - {"--help"}:
        assert f"`{option}`" in page, option
