"""Files that movement and sleap-io wrote themselves give the planted lift; see tests/data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backline.sources.keypoints.movement_file import read_movement
from backline.sources.keypoints.people import PersonPoints
from backline.sources.keypoints.tables import read_csv, read_h5
from backline.sources.registry import open_source, reader_of
from tests.sources.keypoints.pictured import PLAN, picture

RATE_HZ = 12.5
"""Every fourth frame of the planted squat."""


@pytest.fixture
def data(repo_root: Path) -> Path:
    return repo_root / "tests" / "data"


def places(points: PersonPoints) -> dict[str, np.ndarray]:
    """Return each point's (n, 3): x, y, confidence."""
    whole = np.stack([people[0] for people in points.frames])
    return {name: whole[:, k] for k, name in enumerate(points.names)}


@pytest.mark.parametrize(
    ("name", "reader", "trust"),
    [("movement.nc", read_movement, 0.9), ("movement_sleap.h5", read_h5, 0.9),
     ("movement_dlc.h5", read_h5, 0.9), ("sleap_io.slp", read_h5, 0.9)],
)  # fmt: skip
def test_every_point_is_where_it_was(data: Path, name: str, reader: object, trust: float) -> None:
    planted = places(read_csv(data / "planted.csv"))
    assert callable(reader)
    found = places(reader(data / name))
    assert set(found) == set(planted)
    for point, at in found.items():
        np.testing.assert_allclose(at[:, :2], planted[point][:, :2], atol=1e-3)  # 32 bits
        by_hand = at[:, 2] == 1.0
        assert by_hand.sum() == (5 if name.endswith(".slp") else 0)
        np.testing.assert_allclose(at[~by_hand, 2], trust, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "reader", "rate"),
    [("movement.nc", "movement-netcdf", ""), ("movement_sleap.h5", "hdf5", f"@{RATE_HZ}"),
     ("movement_dlc.h5", "hdf5", f"@{RATE_HZ}"), ("sleap_io.slp", "hdf5", f"@{RATE_HZ}")],
)  # fmt: skip
def test_the_planted_lift_comes_back(data: Path, name: str, reader: str, rate: str) -> None:
    assert reader_of(data / name).id == reader
    posture = open_source(f"{data / name}{rate}").posture
    assert posture.measurable.all()
    expected = PLAN.lumbar * picture().depth[::4]
    np.testing.assert_allclose(posture.time_s, np.arange(len(expected)) / RATE_HZ, atol=1e-9)
    np.testing.assert_allclose(posture.lumbar_flexion_deg, expected, atol=0.6)
