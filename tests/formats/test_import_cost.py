"""Importing the formats, or the writing of files, loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["formats.video", "formats.opensim", "formats.table", "storage.atomic_file"]
)
def test_heavy_libraries_are_loaded_where_used_only(module: str) -> None:
    code = (
        f"import sys, backline.{module}\n"
        "print(sorted({'av', 'cv2', 'pandas', 'pyarrow', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"
