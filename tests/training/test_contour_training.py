"""The contour network answers to the contour it is given, from the start and after training."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra train")

VECTOR = 59


@pytest.fixture(scope="module")
def net(repo_root: Path) -> Iterator[Any]:
    """A new network, of seed 1."""
    folder = str(repo_root / "training")
    sys.path.insert(0, folder)
    from contour_network import ContourNet

    torch.manual_seed(1)
    yield ContourNet(VECTOR)
    sys.path.remove(folder)
    for name in ("contour_network", "network"):
        sys.modules.pop(name, None)


def bent(amount: float) -> Any:
    """A standing contour, straight, and a frame's, bent by an amount; (64, 2, 48, 4)."""
    t = torch.linspace(0.0, 1.0, 48)
    place = torch.stack([torch.zeros(48), t], 1)
    moved = torch.stack([amount * (t - t**2), t], 1)
    quality = torch.tensor([1.0, 0.01]).expand(48, 2)
    pair = torch.stack([torch.cat([moved, quality], 1), torch.cat([place, quality], 1)])
    return pair[None].repeat(64, 1, 1, 1)


def test_another_contour_gives_another_answer(net: Any) -> None:
    """The branch inside the lumbar network gives the same for all: its last ReLU died."""
    net.eval()
    vector = torch.zeros(64, VECTOR)
    with torch.no_grad():
        straight, round_ = (net(vector, bent(b))[0] for b in (0.0, 0.6))
    assert (straight - round_).abs().max() > 1e-6


def test_every_weight_of_the_branch_learns(net: Any) -> None:
    net.train()
    vector = torch.randn(64, VECTOR)
    contour = bent(0.3) + 0.02 * torch.randn(64, 2, 48, 4)
    means, spreads = net(vector, contour)
    (means.square().mean() + spreads.square().mean()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.line.parameters())


def test_it_learns_a_bend_that_only_the_contour_shows(net: Any) -> None:
    torch.manual_seed(2)
    net.train()
    bends = torch.linspace(-0.5, 0.5, 64)
    contour = torch.cat([bent(float(b))[:1] for b in bends])
    vector = torch.zeros(64, VECTOR)
    steps = torch.optim.Adam(net.parameters(), lr=2e-3)
    for _ in range(60):
        steps.zero_grad()
        loss = (net(vector, contour)[0][:, 0] - 40.0 * bends).square().mean()
        loss.backward()
        steps.step()
    assert float(loss.detach()) < 60.0  # the bends alone scatter by 136


def straight(n: int) -> Any:
    """Contours down the y axis, (n, 48, 2)."""
    line = np.stack([np.zeros(48), np.linspace(-1.0, 0.0, 48)], axis=1)
    return np.repeat(line[None], n, axis=0)


@pytest.fixture
def contours(net: Any, repo_root: Path) -> Iterator[Any]:
    """The script that trains it."""
    import train_contours

    yield train_contours
    for name in ("train_contours", "train_lumbar", "from_onnx"):
        sys.modules.pop(name, None)


def test_noise_moves_covered_points_far_and_visible_ones_little(contours: Any) -> None:
    rng = np.random.default_rng(3)
    hidden = np.zeros((2000, 48), bool)
    hidden[:, 10:20] = True
    found = contours.noisy(straight(2000), hidden, np.zeros((2000, 48)), rng)
    there = found[..., 3] < contours.UNKNOWN_SD  # some have no contour at all
    off = np.abs(found[..., 0])
    visible, covered = off[~hidden & there], off[hidden & there]
    assert np.median(visible) < 0.004 < 0.012 < np.median(covered)
    # Errors of the kind that is stated wrongly: some visible points lie on an elbow or a plate.
    assert 0.02 < (visible > 0.015).mean() < 0.2
    assert (found[..., 2] > 0.5)[there].sum() == (~hidden & there).sum()
    lost = (found == np.array([0, 0, 0, contours.UNKNOWN_SD], np.float32)).all(axis=(1, 2))
    assert lost.mean() == pytest.approx(contours.NONE, abs=0.015)


def test_a_bar_on_the_back_hides_the_upper_back_in_frame_and_standing_alike(contours: Any) -> None:
    rng = np.random.default_rng(4)
    frame, standing = contours.covered_of(3000, 48, np.ones(3000, bool), rng)
    assert frame[:, 6].mean() > 0.6 > 0.2 > frame[:, 40].mean()
    assert (frame[:, 6] == standing[:, 6]).mean() > 0.8


def test_one_turn_of_the_thigh_is_a_change_and_never_a_whole_circle(net: Any) -> None:
    from contour_network import thigh_change_deg

    vector = torch.zeros(1, VECTOR)
    for first, swing in ((0, 175.0), (28, -175.0)):  # frame, reference: 10 degrees apart
        angle = np.radians(swing)
        vector[0, first + 4 : first + 6] = torch.tensor([np.sin(angle), np.cos(angle)])
    assert float(thigh_change_deg(vector)[0]) == pytest.approx(-10.0, abs=1e-3)
