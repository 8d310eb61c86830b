"""Write ``docs/architecture.md`` from the code: layers, packages and what each imports.

``python tools/architecture.py`` writes the page, ``--check`` fails where the page is out of date.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
PACKAGE = "backline"
WIDTH = 78
"""Characters of a line in the diagram of the layers."""

HEAD = """# Architecture

<!-- Written by `make architecture` from the imports and docstrings in src/. Do not edit. -->

A source (video, motion capture, inertial sensors, keypoints) is measured into a `Posture`, the
series of angles. Reps, findings and loads are computed from the posture alone and do not know which
source it came from. `pipeline.py` runs these steps in order; the result is an `Analysis`, which
report, library, batch and web app only read. [How it works](how-it-works.md) describes the steps.

## Layers

A module may import from its own layer and from the layers below it, never from a layer above, and
no module imports itself through others. import-linter and `tests/test_house.py` check this.
"""


def layers(root: Path) -> list[list[str]]:
    """Return the layers of ``pyproject.toml``, top first, each with its packages and modules."""
    config = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    [contract] = [c for c in config["contracts"] if c["type"] == "layers"]
    return [re.findall(r"\w+", line) for line in contract["layers"]]


def summary(module: str, root: Path) -> str:
    """Return the first line of a module's docstring.

    Parameters
    ----------
    module : str
        Dotted name.
    root : Path
        The repository.
    """
    path = root.joinpath("src", *module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text())) or ""
    return text.split("\n\n")[0].replace("\n", " ")


def diagram(found: list[list[str]]) -> str:
    """Return the layers as boxes of text, the top layer first."""
    bar = "+" + "-" * (WIDTH - 2) + "+"
    lines = [f"| {'   '.join(names):<{WIDTH - 4}} |" for names in found]
    return "\n".join([bar, *(part for line in lines for part in (line, bar))])


def imported(part: str, graph: grimp.ImportGraph, tops: list[str]) -> list[str]:
    """Return the packages and modules of the top level that a part imports, in layer order."""
    name = f"{PACKAGE}.{part}"
    modules = {name, *graph.find_descendants(name)}
    targets = {
        target.split(".")[1]
        for module in modules
        for target in graph.find_modules_directly_imported_by(module)
        if target != PACKAGE
    }
    return [top for top in tops if top in targets and top != part]


def packages(root: Path) -> list[str]:
    """Return the dotted names of all packages below the top, sorted."""
    source = root / "src"
    inits = sorted((source / PACKAGE).glob("*/**/__init__.py"))
    return [".".join(init.parent.relative_to(source).parts) for init in inits]


def page(root: Path) -> str:
    """Return the whole page as Markdown."""
    found = layers(root)
    tops = [name for names in found for name in names]
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)
    lines = [HEAD, "```text", diagram(found), "```", ""]
    lines += ["| part | what it does | imports |", "| --- | --- | --- |"]
    for top in tops:
        uses = ", ".join(imported(top, graph, tops)) or "nothing of Backline"
        lines.append(f"| `{top}` | {summary(f'{PACKAGE}.{top}', root)} | {uses} |")
    lines += ["", "## Packages within packages", "", "| folder | what it does |", "| --- | --- |"]
    for package in packages(root):
        if package.count(".") > 1:
            folder = package.removeprefix(f"{PACKAGE}.").replace(".", "/")
            lines.append(f"| `{folder}/` | {summary(package, root)} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page or, with ``--check``, compare it; return the exit code."""
    text = page(ROOT)
    if "--check" not in arguments:
        PAGE.write_text(text)
        return 0
    if PAGE.is_file() and PAGE.read_text() == text:
        return 0
    print("docs/architecture.md does not match the imports of src/: run `make architecture`")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
