"""Export trained part weights as ONNX.

python training/export_parts.py training/runs/parts.pt \\
    --out src/backline/sources/video/contour/parts.onnx
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from export_onnx import _halve
from parts_network import CHANNELS, DEPTHS, RAYS, PartsNet
from torch import Tensor, nn


class Reader(nn.Module):
    """The network with probabilities for answers and without the task on the side."""

    def __init__(self, net: PartsNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, strip: Tensor) -> tuple[Tensor, Tensor]:
        edge, cover, _ = self.net(strip)
        return torch.log_softmax(edge, 2), torch.softmax(cover, 2)


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    net = PartsNet()
    net.load_state_dict(torch.load(args.weights))
    export(net, args.out)
    print(args.out, f"{args.out.stat().st_size / 1e6:.1f} MB")


def export(net: PartsNet, path: Path) -> None:
    """Write a network as ONNX."""
    strip = torch.zeros(1, RAYS, DEPTHS, CHANNELS, dtype=torch.uint8)
    torch.onnx.export(
        Reader(net).eval(), (strip,), str(path), dynamo=False, opset_version=17,
        input_names=["strip"], output_names=["log_place", "cover"],
    )  # fmt: skip
    _halve(path)


if __name__ == "__main__":
    main()
