"""The contour network: from the back's contour alone to the change from own standing."""

from __future__ import annotations

from network import CHANNELS, CONTOUR, DEGREES, EXTRAS, MEANS, SPREADS, contour_channels
from torch import Tensor, cat, clamp, nn


def _line(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(inside, outside, 5, stride, 2, bias=False), nn.BatchNorm1d(outside), nn.SiLU()
    )


class ContourNet(nn.Module):
    """Reads the contours of frame and own standing, and the body points.

    The activations are smooth: with ReLU behind the narrow last layer the contour branch of
    ``LumbarNet`` died in training, all of its outputs being zero for every input.

    Parameters
    ----------
    vector : int
        Length of the vector of point features (frame, standing, leans).
    """

    def __init__(self, vector: int) -> None:
        super().__init__()
        self.line = nn.Sequential(
            _line(CHANNELS, 64), _line(64, 64), _line(64, 96, 2), _line(96, 96), _line(96, 96),
            nn.Conv1d(96, 24, 1), nn.BatchNorm1d(24), nn.SiLU(), nn.Flatten(),
        )  # fmt: skip
        self.points = nn.Sequential(nn.Linear(vector, 96), nn.SiLU(), nn.Linear(96, 64), nn.SiLU())
        self.head = nn.Sequential(
            nn.Linear(24 * CONTOUR // 2 + 64, 192), nn.SiLU(), nn.Dropout(0.2),
            nn.Linear(192, 96), nn.SiLU(),
        )  # fmt: skip
        self.out = nn.Linear(96, len(MEANS) + len(SPREADS) + len(EXTRAS))

    def forward(self, vector: Tensor, contour: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return means, log standard deviations and extras as ``LumbarNet`` does."""
        seen = cat([self.line(contour_channels(contour)), self.points(vector)], 1)
        out = self.out(self.head(seen)).float()
        m, s = len(MEANS), len(SPREADS)
        means = out[:, :m] * DEGREES
        means = cat([means[:, :1], means[:, 1:2] + vector[:, -1:] * 50.0, means[:, 2:]], 1)
        extras = cat([out[:, m + s : m + s + 1] * DEGREES, out[:, m + s + 1 :]], 1)
        return means, clamp(out[:, m : m + s], -1.5, 3.4), extras
