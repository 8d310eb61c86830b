"""The lumbar network: from the crops of a frame and of standing to the change between them."""

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
#: Points of the back's contour.
CONTOUR = 48
#: Channels made of them, see :func:`contour_channels`.
CHANNELS = 22
#: Points apart of which a tangent is drawn, and of which a bend is told.
NEAR, FAR = 2, 6


def _block(inside: int, outside: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()
    )


class Residual(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _block(width, width, 1),
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.body(x))


def contour_channels(contour: Tensor) -> Tensor:
    """Return what a curve says besides its place: tangents, bends and the change of both.

    Parameters
    ----------
    contour : Tensor, shape (b, 2, CONTOUR, 4)
        Frame and standing reference; x and y in trunk lengths, 1 where visible, standard deviation.

    Returns
    -------
    Tensor, shape (b, CHANNELS, CONTOUR)
    """
    place, quality = contour[..., :2], contour[..., 2:]
    seen = quality[..., :1]
    near, far = _tangents(place, NEAR), _tangents(place, FAR)
    bend = _turn(far[:, :, :-NEAR], far[:, :, NEAR:])
    bend = torch.cat([bend[:, :, :1], bend, bend[:, :, -1:]], dim=2)
    apart = place[:, 0] - place[:, 1]
    change = torch.cat(
        [apart * 4.0, _turn(near[:, 1], near[:, 0]) * 2.0, _turn(far[:, 1], far[:, 0]) * 2.0], -1
    )
    own = torch.cat([place * 2.0, near, far, bend * 4.0, seen, quality[..., 1:] * 30.0], -1)
    return torch.cat([own[:, 0], own[:, 1], change], -1).transpose(1, 2)


def _tangents(place: Tensor, step: int) -> Tensor:
    """Unit vectors along a curve, from ``step`` points before each point to as many behind."""
    first, last = place[:, :, :1], place[:, :, -1:]
    padded = torch.cat([first] * step + [place] + [last] * step, dim=2)
    along = padded[:, :, 2 * step :] - padded[:, :, : -2 * step]
    return along / torch.sqrt((along**2).sum(-1, keepdim=True) + 1e-6)


def _turn(before: Tensor, after: Tensor) -> Tensor:
    """Sine of the angle from one unit vector to the other."""
    return before[..., :1] * after[..., 1:] - before[..., 1:] * after[..., :1]


def _line_block(inside: int, outside: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(inside, outside, 5, stride, 2, bias=False), nn.BatchNorm1d(outside), nn.ReLU()
    )


class LumbarNet(nn.Module):
    """Reads two crops, the body points and the back's contours.

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
        self.contour = nn.Sequential(
            _line_block(CHANNELS, 64, 1),
            _line_block(64, 64, 1),
            _line_block(64, 96, 2),
            _line_block(96, 96, 1),
            nn.Conv1d(96, 24, 1),
            nn.ReLU(),
            nn.Flatten(),
        )
        rows, columns = 11, 8
        self.head = nn.Sequential(
            nn.Linear(24 * rows * columns + 64 + 24 * CONTOUR // 2, 256),
            nn.ReLU(),
            nn.Dropout(0.25),
            nn.Linear(256, 128),
            nn.ReLU(),
        )
        self.out = nn.Linear(128, len(MEANS) + len(SPREADS) + len(EXTRAS))

    def forward(
        self, frame: Tensor, standing: Tensor, vector: Tensor, contour: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return means (b, 4) and log standard deviations (b, 5), degrees, and extras (b, 3).

        ``frame`` and ``standing`` are (b, 3, h, w) with values 0 to 255 (mask, refined mask, grey),
        ``contour`` is (b, 2, CONTOUR, 4), see :func:`contour_channels`.
        """
        x = _normalised(torch.cat([frame, standing], dim=1))
        line = self.contour(contour_channels(contour))
        seen = torch.cat([self.eye(x), self.points(vector), line], dim=1)
        out = self.out(self.head(seen)).float()
        m, s = len(MEANS), len(SPREADS)
        lean_change = vector[:, -1:] * 50.0
        means = out[:, :m] * DEGREES
        means = torch.cat([means[:, :1], means[:, 1:2] + lean_change, means[:, 2:]], dim=1)
        spreads = torch.clamp(out[:, m : m + s], -1.5, 3.4)
        extras = torch.cat([out[:, m + s : m + s + 1] * DEGREES, out[:, m + s + 1 :]], dim=1)
        return means, spreads, extras


def _normalised(crops: Tensor) -> Tensor:
    """Masks to 0..1, greys (channels 2 and 5) to zero mean and unit spread over the crop."""
    greys = crops[:, 2::3].float()
    middle = greys.mean(dim=(2, 3), keepdim=True)
    spread = torch.sqrt(((greys - middle) ** 2).mean(dim=(2, 3), keepdim=True))
    grey_scale = 0.5 / (spread + 8.0)
    mask = torch.full_like(grey_scale[:, :1], 1.0 / 255.0)
    none = torch.zeros_like(mask)
    scale = torch.cat([mask, mask, grey_scale[:, :1], mask, mask, grey_scale[:, 1:]], dim=1)
    shift = -middle * grey_scale
    shift = torch.cat([none, none, shift[:, :1], none, none, shift[:, 1:]], dim=1)
    kind = torch.bfloat16 if torch.is_autocast_enabled("cpu") else torch.float32
    return crops.to(kind) * scale.to(kind) + shift.to(kind)
