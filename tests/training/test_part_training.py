"""The part network's scripts: truth along rays is geometry; what is exported is what learned."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from backline.phantom.part_labels import PartLabel
from backline.sources.video.contour.part_network import STRIP_DEPTHS, PartNetwork
from backline.sources.video.contour.trunk_rays import RAY_COUNT, TRUNK_RAYS, trunk_rays

torch = pytest.importorskip("torch", reason="training needs the extra train")

TRUNK = 160.0
HIP, SHOULDER, KNEE = np.array([[152.0, 232.0], [152.0, 72.0], [152.0, 372.0]])


@pytest.fixture(scope="module")
def scripts(repo_root: Path) -> Iterator[Path]:
    """The folder of the scripts, from which they import each other."""
    folder = repo_root / "training"
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in ("evaluate_outlines", "export_parts", "make_frames", "make_data", "parts_network"):
        sys.modules.pop(name, None)


def straight_back() -> tuple[np.ndarray, np.ndarray]:
    """A back 40 pixels behind the axis, an arm beyond it half way up, and its parts."""
    bare = np.zeros((384, 240), np.uint8)
    bare[:, 112:190] = 255
    label = np.where(bare > 0, PartLabel.TRUNK, PartLabel.NOTHING).astype(np.uint8)
    label[100:140, 90:130] = PartLabel.ARM
    return label, bare


def test_the_truth_is_the_body_without_its_arm_and_says_where_the_arm_hides_it(scripts) -> None:
    from evaluate_outlines import true_back

    rays = trunk_rays(SHOULDER, HIP, KNEE, 1)
    true = true_back(*straight_back(), rays)
    trunk = slice(0, TRUNK_RAYS)
    np.testing.assert_allclose(true.depth_px[trunk], 40.0, atol=1.0)
    rows = rays.origins[trunk, 1]
    arm = (rows > 101) & (rows < 138)
    assert (true.label[trunk][arm] == PartLabel.ARM).all()
    assert not true.seen[trunk][arm].any()
    assert true.seen[trunk][(rows < 98) | (rows > 142)].all()


def test_a_line_on_the_truth_scores_full_and_one_round_the_arm_does_not(scripts) -> None:
    from evaluate_outlines import score_frame

    from backline.sources.video.contour.outline import BackOutline

    label, bare = straight_back()
    points = np.zeros((33, 3), np.float32)
    for pair, place in (((11, 12), SHOULDER), ((23, 24), HIP), ((25, 26), KNEE)):
        points[list(pair), :2] = place
    arrays = {
        "matrix": np.eye(2, 3)[None], "facing": np.int8(1), "points33": points[None],
        **packed("label", label), **packed("bare", bare),
    }  # fmt: skip
    y = np.linspace(50.0, 260.0, 48)
    line = np.stack([np.full(48, 111.5), y], axis=1).astype(np.float32)
    good = BackOutline(line, np.ones(48, bool), np.ones(48, np.float32), 1)
    scored = score_frame(arrays, 0, good)
    assert scored["away"].max() < 0.015
    assert scored["low_found"].all()
    assert scored["over_hidden"] >= 5
    round_arm = line.copy()
    round_arm[(y > 100) & (y < 140), 0] = 90.0
    other = score_frame(arrays, 0, BackOutline(round_arm, good.visible, good.edge_sd_px, 1))
    assert 0.1 < (other["away"] > 0.1).mean() < 0.4


def packed(name: str, picture: np.ndarray) -> dict[str, np.ndarray]:
    data = cv2.imencode(".png", picture)[1].ravel()
    return {name: data, f"{name}_ends": np.array([len(data)])}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the exporter that keeps names
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_an_exported_network_answers_as_the_trained_one(scripts, tmp_path) -> None:
    from export_parts import export
    from parts_network import PartsNet

    torch.manual_seed(0)
    net = PartsNet((4, 8, 8, 8)).eval()
    export(net, tmp_path / "parts.onnx")
    strip = np.random.default_rng(0).integers(0, 255, (RAY_COUNT, len(STRIP_DEPTHS), 5))
    strip = strip.astype(np.uint8)
    told = PartNetwork((tmp_path / "parts.onnx").read_bytes()).read(strip)
    with torch.no_grad():
        edge, cover, _ = net(torch.from_numpy(strip[None]))
    np.testing.assert_allclose(told.log_place, torch.log_softmax(edge, 2)[0], atol=2e-2)
    np.testing.assert_allclose(told.cover, torch.softmax(cover, 2)[0], atol=1e-2)
