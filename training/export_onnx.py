"""Join trained networks to one ONNX model with calibrated spreads.

For example::

    python training/export_onnx.py training/runs/a.pt --contour training/runs/contour.pt \\
        --data training/data --out src/backline/sources/video/lumbar/lumbar.onnx
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from contour_network import ContourNet
from from_onnx import network_of
from joined_network import SHARED, JoinedNet
from torch import Tensor
from train_lumbar import STANDING, Batches, load

from backline.sources.video.lumbar.contour_input import CONTOUR_SHAPE
from backline.sources.video.lumbar.picture_input import CROP_HEIGHT, CROP_WIDTH, POINT_FEATURES

#: Quantile of the ratios of error and deviation that is made that of a normal distribution.
COVERED, NORMAL_QUANTILE = 0.9, 1.645


def _whitening(points: Any) -> tuple[Tensor, Tensor]:
    middle = points.mean(0)
    values, vectors = np.linalg.eigh(np.cov(points.T))
    whiten = vectors / np.sqrt(np.maximum(values, 1e-4))
    return torch.tensor(middle, dtype=torch.float32), torch.tensor(whiten, dtype=torch.float32)


def _held_out(data: dict[str, Any]) -> list[Any]:
    """Return the batches of held-out frames, the standing reference itself left out."""
    measured = np.arange(len(data["start"])) >= data["start"] + STANDING
    return list(Batches(data, np.flatnonzero(data["held_out"] & measured), False, 0))


def _ratio(error: Tensor, spread: Tensor) -> Tensor:
    """Return what to stretch deviations (n, k) by, so that 90 % intervals hold 90 %."""
    return torch.quantile(error.abs() / spread, COVERED, dim=0) / NORMAL_QUANTILE


def calibrate(net: JoinedNet, data: dict[str, Any]) -> None:
    """Set both kinds' stretches, the correlation of their errors, and the joint stretch."""
    with torch.no_grad():
        batches = _held_out(data)
        truth = torch.cat([b[4][:, :5] for b in batches])
        pictures = [net.of_pictures(*b[:4]) for b in batches]
        contours = [net.of_contours(b[2], b[3]) for b in batches]
        guess, spread = (torch.cat([p[k] for p in pictures]) for k in range(2))
        other, other_sd = (torch.cat([c[k] for c in contours]) for k in range(2))
        net.own_stretch *= _ratio(guess - truth, spread)
        net.contour_stretch *= _ratio(other - truth[:, SHARED], other_sd)
        lumbar = torch.stack([(guess - truth)[:, 0], (other - truth[:, SHARED])[:, 0]])
        net.correlation.fill_(torch.corrcoef(lumbar)[0, 1])
        joint = [net.estimate(*b[:4]) for b in batches]
        means, spreads = (torch.cat([j[k] for j in joint]) for k in range(2))
        net.stretch *= _ratio(means - truth, spreads)
    for name in ("own_stretch", "contour_stretch", "correlation", "stretch"):
        print(name, getattr(net, name).numpy().round(3))


def contour_network_of(path: Path) -> ContourNet:
    """Return a trained contour network, in evaluation mode."""
    net = ContourNet(2 * POINT_FEATURES + 3)
    net.load_state_dict(torch.load(path))
    return net.eval()


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, nargs="+", help="lumbar networks (.pt or .onnx)")
    parser.add_argument("--contour", type=Path, nargs="+", required=True)
    parser.add_argument("--data", type=Path, nargs="+", default=[Path("training/data")])
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    data = load(args.data)
    nets = [network_of(path, 2 * POINT_FEATURES + 3) for path in args.weights]
    joined = JoinedNet(nets, [contour_network_of(path) for path in args.contour]).eval()
    middle, whiten = _whitening(data["points"][~data["held_out"]])
    joined.middle.copy_(middle)
    joined.whiten.copy_(whiten)
    calibrate(joined, data)
    crop = torch.zeros(2, 3, CROP_HEIGHT, CROP_WIDTH, dtype=torch.uint8)
    example = (
        crop, crop[:1], torch.zeros(2, 2 * POINT_FEATURES + 3), torch.zeros(2, 2, *CONTOUR_SHAPE)
    )  # fmt: skip
    torch.onnx.export(
        joined, example, str(args.out), dynamo=False, opset_version=17,
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
