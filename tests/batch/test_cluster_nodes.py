"""A Ray cluster of several nodes on this machine; a node and a worker are killed mid-run."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from backline.batch.local import WorkerLimits
from backline.batch.run import run_batch
from backline.errors import BacklineError
from tests.batch.lifts import lifts
from tests.batch.test_local import contents
from tests.deadlines import PATIENCE_S, lines_of, running

pytest.importorskip("ray", reason="needs ray, of the extra 'cluster'")

COUNT = 8


class Nodes:
    """Nodes of one CPU each, every one a session of processes that `ray start` began."""

    def __init__(self) -> None:
        self.home = tempfile.mkdtemp(prefix="bl-ray-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        # A token of this cluster's own: whoever else is on this machine cannot send it work.
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        self.environment = {**os.environ, **token}
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *, head: bool = False) -> subprocess.Popen[bytes]:
        """Start one node."""
        port = self.address.split(":")[1]
        place = ["--head", f"--port={port}", f"--temp-dir={self.home}", "--include-dashboard=false"]
        command = [
            str(Path(sys.executable).parent / "ray"), "start", "--block", "--disable-usage-stats",
            *(place if head else [f"--address={self.address}"]), "--num-cpus=1",
            "--node-ip-address=127.0.0.1", "--object-store-memory=80000000",
        ]  # fmt: skip
        node = subprocess.Popen(
            command, start_new_session=True, env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._running.append(node)
        return node

    def revive(self) -> None:
        """Start again the nodes that gave up while starting; the head is the first."""
        for node in self._running[1:]:
            if node.poll() is not None:
                self._running.remove(node)
                self.start()

    @property
    def others(self) -> list[subprocess.Popen[bytes]]:
        """The nodes that run, without the head."""
        return self._running[1:]

    def kill(self, node: subprocess.Popen[bytes]) -> None:
        """Take a node away as a power cut does: every process of it, at once."""
        if node.poll() is None:
            family = psutil.Process(node.pid).children(recursive=True)
            for process in (psutil.Process(node.pid), *family):
                with_no_fuss(process.kill)
        node.wait(PATIENCE_S)
        self._running.remove(node)

    def close(self) -> None:
        for node in list(self._running):
            self.kill(node)
        shutil.rmtree(self.home, ignore_errors=True)


def with_no_fuss(action: Callable[[], object]) -> None:
    """Do something to a process that may be gone already."""
    try:
        action()
    except psutil.NoSuchProcess:
        return


def workers_of(node: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the actors that run on a node."""

    def is_actor(process: psutil.Process) -> bool:
        try:
            return "Worker" in " ".join(process.cmdline()[:1])
        except psutil.Error:
            return False  # it has just ended

    return [one for one in psutil.Process(node.pid).children(recursive=True) if is_actor(one)]


@contextmanager
def held(nodes: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Let the actors of nodes, and what they run, stand still for a while."""
    still: list[psutil.Process] = []
    for actor in (one for node in nodes for one in workers_of(node)):
        with_no_fuss(lambda actor=actor: still.extend((actor, *actor.children(recursive=True))))
    for process in still:
        with_no_fuss(process.suspend)
    try:
        yield
    finally:
        for process in still:
            with_no_fuss(process.resume)


def wait_for_worker(node: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Wait until a node has an actor."""
    until = time.monotonic() + 240
    while time.monotonic() < until:
        if found := workers_of(node):
            return found
        time.sleep(0.05)
    raise AssertionError("no worker came to the head")


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    made = Nodes()
    try:
        yield made
    finally:
        made.close()


def wait_for_nodes(nodes: Nodes, count: int) -> None:
    """Wait until a cluster has its nodes, looking from a process of its own."""
    alive = "sum(node['Alive'] for node in ray.nodes())"
    look = f"import ray; ray.init('{nodes.address}', log_to_driver=False); print({alive})"
    until = time.monotonic() + 240
    while time.monotonic() < until:
        seen = subprocess.run(
            [sys.executable, "-c", look],
            capture_output=True,
            text=True,
            env=nodes.environment,
            timeout=PATIENCE_S,
        )
        if seen.stdout.strip() == str(count):
            return
        nodes.revive()
        time.sleep(1)
    raise AssertionError(f"the cluster has not got {count} nodes: {seen.stdout} {seen.stderr}")


def test_a_node_and_a_worker_killed_mid_run_lose_no_clip_and_double_none(
    tmp_path: Path, nodes: Nodes
) -> None:
    lifts(tmp_path / "in", COUNT)
    run_batch(str(tmp_path / "in"), str(tmp_path / "local"), limits=WorkerLimits(1))
    head = nodes.start(head=True)
    wait_for_nodes(nodes, 1)
    nodes.start()
    nodes.start()
    wait_for_nodes(nodes, 3)
    first = nodes.others[0]
    seen: list[int] = []
    killed: Counter[str] = Counter()
    command = [
        sys.executable, "-m", "backline", "batch", str(tmp_path / "in"), "--json",
        "--out", str(tmp_path / "ray"), "--engine", "ray", "--address", nodes.address,
        "--workers", "3",
    ]  # fmt: skip
    with running(command, env=nodes.environment) as process:
        for line in lines_of(process, 480.0):
            said = json.loads(line)
            if said["event"] != "progress":
                continue
            seen.append(said["done"])
            if said["done"] >= 2 and not killed["node"]:
                killed["node"] += 1
                nodes.kill(first)
            elif said["done"] >= 4 and not killed["worker"]:
                # The head's may be slow to come; the others must not finish before it does.
                with held(nodes.others):
                    victims = wait_for_worker(head)
                    killed["worker"] += len(victims)
                    for worker in victims:
                        with_no_fuss(worker.kill)
        assert process.wait(PATIENCE_S) == 0
    assert (killed["node"], killed["worker"] > 0) == (1, True)
    assert seen == list(range(COUNT + 1))  # each clip ended once
    ledger = pq.read_table(tmp_path / "ray" / "ledger.parquet").to_pylist()
    assert [line["status"] for line in ledger] == ["done"] * COUNT
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")


def test_a_cluster_without_the_gpu_that_is_asked_for_is_told(tmp_path: Path) -> None:
    lifts(tmp_path / "in", 1)
    with pytest.raises(BacklineError, match="has 0 GPU, and a worker needs 1"):
        run_batch(
            str(tmp_path / "in"),
            str(tmp_path / "out"),
            engine="ray",
            limits=WorkerLimits(1, gpus=1.0),
        )
