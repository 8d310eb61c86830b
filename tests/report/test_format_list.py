"""The list of formats is that of the registry and of the writers, and the docs hold it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backline.cli import app as cli
from backline.report.export import ENDINGS, FOLDERS
from backline.report.format_list import as_markdown, every_format
from backline.sources.readers import READERS


def test_every_reader_and_every_writer_is_listed_once() -> None:
    every = every_format()
    assert (
        len({one.id for one in every}) == len(every) == len(READERS) + len(ENDINGS) + len(FOLDERS)
    )
    assert all(one.sample and one.gives for one in every)


def test_the_page_of_the_documentation_holds_the_list(repo_root: Path) -> None:
    assert as_markdown() in (repo_root / "docs" / "formats.md").read_text("utf-8")


def test_the_verb_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["formats"]) == 0
    out = capsys.readouterr().out
    assert all(reader.id in out for reader in READERS)
    assert cli.run(["formats", "--markdown"]) == 0
    assert capsys.readouterr().out == as_markdown() + "\n"


def test_the_counts_beside_other_programs_are_those_of_the_names(repo_root: Path) -> None:
    lines = (repo_root / "docs" / "formats.md").read_text("utf-8").splitlines()
    [row] = [line for line in lines if line.startswith("| Backline |")]
    for cell in row.split("|")[2:4]:
        count, _, names = cell.partition(":")
        listed = re.split(r"[,;]", names.split("; and ")[0])
        assert int(count) == len(listed), cell
