"""The page of the architecture is drawn from the imports, and is up to date."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def architecture(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "architecture", repo_root / "tools/architecture.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_make_architecture_writes(
    architecture: ModuleType, repo_root: Path
) -> None:
    page = (repo_root / "docs" / "architecture.md").read_text()
    assert page == architecture.page(repo_root), "run `make architecture` and commit the page"


def test_every_part_of_the_package_stands_in_one_layer(
    architecture: ModuleType, repo_root: Path
) -> None:
    source = repo_root / "src" / "backline"
    parts = {path.parent.name for path in source.glob("*/__init__.py")}
    parts |= {path.stem for path in source.glob("*.py") if not path.stem.startswith("__")}
    named = [part for layer in architecture.layers(repo_root) for part in layer]
    assert sorted(named) == sorted(parts)


def test_a_module_is_summed_up_by_the_first_line_of_its_docstring(
    architecture: ModuleType, tmp_path: Path
) -> None:
    package = tmp_path / "src" / "made"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""First line.\n\nMore.\n"""\n')
    (package / "part.py").write_text('"""A part."""\n')
    assert architecture.summary("made", tmp_path) == "First line."
    assert architecture.summary("made.part", tmp_path) == "A part."


def test_layers_are_drawn_top_first(architecture: ModuleType) -> None:
    lines = architecture.diagram([["above"], ["left", "right"]]).splitlines()
    assert [line.strip("| ") for line in lines[1::2]] == ["above", "left   right"]
    assert {len(line) for line in lines} == {architecture.WIDTH}


@pytest.mark.parametrize(("text", "code"), [("right", 0), ("old", 1)])
def test_the_check_tells_an_old_page(
    architecture: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    code: int,
) -> None:
    monkeypatch.setattr(architecture, "PAGE", tmp_path / "architecture.md")
    monkeypatch.setattr(architecture, "page", lambda root: "right")
    (tmp_path / "architecture.md").write_text(text)
    assert architecture.main(["--check"]) == code
    assert ("make architecture" in capsys.readouterr().out) == bool(code)


def test_without_the_check_the_page_is_written(
    architecture: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(architecture, "PAGE", tmp_path / "architecture.md")
    monkeypatch.setattr(architecture, "page", lambda root: "right")
    assert architecture.main([]) == 0
    assert (tmp_path / "architecture.md").read_text() == "right"
