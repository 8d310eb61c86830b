"""The Ray engine on a cluster that it starts itself: the same dataset as the local engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from backline.batch.local import Limits
from backline.batch.run import run_batch
from tests.batch.lifts import lifts
from tests.batch.test_local import contents

pytest.importorskip("ray", reason="needs ray, of the extra 'cluster'")


def test_ray_gives_the_bytes_of_the_local_engine(tmp_path: Path) -> None:
    lifts(tmp_path / "in", 2)
    run_batch(str(tmp_path / "in"), str(tmp_path / "local"), limits=Limits(1))
    run_batch(str(tmp_path / "in"), str(tmp_path / "ray"), engine="ray", limits=Limits(1))
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
