"""The lumbar network: from a frame's cut and own standing's cut to the change between them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: Means that the network gives, in order, degrees.
MEANS = ("lumbar", "trunk", "curve", "thoracic")
#: Quantities that carry a standard deviation, in order (pelvis = trunk - lumbar).
SPREADS = ("lumbar", "trunk", "pelvis", "curve", "thoracic")
#: Further outputs: absolute camera yaw in degrees, and two logits.
EXTRAS = ("yaw", "hidden", "loose")
DEGREES = 10.0


def _block(inside: int, outside: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()
    )


class Residual(nn.Module):
    """Two convolutions around a short cut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _block(width, width, 1),
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.body(x))


class LumbarNet(nn.Module):
    """Reads two cuts and the body points.

    Parameters
    ----------
    vector : int
        Length of the vector of point features (frame, standing, leans).
    """

    def __init__(self, vector: int) -> None:
        super().__init__()
        self.eye = nn.Sequential(
            nn.Conv2d(6, 24, 5, 2, 2, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU(),
            _block(24, 48, 2),
            Residual(48),
            _block(48, 80, 2),
            Residual(80),
            _block(80, 112, 2),
            Residual(112),
            nn.Conv2d(112, 24, 1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.points = nn.Sequential(nn.Linear(vector, 96), nn.ReLU(), nn.Linear(96, 64), nn.ReLU())
        rows, columns = 11, 8
        self.head = nn.Sequential(
            nn.Linear(24 * rows * columns + 64, 256),
            nn.ReLU(),
            nn.Dropout(0.25),
            nn.Linear(256, 128),
            nn.ReLU(),
        )
        self.out = nn.Linear(128, len(MEANS) + len(SPREADS) + len(EXTRAS))

    def forward(
        self, frame: Tensor, standing: Tensor, vector: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return means (b, 4) and log standard deviations (b, 5), degrees, and extras (b, 3).

        ``frame`` and ``standing`` are (b, 3, h, w) with values 0 to 255 (mask, refined mask, grey).
        """
        x = _normalised(torch.cat([frame, standing], dim=1))
        seen = torch.cat([self.eye(x), self.points(vector)], dim=1)
        out = self.out(self.head(seen)).float()
        m, s = len(MEANS), len(SPREADS)
        lean_change = vector[:, -1:] * 50.0
        means = out[:, :m] * DEGREES
        means = torch.cat([means[:, :1], means[:, 1:2] + lean_change, means[:, 2:]], dim=1)
        spreads = torch.clamp(out[:, m : m + s], -1.5, 3.4)
        extras = torch.cat([out[:, m + s : m + s + 1] * DEGREES, out[:, m + s + 1 :]], dim=1)
        return means, spreads, extras


def _normalised(cuts: Tensor) -> Tensor:
    """Masks to 0..1, greys (channels 2 and 5) to zero mean and unit spread over the cut."""
    greys = cuts[:, 2::3].float()
    middle = greys.mean(dim=(2, 3), keepdim=True)
    spread = torch.sqrt(((greys - middle) ** 2).mean(dim=(2, 3), keepdim=True))
    grey_scale = 0.5 / (spread + 8.0)
    mask = torch.full_like(grey_scale[:, :1], 1.0 / 255.0)
    none = torch.zeros_like(mask)
    scale = torch.cat([mask, mask, grey_scale[:, :1], mask, mask, grey_scale[:, 1:]], dim=1)
    shift = -middle * grey_scale
    shift = torch.cat([none, none, shift[:, :1], none, none, shift[:, 1:]], dim=1)
    kind = torch.bfloat16 if torch.is_autocast_enabled("cpu") else torch.float32
    return cuts.to(kind) * scale.to(kind) + shift.to(kind)
