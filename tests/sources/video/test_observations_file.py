"""What was seen of a clip comes back as it was."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from backline.errors import SourceError
from backline.sources.video import observations_file
from backline.sources.video.clip_observations import CROP_SHAPE, ClipObservations, CropSpool
from backline.sources.video.observations_file import load_observations, save_observations
from tests.sources.video.sights import points_of, sight_of

N = 9


@pytest.fixture
def observations() -> Iterator[ClipObservations]:
    """Nine frames of noise, in one of which nobody was found."""
    rng = np.random.default_rng(5)
    rows = np.array([0, 1, 2, 3, -1, 4, 5, 6, 7])
    spool = CropSpool()
    for _ in range(8):
        spool.add(rng.integers(0, 256, CROP_SHAPE, dtype=np.uint8))
    points = points_of(rng.uniform(0, 90, N), 10.0, 20.0)
    points[4] = np.nan
    yield sight_of(
        points, facing=-1, lean_deg=rng.normal(size=N), crop_row=rows, crops=spool,
        camera_moving=True, camera_moved_px=3.25, rivals=1, trunk_px=141.23456789,
        back_visible=rng.random((N, 48)) > 0.5,
    )  # fmt: skip
    spool.close()


def test_everything_comes_back_to_the_last_bit(
    observations: ClipObservations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observations_file, "BLOCK", 3)  # so that the crops need several blocks
    save_observations(observations, tmp_path / "seen.zip")
    with closing((back := load_observations(tmp_path / "seen.zip")).crops):
        for item in fields(ClipObservations):
            kept, value = getattr(back, item.name), getattr(observations, item.name)
            if item.name == "crops":
                continue
            if isinstance(value, np.ndarray):
                assert kept.dtype == value.dtype, item.name
                np.testing.assert_array_equal(kept, value, err_msg=item.name)
            else:
                assert (kept, type(kept)) == (value, type(value)), item.name
        rows = np.arange(8)
        assert len(back.crops) == 8
        np.testing.assert_array_equal(back.crops.rows(rows), observations.crops.rows(rows))


def test_a_clip_without_any_cut_comes_back_too(tmp_path: Path) -> None:
    spool = CropSpool()
    nobody = sight_of(np.full((3, 33, 3), np.nan), crop_row=np.full(3, -1), crops=spool)
    save_observations(nobody, tmp_path / "seen.zip")
    spool.close()
    with closing((back := load_observations(tmp_path / "seen.zip")).crops):
        assert len(back.crops) == 0
        assert not back.found.any()


@pytest.mark.parametrize("content", [None, b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_file_is_said_plainly(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "seen.zip").write_bytes(content)
    with pytest.raises(SourceError, match="analyse the clip again"):
        load_observations(tmp_path / "seen.zip")


@pytest.mark.parametrize("missing", ["sight.json", "points.npy", "cuts.0.npy"])
def test_a_file_that_lacks_a_part_is_said_plainly(
    observations: ClipObservations, tmp_path: Path, missing: str
) -> None:
    save_observations(observations, tmp_path / "seen.zip")
    with (
        zipfile.ZipFile(tmp_path / "seen.zip") as whole,
        zipfile.ZipFile(tmp_path / "part.zip", "w") as part,
    ):
        assert missing in whole.namelist()
        for name in set(whole.namelist()) - {missing}:
            part.writestr(name, whole.read(name))
    with pytest.raises(SourceError, match="analyse the clip again"):
        load_observations(tmp_path / "part.zip")


def test_a_file_cut_off_in_the_middle_is_said_plainly(
    observations: ClipObservations, tmp_path: Path
) -> None:
    save_observations(observations, tmp_path / "seen.zip")
    content = (tmp_path / "seen.zip").read_bytes()
    (tmp_path / "seen.zip").write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceError, match="analyse the clip again"):
        load_observations(tmp_path / "seen.zip")


def test_a_file_with_a_spoilt_byte_is_said_plainly(
    observations: ClipObservations, tmp_path: Path
) -> None:
    save_observations(observations, tmp_path / "seen.zip")
    content = bytearray((tmp_path / "seen.zip").read_bytes())
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "seen.zip").write_bytes(bytes(content))
    with pytest.raises(SourceError, match="analyse the clip again"):
        load_observations(tmp_path / "seen.zip")
