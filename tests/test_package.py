"""The package's top level: lazy, quiet, and true to its version."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import backline
from tests.deadlines import PATIENCE_S

HEAVY = ("numpy", "scipy", "pandas", "cv2", "mediapipe", "av", "torch", "pydantic")


def modules_after(statement: str) -> set[str]:
    """Names of the modules that a fresh Python holds after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert modules_after("import backline").isdisjoint(HEAVY)


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    loaded = modules_after("import backline.cli.app")
    assert loaded.isdisjoint(set(HEAVY) - {"pydantic"})  # Typer itself brings pydantic


def test_importing_the_package_opens_no_file_of_its_own_and_no_socket() -> None:
    audit = (
        "import sys\n"
        "seen = []\n"
        "sys.addaudithook(lambda event, args: seen.append(event))\n"
        "import backline\n"
        "assert not any(event.startswith('socket') for event in seen), seen\n"
        "assert 'os.mkdir' not in seen and 'subprocess.Popen' not in seen, seen"
    )
    # -B: writing compiled files is Python's own doing.
    done = subprocess.run(
        [sys.executable, "-B", "-c", audit], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr


def told_to_opencv(**before: str) -> list[str]:
    """What a fresh Python's environment tells OpenCV of waiting, after importing the package."""
    names = [f"OPENCV_THREAD_POOL_ACTIVE_WAIT_{who}" for who in ("WORKER", "MAIN")]
    code = f"import backline, os; print(*(os.environ[name] for name in {names}))"
    clean = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=clean | before,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_idle_threads_of_opencv_sleep_instead_of_spinning() -> None:
    assert told_to_opencv() == ["0", "0"]


def test_whoever_wants_them_to_spin_is_left_alone() -> None:
    assert told_to_opencv(OPENCV_THREAD_POOL_ACTIVE_WAIT_MAIN="9") == ["0", "9"]


def test_analysis_is_fetched_on_first_use() -> None:
    from backline.pipeline import Analysis

    assert backline.Analysis is Analysis


def test_analyze_is_the_whole_way() -> None:
    from backline import pipeline

    assert backline.analyze is pipeline.analyze


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rounding'"):
        _ = backline.rounding


def test_dir_lists_what_has_not_been_fetched_yet() -> None:
    assert {"analyze", "Analysis", "__version__"} <= set(dir(backline))


def test_the_version_is_that_of_the_installed_package() -> None:
    try:
        installed = metadata.version("backline")
    except metadata.PackageNotFoundError:
        pytest.skip("backline runs from its source folder and is not installed")
    assert backline.__version__ == installed


def test_the_package_says_that_it_is_typed(repo_root) -> None:
    assert (repo_root / "src" / "backline" / "py.typed").exists()


def test_the_installed_command_finds_its_function(repo_root: Path) -> None:
    """Editable installations keep the script that was written when they were made."""
    project = tomllib.loads((repo_root / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"backline": "backline.cli:main"}
    code = "import backline.cli.app\nfrom backline.cli import main\nassert callable(main)"
    done = subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
    assert done.returncode == 0
