"""Print the tests of what has changed since the main branch: for ``make check``."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAIN = ("origin/main", "main")
"""Branches that a change is measured from; the first that is there."""


def git(*words: str) -> list[str]:
    """Return the lines that git says, none where it refuses."""
    command = ["git", "-C", str(ROOT), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def changed() -> list[Path]:
    """Return the files that differ from where this branch left the main one, new ones too."""
    base = next((found for name in MAIN for found in git("merge-base", "HEAD", name)), "HEAD")
    named = [*git("diff", "--name-only", base), *git("ls-files", "--others", "--exclude-standard")]
    return [Path(name) for name in dict.fromkeys(named) if (ROOT / name).is_file()]


def mirrors_of(file: Path, root: Path) -> list[Path]:
    """Return the test files of a file, relative to the repository, as they mirror it.

    Parameters
    ----------
    file : Path
        A file, relative to the repository.
    root : Path
        The repository.
    """
    tests = root / "tests"
    if file.suffix != ".py":
        return []
    if file.parts[0] == "tests":
        found = [root / file] if file.name.startswith("test_") else []
    else:
        inside = file.parts[2:-1] if file.parts[0] == "src" else file.parts[:-1]
        name = file.parent.name if file.stem == "__init__" else file.stem
        folder = tests.joinpath(*inside)
        found = [*folder.glob(f"test_{name}.py"), *folder.glob(f"test_{name}_*.py")]
    return sorted(path.relative_to(root) for path in found)


def main() -> None:
    """Print the names of the test files, one a line."""
    for path in sorted({path for file in changed() for path in mirrors_of(file, ROOT)}):
        print(path)


if __name__ == "__main__":
    main()
