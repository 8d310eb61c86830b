"""Take a network's weights back out of the ONNX file that was shipped, so that it can learn on.

The export joins each batch normalisation with the convolution before it. Here every normalisation
starts as one that changes nothing, and is then given the statistics of data, with its scale and
shift set so that the network still answers as before.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from contour_network import ContourNet
from network import LumbarNet
from torch import Tensor, nn

Net = TypeVar("Net", bound=nn.Module)


def load_onnx(path: Path, vector: int, member: int = 0) -> LumbarNet:
    """Return one network of an exported ensemble, in evaluation mode.

    Parameters
    ----------
    path : Path
        From ``export_onnx.py``.
    vector : int
        Length of the vector of point features.
    member : int
        Which network of the ensemble.
    """
    return _filled(LumbarNet(vector), path, f"nets.{member}")


def load_contour_onnx(path: Path, vector: int, member: int = 0) -> ContourNet:
    """Return one contour network of an exported model, in evaluation mode; see `load_onnx`."""
    return _filled(ContourNet(vector), path, f"contours.{member}")


def _filled(net: Net, path: Path, scope: str) -> Net:
    """Give a network the weights of the part of a file that has a name."""
    net.eval()
    modules = dict(net.named_modules())
    norms = _norm_after(net)
    for name, weight, bias in _layers(path, scope):
        layer: Any = modules[name]
        layer.weight.data.copy_(weight)
        if layer.bias is not None:
            layer.bias.data.copy_(bias)
        else:
            norm = norms[name]
            norm.weight.data.fill_(float(np.sqrt(1.0 + norm.eps)))
            norm.bias.data.copy_(bias)
    return net


def network_of(path: Path, vector: int) -> LumbarNet:
    """Return a trained (``.pt``) or shipped (``.onnx``) network, in evaluation mode."""
    if path.suffix == ".onnx":
        return load_onnx(path, vector)
    net = LumbarNet(vector)
    net.load_state_dict(torch.load(path))
    return net.eval()


def settle(net: LumbarNet, batches: Iterable[Any]) -> None:
    """Give every batch normalisation the statistics of data, without changing any answer.

    Parameters
    ----------
    net : LumbarNet
        From `load_onnx`.
    batches : iterable
        As :class:`train_lumbar.Batches` gives them.
    """
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    sums = {norm: [0.0, 0.0, 0] for norm in norms}

    def note(norm: Any, inputs: tuple[Tensor, ...]) -> None:
        dims = [d for d in range(inputs[0].dim()) if d != 1]
        values = inputs[0].double()
        totals = sums[norm]
        totals[0] = totals[0] + values.sum(dims)
        totals[1] = totals[1] + (values**2).sum(dims)
        totals[2] = totals[2] + values.numel() // values.shape[1]

    hooks = [norm.register_forward_pre_hook(note) for norm in norms]
    net.eval()
    with torch.no_grad():
        for frame, standing, points, contour, _ in batches:
            net(frame, standing, points, contour)
    for hook in hooks:
        hook.remove()
    for norm in norms:
        total, squares, count = sums[norm]
        mean = torch.as_tensor(total) / count
        variance = torch.clamp(torch.as_tensor(squares) / count - mean**2, min=1e-8)
        scale = norm.weight.data.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        shift = norm.bias.data.double() - scale * norm.running_mean.double()
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.data.copy_(scale * torch.sqrt(variance + norm.eps))
        norm.bias.data.copy_(shift + scale * mean)


def _layers(path: Path, scope: str) -> Iterable[tuple[str, Tensor, Tensor]]:
    """Name, weight and bias of every layer of one network of an exported ensemble."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in held:
            held[node.output[0]] = held[node.input[0]]
    for node in graph.node:
        parts = node.name.strip("/").split("/")
        if node.op_type in ("Conv", "Gemm") and parts[0] == scope:
            weight, bias = (torch.tensor(held[k].astype(np.float32)) for k in node.input[1:3])
            yield _module(parts[1:-1]), weight, bias


def _module(scopes: list[str]) -> str:
    """Join the scopes of a node's name, of which many only lead to the next one."""
    following = [*scopes[1:], ""]
    return ".".join(a for a, b in zip(scopes, following, strict=True) if not b.startswith(f"{a}."))


def _norm_after(net: nn.Module) -> dict[str, Any]:
    """The batch normalisation that follows each convolution without a bias of its own."""
    found, before = {}, ""
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv1d | nn.Conv2d):
            before = name
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            found[before] = module
    return found
