"""Checks of the repository itself: pins, licences, make targets, changelog, layout of the code."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.deadlines import PATIENCE_S

PROJECT_FILES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "Makefile",
    "NOTICE",
    "constraints.txt",
    "pyproject.toml",
    "mkdocs.yml",
    ".ci/run",
)


@pytest.fixture(scope="module")
def project(repo_root: Path) -> dict[str, Any]:
    return tomllib.loads((repo_root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def needed(project: dict[str, Any]) -> list[Requirement]:
    """Every requirement of the core and of each extra, but for the project's own extras."""
    texts = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        texts += extra
    found = [Requirement(text) for text in texts]
    return [requirement for requirement in found if requirement.name != "backline"]


@pytest.fixture(scope="module")
def pinned(repo_root: Path) -> dict[str, Version]:
    lines = (repo_root / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def test_constraints_are_names_and_versions_only(repo_root: Path) -> None:
    for line in (repo_root / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*", line), line


def test_every_requirement_is_pinned_to_a_version_that_it_allows(
    needed: list[Requirement], pinned: dict[str, Version]
) -> None:
    for requirement in needed:
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} but {version}"


def test_the_versions_that_mediapipe_can_work_with_are_kept(pinned: dict[str, Version]) -> None:
    assert pinned["mediapipe"] == Version("0.10.21")
    assert pinned["protobuf"] < Version("5")
    assert pinned["numpy"] < Version("2")


def test_the_notice_names_every_requirement(repo_root: Path, needed: list[Requirement]) -> None:
    notice = (repo_root / "NOTICE").read_text().lower()
    for requirement in needed:
        assert re.search(rf"^    {re.escape(requirement.name)} ", notice, re.MULTILINE), requirement


def test_the_core_is_free_of_what_only_developers_need(project: dict[str, Any]) -> None:
    core = {Requirement(text).name for text in project["dependencies"]}
    assert core.isdisjoint({"torch", "anny", "pyvista", "onnx", "ray", "pytest", "playwright"})


def test_each_extra_of_the_contract_is_there(project: dict[str, Any]) -> None:
    assert {"phantom", "train", "cluster", "engines", "dev"} <= set(
        project["optional-dependencies"]
    )


def test_the_licence_is_apache_2_in_full(repo_root: Path) -> None:
    text = (repo_root / "LICENSE").read_text()
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "[yyyy]" not in text


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("demo", "backline analyze examples/top_tuck_and_wink.mp4"),
        ("test", "python -m pytest"),
        ("lint", "mypy --strict src"),
        ("docs", "mkdocs build --strict"),
    ],
)
def test_the_make_targets_run_what_they_are_named_for(
    repo_root: Path, target: str, command: str
) -> None:
    done = subprocess.run(
        ["make", "-n", target], cwd=repo_root, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    assert command in done.stdout


@pytest.mark.parametrize(
    ("broken", "code", "said"),
    [
        ("nothing", 0, []),
        ("lint", 1, ["FAILED: style, types, import rules"]),
        ("test", 1, ["FAILED: tests"]),
    ],
)
def test_ci_runs_every_step_and_says_last_how_the_tests_closed(
    repo_root: Path, tmp_path: Path, broken: str, code: int, said: list[str]
) -> None:
    closing = "=== 1 failed, 2 passed in 3.45s ===" if broken == "test" else "3 passed in 3.45s"
    tools, script = tmp_path / "tools", tmp_path / "checkout" / ".ci" / "run"
    script.parent.mkdir(parents=True)
    tools.mkdir()
    script.write_bytes((repo_root / ".ci" / "run").read_bytes())
    (tools / "make").write_text(
        f'#!/bin/sh\nfor last; do :; done\necho "$last" >> {tmp_path}/made\n'
        f'[ "$last" = test ] && echo "{closing}"\n[ "$last" != {broken} ]\n'
    )
    (tools / "apt-get").write_text("#!/bin/sh\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    done = subprocess.run(
        ["bash", str(script)], capture_output=True, text=True, timeout=PATIENCE_S,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert (tmp_path / "made").read_text().split() == ["lint", "docs", "test"]
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1 - len(said) :] == [*said, closing]


@pytest.mark.parametrize("name", PROJECT_FILES)
def test_no_project_file_names_a_folder_of_one_machine_or_a_registry(
    repo_root: Path, name: str
) -> None:
    text = (repo_root / name).read_text()
    hosts = ("pypi" + ".org", "python" + "hosted.org", "index" + "-url")
    folders = [f"/{name}/" for name in ("root", "home", "work")]
    for word in (*folders, *hosts):
        assert word not in text


def test_every_changelog_fragment_has_a_known_kind_and_says_something(repo_root: Path) -> None:
    config = tomllib.loads((repo_root / "pyproject.toml").read_text())["tool"]["towncrier"]
    assert config["directory"] == "changelog.d"
    kinds = {kind["directory"] for kind in config["type"]}
    fragments = list((repo_root / "changelog.d").glob("*.md"))
    for fragment in fragments:
        assert fragment.name.split(".")[-2] in kinds, fragment.name
        assert len(fragment.read_text().split()) >= 5, fragment.name


def test_the_changelog_can_be_made_of_the_fragments(repo_root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9"],
        cwd=repo_root,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert "## 9.9" in done.stdout


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_local_link_and_picture_leads_somewhere(repo_root: Path, name: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)", (repo_root / name).read_text())
    for target in targets:
        assert target.startswith("https://") or (repo_root / target).exists(), target


def test_the_readme_opens_with_a_picture(repo_root: Path) -> None:
    assert (repo_root / "README.md").read_text().startswith("![")


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph("backline", exclude_type_checking_imports=True, cache_dir=None)
    order = TopologicalSorter(
        {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    )
    order.prepare()  # raises CycleError, with the circle, where there is one


def test_no_two_classes_have_one_name(repo_root: Path) -> None:
    homes: dict[str, set[str]] = {}
    for path in (repo_root / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, set()).add(path.stem)
    assert {name: sorted(at) for name, at in homes.items() if len(at) > 1} == {}


MOST_LINES = 60
"""A function fits on one screen."""


def test_every_function_fits_on_a_screen(repo_root: Path) -> None:
    found = {}
    for path in sorted((repo_root / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                found[f"{path.name}:{node.name}"] = lines
    assert {name: lines for name, lines in found.items() if lines > MOST_LINES} == {}


def test_every_module_says_in_one_line_what_it_does(repo_root: Path) -> None:
    for path in sorted((repo_root / "src").rglob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text())) or ""
        first = text.split("\n\n")[0]
        assert "\n" not in first, path
        assert len(first.split()) >= 3 or path.parent.name == "migrations", path


CHOSEN = re.compile(r"_?[A-Z][A-Z0-9_]*")


def _chosen_numbers(tree: ast.Module, lines: list[str]) -> Iterator[str]:
    """Yield constants made of numbers alone that have no comment or docstring, nor a neighbour's.

    Constants that follow each other without an empty line may share one.
    """
    said = False
    group: list[str] = []
    before: ast.stmt | None = None
    for node in [*tree.body, None]:
        names = [n for t in getattr(node, "targets", ()) for n in ast.walk(t)]
        named = [n.id for n in names if isinstance(n, ast.Name) and CHOSEN.fullmatch(n.id)]
        if node is None or before is None or node.lineno > (before.end_lineno or 0) + 1:
            yield from () if said else group
            said, group = False, []
        if node is None:
            return
        above = lines[node.lineno - 2] if node.lineno > 1 else ""
        said |= isinstance(node, ast.Expr) or above.startswith("#") or "#" in lines[node.lineno - 1]
        inside = list(ast.walk(node.value)) if isinstance(node, ast.Assign) and named else []
        numbers = [n for n in inside if isinstance(n, ast.Constant)]
        if (
            numbers
            and all(type(n.value) in (int, float) for n in numbers)
            and not any(isinstance(n, ast.Call | ast.Name) for n in inside)
        ):
            group += named
        before = node


def test_every_number_that_was_chosen_says_beside_it_what_it_is(repo_root: Path) -> None:
    bare = {}
    for path in sorted((repo_root / "src").rglob("*.py")):
        text = path.read_text()
        if found := list(_chosen_numbers(ast.parse(text), text.splitlines())):
            bare[path.name] = found
    assert bare == {}
