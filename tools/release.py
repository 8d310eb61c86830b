"""Cut a release: changelog, version, wheel, sdist, commit and tag. Nothing is pushed or uploaded.

``python tools/release.py [--version X.Y.Z] [--dry-run]``, or ``make release``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
VERSION_FILE = Path("src/backline/__init__.py")
FRAGMENTS = Path("changelog.d")
VERSION_LINE = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
LONGEST_S = 600.0
"""Longest that one command may take, seconds: building wheel and sdist takes under one minute."""


class ReleaseError(Exception):
    """Why there is no release, in one sentence."""


def run(root: Path, *command: str) -> str:
    """Run a command in the repository and return what it printed.

    Raises
    ------
    ReleaseError
        If it fails.
    """
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise ReleaseError(f"`{' '.join(command)}` failed: {said}")
    return done.stdout


def next_version(current: Version, tags: set[str]) -> Version:
    """Return the current version where it was never released, otherwise the next minor one."""
    if f"v{current}" not in tags:
        return current
    return Version(f"{current.major}.{current.minor + 1}.0")


def checked(root: Path, asked: str | None) -> Version:
    """Return the version to release.

    Parameters
    ----------
    root : Path
        The repository.
    asked : str or None
        The version that was asked for; None for the next one.

    Raises
    ------
    ReleaseError
        If the tree has changes, the version is none or not newer, its tag exists, or no fragment
        says what is new.
    """
    dirty = run(root, "git", "status", "--porcelain").splitlines()
    if dirty:
        raise ReleaseError(
            f"The working tree has {len(dirty)} changed or new files, such as "
            f"{dirty[0][3:]}: commit or remove them first."
        )
    tags = set(run(root, "git", "tag", "--list").split())
    current = Version(VERSION_LINE.search((root / VERSION_FILE).read_text())[1])  # type: ignore[index]
    try:
        version = Version(asked) if asked else next_version(current, tags)
    except InvalidVersion:
        raise ReleaseError(f"'{asked}' is no version: give one such as 1.2.0.") from None
    if version < current:
        raise ReleaseError(f"Version {version} is older than today's {current}: give a newer one.")
    if f"v{version}" in tags:
        raise ReleaseError(f"The tag v{version} exists already: give a newer version.")
    if not list((root / FRAGMENTS).glob("*.md")):
        raise ReleaseError(f"{FRAGMENTS}/ holds no fragment: there is nothing to release.")
    return version


def release(root: Path, version: Version) -> list[Path]:
    """Write changelog and version, build, commit and tag.

    Parameters
    ----------
    root : Path
        The repository; its tree is clean.
    version : Version
        What to release.

    Returns
    -------
    list of Path
        The wheel and the sdist.

    Raises
    ------
    ReleaseError
        If a step fails; the tree is then as before.
    """
    file = root / VERSION_FILE
    try:
        file.write_text(VERSION_LINE.sub(f'__version__ = "{version}"', file.read_text()))
        run(root, sys.executable, "-m", "towncrier", "build", "--yes", "--version", str(version))
        run(root, sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist")
        run(root, "git", "add", "--all")
        run(root, "git", "commit", "--quiet", "--message", f"Release {version}")
    except ReleaseError:
        run(root, "git", "reset", "--quiet", "--hard", "HEAD")
        raise
    run(root, "git", "tag", "--annotate", f"v{version}", "--message", f"Release {version}")
    return sorted((root / "dist").glob(f"*-{version}[-.]*"))


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Release, or say with ``--dry-run`` what would be; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--version", help="default: the next minor version")
    parser.add_argument("--dry-run", action="store_true", help="change nothing")
    asked = parser.parse_args(arguments)
    try:
        version = checked(root, asked.version)
        if asked.dry_run:
            command = ("-m", "towncrier", "build", "--draft", "--version", str(version))
            print(run(root, sys.executable, *command))
            print(f"Would write this to CHANGELOG.md, commit, tag v{version} and build into dist/.")
            return 0
        built = release(root, version)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Released {version}: {', '.join(path.name for path in built)} in dist/, tag v{version}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
