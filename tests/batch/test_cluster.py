"""The Ray engine on a cluster that it starts itself: the same dataset as the local engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backline.batch.local import WorkerLimits
from backline.batch.run import run_batch
from tests.batch.lifts import lifts
from tests.batch.test_local import contents
from tests.deadlines import PATIENCE_S

pytest.importorskip("ray", reason="needs ray, of the extra 'cluster'")


def test_ray_gives_the_bytes_of_the_local_engine(tmp_path: Path) -> None:
    lifts(tmp_path / "in", 2)
    run_batch(str(tmp_path / "in"), str(tmp_path / "local"), limits=WorkerLimits(1))
    run_batch(str(tmp_path / "in"), str(tmp_path / "ray"), engine="ray", limits=WorkerLimits(1))
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")


LISTENING = """
import psutil
from backline.batch.cluster import _connected, _on_loopback
from backline.batch.local import WorkerLimits
with _on_loopback(alone=True):
    ray = _connected(WorkerLimits(1), None)
me = psutil.Process()
for process in (me, *me.children(recursive=True)):
    for one in process.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN:
            print(one.laddr.ip)
ray.shutdown()
"""


def test_a_ray_of_its_own_listens_on_loopback_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTENING], capture_output=True, text=True, timeout=2 * PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    heard = set(done.stdout.split())
    assert heard
    assert heard <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
