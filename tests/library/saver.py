"""Saves sets, in processes that tests run side by side or kill.

python -m tests.library.saver FOLDER FIRST COUNT
python -m tests.library.saver URL FOLDER    # forks a saver for each number that it reads
python -m tests.library.saver FOLDER FIRST COUNT WRITERS    # forks so many savers at once
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from backline.findings.finding import Finding
from backline.library import Store
from backline.model.measurement import EngineInfo, Quality, SourceInfo, View
from backline.model.posture import SERIES_FIELDS, Posture, Standing, WholeBodyMotion
from backline.pipeline import Analysis
from backline.reps import Rep

REPS = 8


def analysis_of(number: int) -> Analysis:
    """Return a small analysis with eight reps, of a clip of its own."""
    zeros = np.zeros(20)
    series = dict.fromkeys(SERIES_FIELDS, zeros)
    series["measurable"] = np.ones(20, dtype=bool)
    series["reason"] = np.full(20, "", dtype="U16")
    series["back_bulge"] = np.full(20, np.nan)
    posture = Posture(
        time_s=np.arange(20) / 30, standing=Standing(0.0, 0.2, "before_first_rep"),
        motion=WholeBodyMotion(zeros, zeros, zeros), **series,
    )  # fmt: skip
    metrics = {"lumbar_flexion_lockout_deg": 7.0, "turn_back_deg": 1.0}
    rep = Rep(1, 0.0, 0.3, 0.6, {"descent": (0.0, 0.3)}, metrics=metrics)
    tuck = Finding("rounding", "lockout", "", 1, 0, 0.3, 0.6, 7.0, 1.0, 0.99, True, "kept")
    return Analysis(
        source=SourceInfo("lift.mp4", "video", 9, 9, 20, 0.6, 30.0, "h264", f"{number:064x}"),
        engine=EngineInfo("mediapipe", "0", "0"), view=View("right", 0.0),
        quality=Quality("ok", (), 1.0), settings={}, lift="squat", posture=posture,
        reps=tuple(replace(rep, index=i + 1) for i in range(REPS)),
        findings=tuple(replace(tuck, rep=i + 1) for i in range(REPS)),
        summary={"cue": None, "not_measured": []},
    )  # fmt: skip


def save_some(folder: str, first: int, count: int) -> None:
    """Save set after set, telling each when it is kept."""
    with Store(f"sqlite:///{folder}/backline.sqlite", Path(folder)) as store:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for number in range(first, first + count):
            store.save(analysis_of(number), f"Lifter {number % 3}")
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


def nurse(url: str, folder: str) -> None:
    """Fork a saver for each number on standard input: importing takes longer than saving.

    Tells "pid N" of each, "kept" for each set of it that is kept, and "ended" once it is gone.
    Nothing but this runs here, so that no thread holds a lock over the fork.
    """
    with tempfile.TemporaryDirectory() as other, Store(folder=Path(other)) as store:
        store.save(analysis_of(0), "Ada")  # imports what saving needs
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _save_until_killed(url, folder, int(line))
        os.waitpid(child, 0)
        os.write(1, b"ended\n")


def crowd(folder: str, first: int, count: int, writers: int) -> int:
    """Fork savers that all save at once, each its own sets; return how many of them failed."""
    with tempfile.TemporaryDirectory() as other, Store(folder=Path(other)) as store:
        store.save(analysis_of(0), "Ada")  # imports what saving needs
    Store(f"sqlite:///{folder}/backline.sqlite", Path(folder)).close()  # makes the tables
    start, go = os.pipe()
    children = []
    for writer in range(writers):
        child = os.fork()
        if child == 0:
            _save_at_once(folder, first + writer * count, count, start)
        children.append(child)
    os.write(go, bytes(writers))
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


def _save_at_once(folder: str, first: int, count: int, start: int) -> None:
    """Save sets in a forked child as soon as all are there; it never returns."""
    status = 1
    try:
        os.read(start, 1)
        with Store(f"sqlite:///{folder}/backline.sqlite", Path(folder)) as store:
            for number in range(first, first + count):
                store.save(analysis_of(number), f"Lifter {number % 3}")
        status = 0
    finally:
        os._exit(status)


def _save_until_killed(url: str, folder: str, first: int) -> None:
    """Save set after set in a forked child; it never returns."""
    try:
        os.write(1, f"pid {os.getpid()}\n".encode())
        with Store(url, Path(folder)) as store:
            for number in range(first, first + 1000):
                store.save(analysis_of(number), "Ada", day=date(2026, 1, 5))
                os.write(1, b"kept\n")
    finally:
        os._exit(1)


def main() -> None:
    """Do what the command line says."""
    if len(sys.argv) == 3:
        nurse(*sys.argv[1:])
    elif len(sys.argv) == 5:
        sys.exit(crowd(sys.argv[1], *map(int, sys.argv[2:])))
    else:
        folder, first, count = sys.argv[1:]
        save_some(folder, int(first), int(count))


if __name__ == "__main__":
    main()
