"""The training scripts: production's own geometry, and weights that come out as trained."""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from backline.sources.video.contour.outline import POINTS
from backline.sources.video.lumbar.contour_input import contour_of, mean_contour
from backline.sources.video.lumbar.network import VECTOR_LENGTH, LumbarNetwork
from backline.sources.video.lumbar.picture_input import (
    CROP_HEIGHT,
    CROP_WIDTH,
    HIP_COLUMN,
    HIP_ROW,
    POINT_FEATURES,
    RIM,
    TRUNK_PX,
    Frame2D,
    crop_trunk,
    frame_of,
    point_features,
    refine,
)
from backline.sources.video.lumbar.prior_correction import depth_of, prior_bias_deg
from tests.sources.video.lumbar.test_picture_input import PLAIN, seen

torch = pytest.importorskip("torch", reason="training needs the extra train")


@pytest.fixture(scope="module")
def scripts(repo_root: Path) -> Iterator[Path]:
    """The folder of the scripts, from which they import each other."""
    folder = repo_root / "training"
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in (
        "network", "contour_network", "joined_network", "train_lumbar", "export_onnx", "from_onnx",
        "make_data",
    ):  # fmt: skip
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def train(scripts: Path) -> ModuleType:
    import train_lumbar

    return train_lumbar  # type: ignore[no-any-return]


LINE = np.stack([np.linspace(-0.2, -0.3, POINTS), np.linspace(-1.0, 0.1, POINTS)], axis=1)


def contour() -> np.ndarray:
    """A straight contour behind the trunk, all visible."""
    return contour_of(LINE, np.ones(POINTS, bool), np.full(POINTS, 0.002))


class Chosen:
    """Stands in for a random generator: gives the chosen numbers, in order."""

    def __init__(self, *values: Any) -> None:
        self.values = list(values)

    def normal(self, *_: Any) -> Any:
        return self.values.pop(0)


def laid(lean_more: float = 0.0, rim: int = RIM) -> tuple[np.ndarray, np.ndarray, float]:
    """The plain lifter's crop with its rim, features and lean, laid forward by some degrees."""
    picture, person = seen(PLAIN)
    frame = frame_of(person.points, 140.0, 1)
    frame = Frame2D(frame.hip, frame.lean_deg + lean_more, frame.trunk_px, frame.facing)
    own = crop_trunk(picture, person, frame, rim=rim)
    return own, point_features(person.points, frame), frame.lean_deg


def test_without_shaking_the_cut_only_loses_its_rim(train: ModuleType) -> None:
    own, points, lean = laid()
    unmoved = Chosen(0.0, np.zeros(2), 0.0)
    line = contour()
    out, moved, new_lean, new = train._moved(refine(own), points, lean, line, unmoved, 1.0)
    np.testing.assert_allclose(new, line, atol=1e-6)
    np.testing.assert_array_equal(out, refine(own)[:, RIM:-RIM, RIM:-RIM])
    np.testing.assert_allclose(moved, points, atol=1e-6)
    assert new_lean == lean


@pytest.mark.parametrize("turn", [3.0, -4.0])
def test_a_shaken_cut_is_the_one_that_a_wrong_lean_would_have_given(
    train: ModuleType, turn: float
) -> None:
    own, points, lean = laid()
    chosen = Chosen(turn, np.zeros(2), 0.0)
    out, moved, new_lean, line = train._moved(own, points, lean, contour(), chosen, 1.0)
    expected, expected_points, expected_lean = laid(turn, rim=0)
    assert new_lean == pytest.approx(expected_lean)
    np.testing.assert_allclose(moved, expected_points, atol=1e-4)
    inner = (slice(None), slice(16, -16), slice(16, -16))
    difference = np.abs(out.astype(float) - expected.astype(float))[inner]
    assert difference.mean() < 1.0
    turned = np.degrees(np.arctan2(*(line[-1, :2] - line[0, :2])))
    assert turned == pytest.approx(np.degrees(np.arctan2(*(LINE[-1] - LINE[0]))) + turn, abs=0.01)
    np.testing.assert_array_equal(line[:, 2:], contour()[:, 2:])


def test_waves_push_the_contour_as_they_push_the_picture(train: ModuleType) -> None:
    line = contour()
    picture = np.zeros((3, CROP_HEIGHT, CROP_WIDTH), np.uint8)
    rows = (HIP_ROW + TRUNK_PX * line[:, 1]).round().astype(int)
    edge = np.interp(np.arange(CROP_HEIGHT), rows, HIP_COLUMN + TRUNK_PX * line[:, 0])
    picture[:] = np.where(np.arange(CROP_WIDTH) >= edge[:, None], 255, 0)
    out, _ = train._reshaped(picture, picture, (line, line.copy()), np.random.default_rng(3))
    moved = np.abs(line[:, 0] - LINE[:, 0]) * TRUNK_PX
    assert moved.max() > 1.0  # the waves did something
    found = np.array([np.argmax(out[0, row] > 127) for row in rows])
    np.testing.assert_allclose(HIP_COLUMN + TRUNK_PX * line[:, 0], found, atol=1.5)


def test_a_contour_is_taken_away_or_hidden_in_part_and_never_made_visible(
    train: ModuleType,
) -> None:
    kinds = set()
    for number in range(60):
        line = train._hide(contour(), np.random.default_rng(number))
        hidden = line[:, 2] == 0
        kinds.add("none" if hidden.all() else "part" if hidden.any() else "whole")
        np.testing.assert_array_equal(line[~hidden], contour()[~hidden])
    assert kinds == {"none", "part", "whole"}


def test_a_scene_holds_standing_two_lockouts_and_two_bottoms(scripts: Path) -> None:
    import make_data

    posture = make_data.draw_postures(16)
    assert np.bincount(posture).tolist() == [3, 3, 3, 2, 2, 1, 1, 1]
    for number in range(20):
        angles = make_data.draw_angles(np.random.default_rng([2, number]), posture, "high_bar")
        for held in range(5):
            assert np.ptp(angles.lumbar_deg[posture == held]) < 2.5
        assert angles.knee_deg[np.isin(posture, (1, 2))].max() < 12.0
        assert angles.knee_deg[np.isin(posture, (3, 4))].min() > 60.0


def test_frames_of_one_posture_sway_less_than_postures(scripts: Path) -> None:
    import make_data

    posture = make_data.draw_postures(16)
    sways = [make_data.draw_sway(np.random.default_rng(k), posture) for k in range(200)]
    within = np.std([s[posture == 1] - s[posture == 1].mean() for s in sways])
    between = np.std([s[posture == 1].mean() for s in sways])
    assert within < 0.006
    assert 0.015 < between < 0.025


def test_a_bar_that_is_not_yet_lifted_lies_where_the_deepest_posture_finds_it(
    scripts: Path,
) -> None:
    import make_data

    rng = np.random.default_rng([4, 0])
    posture = make_data.draw_postures(16)
    scene = make_data.draw_scene(rng)
    stance = dataclasses.replace(scene.stance, bar="hands")
    angles = make_data.draw_angles(rng, posture, "hands")
    posed = make_data.pose_lifter(scene.body, stance, angles)
    held = posed.bar.copy()
    deepest = int(np.argmax(angles.knee_deg))
    make_data.lay_on_floor(posed, angles, posture)
    np.testing.assert_array_equal(posed.bar[:3], held[[deepest] * 3])
    np.testing.assert_array_equal(posed.bar[3:], held[3:])
    assert posed.bar[0, 2] < held[0, 2] - 0.2, "it lies lower than standing hands would hold it"


def test_scenes_repeat_by_seed_and_start_standing(scripts: Path) -> None:
    import make_data

    posture = make_data.draw_postures(24)
    for number in range(4):
        angles = make_data.draw_angles(np.random.default_rng([1, number]), posture, "high_bar")
        again = make_data.draw_angles(np.random.default_rng([1, number]), posture, "high_bar")
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
    line = np.tile(LINE, (n, 1, 1)) + rng.normal(0, 0.002, (n, POINTS, 2))
    seen = np.ones((n, POINTS), bool)
    told = {"line": line, "line_seen": seen, "line_sd": np.full((n, POINTS), 0.002)}
    if scenes[0] == 1:  # made before contours were kept
        told = {}
    numbers = dict.fromkeys(("trunk", "pelvis", "curve", "thoracic", "hip", "shank"), 1.0)
    numbers |= {"hidden": 0.0, "yaw": 4.0, "fit": 0, "bar": 0, "plate": 0.0, "trunk_px": 100.0}
    np.savez(
        path,
        cut=rng.integers(
            0, 255, (n, 2, CROP_HEIGHT + 2 * RIM, CROP_WIDTH + 2 * RIM), dtype=np.uint8
        ),
        points=rng.normal(0, 1, (n, POINT_FEATURES)).astype(np.float32),
        lean_px=rng.normal(10, 5, n).astype(np.float32),
        lumbar=np.tile(np.r_[np.zeros(3), 5.0, 10.0, 20.0], len(scenes)).astype(np.float32),
        knee=np.tile(np.r_[np.zeros(3), 50.0, 70.0, 90.0], len(scenes)).astype(np.float32),
        scene=np.repeat(scenes, frames).astype(np.int32),
        index=np.tile(np.arange(frames), len(scenes)),
        **{name: np.full(n, value, np.float32) for name, value in numbers.items()},
        **told,
    )


@pytest.fixture(scope="module")
def data(train: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("data")
    shard(folder / "scenes_1_000012.npz", (1, 12))
    shard(folder / "scenes_2_000012.npz", (5, 12))
    shard(folder / "scenes_2_000099.part.npz", (99,))  # not finished: left out
    return folder, train.load([folder])


def test_every_twelfth_scene_is_held_out_and_rows_know_their_scene(data: Any) -> None:
    _, loaded = data
    assert len(loaded["lumbar"]) == 24
    assert set(loaded["scene"][loaded["held_out"]]) == {12}
    assert loaded["start"].tolist() == [0] * 6 + [6] * 6 + [12] * 6 + [18] * 6
    assert loaded["cut"].shape[1] == 3


def test_a_pair_is_a_frame_against_its_own_standing(train: ModuleType, data: Any) -> None:
    _, loaded = data
    batches = train.Batches(loaded, np.arange(24), False, 0)
    frame, standing, vector, lines, y = batches.pair(23)
    assert y[0] == pytest.approx(20.0)
    assert vector.shape == (VECTOR_LENGTH,)
    leans = loaded["lean_px"][23] / 50, loaded["lean_px"][18:21].mean() / 50
    np.testing.assert_allclose(vector[-3:], [*leans, leans[0] - leans[1]], atol=1e-6)
    assert frame.shape == standing.shape == (3, CROP_HEIGHT, CROP_WIDTH)
    np.testing.assert_array_equal(lines[0], loaded["contour"][23])
    np.testing.assert_array_equal(lines[1], mean_contour(loaded["contour"][18:21]))


def test_shards_made_without_contours_have_none_that_is_visible(data: Any) -> None:
    _, loaded = data
    assert not loaded["contour"][:12, :, 2].any()
    assert loaded["contour"][12:, :, 2].all()


def test_the_frames_of_one_posture_are_averaged(train: ModuleType, data: Any) -> None:
    _, loaded = data
    held = {**loaded, "alike": loaded["alike"].copy(), "alikes": loaded["alikes"].copy()}
    held["alike"][21:23], held["alikes"][21:23] = 21, 2
    frame, _, vector, lines, y = train.Batches(held, np.arange(24), False, 0).pair(22)
    assert y[0] == pytest.approx(7.5)  # of 5 and 10
    np.testing.assert_allclose(vector[-3], loaded["lean_px"][21:23].mean() / 50, atol=1e-6)
    np.testing.assert_array_equal(lines[0], mean_contour(loaded["contour"][21:23]))
    two = loaded["cut"][21:23].mean(0)[:, RIM:-RIM, RIM:-RIM]
    assert np.abs(frame - two).max() <= 1.0


def test_only_a_share_of_the_rows_without_contour_is_drawn(train: ModuleType, data: Any) -> None:
    _, loaded = data
    none = train.Batches(loaded, np.arange(24), True, 0, share_bare=0.0)
    assert sorted(none._order()) == list(range(12, 24))
    some = train.Batches(loaded, np.arange(24), True, 0, share_bare=1.0)
    assert sorted(some._order()) == list(range(24))


def test_the_rate_rises_and_falls_to_almost_nothing(train: ModuleType) -> None:
    shares = [train._pace(s) for s in np.linspace(0, 1.2, 121)]
    assert max(shares) == pytest.approx(1.0, abs=0.01)
    assert shares[0] < 0.05
    assert all(a >= b for a, b in itertools.pairwise(shares[8:]))
    assert 0 < shares[-1] < 0.01


def test_older_weights_start_with_the_contour_counting_for_little(train: ModuleType) -> None:
    from network import LumbarNet

    torch.manual_seed(1)
    older, net = LumbarNet(VECTOR_LENGTH), LumbarNet(VECTOR_LENGTH)
    weights = {k: v for k, v in older.state_dict().items() if not k.startswith("contour")}
    line = 24 * POINTS // 2
    weights["head.0.weight"] = weights["head.0.weight"][:, :-line]
    train._load_what_fits(net, dict(weights))
    np.testing.assert_array_equal(net.head[0].weight[:, :-line].detach(), weights["head.0.weight"])
    small, own = (n.head[0].weight[:, -line:].detach().abs().mean() for n in (net, older))
    assert small < 0.2 * own


def test_contour_channels_know_a_turn_and_do_not_know_a_shift(scripts: Path) -> None:
    from network import CHANNELS, contour_channels

    straight = torch.from_numpy(contour())
    moved = straight.clone()
    moved[:, 0] += 0.05
    turned = straight.clone()
    turned[:, 0] += torch.linspace(0, 0.1, POINTS)
    told = contour_channels(torch.stack([torch.stack([c, straight]) for c in (moved, turned)]))
    assert told.shape == (2, CHANNELS, POINTS)
    shift, turn = told[:, -4:]
    np.testing.assert_allclose(shift[0], 0.2, atol=1e-5)  # apart by 0.05, told fourfold
    np.testing.assert_allclose(shift[2:], 0.0, atol=1e-3)
    assert np.abs(turn[2:].numpy()).min() > 0.1


def test_the_trunk_starts_from_the_picture_s_own_lean(scripts: Path) -> None:
    from network import LumbarNet

    net = LumbarNet(VECTOR_LENGTH).eval()
    torch.nn.init.zeros_(net.out.weight)
    torch.nn.init.zeros_(net.out.bias)
    vector = torch.zeros(2, VECTOR_LENGTH)
    vector[:, -1] = torch.tensor([0.2, -0.1])
    crops = torch.zeros(2, 3, CROP_HEIGHT, CROP_WIDTH, dtype=torch.uint8)
    lines = torch.zeros(2, 2, POINTS, 4)
    means, spreads, extras = net(crops, crops, vector, lines)
    np.testing.assert_allclose(means.detach()[:, 1], [10.0, -5.0], atol=1e-5)
    np.testing.assert_allclose(means.detach()[:, [0, 2, 3]], 0.0)
    assert (spreads.shape, extras.shape) == ((2, 5), (2, 3))


def test_what_is_exported_reads_like_what_was_trained(
    train: ModuleType, data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import export_onnx
    from contour_network import ContourNet
    from joined_network import JoinedNet
    from network import LumbarNet

    folder, loaded = data
    torch.manual_seed(0)
    net = JoinedNet([LumbarNet(VECTOR_LENGTH)], [ContourNet(VECTOR_LENGTH)]).eval()
    torch.save(net.nets[0].state_dict(), tmp_path / "a.pt")
    torch.save(net.contours[0].state_dict(), tmp_path / "b.pt")
    out = tmp_path / "net.onnx"
    arguments = [str(tmp_path / "a.pt"), "--contour", str(tmp_path / "b.pt")]
    arguments += ["--data", str(folder), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["export_onnx.py", *arguments])
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter, about itself
        export_onnx.main()
    pairs = [train.Batches(loaded, np.arange(24), False, 0).pair(row) for row in (21, 22, 23)]
    frames, standings, vectors, lines, _ = (np.stack(part) for part in zip(*pairs, strict=True))
    reading = LumbarNetwork(out.read_bytes(), threads=1).read(
        frames.astype(np.uint8), vectors, lines[:, 0], standings[0].astype(np.uint8), lines[0, 1]
    )
    export_onnx.calibrate(net, loaded)
    with torch.no_grad():
        inputs = (torch.from_numpy(a) for a in (frames, standings[:1], vectors, lines))
        means, spreads, extras = net.estimate(*inputs)
    pull = prior_bias_deg(reading.lumbar_sd_deg, depth_of(vectors))
    np.testing.assert_allclose(reading.lumbar_deg + pull, means[:, 0], atol=0.05)
    np.testing.assert_allclose(reading.trunk_deg, means[:, 1], atol=0.05)
    np.testing.assert_allclose(reading.lumbar_sd_deg, spreads[:, 0], rtol=0.01)
    np.testing.assert_allclose(reading.yaw_deg, extras[:, 0], atol=0.05)
    np.testing.assert_allclose(reading.hidden, torch.sigmoid(extras[:, 1]), atol=0.01)
    assert (reading.lumbar_sd_deg > 0).all()
    assert np.isfinite(reading.oddness).all()


SHIPPED = ("src", "backline", "sources", "video", "lumbar", "lumbar.onnx")


def test_weights_taken_back_out_of_the_shipped_file_read_as_it_does(
    train: ModuleType, data: Any, repo_root: Path
) -> None:
    import from_onnx

    shipped = repo_root.joinpath(*SHIPPED)
    pairs = [train.Batches(data[1], np.arange(24), False, 0).pair(row) for row in (21, 22, 23)]
    frames, standings, vectors, lines, _ = (np.stack(part) for part in zip(*pairs, strict=True))
    reading = LumbarNetwork(shipped.read_bytes(), threads=1).read(
        frames.astype(np.uint8), vectors, lines[:, 0], standings[0].astype(np.uint8), lines[0, 1]
    )
    standings[:], lines[:, 1] = standings[0], lines[0, 1]
    net = from_onnx.load_onnx(shipped, VECTOR_LENGTH)
    contour_net = from_onnx.load_contour_onnx(shipped, VECTOR_LENGTH)
    frames, standings, vectors_, lines_ = (
        torch.from_numpy(a) for a in (frames, standings, vectors, lines)
    )
    with torch.no_grad():
        both = net(frames, standings, vectors_, lines_)[0], contour_net(vectors_, lines_)[0]
    pull = prior_bias_deg(reading.lumbar_sd_deg, depth_of(vectors))
    for column, own in ((0, reading.lumbar_deg + pull), (1, reading.trunk_deg)):
        ends = np.sort(np.stack([b[:, column].numpy() for b in both]), axis=0)
        # What is shipped is a mean of both, weighted.
        assert (own >= ends[0] - 0.02).all()
        assert (own <= ends[1] + 0.02).all()
        assert (ends[1] > ends[0] + 0.05).any()


def test_two_estimates_with_the_same_error_are_joined_to_it_and_independent_ones_to_less(
    scripts: Path,
) -> None:
    from joined_network import JoinedNet

    net = JoinedNet([], [])
    one, other = torch.tensor([10.0, 10.0]), torch.tensor([4.0, 4.0])
    sd, other_sd = torch.tensor([3.0, 2.0]), torch.tensor([3.0, 4.0])
    net.correlation.fill_(0.0)
    mean, joint = net.join(one, sd, other, other_sd)
    np.testing.assert_allclose(mean, [7.0, 8.8], rtol=1e-5)  # weights 1/9 : 1/9 and 1/4 : 1/16
    np.testing.assert_allclose(joint**2, [4.5, 3.2], rtol=1e-5)
    net.correlation.fill_(0.5)  # errors of 2 and 4 with a correlation of 2 / 4: nothing to gain
    mean, joint = net.join(one, sd, other, other_sd)
    np.testing.assert_allclose(mean, [7.0, 10.0], rtol=1e-5)
    np.testing.assert_allclose(joint**2, [6.75, 4.0], rtol=1e-5)


def test_settling_gives_statistics_of_data_and_changes_no_answer(
    train: ModuleType, data: Any, repo_root: Path
) -> None:
    import from_onnx

    net = from_onnx.load_onnx(repo_root.joinpath(*SHIPPED), VECTOR_LENGTH)
    batch = next(iter(train.Batches(data[1], np.arange(24), False, 0)))
    with torch.no_grad():
        before = net(*batch[:4])[0]
        from_onnx.settle(net, [batch])
        after = net(*batch[:4])[0]
        # Trained on, a normalisation now sees numbers with the statistics that it expects.
        seen: dict[str, Any] = {}
        net.eye[1].register_forward_pre_hook(lambda norm, inputs: seen.update(x=inputs[0]))
        net(*batch[:4])
    np.testing.assert_allclose(after, before, atol=1e-3)
    x, norm = seen["x"], net.eye[1]
    np.testing.assert_allclose(norm.running_mean, x.mean((0, 2, 3)), atol=1e-3)
    np.testing.assert_allclose(norm.running_var, x.var((0, 2, 3), unbiased=False), rtol=1e-3)


def test_a_run_can_begin_with_the_shipped_file(
    train: ModuleType, data: Any, repo_root: Path
) -> None:
    batches = train.Batches(data[1], np.arange(24), False, 0)
    net = train._begin(repo_root.joinpath(*SHIPPED), VECTOR_LENGTH, batches)
    fresh = train._begin(None, VECTOR_LENGTH, batches)
    assert net.eye[1].running_mean.abs().max() > 0
    assert fresh.eye[1].running_mean.abs().max() == 0
