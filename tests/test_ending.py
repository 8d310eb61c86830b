"""Told to end, a run takes with it what is half-written; killed, the next one does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks.fault_jobs import squat

from backline.cli.results import check_out

WAITS = """
import sys, time
from pathlib import Path
import backline.report.files as files

real = files._write_text
def wait(path, text):
    if path.name == "report.html":
        Path(sys.argv.pop()).touch()
        time.sleep(300)
    return real(path, text)
files._write_text = wait
from backline.cli.app import main
main()
"""
"""``backline``, which stands still just before the report is written."""


def standing_still(source: Path, out: Path) -> subprocess.Popen[str]:
    mark = out.parent / "waits"
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS, "analyze", str(source), "--out", str(out), str(mark)],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 120
    while not mark.exists():
        assert process.poll() is None, process.communicate(timeout=60)[1]
        assert time.monotonic() < until
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    squat(tmp_path / "lift.mot")
    process = standing_still(tmp_path / "lift.mot", tmp_path / "out")
    assert any(name.endswith(".partial") for name in os.listdir(tmp_path / "out"))
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number
    assert "No half-written result" in said
    assert os.listdir(tmp_path / "out") == []


def test_what_a_killed_run_left_goes_with_any_next_run_there(tmp_path: Path) -> None:
    squat(tmp_path / "lift.mot")
    process = standing_still(tmp_path / "lift.mot", tmp_path / "out")
    check_out(tmp_path / "out", [])
    assert any(name.endswith(".partial") for name in os.listdir(tmp_path / "out"))  # it lives
    process.kill()
    process.communicate(timeout=60)
    assert (tmp_path / "out").exists()
    check_out(tmp_path / "out", [tmp_path / "out" / "other"])
    assert os.listdir(tmp_path / "out") == []
