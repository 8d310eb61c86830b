"""Object storage for real: a server on loopback, s3:// in and out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backline.batch.local import Limits
from backline.batch.run import run_batch
from backline.batch.store import Store
from tests.batch.lifts import lift

s3fs = pytest.importorskip("s3fs", reason="needs s3fs, of the extra 'cluster'")
server = pytest.importorskip("moto.server", reason="needs moto, of the extra 'dev'")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    running = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem().mkdir("lab")
    yield "s3://lab"
    s3fs.S3FileSystem.clear_instance_cache()
    running.stop()


def test_clips_and_dataset_in_a_bucket(bucket: str, tmp_path: Path) -> None:
    Store(f"{bucket}/in").put("a.mot", lift(tmp_path / "a.mot").read_bytes())
    first = run_batch(f"{bucket}/in", f"{bucket}/data", limits=Limits(1))
    assert [line["status"] for line in first.ledger] == ["done"]
    again = run_batch(f"{bucket}/in", f"{bucket}/data", limits=Limits(1))
    assert again.kept == 1
