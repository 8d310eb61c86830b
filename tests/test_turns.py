"""Who works alone meets nobody, and does not wait for ever behind those who work together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.deadlines import PATIENCE_S

WORKER = """
import sys, time
from pathlib import Path
from tests.turns import turn
folder, alone, turns = Path(sys.argv[1]), sys.argv[2] == "alone", 0
while turns < 5 if alone else not (folder / "over").exists():
    with turn(folder, alone):
        began = time.monotonic()
        time.sleep(0.02)
        print(began, time.monotonic())
    turns += 1
(folder / "over").touch()
"""


def spans(text: str) -> list[tuple[float, float]]:
    rows = [[float(value) for value in line.split()] for line in text.splitlines()]
    return [(began, ended) for began, ended in rows]


def test_one_who_works_alone_meets_nobody_and_gets_a_turn(repo_root: Path, tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path), how],
            cwd=repo_root, stdout=subprocess.PIPE, text=True,
        )
        for how in ("together", "together", "alone")
    ]  # fmt: skip
    first, second, alone = (
        spans(process.communicate(timeout=PATIENCE_S)[0]) for process in processes
    )
    assert len(alone) == 5, "the others, who go on for ever, let it have its turns"
    for began, ended in alone:
        assert all(end <= began or start >= ended for start, end in (*first, *second))
