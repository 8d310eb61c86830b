"""Local engine: one dataset for any number of workers; a crash ends one clip; kills do no harm."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from backline import analyze
from backline.batch import clip_task, isolated_worker, local
from backline.batch.clip_task import ClipOutcome, ClipTask
from backline.batch.local import WorkerLimits, run_local
from backline.batch.run import run_batch
from backline.batch.store import ResultStore
from backline.errors import UsageError
from tests.batch.lifts import lift, lifts
from tests.deadlines import PATIENCE_S

TABLES = ("sets", "reps", "findings", "series")


def contents(dataset: Path) -> dict[str, bytes]:
    """The bytes of every table's files, and the ledger without its clock."""
    tables = {
        str(path.relative_to(dataset)): path.read_bytes()
        for name in TABLES
        for path in sorted((dataset / name).rglob("*.parquet"))
    }
    ledger = pq.read_table(dataset / "ledger.parquet").drop_columns(["seconds", "tries"])
    return {**tables, "ledger": json.dumps(ledger.to_pylist()).encode()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("lifts")
    lifts(home / "in", 5)
    return home


@pytest.fixture(scope="module")
def undisturbed(folder: Path) -> Path:
    run_batch(str(folder / "in"), str(folder / "undisturbed"), limits=WorkerLimits(1))
    return folder / "undisturbed"


def test_every_clip_is_in_tables_and_ledger(undisturbed: Path) -> None:
    ledger = pq.read_table(undisturbed / "ledger.parquet").to_pylist()
    assert [line["status"] for line in ledger] == ["done"] * 5
    assert [Path(line["source"]).name for line in ledger] == [f"lift{k:03d}.mot" for k in range(5)]
    assert all(line["seconds"] > 0 and line["tries"] == 1 for line in ledger)
    sets = ds.dataset(undisturbed / "sets", partitioning="hive").to_table().to_pydict()
    assert set(sets["set_id"]) == {line["set_id"] for line in ledger}
    assert set(sets["lift"]) == {"squat"}
    series = ds.dataset(undisturbed / "series", partitioning="hive").to_table()
    assert series.num_rows == sum(sets["frames"])
    reps = ds.dataset(undisturbed / "reps", partitioning="hive").to_table().to_pylist()
    assert [rep["rep"] for rep in reps] == [1] * 5
    planted = {f"lift{k:03d}.mot": 10 + 0.25 * k for k in range(5)}
    source = dict(zip(sets["set_id"], sets["source"], strict=True))
    for rep in reps:
        expected = planted[Path(source[rep["set_id"]]).name]
        # The size of a rep is its largest mean less what noise of the source's standard deviation
        # would add to the largest of many (here about 1.2 degrees); the curve is as measured.
        assert expected - 1.5 < rep["lumbar_flexion_bottom_deg"] < expected
        assert rep["flexion_descent_deg"][0] == pytest.approx(0, abs=0.1)
        assert rep["flexion_bottom_deg"][5] == pytest.approx(expected, abs=0.1)
        assert rep["measured_bottom"] is True


def test_the_dataset_holds_the_numbers_of_each_clip_alone_to_the_last_digit(
    folder: Path, undisturbed: Path
) -> None:
    alone = analyze(folder / "in" / "lift003.mot")
    sets = ds.dataset(undisturbed / "sets", partitioning="hive").to_table().to_pylist()
    [number] = [row["set_id"] for row in sets if row["source"].endswith("lift003.mot")]
    mine = ds.field("set_id") == number
    [rep] = ds.dataset(undisturbed / "reps", partitioning="hive").to_table(filter=mine).to_pylist()
    assert rep["bottom_s"] == alone.reps[0].bottom_s  # when it was; the metric says how long
    for name, value in alone.reps[0].metrics.items():
        assert name not in rep or name == "bottom_s" or rep[name] == value, name
    series = ds.dataset(undisturbed / "series", partitioning="hive").to_table(filter=mine)
    known = alone.posture.measurable
    measured = np.array(series["lumbar_flexion_deg"].to_pylist(), dtype=float)
    assert np.array_equal(measured[known], alone.posture.lumbar_flexion_deg[known])


def test_two_workers_give_the_same_bytes_as_one(folder: Path, undisturbed: Path) -> None:
    run_batch(str(folder / "in"), str(folder / "two"), limits=WorkerLimits(2))
    assert contents(folder / "two") == contents(undisturbed)


def test_finished_clips_are_kept_and_changed_ones_done_again(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "in", tmp_path / "in")
    lift(tmp_path / "in" / "lift000.mot", 20)
    for path in sorted((tmp_path / "in").iterdir())[2:]:
        path.unlink()
    first = run_batch(str(tmp_path / "in"), str(tmp_path / "o"), limits=WorkerLimits(1))
    again = run_batch(str(tmp_path / "in"), str(tmp_path / "o"), limits=WorkerLimits(1))
    assert (first.kept, again.kept) == (0, 2)
    assert again.ledger == first.ledger
    lift(tmp_path / "in" / "lift001.mot", 25)
    changed = run_batch(str(tmp_path / "in"), str(tmp_path / "o"), limits=WorkerLimits(1))
    assert changed.kept == 1
    sets = ds.dataset(tmp_path / "o" / "sets", partitioning="hive").to_table()
    assert sets.num_rows == 2


def test_killed_at_random_moments_and_resumed_it_is_as_if_undisturbed(
    folder: Path, undisturbed: Path
) -> None:
    out = folder / "killed"
    command = [sys.executable, "-m", "backline", "batch", str(folder / "in"), "--out", str(out)]
    chance = random.Random(8)
    kills = int(os.environ.get("BACKLINE_KILLS", "3"))
    for _ in range(kills):
        process = subprocess.Popen([*command, "--workers", "2", "--quiet"], start_new_session=True)
        time.sleep(chance.uniform(0.5, 9.0))
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
        time.sleep(0.5)  # its workers see that their parent is gone
    done = subprocess.run([*command, "--workers", "1"], capture_output=True, text=True, timeout=480)
    assert done.returncode == 0, done.stderr
    assert contents(out) == contents(undisturbed)
    assert not list(out.rglob("*.part"))


def crash(task: ClipTask) -> ClipOutcome:
    """Stand in for a clip that a decoder dies on: the real work for all but the poison."""
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("unreachable")


def hang(task: ClipTask) -> ClipOutcome:
    time.sleep(3600)
    raise AssertionError("unreachable")


def eat(task: ClipTask) -> ClipOutcome:
    """Take twice the memory that is allowed, and no more: whoever stops it may be late."""
    held = bytearray(b"x" * int(2 * ALLOWED_GB * 1024**3))
    time.sleep(3600)
    raise AssertionError(len(held))


class Clockwork(isolated_worker.IsolatedWorker):
    """A worker whose clock runs ahead for one clip, so that no other needs to be quick."""

    def begin(self, task: ClipTask) -> None:
        super().begin(task)
        if Path(task.clip.source).stem == "hung":
            self._began -= LONG_S - 5


LONG_S, ALLOWED_GB = 1800.0, 1.0
POISONS = {"crashed": crash, "hung": hang, "memory": eat}


def _serve_poison(pipe: Any, cores: list[int], parent: int) -> None:
    """The worker's own loop, in which poison does to the process what its name says."""
    real = clip_task.do

    def do(task: ClipTask) -> ClipOutcome:
        poison = POISONS.get(Path(task.clip.source).stem)
        return poison(task) if poison else real(task)

    clip_task.do = do
    fence_serve(pipe, cores, parent)


fence_serve = isolated_worker._serve


def test_poison_is_given_up_after_two_tries_and_the_rest_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate((*POISONS, "good", "fine")):
        lift(tmp_path / "in" / f"{name}.mot", 10 + number)
    monkeypatch.setattr(isolated_worker, "_serve", _serve_poison)
    monkeypatch.setattr(local, "IsolatedWorker", Clockwork)
    out = tmp_path / "out"
    result = run_batch(str(tmp_path / "in"), str(out), limits=WorkerLimits(2, LONG_S, ALLOWED_GB))
    became = {Path(line["source"]).stem: line for line in result.ledger}
    for name in POISONS:
        assert (became[name]["status"], became[name]["code"]) == ("failed", name)
        assert "given up after 2 tries" in became[name]["text"]
        assert became[name]["tries"] == 2
    assert [became[name]["status"] for name in ("good", "fine")] == ["done", "done"]
    again = run_batch(str(tmp_path / "in"), str(out), limits=WorkerLimits(1))
    assert again.kept == 5  # poison is not touched again


def test_nothing_to_do_starts_no_process() -> None:
    assert list(run_local([], WorkerLimits(3))) == []


def test_a_second_batch_into_the_same_dataset_is_told(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with (
        ResultStore(str(out)).locked(),
        pytest.raises(UsageError, match="another backline batch is writing"),
        ThreadPoolExecutor(1) as pool,
    ):
        pool.submit(run_batch, str(folder / "in"), str(out)).result(timeout=60)
    assert run_batch(str(folder / "in"), str(out), limits=WorkerLimits(1)).kept == 0
