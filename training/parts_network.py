"""The part network: where the body ends without its arms along each ray, and what is seen there."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

#: Channels of a strip: red, green, blue, the engine's mask, odds of "not the background".
CHANNELS = 5
#: What covers the back's edge, in order: nothing (it is seen), arm, bar, plate, anything else.
COVERS = 5
#: Kinds of parts told for each pixel, as a task on the side: see ``PartLabel``.
PARTS = 10
#: Rays and samples along each.
RAYS, DEPTHS = 64, 128


def _block(inside: int, outside: int, stride: int | tuple[int, int] = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()
    )


class Residual(nn.Module):
    """Two convolutions around a short cut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _block(width, width),
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.body(x))


class PartsNet(nn.Module):
    """Reads strips along the rays (see ``backline.sources.video.contour.trunk_rays``)."""

    def __init__(self, widths: tuple[int, ...] = (16, 40, 64, 96)) -> None:
        super().__init__()
        a, b, c, d = widths
        self.stem = nn.Sequential(
            nn.Conv2d(CHANNELS + 2, a, 5, (1, 2), 2, bias=False), nn.BatchNorm2d(a), nn.ReLU(),
            _block(a, a),
        )  # fmt: skip
        self.down1 = nn.Sequential(_block(a, b, 2), Residual(b))
        self.down2 = nn.Sequential(_block(b, c, 2), Residual(c))
        self.down3 = nn.Sequential(_block(c, d, 2), Residual(d), Residual(d))
        self.narrow2, self.narrow1, self.narrow0 = (
            nn.Conv2d(wide, narrow, 1) for wide, narrow in ((d, c), (c, b), (b, a))
        )
        self.up2, self.up1, self.up0 = _block(c, c), _block(b, b), _block(a, a)
        self.edge = nn.Conv2d(a, 2, 3, 1, 1)  # two neighbouring samples for each column
        self.cover = nn.Conv2d(a + b, COVERS, 1)
        self.part = nn.Conv2d(a, PARTS, 1)

    def forward(self, strip: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits of the edge's place, of what covers it, and of the parts.

        Parameters
        ----------
        strip : Tensor, shape (b, RAYS, DEPTHS, CHANNELS)
            Grey levels 0 to 255.

        Returns
        -------
        edge : Tensor, shape (b, RAYS, DEPTHS)
        cover : Tensor, shape (b, RAYS, COVERS)
        part : Tensor, shape (b, PARTS, RAYS, DEPTHS / 2)
        """
        x0 = self.stem(_normalised(strip))
        x1 = self.down1(x0)
        x2 = self.down2(x1)
        x3 = self.down3(x2)
        y = self.up2(_doubled(self.narrow2(x3)) + x2)
        coarse = self.up1(_doubled(self.narrow1(y)) + x1)
        y = self.up0(_doubled(self.narrow0(coarse)) + x0)
        pair = self.edge(y)
        edge = pair.permute(0, 2, 3, 1).flatten(2).float()
        near = torch.softmax(edge.detach(), 2).reshape(len(strip), RAYS, DEPTHS // 2, 2).sum(3)
        cover = (
            (self.cover(torch.cat([y, _doubled(coarse)], 1)).float() * near[:, None])
            .sum(3)
            .transpose(1, 2)
        )
        return edge, cover, self.part(y)


def _doubled(x: Tensor) -> Tensor:
    return interpolate(x, scale_factor=2.0, mode="nearest")


def _normalised(strip: Tensor) -> Tensor:
    """Colours to zero mean and unit spread over the strip; where each sample lies is added."""
    x = strip.permute(0, 3, 1, 2).float()
    colour = x[:, :3]
    middle = colour.mean(dim=(2, 3), keepdim=True)
    spread = torch.sqrt(((colour - middle) ** 2).mean(dim=(1, 2, 3), keepdim=True))
    colour = (colour - middle) / (spread + 12.0)
    rest = x[:, 3:] / 255.0
    row = torch.linspace(-1, 1, RAYS)[None, None, :, None] + 0 * rest[:, :1]
    column = torch.linspace(-1, 1, DEPTHS)[None, None, None] + 0 * rest[:, :1]
    return torch.cat([colour, rest, row, column], 1)
