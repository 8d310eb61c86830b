"""Join trained networks to one ONNX model: an ensemble with calibrated spreads.

For example::

    python training/export_onnx.py training/runs/a.pt training/runs/b.pt \
        --data training/data --out src/backline/sources/video/lumbar/lumbar.onnx
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from from_onnx import network_of
from network import LumbarNet
from torch import Tensor, nn
from train_lumbar import STANDING, Batches, load

from backline.sources.video.lumbar.contour_input import CONTOUR_SHAPE
from backline.sources.video.lumbar.network_input import CUT_HEIGHT, CUT_WIDTH, POINT_FEATURES


class Ensemble(nn.Module):
    """Mean of several networks; spread from their own and from their disagreement.

    ``stretch`` multiplies each spread so that 90 % intervals cover 90 % of held-out bodies.
    """

    def __init__(
        self, nets: list[LumbarNet], middle: Tensor, whiten: Tensor, stretch: Tensor
    ) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)
        self.register_buffer("middle", middle)
        self.register_buffer("whiten", whiten)
        self.register_buffer("stretch", stretch)

    def forward(self, frame: Tensor, standing: Tensor, vector: Tensor, contour: Tensor) -> Tensor:
        standing = standing.expand(frame.shape[0], -1, -1, -1)
        outs = [net(frame, standing, vector, contour) for net in self.nets]
        means = torch.stack([o[0] for o in outs])
        lumbar, trunk = means[..., 0], means[..., 1]
        guesses = torch.stack([lumbar, trunk, trunk - lumbar, means[..., 2], means[..., 3]], -1)
        own = torch.stack([torch.exp(2 * o[1]) for o in outs]).mean(0)
        apart = ((guesses - guesses.mean(0)) ** 2).mean(0)
        spread = torch.sqrt(own + apart) * self.stretch
        extras = torch.stack([o[2] for o in outs]).mean(0)
        points = vector[:, :POINT_FEATURES]
        odd = torch.sqrt((((points - self.middle) @ self.whiten) ** 2).mean(1, keepdim=True))
        return torch.cat(
            [means.mean(0), spread[:, :4], extras[:, :1], torch.sigmoid(extras[:, 1:]), odd], dim=1
        )


def _whitening(points: Any) -> tuple[Tensor, Tensor]:
    middle = points.mean(0)
    values, vectors = np.linalg.eigh(np.cov(points.T))
    whiten = vectors / np.sqrt(np.maximum(values, 1e-4))
    return torch.tensor(middle, dtype=torch.float32), torch.tensor(whiten, dtype=torch.float32)


def _stretch(ensemble: Ensemble, data: dict[str, Any]) -> Tensor:
    """Find the factors at which 90 % intervals cover 90 % of held-out frames."""
    measured = np.arange(len(data["start"])) >= data["start"] + STANDING
    rows = np.flatnonzero(data["held_out"] & measured)
    ratios = []
    with torch.no_grad():
        for frame, standing, vector, contour, y in Batches(data, rows, False, 0):
            # each frame has its own standing here: run the pairs one scene part at a time
            outs = [net(frame, standing, vector, contour) for net in ensemble.nets]
            means = torch.stack([o[0] for o in outs]).mean(0)
            lumbar, trunk, curve, thoracic = means.unbind(1)
            guess = torch.stack([lumbar, trunk, trunk - lumbar, curve, thoracic], 1)
            own = torch.stack([torch.exp(2 * o[1]) for o in outs]).mean(0)
            ratios.append(((y[:, :5] - guess).abs() / torch.sqrt(own)).numpy())
    quantile = np.quantile(np.concatenate(ratios), 0.9, axis=0) / 1.645
    print("stretch", quantile.round(3))
    return torch.tensor(quantile, dtype=torch.float32)


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, nargs="+", default=[Path("training/data")])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    data = load(args.data)
    nets = [network_of(path, 2 * POINT_FEATURES + 3) for path in args.weights]
    middle, whiten = _whitening(data["points"][~data["held_out"]])
    ensemble = Ensemble(nets, middle, whiten, torch.ones(5)).eval()
    ensemble.stretch = _stretch(ensemble, data)
    cut = torch.zeros(2, 3, CUT_HEIGHT, CUT_WIDTH, dtype=torch.uint8)
    example = (
        cut, cut[:1], torch.zeros(2, 2 * POINT_FEATURES + 3), torch.zeros(2, 2, *CONTOUR_SHAPE)
    )  # fmt: skip
    torch.onnx.export(
        ensemble, example, str(args.out), dynamo=False, opset_version=17,
        input_names=["frame", "standing", "vector", "contour"], output_names=["reading"],
        dynamic_axes={k: {0: "n"} for k in ("frame", "vector", "contour", "reading")},
    )  # fmt: skip
    _halve(args.out)
    print(args.out, f"{args.out.stat().st_size / 1e6:.1f} MB")


def _halve(path: Path) -> None:
    """Store large weights as half floats, cast back when loaded (half the file, same speed)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(path))
    casts, kept = [], []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) > 4096:
            half = numpy_helper.from_array(
                numpy_helper.to_array(tensor).astype(np.float16), tensor.name + "_half"
            )
            kept.append(half)
            casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
        else:
            kept.append(tensor)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


if __name__ == "__main__":
    main()
