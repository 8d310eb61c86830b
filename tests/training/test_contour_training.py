"""The contour network answers to the contour it is given, from the start and after training."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    """The branch of the shipped network gives the same for all: its last ReLU died."""
    net.eval()
    vector = torch.zeros(64, VECTOR)
    with torch.no_grad():
        straight, round_ = (net(vector, bent(b))[0] for b in (0.0, 0.6))
    assert (straight - round_).abs().max() > 1e-6


def test_every_weight_of_the_branch_learns(net: Any) -> None:
    net.train()
    vector = torch.randn(64, VECTOR)
    contour = bent(0.3) + 0.02 * torch.randn(64, 2, 48, 4)
    means, spreads, _ = net(vector, contour)
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
