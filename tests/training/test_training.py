"""The training scripts: production's own geometry, and weights that come out as trained."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from backline.sources.video.crop import (
    CUT_HEIGHT,
    CUT_WIDTH,
    POINT_FEATURES,
    RIM,
    Frame2D,
    cut,
    frame_of,
    point_features,
    refine,
)
from backline.sources.video.lumbar import VECTOR_LENGTH, LumbarNetwork
from tests.sources.video.test_crop import PLAIN, seen

torch = pytest.importorskip("torch", reason="training needs the extra train")


@pytest.fixture(scope="module")
def scripts(repo_root: Path) -> Iterator[Path]:
    """The folder of the scripts, from which they import each other."""
    folder = repo_root / "training"
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in ("network", "train_lumbar", "export_onnx", "make_data"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def train(scripts: Path) -> ModuleType:
    import train_lumbar

    return train_lumbar  # type: ignore[no-any-return]


class Chosen:
    """Stands in for a random generator: gives the chosen numbers, in order."""

    def __init__(self, *values: Any) -> None:
        self.values = list(values)

    def normal(self, *_: Any) -> Any:
        return self.values.pop(0)


def laid(lean_more: float = 0.0, rim: int = RIM) -> tuple[np.ndarray, np.ndarray, float]:
    """The plain lifter's cut with its rim, features and lean, laid more forward by some degrees."""
    picture, person = seen(PLAIN)
    frame = frame_of(person.points, 140.0, 1)
    frame = Frame2D(frame.hip, frame.lean_deg + lean_more, frame.trunk_px, frame.facing)
    own = cut(picture, person, frame, rim=rim)
    return own, point_features(person.points, frame), frame.lean_deg


def test_without_shaking_the_cut_only_loses_its_rim(train: ModuleType) -> None:
    own, points, lean = laid()
    unmoved = Chosen(0.0, np.zeros(2), 0.0)
    out, moved, new_lean = train._moved(refine(own), points, lean, unmoved, 1.0)
    np.testing.assert_array_equal(out, refine(own)[:, RIM:-RIM, RIM:-RIM])
    np.testing.assert_allclose(moved, points, atol=1e-6)
    assert new_lean == lean


@pytest.mark.parametrize("turn", [3.0, -4.0])
def test_a_shaken_cut_is_the_one_that_a_wrong_lean_would_have_given(
    train: ModuleType, turn: float
) -> None:
    own, points, lean = laid()
    out, moved, new_lean = train._moved(own, points, lean, Chosen(turn, np.zeros(2), 0.0), 1.0)
    expected, expected_points, expected_lean = laid(turn, rim=0)
    assert new_lean == pytest.approx(expected_lean)
    np.testing.assert_allclose(moved, expected_points, atol=1e-4)
    inner = (slice(None), slice(16, -16), slice(16, -16))
    difference = np.abs(out.astype(float) - expected.astype(float))[inner]
    assert difference.mean() < 1.0


def test_scenes_repeat_by_seed_and_start_standing(scripts: Path) -> None:
    import make_data

    for number in range(4):
        angles = make_data.draw_angles(np.random.default_rng([1, number]), 24, "high_bar")
        again = make_data.draw_angles(np.random.default_rng([1, number]), 24, "high_bar")
        np.testing.assert_array_equal(angles.lumbar_deg, again.lumbar_deg)
        first = slice(0, make_data.STANDING_FRAMES)
        assert np.abs(angles.lumbar_deg[first]).max() < 2.0
        assert angles.knee_deg[first].max() < 5.0
        assert np.ptp(angles.lumbar_deg) > 8.0
        assert angles.knee_deg.max() > 50.0


def shard(path: Path, scenes: tuple[int, ...], frames: int = 6) -> None:
    """Made-up training data of the right shapes."""
    rng = np.random.default_rng(scenes[0])
    n = len(scenes) * frames
    numbers = dict.fromkeys(("trunk", "pelvis", "curve", "thoracic", "hip", "shank"), 1.0)
    numbers |= {"hidden": 0.0, "yaw": 4.0, "fit": 0, "bar": 0, "plate": 0.0, "trunk_px": 100.0}
    np.savez(
        path,
        cut=rng.integers(0, 255, (n, 2, CUT_HEIGHT + 2 * RIM, CUT_WIDTH + 2 * RIM), dtype=np.uint8),
        points=rng.normal(0, 1, (n, POINT_FEATURES)).astype(np.float32),
        lean_px=rng.normal(10, 5, n).astype(np.float32),
        lumbar=np.tile(np.r_[np.zeros(3), 5.0, 10.0, 20.0], len(scenes)).astype(np.float32),
        knee=np.tile(np.r_[np.zeros(3), 50.0, 70.0, 90.0], len(scenes)).astype(np.float32),
        scene=np.repeat(scenes, frames).astype(np.int32),
        index=np.tile(np.arange(frames), len(scenes)),
        **{name: np.full(n, value, np.float32) for name, value in numbers.items()},
    )


@pytest.fixture(scope="module")
def data(train: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("data")
    shard(folder / "scenes_1_000012.npz", (1, 12))
    shard(folder / "scenes_2_000012.npz", (5, 12))
    shard(folder / "scenes_2_000099.part.npz", (99,))  # not finished: left out
    return folder, train.load(folder)


def test_every_twelfth_scene_is_held_out_and_rows_know_their_scene(data: Any) -> None:
    _, loaded = data
    assert len(loaded["lumbar"]) == 24
    assert set(loaded["scene"][loaded["held_out"]]) == {12}
    assert loaded["start"].tolist() == [0] * 6 + [6] * 6 + [12] * 6 + [18] * 6
    assert loaded["cut"].shape[1] == 3


def test_a_pair_is_a_frame_against_its_own_standing(train: ModuleType, data: Any) -> None:
    _, loaded = data
    batches = train.Batches(loaded, np.arange(24), False, 0)
    frame, standing, vector, y = batches.pair(11)
    assert y[0] == pytest.approx(20.0)
    assert vector.shape == (VECTOR_LENGTH,)
    leans = loaded["lean_px"][11] / 50, loaded["lean_px"][6:9].mean() / 50
    np.testing.assert_allclose(vector[-3:], [*leans, leans[0] - leans[1]], atol=1e-6)
    assert frame.shape == standing.shape == (3, CUT_HEIGHT, CUT_WIDTH)


def test_the_trunk_starts_from_the_picture_s_own_lean(scripts: Path) -> None:
    from network import LumbarNet

    net = LumbarNet(VECTOR_LENGTH).eval()
    torch.nn.init.zeros_(net.out.weight)
    torch.nn.init.zeros_(net.out.bias)
    vector = torch.zeros(2, VECTOR_LENGTH)
    vector[:, -1] = torch.tensor([0.2, -0.1])
    cuts = torch.zeros(2, 3, CUT_HEIGHT, CUT_WIDTH, dtype=torch.uint8)
    means, spreads, extras = net(cuts, cuts, vector)
    np.testing.assert_allclose(means.detach()[:, 1], [10.0, -5.0], atol=1e-5)
    np.testing.assert_allclose(means.detach()[:, [0, 2, 3]], 0.0)
    assert (spreads.shape, extras.shape) == ((2, 5), (2, 3))


def test_what_is_exported_reads_like_what_was_trained(
    train: ModuleType, data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import export_onnx
    from network import LumbarNet

    folder, loaded = data
    torch.manual_seed(0)
    net = LumbarNet(VECTOR_LENGTH).eval()
    torch.save(net.state_dict(), tmp_path / "a.pt")
    out = tmp_path / "net.onnx"
    arguments = [str(tmp_path / "a.pt"), "--data", str(folder), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["export_onnx.py", *arguments])
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter, about itself
        export_onnx.main()
    pairs = [train.Batches(loaded, np.arange(24), False, 0).pair(row) for row in (9, 10, 11)]
    frames, standings, vectors, _ = (np.stack(part) for part in zip(*pairs, strict=True))
    reading = LumbarNetwork(out.read_bytes(), threads=1).read(
        frames.astype(np.uint8), vectors, standings[0].astype(np.uint8)
    )
    with torch.no_grad():
        means, _, extras = net(*(torch.from_numpy(a) for a in (frames, standings, vectors)))
    np.testing.assert_allclose(reading.lumbar_deg, means[:, 0], atol=0.05)
    np.testing.assert_allclose(reading.trunk_deg, means[:, 1], atol=0.05)
    np.testing.assert_allclose(reading.yaw_deg, extras[:, 0], atol=0.05)
    np.testing.assert_allclose(reading.hidden, torch.sigmoid(extras[:, 1]), atol=0.01)
    assert (reading.lumbar_sd_deg > 0).all()
    assert np.isfinite(reading.oddness).all()
