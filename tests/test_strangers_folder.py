"""Modules that lie beside a stranger's files are not run, whichever process reads the files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.fault_jobs import squat

from tests.deadlines import PATIENCE_S
from tests.sources.mocap.marker_body import body

MODULES = ("pickle", "numpy", "av", "multiprocessing", "backline")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder of captures, with modules that leave a mark where they are run."""
    from backline.formats.c3d import write_c3d

    folder = tmp_path / "download"
    folder.mkdir()
    write_c3d(folder / "lift.c3d", body().c3d())
    squat(folder / "lift.mot")
    for name in MODULES:
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w').close()\n")
    return folder


@pytest.mark.parametrize(
    "arguments",
    [("analyze", "lift.c3d", "--quiet"), ("batch", ".", "--workers", "1")],
    ids=["a reader's process", "a worker of a batch"],
)
def test_a_module_beside_the_files_is_not_run(
    hostile: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    command = tmp_path / "bin" / "backline"  # as pip installs it
    command.parent.mkdir()
    command.write_text("from backline.cli import main\n\nif __name__ == '__main__':\n    main()\n")
    done = subprocess.run(
        [sys.executable, str(command), *arguments, "--out", str(tmp_path / "out")],
        cwd=hostile, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert not (tmp_path / "run").exists()
    assert done.returncode == 0, done.stderr
