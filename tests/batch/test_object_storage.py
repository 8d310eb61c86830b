"""Object storage for real: a server on loopback, s3:// in and out."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backline.batch import clip_task
from backline.batch.dataset import open_dataset
from backline.batch.local import WorkerLimits
from backline.batch.manifest import read_manifest
from backline.batch.plan import make_plan
from backline.batch.run import run_batch
from backline.batch.store import ResultStore
from backline.errors import BacklineError, SourceError
from backline.settings import Settings
from tests.batch.lifts import lift

s3fs = pytest.importorskip("s3fs", reason="needs s3fs, of the extra 'cluster'")
server = pytest.importorskip("moto.server", reason="needs moto, of the extra 'dev'")
SETTINGS = Settings()


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
    name = f"lab-{uuid.uuid4().hex}"  # the server's buckets outlive it
    s3fs.S3FileSystem().mkdir(name)
    yield f"s3://{name}"
    s3fs.S3FileSystem.clear_instance_cache()
    running.stop()


def test_clips_and_dataset_in_a_bucket(bucket: str, tmp_path: Path) -> None:
    ResultStore(f"{bucket}/in").put("a.mot", lift(tmp_path / "a.mot").read_bytes())
    first = run_batch(f"{bucket}/in", f"{bucket}/data", limits=WorkerLimits(1))
    assert [line["status"] for line in first.ledger] == ["done"]
    again = run_batch(f"{bucket}/in", f"{bucket}/data", limits=WorkerLimits(1))
    assert again.kept == 1


def test_a_clip_that_could_not_be_fetched_is_tried_again(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ResultStore(f"{bucket}/in").put("a.mot", lift(tmp_path / "a.mot").read_bytes())
    store = open_dataset(f"{bucket}/d", make=True)
    plan = make_plan(read_manifest(f"{bucket}/in"), store, SETTINGS)
    [task] = plan.tasks

    class Lost:
        def get_file(self, *arguments: Any) -> None:
            raise ConnectionResetError(104, "Connection reset by peer")

    with monkeypatch.context() as patch:
        patch.setattr("backline.batch.store.file_system", lambda address: (Lost(), "lab/in/a.mot"))
        patch.setattr(clip_task, "ResultStore", lambda root: store)
        outcome = clip_task.do(task)
    assert (outcome.status, outcome.code) == ("failed", "unreachable")
    assert "Connection reset by peer" in outcome.text
    result = run_batch(f"{bucket}/in", f"{bucket}/d", limits=WorkerLimits(1))
    assert (result.kept, [line["status"] for line in result.ledger]) == (0, ["done"])


def test_a_storage_that_is_away_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    # What speaks to it then raises errors of its own, that are no OSError.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(SourceError, match="cannot be listed .*Could not connect"):
        read_manifest("s3://lab/in")
    with pytest.raises(BacklineError, match="cannot be read .*Could not connect"):
        open_dataset("s3://lab/data")
    s3fs.S3FileSystem.clear_instance_cache()
