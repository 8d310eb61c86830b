"""The jobs that `benchmarks.faults` disturbs: each knows how a whole result looks."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path

import numpy as np

from backline.formats.opensim import Motion, write_mot

SECRET = b"person"


class Job:
    """One kind of work on a folder.

    Parameters
    ----------
    home : Path
        Empty, and the job's own.
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    def prepare(self) -> None:
        """Do it once undisturbed, so that all is imported before the first fork."""
        self.reset()
        status = self.run(0)
        if status != 0:
            raise RuntimeError(f"the undisturbed job ended with {status}")

    def reset(self) -> None:
        """Put things as they were before the job."""

    def run(self, number: int) -> int:
        """Do the job in a child; return its exit status."""
        raise NotImplementedError

    def check(self, kind: str, statuses: list[int]) -> list[str]:
        """Return what is wrong after a fault."""
        raise NotImplementedError


def _quiet(*arguments: str) -> int:
    from backline.cli import run

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return run(list(arguments))


class Analyze(Job):
    """``backline analyze`` of a table of angles, over an older result of another load."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.source, self.out = home / "lift.mot", home / "out"
        self.whole: dict[int, dict[str, bytes]] = {}

    def prepare(self) -> None:
        squat(self.source)
        super().prepare()

    def reset(self) -> None:
        if not (self.out / "lift" / "analysis.json").is_file():
            shutil.rmtree(self.out, ignore_errors=True)
            (self.out / "lift").mkdir(parents=True)
            (self.out / "lift" / "notes.txt").write_bytes(SECRET)

    def run(self, number: int) -> int:
        return _quiet(
            "analyze", str(self.source), "--out", str(self.out), "--quiet",
            "--cue", f"cue {number}",
        )  # fmt: skip

    def check(self, kind: str, statuses: list[int]) -> list[str]:
        result, wrong = self.out / "lift", []
        there = {entry.name for entry in result.iterdir()} if result.is_dir() else set()
        if "notes.txt" not in there:
            wrong.append("a file of somebody else is gone")
        names = {"analysis.json", "report.html", "series.csv", "series.parquet", "kinematics.mot"}
        if not names <= there:
            return [*wrong, f"the older result has lost {sorted(names - there)}"]
        told = json.loads((result / "analysis.json").read_text())
        cue = str(told["summary"]["cue"])
        if cue not in (result / "report.html").read_text():
            wrong.append(f"document of '{cue}' beside a page of another run")
        hidden = [entry.name for entry in self.out.iterdir() if entry.name.startswith(".")]
        if kind in ERRORS_OF and hidden:
            wrong.append(f"left behind after an error: {hidden}")
        if kind in ERRORS_OF and 124 in statuses:
            wrong.append("hung")
        if kind == "two" and (0 not in statuses or not set(statuses) <= {0, 2}):
            wrong.append(f"two writers ended with {statuses}")
        return wrong


ERRORS_OF = ("full", "broken")


def squat(path: Path) -> None:
    """Write one squat as OpenSim's table of angles, rounded by 15 degrees at the bottom."""
    time_s = np.arange(0, 4, 1 / 50)
    depth = np.clip(np.sin((time_s - 1) * np.pi / 2), 0, 1) * ((time_s > 1) & (time_s < 3))
    columns = {
        "pelvis_tilt": -2 - 35 * depth,
        "lumbar_extension": -5 - 15 * depth,
        **{f"hip_flexion_{s}": 110 * depth for s in "rl"},
        **{f"knee_angle_{s}": 100 * depth for s in "rl"},
        **{f"ankle_angle_{s}": 30 * depth for s in "rl"},
    }
    write_mot(path, Motion(time_s, tuple(columns), np.stack(list(columns.values()), axis=1)))


JOBS = {"analyze": Analyze}
