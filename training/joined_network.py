"""The shipped model: the lumbar network on pictures joined with the contour network."""

from __future__ import annotations

import torch
from contour_network import ContourNet
from network import LumbarNet
from torch import Tensor, nn

from backline.sources.video.lumbar.picture_input import POINT_FEATURES

#: Places of what the contour network estimates too: lumbar, trunk, pelvis, thoracic.
SHARED = [0, 1, 2, 4]


class JoinedNet(nn.Module):
    """Weighted mean of two kinds of networks, by their variances and the correlation of errors.

    Parameters
    ----------
    nets : list of LumbarNet
        Networks that read pictures; their mean is taken.
    contours : list of ContourNet
        Networks that read the contour alone; their mean is taken.
    """

    def __init__(self, nets: list[LumbarNet], contours: list[ContourNet]) -> None:
        super().__init__()
        self.nets, self.contours = nn.ModuleList(nets), nn.ModuleList(contours)
        #: Factors that make each kind's deviations true.
        self.register_buffer("own_stretch", torch.ones(5))
        self.register_buffer("contour_stretch", torch.ones(len(SHARED)))
        #: Correlation of both kinds' errors, and what the joint deviations are stretched by.
        self.register_buffer("correlation", torch.tensor(0.7))
        self.register_buffer("stretch", torch.ones(5))
        self.register_buffer("middle", torch.zeros(POINT_FEATURES))
        self.register_buffer("whiten", torch.eye(POINT_FEATURES))

    def of_pictures(
        self, frame: Tensor, standing: Tensor, vector: Tensor, contour: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return estimates and deviations of lumbar, trunk, pelvis, curve, thoracic; and extras."""
        standing = standing.expand(frame.shape[0], -1, -1, -1)
        outs = [net(frame, standing, vector, contour) for net in self.nets]
        means = torch.stack([o[0] for o in outs]).mean(0)
        lumbar, trunk, curve, thoracic = means.unbind(1)
        guess = torch.stack([lumbar, trunk, trunk - lumbar, curve, thoracic], 1)
        spread = torch.sqrt(torch.stack([torch.exp(2 * o[1]) for o in outs]).mean(0))
        return guess, spread * self.own_stretch, torch.stack([o[2] for o in outs]).mean(0)

    def of_contours(self, vector: Tensor, contour: Tensor) -> tuple[Tensor, Tensor]:
        """Return estimates and deviations of the contour networks' quantities."""
        outs = [net(vector, contour) for net in self.contours]
        means = torch.stack([o[0][:, : len(SHARED)] for o in outs])
        own = torch.stack([torch.exp(2 * o[1][:, : len(SHARED)]) for o in outs]).mean(0)
        apart = ((means - means.mean(0)) ** 2).mean(0)
        return means.mean(0), torch.sqrt(own + apart) * self.contour_stretch

    def join(
        self, one: Tensor, sd: Tensor, other: Tensor, other_sd: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the best linear mean of two estimates whose errors are correlated."""
        both = self.correlation * sd * other_sd
        apart = sd**2 + other_sd**2 - 2 * both
        share = torch.clamp((sd**2 - both) / apart, 0.0, 1.0)
        mean = one + share * (other - one)
        variance = (
            ((1 - share) * sd) ** 2 + (share * other_sd) ** 2 + 2 * share * (1 - share) * both
        )
        return mean, torch.sqrt(variance)

    def estimate(
        self, frame: Tensor, standing: Tensor, vector: Tensor, contour: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return estimates and deviations of all five quantities, and the extras."""
        guess, spread, extras = self.of_pictures(frame, standing, vector, contour)
        other, other_sd = self.of_contours(vector, contour)
        mean, sd = self.join(guess[:, SHARED], spread[:, SHARED], other, other_sd)
        lumbar, trunk, _, thoracic = mean.unbind(1)
        means = [lumbar, trunk, trunk - lumbar, guess[:, 3], thoracic]
        spreads = [sd[:, 0], sd[:, 1], sd[:, 2], spread[:, 3], sd[:, 3]]
        return torch.stack(means, 1), torch.stack(spreads, 1) * self.stretch, extras

    def forward(self, frame: Tensor, standing: Tensor, vector: Tensor, contour: Tensor) -> Tensor:
        """Return the table that `backline.sources.video.lumbar.network` reads, shape (n, 12)."""
        means, spreads, extras = self.estimate(frame, standing, vector, contour)
        points = vector[:, :POINT_FEATURES]
        odd = torch.sqrt((((points - self.middle) @ self.whiten) ** 2).mean(1, keepdim=True))
        angles = means[:, [0, 1, 3, 4]]
        rest = [extras[:, :1], torch.sigmoid(extras[:, 1:]), odd]
        return torch.cat([angles, spreads[:, :4], *rest], dim=1)
