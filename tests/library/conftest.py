"""Records on both databases; PostgreSQL runs in a cluster of its own in a temporary folder."""

from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from backline.library import Store

if TYPE_CHECKING:
    from backline.pipeline import Analysis

DATABASES = ("sqlite", "postgresql")
PATIENCE_S = "300"
"""How long PostgreSQL may take to start and to stop on a busy machine."""
STARTS = 3
"""Tries to start it: somebody else may take the port between finding it free and using it."""


def _tool(name: str) -> str | None:
    debian = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return shutil.which(name) or (debian[-1] if debian else None)


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """URL of a PostgreSQL on a free loopback port, without its database name."""
    initdb, control = _tool("initdb"), _tool("pg_ctl")
    if initdb is None or control is None:
        if os.environ.get("BACKLINE_REQUIRE_POSTGRESQL") == "1":
            pytest.fail("BACKLINE_REQUIRE_POSTGRESQL is 1, but there is no initdb")
        pytest.skip("needs PostgreSQL's initdb, which is not installed")
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    user = {"user": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    home = Path(tempfile.mkdtemp(prefix="backline-pg-"))
    if user:
        shutil.chown(home, "postgres", "postgres")
    data, log = str(home / "data"), str(home / "log")

    def call(*command: str, check: bool = True) -> int:
        return subprocess.run(
            command, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=home, timeout=2 * float(PATIENCE_S), **user,
        ).returncode  # fmt: skip

    def start() -> str:
        for _ in range(STARTS):
            port = free_port()
            options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -F"
            told = ("-D", data, "-l", log, "-w", "-t", PATIENCE_S, "-o", options, "start")
            if call(control, *told, check=False) == 0:
                return f"postgresql://backline@127.0.0.1:{port}"
        pytest.fail(f"PostgreSQL does not start: {Path(log).read_text()}")

    try:
        call(initdb, "-D", data, "-U", "backline", "-A", "trust", "-E", "UTF8", "--no-sync")
        yield start()
    finally:
        if (home / "data" / "postmaster.pid").exists():
            call(control, "-D", data, "-w", "-t", PATIENCE_S, "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


def free_port() -> int:
    """Return a port of this machine that nobody uses just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def make_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Make the URL of an empty database of a kind."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / uuid.uuid4().hex}.sqlite"
        import psycopg

        cluster = request.getfixturevalue("cluster")
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"{cluster}/{name}"

    return make


@pytest.fixture(params=DATABASES)
def store(
    request: pytest.FixtureRequest, make_url: Callable[[str], str], tmp_path: Path
) -> Iterator[Store]:
    """An empty record, once on each database."""
    with Store(make_url(request.param), tmp_path / "record") as opened:
        yield opened


@pytest.fixture
def make_set(make_analysis: Callable[..., Analysis]) -> Callable[..., Analysis]:
    """Make an analysed set whose sizes at the top are given; from 5 degrees on it is rounded."""
    from backline.findings.finding import Finding
    from backline.reps import Rep

    def make(
        content: str, sizes: tuple[float, ...] = (8.0, 2.0), cue: str | None = None, **more: Any
    ) -> Analysis:
        phases = {"descent": (0.2, 0.8), "bottom": (0.8, 1.0), "lockout": (1.2, 1.8)}
        reps = tuple(
            Rep(i + 1, i + 0.2, i + 1.0, i + 1.8, phases,
                metrics={"lumbar_flexion_lockout_deg": size, "turn_back_deg": 1.0})
            for i, size in enumerate(sizes)
        )  # fmt: skip
        findings = tuple(
            Finding("rounding", "lockout", "opposite butt wink", i + 1, 1.2, 1.5, 1.8, size, 1.5,
                    0.95, True, "kept", cues=("stand_tall",))
            for i, size in enumerate(sizes) if size >= 5
        )  # fmt: skip
        base = make_analysis(f"{content}.mp4", reps=reps, findings=findings, **more)
        source = replace(base.source, sha256=content.ljust(64, "0"))
        summary = {"cue": cue, "not_measured": [], "headline": ""}
        return replace(base, source=source, summary=summary)

    return make
